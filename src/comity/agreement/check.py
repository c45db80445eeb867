"""What is wrong with a text before two governments sign it, in words and with the article.

An *error* keeps a text from being signed; a *warning* is something both sides should have meant.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from comity.agreement import duration
from comity.agreement.contradictions import contradictions
from comity.agreement.entry import enters_into_force
from comity.agreement.instrument import Agreement, Term, Texts
from comity.agreement.levels import level_problems
from comity.agreement.problem import ERROR, WARNING, Problem
from comity.agreement.references import reference_problems
from comity.agreement.timing import time_problems
from comity.agreement.vocabulary import KINDS
from comity.labels.equivalence import NEUTRAL

__all__ = ["ERROR", "WARNING", "Problem", "check"]

_EXPECTED = {
    "access": "who may see information",
    "third-party": "passing information to a third party",
    "purpose": "what information may be used for",
    "compromise": "a loss or disclosure",
    "survival": "what stays protected after the end",
}
_OWN = {
    "comity-recall-time": "the time in which a recall is answered",
    "comity-releasability": "what a REL TO list means here",
    "comity-tlp": "TLP: nothing above TLP:CLEAR will be released",
}

_SELECTING = frozenset(
    {"comity-aggregation", "comity-two-persons", "comity-retention", "comity-public-notice", "comity-receipt-duty"}
)
"""Comity's own kinds that speak of things from a level on."""


def check(agreement: Agreement, *, published: bool = False) -> tuple[Problem, ...]:
    """Everything wrong, errors first, in the order of the text.

    `published`: the text is an instrument that others concluded, to be decided on and never signed here. It is not
    asked for keys, offices, annexes and Comity's own kinds, nor for figures and clocks that its authors left open.
    """
    found = (problem for part in _PARTS if not (published and part in _TO_BE_SIGNED) for problem in part(agreement))
    return tuple(sorted(found, key=lambda problem: problem.severity != ERROR))


def _parties(agreement: Agreement) -> Iterator[Problem]:
    for party, count in Counter(agreement.party_ids).items():
        if count > 1:
            yield Problem("", ERROR, f"the party {party} stands twice")


def _keys(agreement: Agreement) -> Iterator[Problem]:
    bound = Counter(entry.party for entry in agreement.keys)
    for party in agreement.party_ids:
        if bound[party] != 1:
            yield Problem("", ERROR, f"{party} has {bound[party] or 'no'} key{'s' * (bound[party] > 1)}; it needs one")
    for party in sorted(set(bound) - set(agreement.party_ids)):
        yield Problem("", ERROR, f"a key is bound to {party}, which is not a party")
    halves = Counter(half for entry in agreement.keys for half in entry.key.as_json().values())
    if any(count > 1 for count in halves.values()):
        yield Problem("", ERROR, "two parties have the same key, or share half of one")


def _authorities(agreement: Agreement) -> Iterator[Problem]:
    for name, count in Counter(authority.id for authority in agreement.authorities).items():
        if count > 1:
            yield Problem("", ERROR, f"the authority {name} stands twice")
    for authority in agreement.authorities:
        if authority.party not in agreement.party_ids:
            yield Problem("", ERROR, f"the authority {authority.id} is of {authority.party}, which is not a party")
    for act, severity in (("receive", ERROR), ("consent", WARNING), ("sign", WARNING)):
        able = {authority.party for authority in agreement.authorities if act in authority.may}
        for party in agreement.party_ids:
            if party not in able:
                yield Problem("", severity, f"no authority of {party} may {act}")


def _annexes(agreement: Agreement) -> Iterator[Problem]:
    annexes = list(agreement.of("comity-annex"))
    if not annexes:
        yield Problem("", ERROR, "there is no annex (comity-annex), so nothing could ever be released")
    for term in annexes:
        if not term.params["purposes"]:
            yield Problem(term.article, ERROR, f"annex {term.params['annex']} names no purpose")
    for name, count in Counter(term.params["annex"] for term in annexes).items():
        if count > 1:
            article = next(term.article for term in annexes if term.params["annex"] == name)
            yield Problem(article, ERROR, f"annex {name} stands twice")


def _articles(agreement: Agreement) -> Iterator[Problem]:
    for article, count in Counter(term.article for term in agreement.terms).items():
        if count > 1:
            yield Problem(article, ERROR, "the article stands twice: a citation of it would have two meanings")
    for term in agreement.terms:
        yield from _giver(term)
        named = {"comity-relation": "agreement", "protection-by-reference": "agreements"}.get(term.rule, "")
        if agreement.id in (term.params.get(named), *(term.params.get("agreements") or ())):
            yield Problem(term.article, ERROR, f"{term.rule} speaks of this very text: name the other agreement")


def _left_open(agreement: Agreement) -> Iterator[Problem]:
    """What a kind needs before anybody can act on it: who, by when."""
    for term in agreement.terms:
        for group in KINDS[term.rule].asks:
            given = [name for name in group if term.params.get(name) not in (None, (), {})]
            if not given:
                yield Problem(term.article, ERROR, f"{term.rule} needs {' or '.join(group)}")
            if len(given) > 1 and "hours" in group:
                yield Problem(term.article, ERROR, f"{term.rule} gives its time twice: {' and '.join(given)}")


