"""The follower of one agreement: reads the house log, decides, closes over references, releases (DECISIONS 12).

One writer, exactly once by cursor. Everything it does for a batch commits in the agreement's one transaction.
"""

from collections.abc import Callable, Mapping, Sequence

from comity.acts import (
    agreements,
    clocks,
    emergencies,
    mandates,
    notifying,
    policies,
    referred,
    refusals,
    restoring,
    sieve,
    standing,
)
from comity.acts.agreements import Held
from comity.acts.closing import close_batch, live
from comity.acts.consulting import consult
from comity.acts.grounds import gather
from comity.acts.judging import GOES, Bench, Judged, facts_for, judge
from comity.acts.keeping import full
from comity.acts.node import Node
from comity.acts.owing import owe
from comity.acts.ports import AgreementReader, AgreementTx, HouseReader
from comity.acts.posting import post
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


def follow(
    node: Node,
    agreement_id: str,
    certain: int = CERTAIN,
    told: Callable[[], None] = lambda: None,
    piece: int = sieve.PIECE,
) -> Followed:
    """Decides what the house took in since the last call and releases what may go. Repeating it does nothing twice.

    `certain` is where a batch ends, `piece` how much of what is withheld is asked again at once; tests of law 4 have
    very few. `told` is called after each transaction.
    """
    partner = agreements.partner_of(node, agreements.held(node, agreement_id).newest)
    result = Followed()
    if restoring.stopped(node, agreement_id) or full(node.room()) or clocks.in_doubt(node):
        return result
    policies.note(node)
    notifying.keep_answers(node, agreement_id)
    while True:
        with node.agreements(agreement_id).begin() as tx, node.house.reader() as house:
            held = agreements.held_in(node, house, agreement_id)
            bench = bench_for(node, house, held, partner, tx)
            start = tx.cursor()
            lines = [entry.n for entry in house.fact_lines(start) if _asks_again(bench, entry)]
            if not (lines and sieve.sift(bench, tx, lines, piece, result)):
                owe(node, house, tx, held.versions)
                emergencies.owe(node, house, tx, held.newest, bench.words)
                result.envelopes += post(bench, tx)
                consult(bench, tx)
                judged: dict[str, Judged] = {}
                upto = _gather(bench, tx, start, sieve.last_line(tx, lines), judged, certain)
                if upto == start:
                    return result
                closed = close_batch(bench, tx, judged, upto, partner)
                apply(bench, tx, Span(start, upto), judged, closed, result)
                sieve.passed(tx, upto)
        told()


def bench_for(node: Node, house: HouseReader, held: Held, partner: str, reader: AgreementReader) -> Bench:
    """What every question to `partner` under this agreement has in common, now."""
    now = node.clock()
    text = held.at(now)
    return Bench(
        node=node,
        house=house,
        texts=held.versions,
        ref=text.ref,
        status_key=status_at(text, now).state.value,
        reader=PartyReader(partner, receiving_authority(text, partner)),
        facts=facts_for(node.party, frozenset(standing.in_force(house, text, node.party))),
        now=now,
        policy=policies.in_force(node, house),
        words=referred.words(node, house, text.id),
        grounds=gather(node, house, held, partner, reader),
    )


def receiving_authority(text: Agreement, party: str) -> str:
    """The party's authority that may receive; the party itself where the text names none."""
    may = (authority.id for authority in text.authorities if authority.party == party and "receive" in authority.may)
    return next(may, party)


def _gather(bench: Bench, tx: AgreementTx, start: int, last: int | None, judged: dict[str, Judged], enough: int) -> int:
    """Judges record after record until enough are certain to go, or up to the line `last`; answers how far it came."""
    upto, certain, there = start, 0, set(bench.node.held_by_all)
    came: list[str] = []
    while certain < enough:
        entries = [entry for entry in bench.house.log_after(upto, CHUNK) if last is None or entry.n <= last]
        if not entries:
            break
        rids = [rid for entry in entries for rid in _rids(bench, entry)]
        records, edges = bench.house.records(rids), bench.house.edges_of(rids)
        gone = _gone(bench, tx, records)
        there |= live(bench, tx, {reference.target for found in edges.values() for reference in found})
        for entry in entries:
            upto = entry.n
            _reconsider(bench, tx, judged, entry)
            came += _came(bench, entry)
            for rid in _rids(bench, entry):
                if rid not in gone:
                    certain += _one(bench, judged, records[rid], edges.get(rid, ()), there)
            if certain >= enough:
                break
    if tx.waiting_count(bench.reader.party):
        bench.arrived.update(record.ext_id for record in bench.house.records(came).values())
    return upto


