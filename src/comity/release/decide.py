"""`decide`: all findings of every text that binds, the strictest wins, and the part that may go is looked for.

What permits (DECISIONS 6): a text in force, an annex that covers it, the originator's own decision, and no bar.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial

from comity.agreement.instrument import Agreement, AgreementRef, Term
from comity.agreement.life import status_at, terms_at
from comity.agreement.vocabulary import KINDS, Cls
from comity.release import opposed, relation, rules
from comity.release.codes import SUPPORTS, TRIGGERS
from comity.release.decision import Decision, cited
from comity.release.facts import Event
from comity.release.kind import Removals
from comity.release.matter import PROVIDING, SEEING, Answer, Matter
from comity.release.parts import impersonal, remainder
from comity.release.question import Act, Duty, Finding, Outcome, Question
from comity.release.rules import (
    access,
    comity,
    compromise,
    custody,
    handling,
    levels,
    life,
    national,
    scope,
    third_party,
    transmission,
    visits,
)
from comity.release.rules.rule import Check, Parts
from comity.release.subject import Subject

HOUSE: Mapping[str, Callable[[Matter], Iterable[Answer]]] = {
    "house:force": life.force,
    "house:disclosure": scope.disclosure,
    "house:no_annex": comity.no_annex,
    "house:tlp": comity.tlp,
    "house:pap": comity.pap,
    "house:releasability": comity.releasability,
    "house:purposes": comity.purposes,
    "house:caveats": handling.caveats,
    "house:marking": handling.marking,
    "house:instructions": custody.instructions,
    "house:uncovered": custody.uncovered,
    "house:channel": transmission.channel,
    "house:unrequested": visits.unrequested,
    "house:never_silent": compromise.never_silent,
    "house:conflict": national.conflict,
    "house:hindered": national.hindered,
    "house:intent": national.intent,
}
"""What is tested in every matter, whether or not a term speaks of it."""

ACCESS_BARS = frozenset(
    [
        "no-need-to-know",
        "no-clearance",
        "clearance-expired",
        "clearance-too-low",
        "not-briefed",
        "briefing-not-acknowledged",
        "not-a-national",
        "rank-opens-nothing",
    ]
)


FORCE = frozenset({"in-force", "status"})
"""What says that the text is in force, and nothing of the act."""
KEEPING = frozenset({Act.COPY, Act.TRANSLATE, Act.DESTROY, Act.RETAIN})
PROTECTING = ("protect-equivalent", "mark-equivalent", "purpose", "responsibility", "access")
"""Where a text is silent on what its holder does with a thing, the thing is handled as the original was to be."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What every text says about one subject."""

    findings: tuple[Finding, ...]
    duties: tuple[Duty, ...]
    levels: Mapping[str, str]
    bounds: tuple[datetime, ...]

    @property
    def outcome(self) -> Outcome:
        return max((finding.outcome for finding in self.findings), default=Outcome.DENY)


def decide(question: Question, texts: Mapping[AgreementRef, Agreement], now: datetime) -> Decision:
    """The answer at `now` (aware UTC). `texts` holds the question's agreement and every one in `bound_by`.

    Pure and total: it raises nothing. A text that is missing, a kind without a rule, a fact nobody understands: deny.
    """
    whole = evaluate(question, question.subject, texts, now)
    removals = Removals()
    if whole.outcome > Outcome.SANITISE and question.facts.sanitisable and question.act in PROVIDING:
        found = _separated(question, whole, texts, now)
        if found is not None:
            removals, rest = found
            return _sanitised(question, whole, rest, removals, now)
    return _decision(whole.outcome, whole, whole.findings, removals, now)


