"""Why one record went, waits or stays: the decision as it would be taken now, with each article's own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.acts import agreements
from comity.acts.closing import close_batch
from comity.acts.consenting import Giver, givers
from comity.acts.finding import found
from comity.acts.follow import bench_for, upcoming
from comity.acts.judging import GOES, Asked, Bench, judge
from comity.acts.judging import asked as class_of
from comity.acts.node import Node, kind_named
from comity.acts.ports import AgreementReader
from comity.acts.reasons import reason
from comity.core import strictjson
from comity.core.errors import Absent, Malformed, Refused
from comity.labels.label import Label
from comity.records import Record, RecordState, ReleaseRow, ReleaseState
from comity.release.decision import Decision
from comity.release.explain import Quoted, quoted
from comity.release.explain import explain as sentences_of
from comity.release.kind import Summary
from comity.release.language import Sentences, sentences
from comity.release.provenance import carried
from comity.release.question import Outcome
from comity.release.recorded import question_from
from comity.release.whatif import WhatIf, what_if


@dataclass(frozen=True, slots=True)
class Explained:
    """`outcome` is what stands: `released`, `sanitise`, `waiting`, `quarantined`, or the decision's own word."""

    record: Record
    summary: Summary | None
    agreement: str
    party: str
    outcome: str
    articles: tuple[str, ...]
    language: str
    """Of the sentences: the one asked for, or English where there is no table of it."""
    sentences: tuple[str, ...]
    consent_from: tuple[str, ...]
    release: ReleaseRow | None
    waiting_for: tuple[str, ...]
    decision: Decision | None
    quoted: tuple[Quoted, ...] = ()
    what_if: tuple[WhatIf, ...] = ()
    question: Mapping[str, Any] | None = None
    """What it relied on: the class, the reader, the facts, as the decision keeps them."""
    givers: tuple[Giver, ...] = ()
    """Whom `comity consent ask` would ask, and about which thing of theirs."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The exact bytes that would go, under which label; `raw` is `None` where nothing would."""

    record: Record
    outcome: Outcome
    articles: tuple[str, ...]
    raw: bytes | None
    label: Label | None
    waiting_for: tuple[str, ...] = ()


def explain(node: Node, text: str, party: str, language: str = "en") -> Explained:
    """For the first agreement with `party`. Raises `Absent` for no such record, or no agreement with that party."""
    record = found(node, text)
    agreement_id = agreement_with(node, party)
    held, table = agreements.held(node, agreement_id), sentences(language)
    with node.agreements(agreement_id).reader() as reader, node.house.reader() as house:
        gone = record.state is RecordState.DESTROYED
        summary = None if gone else _summary(node, house.body(record.bid), record)
        if (held_back := _held_back(record, party, table)) is not None:
            outcome, law, why = held_back
            told = (table.language, (why,))
            return Explained(record, summary, agreement_id, party, outcome, (law,), *told, (), None, (), None)
        bench = bench_for(node, house, held, party, reader)
        judged = judge(bench, record, house.edges_of([record.rid]).get(record.rid, ()))
        asked = class_of(bench, record.class_id, record.class_canonical, bench.grounds.came(record))
        release = reader.release_of(party, record.rid)
        waiting = _waiting(reader, party, record.rid)
        refused = next((row for row in reader.refused() if row.id == record.rid), None)
        if release is not None and refused is not None and release.state is not ReleaseState.LIVE:
            release, stands = None, "partner-refused"
        else:
            stands = "released" if release is not None else "waiting" if waiting else judged.outcome.text
        return Explained(
            record=record,
            summary=summary,
            agreement=str(held.newest.ref),
            party=party,
            outcome=stands,
            articles=judged.decision.articles,
            language=table.language,
            sentences=(
                *sentences_of(judged.decision, language, bench.grounds.texts),
                *(table.say("approved", by=one.by, role=one.role) for one in judged.approvals),
                *(
                    (table.say("partner-refused", party=party, why=reason(refused.code)),)
                    if refused is not None
                    else ()
                ),
                *((table.say("waiting", what=", ".join(waiting)),) if waiting else ()),
            ),
            consent_from=judged.decision.consent_from,
            release=release,
            waiting_for=waiting,
            decision=judged.decision,
            quoted=quoted(judged.decision, language, bench.grounds.texts),
            what_if=_what_if(bench, asked),
            question=strictjson.parse(asked.row.body)["question"],
            givers=_givers(node, record) if judged.decision.consent_from else (),
        )


def _what_if(bench: Bench, asked: Asked) -> tuple[WhatIf, ...]:
    question = question_from(strictjson.parse(asked.row.body)["question"])
    return what_if(question, asked.decision, bench.grounds.texts, bench.now, bench.policy)


def preview(node: Node, text: str, party: str) -> Preview:
    """What would go to `party` now, to the byte: with everything that goes beside it. What already went is shown so."""
    record = found(node, text)
    agreement_id = agreement_with(node, party)
    held = agreements.held(node, agreement_id)
    if record.state is not RecordState.LIVE:
        return Preview(record, Outcome.DENY, ("house:1",), None, None)
    with node.agreements(agreement_id).reader() as reader, node.house.reader() as house:
        bench = bench_for(node, house, held, party, reader)
        judged = upcoming(bench, reader)
        one = judged.setdefault(record.rid, judge(bench, record, house.edges_of([record.rid])[record.rid]))
        release = reader.release_of(party, record.rid)
        raw: bytes | None = None
        waiting: tuple[str, ...] = ()
        if release is not None:
            raw = reader.body(release.copy)
        elif one.outcome in GOES:
            closed = close_batch(bench, reader, judged, house.log_size(), party)
            one, waiting = judged[record.rid], closed.waiting.get(record.rid, ())
            whole = one.raw if one.raw is not None else house.body(record.bid)
            raw = None if waiting else whole
        label = carried(one.subject) if one.subject is not None and raw is not None else None
        return Preview(record, one.outcome, one.decision.articles, raw, label, waiting)


def agreement_with(node: Node, party: str) -> str:
    """The agreement under which `party` is reached. Raises `Absent` where there is none."""
    for agreement_id in agreements.agreement_ids(node):
        if agreements.partner_of(node, agreements.held(node, agreement_id).newest) == party:
            return agreement_id
    raise Absent(f"there is no agreement with {party} here", "comity agreement import FILE")


def _givers(node: Node, record: Record) -> tuple[Giver, ...]:
    try:
        return givers(node, record)
    except Refused:
        return ()


def _held_back(record: Record, party: str, table: Sentences) -> tuple[str, str, str] | None:
    """What stands before any question: quarantine, and what the party gave us itself."""
    if record.state is RecordState.QUARANTINED:
        return "quarantined", "house:1", table.say("quarantined", why=str(record.why))
    if record.state is RecordState.DESTROYED:
        return "destroyed", "house:5", table.say("gone", why=str(record.why))
    if record.source == party:
        return "theirs", "house:5", table.say("theirs", party=party)
    return None


def _summary(node: Node, raw: bytes, record: Record) -> Summary | None:
    try:
        kind = kind_named(node.annexes, record.kind)
        return kind.describe(kind.parse(raw))
    except Malformed:
        return None


def _waiting(reader: AgreementReader, party: str, rid: str) -> tuple[str, ...]:
    return next((row.missing for row in reader.all_waiting(party) if row.rid == rid), ())
