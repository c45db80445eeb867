"""An officer's act on a single record: approve what was referred, refuse it, or release it in an emergency.

What is said is a signed fact of the house about one case; only the follower releases (DECISIONS 12). An approval is
checked here and again whenever the thing would go.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from comity.acts import agreements, housefact, referred
from comity.acts.follow import bench_for
from comity.acts.judging import Bench, Judged, judge
from comity.acts.node import Node, kind_named
from comity.acts.ports import AgreementReader
from comity.core.errors import Absent, Malformed, Refused
from comity.records import Principal, Record
from comity.release.approval import PAYLOAD_TYPE, Approval, Case, Referral, Verdict, referrals, settle
from comity.release.decision import bare
from comity.release.kind import Summary
from comity.release.mandate import Mandate
from comity.release.question import Outcome

SHORTEST = 6


@dataclass(frozen=True, slots=True)
class Pending:
    """One release that waits for people: what, to whom, why, who must decide, and who has."""

    case: Case
    party: str
    record: Record
    summary: Summary | None
    raw: bytes
    """The copy that would go, before references to what the partner does not have are taken out."""
    referrals: tuple[Referral, ...]
    approvals: tuple[Approval, ...]
    missing: tuple[tuple[str, int], ...]


def pending(node: Node) -> list[Pending]:
    """Everything that waits for a person here, under every agreement."""
    found: list[Pending] = []
    for agreement_id in agreements.agreement_ids(node):
        held = agreements.held(node, agreement_id)
        partner = agreements.partner_of(node, held.newest)
        with node.agreements(agreement_id).reader() as reader, node.house.reader() as house:
            bench = bench_for(node, house, held, partner, reader)
            found += [_pending(bench, one) for one in _referred(bench, reader)]
    return found


def say(node: Node, name: str, verdict: Verdict, by: Principal, role: str | None = None, reason: str = "") -> Pending:
    """One person's word on the case whose id begins with `name`; the case as it was.

    Raises `Absent` for a case that does not wait any more, as after any edit; `Refused` for who may not decide it: no
    mandate that holds and covers the thing, the same person twice, whoever edited it.
    """
    if (verdict is not Verdict.APPROVE and len(reason.strip()) < 8) or len(reason) > 500:
        raise Malformed(
            "this needs a reason that another officer could read, in at most 500 characters", "--reason '…'"
        )
    for agreement_id in agreements.agreement_ids(node):
        held = agreements.held(node, agreement_id)
        partner = agreements.partner_of(node, held.newest)
        with node.agreements(agreement_id).reader() as reader, node.house.begin() as tx:
            bench = bench_for(node, tx, held, partner, reader)
            matching = [one for one in _referred(bench, reader) if _case(one).id.startswith(name)]
            if len(name) < SHORTEST or not matching:
                continue
            if len(matching) > 1:
                raise Refused(f"{name!r} means {len(matching)} cases", "give more of the id")
            one = _pending(bench, matching[0])
            value = _word(bench, matching[0], one, verdict, by, role, reason)
            housefact.put(node, tx, referred.FACT, agreement_id, PAYLOAD_TYPE, value.as_json(), by)
            return one
    raise Absent(
        f"no release waits under {name!r}", "comity approvals; what was edited since is another case, to look at anew"
    )


def _referred(bench: Bench, reader: AgreementReader) -> Iterable[Judged]:
    rids = reader.decided_as(bench.reader.party, Outcome.REFER.text)
    records, edges = bench.house.records(rids), bench.house.edges_of(rids)
    for rid in rids:
        one = judge(bench, records[rid], edges.get(rid, ()))
        if one.outcome is Outcome.REFER:
            yield one


def _pending(bench: Bench, one: Judged) -> Pending:
    case, table = _case(one), bench.texts[bench.ref].equivalence
    said = bench.words.by_case.get(case.id, ())
    people = referred.editors(bench.house, one.record)
    found = settle(one.decision, said, bench.words.mandates, people, one.going, table, bench.now)
    asked = referrals(one.decision)
    missing = found.missing or tuple((each.role, each.people) for each in asked)
    raw = one.raw if one.raw is not None else bench.house.body(one.record.bid)
    return Pending(case, bench.reader.party, one.record, _summary(bench, one, raw), raw, asked, found.counted, missing)


def _word(
    bench: Bench, one: Judged, waits: Pending, verdict: Verdict, by: Principal, role: str | None, reason: str
) -> Approval:
    """Raises `Refused` with why this person may not say this."""
    if by.id in referred.editors(bench.house, one.record):
        raise Refused(f"{by.id} labelled or edited this record; somebody else decides", "--by WHO names that person")
    lasting = next((each for each in waits.referrals if each.lasting), None)
    if verdict is Verdict.EMERGENCY and lasting is not None:
        raise Refused(
            f"article {bare(lasting.cite)} asks for {lasting.people} people of {lasting.role}: no emergency replaces "
            "what the agreement asks",
            "comity approve without --emergency, by both",
        )
    name, mandate = _mandate(bench, one, waits, verdict, by, role)
    said = bench.words.by_case.get(waits.case.id, ())
    if verdict is Verdict.APPROVE and any(
        (other.by, other.role, other.mandate) == (by.id, mandate.role, name) and other in waits.approvals
        for other in said
    ):
        raise Refused(f"{by.id} has approved this already; it takes another person", "--by WHO names that person")
    return Approval(
        case=waits.case.id,
        agreement=waits.case.agreement,
        record=waits.case.record,
        decision=waits.case.decision,
        copy=waits.case.copy,
        by=by.id,
        role=mandate.role,
        mandate=name,
        verdict=verdict,
        reason=reason,
        roles=tuple(sorted({each.role for each in waits.referrals})),
        at=bench.now,
    )


def _mandate(
    bench: Bench, one: Judged, waits: Pending, verdict: Verdict, by: Principal, role: str | None
) -> tuple[str, Mandate]:
    """The mandate under which `by` speaks: of a role that is asked for, or for emergencies."""
    asked = {each.role for each in waits.referrals}
    table = bench.texts[bench.ref].equivalence
    theirs = list(bench.words.mandates.of(by.id, bench.now))
    fit = [
        (name, mandate)
        for name, mandate in theirs
        if (mandate.emergency if verdict is Verdict.EMERGENCY else mandate.role in asked)
        and role in (None, mandate.role)
    ]
    if not fit:
        wanted = "for emergencies" if verdict is Verdict.EMERGENCY else f"as {role or ' or '.join(sorted(asked))}"
        raise Refused(f"{by.id} has no mandate {wanted} that holds now", "comity mandate list")
    covering = [pair for pair in fit if pair[1].covers(one.going, table)]
    if not covering:
        raise Refused(f"the mandate of {by.id} does not reach this level or annex", "comity mandate list")
    open_roles = {name for name, _ in waits.missing}
    return next((pair for pair in covering if pair[1].role in open_roles), covering[0])


def _case(one: Judged) -> Case:
    if one.case is None:
        raise ValueError("only what is referred has a case")
    return one.case


def _summary(bench: Bench, one: Judged, raw: bytes) -> Summary | None:
    kind = kind_named(bench.node.annexes, one.record.kind)
    try:
        return kind.describe(kind.parse(raw))
    except Malformed:
        return None