def _giver(term: Term) -> Iterator[Problem]:
    asks_consent = "consent" in str(term.params.get("requires")) and "consent_from" in KINDS[term.rule].params
    if asks_consent and term.params.get("consent_from") is None:
        yield Problem(term.article, ERROR, f"{term.rule} asks for a consent and does not say whose (consent_from)")
    if term.rule == "comity-aggregation":
        yield from _set(term)
    if term.rule in _SELECTING:
        yield from _neutral(term)
    if term.rule == "comity-two-persons":
        yield from _asked(term)


def _set(term: Term) -> Iterator[Problem]:
    count, level = term.params["count"], term.params.get("level_en")
    if count < 2:
        yield Problem(term.article, ERROR, f"a set of {count} is none: comity-aggregation counts from 2")
    if level is not None and term.params.get("outcome") is not None:
        yield Problem(term.article, ERROR, "comity-aggregation says twice what a set is: outcome and level_en")


def _neutral(term: Term) -> Iterator[Problem]:
    for name in ("level_en", "from_en"):
        if term.params.get(name) not in (None, *NEUTRAL):
            yield Problem(term.article, ERROR, f"{name} is a neutral level: {', '.join(NEUTRAL)}")


def _asked(term: Term) -> Iterator[Problem]:
    """Nobody asked, or for nothing: an article that looks like a protection and is none."""
    if not str(term.params["role"]).strip():
        yield Problem(term.article, ERROR, "comity-two-persons names no role: say whose two people approve")
    for name, what in (("acts", "act"), ("kinds", "kind")):
        if term.params.get(name) is not None and not term.params[name]:
            yield Problem(term.article, ERROR, f"comity-two-persons names no {what}: leave {name} out for every {what}")


def _languages(agreement: Agreement) -> Iterator[Problem]:
    if agreement.prevailing not in agreement.languages:
        yield Problem("", ERROR, f"the prevailing language {agreement.prevailing} is not one of the text's languages")
    named: list[tuple[str, str, Texts]] = [("", "the title", agreement.title)]
    named += [("", f"the name of {party.id}", party.name) for party in agreement.parties]
    named += [("", f"the name of {authority.id}", authority.name) for authority in agreement.authorities]
    named += [(term.article, "the text", term.text) for term in agreement.terms]
    for article, what, texts in named:
        for language in agreement.languages:
            if language not in texts:
                yield Problem(article, ERROR, f"{what} is missing in {language}")
        for language in sorted(set(texts) - set(agreement.languages)):
            yield Problem(article, WARNING, f"{what} is given in {language}, which the text does not declare")


def _life(agreement: Agreement) -> Iterator[Problem]:
    life = agreement.life
    entry = list(agreement.of("entry-into-force"))
    if not entry:
        yield Problem("", ERROR, "no article says when the text enters into force (entry-into-force)")
    computed = enters_into_force(agreement, named=False)
    if life.in_force_from and computed and f"{computed:%Y-%m-%d}" != life.in_force_from:
        text = f"by the article it enters into force on {computed:%Y-%m-%d}, by the head on {life.in_force_from}"
        yield Problem(entry[0].article, WARNING, text)
    if life.duration is None and not any(agreement.of("renewal", "duration")):
        yield Problem("", WARNING, "nothing says how long the text lasts")
    if life.duration and "extension by" in life.duration and duration.parse(life.duration).extension:
        yield Problem("", WARNING, "write `extensions by` if the text renews itself more than once; it is read so")
    for event in life.events:
        if "by" in event and event["by"] not in agreement.party_ids:
            yield Problem("", ERROR, f"an event ({event['kind']}) comes from {event['by']}, which is not a party")


def _silence(agreement: Agreement) -> Iterator[Problem]:
    yield from _unsaid(agreement, _EXPECTED)


def _own_silence(agreement: Agreement) -> Iterator[Problem]:
    yield from _unsaid(agreement, _OWN)
    if any(agreement.of("suspension")) and not any(agreement.of("comity-suspension-continues")):
        yield Problem("", WARNING, "nothing says what goes on under a suspension (comity-suspension-continues)")


def _unsaid(agreement: Agreement, expected: Mapping[str, str]) -> Iterator[Problem]:
    for rule, about in expected.items():
        if not any(agreement.of(rule)):
            yield Problem("", WARNING, f"no article speaks of {about} ({rule})")


_TO_BE_SIGNED = (_keys, _authorities, _annexes, _left_open, time_problems, _own_silence)
"""What only a text that is to be signed in Comity must have."""

_PARTS = (
    _parties,
    _keys,
    _authorities,
    _annexes,
    _articles,
    _left_open,
    time_problems,
    level_problems,
    reference_problems,
    contradictions,
    _languages,
    _life,
    _silence,
    _own_silence,
)
