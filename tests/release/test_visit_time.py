"""How long before a visit its request must come is counted in the host's own working days, weekend and holidays."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from comity.agreement.instrument import Agreement, Term
from comity.labels.label import Label, OriginLabel
from comity.release.decide import decide
from comity.release.facts import Facts, Visit
from comity.release.question import Act, PartyReader, Question, Subject
from tests.joined import example

NOW = datetime(2027, 4, 20, 9, tzinfo=UTC)
CALENDARS = {
    "none": (),
    "golden week": (Term("0", "comity-calendar", {"party": "JP", "holiday_set": "JP"}, {"en": "FICTIONAL."}),),
    "friday and saturday": (
        Term("0", "comity-calendar", {"party": "JP", "weekend": ("friday", "saturday")}, {"en": "FICTIONAL."}),
    ),
    "another's holidays": (Term("0", "comity-calendar", {"party": "IL", "holiday_set": "IL"}, {"en": "FICTIONAL."}),),
}


def text(days: int, calendar: str) -> Agreement:
    """The example, asking so many working days of requests to visit Japan."""
    kept = tuple(one for one in example().terms if one.rule not in ("visit-lead-time", "comity-calendar"))
    lead = Term("9(2)", "visit-lead-time", {"lead_working_days": {"JP": days}}, {"en": "FICTIONAL."})
    return replace(example(), terms=(*kept, lead, *CALENDARS[calendar]))


def codes(agreement: Agreement, starts: date) -> set[str]:
    visit = Visit("JP", submitted=date(2027, 4, 26), starts=starts)
    subject = Subject("visit-request", Label.of(OriginLabel("JP")))
    facts = Facts(holder="JP", visit=visit)
    question = Question(agreement.ref, "in-force", Act.VISIT, subject, PartyReader("IL", "IL"), facts)
    return {one.code for one in decide(question, {agreement.ref: agreement}, NOW).findings}


@pytest.mark.parametrize(
    ("calendar", "days"), [("none", 9), ("golden week", 5), ("friday and saturday", 8), ("another's holidays", 9)]
)
def test_the_hosts_days_count(calendar: str, days: int) -> None:
    """From Monday 26 April to Friday 7 May 2027: Japan's Golden Week has 29 April and 3 to 5 May."""
    starts = date(2027, 5, 7)
    assert "visit-in-time" in codes(text(days, calendar), starts)
    assert "visit-too-late" in codes(text(days + 1, calendar), starts)
