"""Faults of what a text refers to: articles, annexes and parties that are not there."""

from collections.abc import Iterator

from comity.agreement.article import covers
from comity.agreement.instrument import Agreement, Term
from comity.agreement.problem import ERROR, Problem


def reference_problems(agreement: Agreement) -> Iterator[Problem]:
    """Every reference to something the text does not have."""
    for term in agreement.terms:
        for article in (*(term.params.get("survives") or ()), *(term.params.get("articles") or ())):
            if not any(covers(article, other.article) for other in agreement.terms):
                yield Problem(term.article, ERROR, f"{term.rule} speaks of article {article}, which is not in the text")
        yield from _annexes(agreement, term)
        yield from _parties(agreement, term)
    known = _known_annexes(agreement)
    for authority in agreement.authorities:
        for annex in sorted((authority.annexes or frozenset()) - known):
            yield Problem("", ERROR, f"the authority {authority.id} acts for annex {annex}, which is not in the text")


def _known_annexes(agreement: Agreement) -> frozenset[str]:
    return frozenset(term.params["annex"] for term in agreement.of("comity-annex"))


def _annexes(agreement: Agreement, term: Term) -> Iterator[Problem]:
    named = {*(term.params.get("annexes_allowing") or ()), *(term.params.get("annexes") or ())}
    if term.rule != "comity-annex" and "annex" in term.params:
        named.add(term.params["annex"])
    for annex in sorted(named - _known_annexes(agreement)):
        yield Problem(term.article, ERROR, f"{term.rule} speaks of annex {annex}, which is not in the text")


def _parties(agreement: Agreement, term: Term) -> Iterator[Problem]:
    named = {term.params["by"]} if "by" in term.params else set()
    for name in ("level", "treat_as", "mark_as", "min_clearance", "lead_working_days", "authorities", "markings"):
        value = term.params.get(name)
        named |= set(value) if isinstance(value, dict) else set()
    for party in sorted(named - set(agreement.party_ids)):
        yield Problem(term.article, ERROR, f"{term.rule} speaks of {party}, which is not a party")
