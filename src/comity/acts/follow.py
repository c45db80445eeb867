"""The follower of one agreement: reads the house log, decides, closes over references, releases (DECISIONS 12).

One writer, exactly once by cursor. Everything it does for a batch commits in the agreement's one transaction.
"""

from collections.abc import Iterable

from comity.acts import agreements, standing
from comity.acts.agreements import Held
from comity.acts.closing import GOES, close_batch
from comity.acts.judging import Bench, Judged, facts_for, judge
from comity.acts.node import Node
from comity.acts.ports import AgreementReader, AgreementTx, HouseReader
from comity.acts.releasing import Followed, Span, apply
from comity.acts.voiding import withdraw_queued
from comity.agreement.instrument import Agreement
from comity.agreement.life import status_at
from comity.records import LogEntry, Record, RecordState
from comity.release.kind import Reference
from comity.release.question import PartyReader

CERTAIN = 1000
"""A batch ends after this many records that go for certain. What is withheld or waits never moves the cut: it must not
show (law 4)."""
CHUNK = 500


def follow(node: Node, agreement_id: str) -> Followed:
    """Decides what the house took in since the last call and releases what may go. Repeating it does nothing twice."""
    held = agreements.held(node, agreement_id)
    partner = agreements.partner_of(node, held.newest)
    result = Followed()
    while True:
        with node.agreements(agreement_id).begin() as tx, node.house.reader() as house:
            bench = bench_for(node, house, held, partner)
            judged: dict[str, Judged] = {}
            start = tx.cursor()
            upto = _gather(bench, tx, start, judged)
            if upto == start:
                return result
            closed = close_batch(bench, tx, judged, upto, partner)
            apply(bench, tx, Span(start, upto), judged, closed, result)


def bench_for(node: Node, house: HouseReader, held: Held, partner: str) -> Bench:
    """What every question to `partner` under this agreement has in common, now."""
    now = node.clock()
    text = held.newest
    return Bench(
        node=node,
        house=house,
        texts=held.versions,
        ref=text.ref,
        status_key=status_at(text, now).state.value,
        reader=PartyReader(partner, receiving_authority(text, partner)),
        facts=facts_for(node.party, frozenset(standing.in_force(house, text, node.party))),
        now=now,
    )


def receiving_authority(text: Agreement, party: str) -> str:
    """The party's authority that may receive; the party itself where the text names none."""
    may = (authority.id for authority in text.authorities if authority.party == party and "receive" in authority.may)
    return next(may, party)


def _gather(bench: Bench, tx: AgreementTx, start: int, judged: dict[str, Judged]) -> int:
    """Judges record after record until enough are certain to go; answers how far it came."""
    partner = bench.reader.party
    upto, certain, there = start, 0, set(bench.node.held_by_all)
    while certain < CERTAIN:
        entries = bench.house.log_after(upto, CHUNK)
        if not entries:
            break
        rids = [rid for entry in entries for rid in _rids(entry)]
        records, edges = bench.house.records(rids), bench.house.edges_of(rids)
        gone = tx.released_of(partner, rids)
        there |= tx.released(partner, {reference.target for found in edges.values() for reference in found})
        for entry in entries:
            upto = entry.n
            if entry.entry["act"] == "fact" and entry.entry["scope"] == bench.ref.id:
                withdraw_queued(bench, tx)
                _again(bench, tx, judged, upto)
            for rid in _rids(entry):
                if rid not in gone:
                    certain += _one(bench, judged, records[rid], edges.get(rid, ()), there)
            if certain >= CERTAIN:
                break
    return upto


def _rids(entry: LogEntry) -> Iterable[str]:
    return (str(entry.entry["rid"]),) if entry.entry["act"] in ("taken", "relabelled") else ()


def _one(
    bench: Bench, judged: dict[str, Judged], record: Record, references: tuple[Reference, ...], there: set[str]
) -> bool:
    """Whether this record goes in this batch whatever stands beside it: all that it points at is `there`.

    What the partner sent us is no question.
    """
    if record.source == bench.reader.party:
        bench.arrived.add(record.ext_id)
        return False
    if record.state is not RecordState.LIVE or record.rid in judged:
        return False
    judged[record.rid] = one = judge(bench, record, references)
    if one.outcome not in GOES or any(reference.target not in there for reference in one.references):
        return False
    there.add(record.ext_id)
    return True


def _again(bench: Bench, tx: AgreementReader, judged: dict[str, Judged], upto: int) -> None:
    """A fact about this agreement changed: everything decided so far and not released is asked again."""
    after = ""
    while rids := tx.unreleased(bench.reader.party, after, CHUNK):
        records, edges = bench.house.records(rids), bench.house.edges_of(rids)
        for rid in rids:
            if records[rid].n <= upto:
                _one(bench, judged, records[rid], edges.get(rid, ()), set())
        after = rids[-1]
