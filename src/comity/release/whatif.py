"""What would change an answer: `decide` asked again with one thing changed, and only what it really answers is told."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from comity.agreement.instrument import Agreement, AgreementRef
from comity.labels.label import ALL, Label, OriginLabel, Pap, Tlp
from comity.release.decision import Decision
from comity.release.facts import Consent, Transmission
from comity.release.language import ENGLISH, sentences
from comity.release.policy import Policy, decide_under
from comity.release.question import Outcome, PartyReader, PersonReader, Question, Reader, Subject


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One change, and the answer that `decide` gave to it."""

    code: str
    params: tuple[tuple[str, str], ...]
    outcome: Outcome
    articles: tuple[str, ...]


def what_if(
    question: Question,
    decision: Decision,
    texts: Mapping[AgreementRef, Agreement],
    now: datetime,
    policy: Policy | None = None,
) -> tuple[WhatIf, ...]:
    """The changes after which the answer is freer than `decision`, the freest first; each was asked."""
    if decision.outcome is Outcome.ALLOW or question.agreement not in texts:
        return ()
    found: dict[str, WhatIf] = {}
    for code, params, changed, when in _tried(question, decision, texts[question.agreement], now):
        again = decide_under(changed, texts, when, policy)
        if again.outcome < decision.outcome:
            one = WhatIf(code, tuple(sorted(params.items())), again.outcome, again.articles)
            found.setdefault(f"{code} {sorted(params.items())}", one)
    return tuple(sorted(_nearest(found.values()), key=lambda one: one.outcome))


def sentence(one: WhatIf, language: str = ENGLISH) -> str:
    """The change in words."""
    return sentences(language).what_if[one.code].format_map(dict(one.params))


def _nearest(found: Iterable[WhatIf]) -> Iterator[WhatIf]:
    """Of several steps down one ladder for one originator, the first that helps as much."""
    seen: set[tuple[str, str, Outcome]] = set()
    for one in found:
        ladder = (one.code, dict(one.params).get("origin", ""), one.outcome)
        if one.code in ("level", "tlp", "pap") and ladder in seen:
            continue
        seen.add(ladder)
        yield one


Tried = tuple[str, dict[str, str], Question, datetime]


def _tried(question: Question, decision: Decision, text: Agreement, now: datetime) -> Iterator[Tried]:
    for code, params, changed in (
        *_consents(question, decision, now),
        *_labels(question, text),
        *_places(question, text),
        *_readers(question, text),
    ):
        yield code, params, changed, now
    if decision.good_until is not None:
        yield "later", {"when": decision.good_until.date().isoformat()}, question, decision.good_until


def _consents(question: Question, decision: Decision, now: datetime) -> Iterator[tuple[str, dict[str, str], Question]]:
    facts = question.facts
    asked = decision.consent_from or tuple(sorted(question.subject.originators - {facts.holder}))
    given = {by: Consent(by, question.act.value, now, written=True) for by in asked}
    for by, consent in given.items():
        yield "consented", {"by": by}, replace(question, facts=replace(facts, consents=facts.consents | {consent}))
    if len(given) > 1:
        every = replace(facts, consents=facts.consents | set(given.values()))
        yield "all-consented", {"by": ", ".join(given)}, replace(question, facts=every)
    if facts.disclosure is None or facts.disclosure is False:
        decided = replace(facts, disclosure="decided", standing=frozenset())
        yield "decided", {}, replace(question, facts=decided)
    if facts.transmission.channel != "approved":
        yield "channel", {}, replace(question, facts=replace(facts, transmission=Transmission("approved")))


def _labels(question: Question, text: Agreement) -> Iterator[tuple[str, dict[str, str], Question]]:
    """What each originator could do to its own marks."""
    for origin in sorted(question.subject.origins, key=str):
        for code, params, changed in _lowered(origin, question.reader.party, text):
            subject = _relabelled(question.subject, origin, changed)
            yield code, {"origin": origin.origin, **params}, replace(question, subject=subject)
    if question.subject.personal:
        subject = question.subject
        for origin in sorted(subject.origins, key=str):
            subject = _relabelled(subject, origin, replace(origin, personal=False))
        yield "personal", {}, replace(question, subject=subject)


def _lowered(origin: OriginLabel, reader: str, text: Agreement) -> Iterator[tuple[str, dict[str, str], OriginLabel]]:
    levels = text.levels.get(origin.origin, ())
    if origin.level is not None:
        place = levels.index(origin.level) if origin.level in levels else 0
        for lower in reversed(levels[:place]):
            yield "level", {"level": origin.level, "to": lower}, replace(origin, level=lower)
        yield "unclassified", {}, replace(origin, level=None)
    for tlp in (*reversed(Tlp),) if origin.tlp is not None else ():
        if origin.tlp is not None and tlp < origin.tlp:
            yield "tlp", {"to": tlp.text}, replace(origin, tlp=tlp)
    paps = tuple(Pap)
    for pap in reversed(paps[: paps.index(origin.pap)]) if origin.pap is not None else ():
        yield "pap", {"to": pap.value}, replace(origin, pap=pap)
    if origin.rel_to != ALL and (origin.rel_to is None or reader not in origin.rel_to):
        named = frozenset({reader, *(origin.rel_to or ())})
        yield "rel-to", {"to": reader}, replace(origin, rel_to=named)
    for caveat in sorted(origin.caveats):
        yield "caveat", {"caveat": caveat}, replace(origin, caveats=origin.caveats - {caveat})
    if origin.purposes is not None:
        yield "purposes", {}, replace(origin, purposes=None)


def _relabelled(subject: Subject, old: OriginLabel, new: OriginLabel) -> Subject:
    def one(label: Label) -> Label:
        return Label(frozenset(new if origin == old else origin for origin in label.origins))

    return replace(
        subject,
        label=one(subject.label),
        sources=tuple((name, one(label)) for name, label in subject.sources),
        portions=tuple((name, one(label)) for name, label in subject.portions),
    )


def _places(question: Question, text: Agreement) -> Iterator[tuple[str, dict[str, str], Question]]:
    """Other annexes and purposes of the text."""
    for term in text.of("comity-annex"):
        for purpose in term.params.get("purposes") or ():
            annex = str(term.params["annex"])
            if (annex, purpose) != (question.subject.annex, question.subject.purpose):
                subject = replace(question.subject, annex=annex, purpose=str(purpose))
                yield "annex", {"annex": annex, "purpose": str(purpose)}, replace(question, subject=subject)


def _readers(question: Question, text: Agreement) -> Iterator[tuple[str, dict[str, str], Question]]:
    reader = question.reader
    if isinstance(reader, PartyReader):
        for one in text.authorities:
            if one.party == reader.party and one.id != reader.authority:
                changed: Reader = PartyReader(one.party, one.id)
                yield "authority", {"to": one.id}, replace(question, reader=changed)
    if isinstance(reader, PersonReader):
        for code, person in (
            ("need-to-know", replace(reader, need_to_know=True)),
            ("briefed", replace(reader, briefed=True, acknowledged=True)),
        ):
            if person != reader:
                yield code, {}, replace(question, reader=person)
