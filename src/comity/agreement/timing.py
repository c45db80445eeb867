"""What is wrong with a text's times before it is signed: words without a figure, calendars that nobody can mean."""

from collections import Counter
from collections.abc import Iterator

from comity.agreement import calendars
from comity.agreement.instrument import Agreement, Term
from comity.agreement.kinds.own import WEEKDAYS
from comity.agreement.problem import ERROR, WARNING, Problem
from comity.agreement.span import Unit

NO_CLOCK = frozenset({"on-completion-of-investigation"})
"""Deadlines that name an event and no time."""


def time_problems(agreement: Agreement) -> Iterator[Problem]:
    """Words, calendars, and working days that no calendar defines."""
    for term in agreement.terms:
        yield from _clock(agreement, term)
    terms = list(agreement.of(calendars.RULE))
    for party, count in Counter(term.params["party"] for term in terms).items():
        if count > 1:
            yield Problem("", ERROR, f"{party} has {count} calendars; it has one")
    for term in terms:
        yield from _calendar(agreement, term)
    counted = [term for term in agreement.terms if _counts_working_days(agreement, term)]
    if counted and not terms:
        yield Problem(counted[0].article, WARNING, "working days are counted and no calendar says which those are")


def _clock(agreement: Agreement, term: Term) -> Iterator[Problem]:
    for name in ("deadline", "word"):
        word = term.params.get(name)
        if word is not None and word not in agreement.time_words and word not in NO_CLOCK:
            yield Problem(term.article, ERROR, f"the time word {word!r} has no figure in time_words")
    whose = term.params.get("calendar")
    if whose is not None and whose not in agreement.party_ids:
        yield Problem(term.article, ERROR, f"the working days of {whose} are to count, which is not a party")


def _calendar(agreement: Agreement, term: Term) -> Iterator[Problem]:
    party, zone, named = (term.params.get(name) for name in ("party", "zone", "holiday_set"))
    if party not in agreement.party_ids:
        yield Problem(term.article, ERROR, f"a calendar of {party}, which is not a party")
    if zone is not None and not calendars.zone_known(zone):
        yield Problem(term.article, ERROR, f"there is no time zone {zone!r}")
    if named is not None and not calendars.set_known(named):
        yield Problem(term.article, ERROR, f"there is no holiday set {named!r}")
    if len(term.params.get("weekend") or ()) == len(WEEKDAYS):
        yield Problem(term.article, ERROR, "on no day of the week anybody works")
    for day in term.params.get("holidays") or ():
        if not calendars.is_day(day):
            yield Problem(term.article, ERROR, f"a holiday is a date like 2027-04-22, not {day[:40]!r}")


def _counts_working_days(agreement: Agreement, term: Term) -> bool:
    words = {word for word, span in agreement.time_words.items() if span.unit is Unit.WORKING_DAYS}
    named = {term.params.get("word"), term.params.get("deadline")}
    return bool({"working_days", "lead_working_days"} & set(term.params) or words & named)