def evaluate(
    question: Question, subject: Subject, texts: Mapping[AgreementRef, Agreement], now: datetime
) -> Evaluation:
    """Every finding and duty for `subject` in the place of the question's own."""
    answers: list[Answer] = []
    matters: list[Matter] = []
    bounds: list[datetime] = []
    levels_of: dict[str, str] = {}
    bound = sorted(question.bound_by - {question.agreement})
    spoken = frozenset(party for ref in bound if ref in texts for party in texts[ref].party_ids)
    for ref in (question.agreement, *bound):
        if ref not in texts:
            missing = (("agreement", str(ref)),)
            answers.append(Finding("text-missing", "house:2", Outcome.DENY, missing))
            continue
        matter = _matter(question, subject, ref, texts, now)
        matters.append(matter)
        found = _answers(matter)
        if ref == question.agreement:
            found.extend(third_party.strangers(third_term(matter), matter, spoken - matter.parties))
            level = matter.effective(matter.recipient)
            if level.level is not None and level.sure:
                levels_of[matter.recipient] = level.level
        found = _permitted(found, matter)
        if ref != question.agreement and question.agreement in texts:
            found = _beside(found, matter, question.agreement, texts)
        cites = tuple(answer.cite for answer in found if isinstance(answer, Finding))
        answers.extend((*found, *life.amended(matter, cites)))
        bounds.extend(matter.bounds)
    if question.act is not Act.REPORT_COMPROMISE:
        answers.extend(relation.unprotected((question.agreement, *bound), texts, now))
    answers.extend(_stopped(matters))
    findings = tuple(dict.fromkeys(answer for answer in answers if isinstance(answer, Finding)))
    duties = tuple(dict.fromkeys(answer for answer in answers if isinstance(answer, Duty)))
    return Evaluation(findings, duties, levels_of, tuple(bounds))


def _beside(
    found: list[Answer], matter: Matter, own: AgreementRef, texts: Mapping[AgreementRef, Agreement]
) -> list[Answer]:
    """What a text beside the question's own says, where one of the two gives way to the other or both claim not to.
    What gave way still says what is owed."""
    text = matter.agreement
    if (term := relation.gives_way(text, texts[own], matter.now)) is not None:
        kept = [one for one in found if isinstance(one, Duty) or one.outcome is Outcome.ALLOW]
        speaks = matter if term in matter.terms else replace(matter, agreement=texts[own], bound=False)
        return [*kept, speaks.finding("gives-way", term, Outcome.ALLOW, agreement=text.id)]
    return [*found, *relation.contradicted(texts[own], text, matter.now)]


def _matter(
    question: Question, subject: Subject, ref: AgreementRef, texts: Mapping[AgreementRef, Agreement], now: datetime
) -> Matter:
    agreement, act, bound = texts[ref], question.act, ref != question.agreement
    if bound and act is Act.RELEASE and question.reader.party not in agreement.party_ids:
        act = Act.ONWARD_RELEASE
    also = tuple(texts[other] for other in sorted(question.bound_by) if other in texts and other != ref)
    return Matter(
        question=question,
        agreement=agreement,
        terms=_terms(agreement, subject, question.facts.event, now),
        status=status_at(agreement, now),
        now=now,
        act=act,
        subject=subject,
        bound=bound,
        also=also,
    )


def _terms(agreement: Agreement, subject: Subject, event: Event | None, now: datetime) -> tuple[Term, ...]:
    """The terms in force now; but clocks that already run keep their length (in-flight rule): what was said by word of
    mouth those of the day it was said, a compromise those of its discovery."""
    terms = terms_at(agreement, now)
    if subject.form in {"oral", "visual"} and subject.created is not None:
        terms = _as_of(comity.start_of(subject.created), {"oral"}, terms, agreement, now)
    if event is not None and event.is_compromise and event.discovered is not None:
        terms = _as_of(event.discovered, set(compromise.ROWS), terms, agreement, now)
    return terms


def _as_of(
    then: datetime, kinds: Collection[str], terms: tuple[Term, ...], agreement: Agreement, now: datetime
) -> tuple[Term, ...]:
    """`terms`, those of `kinds` as they stood `then`."""
    before = {term.article: term for term in terms_at(agreement, min(then, now)) if term.rule in kinds}
    old = tuple(before.get(term.article, term) if term.rule in kinds else term for term in terms)
    return terms if old == terms else old


def checks(matter: Matter) -> Iterator[tuple[str, Callable[[Matter], list[Answer]]]]:
    """Every test of a matter under its text, by name: the article of a term, or `house:` and the rule's own name."""
    for term in matter.terms:
        row = rules.ROWS.get(term.rule)
        for part in row.of(term) if isinstance(row, Parts) else (row,):
            rows = rules.ROWS if part is None else {term.rule: part}
            yield term.article, partial(answers_of, term, rows=rows)
    for name, check in house_checks(matter):
        yield name, partial(_safely, check)


def house_checks(matter: Matter) -> Iterator[tuple[str, Callable[[Matter], Iterable[Answer]]]]:
    """What is tested whether or not a term speaks of it, by name."""
    yield from HOUSE.items()
    if matter.terms:
        table = matter.first("equivalence", "max-level", "access") or matter.terms[0]
        yield "house:unplaced", partial(levels.unplaced, table)
        yield "house:authority", partial(access.authority, matter.first("comity-annex", "access"))


