"""A text not in force is applied provisionally once every party told so, until one leaves (VCLT Article 25)."""

from dataclasses import replace

import pytest

from comity.agreement.life import State, status_at
from tests.agreement.test_life import ENDED, IN_FORCE, NOTES, PENDING, PROVISIONAL, SIGNED
from tests.agreement.texts import at, event, published, term

NOTED = [term("14(1)", "entry-into-force", rule_text="on-last-notification"), term("15", "survival")]
ON, OFF = "comity-provisional", "comity-provisional-ended"
BOTH_TOLD = [event(ON, "CH", "2013-02-01"), event(ON, "KR", "2013-03-01")]
PROVISIONALLY = [
    ("one party alone applies nothing", BOTH_TOLD[:1], "2013-06-01", SIGNED, ("14(1)",)),
    ("from the later of both", BOTH_TOLD, "2013-03-01", PROVISIONAL, ("14(1)",)),
    ("and not before", BOTH_TOLD, "2013-02-28", SIGNED, ("14(1)",)),
    ("one leaves", [*BOTH_TOLD, event(OFF, "KR", "2013-05-01")], "2013-05-01", ENDED, ("14(1)", "15")),
    ("until then it is applied", [*BOTH_TOLD, event(OFF, "KR", "2013-05-01")], "2013-04-30", PROVISIONAL, ("14(1)",)),
    ("ended before it began", [event(OFF, "KR", "2013-01-20"), *BOTH_TOLD], "2013-06-01", ENDED, ("14(1)", "15")),
    (
        "in force it ends no more",
        [*BOTH_TOLD, *NOTES, event(OFF, "KR", "2014-10-01")],
        "2014-11-01",
        IN_FORCE,
        ("14(1)",),
    ),
]


@pytest.mark.parametrize(
    ("about", "events", "now", "state", "cites"), PROVISIONALLY, ids=[row[0] for row in PROVISIONALLY]
)
def test_provisional_application_begins_and_ends_by_what_the_parties_tell(
    about: str, events: list[dict[str, str]], now: str, state: State, cites: tuple[str, ...]
) -> None:  # the row's name
    status = status_at(published({**PENDING, "events": events}, NOTED), at(now))
    assert (status.state, status.cites) == (state, cites)


def test_a_contested_declaration_applies_nothing() -> None:
    told = [{**one, "contested": True} for one in BOTH_TOLD[:1]] + BOTH_TOLD[1:]
    text = published({**PENDING, "events": []}, NOTED)
    contested = replace(text, life=replace(text.life, events=tuple(told)))
    assert status_at(contested, at("2013-06-01")).state is SIGNED


def test_a_text_made_for_some_years_is_applied_provisionally_no_longer() -> None:
    """It ends after the whole time for which it was made; one that renews itself, or came into force, does not."""
    made = {**PENDING, "events": BOTH_TOLD, "duration": "max 3y"}
    assert status_at(published(made, NOTED), at("2016-02-28")).state is PROVISIONAL
    assert status_at(published(made, NOTED), at("2016-03-02")).state is ENDED
    renewing = {**made, "duration": "3y then automatic extension by 1y unless notice"}
    assert status_at(published(renewing, NOTED), at("2016-03-02")).state is PROVISIONAL
    entered = {**made, "events": [*BOTH_TOLD, *NOTES]}
    assert status_at(published(entered, NOTED), at("2016-03-02")).state is IN_FORCE
