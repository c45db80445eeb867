"""What a text says against itself: what it opens and no path reaches, terms that disagree, exceptions wider than rules.

Each is said with what to do. What no signature should cover is an error; what both sides may have meant is a warning.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from comity.agreement.article import covers
from comity.agreement.instrument import Agreement, Authority, Term
from comity.agreement.problem import ERROR, WARNING, Problem
from comity.agreement.vocabulary import KINDS, Cls
from comity.labels.equivalence import NEUTRAL, neutral_rank

ONLY_ONE = ("comity-tlp", "comity-pap", "comity-releasability", "unmarked", "renewal", "comity-suspension-continues")
"""Kinds of which rules read the first term: a second one would never be read."""

_TLP = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
_SELECTING = ("from_en", "levels_en", "applies_to", "level", "origin", "min_clearance")
_ARTICLE = re.compile(r"\b[Aa]rticles?\s+((?:\d+|[IVXL]+)(?:\([0-9a-z]+\))*)")


def contradictions(agreement: Agreement) -> Iterator[Problem]:
    """Every contradiction, in the order of the text."""
    yield from _unreached(agreement)
    yield from _opened(agreement)
    yield from _released_beforehand(agreement)
    yield from _twice(agreement)
    yield from _opposed(agreement)
    yield from _fates(agreement)
    yield from _survivors(agreement)
    yield from _wider(agreement)
    yield from _cited(agreement)


def _unreached(agreement: Agreement) -> Iterator[Problem]:
    """Annexes, levels and authorities of which nothing can ever come."""
    ceilings = [(term, str(term.params["max_en"])) for term in agreement.of("max-level") if term.params.get("max_en")]
    top = min(ceilings, key=lambda one: neutral_rank(one[1]), default=None)
    for term in agreement.of("comity-annex"):
        annex, level = str(term.params["annex"]), term.params.get("up_to_en")
        if level and top is not None and neutral_rank(str(level)) > neutral_rank(top[1]):
            text = f"annex {annex} goes up to {level} and article {top[0].article} stops at {top[1]}: nothing between "
            yield Problem(term.article, WARNING, f"{text}can go; lower the annex or raise the ceiling")
        for party in agreement.party_ids:
            yield from _received(
                term, annex, [one for one in _receiving(agreement, party) if _acts_for(one, annex)], party
            )
    for one in agreement.authorities:
        opened = [
            str(term.params.get("up_to_en") or "")
            for term in agreement.of("comity-annex")
            if _acts_for(one, str(term.params["annex"]))
        ]
        highest = max((neutral_rank(level) for level in opened if level), default=0)
        if "receive" in one.may and one.up_to_en and opened and neutral_rank(one.up_to_en) > highest:
            text = f"the authority {one.id} may receive up to {one.up_to_en}, and no annex of its goes so high"
            yield Problem("", WARNING, f"{text}: lower it, or raise an annex")


def _received(term: Term, annex: str, offices: list[Authority], party: str) -> Iterator[Problem]:
    level = term.params.get("up_to_en")
    if not offices:
        text = f"no authority of {party} may receive under annex {annex}, so nothing can go to {party} under it"
        yield Problem(term.article, WARNING, f"{text}: give one the annex, or strike it")
    elif level and all(not one.up_to_en or neutral_rank(one.up_to_en) < neutral_rank(str(level)) for one in offices):
        reach = max((one.up_to_en or "" for one in offices), key=lambda name: neutral_rank(name) if name else 0)
        above = f"above what any authority of {party} may receive ({reach or 'unclassified'})"
        text = f"annex {annex} goes up to {level}, {above}"
        yield Problem(term.article, WARNING, f"{text}: raise up_to_en of one, or lower the annex")


def _receiving(agreement: Agreement, party: str) -> list[Authority]:
    return [one for one in agreement.authorities if one.party == party and "receive" in one.may]


def _acts_for(one: Authority, annex: str) -> bool:
    return one.annexes is None or annex in one.annexes


def _opened(agreement: Agreement) -> Iterator[Problem]:
    """A list of annexes and the annexes themselves."""
    own = {str(term.params["annex"]): term for term in agreement.of("comity-annex")}
    for term in agreement.of("annexes"):
        listed = set(term.params.get("annexes") or {})
        for annex in sorted(set(own) - listed):
            text = f"annex {annex} is not among those that article {term.article} opens, so nothing can go under it"
            yield Problem(own[annex].article, ERROR, f"{text}: list it there, or strike it")
        for annex in sorted(listed - set(own)):
            text = f"annex {annex} is opened, and no term says what it covers"
            yield Problem(term.article, WARNING, f"{text}: add a comity-annex for it, or strike it")
    for term in agreement.of("personal-data"):
        allowing = frozenset(term.params.get("annexes_allowing") or ())
        for annex, one in own.items() if term.params.get("annexes_allowing") is not None else ():
            if bool(one.params.get("personal_data")) != (annex in allowing):
                says = "lets people's data go" if one.params.get("personal_data") else "keeps people's data back"
                text = f"annex {annex} {says}, and article {term.article} says the opposite"
                yield Problem(one.article, ERROR, f"{text}: make the two agree")


def _released_beforehand(agreement: Agreement) -> Iterator[Problem]:
    """A standing release that is wider than the annex it stands under."""
    own = {str(term.params["annex"]): term.params for term in agreement.of("comity-annex")}
    for term in agreement.of("comity-standing-release"):
        annex = own.get(str(term.params["annex"]))
        if annex is None:
            continue
        more = sorted(set(term.params.get("purposes") or ()) - set(annex.get("purposes") or ()))
        if more:
            text = f"it releases for {', '.join(more)}, and annex {term.params['annex']} does not cover that purpose"
            yield Problem(term.article, WARNING, f"{text}: add the purpose to the annex, or strike it here")
        level, ceiling = term.params.get("up_to_en"), annex.get("up_to_en")
        if level and (not ceiling or neutral_rank(str(level)) > neutral_rank(str(ceiling))):
            text = f"it releases up to {level}, and annex {term.params['annex']} stops at {ceiling or 'unclassified'}"
            yield Problem(term.article, WARNING, f"{text}: lower it, or raise the annex")


def _twice(agreement: Agreement) -> Iterator[Problem]:
    for rule in ONLY_ONE:
        terms = [*agreement.of(rule)]
        for first, term in ((terms[0], term) for term in terms[1:]):
            if dict(term.params) != dict(first.params):
                text = f"article {first.article} speaks of the same ({rule}) and says otherwise; only the first is read"
                yield Problem(term.article, ERROR, f"{text}: join the two")


def _opposed(agreement: Agreement) -> Iterator[Problem]:
    """Two terms of one kind for the same things, of which one bars for good what the other opens by consent."""
    routed = [term for term in agreement.terms if {"requires", "consent_from"} <= set(KINDS[term.rule].params)]
    for one, other in combinations(routed, 2):
        if one.rule != other.rule or one.rule in ("project", "contractor") or not _same_things(one, other):
            continue
        if bool(one.params.get("requires")) != bool(other.params.get("requires")):
            bars, opens = (one, other) if not one.params.get("requires") else (other, one)
            text = f"it bars for good what article {opens.article} opens with consent ({one.rule})"
            yield Problem(
                bars.article, WARNING, f"{text}: no consent would help; strike one, or tell them apart by level"
            )
    forbidden = {
        str(name): term for term in agreement.of("transmission-internet") for name in term.params.get("forbidden") or ()
    }
    for term in agreement.of("transmission", "transmission-low"):
        for channel in sorted(set(term.params.get("approved_channels") or ()) & set(forbidden)):
            text = f"it approves the channel {channel}, which article {forbidden[channel].article} forbids"
            yield Problem(term.article, ERROR, f"{text}: strike it in one of the two")
    kept = {
        str(level): term for term in agreement.of("destroy-forbidden") for level in term.params.get("levels_en") or ()
    }
    for term in agreement.of("destroy"):
        for level in sorted(set(term.params.get("levels_en") or ()) & set(kept)):
            text = f"it lets {level} be destroyed, and article {kept[level].article} forbids it"
            yield Problem(term.article, ERROR, f"{text}: strike the level in one of the two")


def _fates(agreement: Agreement) -> Iterator[Problem]:
    """What must become of a thing by one article and cannot by another."""
    fates = [*agreement.of("comity-retention")]
    for one, other in combinations(fates, 2):
        apart = any(
            None not in (pair := (one.params.get(name), other.params.get(name))) and pair[0] != pair[1]
            for name in ("kinds", "annex")
        )
        if not apart and _undoes(one.params, other.params):
            text = f"it says {other.params['must']}, and article {one.article} says {one.params['must']}"
            yield Problem(
                other.article, ERROR, f"{text}: no day is left for both; change one, or tell the things apart"
            )
    for term in agreement.of("destroy-forbidden"):
        for one in (fate for fate in fates if fate.params["must"] == "destroy"):
            text = f"it forbids the destruction that article {one.article} asks for"
            yield Problem(term.article, WARNING, f"{text}: say which levels each speaks of")


def _undoes(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether no day is left on which both can be met: two ends that differ, or kept until after it should be gone."""
    fates = {one["must"], other["must"]}
    if len(fates) == 1:
        return False
    kept = next((params for params in (one, other) if params["must"] == "keep"), None)
    if kept is None:
        return True
    gone = other if kept is one else one
    if gone["must"] == "archive":
        return False
    return any(name in kept and name in gone and gone[name] < kept[name] for name in ("date", "months"))


