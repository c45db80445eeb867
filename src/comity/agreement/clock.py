"""When something is due: the text's words for time, counted from the trigger, with every step told.

Hours run on. Days, working days and months count from the day it is in the capital of whoever must act, the first day
being the one after the trigger; the last day ends at midnight there. Whose holidays count is said by the term; where it
is not, every party's calendar is tried and the earliest end holds, for it is the one that nobody can call late.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from whenever import Date

from comity.agreement.amendments import terms_at
from comity.agreement.calendars import Calendar, calendars_of, is_day
from comity.agreement.dates import months_after
from comity.agreement.instrument import Agreement, Term
from comity.agreement.span import Span, Unit
from comity.core import instants
from comity.core.errors import Malformed

AT_ONCE = frozenset({"immediately", "at-once"})
"""Words that need no figure: without one, it is due at the trigger."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a reckoning: a code, told in words by `release.explain`, and what stands in its sentence."""

    code: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """`at` is the first instant that is too late, `None` where the text gives no time to count."""

    at: datetime | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """What a text says of time at one instant: its words' figures and its parties' calendars."""

    words: Mapping[str, Span]
    calendars: Mapping[str, Calendar]

    @classmethod
    def of(cls, text: Agreement, moment: datetime) -> "Times":
        """As they stood at `moment`: a running clock keeps the text of its trigger (the in-flight rule)."""
        given = calendars_of(terms_at(text, moment))
        return cls(text.time_words, {party: given.get(party, Calendar(party)) for party in text.party_ids})

    def calendar(self, party: str) -> Calendar:
        return self.calendars.get(party) or Calendar(party)


def due_at(time: Span | str | None, trigger: datetime, actor: str, times: Times, whose: str | None = None) -> Due:
    """When what began at `trigger` and `actor` must do is due; never before the trigger.

    `time` is a span, an instant, a date, a word of the text, or `None`. `whose` is the party whose working days count.
    """
    begun = _step("trigger", at=instants.text(trigger))
    if time is None:
        return Due(None, (begun, _step("no-clock")))
    if isinstance(time, Span):
        return _counted(time, trigger, actor, times, whose, (begun, _step("span", span=str(time))))
    if time in times.words:
        span = times.words[time]
        return _counted(span, trigger, actor, times, whose, (begun, _step("word", word=time, span=str(span))))
    if (written := _written(time, actor, times)) is not None:
        return _not_before(trigger, written[0], (begun, *written[1]))
    if time in AT_ONCE:
        return Due(trigger, (begun, _step("at-once", word=time)))
    return Due(None, (begun, _step("word-without-figure", word=time)))


def time_of(term: Term) -> Span | str | None:
    """The time that a term gives in `hours`, `days`, `working_days`, `months`, `word` or `deadline`."""
    for name, unit in _UNITS.items():
        if isinstance(count := term.params.get(name), int):
            return Span(count, unit)
    word = term.params.get("word") or term.params.get("deadline")
    return str(word) if word is not None else None


_UNITS = {
    "hours": Unit.HOURS,
    "days": Unit.DAYS,
    "working_days": Unit.WORKING_DAYS,
    "months": Unit.MONTHS,
}


def _written(time: str, actor: str, times: Times) -> tuple[datetime, tuple[Step, ...]] | None:
    """An instant or a day that a rule has worked out already."""
    if is_day(time):
        end = times.calendar(actor).end_of(Date.parse_iso(time))
        return end, (_step("day", day=time), _step("end", at=instants.text(end)))
    try:
        return instants.parse(time), (_step("instant", at=time),)
    except Malformed:
        return None


def _counted(
    span: Span, trigger: datetime, actor: str, times: Times, whose: str | None, steps: tuple[Step, ...]
) -> Due:
    if span.unit is Unit.HOURS:
        try:
            return Due(trigger + timedelta(hours=span.count), steps)
        except OverflowError:
            return Due(None, steps)
    here = times.calendar(actor)
    start = here.day_at(trigger)
    steps = (*steps, _step("from", party=actor, zone=here.zone or "UTC", day=start.format_iso()))
    if span.unit is Unit.WORKING_DAYS:
        last, told = _working_day(span, start, times, whose)
        steps = (*steps, *told)
    else:
        last = _after(start, span)
        steps = (*steps, _step("day", day=last.format_iso()))
    end = here.end_of(last)
    return _not_before(trigger, end, (*steps, _step("end", at=instants.text(end))))


def _working_day(span: Span, start: Date, times: Times, whose: str | None) -> tuple[Date, list[Step]]:
    counting = (
        [times.calendar(whose)] if whose is not None else [times.calendars[party] for party in sorted(times.calendars)]
    )
    ends = {calendar: calendar.working_days_after(start, span.count) for calendar in counting}
    steps: list[Step] = []
    for calendar, end in ends.items():
        steps.append(_step("calendar", party=calendar.party, span=str(span), day=end.format_iso()))
        if skipped := ", ".join(_skipped(calendar, start, end)):
            steps.append(_step("skipped", days=skipped))
    last = min(ends.values())
    if len(ends) > 1:
        steps.append(_step("strictest", day=last.format_iso()))
    return last, steps


def _skipped(calendar: Calendar, start: Date, end: Date) -> Iterable[str]:
    day = start
    while day < end:
        day = day.add(days=1)
        if (why := calendar.off(day)) is not None:
            yield f"{day.format_iso()} ({why})"


def _after(start: Date, span: Span) -> Date:
    if span.unit is Unit.MONTHS:
        return months_after(start, span.count)
    try:
        return start.add(days=span.count)
    except ValueError:
        return Date.MAX


def _not_before(trigger: datetime, end: datetime, steps: tuple[Step, ...]) -> Due:
    if end >= trigger:
        return Due(end, steps)
    return Due(trigger, (*steps, _step("not-before", at=instants.text(trigger))))


def _step(code: str, **params: str) -> Step:
    return Step(code, tuple(params.items()))
