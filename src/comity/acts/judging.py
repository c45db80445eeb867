"""How one record is judged for one agreement: gather what the question needs, ask, sanitise, ask again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from comity.acts.node import Node, kind_named
from comity.acts.ports import HouseReader
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.records import DecisionRow, Record
from comity.release.decide import Decision, decide
from comity.release.kind import Reference, Removals
from comity.release.question import Act, Facts, Outcome, PartyReader, Question, Subject
from comity.release.standing import StandingRelease, originator_decision


@dataclass(frozen=True, slots=True)
class Bench:
    """What every question of one batch has in common."""

    node: Node
    house: HouseReader
    texts: Mapping[AgreementRef, Agreement]
    ref: AgreementRef
    status_key: str
    reader: PartyReader
    standing: tuple[StandingRelease, ...]
    now: datetime
    subjects: dict[str, Subject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer for one record. `raw` is set where a copy must differ from the body; `subject` is what would go."""

    record: Record
    outcome: Outcome
    row: DecisionRow
    subject: Subject | None
    raw: bytes | None = None
    again: DecisionRow | None = None
    """The decision on the sanitised copy."""
    references: tuple[Reference, ...] = ()

    @property
    def going(self) -> Subject:
        """The class of what would go. Only for what may."""
        if self.subject is None:
            raise ValueError("what is denied has nothing that would go")
        return self.subject


def subject_of(bench: Bench, canonical: str) -> Subject:
    """The class as a subject, read once a batch."""
    found = bench.subjects.get(canonical)
    if found is None:
        found = Subject.from_json(strictjson.parse(canonical.encode(), "a record's class"))
        bench.subjects[canonical] = found
    return found


def ask(bench: Bench, subject: Subject) -> tuple[Question, Decision]:
    """The decision on a class, remembered while it is good."""
    disclosure, until = originator_decision(subject, bench.reader, bench.standing, bench.now)
    question = Question(
        agreement=bench.ref,
        status_key=bench.status_key,
        act=Act.RELEASE,
        subject=subject,
        reader=bench.reader,
        facts=Facts(holder=bench.node.party, disclosure=disclosure),
    )
    decision = bench.node.cache.get(question, bench.now)
    if decision is None:
        decision = decide(question, bench.texts, bench.now)
        bench.node.cache.put(question, decision, bench.now)
    return question, decision, until


def judge(bench: Bench, record: Record, references: tuple[Reference, ...]) -> Judged:
    """What may become of `record`. A second `sanitise` is a denial: what was cleaned once is clean or does not go."""
    subject = subject_of(bench, record.class_canonical)
    question, decision = ask(bench, subject)
    row = decision_row(record.class_id, question, decision)
    if decision.outcome is not Outcome.SANITISE:
        return Judged(record, decision.outcome, row, subject, references=references)
    try:
        raw, left, kept = sanitised(bench, record, decision.removals)
    except (Refused, Malformed):
        return Judged(record, Outcome.DENY, row, None)
    question, again = ask(bench, left)
    second = decision_row(record.class_id, question, again)
    if again.outcome is not Outcome.ALLOW:
        return Judged(record, Outcome.DENY, row, None, again=second)
    return Judged(record, Outcome.SANITISE, row, left, raw, second, kept)


def sanitised(bench: Bench, record: Record, removals: Removals) -> tuple[bytes, Subject, tuple[Reference, ...]]:
    """The copy without `removals`, its class and its references. Raises `Refused` where a part cannot be separated."""
    kind = kind_named(bench.node.annexes, record.kind)
    before = subject_of(bench, record.class_canonical)
    clean = kind.sanitise(kind.parse(bench.house.body(record.bid)), removals)
    profile = bench.node.profiles.get(record.source)
    marked = kind.marked(clean, profile.origin if profile is not None else record.source)
    label = profile.label(marked) if profile is not None else marked.label
    if label is None or marked.problem is not None:
        raise Refused("what would remain is not clearly marked")
    subject = Subject.of(record.kind, label, before.annex, before.purpose, marked.portions)
    return kind.render(clean), subject, kind.references(clean)


def decision_row(class_id: int, question: Question, decision: Decision) -> DecisionRow:
    """The decision as it is kept, so that it can be shown and asked again years later."""
    body = strictjson.canonical({"question": question.as_json(), "decision": decision.as_json()})
    return DecisionRow(
        did=hashlib.sha256(body).hexdigest(),
        class_id=class_id,
        question=hashlib.sha256(question.canonical()).hexdigest(),
        outcome=decision.outcome.text,
        cites=" ".join(decision.cites),
        good_until=decision.good_until,
        body=body,
    )
