"""An HTTP client that costs little: one socket, kept while the server keeps it, nothing parsed but what is needed."""

import re
import socket
from dataclasses import dataclass, field
from types import TracebackType

TYPE = "application/taxii+json;version=2.1"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
MORE = re.compile(rb'"more": ?true')
NEXT = re.compile(rb'"next": ?"([^"]*)"')


class Failed(Exception):
    """An answer that is none of those expected."""


@dataclass
class Line:
    """A connection to 127.0.0.1 on which requests go out one after the other."""

    port: int
    authorization: str
    _socket: socket.socket | None = field(default=None, init=False)

    def get(self, target: str) -> tuple[bytes, bytes]:
        """Head and body of a 200."""
        return self._ask("GET", target, b"", b" 200 ")

    def post(self, target: str, body: bytes) -> bytes:
        """The body of a 202."""
        return self._ask("POST", target, body, b" 202 ")[1]

    def _ask(self, method: str, target: str, body: bytes, wanted: bytes) -> tuple[bytes, bytes]:
        lines = [
            f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", f"Accept: {TYPE}", f"Authorization: {self.authorization}",
            *([f"Content-Type: {TYPE}", f"Content-Length: {len(body)}"] if body else []), "", "",
        ]  # fmt: skip
        line = self._open()
        line.sendall("\r\n".join(lines).encode() + body)
        head, answer = self._read(line)
        if wanted not in head[:15]:
            raise Failed(f"{method} {target[:80]}: {head[:60]!r} {answer[:200]!r}")
        if _CLOSES.search(head):
            self.close()
        return head, answer

    def _read(self, line: socket.socket) -> tuple[bytes, bytes]:
        heard = b""
        while b"\r\n\r\n" not in heard:
            part = line.recv(1 << 18)
            if not part:
                raise Failed("the line was closed")
            heard += part
        head, _, begun = heard.partition(b"\r\n\r\n")
        head += b"\r\n"
        length = _LENGTH.search(head)
        if length is None:
            raise Failed(f"no length in {head[:200]!r}")
        parts, left = [begun], int(length[1]) - len(begun)
        while left > 0:
            part = line.recv(1 << 20)
            if not part:
                raise Failed("the line was closed in the middle of a body")
            parts.append(part)
            left -= len(part)
        return head, b"".join(parts)

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=600)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
