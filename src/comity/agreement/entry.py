"""When a text enters into force: on a date it names, on signature, or so long after notes between the parties."""

from collections.abc import Iterable
from datetime import datetime

from comity.agreement.dates import day_of, first_of_month_after, instant_of, start_of
from comity.agreement.events import counts, moment_of
from comity.agreement.instrument import Agreement, Term

_MONTHS = {"first-day-of-month-after": 1, "first-day-of-second-month-after": 2}


def enters_into_force(agreement: Agreement, *, named: bool = True) -> datetime | None:
    """The first instant in force, or `None` while that cannot be said.

    The date the text's head names comes first; `named=False` computes it from the article instead.
    """
    life = agreement.life
    if named and life.in_force_from is not None:
        return instant_of(life.in_force_from)
    rules = [term.params["rule_text"] for term in agreement.of("entry-into-force") if "rule_text" in term.params]
    if not rules:
        return None
    if rules[0] == "on-signature":
        return instant_of(life.signed)
    received = _notified(agreement, every=rules[0].endswith("-last-notification"))
    if received is None:
        return None
    how = rules[0].removesuffix("-notification").removesuffix("-last")
    return instant_of(received) if how == "on" else start_of(first_of_month_after(day_of(received), _MONTHS[how]))


def applied_provisionally(agreement: Agreement, terms: Iterable[Term]) -> tuple[datetime | None, datetime | None]:
    """From when the text is applied before it is in force, and when that ends, as far as is known (VCLT Article 25).

    From the date its head names, else from signature where an article says so, else once every party has told so. It
    ends where a party tells that it will not become one.
    """
    life = agreement.life
    start = instant_of(life.provisional_from) if life.provisional_from else None
    if start is None and any(term.rule == "provisional" for term in terms):
        start = instant_of(life.signed)
    told = _notified(agreement, every=True, kind="comity-provisional") if start is None else None
    ended = _notified(agreement, every=False, kind="comity-provisional-ended")
    return instant_of(told) if told is not None else start, None if ended is None else instant_of(ended)


def _notified(agreement: Agreement, *, every: bool, kind: str = "notification") -> str | None:
    """When the note that counts was received: the last once `every` party has sent one, else the first of any."""
    first: dict[str, str] = {}
    for event in agreement.life.events:
        if event["kind"] == kind and counts(event):
            moment = str(event.get("effective") or moment_of(event))
            party = str(event["by"])
            first[party] = min(first.get(party, moment), moment, key=instant_of)
    if every:
        return max(first.values(), key=instant_of) if set(agreement.party_ids) <= set(first) else None
    return min(first.values(), key=instant_of, default=None)
