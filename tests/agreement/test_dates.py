"""Periods are calendar periods."""

import pytest
from whenever import Date, ItemizedDateDelta

from comity.agreement import duration
from comity.agreement.dates import after, before
from comity.agreement.duration import Duration
from comity.core.errors import Malformed


@pytest.mark.parametrize(
    ("day", "span", "then"),
    [
        ("2028-02-02", "P6M", "2028-08-02"),
        ("2028-08-31", "P6M", "2029-02-28"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2019-08-25", "P90D", "2019-11-23"),
    ],
)
def test_a_month_is_a_calendar_month(day: str, span: str, then: str) -> None:
    assert after(Date.parse_iso(day), ItemizedDateDelta.parse_iso(span)).format_iso() == then


def test_the_calendar_ends_instead_of_failing() -> None:
    assert after(Date(9999, 1, 1), ItemizedDateDelta(years=5)) == Date.MAX
    assert before(Date(1, 1, 1), ItemizedDateDelta(days=5)) == Date.MIN


@pytest.mark.parametrize(
    ("text", "initial", "extension"),
    [
        ("indefinite", None, None),
        ("until terminated", None, None),
        ("max 3y", 36, None),
        ("2y+extensions", 24, None),
        ("5y then automatic extension by 1y unless notice", 60, 12),
        ("5y then automatic extensions by 2y unless notice", 60, 24),
        ("5y then automatic 1y extensions unless notice", 60, 12),
        ("1y, automatically extended yearly unless notice", 12, 12),
    ],
)
def test_a_duration_is_read_as_instruments_write_it(text: str, initial: int | None, extension: int | None) -> None:
    assert duration.parse(text) == Duration(initial, extension)


@pytest.mark.parametrize("text", ["", "five years", "0y", "999y", "5y then maybe", "max 3y or so", "P5Y"])
def test_any_other_duration_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        duration.parse(text)


def test_yearly_ends_do_not_drift_off_a_leap_day() -> None:
    ends = Duration(12, 12).ends_after(Date(2024, 2, 29), Date(2027, 6, 1))
    assert [next(ends).format_iso() for _ in range(2)] == ["2028-02-29", "2029-02-28"]
