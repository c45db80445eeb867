"""A partner's share: so many requests a second, so many at once. Who takes more waits; nobody else does."""

import time
from collections import Counter
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from comity.exchange import limits
from comity.exchange.limits import Bucket

CALLER = "caller"
"""In a request's state: whose certificate was shown; absent or `None` on a listener without TLS."""
MAX_REMEMBERED = 1024


class Limited:
    """An application behind each caller's share. Callers without a certificate have one share together."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        a_second: float,
        burst: int,
        at_once: int,
        bytes_at_once: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._a_second, self._burst, self._at_once = a_second, burst, at_once
        self._most = bytes_at_once
        self._clock = clock
        self._buckets: dict[str | None, Bucket] = {}
        self._running: Counter[str | None] = Counter()
        self._bytes: Counter[str | None] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope.get("state", {}).get(CALLER)
        size = _announced(scope)
        if not self._may(caller, size):
            answer = PlainTextResponse(
                "too much at a time; send the same bytes again later", 429, headers={"Retry-After": "1"}
            )
            await answer(scope, receive, send)
            return
        self._running[caller] += 1
        self._bytes[caller] += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._running[caller] -= 1
            self._bytes[caller] -= size

    def _may(self, caller: str | None, size: int) -> bool:
        """One body is always let in: its own size is bounded elsewhere."""
        if self._running[caller] >= self._at_once:
            return False
        if self._running[caller] and self._bytes[caller] + size > self._most:
            return False
        if caller not in self._buckets and len(self._buckets) >= MAX_REMEMBERED:
            self._buckets.clear()
        bucket, passes = limits.take(self._buckets.get(caller), self._clock(), self._a_second, self._burst)
        self._buckets[caller] = bucket
        return passes


def _announced(scope: Scope) -> int:
    """The bytes of the body that the request says it has; a connection of ours lets no more of them in."""
    said = next((value for name, value in scope.get("headers", ()) if name == b"content-length"), b"0")
    return int(said) if said.isdigit() else 0
