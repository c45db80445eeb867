"""Force is computed from the signed text and the events known, and no notice or suspension ever adds to it."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.agreement.instrument import Agreement
from comity.agreement.life import State, status_at
from tests.agreement.texts import at, event, published, term

SIGNED, PROVISIONAL, IN_FORCE = State.SIGNED, State.PROVISIONAL, State.IN_FORCE
SUSPENDED, ENDED, DISPUTED = State.SUSPENDED, State.ENDED, State.DISPUTED

# Dates and periods as published; the terms are cut to what speaks of the text's life.
CH_KR = {
    "signed": "2022-12-16",
    "in_force_from": "2023-02-02",
    "duration": "5y then automatic extension by 1y unless notice",
    "non_renewal_notice_months": 6,
}
CH_KR_TERMS = [
    term("15(1)", "entry-into-force"),
    term("15(2)", "renewal", initial_years=5, extension_years=1, notice_months=6),
    term("15(3)", "survival", survives=["6"]),
]
JP_KR = {
    "signed": "2016-11-23",
    "in_force_from": "2016-11-23",
    "duration": "1y, automatically extended yearly unless notice",
    "non_renewal_notice_days": 90,
}
JP_KR_TERMS = [term("19", "disputes"), term("21(3)", "renewal", notice_days=90), term("21(4)", "survival")]
CH_IL = {"signed": "2012-02-02", "in_force_from": "2012-02-02", "duration": "indefinite"}
CH_IL_TERMS = [
    term("XIV(1)", "entry-into-force", rule_text="on-signature"),
    term("XIV(2)", "termination", notice_months=6),
    term("XIV(3)", "survival"),
    term("XV", "suspension"),
]
PENDING = {"signed": "2013-01-10", "in_force_from": None, "duration": "indefinite"}


def entry(rule: str) -> list[dict[str, Any]]:
    return [term("14(1)", "entry-into-force", rule_text=rule)]


@dataclass(frozen=True)
class Case:
    about: str
    status: dict[str, Any]
    terms: list[dict[str, Any]]
    now: str
    state: State
    cites: tuple[str, ...]
    events: list[dict[str, str]] = field(default_factory=list)
    until: str | None = None
    flags: tuple[str, ...] = ()
    parties: tuple[str, ...] = ("CH", "KR")


QUIT = event("termination-notice", "CH", "2025-01-10")
HALT = event("suspension", "KR", "2025-01-10")
BY_THE_OTHER = event("notice-effect-suspended", "CH", "2019-11-22")
ON_THE_END = event("notice-effect-suspended", "KR", "2019-11-23")
NOTES = [event("notification", "KR", "2014-06-02"), event("notification", "CH", "2014-09-05")]
IN_TIME = event("non-renewal-notice", "KR", "2027-06-01")
TOO_LATE = event("non-renewal-notice", "KR", "2027-10-01")
ON_THE_DAY = event("non-renewal-notice", "KR", "2027-08-02")
JP_NOTICE = event("non-renewal-notice", "KR", "2019-08-23")
HELD_BACK = event("notice-effect-suspended", "KR", "2019-11-22")
SIX = {"termination_notice_months": 6}
ETW = {"signed": "1984-01-01", "in_force_from": "1984-01-01", "duration": "until terminated"}
ETW_TERMS = [term("47", "withdrawal", notice_months=12), term("48", "survival")]
FOUR = ("DE", "FR", "GB", "NL")

CASES = [
    Case(
        "before signature", CH_KR, CH_KR_TERMS, "2022-12-01", SIGNED, ("15(1)",), [], "2022-12-16", ("not yet signed",)
    ),
    Case("signed, not in force", CH_KR, CH_KR_TERMS, "2023-01-01", SIGNED, ("15(1)",), [], "2023-02-02"),
    Case("first instant in force", CH_KR, CH_KR_TERMS, "2023-02-02", IN_FORCE, ("15(1)",), [], "2028-02-02"),
    Case("notice in time ends it", CH_KR, CH_KR_TERMS, "2028-04-02", ENDED, ("15(2)", "15(3)"), [IN_TIME]),
    Case(
        "and not a day earlier", CH_KR, CH_KR_TERMS, "2028-02-01", IN_FORCE, ("15(2)", "15(1)"), [IN_TIME], "2028-02-02"
    ),
    Case("on the last day is in time", CH_KR, CH_KR_TERMS, "2028-02-02", ENDED, ("15(2)", "15(3)"), [ON_THE_DAY]),
    Case("no notice renews", CH_KR, CH_KR_TERMS, "2028-06-02", IN_FORCE, ("15(2)", "15(1)")),
    Case(
        "a late notice has no effect and is shown",
        CH_KR,
        CH_KR_TERMS,
        "2028-06-02",
        IN_FORCE,
        ("15(2)", "15(1)"),
        [TOO_LATE],
        "2029-02-02",
        ("late notice",),
    ),
    Case("nor in the year after", CH_KR, CH_KR_TERMS, "2029-03-01", IN_FORCE, ("15(2)", "15(1)"), [TOO_LATE]),
    Case("92 days before a yearly end", JP_KR, JP_KR_TERMS, "2019-11-23", ENDED, ("21(3)", "21(4)"), [JP_NOTICE]),
    Case(
        "a notice held back leaves two readings",
        JP_KR,
        JP_KR_TERMS,
        "2020-03-01",
        DISPUTED,
        ("21(3)", "19", "21(4)"),
        [JP_NOTICE, HELD_BACK],
        None,
        ("disputed",),
    ),
    Case(
        "which differ only after the end",
        JP_KR,
        JP_KR_TERMS,
        "2019-11-22",
        IN_FORCE,
        ("21(3)",),
        [JP_NOTICE, HELD_BACK],
        "2019-11-23",
    ),
    Case(
        "one party cannot hold back the other's",
        JP_KR,
        JP_KR_TERMS,
        "2020-03-01",
        ENDED,
        ("21(3)", "21(4)"),
        [JP_NOTICE, BY_THE_OTHER],
    ),
    Case(
        "too late to hold it back", JP_KR, JP_KR_TERMS, "2020-03-01", ENDED, ("21(3)", "21(4)"), [JP_NOTICE, ON_THE_END]
    ),
    Case(
        "denounced, running on", CH_IL, CH_IL_TERMS, "2025-07-09", IN_FORCE, ("XIV(2)", "XIV(1)"), [QUIT], "2025-07-10"
    ),
    Case("denounced, six months on", CH_IL, CH_IL_TERMS, "2025-07-10", ENDED, ("XIV(2)", "XIV(3)"), [QUIT]),
    Case(
        "the notice names its day",
        CH_IL,
        CH_IL_TERMS,
        "2025-08-01",
        IN_FORCE,
        ("XIV(2)", "XIV(1)"),
        [event("termination-notice", "CH", "2025-01-10", effective="2025-09-01")],
        "2025-09-01",
    ),
    Case(
        "a day too soon is shown",
        CH_IL,
        CH_IL_TERMS,
        "2025-02-01",
        ENDED,
        ("XIV(2)", "XIV(3)"),
        [event("termination-notice", "CH", "2025-01-10", effective="2025-02-01")],
        None,
        ("short notice",),
    ),
    Case("suspended at once", CH_IL, CH_IL_TERMS, "2025-01-10", SUSPENDED, ("XV",), [HALT]),
    Case("and before that not", CH_IL, CH_IL_TERMS, "2025-01-09", IN_FORCE, ("XIV(1)",), [HALT], "2025-01-10"),
    Case(
        "to the very instant",
        CH_IL,
        CH_IL_TERMS,
        "2025-01-10T08:59",
        IN_FORCE,
        ("XIV(1)",),
        [event("suspension", "KR", "2025-01-10T09:00:00Z")],
        "2025-01-10T09:00",
    ),
    Case(
        "lifted by whoever suspended",
        CH_IL,
        CH_IL_TERMS,
        "2025-03-01",
        IN_FORCE,
        ("XIV(1)",),
        [HALT, event("comity-suspension-lifted", "KR", "2025-02-01")],
    ),
    Case(
        "and by nobody else",
        CH_IL,
        CH_IL_TERMS,
        "2025-03-01",
        SUSPENDED,
        ("XV",),
        [HALT, event("comity-suspension-lifted", "CH", "2025-02-01")],
    ),
    Case(
        "suspended without an article",
        CH_KR,
        CH_KR_TERMS,
        "2025-03-01",
        SUSPENDED,
        (),
        [HALT],
        "2028-02-02",
        ("suspension without an article",),
    ),
    Case(
        "provisionally applied",
        {**PENDING, "provisional_from": "2013-01-10"},
        [term("20(2)", "provisional"), *entry("on-last-notification")],
        "2013-01-15",
        PROVISIONAL,
        ("20(2)", "14(1)"),
    ),
    Case(
        "a provisional clause is enough", PENDING, [term("20(2)", "provisional")], "2013-01-15", PROVISIONAL, ("20(2)",)
    ),
    Case("one note is not two", PENDING, entry("on-last-notification"), "2020-01-01", SIGNED, ("14(1)",), NOTES[:1]),
    Case("on the last note", PENDING, entry("on-last-notification"), "2014-09-05", IN_FORCE, ("14(1)",), NOTES),
    Case(
        "first of the month after",
        PENDING,
        entry("first-day-of-month-after-last-notification"),
        "2014-09-30",
        SIGNED,
        ("14(1)",),
        NOTES,
        "2014-10-01",
    ),
    Case(
        "first of the second month",
        PENDING,
        entry("first-day-of-second-month-after-last-notification"),
        "2014-10-31",
        SIGNED,
        ("14(1)",),
        NOTES,
        "2014-11-01",
    ),
    Case(
        "of one party's note",
        PENDING,
        entry("first-day-of-second-month-after-notification"),
        "2014-08-01",
        IN_FORCE,
        ("14(1)",),
        NOTES[:1],
    ),
    Case("on signature", PENDING, entry("on-signature"), "2013-01-10", IN_FORCE, ("14(1)",)),
    Case(
        "at most three years",
        {**CH_IL, "duration": "max 3y"},
        [term("44", "duration", survives=["31-42"])],
        "2015-02-02",
        ENDED,
        ("44",),
    ),
    Case(
        "extensions, which no event could record",
        {**CH_IL, "duration": "2y+extensions"},
        [term("44", "duration")],
        "2014-02-02",
        IN_FORCE,
        ("44",),
    ),
    Case(
        "a notice about no term",
        CH_IL,
        CH_IL_TERMS,
        "2026-01-01",
        DISPUTED,
        ("XIV(3)",),
        [event("non-renewal-notice", "CH", "2025-01-10")],
        None,
        ("disputed",),
    ),
    Case(
        "one of four leaves",
        ETW,
        ETW_TERMS,
        "1987-03-01",
        IN_FORCE,
        (),
        [event("withdrawal-notice", "FR", "1986-03-01")],
        None,
        (),
        FOUR,
    ),
    Case(
        "three of four leave",
        ETW,
        ETW_TERMS,
        "1990-01-01",
        ENDED,
        ("47", "48"),
        [event("withdrawal-notice", by, "1986-03-01") for by in FOUR[:3]],
        None,
        (),
        FOUR,
    ),
]


def build(case: Case) -> Agreement:
    return published({**case.status, "events": case.events}, case.terms, case.parties)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_each_life_has_its_state_its_article_and_its_next_instant(case: Case) -> None:
    status = status_at(build(case), at(case.now))
    assert (status.state, status.cites, status.flags) == (case.state, case.cites, case.flags)
    assert status.until == (None if case.until is None else at(case.until))


def test_a_late_notice_and_a_renewal_cite_the_renewal_article_first() -> None:
    late = published({**CH_KR, "events": [TOO_LATE]}, CH_KR_TERMS)
    assert status_at(late, at("2027-11-01")).cites[0] == "15(2)"


@pytest.mark.parametrize(
    ("article", "survives"),
    [("6", True), ("6(2)(a)", True), ("16", False), ("4", False), ("15(3)", False)],
)
def test_only_the_articles_named_survive(article: str, survives: bool) -> None:
    assert status_at(published(CH_KR, CH_KR_TERMS), at("2030-01-01")).survives(article) is survives


def test_a_survival_clause_that_names_nothing_keeps_everything() -> None:
    status = status_at(published(CH_IL, CH_IL_TERMS), at("2030-01-01"))
    assert status.survivors is None
    assert status.survives("VI(2)(d)")


@pytest.mark.parametrize(
    ("terms", "survivors"),
    [
        ([term("1", "duration", survives=["31-42"])], {"31-42"}),
        ([term("1", "duration", survives=["31-42"]), term("2", "survival")], None),
        ([term("1", "survival", survives=["4"]), term("2", "survival", survives=["6"])], {"4", "6"}),
        ([term("1", "survival", survives=["4"]), term("2", "termination-survival")], None),
        ([term("1", "access")], None),
    ],
)
def test_several_survival_clauses_keep_the_most(terms: list[dict[str, Any]], survivors: set[str] | None) -> None:
    assert status_at(published(CH_IL, terms), at("2030-01-01")).survivors == survivors


def test_a_party_that_left_is_named() -> None:
    agreement = published({**ETW, "events": [event("withdrawal-notice", "FR", "1986-03-01")]}, ETW_TERMS, FOUR)
    assert status_at(agreement, at("1987-02-28")).withdrawn == frozenset()
    assert status_at(agreement, at("1987-03-01")).withdrawn == {"FR"}


def test_suspended_and_disputed_provide_nothing_new() -> None:
    for case in CASES:
        status = status_at(build(case), at(case.now))
        assert status.provides == (case.state in (IN_FORCE, PROVISIONAL))
        assert status.suspended_provision == (case.state in (SUSPENDED, DISPUTED))


DAYS = st.dates(at("2015-01-01").date(), at("2035-12-31").date()).map(lambda day: day.isoformat())
KINDS = (
    "non-renewal-notice",
    "notice-effect-suspended",
    "suspension",
    "termination-notice",
    "comity-suspension-lifted",
)
EVENTS = st.builds(event, st.sampled_from(KINDS), st.sampled_from(("CH", "KR")), DAYS)
LIVES = st.sampled_from([(CH_KR, CH_KR_TERMS), (JP_KR, JP_KR_TERMS), (CH_IL, CH_IL_TERMS)])
STOPS = st.builds(
    event,
    st.sampled_from(("suspension", "termination-notice", "withdrawal-notice")),
    st.sampled_from(("CH", "KR")),
    DAYS,
)


@given(LIVES, st.lists(EVENTS, max_size=4), STOPS, DAYS)
def test_no_suspension_or_termination_adds_force(
    life: tuple[dict[str, Any], Any], events: list[dict[str, str]], stop: dict[str, str], day: str
) -> None:
    without = status_at(published({**life[0], "events": events}, life[1]), at(day))
    with_it = status_at(published({**life[0], "events": [*events, stop]}, life[1]), at(day))
    assert without.provides or not with_it.provides
    assert without.state is not ENDED or with_it.state is ENDED


@given(LIVES, st.lists(EVENTS, max_size=4), DAYS, st.integers(0, 10_000))
def test_an_answer_holds_until_the_instant_it_names(
    life: tuple[dict[str, Any], Any], events: list[dict[str, str]], day: str, hours: int
) -> None:
    agreement = published({**life[0], "events": events}, life[1])
    status = status_at(agreement, at(day))
    later = at(day) + timedelta(hours=hours)
    if status.until is None or later < status.until:
        assert replace(status_at(agreement, later), until=None) == replace(status, until=None)