def _same_things(one: Term, other: Term) -> bool:
    return all(one.params.get(name) == other.params.get(name) for name in _SELECTING)


def _survivors(agreement: Agreement) -> Iterator[Problem]:
    """What survives the end must be able to protect: a bar or a duty on what was given before."""
    for term in agreement.of("survival", "termination-survival", "duration"):
        for article in term.params.get("survives") or ():
            named = [other for other in agreement.terms if covers(article, other.article)]
            if named and all(
                KINDS[other.rule].cls in (Cls.LIFE, Cls.DISPLAY) or other.rule == "comity-annex" for other in named
            ):
                text = f"article {article} is said to survive the end, and it is no protection ({named[0].rule})"
                yield Problem(term.article, WARNING, f"{text}: name the articles that protect")


def _wider(agreement: Agreement) -> Iterator[Problem]:
    """An exception that leaves nothing of its rule."""
    ranks = [neutral_rank(str(row["en"])) for row in agreement.equivalence.rows if row.get("en") in NEUTRAL]
    for term in agreement.of("clearance-threshold"):
        exempt = max((neutral_rank(level) for level in term.params.get("exempt_en") or ()), default=0)
        if ranks and exempt >= max(ranks):
            text = "it exempts every level of the table, so nobody would need a clearance"
            yield Problem(
                term.article, ERROR, f"{text}: exempt the lowest levels only, or strike what asks for clearance"
            )
    for term in agreement.of("comity-tlp"):
        inside, onward = str(term.params["up_to"]), term.params.get("onward_up_to")
        if onward is not None and _TLP.index(str(onward)) > _TLP.index(inside):
            text = f"it lets TLP:{onward} be passed on, and TLP:{inside} is the most that may be received"
            yield Problem(term.article, ERROR, f"{text}: lower onward_up_to")


def _cited(agreement: Agreement) -> Iterator[Problem]:
    """Articles that the words speak of."""
    for term in agreement.terms:
        for article in dict.fromkeys(_ARTICLE.findall(term.text.get("en", ""))):
            if not any(covers(article, other.article) for other in agreement.terms):
                yield Problem(term.article, WARNING, f"its words speak of article {article}, which is not in the text")
