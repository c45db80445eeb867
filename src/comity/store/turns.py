"""A lock whose holders come in the order in which they asked: whoever lets go and asks again stands behind."""

import threading
from collections import deque


class Turns:
    """One holder at a time. The standard lock may go again and again to the thread that has just let it go."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Waits for its turn, at most `timeout` seconds; whether it has come."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=timeout):
            return True
        with self._guard:
            if mine not in self._waiting:
                return True  # it was handed over in the last moment
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        """Hands over to whoever has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
