"""An instant is UTC, exists, and is written in one alphabet."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import instants
from comity.core.errors import Malformed

ACCEPTED = {
    "2027-03-02T09:00:00Z": datetime(2027, 3, 2, 9, tzinfo=UTC),
    "2027-03-02T09:00:00.5Z": datetime(2027, 3, 2, 9, 0, 0, 500_000, tzinfo=UTC),
    "2027-03-02T09:00:00.000001Z": datetime(2027, 3, 2, 9, 0, 0, 1, tzinfo=UTC),
    "2028-02-29T23:59:59.999999Z": datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
    "0001-01-01T00:00:00Z": datetime(1, 1, 1, tzinfo=UTC),
}

REFUSED = {
    "": "not a UTC time",
    "2027-03-02": "not a UTC time",
    "2027-03-02T09:00:00": "not a UTC time",
    "2027-03-02T09:00Z": "not a UTC time",
    "2027-03-02 09:00:00Z": "not a UTC time",
    "2027-03-02t09:00:00z": "not a UTC time",
    "2027-03-02T09:00:00+00:00": "not a UTC time",
    "2027-03-02T09:00:00+09:00": "not a UTC time",
    "2027-03-02T09:00:00.Z": "not a UTC time",
    "2027-03-02T09:00:00.1234567Z": "not a UTC time",
    "2027-03-02T09:00:00Z\n": "not a UTC time",
    " 2027-03-02T09:00:00Z": "not a UTC time",
    "2027-3-2T9:00:00Z": "not a UTC time",
    "12027-03-02T09:00:00Z": "not a UTC time",
    "0000-01-01T00:00:00Z": "not a time that exists",
    "2027-02-29T09:00:00Z": "not a time that exists",
    "2027-13-01T09:00:00Z": "not a time that exists",
    "2027-03-02T24:00:00Z": "not a time that exists",
    "2027-03-02T09:00:60Z": "not a time that exists",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_is_read(text: str) -> None:
    assert instants.parse(text) == ACCEPTED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match=REFUSED[text]):
        instants.parse(text)


@pytest.mark.parametrize("value", [None, 1806570000, 1.5, b"2027-03-02T09:00:00Z", ["2027-03-02T09:00:00Z"]])
def test_only_a_text_is_a_time(value: object) -> None:
    with pytest.raises(Malformed, match="the clock is not a UTC time"):
        instants.parse(value, "the clock")


@pytest.mark.parametrize("text", ["٢٠٢٧-03-02T09:00:00Z", "2027-03-02T09:00:0７Z"])
def test_digits_of_other_alphabets_are_refused(text: str) -> None:
    with pytest.raises(Malformed, match="not a UTC time"):
        instants.parse(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_was_written_is_read(instant: datetime) -> None:
    assert instants.parse(instants.text(instant)) == instant


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the zone is given below
def test_every_zone_is_written_as_utc(local: datetime, minutes: int) -> None:
    instant = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    written = instants.text(instant)
    assert written.endswith("Z")
    assert instants.parse(written) == instant


def test_a_naive_instant_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="zone"):
        instants.text(datetime(2027, 3, 2))  # noqa: DTZ001 - a naive one is what is refused
