"""A node in figures: gathered for every scrape and for `comity status`: nothing here opens many envelopes.

What was read once of an envelope or a batch is remembered in `Known`, which the caller keeps.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from comity.acts import agreements, contacts, emergencies, forks, notifying, policies, restoring
from comity.acts.duties import Owed, owed_of
from comity.acts.node import Node
from comity.acts.ports import AgreementReader
from comity.acts.reciprocity import Reciprocity, reciprocity
from comity.acts.sending import IN, OUT
from comity.agreement.instrument import Agreement
from comity.core import dsse, instants, strictjson
from comity.core.errors import ComityError
from comity.exchange.envelope import header_of
from comity.exchange.lane import Lane
from comity.records import LaneCount, Surroundings
from comity.release.register import State

OBJECTIVES: Mapping[Lane, timedelta] = {
    Lane.FLASH: timedelta(minutes=1),
    Lane.IMMEDIATE: timedelta(minutes=10),
    Lane.PRIORITY: timedelta(hours=1),
    Lane.ROUTINE: timedelta(hours=4),
}
"""How soon an envelope of a lane should have its receipt, unless the agreement's precedence term asks for less."""

REMEMBERED = 4096


@dataclass(slots=True)
class Known:
    """What one caller has read already: when envelopes were written, and how often each outcome was decided."""

    written: dict[str, datetime] = field(default_factory=dict)
    decided: dict[str, Counter[str]] = field(default_factory=dict)
    batches: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """One lane to a partner. `oldest`: when the oldest unanswered envelope was written; `tried`: it was sent before."""

    lane: Lane
    count: LaneCount
    objective: timedelta
    oldest: datetime | None = None
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two clocks about one envelope: when its sender wrote it, and when its receiver had it."""

    written: datetime
    received: datetime


@dataclass(frozen=True, slots=True)
class AgreementFigures:
    """One agreement. `by_file`: the partner has no address. `undecided_since`: the oldest thing not decided yet."""

    id: str
    partner: str
    by_file: bool
    behind: int
    undecided_since: datetime | None
    decided: Mapping[str, int]
    released: int
    waiting: int
    received: int
    lanes: tuple[LaneFigures, ...]
    heard: datetime | None
    answered: Crossing | None
    came: Crossing | None
    logs: Mapping[str, int]
    checkpoints: Mapping[str, int]
    fork: str | None = None
    """Two histories, in a sentence: nothing moves until two people have resolved it."""
    unreconciled: str | None = None
    """Restored, and not yet compared with the partner, in a sentence."""
    overdue: tuple[Owed, ...] = ()
    """Duties past their time, ours and the partner's, the oldest first."""
    untold: tuple[str, ...] = ()
    """Codes for which the partner refused what we told it of the agreement's life, and was not told again."""
    refused: Mapping[tuple[bool, str], int] = field(default_factory=dict)
    """What the partner refused and has not taken since: by whether it is a notice, and the partner's reason."""
    not_taken: int = 0
    """Records that it refused and that were not sent again."""
    reciprocity: Reciprocity = field(default_factory=Reciprocity)
    """What each side gave, and what the other made of it."""


