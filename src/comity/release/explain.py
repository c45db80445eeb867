"""A decision in sentences: codes become words only here, in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.agreement.instrument import Agreement, AgreementRef, Term
from comity.release.decision import Decision, bare
from comity.release.language import ENGLISH, Sentences, sentences
from comity.release.question import Duty, Finding, Outcome


def explain(decision: Decision, language: str, texts: Mapping[AgreementRef, Agreement]) -> list[str]:
    """The outcome, then each finding that matters to it with its article's words in `language` (else the text's
    prevailing one), then what is owed. What bars is shown alone: beside a bar no permit counts. The sentences are in
    `language` too, where there is a table of it, else in English."""
    table = sentences(language)
    told = [table.outcomes[decision.outcome.text]]
    barred = decision.outcome > Outcome.SANITISE
    shown = [
        one
        for one in decision.findings
        if (one.outcome > Outcome.ALLOW if barred else one.outcome > Outcome.ALLOW or one.cite in decision.articles)
    ]
    ranked = sorted(shown, key=lambda one: (-one.outcome, one.cite not in decision.articles))
    told += [
        f"{sentence(finding, language)} [{bare(finding.cite)}{_words(finding.cite, language, texts)}]"
        for finding in ranked
    ]
    if not barred:
        told += [_owed(duty, table) for duty in decision.obligations]
    return list(dict.fromkeys(told))


def sentence(finding: Finding, language: str = ENGLISH) -> str:
    """One finding's code in words, its parameters filled in."""
    return sentences(language).codes.get(finding.code, finding.code).format_map(_Params(finding.params))


class _Params(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """One article's own words, and the BCP 47 tag of the language they are in."""

    cite: str
    language: str
    text: str


def quoted(decision: Decision, language: str, texts: Mapping[AgreementRef, Agreement]) -> tuple[Quoted, ...]:
    """The articles that decide, in `language` where the text has it, else in its prevailing one, else in any."""
    found = []
    for cite in decision.articles:
        for term, agreement in _terms(cite, texts)[:1]:
            tag = next((one for one in (language, agreement.prevailing, *term.text) if term.text.get(one)), None)
            if tag is not None:
                found.append(Quoted(cite, tag, term.text[tag]))
    return tuple(found)


def _words(cite: str, language: str, texts: Mapping[AgreementRef, Agreement]) -> str:
    if (law := sentences(language).laws.get(cite)) is not None:
        return f": {law}"
    found = next((term for term in _terms(cite, texts)), None)
    if found is None:
        return ""
    term, agreement = found
    words = term.text.get(language) or term.text.get(agreement.prevailing) or next(iter(term.text.values()), "")
    return f": {words}" if words else ""


def _terms(cite: str, texts: Mapping[AgreementRef, Agreement]) -> list[tuple[Term, Agreement]]:
    named, _, version = cite.removeprefix("agreement:").rpartition("@")
    identity, _, article = named.rpartition("#")
    return [
        (term, agreement)
        for ref, agreement in texts.items()
        if str(ref.version) == version and identity in ("", ref.id)
        for term in agreement.terms
        if term.article == article
    ]


def _owed(duty: Duty, table: Sentences) -> str:
    due = f", {table.say('by', due=duty.due)}" if duty.due else ""
    return (
        f"{table.say('owes', actor=duty.actor, what=f'{table.duty(duty.duty, duty.params)}{due}')} [{bare(duty.cite)}]"
    )
