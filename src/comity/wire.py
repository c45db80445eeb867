"""Send bytes, get bytes: one POST at a time, with timeouts, size caps and TLS. When to try again is a rule's."""

import ssl
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread

import urllib3
from cryptography import x509
from urllib3.connection import HTTPSConnection

from comity.core import certificate
from comity.core.errors import Malformed, Refused, Unreachable
from comity.release.subscription import Answer, Call

MAX_ANSWER_BYTES = 64 * 1024 * 1024
BYTES = "application/octet-stream"
MAX_POOLS = 32
UNPROVEN = "partner-unproven"

Pins = frozenset[str]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for a connection, for the next bytes of an answer, and for a whole answer once it has begun."""

    connect: float = 5.0
    silence: float = 30.0
    answer: float = 120.0


def _nobody(_url: str) -> Pins:
    return frozenset()


@dataclass
class Wire:
    """A small pool of kept-alive connections for each address. Certificates are always checked.

    A partner with pins is known by them alone, and no authority is asked. One without is checked as any web server is.
    """

    clock: Callable[[], datetime]
    authorities: Path | None = None
    """A PEM file of the authorities trusted for partners without pins; the system's own where there is none."""
    identity: tuple[Path, Path] | None = None
    """What this node shows: its certificate and its key, PEM. Read again when the files change."""
    pins: Callable[[str], Pins] = _nobody
    """The pins of whoever answers at a URL."""
    saw: Callable[[str, datetime], None] = lambda _pin, _until: None
    """Told of each certificate of a partner with pins: its pin, and until when it holds."""
    patience: Patience = Patience()
    steady: Callable[[], float] = time.monotonic
    """Seconds that nobody sets."""
    _pools: dict[tuple[Pins, int], urllib3.PoolManager] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def post(self, url: str, raw: bytes, *, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """The answer's body. Redirects are not followed and nothing is retried here.

        Raises `Unreachable` when nobody answered, did not prove who it is, or asks for patience; `Refused` or
        `Malformed` in the other side's words when it answered 4xx.
        """
        headers = {"Content-Type": BYTES, "Accept": BYTES, "Accept-Encoding": "identity"}
        answer = _asked(self._manager(url), "POST", url, raw, headers, self.patience)
        try:
            body = _capped(answer, max_bytes, url, self.patience, self.steady)
        finally:
            answer.release_conn()
        if answer.status == 200:
            return body
        words = body[:500].decode("utf-8", "replace").strip()
        if answer.status in (400, 411, 413, 415, 431):
            raise Malformed(f"{url} could not read what we sent: {words}")
        if 400 <= answer.status < 500 and answer.status not in (408, 429):
            raise Refused(f"{url} refused: {words}")
        raise Unreachable(f"{url} cannot take it now ({answer.status})", code="busy")

    def begin(self, url: str, raw: bytes, *, max_bytes: int = MAX_ANSWER_BYTES) -> Callable[[], bytes]:
        """As `post`, while the caller does something else: what it gets waits for the answer, or raises."""
        answer: Future[bytes] = Future()

        def post() -> None:
            try:
                answer.set_result(self.post(url, raw, max_bytes=max_bytes))
            except BaseException as error:
                answer.set_exception(error)

        Thread(target=post, name="comity-wire", daemon=True).start()
        return answer.result

    def close(self) -> None:
        with self._lock:
            for pool in self._pools.values():
                pool.clear()
            self._pools.clear()

    def _manager(self, url: str) -> urllib3.PoolManager:
        """Connections made under one set of pins and one certificate of ours; with others, new ones are made."""
        pins = self.pins(url) if url.startswith("https:") else frozenset()
        shown = 0 if self.identity is None else self.identity[0].stat().st_mtime_ns
        with self._lock:
            found = self._pools.get((pins, shown))
            if found is None:
                for key in [key for key in self._pools if key[1] != shown or len(self._pools) >= MAX_POOLS]:
                    self._pools.pop(key).clear()
                found = self._pools[pins, shown] = self._new(pins)
            return found

    def _new(self, pins: Pins) -> urllib3.PoolManager:
        context = ssl.create_default_context(cafile=str(self.authorities) if self.authorities else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if self.identity is not None:
            context.load_cert_chain(*self.identity)
        if pins:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        manager = urllib3.PoolManager(num_pools=16, maxsize=4, ssl_context=context)
        if pins:
            manager.pool_classes_by_scheme = {"https": _pinned(pins, self.clock, self.saw)}
        return manager


@dataclass
class Source:
    """A server that is no partner and is only read from: known by its certificate, as any web server is.

    `authorization` gives the header of that name at each call, so that a secret is held no longer than it is needed.
    """

    authorities: Path | None = None
    identity: tuple[Path, Path] | None = None
    authorization: Callable[[], str | None] = lambda: None
    patience: Patience = Patience()
    steady: Callable[[], float] = time.monotonic
    most: int = MAX_ANSWER_BYTES

    def fetch(self, call: Call) -> Answer:
        """One GET; redirects are not followed, since what they lead to was not asked for. Raises `Unreachable` where
        nobody answered or proved who it is, `Malformed` for more bytes than are read."""
        headers = {"Accept": call.accept, "Accept-Encoding": "identity"}
        if (given := self.authorization()) is not None:
            headers["Authorization"] = given
        with urllib3.PoolManager(num_pools=1, maxsize=1, ssl_context=self._context(call.url)) as manager:
            answer = _asked(manager, "GET", call.url, None, headers, self.patience)
            try:
                body = _capped(answer, self.most, _plain(call.url), self.patience, self.steady)
            finally:
                answer.release_conn()
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)

    def _context(self, url: str) -> ssl.SSLContext | None:
        if not url.startswith("https:"):
            return None
        context = ssl.create_default_context(cafile=str(self.authorities) if self.authorities else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.identity is not None:
            context.load_cert_chain(*self.identity)
        return context


def _plain(url: str) -> str:
    """An address without what was asked there."""
    return url.partition("?")[0]


def _asked(
    manager: urllib3.PoolManager, method: str, url: str, raw: bytes | None, headers: dict[str, str], patience: Patience
) -> urllib3.BaseHTTPResponse:
    """The answer, its body not read yet. Raises `Unreachable`."""
    try:
        return manager.request(
            method,
            url,
            body=raw,
            headers=headers,
            preload_content=False,
            redirect=False,
            retries=False,
            timeout=urllib3.Timeout(connect=patience.connect, read=patience.silence),
        )
    except urllib3.exceptions.NameResolutionError:
        name = urllib3.util.parse_url(url).host
        raise Unreachable(f"the name {name} is not found", "ask the name service", code="name-not-found") from None
    except (urllib3.exceptions.SSLError, ssl.SSLError) as error:
        raise _not_agreed(_plain(url), error) from None
    except urllib3.exceptions.HTTPError as error:
        raise Unreachable(f"{_plain(url)} did not answer ({type(error).__name__})", code="no-answer") from None


def _capped(
    answer: urllib3.BaseHTTPResponse, max_bytes: int, url: str, patience: Patience, steady: Callable[[], float]
) -> bytes:
    parts: list[bytes] = []
    size, end = 0, steady() + patience.answer
    try:
        while part := answer.read1(65536, decode_content=False):
            size += len(part)
            if size > max_bytes:
                answer.close()
                raise Malformed(f"{url} answered more than {max_bytes:,} bytes")
            if steady() > end:
                answer.close()
                raise Unreachable(f"{url} took too long to answer", code="no-answer")
            parts.append(part)
    except urllib3.exceptions.HTTPError as error:
        raise Unreachable(f"{url} stopped answering ({type(error).__name__})", code="no-answer") from None
    return b"".join(parts)


def _pinned(
    pins: Pins, clock: Callable[[], datetime], saw: Callable[[str, datetime], None]
) -> type[urllib3.HTTPSConnectionPool]:
    """Connections that send nothing before the other side showed one of `pins`, in a certificate that holds now.

    The handshake has proved by then that the other side holds the key.
    """

    class Connection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            assert isinstance(self.sock, ssl.SSLSocket)
            fault = _fault(self.sock.getpeercert(binary_form=True), pins, clock(), saw)
            if fault is not None:
                self.close()
                raise Unreachable(
                    f"{self.host}:{self.port} did not prove who it is: {fault}", "call the partner", code=UNPROVEN
                )
            self.is_verified = True

    class Pool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Connection

    return Pool


def _fault(der: bytes | None, pins: Pins, now: datetime, saw: Callable[[str, datetime], None]) -> str | None:
    if der is None:
        return "it showed no certificate"
    try:
        shown = certificate.read(der)
    except Malformed as error:
        return error.message
    if shown.pin not in pins:
        return "it shows a TLS key that neither its card nor the agreement names"
    saw(shown.pin, shown.not_after)
    return certificate.refusal(shown, "the partner", now)


def _not_agreed(url: str, error: Exception) -> Unreachable:
    """A handshake that failed: our certificate was not liked, or theirs was not."""
    if "ALERT" in str(error).upper():
        return Unreachable(f"{url} does not let our certificate in: {error}", "comity tls show", code=UNPROVEN)
    return Unreachable(
        f"{url} did not prove who it is: {error}", "compare its certificate: comity tls show", code=UNPROVEN
    )


def certificate_end(path: Path) -> datetime | None:
    """When the first certificate of a PEM file ends; `None` where there is none that can be read."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError, x509.InvalidVersion):
        return None
