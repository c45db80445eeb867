"""Calendar arithmetic for agreements, by `whenever`. Days begin and end in UTC."""

from datetime import UTC, datetime

from whenever import Date, ItemizedDateDelta

from comity.core import instants


def day_of(moment: str) -> Date:
    """The day on which something written as a date or as an instant lies."""
    return Date.parse_iso(moment[:10])


def instant_of(moment: str) -> datetime:
    """A written date's first instant, or the written instant itself."""
    return instants.parse(moment) if "T" in moment else start_of(Date.parse_iso(moment))


def start_of(day: Date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def after(day: Date, span: ItemizedDateDelta) -> Date:
    """`day` and `span` later; the last day of the calendar where it does not reach so far."""
    try:
        return day.add(span)
    except ValueError:
        return Date.MAX


def before(day: Date, span: ItemizedDateDelta) -> Date:
    try:
        return day.subtract(span)
    except ValueError:
        return Date.MIN


def months_after(day: Date, months: int) -> Date:
    try:
        return day.add(months=months)
    except ValueError:
        return Date.MAX


def first_of_month_after(day: Date, months: int) -> Date:
    """The first day of the month that is `months` after the one `day` lies in."""
    return months_after(day.start_of("month"), months)
