"""Whose days work: each party's weekend, holidays and time of day, as the text gives them (`comity-calendar`).

A named holiday set is the public holidays of a country or a part of one as the package `holidays` knows them, up to
2100; an agreement may list days itself instead, or besides. What a set does not know is a working day: a clock is then
short rather than long.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from whenever import Date, Instant, Time, TimeZoneNotFoundError, Weekday

from comity.agreement.dates import start_of
from comity.agreement.instrument import Term
from comity.agreement.kinds.own import WEEKDAYS

RULE = "comity-calendar"
LAST = Date(9999, 12, 30)
"""Far enough from the end of time for any zone."""
USUAL = frozenset({Weekday.SATURDAY, Weekday.SUNDAY})


@dataclass(frozen=True, slots=True)
class Calendar:
    """One party's days. Without a `comity-calendar` of its own: Saturday and Sunday off, no holidays, days in UTC."""

    party: str
    zone: str | None = None
    weekend: frozenset[Weekday] = USUAL
    named: str | None = None
    days: frozenset[Date] = frozenset()

    def off(self, day: Date) -> str | None:
        """Why nobody works that day: the weekday, the holiday's name, or `holiday` where the text lists it."""
        if day.day_of_week() in self.weekend:
            return WEEKDAYS[day.day_of_week().value - 1].capitalize()
        if day in self.days:
            return "holiday"
        return None if self.named is None else public_holidays(self.named, day.year).get(day)

    def working_days_after(self, day: Date, count: int) -> Date:
        """The working day `count` working days after `day`; the last day there is, where none is reached."""
        while count > 0 and day < LAST:
            day = day.add(days=1)
            count -= self.off(day) is None
        return day

    def working_days_between(self, start: Date, end: Date) -> int:
        """Working days after `start` up to and with `end`."""
        count, day = 0, start
        while day < end:
            day = day.add(days=1)
            count += self.off(day) is None
        return count

    def day_at(self, moment: datetime) -> Date:
        """The day that it is in this party's capital; in UTC where the text names no zone."""
        here = moment.astimezone(UTC)
        if self.zone is not None and zone_known(self.zone):
            return Instant(here).to_tz(self.zone).date()
        return Date(here.year, here.month, here.day)

    def end_of(self, day: Date) -> datetime:
        """The first instant at which `day` is over in this party's capital."""
        after = day.add(days=1) if day < LAST else LAST
        if self.zone is not None and zone_known(self.zone):
            return after.at(Time()).assume_tz(self.zone).to_instant().to_stdlib()
        return start_of(after)


def calendars_of(terms: Iterable[Term]) -> Mapping[str, Calendar]:
    """The calendar of each party of which these terms speak."""
    found: dict[str, Calendar] = {}
    for term in terms:
        if term.rule == RULE:
            params = term.params
            weekend = params.get("weekend")
            found[params["party"]] = Calendar(
                party=params["party"],
                zone=params.get("zone"),
                weekend=USUAL if weekend is None else frozenset(Weekday(WEEKDAYS.index(name) + 1) for name in weekend),
                named=params.get("holiday_set"),
                days=frozenset(Date.parse_iso(day) for day in params.get("holidays") or () if is_day(day)),
            )
    return found


def is_day(text: str) -> bool:
    try:
        return Date.parse_iso(text).format_iso() == text
    except ValueError:
        return False


@lru_cache(maxsize=64)
def zone_known(zone: str) -> bool:
    """Whether this is an IANA time zone."""
    try:
        Date(2000, 1, 1).at(Time()).assume_tz(zone)
    except TimeZoneNotFoundError:
        return False
    return True


def set_known(name: str) -> bool:
    """Whether the package knows this set: `IL`, or `DE-BY` for a part of a country."""
    import holidays

    country, _, part = name.partition("-")
    parts = holidays.list_supported_countries().get(country)
    return parts is not None and (not part or part in parts)


@lru_cache(maxsize=256)
def public_holidays(name: str, year: int) -> Mapping[Date, str]:
    """The public holidays of a named set in one year; none where the set is not known."""
    import holidays

    if not set_known(name):
        return {}
    country, _, part = name.partition("-")
    found = holidays.country_holidays(country, subdiv=part or None, years=year, expand=False, language="en_US")
    return {Date(day.year, day.month, day.day): str(text) for day, text in found.items()}