def _answers(matter: Matter) -> list[Answer]:
    found: list[Answer] = []
    for term, rule in _asked_of(matter):
        try:
            found += list(rule(term, matter)) if rule is not None else answers_of(term, matter, rules.ROWS)
        except Exception as error:
            found.append(_fault(matter.cite(term), error))
    for _, check in house_checks(matter):
        found += _safely(check, matter)
    for foreign in sorted(matter.facts.foreign, key=str):
        found += _foreign(foreign.agreement, foreign.article, foreign.rule, foreign.from_en, matter)
    if matter.facts.unknown and not matter.bound:
        for name in sorted(matter.facts.unknown):
            firm = ("foci", "contractor", "contractor-consent", "participant-approval") if "contractor." in name else ()
            cited_for = matter.first(*firm, "access", "contractor", "annexes", "scope") or next(
                iter(matter.terms), None
            )
            cite = matter.cite(cited_for) if cited_for is not None else "house:1"
            found.append(Finding("fact-unknown", cite, Outcome.DENY, (("fact", name),)))
    return found


def _asked_of(matter: Matter) -> Sequence[tuple[Term, Check | None]]:
    """The terms that can have something to say, each with its rule: found once for all that is asked of a text."""
    event, now = matter.facts.event is not None, matter.now
    if matter.terms is terms_at(matter.agreement, now):
        return _asked_at(matter.agreement, now, matter.act, event)
    return _with_rules(matter.terms, matter.act, event)


@lru_cache(maxsize=64)
def _asked_at(agreement: Agreement, now: datetime, act: Act, event: bool) -> Sequence[tuple[Term, Check | None]]:
    return _with_rules(terms_at(agreement, now), act, event)


def _with_rules(terms: Iterable[Term], act: Act, event: bool) -> Sequence[tuple[Term, Check | None]]:
    unasked = rules.SILENT[act, event]
    return [(term, rules.ROWS.get(term.rule)) for term in terms if term.rule not in unasked]


def answers_of(term: Term, matter: Matter, rows: Mapping[str, Check]) -> list[Answer]:
    """One term's answers. A bar without a rule, or of a kind we do not know, denies what it might bar (DECISIONS 8)."""
    check = rows.get(term.rule)
    if check is not None:
        try:
            return list(check(term, matter))
        except Exception as error:
            return [_fault(matter.cite(term), error)]
    kind = KINDS.get(term.rule)
    if kind is None or (kind.cls is Cls.BAR and matter.act.value in kind.acts):
        return [matter.finding("not-evaluated", term, Outcome.DENY, rule=term.rule)]
    return []


def _safely(check: Callable[[Matter], Iterable[Answer]], matter: Matter) -> list[Answer]:
    """What a rule of the house answers."""
    try:
        return list(check(matter))
    except Exception as error:
        return [_fault("house:1", error)]


def _stopped(matters: list[Matter]) -> list[Answer]:
    """What texts that cannot both be kept stop."""
    try:
        return list(opposed.stopped(matters))
    except Exception as error:
        return [_fault("house:1", error)]


def _fault(cite: str, error: Exception) -> Finding:
    """A rule's error is a denial (law 1)."""
    return Finding("rule-error", cite, Outcome.DENY, (("error", type(error).__name__),))


def _foreign(agreement: str, article: str, rule: str, from_en: str | None, matter: Matter) -> list[Answer]:
    """A single term of another agreement: for the originators that are not parties here, or, if all are, for everyone
    but the holder."""
    outside = matter.subject.originators - matter.parties or matter.foreign
    params = {"requires": "prior-written-consent", "consent_from": "originator"}
    term = Term(article, rule, params | ({"from_en": from_en} if from_en else {}), {})
    elsewhere = replace(matter, terms=(term,), bound=True, agreement=replace(matter.agreement, id=agreement))
    elsewhere.parties = outside | ({matter.facts.holder} if matter.facts.holder else set())
    return answers_of(term, elsewhere, rules.ROWS)


def third_term(matter: Matter) -> Term | None:
    """The article that is cited where an originator's word is asked for and no article asks."""
    return matter.first("no-claim", *third_party.ROWS, "access") or next(iter(matter.terms), None)


