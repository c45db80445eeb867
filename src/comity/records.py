"""The rows that acts and stores speak of: values only, named as in the store (DECISIONS, sketch of the store).

Between the rules and the acts: a store returns these, an act reads them, neither needs the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from comity.exchange.lane import Lane, Mode
from comity.release.kind import Reference


class RecordState(StrEnum):
    LIVE = "live"
    QUARANTINED = "quarantined"
    DESTROYED = "destroyed"
    """Its body is gone for ever; `why` names the duty by which it went."""


class ReleaseState(StrEnum):
    LIVE = "live"
    VOID = "void"


class OutboxState(StrEnum):
    QUEUED = "queued"
    SETTLED = "settled"
    REFUSED = "refused"
    VOID = "void"


class InboxState(StrEnum):
    RECEIVED = "received"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a person (`person:dana`), a party's node (`node:IL`). Named in the house log by every act."""

    id: str


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record about to be kept. `identity` makes it the same record (`ids.identity`); the store gives it its id.

    `sealed`: its body is encrypted under a key of its own (DECISIONS 3). `handle`: how whoever sent it calls it.
    """

    identity: str
    kind: str
    source: str
    ext_id: str
    ext_ver: str
    raw: bytes
    class_canonical: str
    state: RecordState
    handle: str | None
    edges: tuple[Reference, ...]
    sealed: bool
    sid: str | None = None
    proof: bytes | None = None
    why: str | None = None


class Record(msgspec.Struct, frozen=True):
    """A kept record without its bytes. `n` is its position in the house log.

    `rid` is the position at which it was taken and its identity; `handle` how its sender calls it, if anyone sent it.
    """

    rid: str
    kind: str
    source: str
    ext_id: str
    ext_ver: str
    bid: str
    class_id: int
    class_canonical: str
    state: RecordState
    n: int
    handle: str | None
    sid: str | None
    proof: bytes | None
    why: str | None


class LogEntry(msgspec.Struct, frozen=True):
    """One line of the house log: `entry` is small JSON, `{"act": "taken", …}`; never content."""

    n: int
    entry: Mapping[str, Any]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """Something signed or agreed that rules may rely on: a contact, an agreement, a standing release, an event.

    `fid` is the SHA-256, in hex, of `body`. `scope` is what it is about (an agreement id, a party).
    """

    fid: str
    kind: str
    scope: str
    valid_from: datetime
    valid_until: datetime | None
    body: bytes


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision about one class, remembered. `did` is the SHA-256, in hex, of `body` (its canonical JSON).

    `question` is the SHA-256, in hex, of the question's canonical JSON: the cache key.
    """

    did: str
    class_id: int
    question: str
    outcome: str
    cites: str
    good_until: datetime | None
    body: bytes


class OutcomeRow(msgspec.Struct, frozen=True):
    """What one follower batch made of one record: `allow`, `sanitise`, `waiting`, `needs-consent`, `deny`, `refer`."""

    batch: int
    pos: int
    rid: str
    did: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Sieved:
    """How far what is withheld was asked again, for every fact up to this line of the house log.

    Up to the record kept at `place`, or all of them where it is `None`; in batches from `since` on.
    """

    line: int
    since: int
    place: int | None


