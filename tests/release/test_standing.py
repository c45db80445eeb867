"""A standing release decides for a class, under a ceiling, to named authorities, in time: what is absent is closed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import dsse, strictjson
from comity.core.errors import Malformed, Refused
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release import standing
from comity.release.decide import decide
from comity.release.facts import Facts
from comity.release.question import Outcome, PartyReader
from comity.release.standing import StandingRelease, covers, originator_decision
from tests.keys import signer
from tests.release.fiction import at, memorandum, question, subject

TABLE = memorandum().equivalence
CERT = PartyReader("BO", "BO-CERT")
FROM, UNTIL = at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")
RELEASE = StandingRelease(
    id="sr-1",
    origin="AR",
    agreement="AR-BO-MOC",
    kinds=frozenset({"cyber.*"}),
    annexes=frozenset({"A"}),
    purposes=frozenset({"defence"}),
    to=frozenset({"BO-CERT"}),
    valid_from=FROM,
    valid_until=UNTIL,
    up_to_level="MID",
    up_to_tlp=Tlp.GREEN,
)


def own(**axes: Any) -> Label:
    return Label.of(OriginLabel("AR", **axes))


@pytest.mark.parametrize(
    ("release", "about", "expected"),
    [
        (RELEASE, subject(), True),
        (RELEASE, subject(own(level="MID", tlp=Tlp.GREEN)), True),
        (RELEASE, subject(own(level="HIGH")), False),
        (RELEASE, subject(own(level="no such level")), False),
        (RELEASE, subject(own(tlp=Tlp.AMBER)), False),
        (RELEASE, subject(kind="warning.alert/1"), False),
        (RELEASE, subject(annex=None), False),
        (RELEASE, subject(purpose=None), False),
        (RELEASE, subject(portions=(("p", own(level="HIGH")),)), False),
        (replace(RELEASE, up_to_level="SECRET"), subject(own(level="HIGH")), True),
        (replace(RELEASE, up_to_level="CONFIDENTIAL"), subject(own(level="HIGH")), False),
        (replace(RELEASE, up_to_level="no such level"), subject(own(level="no such level")), False),
        (replace(RELEASE, up_to_level=None), subject(own(level="LOW")), False),
        (RELEASE, subject(kind="cyberspace.alert/1"), False),
        (RELEASE, subject(own(personal=True)), True),
        (replace(RELEASE, refer=frozenset({"personal"})), subject(), True),
        (replace(RELEASE, up_to_tlp=Tlp.CLEAR), subject(), False),
        (replace(RELEASE, to=frozenset()), subject(), False),
        (replace(RELEASE, kinds=frozenset()), subject(), False),
        (replace(RELEASE, purposes=frozenset()), subject(), False),
        (replace(RELEASE, kinds=frozenset({"cyber"})), subject(), False),
        (replace(RELEASE, refer=frozenset({"personal"})), subject(own(personal=True)), False),
    ],
)
def test_covers(release: StandingRelease, about: Any, expected: bool) -> None:
    assert covers(release, about, CERT, TABLE, at()) is expected


def test_a_release_binds_only_in_time_and_for_its_audience() -> None:
    assert not covers(RELEASE, subject(), CERT, TABLE, at("2025-12-31T23:59:59Z"))
    assert covers(RELEASE, subject(), CERT, TABLE, FROM)
    assert not covers(RELEASE, subject(), CERT, TABLE, UNTIL)
    assert not covers(RELEASE, subject(), PartyReader("BO", "BO-ZOO"), TABLE, at())


def test_the_originators_decision() -> None:
    later = replace(RELEASE, id="sr-2", valid_from=at("2026-09-01T00:00:00Z"))
    assert originator_decision(subject(), CERT, [RELEASE], TABLE, at()) == ("sr-1", UNTIL)
    assert originator_decision(subject(), CERT, [later], TABLE, at()) == (False, later.valid_from)
    assert originator_decision(subject(), CERT, [], TABLE, at()) == (False, None)
    asks = replace(RELEASE, refer=frozenset({"level"}))
    assert originator_decision(subject(own(level="HIGH")), CERT, [asks], TABLE, at()) == (None, UNTIL)
    assert originator_decision(subject(own(tlp=Tlp.RED)), CERT, [asks], TABLE, at()) == (False, None)


KIND, PERSONAL = frozenset({"kind"}), frozenset({"personal"})


@pytest.mark.parametrize(
    ("refer", "about", "expected"),
    [
        (KIND, subject(kind="warning.alert/1"), None),
        (frozenset({"annex"}), subject(kind="warning.alert/1"), False),
        (KIND, subject(kind="warning.alert/1", annex="B"), False),
        (frozenset({"annex"}), subject(annex="B"), None),
        (frozenset({"purpose"}), subject(purpose="sport"), None),
        (frozenset({"tlp"}), subject(own(tlp=Tlp.RED)), None),
        (PERSONAL, subject(own(personal=True)), None),
        (PERSONAL, subject(own(personal=True), kind="warning.alert/1"), False),
        (PERSONAL, subject(kind="warning.alert/1"), False),
        (KIND | PERSONAL, subject(own(personal=True), kind="warning.alert/1"), None),
        (KIND, subject(own(personal=True), kind="warning.alert/1"), None),
        (frozenset(), subject(own(personal=True), kind="warning.alert/1"), False),
    ],
)
def test_a_person_is_asked_where_all_that_is_missing_was_left_to_one(
    refer: frozenset[str], about: Any, expected: bool | None
) -> None:
    found, _ = originator_decision(about, CERT, [replace(RELEASE, refer=refer)], TABLE, at())
    assert found is expected


def test_releases_are_read_in_the_order_of_their_ids_and_past_those_that_do_not_apply() -> None:
    over = replace(RELEASE, id="sr-0", valid_until=at("2026-01-02T00:00:00Z"))
    second = replace(RELEASE, id="sr-2")
    for listed in ([second, RELEASE, over], [over, RELEASE, second]):
        assert originator_decision(subject(), CERT, listed, TABLE, at())[0] == "sr-1"


def test_what_begins_at_this_instant_is_not_later() -> None:
    begun = replace(RELEASE, valid_from=at(), kinds=frozenset())
    assert originator_decision(subject(), CERT, [begun], TABLE, at()) == (False, None)


def test_what_is_left_after_removals_is_decided_anew() -> None:
    about = subject(own(level="HIGH"), portions=(("low", own(level="LOW")), ("high", own(level="HIGH"))))
    facts = Facts(holder="AR", standing=frozenset({RELEASE}), sanitisable=True)
    text = memorandum()
    found = decide(question(about, facts=facts), {text.ref: text}, at())
    assert (found.outcome, found.removals.portions, found.good_until) == (Outcome.SANITISE, frozenset({"high"}), UNTIL)


def test_without_a_ceiling_none_is_written() -> None:
    closed = replace(RELEASE, up_to_level=None, refer=frozenset({"level"}))
    assert "up_to_level" not in closed.as_json()
    assert standing.from_json(closed.canonical()) == closed


def test_json_round_trip_and_signature() -> None:
    raw = RELEASE.canonical()
    assert standing.from_json(raw) == RELEASE
    sealed = dsse.seal(standing.PAYLOAD_TYPE, raw, [signer("AR")])
    assert standing.verify(sealed, [signer("AR").public], "AR") == RELEASE
    with pytest.raises(Refused):
        standing.verify(sealed, [signer("BO").public], "AR")
    with pytest.raises(Malformed, match="speaks for AR"):
        standing.verify(dsse.seal(standing.PAYLOAD_TYPE, raw, [signer("BO")]), [signer("BO").public], "BO")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "comity-standing-release/2"},
        {"colour": "red"},
        {"kinds": None},
        {"kinds": ["a", "a"]},
        {"kinds": [""]},
        {"kinds": ["a", 1]},
        {"refer": ["everything"]},
        {"up_to_tlp": "TLP:PINK"},
        {"valid_until": "2026-01-01T00:00:00Z"},
        {"valid_from": "2026-01-01"},
        {"up_to_level": ""},
    ],
)
def test_what_is_unknown_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        standing.from_json(strictjson.canonical(RELEASE.as_json() | change))


@pytest.mark.parametrize("member", sorted(set(RELEASE.as_json()) - {"up_to_level"}))
def test_what_is_missing_is_refused(member: str) -> None:
    with pytest.raises(Malformed):
        standing.from_json(strictjson.canonical({k: v for k, v in RELEASE.as_json().items() if k != member}))


@given(st.binary(max_size=200))
def test_bytes_raise_only_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        standing.from_json(raw)
