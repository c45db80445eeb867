"""The follower of one agreement: reads the house log, decides, closes over references, releases (DECISIONS 12).

One writer, exactly once by cursor. Everything it does for a batch commits in the agreement's one transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from comity.acts import agreements, standing
from comity.acts.judging import Bench, Judged, judge
from comity.acts.node import Node, kind_named
from comity.acts.ports import AgreementTx, HouseReader
from comity.acts.sending import Copy, send
from comity.agreement.instrument import Agreement
from comity.agreement.life import status_at
from comity.core import ids
from comity.core.errors import Malformed, Refused
from comity.exchange.lane import Lane
from comity.ledger import leaf
from comity.records import (
    LogEntry,
    OutcomeRow,
    Principal,
    Record,
    RecordState,
    ReleaseRow,
    ReleaseState,
    WaitingRow,
)
from comity.release.closure import Candidate, Closed, close
from comity.release.kind import Reference, Removals
from comity.release.question import Outcome, PartyReader

ALLOWED = 1000
"""A batch ends after this many records that may go. What is withheld never moves the cut: it must not show (law 4)."""
CHUNK = 500
DECISIONS = "decisions"
RETRY = frozenset({"fact", "relabelled", "due"})
"""House acts after which what was withheld is decided again."""


@dataclass(slots=True)
class Followed:
    """What one call did. `read` entries of the house log were passed."""

    read: int = 0
    released: int = 0
    sanitised: int = 0
    waiting: int = 0
    withheld: int = 0
    envelopes: int = 0


@dataclass(slots=True)
class Batch:
    start: int
    upto: int
    judged: dict[str, Judged] = field(default_factory=dict)


def follow(node: Node, agreement_id: str, by: Principal) -> Followed:
    """Decides what the house took in since the last call and releases what may go. Repeating it does nothing twice."""
    held = agreements.held(node, agreement_id)
    partner = agreements.partner_of(node, held.newest)
    result = Followed()
    while True:
        with node.agreements(agreement_id).begin() as tx, node.house.reader() as house:
            bench = _bench(node, house, held, partner)
            batch = _gather(bench, tx, partner)
            result.read += batch.upto - batch.start
            if batch.upto == batch.start:
                return result
            closed = _close(bench, tx, batch, partner)
            _apply(bench, tx, batch, closed, partner, result)
    return result


def _bench(node: Node, house: HouseReader, held: agreements.Held, partner: str) -> Bench:
    now = node.clock()
    text = held.newest
    status = status_at(text, now)
    return Bench(
        node=node,
        house=house,
        texts=held.versions,
        ref=text.ref,
        status_key=str(status.state),
        reader=PartyReader(partner, receiving_authority(text, partner)),
        standing=standing.in_force(node, house, text, now),
        now=now,
    )


def receiving_authority(text: Agreement, party: str) -> str:
    """The party's authority that may receive; the party itself where the text names none."""
    for authority in text.authorities:
        if authority.party == party and "receive" in authority.may:
            return authority.id
    return party


def _gather(bench: Bench, tx: AgreementTx, partner: str) -> Batch:
    start = tx.cursor()
    batch = Batch(start, start)
    allowed = 0
    while allowed < ALLOWED:
        entries = bench.house.log_after(batch.upto, CHUNK)
        if not entries:
            break
        records = bench.house.records([rid for entry in entries for rid in _rids(entry)])
        edges = bench.house.edges_of(list(records))
        for entry in entries:
            batch.upto = entry.n
            if entry.entry["act"] in RETRY:
                allowed += _again(bench, tx, batch, partner)
            for rid in _rids(entry):
                allowed += _judge(bench, tx, batch, records[rid], edges.get(rid, ()), partner)
            if allowed >= ALLOWED:
                break
    return batch


def _rids(entry: LogEntry) -> Iterable[str]:
    return (str(entry.entry["rid"]),) if entry.entry["act"] in ("taken", "relabelled") else ()


def _judge(
    bench: Bench,
    tx: AgreementTx,
    batch: Batch,
    record: Record,
    references: tuple,
    partner: str,  # type: ignore[type-arg]
) -> int:
    if record.state is not RecordState.LIVE or record.source == partner or record.rid in batch.judged:
        return 0
    if tx.release_of(partner, record.rid) is not None:
        return 0
    judged = judge(bench, record, references)
    batch.judged[record.rid] = judged
    return judged.outcome in (Outcome.ALLOW, Outcome.SANITISE)


def _again(bench: Bench, tx: AgreementTx, batch: Batch, partner: str) -> int:
    allowed, after = 0, ""
    while rids := tx.unreleased(partner, after, CHUNK):
        records = bench.house.records(rids)
        edges = bench.house.edges_of(rids)
        for rid in rids:
            allowed += _judge(bench, tx, batch, records[rid], edges.get(rid, ()), partner)
        after = rids[-1]
    return allowed


def _close(bench: Bench, tx: AgreementTx, batch: Batch, partner: str) -> Closed:
    going = {rid: j for rid, j in batch.judged.items() if j.outcome in (Outcome.ALLOW, Outcome.SANITISE)}
    _wake(bench, tx, batch, going, partner)
    blocked: set[str] = set()
    while True:
        candidates = [Candidate(rid, j.record.ext_id, j.references) for rid, j in going.items() if rid not in blocked]
        targets = {reference.target for candidate in candidates for reference in candidate.references}
        held = tx.released(partner, targets) | bench.node.held_by_all
        positions = bench.house.resolve(targets - held)
        undecided = {ext_id for ext_id, n in positions.items() if n > batch.upto}
        closed = close(candidates, held, undecided)
        unfit = {
            rid for rid, left_out in closed.released.items() if left_out and not _fits(bench, going, rid, left_out)
        }
        if not unfit:
            waiting = dict(closed.waiting) | {rid: tuple(sorted(_targets(going[rid]))) for rid in blocked}
            return Closed(closed.released, waiting)
        blocked |= unfit