def _permitted(found: list[Answer], matter: Matter) -> list[Answer]:
    """Lift what national law lifts, and name the article of the permit where no rule has spoken."""
    if national.yields_to_law(matter) and matter.act in SEEING:
        found = [one for one in found if not (isinstance(one, Finding) and one.code in ACCESS_BARS)]
    if any(isinstance(answer, Finding) and answer.code not in FORCE for answer in found):
        return found
    spoken = PROTECTING if matter.act in KEEPING else ("annexes", "comity-annex", "scope", "access", "purpose")
    terms = [term for kind in spoken if (term := matter.first(kind)) is not None] or list(matter.terms)
    if not terms:
        return [*found, Finding("not-in-force", "house:2", Outcome.DENY)]
    return [*found, *(matter.finding("not-barred", term, Outcome.ALLOW) for term in terms[:2])]


def _separated(
    question: Question, whole: Evaluation, texts: Mapping[AgreementRef, Agreement], now: datetime
) -> tuple[Removals, Evaluation] | None:
    """The least that must stay behind so that the rest may go: people's data, else portions, else both."""
    subject = question.subject
    personal = any(("removes", "personal") in finding.params for finding in whole.findings)
    for without in (True, False) if personal else (False,):
        bare = impersonal(subject) if without else subject
        for portions in (frozenset(), _barred(question, bare, texts, now)):
            removals = Removals(portions=portions, personal=without)
            rest = remainder(bare, portions)
            if removals and rest is not None:
                result = evaluate(question, rest, texts, now)
                if result.outcome <= Outcome.REFER:
                    return removals, result
    return None


def _barred(
    question: Question, subject: Subject, texts: Mapping[AgreementRef, Agreement], now: datetime
) -> frozenset[str]:
    return frozenset(
        name
        for name, label in subject.portions
        if evaluate(question, replace(subject, label=label, portions=()), texts, now).outcome > Outcome.REFER
    )


def _sanitised(question: Question, whole: Evaluation, rest: Evaluation, removals: Removals, now: datetime) -> Decision:
    bars = [finding for finding in whole.findings if finding.outcome > Outcome.SANITISE]
    lifted = [finding for finding in bars if finding not in rest.findings]
    cite = cited(lifted, max(finding.outcome for finding in lifted))[0] if lifted else cited(bars, whole.outcome)[0]
    actor = question.facts.holder or "node"
    owed = [Duty("remove-portion", actor, cite, None, (("portion", name),)) for name in sorted(removals.portions)]
    if removals.personal:
        owed.append(Duty("remove-personal-data", actor, cite))
    if removals.portions and (level := rest.levels.get(actor) or next(iter(rest.levels.values()), None)):
        owed.append(Duty("re-mark", actor, cite, None, (("to", level),)))
    part = Finding("sanitised", cite, Outcome.SANITISE)
    outcome = max(Outcome.SANITISE, rest.outcome)
    shown = replace(rest, duties=(*owed, *rest.duties))
    findings = (*lifted, part, *(one for one in rest.findings if one not in lifted))
    decision = _decision(outcome, shown, findings, removals, now)
    first = cited(lifted, max(one.outcome for one in lifted)) if lifted else ()
    return replace(decision, articles=tuple(dict.fromkeys((*first, *decision.articles)))[:3], consent_from=())


def _decision(
    outcome: Outcome, found: Evaluation, findings: Iterable[Finding], removals: Removals, now: datetime
) -> Decision:
    findings = tuple(findings)
    givers = {dict(one.params).get("giver", "") for one in findings if one.outcome is Outcome.NEEDS_CONSENT is outcome}
    later = [bound for bound in found.bounds if bound > now]
    return Decision(
        outcome=outcome,
        findings=findings,
        articles=cited(findings, outcome),
        consent_from=tuple(sorted(givers - {""})),
        obligations=tuple(owed(findings, found.duties, outcome)),
        effective_level=found.levels,
        removals=removals,
        made_at=now,
        good_until=min(later, default=None),
    )


def owed(findings: tuple[Finding, ...], duties: tuple[Duty, ...], outcome: Outcome) -> Iterator[Duty]:
    """What comes with an act is owed only if the act may go; remedies, and what a fact triggered, in any case."""
    if outcome <= Outcome.REFER:
        yield from duties
        return
    kept = {
        finding.cite
        for finding in findings
        if finding.outcome is not Outcome.ALLOW or finding.code in TRIGGERS or finding.code in SUPPORTS
    }
    yield from (duty for duty in duties if duty.cite in kept or duty.actor == "node")
