"""Which text holds at an instant: the terms with every amendment in force by then."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from comity.agreement.dates import instant_of
from comity.agreement.instrument import Agreement, Term
from comity.agreement.vocabulary import KINDS


@lru_cache(maxsize=64)
def terms_at(agreement: Agreement, moment: datetime) -> tuple[Term, ...]:
    """The terms as they stand at `moment`. An amendment signed and not yet in force changes nothing."""
    terms = list(agreement.terms)
    for amendment in in_force(agreement, moment):
        for change in amendment["changes"]:
            terms = [_changed(term, change) for term in terms]
    return tuple(terms)


@lru_cache(maxsize=64)
def kinds_at(agreement: Agreement, moment: datetime) -> Mapping[str, list[Term]]:
    """The same terms by kind, in the order of the text; grouped once, for everything that is asked at `moment`."""
    return by_kind(terms_at(agreement, moment))


def by_kind(terms: Iterable[Term]) -> Mapping[str, list[Term]]:
    """`terms` by kind."""
    found: dict[str, list[Term]] = {}
    for term in terms:
        found.setdefault(term.rule, []).append(term)
    return found


def amendment_of(agreement: Agreement, article: str, moment: datetime) -> str | None:
    """The id of the last amendment in force at `moment` that changed `article`, or `None`."""
    return changed_at(agreement, moment).get(article)


@lru_cache(maxsize=64)
def changed_at(agreement: Agreement, moment: datetime) -> Mapping[str, str]:
    """Every article that an amendment in force at `moment` changed, and the id of the last one that did."""
    amendments = in_force(agreement, moment)
    return {change["article"]: str(amendment["id"]) for amendment in amendments for change in amendment["changes"]}


def in_force(agreement: Agreement, moment: datetime) -> Iterator[Mapping[str, Any]]:
    """The amendments in force at `moment`, in the order of their entry into force."""
    dated = [
        (instant_of(event["in_force_from"]), n, event)
        for n, event in enumerate(agreement.life.events)
        if event["kind"] == "amendment" and "in_force_from" in event
    ]
    return (event for start, _, event in sorted(dated, key=lambda entry: entry[:2]) if start <= moment)


def _changed(term: Term, change: Mapping[str, Any]) -> Term:
    params = {name: value for name, value in change.items() if name != "article"}
    if term.article != change["article"] or not set(params) <= set(KINDS[term.rule].params):
        return term
    return replace(term, params={**term.params, **params})