def _reconsider(bench: Bench, tx: AgreementTx, judged: dict[str, Judged], entry: LogEntry) -> None:
    """What this line of the log makes a question again: everything not released, or a record that was spoken of."""
    if (word := refusals.said(bench, entry)) is not None:
        _ask(bench, tx, refusals.obey(tx, word, entry), judged, entry.n)
    elif _asks_again(bench, entry):
        withdraw_queued(bench, tx)
        _again(bench, tx, judged, entry.n)
        _ask(bench, tx, refusals.asked_by(bench, tx, entry), judged, entry.n)
    elif (one := _spoken_of(bench, entry)) is not None:
        withdraw_queued(bench, tx)
        _ask(bench, tx, [one], judged, entry.n)


def upcoming(bench: Bench, reader: AgreementReader) -> dict[str, Judged]:
    """Everything that the follower has still to decide, as it would be judged now. Nothing is written."""
    upto, judged = reader.cursor(), dict[str, Judged]()
    while entries := bench.house.log_after(upto, CHUNK):
        upto = entries[-1].n
        if any(_asks_again(bench, entry) for entry in entries):
            _again(bench, reader, judged, upto)
        rids = [rid for entry in entries for rid in _rids(bench, entry)]
        records, edges = bench.house.records(rids), bench.house.edges_of(rids)
        gone = _gone(bench, reader, records)
        for rid in rids:
            if rid not in gone:
                _one(bench, judged, records[rid], edges[rid], set())
    return judged


HOUSE_WIDE = (policies.FACT, mandates.END)
"""Facts of this house that change answers under every agreement."""


def _asks_again(bench: Bench, entry: LogEntry) -> bool:
    """Whether this changes answers: a fact about this agreement, a consent under another, another text that may bind
    or protect beside it, another policy, a mandate's end."""
    if entry.entry["act"] != "fact" or entry.entry["kind"] == referred.FACT:
        return False
    kind, scope, fid = entry.entry["kind"], entry.entry["scope"], entry.entry["fid"]
    ours = scope == bench.ref.id or (kind in HOUSE_WIDE and scope == bench.node.party)
    return bool(ours or kind == agreements.FACT or fid in bench.grounds.notices)


def _spoken_of(bench: Bench, entry: LogEntry) -> str | None:
    """The record that a person approved or refused here."""
    if entry.entry["act"] != "fact" or entry.entry["kind"] != referred.FACT:
        return None
    word = bench.words.by_fact.get(str(entry.entry["fid"]))
    return None if word is None else word.record


def _gone(bench: Bench, reader: AgreementReader, records: Mapping[str, Record]) -> set[str]:
    """What the partner has already: released, or taken back from its copies after a restore and now taken in again."""
    node = bench.node
    gone = reader.released_of(bench.reader.party, list(records))
    if bench.house.facts(restoring.RESTORED, node.party):
        again = {
            rid: (one.ext_id, one.ext_ver) for rid, one in records.items() if one.ext_id and one.source != node.party
        }
        twice = bench.house.clashes(node.party, set(again.values()))
        gone |= {rid for rid, version in again.items() if version in twice}
    return gone


def _came(bench: Bench, entry: LogEntry) -> Sequence[str]:
    """The record that the partner sent with this: it is no question, and its row need not be read."""
    sent = entry.entry["act"] == "taken" and entry.by == f"node:{bench.reader.party}"
    return (str(entry.entry["rid"]),) if sent else ()


def _rids(bench: Bench, entry: LogEntry) -> Sequence[str]:
    asks = entry.entry["act"] in ("taken", "relabelled") and not _came(bench, entry)
    return (str(entry.entry["rid"]),) if asks else ()


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
    if bench.grounds.concerned(one.going, bench.texts[bench.ref]):
        return False
    there.add(record.ext_id)
    return True


def _again(bench: Bench, tx: AgreementReader, judged: dict[str, Judged], upto: int) -> None:
    """A fact changed: everything decided so far and not released is asked again, but what was for this fact already."""
    known, after = tx.sieved(), ""
    since = known.since if known is not None and upto <= known.line else None
    while rids := tx.unreleased(bench.reader.party, after, CHUNK, since):
        _ask(bench, tx, rids, judged, upto)
        after = rids[-1]


def _ask(bench: Bench, tx: AgreementReader, rids: Sequence[str], judged: dict[str, Judged], upto: int) -> None:
    """Judges these records again, as far as the house log was read; what the partner has is no question."""
    records, edges = bench.house.records(rids), bench.house.edges_of(rids)
    gone = tx.released_of(bench.reader.party, list(records))
    for rid in rids:
        if rid in records and rid not in gone and records[rid].n <= upto:
            _one(bench, judged, records[rid], edges.get(rid, ()), set())
