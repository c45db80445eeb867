"""Making a restored agreement whole from what the partner told: rows, leaves, releases, then the new epoch.

Everything commits in the caller's one transaction. What never arrived is taken out of the old epoch and sent again
under the new one; a void tells the partner of its leaves, so that its mirror of our log has no gap.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from comity.acts import arrivals, posting, refusals
from comity.acts.cases import note
from comity.acts.judging import Bench
from comity.acts.mirroring import countersign, keep_cosigned
from comity.acts.ports import AgreementReader, AgreementTx
from comity.acts.reclaiming import Back, put_releases
from comity.acts.restoring import Cause
from comity.acts.sending import CARRIED, DECISIONS, IN, OUT, leaves_in, queue, runs
from comity.acts.voiding import take_back
from comity.acts.worth import Entry
from comity.exchange import chain
from comity.exchange.body import Epoch, Void
from comity.exchange.chain import ChainState
from comity.exchange.envelope import Envelope
from comity.exchange.lane import Lane
from comity.exchange.receipt import Answer, Receipt
from comity.exchange.reconcile import Match, Page
from comity.ledger import leaf
from comity.ledger import note as notes
from comity.ledger.recovery import Recovered
from comity.records import InboxRow, InboxState, OutboxRow, OutboxState, Place

PART = 4096


@dataclass(frozen=True, slots=True)
class Crossed:
    """An envelope that crossed, verified and open, with its receipt, and what it is to what stands here."""

    envelope: Envelope
    raw: bytes
    receipt: bytes | None
    answer: Receipt | None
    match: Match


@dataclass(slots=True)
class Strand:
    """One lane in both directions: what comes back, what never arrived, what must be answered again."""

    lane: Lane
    ours: list[Crossed] = field(default_factory=list)
    theirs: list[Crossed] = field(default_factory=list)
    unsent: list[Place] = field(default_factory=list)
    reopened: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class Told:
    """Everything that the partner told, before anything here is changed."""

    page: Page
    strands: list[Strand]
    ours: dict[int, bytes] = field(default_factory=dict)
    theirs: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """What the house made of it: the partner's records that are live here, and ours as taken back."""

    kept: Sequence[Entry]
    backs: Sequence[Back]


def rejoin(bench: Bench, tx: AgreementTx, told: Told, log: Recovered, house: House, cause: Cause) -> int:
    """Applies it; answers how many releases came back."""
    node, text, partner = bench.node, bench.texts[bench.ref], bench.reader.party
    epoch = int(cause.at.timestamp())
    unsent = _leaves_of(tx, told.strands)
    if log.kept < tx.log_size(OUT):
        parted = [raw for _, raw in tx.leaves(OUT, log.kept, tx.log_size(OUT))]
        take_back(node, tx, parted, tuple(told.ours.values()))
        tx.set_aside(OUT, log.kept, f"{OUT}/{epoch}")
    tx.append(OUT, log.added)
    for first, leaves in runs(told.theirs):
        tx.put_mirror(IN, first, leaves)
    for strand in told.strands:
        _put_back(bench, tx, strand)
    keep_cosigned(node, tx, text, partner, told.page.cosigned)
    countersign(node, tx, text, partner, _alone(told.page.checkpoint))
    note(node, tx, text, house.kept, partner)
    back = put_releases(bench, tx, house.backs, bench.now)
    nobodys = {n: log.added[n - log.kept] for n in log.lost}
    for strand in told.strands:
        gone = unsent.get(strand.lane, {})
        take_back(node, tx, tuple(gone.values()))
        closed = {n: raw for n, raw in gone.items() if n < log.kept}
        if _begin(bench, tx, strand, closed | nobodys, epoch, cause.reason):
            nobodys = {}
    tx.append(DECISIONS, [_applied(cause)])
    return back


def applied(reader: AgreementReader, cause: Cause) -> bool:
    """Whether all this was done before, and only the house does not know it yet."""
    size = reader.log_size(DECISIONS)
    return [raw for _, raw in reader.leaves(DECISIONS, size - 1, size)] == [_applied(cause)]


def _applied(cause: Cause) -> bytes:
    return leaf.write(leaf.Event("reconciled", cause.id))


