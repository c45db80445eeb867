"""Send bytes, get bytes: one POST at a time, with timeouts, size caps and TLS. When to try again is a rule's."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from comity.core.errors import Malformed, Refused, Unreachable

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024
BYTES = "application/octet-stream"


@dataclass
class Wire:
    """A small pool of kept-alive connections for each address. Certificates are always checked."""

    authorities: Path | None = None
    """A PEM file of the authorities trusted for partners; the system's own where there is none."""
    _pool: urllib3.PoolManager | None = field(default=None, repr=False)

    def post(self, url: str, raw: bytes, *, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """The answer's body. Redirects are not followed and nothing is retried here.

        Raises `Unreachable` when nobody answered or the other side asks for patience, `Refused` or `Malformed` in the
        other side's words when it answered 4xx.
        """
        try:
            answer = self._manager().request(
                "POST",
                url,
                body=raw,
                headers={"Content-Type": BYTES, "Accept": BYTES, "Accept-Encoding": "identity"},
                preload_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            )
        except urllib3.exceptions.SSLError as error:
            raise Unreachable(f"{url} did not prove who it is: {error}", "compare its certificate") from None
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{url} did not answer ({type(error).__name__})") from None
        try:
            body = _capped(answer, max_bytes, url)
        finally:
            answer.release_conn()
        if answer.status == 200:
            return body
        words = body[:500].decode("utf-8", "replace").strip()
        if answer.status in (400, 413, 415):
            raise Malformed(f"{url} could not read what we sent: {words}")
        if 400 <= answer.status < 500 and answer.status != 429:
            raise Refused(f"{url} refused: {words}")
        raise Unreachable(f"{url} cannot take it now ({answer.status})")

    def close(self) -> None:
        if self._pool is not None:
            self._pool.clear()

    def _manager(self) -> urllib3.PoolManager:
        if self._pool is None:
            context = ssl.create_default_context(cafile=str(self.authorities) if self.authorities else None)
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            self._pool = urllib3.PoolManager(num_pools=16, maxsize=4, ssl_context=context)
        return self._pool


def _capped(answer: urllib3.BaseHTTPResponse, max_bytes: int, url: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        for part in answer.stream(65536, decode_content=False):
            size += len(part)
            if size > max_bytes:
                answer.close()
                raise Malformed(f"{url} answered more than {max_bytes:,} bytes")
            parts.append(part)
    except urllib3.exceptions.HTTPError as error:
        raise Unreachable(f"{url} stopped answering ({type(error).__name__})") from None
    return b"".join(parts)
