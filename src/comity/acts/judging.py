"""How one record is judged for one agreement: gather what the question needs, ask, sanitise, ask again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
from msgspec import structs

from comity.acts import referred
from comity.acts.covering import annex_for
from comity.acts.grounds import Came, Grounds
from comity.acts.node import Node, kind_named
from comity.acts.ports import HouseReader
from comity.acts.referred import Words
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.labels.label import Label, join
from comity.records import DecisionRow, Record, RecordState
from comity.release.approval import Approval, Case, digest, settle
from comity.release.decision import Decision
from comity.release.facts import Transmission
from comity.release.kind import Reference, Removals
from comity.release.policy import Policy
from comity.release.question import Act, Facts, Outcome, PartyReader, Question, Subject
from comity.release.recorded import record as recorded
from comity.release.standing import StandingRelease

_EXCHANGE = Transmission("comity-exchange", encryption="MLKEM768-X25519", agreed_procedure="comity-exchange/1")
"""How a node sends: a channel and a procedure that an agreement can name among those it approves."""

GOES = (Outcome.ALLOW, Outcome.SANITISE)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every question of one batch has in common."""

    node: Node
    house: HouseReader
    texts: Mapping[AgreementRef, Agreement]
    ref: AgreementRef
    status_key: str
    reader: PartyReader
    facts: Facts
    now: datetime
    grounds: Grounds
    policy: Policy | None = None
    """This party's own rules; `None` where it has none."""
    words: Words = field(default_factory=Words)
    """What its people said about what a person must decide."""
    asked: "dict[tuple[str, Came | None], Asked]" = field(default_factory=dict)
    """What was asked already in this batch, by class and what of its coming matters: a million things of forty classes
    are forty questions."""
    arrived: set[str] = field(default_factory=set)
    """External ids of what the partner itself sent, met in this batch: what waited for them may go."""

    def question(self, subject: Subject, came: Came | None) -> Question:
        """May this go to the partner?"""
        grounds, bound = self.grounds, self.grounds.bound_by(subject, came)
        return Question(
            agreement=self.ref,
            status_key=grounds.status_key(self.status_key, bound),
            act=Act.RELEASE,
            subject=subject,
            reader=self.reader,
            facts=grounds.facts(self.facts, subject, came, self.texts[self.ref]),
            bound_by=bound,
            policy=None if self.policy is None else self.policy.key,
        )


