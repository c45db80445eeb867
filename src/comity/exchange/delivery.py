"""When an envelope is tried again, and which ones go next. Same bytes on every try."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from comity.exchange.lane import Lane, Mode
from comity.exchange.receipt import Answer, Settled


class DeliveryState(StrEnum):
    """An envelope in the outbox: waiting for a receipt, answered, refused, or replaced by a void."""

    QUEUED = "queued"
    SETTLED = "settled"
    REFUSED = "refused"
    VOID = "void"


class Queued(Protocol):
    """What this room needs to know of an outbox row of one agreement."""

    @property
    def mode(self) -> Mode: ...
    @property
    def lane(self) -> Lane: ...
    @property
    def epoch(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def next_at(self) -> datetime: ...


Q = TypeVar("Q", bound=Queued)

_SCHEDULE = {
    Lane.FLASH: (timedelta(milliseconds=50), timedelta(seconds=1)),
    Lane.IMMEDIATE: (timedelta(milliseconds=500), timedelta(seconds=15)),
    Lane.PRIORITY: (timedelta(seconds=2), timedelta(minutes=2)),
    Lane.ROUTINE: (timedelta(seconds=5), timedelta(minutes=15)),
}
"""Lane → the first wait and the longest."""


def next_attempt(attempts: int, now: datetime, lane: Lane, jitter: float) -> datetime:
    """When to try again after `attempts` failures (at least 1): doubling, capped by lane, for ever.

    `jitter` in [0, 1) spreads the wait over its upper half, so that nodes that failed together do not return together.
    """
    if attempts < 1 or not 0 <= jitter < 1:
        raise ValueError("a retry follows at least one attempt, and jitter lies in [0, 1)")
    first, longest = _SCHEDULE[lane]
    wait = min(longest, first * (1 << min(attempts - 1, 20)))
    return now + wait * (0.5 + jitter / 2)


def due(next_at: datetime, now: datetime, lane: Lane) -> bool:
    """Whether a try set for `next_at` is to be made `now`.

    No wait is longer than the lane's longest: a time beyond that was written by a clock that was wrong, and binds
    nobody.
    """
    return next_at <= now or next_at - now > _SCHEDULE[lane][1]


def pick(rows: Iterable[Q], now: datetime) -> list[Q]:
    """The rows to send now: by precedence, the real world before drills, the oldest first.

    `rows` are queued ones of one agreement, whole chains or their beginnings. Inside a chain nothing overtakes: behind
    a row that is not due yet, nothing goes, for it would only be refused as early.
    """
    chains: dict[tuple[int, int], list[Q]] = defaultdict(list)
    for row in rows:
        chains[row.lane.rank, row.mode.rank].append(row)
    picked: list[Q] = []
    for _, chain in sorted(chains.items()):
        for row in sorted(chain, key=lambda row: (row.epoch, row.seq)):
            if not due(row.next_at, now, row.lane):
                break
            picked.append(row)
    return picked


def after(settled: Settled) -> DeliveryState:
    """What the receipt makes of the outbox row. Refused for a gap: it stays queued, and the missing ones go first."""
    if settled.again:
        return DeliveryState.QUEUED
    return DeliveryState.SETTLED if settled.verdict is Answer.ACCEPTED else DeliveryState.REFUSED
