"""Closing a follower's batch over references: what goes together, what waits, which copies lose a reference."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from msgspec import structs

from comity.acts.judging import GOES, Bench, Judged, judge
from comity.acts.node import kind_named
from comity.acts.ports import AgreementReader
from comity.agreement.instrument import Term
from comity.core.errors import Malformed, Refused
from comity.records import RecordState
from comity.release import aggregation
from comity.release.closure import Candidate, Closed, close
from comity.release.kind import Reference, Removals


def close_batch(bench: Bench, reader: AgreementReader, judged: dict[str, Judged], upto: int, partner: str) -> Closed:
    """Which of `judged` go, with what left out, and which wait.

    Adds to `judged` what waited for anything decided here, and replaces the entries of which a copy must be made.
    What cannot be made without a reference waits for it.
    """
    _wake(bench, reader, judged, partner)
    blocked: set[str] = set()
    while True:
        going = {rid: one for rid, one in judged.items() if one.outcome in GOES and rid not in blocked}
        candidates = [Candidate(rid, one.record.ext_id, one.references) for rid, one in going.items()]
        held = _held(bench, reader, candidates, partner)
        closed = close(candidates, held, _later(bench, candidates, held, upto))
        unfit = {
            rid for rid, left_out in closed.released.items() if left_out and not _fits(bench, judged, rid, left_out)
        }
        if not unfit and _completing(bench, judged, closed):
            continue
        if not unfit:
            waiting = dict(closed.waiting) | {rid: _targets(judged[rid], held) for rid in blocked}
            return Closed(closed.released, waiting)
        blocked |= unfit


def _sets(bench: Bench, one: Judged) -> tuple[Term, ...]:
    return bench.grounds.concerned(one.going, bench.texts[bench.ref])


def _completing(bench: Bench, judged: dict[str, Judged], closed: Closed) -> bool:
    """Withholds what would complete a set with what goes before it in this batch; whether it withheld anything.

    In the log's order. It stops at the first on which something else rests, since then less goes and less is counted:
    what is withheld never shows in what goes (law 4).
    """
    if not bench.grounds.sets:
        return False
    going = sorted((judged[rid] for rid in closed.released), key=lambda one: one.record.n)
    targets = {reference.target for one in going for reference in one.references}
    counts, less = dict(bench.grounds.counts), False
    for one in going:
        sets = _sets(bench, one)
        if any(counts[term.article] >= aggregation.last(term) for term in sets):
            edges = bench.house.edges_of([one.record.rid])[one.record.rid]
            again = judge(replace(bench, grounds=bench.grounds.counting(counts), asked={}), one.record, edges)
            if again.outcome not in GOES:
                judged[one.record.rid], less = again, True
                if one.record.ext_id in targets:
                    return True
                continue
            judged[one.record.rid] = structs.replace(one, row=again.row, again=again.again, decision=again.decision)
        for term in sets:
            counts[term.article] += 1
    return less


def _held(bench: Bench, reader: AgreementReader, candidates: Sequence[Candidate], partner: str) -> set[str]:
    """What the partner has: what was released to it, what everyone has, and what it sent us itself."""
    targets = {reference.target for candidate in candidates for reference in candidate.references}
    held = live(bench, reader, targets) | bench.node.held_by_all
    missing = targets - held - {candidate.ext_id for candidate in candidates}
    return held | {target for target in missing if bench.house.find(partner, target)}


def live(bench: Bench, reader: AgreementReader, ext_ids: Collection[str]) -> set[str]:
    """Those of `ext_ids` of which a version of ours is released to the partner now."""
    named = bench.house.named(ext_ids)
    released = reader.released_of(bench.reader.party, [rid for rids in named.values() for rid in rids])
    return {ext_id for ext_id, rids in named.items() if not released.isdisjoint(rids)}


def _later(bench: Bench, candidates: Sequence[Candidate], held: Collection[str], upto: int) -> set[str]:
    """What lists of `candidates` name, stands behind this batch and goes with the next: worth waiting for.

    What will not go, or not whole, holds nothing up: that would show that it is there (law 4).
    """
    ahead: list[Candidate] = []
    seen = set(held)
    named = {ref.target for one in candidates for ref in one.references if not ref.single and not ref.marking}
    while named := named - seen:
        seen |= named
        behind = [ext_id for ext_id, n in bench.house.resolve(named).items() if n > upto]
        records = [record for ext_id in behind for record in bench.house.by_ext_id(ext_id)]
        edges = bench.house.edges_of([record.rid for record in records])
        going = [judge(bench, record, edges[record.rid]) for record in records if record.state is RecordState.LIVE]
        going = [one for one in going if one.outcome in GOES and not _sets(bench, one)]
        ahead += [Candidate(one.record.rid, one.record.ext_id, tuple(map(_whole, one.references))) for one in going]
        named = {reference.target for one in going for reference in one.references}
    gone = close([*candidates, *ahead], held, ()).released if ahead else {}
    return {one.ext_id for one in ahead if one.rid in gone}


def _whole(reference: Reference) -> Reference:
    return structs.replace(reference, single=True)


def _targets(judged: Judged, held: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({reference.target for reference in judged.references} - set(held)))


def _wake(bench: Bench, reader: AgreementReader, judged: dict[str, Judged], partner: str) -> None:
    decided = {one.record.ext_id for one in judged.values() if one.record.ext_id} | bench.arrived
    while decided:
        rows = [row for row in reader.waiting_on(partner, decided) if row.rid not in judged]
        rids = [row.rid for row in rows]
        records, edges = bench.house.records(rids), bench.house.edges_of(rids)
        for rid in rids:
            judged[rid] = judge(bench, records[rid], edges.get(rid, ()))
        decided = {judged[rid].record.ext_id for rid in rids if judged[rid].outcome in GOES}


def _fits(bench: Bench, judged: dict[str, Judged], rid: str, left_out: frozenset[str]) -> bool:
    """Makes the copy of `rid` without these references; whether it can be made."""
    one = judged[rid]
    kind = kind_named(bench.node.annexes, one.record.kind)
    try:
        whole = one.raw if one.raw is not None else bench.house.body(one.record.bid)
        raw = kind.render(kind.sanitise(kind.parse(whole), Removals(references=left_out)))
    except (Refused, Malformed):
        return False
    references = tuple(reference for reference in one.references if reference.target not in left_out)
    judged[rid] = structs.replace(one, raw=raw, references=references)
    return True
