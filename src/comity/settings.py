"""What an operator writes in `comity.toml`: one frozen value, unknown keys refused, nothing read at import."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from comity.core.errors import Absent, Malformed, Refused
from comity.exchange.lane import Mode

FILE = "comity.toml"
MAX_SECRET = 8_192
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Listener(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a listener stands. Beyond loopback it must have a certificate: TLS is not an option there."""

    host: str = "127.0.0.1"
    port: int = 0
    tls_certificate: str | None = None
    tls_key: str | None = None

    def check(self, name: str) -> None:
        """Raises `Refused` for an open port without TLS, `Malformed` for what is not an address."""
        try:
            loopback = self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            raise Malformed(f"{FILE}: [{name}] host must be an IP address or localhost, not {self.host!r}") from None
        if not 0 <= self.port <= 65535:
            raise Malformed(f"{FILE}: [{name}] port must be between 0 and 65535")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise Malformed(f"{FILE}: [{name}] needs both tls_certificate and tls_key, or neither")
        if not loopback and self.tls_certificate is None:
            raise Refused(
                f"{FILE}: [{name}] listens beyond this machine ({self.host}) without TLS",
                "set tls_certificate and tls_key, or listen on 127.0.0.1",
            )


class Partner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a partner's node is reached. Without a `url` everything goes by file."""

    url: str | None = None


class Subscribed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A collection that somebody else serves: where, under which source profile it is taken in, how often it is read.

    The secret stands in a file of its own, read at each call: with `user` it is a password (HTTP Basic), without it a
    token (Bearer). `tls_certificate` and `tls_key` are shown to this server alone.
    """

    url: str
    source: str
    user: str | None = None
    secret_file: str | None = None
    tls_certificate: str | None = None
    tls_key: str | None = None
    every_seconds: int = 300

    def check(self, name: str) -> None:
        """Raises `Malformed` or `Refused`."""
        if not NAME.fullmatch(name):
            raise Malformed(f"{FILE}: [subscriptions.{name[:60]}]: a name is letters, digits, dots and dashes")
        _check_url(f"subscriptions.{name}", self.url, beside_host=True)
        if not 10 <= self.every_seconds <= 7 * 86_400:
            raise Malformed(f"{FILE}: [subscriptions.{name}] every_seconds must be between 10 and a week")
        if self.user is not None and (self.secret_file is None or ":" in self.user):
            raise Malformed(f"{FILE}: [subscriptions.{name}] user needs a secret_file, and may hold no colon")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise Malformed(f"{FILE}: [subscriptions.{name}] needs both tls_certificate and tls_key, or neither")


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one partner may take of the partners' listener at a time; without TLS all callers have one share."""

    body_bytes: int = 96 * 1024 * 1024
    bytes_at_once: int = 128 * 1024 * 1024
    header_bytes: int = 16 * 1024
    connections: int = 64
    requests_at_once: int = 4
    requests_a_second: int = 100
    requests_in_a_burst: int = 400

    def check(self) -> None:
        """Raises `Malformed` for a limit that would let nothing in."""
        for name in self.__struct_fields__:
            if not 1 <= getattr(self, name) < 1 << 40:
                raise Malformed(f"{FILE}: [limits] {name} must be at least 1")


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the house and each agreement are kept: at a PostgreSQL address, or in a file where none is named."""

    house: str | None = None
    agreements: dict[str, str] = {}

    def __repr__(self) -> str:
        """Which, never where: an address may hold a password."""
        return f"Store(house={self.house is not None}, agreements={sorted(self.agreements)})"

    def check(self) -> None:
        """Raises `Malformed` or `Refused`, never showing an address."""
        if self.house is not None:
            check_address(self.house, f"{FILE}: [store] house")
        for name, address in self.agreements.items():
            check_address(address, f"{FILE}: [store.agreements] {name}")

    @property
    def has_password(self) -> bool:
        return any(has_password(one) for one in (self.house or "", *self.agreements.values()))


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`party` whose node this is; `mode` the world it lives in (law 10)."""

    party: str
    mode: Mode = Mode.ACTUAL
    language: str = "en"
    partners_listener: Listener = Listener(port=7410)
    house_listener: Listener = Listener(port=7411)
    partners: dict[str, Partner] = {}
    trusted_authorities: str | None = None
    tls_authority: str | None = None
    limits: Limits = Limits()
    store: Store = Store()
    skew_seconds: int = 300
    subscriptions: dict[str, Subscribed] = {}


