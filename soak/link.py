"""The line between two nodes, as a proxy of our own that can be cut, go silent, break off and truncate."""

import contextlib
import socket
import struct
import threading
from typing import Literal

Mode = Literal["open", "cut", "silent", "reset", "truncate"]
FAULTS: tuple[Mode, ...] = ("cut", "silent", "reset", "truncate")
PIECE = 4096
LOOK_SECONDS = 0.05
_ABRUPT = struct.pack("ii", 1, 0)


class Link:
    """Listens on a port of its own and passes on to `target`. `mode` says what happens to whatever passes meanwhile.

    `cut`: nobody answers, and what is open is closed. `silent`: connections stand, and nothing moves on them.
    `reset`: the next bytes break the connection off. `truncate`: half of the next piece passes, then it ends.
    """

    def __init__(self, target: int) -> None:
        self.mode: Mode = "open"
        self._target = target
        self._gate = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._gate.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self.mode = "cut"
        self._gate.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._gate.accept()
                threading.Thread(target=self._join, args=(near,), daemon=True).start()

    def _join(self, near: socket.socket) -> None:
        try:
            if self.mode == "cut":
                raise ConnectionRefusedError
            far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            near.close()
            return
        back = threading.Thread(target=self._pass, args=(far, near), daemon=True)
        back.start()
        self._pass(near, far)
        back.join()
        near.close()
        far.close()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        """Until either side ends, or the link ends it. Whoever ends first ends both."""
        source.settimeout(LOOK_SECONDS)
        with contextlib.suppress(OSError):
            while self.mode != "cut":
                if self.mode == "silent":
                    threading.Event().wait(LOOK_SECONDS)
                    continue
                try:
                    piece = source.recv(PIECE)
                except TimeoutError:
                    continue
                if not piece or not self._sent(piece, source, target):
                    break
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _sent(self, piece: bytes, source: socket.socket, target: socket.socket) -> bool:
        if self.mode == "reset":
            for one in (source, target):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABRUPT)
            return False
        if self.mode == "truncate":
            target.sendall(piece[: len(piece) // 2])
            return False
        target.sendall(piece)
        return True
