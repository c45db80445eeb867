"""A length of time as agreements give it: so many hours, days, working days or months."""

import re
from dataclasses import dataclass
from enum import StrEnum

from comity.core.errors import Malformed


class Unit(StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working days"
    MONTHS = "months"


MOST = {Unit.HOURS: 24 * 366, Unit.DAYS: 3660, Unit.WORKING_DAYS: 2610, Unit.MONTHS: 120}
"""The longest of each that is read: a year of hours, ten years of the others."""

_FORM = re.compile(r"([1-9]\d{0,3}) (hour|day|working day|month)(s?)")


@dataclass(frozen=True, slots=True)
class Span:
    """`count` of `unit`; 0 hours is at once."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value[:-1] if self.count == 1 else self.unit.value}"


def parse(text: str, what: str = "the time") -> Span:
    """The span written in `text`: `24 hours`, `1 day`, `10 working days`, `3 months`. Raises `Malformed`."""
    found = _FORM.fullmatch(text)
    if found is None or (found[3] == "s") != (int(found[1]) != 1):
        raise Malformed(f"{what} must be written like `24 hours`, `10 working days` or `3 months`, not {text[:60]!r}")
    return of(int(found[1]), Unit(found[2] + "s"), what)


def of(count: int, unit: Unit, what: str = "the time") -> Span:
    """Raises `Malformed` for none and for more than anybody means."""
    if not 1 <= count <= MOST[unit]:
        raise Malformed(f"{what} must be 1 to {MOST[unit]} {unit.value}, not {count}")
    return Span(count, unit)
