"""A caller's share: so many requests a second, so many at once. Who takes more waits; nobody else does."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from comity.exchange import limits
from comity.exchange.limits import Bucket
from comity.settings import Limits

CALLER = "caller"
"""In a request's state: whose certificate was shown; absent or `None` on a listener without TLS."""
MAX_REMEMBERED = 1024
LATER = "too much at a time; send the same bytes again later"


class Shares:
    """What each caller takes now. All that are nobody in particular (`None`) have one share together."""

    def __init__(self, allowed: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowed = allowed
        self._clock = clock
        self._buckets: dict[str | None, Bucket] = {}
        self._running: Counter[str | None] = Counter()
        self._bytes: Counter[str | None] = Counter()

    def enter(self, caller: str | None, size: int) -> bool:
        """Whether a request with a body of `size` may be answered now; then `leave` must follow.

        One body is always let in: its own size is bounded elsewhere.
        """
        allowed = self._allowed
        if self._running[caller] >= allowed.requests_at_once:
            return False
        if self._running[caller] and self._bytes[caller] + size > allowed.bytes_at_once:
            return False
        if caller not in self._buckets and len(self._buckets) >= MAX_REMEMBERED:
            self._buckets.clear()
        bucket, passes = limits.take(
            self._buckets.get(caller), self._clock(), allowed.requests_a_second, allowed.requests_in_a_burst
        )
        self._buckets[caller] = bucket
        if passes:
            self._running[caller] += 1
            self._bytes[caller] += size
        return passes

    def leave(self, caller: str | None, size: int) -> None:
        self._running[caller] -= 1
        self._bytes[caller] -= size


class Turns:
    """One read of each caller in each turn of the event loop: whatever one caller asks for, the others come between."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def take(self, caller: str) -> None:
        """Returns at once where the caller has not read in this turn, else when it may."""
        loop = asyncio.get_running_loop()
        waiting = self._waiting.get(caller)
        if waiting is None:
            self._waiting[caller] = deque()
            loop.call_soon(self._next, caller, loop)
            return
        mine = loop.create_future()
        waiting.append(mine)
        await mine

    def _next(self, caller: str, loop: asyncio.AbstractEventLoop) -> None:
        waiting = self._waiting[caller]
        while waiting:
            first = waiting.popleft()
            if not first.done():
                first.set_result(None)
                loop.call_soon(self._next, caller, loop)
                return
        del self._waiting[caller]


class Limited:
    """An application behind each partner's share."""

    def __init__(self, app: ASGIApp, shares: Shares) -> None:
        self._app = app
        self._shares = shares

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope.get("state", {}).get(CALLER)
        size = announced(scope)
        if not self._shares.enter(caller, size):
            await PlainTextResponse(LATER, 429, headers={"Retry-After": "1"})(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._shares.leave(caller, size)


def announced(scope: Scope) -> int:
    """The bytes of the body that the request says it has; a connection of ours lets no more of them in."""
    said = next((value for name, value in scope.get("headers", ()) if name == b"content-length"), b"0")
    return int(said) if said.isdigit() else 0
