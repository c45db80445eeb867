"""What an operator writes in `comity.toml`: one frozen value, unknown keys refused, nothing read at import."""

import ipaddress
import os
from pathlib import Path
from typing import Any

import msgspec

from comity.core.errors import Absent, Malformed, Refused
from comity.exchange.lane import Mode

FILE = "comity.toml"


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
            _check_url(name, partner.url)


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


def _check_url(name: str, url: str) -> None:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Malformed(f"{FILE}: [partners.{name}] url must be https://host[:port], not {url!r}")
    if parts.scheme == "http" and not loopback:
        raise Refused(f"{FILE}: [partners.{name}] url is http beyond this machine", "use https")


def write(directory: Path, settings: Settings) -> None:
    """The file as `init` makes it: whole and on the disk, or as it was before."""
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    fresh = directory / f"{FILE}.part"
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(msgspec.toml.encode(_without_none(plain)))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(directory / FILE)


def _without_none(value: dict[str, Any]) -> dict[str, Any]:
    """Without empty tables too: what an operator adds must not stand twice."""
    plain = {name: _without_none(member) if isinstance(member, dict) else member for name, member in value.items()}
    return {name: member for name, member in plain.items() if member is not None and member != {}}
