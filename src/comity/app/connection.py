"""One connection of the partners' listener: whose it is, how much it may send, how long it may take.

What is refused here is refused before an act reads it: with a 4xx, then the line is closed. Nothing waits for ever.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from comity.api import head
from comity.api.head import Fault, Judged
from comity.api.limited import CALLER
from comity.api.taxii import SHOWN
from comity.exchange.limits import GRACE_SECONDS, too_slow
from comity.settings import Limits

Judge = Callable[[bytes | None], Judged]
EXCHANGE_TLS = "TLSv1.3"
"""What nodes speak with each other; TAXII clients may be older (TAXII 2.1, section 8.2.2)."""


LARGE = 65_536
"""Bytes of a body that is sent by itself."""


class _NotTaken(Exception):
    """Stops the parser; `_fault` says why."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. `head`: from the first byte of a request, or from connecting, to the end of its head. `body`: so long
    nothing of a body need come; it is looked at every `look`. `linger`: so long the line stays open after a refusal,
    so that the other side reads it before the line is reset.
    """

    head: float = 10.0
    body: float = GRACE_SECONDS
    look: float = 2.0
    linger: float = 1.0


class Guard:
    """The connections that are open, by caller. One too many closes the oldest idle one of that caller."""

    def __init__(self, limits: Limits, judge: Judge | None = None, patience: Patience | None = None) -> None:
        self.limits = limits
        self.judge: Judge = judge or (lambda _der: Judged())
        self.patience = patience or Patience()
        self._open: dict[str | None, dict[Connection, None]] = {}

    def admit(self, connection: "Connection") -> bool:
        """Whether there is room for it."""
        held = self._open.setdefault(connection.caller, {})
        if len(held) >= self.limits.connections:
            idle = next((one for one in held if one.idle), None)
            if idle is None:
                return False
            del held[idle]
            idle.transport.abort()
        held[connection] = None
        return True

    def forget(self, connection: "Connection") -> None:
        held = self._open.get(connection.caller, {})
        held.pop(connection, None)
        if not held:
            self._open.pop(connection.caller, None)


class Joined:
    """A transport on which the head of an answer waits for its body until the loop goes on: one send, one packet."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            if len(data) > LARGE:  # one copy more would cost more than one send more
                self._transport.write(head)
            else:
                data = head + data
            self._transport.write(data)
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def write_eof(self) -> None:
        self._flush()
        self._transport.write_eof()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head:
            self._transport.write(head)


class Connection(HttpToolsProtocol):
    """uvicorn's, with a certificate, limits and deadlines. Free of any judgement about what is sent."""

    def __init__(
        self, guard: Guard, config: Config, server_state: ServerState, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(config, server_state, {}, loop)
        self.guard = guard
        self.caller: str | None = None
        self._certificate: bytes | None = None
        self._outdated = False
        self.url = self._target = b""
        self._fault: Fault | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._leaving = False
        self._in_body = False
        self._head_bytes = 0
        self._received = 0
        self._began = self._last = 0.0

    @property
    def idle(self) -> bool:
        """No request of it is being answered."""
        return not self._in_body and not self._answering

    @property
    def _answering(self) -> bool:
        cycle = cast(RequestResponseCycle | None, self.cycle)
        return cycle is not None and not cycle.response_complete

    # -- the line ---------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, Joined(transport, self.loop))
        tls = transport.get_extra_info("ssl_object")
        self._certificate = None if tls is None else tls.getpeercert(binary_form=True)
        self._outdated = tls is not None and tls.version() != EXCHANGE_TLS
        self.caller = self.guard.judge(self._certificate).caller
        if not self.guard.admit(self):
            self._fault = 429, "too many connections at a time"
        self._within(self.guard.patience.head, self._head_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self.guard.forget(self)
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._leaving:
            return
        if self._fault is not None:
            self._turn_away(self._fault)
            return
        if not self._in_body:
            if not self._head_bytes:
                self._target = data[:64].partition(b" ")[2]
            self._head_bytes += len(data)
            if self._timer is None:
                self._within(self.guard.patience.head, self._head_late)
        super().data_received(data)
        if self._head_bytes > self.guard.limits.header_bytes:
            self._turn_away((431, "the head of the request is too large"))

    def shutdown(self) -> None:
        if not self._leaving:
            super().shutdown()

    # -- the parser's calls -----------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        state = cast(dict[str, Any], self.scope)["state"]
        state[CALLER], state[SHOWN] = self.caller, None

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        judged = self.guard.judge(self._certificate)
        if head.is_taxii(self.url):
            cast(dict[str, Any], self.scope)["state"][SHOWN] = judged.shown
        else:
            self._fault = (403, "connect with TLS 1.3") if self._outdated else judged.fault
        size = sum(len(name) + len(value) + 4 for name, value in self.headers) + len(self.url)
        if size > self.guard.limits.header_bytes:
            self._fault = 431, "the head of the request is too large"
        if self._fault is None:
            self._fault = head.fault(
                self.parser.get_method(),
                self.url,
                self.parser.get_http_version(),
                self.headers,
                self.guard.limits.body_bytes,
            )
        if self._fault is not None:
            raise _NotTaken
        super().on_headers_complete()
        self._in_body = True
        self._received = 0
        self._began = self._last = self.loop.time()
        self._within(self.guard.patience.look, self._look)

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        self._last = self.loop.time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body = False
        self._head_bytes = 0
        self._in_time()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's words; ours are better
        self._turn_away(self._fault or (400, "this is not a request in HTTP/1.1"))

    # -- deadlines and refusals -------------------------------------------------------------------------------------

    def _within(self, seconds: float, late: Callable[[], None]) -> None:
        self._in_time()
        self._timer = self.loop.call_later(seconds, late)

    def _in_time(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_late(self) -> None:
        self._turn_away((408, "the head of the request took too long"))

    def _look(self) -> None:
        now = self.loop.time()
        if self.flow.read_paused:  # we are the slow side: measured again from here
            self._received, self._began, self._last = 0, now, now
        if too_slow(self._received, now - self._began, now - self._last, self.guard.patience.body):
            self._turn_away((408, "the body of the request took too long"))
        else:
            self._within(self.guard.patience.look, self._look)

    def _turn_away(self, fault: Fault) -> None:
        """The answer, then nothing more is read. Where another request is being answered, the line is cut."""
        if self._leaving:
            return
        self._leaving = True
        self._in_time()
        self._unset_keepalive_if_required()
        if self._answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self._in_body != self._answering or (self._answering and (self.cycle.response_started or self.pipeline)):
            self.transport.abort()
            return
        self.transport.write(head.told(self.url or self._target, fault))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(self.guard.patience.linger, self.transport.abort)
