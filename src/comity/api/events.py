"""What a node process says on standard error: one JSON line an event, of the events, fields and shapes below, of
nothing else.

No content, label, handle, key, secret or path has a field here. What has no field, or not its shape, is dropped and
counted. An error is told as its type, our own sentence without values, and the line that raised it.
"""

import logging
import re
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, MutableMapping
from enum import StrEnum
from typing import Any, TextIO

import msgspec
import structlog

from comity.api.sentence import sentence
from comity.core.errors import ComityError, place
from comity.exchange.acceptance import Force
from comity.exchange.chain import Link
from comity.exchange.lane import Lane

PER_SECOND = 100
"""Lines an event may write in a second; what is beyond is counted, and told in the next line that is written."""


class Event(StrEnum):
    STARTED = "started"
    STOPPED = "stopped"
    NODE_ENDED = "node-ended"
    FOLLOWED = "followed"
    DELIVERED = "delivered"
    SUBSCRIBED = "subscribed"
    STEP_FAILED = "step-failed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PARTNER_REFUSED = "partner-refused"
    ANSWER_FAILED = "answer-failed"
    LIBRARY = "library"
    CRASHED = "crashed"


CODES = frozenset(
    {"malformed", "refused", "absent", "unreachable", "broken", "unexpected", "not-scraped"}
    | {"no-such-agreement", "key-not-named", "wrong-mode", "clock-ahead", "kind-not-covered", "sealed-unreadable"}
    | {f"agreement-{force.value}" for force in Force}
    | {link.value for link in Link}
    | {"uvicorn", "asyncio", "starlette", "urllib3", "sqlalchemy", "alembic", "warnings"}
)
"""Every code that may be told. A partner writes codes, too: one that is not ours is told as `other`."""

Shape = Callable[[Any], bool]
_AGREEMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TYPE = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_PLACE = re.compile(r"comity(\.\w+){0,4}:\d{1,5}|outside", re.ASCII)
_LANES = frozenset(lane.value for lane in Lane)
_DOORS = frozenset({"envelopes", "pull", "receipts", "metrics", "ready", "taxii"})


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def _spelt(shape: re.Pattern[str]) -> Shape:
    return lambda value: isinstance(value, str) and shape.fullmatch(value) is not None


COUNTS = (
    "read released sanitised waiting withheld envelopes settled refused failed items bytes exit tries ms suppressed"
    " taken quarantined pages"
)

FIELDS: Mapping[str, Shape] = {
    "agreement": _spelt(_AGREEMENT),
    "subscription": _spelt(_AGREEMENT),
    "lane": lambda value: value in _LANES,
    "door": lambda value: value in _DOORS,
    "code": lambda value: value in CODES or value == "other",
    "error": _spelt(_TYPE),
    "cause": _spelt(_TYPE),
    "where": _spelt(_PLACE),
    "sentence": lambda value: isinstance(value, str),
    **dict.fromkeys(COUNTS.split(), _whole),
}
"""Every field that may be told, with its shape. `sentence` is only set by `fault`, from our own source."""


class Events:
    """Writes to `file`, or only counts where there is none. `counts` is what the metrics read."""

    def __init__(self, file: TextIO | None = None) -> None:
        self.counts: Counter[tuple[Event, str, str]] = Counter()
        """How often: by event, code and agreement."""
        self.dropped = 0
        """Fields that were not allowed to be told."""
        self._windows: dict[Event, deque[float]] = {}
        self._suppressed: Counter[Event] = Counter()
        self._lock = threading.Lock()
        self._log: Any = None if file is None else structlog.wrap_logger(
            structlog.WriteLogger(file),
            processors=[structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"), _line],
            wrapper_class=structlog.BoundLogger,
            cache_logger_on_first_use=True,
        )  # fmt: skip

    def tell(self, event: Event, **fields: Any) -> None:
        """One line of what may be told of `fields`; members that are `None` are left out."""
        fields.pop("sentence", None)
        self._tell(event, fields)

    def fault(self, event: Event, error: BaseException, **fields: Any) -> None:
        """As `tell`, of an error: its type and its cause's, our sentence without values, where it was raised."""
        cause = error.__cause__ or error.__context__
        own = {
            "code": type(error).__name__.lower() if isinstance(error, ComityError) else "unexpected",
            "error": type(error).__name__,
            "cause": None if cause is None else type(cause).__name__,
            "where": place(error),
            "sentence": sentence(error),
        }
        fields.pop("sentence", None)
        self._tell(event, own | fields)

    def _tell(self, event: Event, fields: dict[str, Any]) -> None:
        if fields.get("code") is not None and not FIELDS["code"](fields["code"]):
            fields["code"] = "other"
        allowed = {name: value for name, value in fields.items() if name in FIELDS and FIELDS[name](value)}
        with self._lock:
            self.dropped += sum(value is not None for value in fields.values()) - len(allowed)
            self.counts[event, str(allowed.get("code", "")), str(allowed.get("agreement", ""))] += 1
            if self._log is None:
                return
            if self._crowded(event):
                self._suppressed[event] += 1
                return
            if count := self._suppressed.pop(event, 0):
                allowed["suppressed"] = count
        try:
            self._log.msg(event.value, **allowed)
        except (OSError, ValueError):  # nobody reads the log any more; the node's work goes on
            with self._lock:
                self.dropped += 1

    def _crowded(self, event: Event) -> bool:
        now = time.monotonic()
        window = self._windows.setdefault(event, deque())
        while window and window[0] < now - 1:
            window.popleft()
        if len(window) >= PER_SECOND:
            return True
        window.append(now)
        return False


def _line(_logger: Any, _method: str, members: MutableMapping[str, Any]) -> str:
    return msgspec.json.encode({"at": members.pop("at"), "event": members.pop("event"), **members}).decode()


class LibraryHandler(logging.Handler):
    """A library's log record as an event: whose it is and what kind of error. Its words are not ours: never told."""

    def __init__(self, events: Events) -> None:
        super().__init__(logging.WARNING)
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        whose = "warnings" if record.name == "py.warnings" else record.name.partition(".")[0]
        error = record.exc_info[1] if record.exc_info else record.msg
        if isinstance(error, BaseException):
            self._events.fault(Event.LIBRARY, error, code=whose)
        else:
            self._events.tell(Event.LIBRARY, code=whose)


def guard(events: Events) -> None:
    """Makes `events` the only way by which this process tells of errors: its own, its threads', its libraries'."""
    logging.basicConfig(handlers=[LibraryHandler(events)], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    sys.excepthook = lambda _kind, error, _trace: events.fault(Event.CRASHED, error)
    sys.unraisablehook = lambda told: _crashed(events, told.exc_value)
    threading.excepthook = lambda told: _crashed(events, told.exc_value)


def _crashed(events: Events, error: BaseException | None) -> None:
    if error is not None:
        events.fault(Event.CRASHED, error)