class ReleaseRow(msgspec.Struct, frozen=True):
    """A record let out to one view. `copy` is the body id of the bytes that went, in the agreement's body table."""

    view: str
    seq: int
    handle: str
    rid: str
    copy: str
    did: str
    kind: str
    ext_id: str
    ext_ver: str
    added: datetime
    state: ReleaseState
    batch: int
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Allowed, but something it points at is not released: tried again when `missing` is."""

    rid: str
    view: str
    did: str
    missing: tuple[str, ...]


NOTICE = "notice"
"""The kind of a refused row that is no record but a notice."""


class RefusedState(StrEnum):
    OPEN = "open"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """What the partner's signed receipt refused, and has not taken since: a record, or a notice by its digest.

    `handle` is how the receipt names it, `code` the partner's reason; lane, epoch and number are of the envelope that
    the receipt answers, `at` our time when it came. `LEFT`: an officer lets it lie.
    """

    id: str
    kind: str
    handle: str
    code: str
    lane: Lane
    epoch: int
    seq: int
    at: datetime
    state: RefusedState = RefusedState.OPEN


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One signed envelope, the same bytes on every try. `digest` is the SHA-256, in hex, of `raw`.

    `version` is that of the agreement under which it goes, `leaf_from` the position of its first leaf in our log. `raw`
    is empty where only its place was read.
    """

    mode: Mode
    lane: Lane
    epoch: int
    seq: int
    digest: str
    raw: bytes
    version: int
    leaf_from: int
    state: OutboxState
    next_at: datetime
    attempts: int = 0
    receipt: bytes | None = None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One envelope that came in. `raw` is empty once it has been destroyed, and where only its place was read."""

    mode: Mode
    lane: Lane
    epoch: int
    seq: int
    digest: str
    raw: bytes
    state: InboxState
    at: datetime
    receipt: bytes | None = None


@dataclass(frozen=True, slots=True)
class LaneCount:
    """How many envelopes of one lane wait for a receipt, were let in, were refused, were withdrawn."""

    queued: int = 0
    settled: int = 0
    refused: int = 0
    void: int = 0

    @property
    def answered(self) -> int:
        """Those that have a receipt, whatever it says."""
        return self.settled + self.refused + self.void


@dataclass(frozen=True, slots=True)
class Mark:
    """One envelope without its bytes: ours with its tries and receipt, or one that `came` in by our clock."""

    digest: str
    attempts: int = 0
    receipt: bytes | None = None
    came: datetime | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """The file system under a node's directory: bytes free and all, and whether it takes writes at all."""

    free_bytes: int
    total_bytes: int
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a running node meets again and again since an instant: the error's code and its sentence."""

    code: str
    sentence: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Readings:
    """What the running node processes have measured. Nothing where none runs.

    `commit`: the median of the last commits; `stepped`: how far the clock moved against one that nobody sets.
    `work` and `links` are troubles by agreement, of its store and of the line to the partner; `early` those of the
    partner's clock; `sources` those of subscriptions, by name. `shown`: until when the certificate holds that each
    partner showed last.
    """

    commit: timedelta | None = None
    stepped: timedelta = timedelta(0)
    work: Mapping[str, Trouble] = field(default_factory=dict)
    links: Mapping[str, Trouble] = field(default_factory=dict)
    early: Mapping[str, Trouble] = field(default_factory=dict)
    sources: Mapping[str, Trouble] = field(default_factory=dict)
    shown: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node stands on, as far as it can be seen: room under its directory, when its certificates end."""

    free_bytes: int | None = None
    total_bytes: int | None = None
    certificates: tuple[tuple[str, datetime], ...] = ()
    writable: bool = True
    readings: Readings = field(default_factory=Readings)


@dataclass(frozen=True, slots=True)
class Place:
    """One number of a chain without its envelope. `answered`: it has a receipt; `attempts` are tries, ours only."""

    epoch: int
    seq: int
    digest: str
    answered: bool
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A signed note over a log at a size; `cosigned` once the other side's line stands on it."""

    log: str
    size: int
    note: bytes
    cosigned: bool


@dataclass(frozen=True, slots=True)
class DutyRow:
    """Something now owed, and what settled it.

    `article` is a citation, with the version of the text at the trigger. `time` is what the text asks, in its words;
    `due` what that came to when the duty was opened. `about` is a handle or a case. `state`: open, settled, released.
    `evidence` is the SHA-256, in hex, of the signed discharge that settled it, which stands in the body `proof`; or the
    handle of the record, or the digest of the notice, that did.
    """

    id: str
    duty: str
    article: str
    actor: str
    trigger: datetime
    due: datetime | None
    time: str | None
    about: str
    state: str
    params: tuple[tuple[str, str], ...] = ()
    evidence: str | None = None
    kind: str | None = None
    proof: str | None = None
    settled: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as its records fold into it so far. `body` is canonical JSON."""

    kind: str
    id: str
    version: int
    state: str
    body: bytes
