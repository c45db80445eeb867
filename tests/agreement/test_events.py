"""An event is typed by its kind, comes from a party, and counts from the instant it says."""

from typing import Any

import pytest

from comity.agreement.events import with_event
from comity.agreement.life import State, amendment_of, status_at, terms_at
from comity.core.errors import Malformed, Refused
from tests.agreement.texts import at, event, small

AMENDMENT: dict[str, Any] = {
    "kind": "amendment",
    "id": "AM-1",
    "signed": "2027-01-10",
    "in_force_from": "2027-03-01",
    "changes": [{"article": "5", "up_to": "AMBER"}, {"article": "8(2)", "notice_months": 12}],
}


def test_an_amendment_counts_from_its_own_entry_into_force() -> None:
    amended = with_event(small(), AMENDMENT)
    for day, up_to, cited in (("2027-02-28", "GREEN", None), ("2027-03-01", "AMBER", "AM-1")):
        terms = {entry.article: entry for entry in terms_at(amended, at(day))}
        assert terms["5"].params["up_to"] == up_to
        assert amendment_of(amended, "5", at(day)) == cited
        assert amendment_of(amended, "4", at(day)) is None
    assert status_at(amended, at("2027-02-01")).until == at("2027-03-01")


def test_a_notice_runs_by_the_text_in_force_when_it_was_given() -> None:
    amended = with_event(small(), AMENDMENT)
    before = with_event(amended, event("termination-notice", "AA", "2027-02-28"))
    after = with_event(amended, event("termination-notice", "AA", "2027-03-01"))
    assert status_at(before, at("2027-08-28")).state is State.ENDED
    assert status_at(after, at("2028-02-29")).state is State.IN_FORCE
    assert status_at(after, at("2028-03-01")).state is State.ENDED


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"changes": [{"article": "99", "up_to": "AMBER"}]}, "99"),
        ({"changes": [{"article": "5", "colour": "AMBER"}]}, "colour"),
        ({"changes": [{"article": "5", "up_to": "PINK"}]}, "PINK"),
        ({"in_force_from": "2027-02-30"}, "date"),
        ({"kind": "coup"}, "coup"),
        ({"extra": "x"}, "extra"),
    ],
)
def test_an_event_we_cannot_read_is_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        with_event(small(), {**AMENDMENT, **changed})


def test_a_stranger_gives_no_notice() -> None:
    with pytest.raises(Refused, match="CC is not a party"):
        with_event(small(), event("suspension", "CC", "2027-01-01"))