@dataclass(frozen=True, slots=True)
class ReviewOwed:
    """An emergency release that is not reviewed yet: `id` of its fact as a person types it, `lacking` reviewers."""

    id: str
    agreement: str
    by: str
    due: datetime
    lacking: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One node. `broken`: agreements whose store could not be read, each with the kind of error."""

    party: str
    skew: timedelta
    house_log: int
    quarantined: int
    unconfirmed: tuple[str, ...]
    agreements: tuple[AgreementFigures, ...]
    broken: Mapping[str, str] = field(default_factory=dict)
    surroundings: Surroundings = field(default_factory=Surroundings)
    policy_fault: str | None = None
    """Why our own policy cannot be used, if it cannot."""
    last_line: datetime | None = None
    """When the newest line of the house log was written."""
    emergencies: tuple[ReviewOwed, ...] = ()
    """Emergency releases whose review is owed, the oldest first."""


def gather(node: Node, known: Known) -> Figures:
    """The node as it stands. An agreement that cannot be read hides no other."""
    with node.house.reader() as house:
        size, quarantined = house.log_size(), house.quarantine_count()
        policy = policies.in_force(node, house)
        last = next((entry.at for entry in house.log_after(size - 1, 1)), None)
        made = [one for one in emergencies.listed(node, house) if one.owed]
    found: list[AgreementFigures] = []
    broken: dict[str, str] = {}
    for agreement_id in agreements.agreement_ids(node):
        try:
            found.append(_agreement(node, agreement_id, size, known))
        except ComityError as error:
            broken[agreement_id] = type(error).__name__.lower()
    return Figures(
        party=node.party,
        skew=timedelta(seconds=node.skew_seconds),
        house_log=size,
        quarantined=quarantined,
        unconfirmed=tuple(sorted(contacts.waiting(node))),
        agreements=tuple(found),
        broken=broken,
        surroundings=node.surroundings(),
        emergencies=tuple(
            ReviewOwed(one.id[:16], one.word.agreement, one.word.by, one.due, emergencies.NEEDED - len(one.reviews))
            for one in made
        ),
        policy_fault=policy.faults[0] if policy is not None and policy.faults else None,
        last_line=last,
    )


def _agreement(node: Node, agreement_id: str, size: int, known: Known) -> AgreementFigures:
    held = agreements.held(node, agreement_id)
    text = held.newest
    partner = agreements.partner_of(node, text)
    with node.house.reader() as house:
        named = forks.open_fork(house, agreement_id)
    fork = None if named is None else named.sentence
    with node.agreements(agreement_id).reader() as reader:
        cursor = reader.cursor()
        batch, more = reader.outcomes_from(known.batches.get(agreement_id, 0))
        known.batches[agreement_id] = batch
        decided = known.decided.setdefault(agreement_id, Counter())
        decided.update(more)
        counts = reader.lane_counts()
        objectives = _objectives(text)
        lanes = tuple(_lane(node, reader, lane, count, objectives[lane], known) for lane, count in counts.items())
        answered, came = _answered(node, reader, known), _came(node, reader, known)
        return AgreementFigures(
            id=agreement_id,
            partner=partner,
            by_file=partner not in node.partners,
            behind=max(size - cursor, 0),
            undecided_since=_since(node, cursor, size),
            decided=dict(decided),
            released=reader.next_seq(partner) - 1,
            waiting=reader.waiting_count(partner),
            received=reader.received_count(),
            lanes=lanes,
            heard=None if came is None else came.received,
            answered=answered,
            came=came,
            logs={"ours": reader.log_size(OUT), "theirs": reader.log_size(IN)},
            checkpoints={log: row.size for log in (OUT, IN) if (row := reader.checkpoint(log, cosigned=True))},
            fork=fork,
            unreconciled=None if fork else restoring.stopped(node, agreement_id),
            overdue=_overdue(node, reader, text),
            untold=tuple(one.code or "refused" for one in notifying.untold(node, reader, held.versions)),
            refused=reader.refused_counts(),
            not_taken=reader.not_taken(),
            reciprocity=reciprocity(reader, node.party, partner),
        )


def _overdue(node: Node, reader: AgreementReader, text: Agreement) -> tuple[Owed, ...]:
    now = node.clock()
    owed = (owed_of(text, node.party, row, now) for row in reader.duties(State.OPEN.value))
    return tuple(one for one in owed if one.state is State.OVERDUE)


def _since(node: Node, cursor: int, size: int) -> datetime | None:
    if size <= cursor:
        return None
    with node.house.reader() as house:
        return next((entry.at for entry in house.log_after(cursor, 1)), None)


def _objectives(text: Agreement) -> dict[Lane, timedelta]:
    """The default of each lane, or less where the agreement asks for it."""
    asked: dict[str, int] = {}
    for term in text.of("comity-precedence"):
        asked |= term.params.get("minutes") or {}
    return {
        lane: min(default, timedelta(minutes=asked[lane])) if lane in asked else default
        for lane, default in OBJECTIVES.items()
    }


def _lane(
    node: Node, reader: AgreementReader, lane: Lane, count: LaneCount, objective: timedelta, known: Known
) -> LaneFigures:
    head = reader.first_unanswered(node.mode, lane) if count.queued else None
    if head is None:
        return LaneFigures(lane, count, objective)
    return LaneFigures(lane, count, objective, _sent(reader, head.digest, known), head.attempts > 0)


def _answered(node: Node, reader: AgreementReader, known: Known) -> Crossing | None:
    """Our newest envelope with a receipt: our clock when we wrote it, the partner's when it answered."""
    crossings: list[Crossing] = []
    for lane in Lane:
        mark = reader.last_answered(node.mode, lane)
        if mark is not None and mark.receipt is not None and (written := _sent(reader, mark.digest, known)):
            answer = strictjson.parse(dsse.parse(mark.receipt).payload, "a stored receipt")
            crossings.append(Crossing(written, instants.parse(answer["at"], "a stored receipt's time")))
    return max(crossings, key=lambda one: one.written, default=None)


def _came(node: Node, reader: AgreementReader, known: Known) -> Crossing | None:
    """The partner's newest envelope here: its clock when it wrote it, ours when it came in."""
    crossings: list[Crossing] = []
    for lane in Lane:
        mark = reader.last_received(node.mode, lane)
        if mark is None or mark.came is None:
            continue
        if mark.digest not in known.written and (row := reader.incoming(mark.digest)) is not None:
            _remember(known, mark.digest, header_of(row.raw).at if row.raw else mark.came)
        crossings.append(Crossing(known.written[mark.digest], mark.came))
    return max(crossings, key=lambda one: one.received, default=None)


def _sent(reader: AgreementReader, digest: str, known: Known) -> datetime | None:
    if digest not in known.written:
        row = reader.outgoing_by_digest(digest)
        if row is None:
            return None
        _remember(known, digest, header_of(row.raw).at)
    return known.written[digest]


def _remember(known: Known, digest: str, at: datetime) -> None:
    while len(known.written) >= REMEMBERED:
        known.written.pop(next(iter(known.written)))
    known.written[digest] = at
