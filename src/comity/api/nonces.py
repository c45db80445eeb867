"""Nonces seen lately: a signed request is answered once. Kept in this process; a restart forgets them."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

MAX = 100_000


class Nonces:
    """Remembers for `keep`, twice the skew bound: a request older than that is refused for its date."""

    def __init__(self, keep: timedelta, clock: Callable[[], datetime]) -> None:
        self._keep = keep
        self._clock = clock
        self._seen: OrderedDict[bytes, datetime] = OrderedDict()
        self._lock = Lock()

    def fresh(self, nonce: bytes) -> bool:
        """Whether `nonce` is new; it is not any more. When too many are remembered nothing is: refuse."""
        now = self._clock()
        with self._lock:
            while self._seen and next(iter(self._seen.values())) < now - self._keep:
                self._seen.popitem(last=False)
            if nonce in self._seen or len(self._seen) >= MAX:
                return False
            self._seen[nonce] = now
            return True
