"""How a text ends: it runs out, is not renewed, is denounced, or a party leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from whenever import Date, ItemizedDateDelta

from comity.agreement import duration
from comity.agreement.amendments import terms_at
from comity.agreement.dates import after, before, day_of, instant_of, start_of
from comity.agreement.duration import Duration
from comity.agreement.events import moment_of
from comity.agreement.instrument import Agreement, Life, Term

LATE = "late notice"
SHORT = "short notice"
_TERMINATION = ("termination", "termination-survival", "withdrawal", "survival")
_RENEWAL = ("renewal", "duration")


@dataclass(frozen=True, slots=True)
class Ending:
    """An end at an instant. `rules`: the kinds of term that explain it. `disputed`: two readings are possible. `given`:
    when notice of it was given."""

    at: datetime
    rules: tuple[str, ...]
    disputed: bool = False
    flags: tuple[str, ...] = ()
    given: datetime | None = None


def duration_of(life: Life, terms: tuple[Term, ...]) -> Duration:
    """How long the text lasts: what its renewal term says comes before what its head says."""
    written = duration.parse(life.duration) if life.duration else Duration()
    renewal = next((term.params for term in terms if term.rule == "renewal"), {})
    years, more = renewal.get("initial_years"), renewal.get("extension_years")
    return Duration(
        initial=written.initial if years is None else years * 12,
        extension=(written.extension if more is None else more * 12) or None,
    )


def runs_out(length: Duration, start: Date) -> tuple[Ending, ...]:
    """The end of a text that does not renew itself."""
    end = length.first_end(start)
    if end is None or length.extension is not None:
        return ()
    return (Ending(start_of(end), ("duration", "renewal", "entry-into-force")),)


def non_renewals(
    agreement: Agreement, length: Duration, start: Date | None
) -> tuple[tuple[Ending, ...], tuple[tuple[datetime, datetime], ...]]:
    """The ends that notices given in time bring, and for each late one the span in which that must be shown.

    A notice speaks of the term running when it is received. A late one has no effect: the text is renewed. One that
    speaks of no term at all can be read in two ways.
    """
    endings: list[Ending] = []
    late: list[tuple[datetime, datetime]] = []
    for event in agreement.life.events:
        if event["kind"] != "non-renewal-notice":
            continue
        moment = moment_of(event)
        given = instant_of(moment)
        ends = length.ends_after(start or Date.MAX, day_of(moment))
        end = next(ends, None)
        if end is None or start is None:
            endings.append(Ending(given, _RENEWAL, disputed=True))
            continue
        notice = _notice(agreement, moment, ("renewal",), agreement.life.non_renewal_notice)
        if length.extension is None or notice is None or day_of(moment) <= before(end, notice):
            disputed = _held_back(agreement, event, given, start_of(end))
            endings.append(Ending(start_of(end), _RENEWAL, disputed, given=given))
        else:
            late.append((given, start_of(next(ends, Date.MAX))))
    return tuple(endings), tuple(late)


def departures(agreement: Agreement) -> tuple[tuple[tuple[datetime, str], ...], tuple[Ending, ...]]:
    """Who leaves a larger text when, and the end of the text once fewer than two parties are left.

    A party leaves by termination or withdrawal, at the moment its notice states, else once the period has run.
    """
    notices = [
        (str(event["by"]), _leaving(agreement, event))
        for event in agreement.life.events
        if event["kind"] in ("termination-notice", "withdrawal-notice")
    ]
    spare = len(agreement.parties) - 2
    if not spare:
        return (), tuple(leaving for _, leaving in notices)
    left: dict[str, Ending] = {}
    for party, leaving in notices:
        if party not in left or (leaving.disputed, leaving.at) < (left[party].disputed, left[party].at):
            left[party] = leaving
    ordered = sorted(left.items(), key=lambda entry: entry[1].at)
    gone = tuple((leaving.at, party) for party, leaving in ordered)
    return gone, tuple(leaving for _, leaving in ordered[spare:])


def _leaving(agreement: Agreement, event: Mapping[str, Any]) -> Ending:
    moment = moment_of(event)
    given = instant_of(moment)
    notice = _notice(agreement, moment, _TERMINATION, agreement.life.termination_notice)
    due = given if notice is None else start_of(after(day_of(moment), notice))
    at = instant_of(event["effective"]) if "effective" in event else due
    return Ending(
        at,
        ("withdrawal", *_TERMINATION) if event["kind"] == "withdrawal-notice" else _TERMINATION,
        _held_back(agreement, event, given, at),
        (SHORT,) if at < due and moment != event.get("effective") else (),
        given,
    )


def _notice(agreement: Agreement, moment: str, rules: tuple[str, ...], written: str | None) -> ItemizedDateDelta | None:
    """The period of notice at `moment`: the article's as amended by then, else the one in the text's head."""
    for rule in rules:
        for term in terms_at(agreement, instant_of(moment)):
            days, months = term.params.get("notice_days"), term.params.get("notice_months")
            if term.rule == rule and (days is not None or months is not None):
                return ItemizedDateDelta(months=months or 0, days=days or 0)
    return ItemizedDateDelta.parse_iso(written) if written else None


def _held_back(agreement: Agreement, notice: Mapping[str, Any], given: datetime, end: datetime) -> bool:
    """Whether a notice can be read in two ways: the other party objects to it, or its giver suspended its effect
    before it took effect."""
    return bool(notice.get("contested")) or any(
        event["kind"] == "notice-effect-suspended"
        and event["by"] == notice["by"]
        and given <= instant_of(moment_of(event)) < end
        for event in agreement.life.events
    )
