"""What people look for, and under which terms what was seen is found again: addresses, names, digests, texts.

A term is a short text. What was observed stands under several, so that one look-up answers for a network or a domain;
whoever looks compares again, since a look-up may find too much.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

from comity.core.errors import Malformed

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_TEXT = 2000
LENGTHS = {4: (8, 16, 24), 6: (16, 32, 48, 64)}
"""Lengths of prefix at which networks are found, shortest first."""
MAX_PARENTS = 8
"""Domains above a name under which it is found; a longer name is looked for under the nearest of them."""
_HASH = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://")
_FANGS = (
    (re.compile(r"^h(?:xx|\*\*|tt)p(s?)(?=\[?:)", re.IGNORECASE), r"http\1"),
    (re.compile(r"^fxp(?=\[?:)", re.IGNORECASE), "ftp"),
    (re.compile(r"\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\))\s?", re.IGNORECASE), "."),
    (re.compile(r"\s?(?:\[@\]|\(@\)|\[at\]|\(at\))\s?", re.IGNORECASE), "@"),
    (re.compile(r"\[(:|/|://)\]"), r"\1"),
)
_PLAIN = re.compile(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}")
"""A name that needs no other spelling; one with an encoded label is checked as those in other scripts are."""
_ADDRESS = re.compile(r"\[?[0-9a-fA-F:.]{2,45}\]?(?:/[0-9]{1,3})?")
_FANGED = re.compile(r"[\[\](){}*]|xx|fxp", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443, "ftp": 21}


@dataclass(frozen=True, slots=True)
class Thing:
    """What a text means. `whole` is its one spelling; `host` its domain name, `network` its address or addresses."""

    whole: str
    host: str | None = None
    network: Network | None = None
    is_host: bool = False
    """Whether it is a domain name, and nothing but."""

    @property
    def is_network(self) -> bool:
        """Whether it is an address or addresses, and nothing but."""
        return self.network is not None and self.whole == str(self.network)


def thing(text: str) -> Thing:
    """The meaning of what somebody typed or observed: defanged or not, in any script, whatever its case."""
    said = _whole(text)
    if (network := _network(said)) is not None:
        return Thing(str(network), network=network)
    if _HASH.fullmatch(said):
        return Thing(said.lower())
    if _SCHEME.match(said):
        return _url(said)
    local, at, domain = said.rpartition("@")
    if at and local and (host := _host(domain)) is not None:
        return Thing(f"{local.lower()}@{host}", host)
    if (host := _host(said)) is not None:
        return Thing(host, host, is_host=True)
    return Thing(unicodedata.normalize("NFKC", said).casefold())


def terms(text: str) -> frozenset[str]:
    """Everything under which what was observed is found."""
    seen = thing(text)
    found = {f"is {seen.whole}"}
    if seen.network is not None:
        found |= {f"is {seen.network}", *(f"in {one}" for one in _around(seen.network))}
        if seen.network.num_addresses > 1:
            found.add(f"over {_holder(seen.network)}")
    if seen.host is not None:
        found |= {f"of {name}" for name in _parents(seen.host)}
    return frozenset(found)


def asked(text: str) -> frozenset[str]:
    """The terms to look under for what somebody asks. Raises `Malformed` for what is too wide to be looked for."""
    wanted = thing(text)
    if not wanted.whole:
        raise Malformed("there is nothing to look for")
    found = {f"is {wanted.whole}"}
    network = wanted.network
    if network is not None and wanted.is_network:
        shortest = LENGTHS[network.version][0]
        if network.prefixlen < shortest:
            raise Malformed(f"{network} is too wide to look for: /{shortest} at most")
        if network.num_addresses > 1:
            found.add(f"in {_holder(network)}")
        found |= {f"over {one}" for one in (*_around(network), _all(network))}
    if wanted.is_host and wanted.host is not None:
        found.add(f"of {next(_parents(wanted.host))}")
    return frozenset(found)


def meets(wanted: str, observed: str) -> bool:
    """Whether what was observed is what is looked for: the same, inside it, around it, or a name below it."""
    one, other = thing(wanted), thing(observed)
    if one.is_network and one.network is not None and other.network is not None:
        return one.network.version == other.network.version and one.network.overlaps(other.network)
    if one.is_host and other.host is not None:
        return other.host == one.host or other.host.endswith(f".{one.host}")
    return one.whole == other.whole


def _whole(text: str) -> str:
    said = text.strip()[:MAX_TEXT]
    if _FANGED.search(said):
        for fang, tooth in _FANGS:
            said = fang.sub(tooth, said)
    return said


def _network(said: str) -> Network | None:
    if _ADDRESS.fullmatch(said) is None:
        return None
    try:
        return ipaddress.ip_network(said.strip("[]"), strict=False)
    except ValueError:
        return None


def _url(said: str) -> Thing:
    try:
        parts = urlsplit(said)
        port, name = parts.port, parts.hostname or ""
    except ValueError:
        return Thing(said.casefold())
    host = _host(name)
    network = _network(name)
    scheme = parts.scheme.lower()
    shown = host or (f"[{name}]" if ":" in name else name)
    place = shown if port is None or port == _PORTS.get(scheme) else f"{shown}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return Thing(f"{scheme}://{place}{parts.path or '/'}{query}", host, network)


def _host(said: str) -> str | None:
    """A domain name of two labels or more, as it is written on the wire (IDNA 2008, UTS 46)."""
    if "." not in said or not 3 < len(said) <= 253 or said.startswith("."):
        return None
    if _PLAIN.fullmatch(said) and "xn--" not in said.lower():
        return said.lower()
    try:
        name = idna.encode(said.rstrip("."), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        name = said.rstrip(".").lower()
        if not re.fullmatch(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", name):
            return None
    return name if re.search(r"\.[a-z][a-z0-9-]*$", name) else None


def _parents(host: str) -> Iterator[str]:
    labels = host.split(".")
    for start in range(max(0, len(labels) - MAX_PARENTS), len(labels) - 1):
        yield ".".join(labels[start:])


def _around(network: Network) -> Iterator[str]:
    """The networks of known lengths in which it lies."""
    for length in LENGTHS[network.version]:
        if length <= network.prefixlen:
            yield str(network.supernet(new_prefix=length))


def _holder(network: Network) -> str:
    """The smallest of these; all addresses where it is wider than each."""
    found = [*_around(network)]
    return found[-1] if found else _all(network)


def _all(network: Network) -> str:
    return str(network.supernet(new_prefix=0))