def _targets(judged: Judged) -> set[str]:
    return {reference.target for reference in judged.references}


def _wake(bench: Bench, tx: AgreementTx, batch: Batch, going: dict[str, Judged], partner: str) -> None:
    """Adds what waited for anything decided in this batch, and what waited for that in turn."""
    decided = {j.record.ext_id for j in batch.judged.values() if j.record.ext_id}
    while decided:
        rows = [row for row in tx.waiting_on(partner, decided) if row.rid not in going]
        records = bench.house.records([row.rid for row in rows])
        edges = bench.house.edges_of([row.rid for row in rows])
        decided = set()
        for row in rows:
            judged = judge(bench, records[row.rid], edges.get(row.rid, ()))
            batch.judged[row.rid] = judged
            if judged.outcome in (Outcome.ALLOW, Outcome.SANITISE):
                going[row.rid] = judged
                decided.add(judged.record.ext_id)


def _fits(bench: Bench, going: dict[str, Judged], rid: str, left_out: frozenset[str]) -> bool:
    """Makes the copy without these references; whether it can be made, and may still go."""
    judged = going[rid]
    kind = kind_named(bench.node.annexes, judged.record.kind)
    try:
        whole = judged.raw if judged.raw is not None else bench.house.body(judged.record.bid)
        raw = kind.render(kind.sanitise(kind.parse(whole), Removals(references=left_out)))
    except (Refused, Malformed):
        return False
    references = tuple(ref for ref in judged.references if ref.target not in left_out)
    going[rid] = Judged(judged.record, Outcome.SANITISE, judged.row, judged.subject, raw, judged.again, references)
    return True


def _apply(bench: Bench, tx: AgreementTx, batch: Batch, closed: Closed, partner: str, result: Followed) -> None:
    number = tx.log_size(DECISIONS)
    outcomes = [
        OutcomeRow(number, pos, rid, judged.row.did, _outcome(rid, judged, closed))
        for pos, (rid, judged) in enumerate(batch.judged.items())
    ]
    rows = {row.did: row for judged in batch.judged.values() for row in (judged.row, judged.again) if row is not None}
    tx.put_decisions(list(rows.values()))
    tx.put_outcomes(outcomes)
    tx.drop_waiting(partner, list(batch.judged))
    tx.put_waiting(
        [WaitingRow(rid, partner, batch.judged[rid].row.did, missing) for rid, missing in closed.waiting.items()]
    )
    going = [batch.judged[rid] for rid in closed.released]
    copies, releases = _copies(bench, tx, going, partner, number)
    tx.put_releases(releases)
    if outcomes:
        root = batch_root(outcomes, releases)
        tx.append(DECISIONS, [leaf.write(leaf.Followed(batch.start, batch.upto, len(outcomes), root))])
    result.envelopes += send(bench.node, tx, bench.texts[bench.ref], partner, copies)
    tx.advance(batch.upto)
    result.released += len(going)
    result.sanitised += sum(judged.raw is not None for judged in going)
    result.waiting += len(closed.waiting)
    result.withheld += len(batch.judged) - len(going) - len(closed.waiting)


def _outcome(rid: str, judged: Judged, closed: Closed) -> str:
    if rid in closed.waiting:
        return "waiting"
    if rid in closed.released and judged.raw is not None:
        return Outcome.SANITISE.text
    return judged.outcome.text


def _copies(
    bench: Bench, tx: AgreementTx, going: Sequence[Judged], partner: str, number: int
) -> tuple[list[Copy], list[ReleaseRow]]:
    """The bytes that go, kept as bodies of the agreement, and the rows that say so."""
    bodies = bench.house.bodies([judged.record.bid for judged in going if judged.raw is None])
    raws = [judged.raw if judged.raw is not None else bodies[judged.record.bid] for judged in going]
    labels = [judged.subject.label for judged in going]
    bids: dict[int, str] = {}
    for sealed in (False, True):
        chosen = [i for i, label in enumerate(labels) if label.public is not sealed]
        bids |= dict(zip(chosen, tx.put_bodies([raws[i] for i in chosen], sealed=sealed), strict=True))
    copies: list[Copy] = []
    releases: list[ReleaseRow] = []
    seq = tx.next_seq(partner)
    for i, (judged, raw, label) in enumerate(zip(going, raws, labels, strict=True)):
        record, handle = judged.record, ids.handle(bench.node.entropy(16))
        lane = Lane(kind_named(bench.node.annexes, record.kind).precedence)
        copies.append(Copy(handle, record.kind, label, raw, lane, sealed=not label.public))
        did = (judged.again or judged.row).did
        releases.append(
            ReleaseRow(
                view=partner,
                seq=seq + i,
                handle=handle,
                rid=record.rid,
                copy=bids[i],
                did=did,
                kind=record.kind,
                ext_id=record.ext_id,
                ext_ver=record.ext_ver,
                added=bench.now + timedelta(microseconds=i),
                state=ReleaseState.LIVE,
                batch=number,
            )
        )
    return copies, releases