def facts_for(party: str, standing: frozenset[StandingRelease]) -> Facts:
    """What a node knows when it asks whether something may go out through its own exchange."""
    return Facts(holder=party, standing=standing, sanitisable=True, transmission=_EXCHANGE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A class, the decision on it, and the row in which it is kept."""

    subject: Subject
    decision: Decision
    row: DecisionRow


class Judged(msgspec.Struct, frozen=True):
    """The answer for one record. `raw` is set where a copy must differ from the body; `subject` is what would go."""

    record: Record
    outcome: Outcome
    row: DecisionRow
    subject: Subject | None
    decision: Decision
    raw: bytes | None = None
    again: DecisionRow | None = None
    """The decision on the sanitised copy."""
    references: tuple[Reference, ...] = ()
    case: Case | None = None
    """What a person must decide, or has decided."""
    approvals: tuple[Approval, ...] = ()
    """Those by which it goes."""

    @property
    def going(self) -> Subject:
        """The class of what would go. Only for what may."""
        if self.subject is None:
            raise ValueError("what is denied has nothing that would go")
        return self.subject


def asked(bench: Bench, class_id: int, canonical: str, came: Came | None) -> Asked:
    """The answer for a class, in the annex of this agreement that covers it."""
    found = bench.asked.get((canonical, came))
    if found is None:
        subject = placed(bench, Subject.from_json(strictjson.parse(canonical.encode(), "a record's class")))
        question, decision = ask(bench, subject, came)
        found = Asked(subject, decision, decision_row(bench, class_id, question, decision))
        bench.asked[canonical, came] = found
    return found


def placed(bench: Bench, subject: Subject) -> Subject:
    """The subject in the annex that covers its kind and purpose; without one the rules deny it."""
    if subject.annex is not None:
        return subject
    return replace(subject, annex=annex_for(bench.texts[bench.ref], subject.kind, subject.purpose))


def ask(bench: Bench, subject: Subject, came: Came | None = None) -> tuple[Question, Decision]:
    """The decision on a class, remembered while it is good. The originator's own decision is among the facts, and what
    those consented to from whom it came."""
    question = bench.question(subject, came)
    return question, bench.node.cache.decide(question, bench.grounds.texts, bench.now, bench.policy)


def judge(bench: Bench, record: Record, references: tuple[Reference, ...]) -> Judged:
    """What may become of `record`, once its own people have said what is theirs to say."""
    one = _by_rule(bench, record, references)
    if one.outcome is not Outcome.REFER:
        return one
    question = bench.question(one.going, bench.grounds.came(record))
    case = referred.case_of(bench.node, bench.ref.id, record, digest(question, one.decision), one.raw)
    said = bench.words.by_case.get(case.id, ())
    table = bench.texts[bench.ref].equivalence
    people = referred.editors(bench.house, record) if said else ()
    found = settle(one.decision, said, bench.words.mandates, people, one.going, table, bench.now)
    outcome = Outcome.SANITISE if found.outcome is Outcome.ALLOW and one.raw is not None else found.outcome
    return structs.replace(one, outcome=outcome, case=case, approvals=found.counted if outcome in GOES else ())


def _by_rule(bench: Bench, record: Record, references: tuple[Reference, ...]) -> Judged:
    """What texts and policy make of it. A second `sanitise` is a denial: what was cleaned once is clean or stays."""
    came = bench.grounds.came(record)
    whole = asked(bench, record.class_id, record.class_canonical, came)
    subject, decision, row = whole.subject, whole.decision, whole.row
    if decision.outcome is not Outcome.SANITISE and not (decision.outcome is Outcome.REFER and decision.removals):
        return Judged(record, decision.outcome, row, subject, decision, references=references)
    try:
        raw, left, kept = sanitised(bench, record, decision.removals)
    except (Refused, Malformed):
        return Judged(record, Outcome.DENY, row, None, decision)
    question, again = ask(bench, left, came)
    second = decision_row(bench, record.class_id, question, again)
    if again.outcome is Outcome.REFER:
        return Judged(record, Outcome.REFER, second, left, again, raw, references=kept)
    if again.outcome is Outcome.DENY:
        return Judged(record, Outcome.DENY, second, None, again)
    if again.outcome is not Outcome.ALLOW:
        return Judged(record, Outcome.DENY, row, None, decision, again=second)
    return Judged(record, Outcome.SANITISE, row, left, decision, raw, second, kept)


def sanitised(bench: Bench, record: Record, removals: Removals) -> tuple[bytes, Subject, tuple[Reference, ...]]:
    """The copy without `removals`, its class and its references. Raises `Refused` where a part cannot be separated."""
    kind = kind_named(bench.node.annexes, record.kind)
    before = asked(bench, record.class_id, record.class_canonical, bench.grounds.came(record)).subject
    whole = kind.parse(bench.house.body(record.bid))
    clean = kind.sanitise(whole, removals)
    profile = bench.node.profiles.get(record.source)
    origin = profile.origin if profile is not None else record.source
    default = profile.unmarked if profile is not None else None

    def lookup(ext_id: str) -> bytes | None:
        return definition(bench.house, record.source, ext_id)

    first, marked = kind.marked(whole, origin, lookup), kind.marked(clean, origin, lookup)
    if profile is not None:
        first, marked = profile.named(first), profile.named(marked)
    own = marked.label or default
    if own is None or marked.problem is not None:
        raise Refused("what would remain is not clearly marked")
    unsaid = first.unsaid(first.label or default, before.label)
    label = Label(join([own, *(part for _, part in marked.portions)]).origins | unsaid)
    parts = Subject.of(record.kind, label, None, before.purpose, marked.portions, marked.remaining(own, label))
    subject = placed(bench, replace(before, label=label, portions=parts.portions, rest=parts.rest))
    return kind.render(clean), subject, kind.references(clean)


def definition(house: HouseReader, source: str, ext_id: str) -> bytes | None:
    """The newest live thing that `source` brought under this id: what a marking may point at."""
    known = [record for record in house.find(source, ext_id) if record.state is RecordState.LIVE]
    return house.body(known[-1].bid) if known else None


def decision_row(bench: Bench, class_id: int, question: Question, decision: Decision) -> DecisionRow:
    """The decision as it is kept, so that it can be shown and asked again years later."""
    body = recorded(question, decision, bench.grounds.texts)
    return DecisionRow(
        did=hashlib.sha256(body).hexdigest(),
        class_id=class_id,
        question=hashlib.sha256(question.canonical()).hexdigest(),
        outcome=decision.outcome.text,
        cites=" ".join(decision.articles),
        good_until=decision.good_until,
        body=body,
    )
