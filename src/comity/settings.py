"""What an operator writes in `comity.toml`: one frozen value, unknown keys refused, nothing read at import."""

import ipaddress
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


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`party` whose node this is; `mode` the world it lives in (law 10)."""

    party: str
    mode: Mode = Mode.ACTUAL
    language: str = "en"
    partners_listener: Listener = Listener(port=7410)
    house_listener: Listener = Listener(port=7411)
    partners: dict[str, Partner] = {}
    trusted_authorities: str | None = None
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
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Malformed(f"{path} cannot be used: {error}") from None
    settings.partners_listener.check("partners_listener")
    settings.house_listener.check("house_listener")
    for name, partner in settings.partners.items():
        if partner.url is not None:
            _check_url(name, partner.url)
    return settings


def _check_url(name: str, url: str) -> None:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Malformed(f"{FILE}: [partners.{name}] url must be https://host[:port], not {url!r}")
    if parts.scheme == "http" and not loopback:
        raise Refused(f"{FILE}: [partners.{name}] url is http beyond this machine", "use https")


def write(directory: Path, settings: Settings) -> None:
    """The file as `init` makes it."""
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    text = msgspec.toml.encode(_without_none(plain))
    path = directory / FILE
    path.touch(mode=0o600)
    path.write_bytes(text)


def _without_none(value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_none(member) if isinstance(member, dict) else member
        for name, member in value.items()
        if member is not None
    }
