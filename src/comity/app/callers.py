"""Who may connect to the partners' listener: TLS 1.3 with a certificate whose pin is a confirmed partner's.

The handshake proves that the caller holds the key of a certificate that one of the partners' authorities issued. Whose
it is, the pin says; whether it holds now, our own clock. Both are asked again at every request.
"""

import ssl
from collections.abc import Mapping
from pathlib import Path

from comity.acts import callers
from comity.acts.node import Node
from comity.api.head import Fault
from comity.core import certificate
from comity.core.errors import Malformed

REFRESH_SECONDS = 1.0
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME: validity is judged by our clock, and told in a sentence instead of a broken line."""

_UNKNOWN = "this certificate is not one that a partner's card or agreement names"


def shown(files: tuple[Path, Path]) -> ssl.SSLContext:
    """TLS 1.3 only, with this certificate and key; nothing is resumed, so each connection shows its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(*files)
    return context


class Callers:
    """`refresh` reads the house again; a partner confirmed meanwhile is let in from then on."""

    def __init__(self, node: Node, files: tuple[Path, Path], authorities: Path | None) -> None:
        self._node = node
        self._files = files
        self._made = _stamp(files)
        self._trusted: set[bytes] = set()
        self._pins: Mapping[str, str] = {}
        self.context = shown(files)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | NO_CHECK_TIME
        if authorities is not None:
            self.context.load_verify_locations(authorities)
        self.refresh()

    def refresh(self) -> None:
        """Partners' pins and authorities from the house, our own certificate from its files when they changed."""
        for der in callers.authorities(self._node) - self._trusted:
            self.context.load_verify_locations(cadata=der)
            self._trusted.add(der)
        self._pins = callers.by_pin(self._node)
        if (made := _stamp(self._files)) != self._made:
            self.context.load_cert_chain(*self._files)
            self._made = made

    def judge(self, der: bytes | None) -> tuple[str | None, Fault | None]:
        """The partner whose certificate this is, or why it is nobody's now."""
        if der is None:
            return None, (403, "show a certificate")
        try:
            seen = certificate.read(der)
        except Malformed as error:
            return None, (403, error.message)
        party = self._pins.get(seen.pin)
        if party is None:
            return None, (403, _UNKNOWN)
        self._node.meter.saw(party, seen.not_after)
        words = certificate.refusal(seen, party, self._node.clock())
        return party, None if words is None else (403, words)


def _stamp(files: tuple[Path, Path]) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns for path in files)
