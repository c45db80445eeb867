"""A clock counts as the text says, never ends before it began, and more holidays never make it shorter."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whenever import Date, Weekday

from comity.agreement.calendars import Calendar, public_holidays, set_known
from comity.agreement.check import check
from comity.agreement.clock import Due, Times, due_at, time_of
from comity.agreement.events import with_event
from comity.agreement.instrument import Term
from comity.agreement.span import Span, Unit
from comity.core.errors import Malformed
from comity.release.language import sentences
from tests.agreement.texts import at, read, small_json, term

FRIDAY = frozenset({Weekday.FRIDAY, Weekday.SATURDAY})
JERUSALEM = Calendar("IL", "Asia/Jerusalem", FRIDAY, "IL")
TOKYO = Calendar("JP", "Asia/Tokyo", named="JP")
WORDS = {"promptly": Span(24, Unit.HOURS), "in-due-time": Span(5, Unit.WORKING_DAYS)}
TIMES = Times(WORDS, {"IL": JERUSALEM, "JP": TOKYO})
PLAIN = Times({}, {"AA": Calendar("AA"), "BB": Calendar("BB")})


@pytest.mark.parametrize(
    ("time", "trigger", "actor", "due"),
    [
        (Span(24, Unit.HOURS), "2027-03-05T09:00", "IL", "2027-03-06T09:00"),
        ("promptly", "2027-03-05T09:00", "IL", "2027-03-06T09:00"),
        ("2027-03-05T10:00:00Z", "2027-03-05T09:00", "IL", "2027-03-05T10:00"),
        # A day ends at midnight in the capital of whoever must act: UTC+2 in Jerusalem, UTC+9 in Tokyo.
        ("2027-03-09", "2027-03-05T09:00", "IL", "2027-03-09T22:00"),
        ("2027-03-09", "2027-03-05T09:00", "JP", "2027-03-09T15:00"),
        (Span(10, Unit.DAYS), "2027-03-05T09:00", "JP", "2027-03-15T15:00"),
        # 20:00 UTC is the next day already in Tokyo.
        (Span(10, Unit.DAYS), "2027-03-05T20:00", "JP", "2027-03-16T15:00"),
        (Span(1, Unit.MONTHS), "2027-01-31T09:00", "JP", "2027-02-28T15:00"),
        # Summer time begins in Jerusalem on 26 March 2027: the day ends an hour earlier in UTC.
        (Span(1, Unit.MONTHS), "2027-03-01T09:00", "IL", "2027-04-01T21:00"),
        # Thursday 4 March 2027, two working days: Sunday and Monday in Israel, Friday and Monday in Japan; both Monday.
        (Span(2, Unit.WORKING_DAYS), "2027-03-04T09:00", "JP", "2027-03-08T15:00"),
        ("in-due-time", "2027-03-04T09:00", "IL", "2027-03-11T22:00"),
        ("immediately", "2027-03-05T09:00", "IL", "2027-03-05T09:00"),
        ("without-delay", "2027-03-05T09:00", "IL", None),
        ("on-completion-of-investigation", "2027-03-05T09:00", "IL", None),
        (None, "2027-03-05T09:00", "IL", None),
    ],
)
def test_every_way_of_saying_a_time(time: Span | str | None, trigger: str, actor: str, due: str | None) -> None:
    assert due_at(time, at(trigger), actor, TIMES).at == (None if due is None else at(due))


@pytest.mark.parametrize(
    ("whose", "day"),
    [("IL", "2027-03-07"), ("JP", "2027-03-08"), (None, "2027-03-07")],
)
def test_the_weekend_is_that_of_the_calendar_named_and_the_earliest_where_none_is(whose: str | None, day: str) -> None:
    """Friday 5 March 2027: the next working day is Sunday in Israel and Monday in Japan."""
    due = due_at(Span(1, Unit.WORKING_DAYS), at("2027-03-05T09:00"), "JP", TIMES, whose)
    assert due.at == TOKYO.end_of(Date.parse_iso(day))


def test_public_holidays_are_not_worked_and_are_named() -> None:
    """29 April to 5 May 2027 in Japan: five days of the Golden Week fall on weekdays."""
    due = due_at(Span(1, Unit.WORKING_DAYS), at("2027-05-02T09:00"), "JP", TIMES, "JP")
    assert due.at == TOKYO.end_of(Date(2027, 5, 6))
    [skipped] = [sentences().step(step) for step in due.steps if step.code == "skipped"]
    assert "2027-05-05 (Children's Day)" in skipped


def test_days_that_the_text_lists_are_not_worked() -> None:
    listed = Calendar("AA", days=frozenset({Date(2027, 3, 8)}))
    assert listed.working_days_after(Date(2027, 3, 5), 1) == Date(2027, 3, 9)
    assert listed.working_days_between(Date(2027, 3, 5), Date(2027, 3, 10)) == 2


def test_a_reckoning_is_told_step_by_step() -> None:
    due = due_at("in-due-time", at("2027-03-04T09:00"), "IL", TIMES)
    assert [step.code for step in due.steps] == [
        "trigger", "word", "from", "calendar", "skipped", "calendar", "skipped", "strictest", "end",
    ]  # fmt: skip
    assert all(sentences("fr").step(step) for step in due.steps)
    assert sentences().step(due.steps[2]) == "In the capital of IL (Asia/Jerusalem) it was 2027-03-04."


def test_what_nobody_knows_makes_a_clock_short_and_never_fails() -> None:
    odd = Calendar("AA", "Nowhere/Land", named="NOWHERE")
    due = due_at(Span(1, Unit.WORKING_DAYS), at("2027-03-05T09:00"), "AA", Times({}, {"AA": odd}))
    assert due.at == at("2027-03-09")
    assert public_holidays("NOWHERE", 2027) == {}
    assert not set_known("DE-NOWHERE")
    assert set_known("DE-BY")


@pytest.mark.parametrize(
    ("params", "time"),
    [
        ({"hours": 4}, Span(4, Unit.HOURS)),
        ({"days": 4}, Span(4, Unit.DAYS)),
        ({"working_days": 4}, Span(4, Unit.WORKING_DAYS)),
        ({"months": 4}, Span(4, Unit.MONTHS)),
        ({"word": "promptly"}, "promptly"),
        ({"deadline": "promptly"}, "promptly"),
        ({}, None),
    ],
)
def test_a_term_gives_its_time_in_one_of_five_ways(params: dict[str, int | str], time: Span | str | None) -> None:
    assert time_of(Term("1", "comity-recall-time", params, {})) == time


def test_a_running_clock_keeps_the_text_of_its_trigger() -> None:
    value = small_json()
    value["terms"] += [term("20", "comity-calendar", party="AA", zone="Asia/Tokyo")]
    changes = [{"article": "20", "zone": "America/New_York"}]
    amendment = {"kind": "amendment", "id": "A1", "signed": "2027-05-01", "in_force_from": "2027-06-01"}
    text = with_event(read(value), {**amendment, "changes": changes})
    before, after = (
        due_at("2027-07-01", at(day), "AA", Times.of(text, at(day))).at for day in ("2027-05-31", "2027-06-02")
    )
    assert (before, after) == (at("2027-07-01T15:00"), at("2027-07-02T04:00"))


INSTANTS = st.integers(0, 78 * 366 * 86400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
SPANS = st.builds(Span, st.integers(0, 40), st.sampled_from(Unit))
ZONES = st.sampled_from(
    [None, "Asia/Tokyo", "Asia/Jerusalem", "America/New_York", "Pacific/Kiritimati", "Nowhere/Land"]
)
DAYS = st.dates(date(2020, 1, 1), date(2099, 1, 1)).map(lambda day: Date(day.year, day.month, day.day))
CALENDARS = st.builds(
    Calendar,
    st.just("AA"),
    ZONES,
    st.frozensets(st.sampled_from(Weekday), max_size=3),
    st.just(None),
    st.frozensets(DAYS, max_size=5),
)


def both(one: Calendar, other: Calendar) -> Times:
    return Times({}, {"AA": one, "BB": other})


def later(due: Due, than: Due) -> bool:
    assert due.at is not None
    assert than.at is not None
    return due.at > than.at


@given(SPANS, INSTANTS, CALENDARS, CALENDARS)
def test_nothing_is_due_before_it_began(span: Span, trigger: datetime, one: Calendar, other: Calendar) -> None:
    due = due_at(span, trigger, "AA", both(one, other))
    assert due.at is not None
    assert due.at >= trigger
    assert {step.code for step in due.steps} <= set(sentences().clock)


@given(DAYS, INSTANTS, CALENDARS)
def test_a_written_day_is_never_before_the_trigger_either(day: Date, trigger: datetime, one: Calendar) -> None:
    due = due_at(day.format_iso(), trigger, "AA", both(one, one))
    assert due.at is not None
    assert due.at >= trigger


@given(SPANS, INSTANTS, CALENDARS, CALENDARS, st.integers(0, 60))
def test_one_holiday_more_never_makes_it_earlier(
    span: Span, trigger: datetime, one: Calendar, other: Calendar, ahead: int
) -> None:
    day = one.day_at(trigger + timedelta(days=ahead))
    more = Calendar(one.party, one.zone, one.weekend, one.named, one.days | {day})
    assert not later(due_at(span, trigger, "AA", both(one, other)), due_at(span, trigger, "AA", both(more, other)))


@given(SPANS, INSTANTS, CALENDARS, CALENDARS)
def test_a_longer_time_is_never_due_earlier(span: Span, trigger: datetime, one: Calendar, other: Calendar) -> None:
    longer = Span(span.count + 1, span.unit)
    assert not later(due_at(span, trigger, "AA", both(one, other)), due_at(longer, trigger, "AA", both(one, other)))


@given(SPANS, INSTANTS, CALENDARS, CALENDARS)
def test_where_nobody_is_named_it_is_never_later_than_by_either_calendar(
    span: Span, trigger: datetime, one: Calendar, other: Calendar
) -> None:
    free = due_at(span, trigger, "AA", both(one, other))
    for whose in ("AA", "BB"):
        assert not later(free, due_at(span, trigger, "AA", both(one, other), whose))


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ([term("20", "comity-calendar", party="CC")], "calendar of CC, which is not a party"),
        ([term("20", "comity-calendar", party="AA", zone="Nowhere/Land")], "no time zone 'Nowhere/Land'"),
        ([term("20", "comity-calendar", party="AA", holiday_set="XX")], "no holiday set 'XX'"),
        ([term("20", "comity-calendar", party="AA", holidays=["tomorrow"])], "a holiday is a date"),
        ([term("20", "comity-recall-time", working_days=2, calendar="CC")], "working days of CC"),
        ([term("20", "comity-recall-time", working_days=2)], "no calendar says which those are"),
        ([term("20", "comity-recall-time", working_days=2, hours=4)], "gives its time twice"),
        ([term(n, "comity-calendar", party="AA") for n in ("20", "21")], "AA has 2 calendars"),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_found_before_signature(terms: list[dict[str, object]], says: str) -> None:

    value = small_json()
    value["terms"] += terms
    assert any(says in problem.text for problem in check(read(value))), [str(problem) for problem in check(read(value))]


def test_a_weekend_is_of_weekdays() -> None:
    value = small_json()
    value["terms"] += [term("20", "comity-calendar", party="AA", weekend=["someday"])]
    with pytest.raises(Malformed, match="someday"):
        read(value)
