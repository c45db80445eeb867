"""The rows of a view, as its store keeps them and its follower writes them (DECISIONS 13)."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One thing in one view. `place` orders the versions of a thing as instants; `bid` is the body of its bytes, which
    `raw` repeats where that is stored clear; `keys` are those under which people find it; `why` names the decision, or
    cites what lets it be seen.

    `seq` and `added` are given out by the view's one writer, in the order of commits (DECISIONS 13).
    """

    seq: int
    added: datetime
    ext_id: str
    type: str
    version: str
    place: str
    spec: str
    rid: str
    bid: str
    why: str
    raw: bytes | None = None
    keys: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ViewRow:
    """How far a view has come: `seq` and `added` are the last given out, `upto` how far its source was read.

    What lies between `again` and `until` at the source is asked once more. `gone` counts what had left there, `terms`
    is what the answers rest on, and `good_until` when one of them may change by itself.
    """

    id: int
    name: str
    terms: str = ""
    seq: int = 0
    added: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    upto: int = 0
    again: int = 0
    until: int = 0
    gone: int = 0
    good_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostedRow:
    """What became of one part of a post, which has so many things that reading them later costs what is read, and not
    what was written. It waits until its view has read the house log as far as `upto`, and until those of its things
    that are `unread` have been read."""

    id: str
    part: int
    by: str
    at: datetime
    upto: int
    unread: int
    body: bytes
