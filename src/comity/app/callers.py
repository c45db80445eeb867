"""Who connects to the partners' listener. For the exchange: TLS 1.3 and a certificate with a confirmed partner's pin.

The handshake proves that the caller holds the key of a certificate that one of the partners' authorities issued. Whose
it is, the pin says; whether it holds now, our own clock. Both are asked again at every request.

TAXII clients have credentials of their own. Only while there are any does the handshake take a client without a
certificate, or of TLS 1.2 (TAXII 2.1, section 8.2.2); the exchange behind it takes neither.
"""

import ssl
from collections.abc import Callable, Mapping
from pathlib import Path

from comity.acts import callers
from comity.acts.node import Node
from comity.api.head import Judged
from comity.core import certificate
from comity.core.errors import Malformed

REFRESH_SECONDS = 1.0
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME: validity is judged by our clock, and told in a sentence instead of a broken line."""

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Under TLS 1.2, which TAXII clients may speak: ephemeral keys and authenticated encryption, nothing else."""

_UNKNOWN = "this certificate is not one that a partner's card or agreement names"


def shown(files: tuple[Path, Path]) -> ssl.SSLContext:
    """TLS 1.3 only, with this certificate and key; nothing is resumed, so each connection shows its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.load_cert_chain(*files)
    return context


class Callers:
    """`refresh` reads the house again; a partner confirmed meanwhile is let in from then on.

    `consumers`: whether anybody holds a credential for TAXII.
    """

    def __init__(
        self,
        node: Node,
        files: tuple[Path, Path],
        authorities: Path | None,
        consumers: Callable[[], bool] = lambda: False,
    ) -> None:
        self._node = node
        self._files = files
        self._consumers = consumers
        self._served = False
        self._made = _stamp(files)
        self._trusted: set[bytes] = set()
        self._pins: Mapping[str, str] = {}
        self.context = shown(files)
        self.context.set_ciphers(CIPHERS)
        self.context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
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
        if (served := self._consumers()) != self._served:
            self.context.verify_mode = ssl.CERT_OPTIONAL if served else ssl.CERT_REQUIRED
            self.context.minimum_version = ssl.TLSVersion.TLSv1_2 if served else ssl.TLSVersion.TLSv1_3
            self._served = served
        if (made := _stamp(self._files)) != self._made:
            self.context.load_cert_chain(*self._files)
            self._made = made

    def judge(self, der: bytes | None) -> Judged:
        """The partner whose certificate this is, or why it is nobody's now."""
        if der is None:
            return Judged(fault=(403, "show a certificate"))
        try:
            seen = certificate.read(der)
        except Malformed as error:
            return Judged(fault=(403, error.message))
        party = self._pins.get(seen.pin)
        words = certificate.refusal(seen, party or "whoever connects", self._node.clock())
        shown = None if words else seen.fingerprint
        if party is None:
            return Judged(fault=(403, _UNKNOWN), shown=shown)
        self._node.meter.saw(party, seen.not_after)
        return Judged(party, None if words is None else (403, words), shown)


def _stamp(files: tuple[Path, Path]) -> tuple[int, ...]:
    return tuple(path.stat().st_mtime_ns for path in files)
