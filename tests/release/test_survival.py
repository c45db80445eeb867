"""What outlives a text: all of it, its listed articles, until released, or until its return is asked for; and what an
amendment changes of what was begun before it."""

from typing import Any

import pytest

from comity.release.register import clock
from tests.agreement.texts import at as day
from tests.agreement.texts import read, small_json
from tests.release.fiction import ask, owed, person, term, thing

THIRD = term("third-party", "6", requires="prior-written-consent", consent_from="originator")
COPY = term("copy-consent", "7", requires="written-consent", consent_from="originator")
QUIT = {"kind": "termination-notice", "by": "BO", "received": "2026-01-10"}
LEAVING = term("termination", "14", notice_months=1)


def after_the_end(action: str, *terms: dict[str, Any], events: tuple[dict[str, Any], ...] = (), **more: Any) -> Any:
    """Borland, which was given Arland's thing, after the text ended."""
    context = {"holder": "BO", **more.pop("context", {})}
    reader = person("CO") if action == "onward-release" else person()
    return ask(action, LEAVING, *terms, reader=reader, context=context, events=[QUIT, *events], **more)


def test_all_survives_where_the_text_lists_nothing() -> None:
    for rule in (THIRD, COPY):
        action = "onward-release" if rule is THIRD else "copy"
        got = after_the_end(action, rule, term("survival", "15"))
        assert (got["decision"], got["articles"][0]) == ("needs-consent", rule["article"])


def test_listed_articles_survive_and_the_end_lifts_no_other_bar() -> None:
    """CH-KR 15(3) names one article. What another one barred is not free for that: it is asked for, and cited."""
    listed = term("survival", "15", survives=["6"])
    assert after_the_end("onward-release", THIRD, COPY, listed)["decision"] == "needs-consent"
    got = after_the_end("copy", THIRD, COPY, listed)
    assert (got["decision"], got["articles"][0]) == ("needs-consent", "7")


UNTIL = term("survival", "15", until="released")


@pytest.mark.parametrize(
    ("event", "decision"),
    [
        (None, "needs-consent"),
        ({"by": "AR", "on": "2026-04-01", "scope": "all"}, "allow"),
        ({"by": "AR", "on": "2026-06-01", "scope": "all"}, "needs-consent"),
        ({"by": "BO", "on": "2026-04-01", "scope": "all"}, "needs-consent"),
        ({"by": "AR", "on": "2026-04-01", "scope": "another thing"}, "needs-consent"),
    ],
    ids=["nobody released it", "its originator did", "not yet", "the holder did", "of another thing"],
)
def test_until_released_means_by_its_originator(event: dict[str, str] | None, decision: str) -> None:
    events = () if event is None else ({"kind": "released-from-duty", **event},)
    got = after_the_end("copy", COPY, UNTIL, events=events)
    assert got["decision"] == decision
    if decision == "allow":
        assert got["articles"][0] == "15"


def test_one_originator_frees_nothing_of_another() -> None:
    """A thing of two: Arland's word ends what is owed to Arland, and Coland is protected as before."""
    two = thing(sources=[{"id": "s1", "origin": "CO", "level": "HIGH"}])
    event = {"kind": "released-from-duty", "by": "AR", "on": "2026-04-01", "scope": "all"}
    got = after_the_end("copy", COPY, UNTIL, events=(event,), about=two)
    assert ("keep-protecting", "BO") in owed(got)
    assert "15" in got["articles"]


def test_return_on_request_is_owed_after_the_end() -> None:
    asked = {"event": {"kind": "return-requested", "by": "AR", "on": "2026-05-01"}}
    got = after_the_end("retain", term("survival", "15"), context=asked)
    assert ("return", "BO") in owed(got)


def test_a_bar_is_asked_by_the_text_as_it_is_now() -> None:
    change = {"article": "3", "max_en": "CONFIDENTIAL"}
    amendment = {"kind": "amendment", "id": "AM-1", "signed": "2026-01-01", "in_force_from": "2026-05-02"}
    events = [{**amendment, "changes": [change]}]
    ceiling = term("max-level", "3", max_en="SECRET")
    before = ask("release", ceiling, events=events, now="2026-05-01T23:59:59Z")
    after = ask("release", ceiling, events=events, now="2026-05-02T00:00:00Z")
    assert (before["decision"], after["decision"]) == ("allow", "deny")
    assert ("cite-amendment", "node") in owed(after)


def test_a_running_clock_keeps_the_text_of_its_trigger() -> None:
    """Saturday became a working day on 27 February: what was set off on the 26th is due by the old week."""
    value = small_json()
    value["terms"].append(
        term("comity-calendar", "9", party="AA", weekend=["saturday", "sunday"]) | {"text": {"en": "x"}}
    )
    change = {"article": "9", "weekend": ["sunday"]}
    value["life"]["events"] = [
        {"kind": "amendment", "id": "AM-1", "signed": "2027-01-01", "in_force_from": "2027-02-27", "changes": [change]}
    ]
    text = read(value)
    old, new = (
        clock("1 working day", day(when), "AA", text, "AA").at for when in ("2027-02-26T09:00", "2027-03-05T09:00")
    )
    assert old is not None
    assert new is not None
    assert old.date().isoformat() == "2027-03-02"
    assert new.date().isoformat() == "2027-03-07"