def _alone(raw: str | None) -> str | None:
    """The partner's note without the line that we put under it before: it is put again."""
    if raw is None:
        return None
    parsed = notes.parse(raw.encode())
    return (parsed.checkpoint.text + b"\n" + parsed.lines[0].text).decode()


def _put_back(bench: Bench, tx: AgreementTx, strand: Strand) -> None:
    for one in strand.ours:
        if isinstance(one.envelope.body, Void):
            take_back(bench.node, tx, one.envelope.body.closed)
        if one.match is not Match.SAME:
            row = _outgoing(bench, one)
            tx.put_back(row)
            posting.come_back(tx, one.envelope, one.answer)
            if one.answer is not None:
                refusals.note(bench.node, tx, one.answer, leaves_in(tx, row))
                arrivals.taken(bench.node, tx, bench.texts, one.envelope, one.answer)
    for one in strand.theirs:
        if one.match is not Match.SAME:
            tx.put_back_incoming(_incoming(bench, one))
            if one.answer is not None:
                arrivals.taken(bench.node, tx, bench.texts, one.envelope, one.answer)


def _outgoing(bench: Bench, one: Crossed) -> OutboxRow:
    header = one.envelope.header
    if one.answer is None:
        state = OutboxState.QUEUED
    elif isinstance(one.envelope.body, Void):
        state = OutboxState.VOID
    else:
        state = OutboxState.SETTLED if one.answer.verdict is Answer.ACCEPTED else OutboxState.REFUSED
    return OutboxRow(
        mode=header.mode,
        lane=header.lane,
        epoch=header.epoch,
        seq=header.sequence,
        digest=one.envelope.digest,
        raw=one.raw,
        version=header.agreement.version,
        leaf_from=header.leaf_from,
        state=state,
        next_at=bench.now,
        attempts=1,
        receipt=one.receipt,
    )


def _incoming(bench: Bench, one: Crossed) -> InboxRow:
    header = one.envelope.header
    return InboxRow(
        mode=header.mode,
        lane=header.lane,
        epoch=header.epoch,
        seq=header.sequence,
        digest=one.envelope.digest,
        raw=one.raw,
        state=InboxState.RECEIVED if one.receipt is None else InboxState.SETTLED,
        at=bench.now,
        receipt=one.receipt,
    )


def _begin(bench: Bench, tx: AgreementTx, strand: Strand, closed: Mapping[int, bytes], epoch: int, reason: str) -> bool:
    """Ends the old epoch of a lane that was used, and announces the new one; whether it was used."""
    node, text, partner = bench.node, bench.texts[bench.ref], bench.reader.party
    for place in strand.unsent:
        tx.drop_outgoing(place.digest)
    for place in strand.reopened:
        row = tx.incoming(place.digest)
        if row is not None:
            tx.put_back_incoming(replace(row, state=InboxState.RECEIVED, receipt=None))
    known = ChainState(*tx.chain_out(node.mode, strand.lane))
    if known == chain.START and not strand.unsent:
        return False
    body = Epoch(reason, known.epoch, known.sequence, known.previous)
    state = chain.restarted(max(epoch, known.epoch + 1))
    state = queue(node, tx, text, partner, strand.lane, chain.next_out(state), body)
    for first, leaves in runs(closed):
        state = queue(node, tx, text, partner, strand.lane, chain.next_out(state), Void(reason, first, tuple(leaves)))
    return True


def _leaves_of(reader: AgreementReader, strands: Iterable[Strand]) -> dict[Lane, dict[int, bytes]]:
    """The leaves that numbers which never arrived have in our log, by lane and position.

    Found in the log itself: the envelope's body may have been destroyed since the backup was made.
    """
    wanted = {(strand.lane.value, place.epoch, place.seq): strand.lane for strand in strands for place in strand.unsent}
    found: dict[Lane, dict[int, bytes]] = {}
    if not wanted:
        return found
    size = reader.log_size(OUT)
    for start in range(0, size, PART):
        for n, raw in reader.leaves(OUT, start, min(size, start + PART)):
            entry = msgspec.json.decode(raw)
            lane = wanted.get((entry.get("lane"), entry.get("epoch"), entry.get("sequence")))
            if lane is not None and entry["leaf"] in (*CARRIED, "void"):
                found.setdefault(lane, {})[n] = raw
    return found
