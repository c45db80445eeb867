"""Subscriptions: how a collection that somebody else serves is read, page by page. Whoever fetches knows no protocol.

A field that can be subscribed to brings a `Mirror`: it says what to ask next and reads what was answered. It opens no
socket and keeps nothing; where it stands is a value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from comity.core.errors import Malformed, Unreachable

LONGEST = timedelta(hours=1)
"""No subscription rests longer than this, whatever went wrong and whatever the other side asks for."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to make: nothing but an address and what is accepted. Credentials are the fetcher's."""

    url: str
    accept: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by their names in small letters; `body` as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """Where reading stands. `since`: everything the other side added until then is here, as it writes times.

    The rest is of a reading under way: `passed`, how many of its passes are done; `next`, the other side's own mark for
    the next page; `last`, the newest addition seen; `added`, from where to go on where it gives no mark.
    """

    since: str | None = None
    passed: int = 0
    next: str | None = None
    last: str | None = None
    added: str | None = None

    def settled(self) -> "Progress":
        """What to begin the next reading with: everything seen is here."""
        return Progress(since=self.last or self.since)

    def again(self) -> "Progress":
        """The same reading from its start: the other side knows its mark no more."""
        return Progress(since=self.since)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one answer means: bytes to take in, if any, and where reading then stands; `done` where nothing is left."""

    progress: Progress
    page: bytes | None = None
    count: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of what the other side says it has: (external id, version) of each, and the mark of the next page."""

    things: Sequence[tuple[str, str]]
    next: str | None


class Busy(Unreachable):
    """Not now; `patience` is how long the other side asks us to wait, where it does."""

    def __init__(self, message: str, patience: timedelta | None) -> None:
        super().__init__(message)
        self.patience = patience


class Forgotten(Malformed):
    """The other side did not understand: it may know its own mark no more, and the reading begins anew."""


class Mirror(Protocol):
    """A protocol by which collections are read.

    Every `read…` raises `Busy` for what may pass by itself, `Refused` for what a person must settle, `Forgotten` where
    it may help to begin anew, `Malformed` for any other answer that is not what the protocol says.
    """

    def ask(self, url: str, progress: Progress) -> Call: ...

    def read(self, progress: Progress, answer: Answer) -> Turn: ...

    def ask_list(self, url: str, mark: str | None) -> Call: ...

    def read_list(self, answer: Answer) -> Listed: ...

    def ask_for(self, url: str, ext_ids: Sequence[str], mark: str | None) -> Call: ...

    def read_for(self, answer: Answer) -> tuple[bytes | None, str | None]:
        """What was asked for by name, and the mark of the next page of it."""
        ...

    def same(self, one: str, other: str) -> bool:
        """Whether two versions are one, spelt in two ways."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """A collection at `url`, read `every` so often under the source profile `source`, of the field `field`.

    `fetch` makes one call with the credentials the operator gave; they are nowhere else.
    """

    name: str
    url: str
    source: str
    every: timedelta
    fetch: Callable[[Call], Answer]
    field: str = "cyber"


def rest(every: timedelta, failures: int, asked: timedelta | None, jitter: float) -> timedelta:
    """How long to wait before the next reading: doubling with each failure in a row, and at least as long as the
    other side asked for. `jitter` in [0, 1) spreads the wait over its upper half."""
    if failures == 0:
        return every
    wait = min(LONGEST, every * (1 << min(failures, 20))) * (0.5 + jitter / 2)
    return max(wait, min(asked or timedelta(0), LONGEST))


def kept(progress: Progress) -> dict[str, str]:
    """What of it is kept between two readings."""
    return {} if progress.since is None else {"since": progress.since}


def begin(since: str | None) -> Progress:
    """A reading of what was added after `since`; of everything where there is none."""
    return replace(Progress(), since=since)