def read(directory: Path) -> Settings:
    """The settings of the node in `directory`. Raises `Absent`, `Malformed` or `Refused`, each with the way out."""
    path = directory / FILE
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise Absent(
            f"there is no node in {directory}: {FILE} is missing", "comity init --party XX makes one"
        ) from None
    try:
        settings = msgspec.toml.decode(raw, type=Settings)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"{path} cannot be used: {error}") from None
    check(settings)
    if settings.store.has_password and path.stat().st_mode & 0o077:
        raise Refused(f"{path} holds a database password and others can read it", f"chmod 600 {path}")
    return settings


def check(settings: Settings) -> None:
    """Raises `Malformed` or `Refused` for what no node may run with."""
    settings.partners_listener.check("partners_listener")
    settings.house_listener.check("house_listener")
    settings.limits.check()
    settings.store.check()
    for name, partner in settings.partners.items():
        if partner.url is not None:
            _check_url(f"partners.{name}", partner.url)
    for name, subscribed in settings.subscriptions.items():
        subscribed.check(name)


def with_ports(settings: Settings, partners: int = -1, house: int = -1) -> Settings:
    """These settings on other ports; -1 leaves one as it is. Raises `Malformed` for what is no port."""
    listeners = {"partners_listener": partners, "house_listener": house}
    changed = {
        name: msgspec.structs.replace(getattr(settings, name), port=port)
        for name, port in listeners.items()
        if port != -1
    }
    found = msgspec.structs.replace(settings, **changed)
    check(found)
    return found


def in_files(settings: Settings) -> Settings:
    """These settings of a node whose databases are files: no address, and no password, of a server is in them."""
    return msgspec.structs.replace(settings, store=Store())


def check_address(address: str, what: str) -> None:
    """Raises `Malformed` for what is no PostgreSQL address, `Refused` for one that crosses a network in the clear."""
    from urllib.parse import parse_qs, urlsplit

    try:
        parts = urlsplit(address)
        asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        parts, asked = urlsplit(""), {}
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise Malformed(f"{what} must be postgresql://[user@][host[:port]]/database[?…]")
    named = parts.netloc.rpartition("@")[2].split(",") + [
        one for name in ("host", "hostaddr") for one in asked.get(name, [])
    ]
    if any(map(_beyond, named)) and asked.get("sslmode") != ["verify-full"]:
        raise Refused(f"{what} is beyond this machine without TLS", "add ?sslmode=verify-full&sslrootcert=FILE")


def has_password(address: str) -> bool:
    """Whether a password stands in the address itself."""
    from urllib.parse import parse_qs, urlsplit

    parts = urlsplit(address)
    return bool(parts.password) or "password" in parse_qs(parts.query)


def _beyond(host: str) -> bool:
    """Whether a host of an address is another machine; a socket's folder is not."""
    from urllib.parse import unquote

    name = unquote(host)
    name = (
        name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0] if name.count(":") == 1 else name
    )
    return not (name.startswith(("/", "@")) or name in ("", "localhost", "127.0.0.1", "::1"))


def _check_url(where: str, url: str, *, beside_host: bool = False) -> None:
    """`beside_host`: whether a path may follow. No address holds a secret: it would be shown where addresses are."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Malformed(f"{FILE}: [{where}] url must be https://host[:port], not {url!r}")
    if parts.scheme == "http" and not loopback:
        raise Refused(f"{FILE}: [{where}] url is http beyond this machine", "use https")
    if beside_host and (parts.query or parts.fragment or parts.username or parts.password):
        raise Malformed(f"{FILE}: [{where}] url must be an address without a query, a name or a password in it")


def secret(path: Path, where: str) -> str:
    """The one line of a file that holds a secret. Raises `Absent`, `Refused` where others can read it, `Malformed`."""
    try:
        if path.stat().st_mode & 0o077:
            raise Refused(f"{where}: others can read the secret in {path}", f"chmod 600 {path}")
        text = path.read_bytes()[: MAX_SECRET + 1].decode("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError:
        raise Absent(f"{where}: the secret cannot be read from {path}") from None
    except UnicodeDecodeError:
        raise Malformed(f"{where}: the secret in {path} is not a text") from None
    if not 0 < len(text) <= MAX_SECRET or not text.isprintable():
        raise Malformed(f"{where}: the secret in {path} must be one line of at most {MAX_SECRET:,} characters")
    return text


def write(directory: Path, settings: Settings) -> None:
    """The file as `init` makes it: whole and on the disk, or as it was before."""
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    fresh = directory / f"{FILE}.part"
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(msgspec.toml.encode(_told(plain)))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(directory / FILE)


def _told(table: dict[str, Any], *, named: bool = False) -> dict[str, Any]:
    """Without what says nothing: whoever adds to an empty table would write it twice. A `named` one says its name."""
    plain = {
        name: _told(one, named=name == "partners") if isinstance(one, dict) else one for name, one in table.items()
    }
    return {name: one for name, one in plain.items() if one is not None and (named or one != {})}
