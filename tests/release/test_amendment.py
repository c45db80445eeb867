"""What an amendment would change is computed by asking: nothing for the same text, the mirror for the way back, and
every class that any sample finds to change stands in a group."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.agreement.instrument import Agreement, Term
from comity.agreement.wording import changes
from comity.release.amendment import ALLOWS, BARS, FREES, OWES, Comparison, Group, compare, instant_for
from comity.release.axes import axes
from comity.release.decide import decide
from comity.release.named import Names, Value
from comity.release.regions import in_state, scheme_of
from comity.release.watching import Region, first_of
from tests.release.fiction import clause, memorandum

PLAIN = memorandum()


def small(*terms: Term) -> Agreement:
    """Arland and Borland's memorandum with few articles, so that a comparison is quick."""
    kept = tuple(term for term in PLAIN.terms if term.article in ("2(1)", "3(1)", "3(2)", "5(1)"))
    replaced = {term.article for term in terms}
    return replace(PLAIN, terms=(*(term for term in kept if term.article not in replaced), *terms))


AMENDED: dict[str, tuple[Agreement, Agreement]] = {
    "TLP widened": (small(), small(clause("3(1)", "comity-tlp", up_to="RED"))),
    "silence denies": (small(), small(clause("3(2)", "comity-releasability", unstated="deny"))),
    "a ceiling": (small(), small(clause("7(1)", "max-level", max_en="CONFIDENTIAL"))),
    "no briefing asked": (
        small(),
        small(clause("5(1)", "access", need_to_know=True, clearance_from_level="SECRET", briefed=True)),
    ),
    "a channel": (small(), small(clause("8(1)", "transmission", approved_channels=("diplomatic-bag",)))),
    "a loss is told": (small(), small(clause("8(1)", "compromise", first_hours=24))),
    "visits": (small(), small(clause("8(1)", "visit", requires="host-approval"))),
    "an authority goes": (small(), replace(small(), authorities=small().authorities[:1])),
    "copies": (small(), small(clause("8(1)", "copy-consent", requires="written-consent", consent_from="originator"))),
}


@cache
def found(name: str, *, back: bool = False) -> Comparison:
    old, new = AMENDED[name]
    return compare(new, old) if back else compare(old, new)


@cache
def world(name: str) -> tuple[dict[str, tuple[Value, ...]], Any, Any]:
    now = instant_for(*AMENDED[name])
    every = axes(*AMENDED[name], now)
    return every, scheme_of(Names(AMENDED[name], now), every), now


def test_the_same_text_changes_nothing() -> None:
    again = replace(small(), version=2)
    assert compare(small(), again).groups == ()
    assert changes(small(), again) == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["TLP widened", "a ceiling"])
def test_the_way_back_is_the_mirror(name: str) -> None:
    mirror = {ALLOWS: BARS, BARS: ALLOWS, OWES: FREES, FREES: OWES}
    there = {_key(group, group.effect) for group in found(name).groups}
    back = {_key(_turned(group), mirror[group.effect]) for group in found(name, back=True).groups}
    assert there == back
    assert [one.mirrored() for one in changes(*AMENDED[name])] == list(changes(*reversed(AMENDED[name])))


def _turned(group: Group) -> Group:
    return replace(group, was=group.becomes, was_by=group.becomes_by, becomes=group.was, becomes_by=group.was_by)


def _key(group: Group, effect: str) -> tuple[Any, ...]:
    shown = frozenset(tuple(sorted(one.items())) for one in group.classes)
    return effect, group.was, group.was_by, group.becomes, group.becomes_by, group.alone, shown


@pytest.mark.slow
@pytest.mark.parametrize("name", AMENDED)
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_whatever_class_changes_is_in_a_group(name: str, data: st.DataObject) -> None:
    """No axis is forgotten: a class drawn over every axis at once, and asked under both texts.

    An article that was not compared to its end is named as such: what is missing is never missing in silence.
    """
    every, scheme, now = world(name)
    drawn = {
        axis: data.draw(st.one_of(st.just(values[0]), st.sampled_from(values)), label=axis)
        for axis, values in every.items()
    }
    force = drawn["force"].fields["force"]
    region: Region = {axis: (value,) for axis, value in drawn.items()}
    answers = []
    for text in AMENDED[name]:
        as_if = in_state(text, force, now)
        answers.append(decide(first_of(region, scheme, as_if), {as_if.ref: as_if}, now).outcome)
    if answers[0] != answers[1]:
        effect = ALLOWS if answers[1] < answers[0] else BARS
        told = any(_within(drawn, one) for group in found(name).of(effect) for one in group.classes)
        assert told or found(name).unfinished, drawn


def _within(drawn: Mapping[str, Value], one: Mapping[str, tuple[str, ...]]) -> bool:
    return all(drawn[axis].words in words for axis, words in one.items())


@pytest.mark.slow
def test_what_is_newly_allowed_is_said_with_both_articles() -> None:
    group = found("TLP widened").of(ALLOWS)[0]
    assert (group.was, group.becomes) == ("deny", "allow")
    assert group.was_by[0] == group.becomes_by[-1] == "3(1)"
    assert {words for one in group.classes for words in one["tlp"]} == {"TLP:AMBER+STRICT", "TLP:RED"}


@pytest.mark.slow
def test_both_directions_are_compared() -> None:
    barred = [one for group in found("a ceiling").of(BARS) for one in group.classes]
    every = {"AR to BO", "BO to AR"}
    assert {pair for one in barred for pair in one.get("between", every)} == every
    assert {mark for one in barred for mark in one["mark"]} >= {"AR HIGH", "BO VISOKO"}


@pytest.mark.slow
def test_a_new_duty_is_owed() -> None:
    owed = {group.becomes.split(",")[0] for group in found("a loss is told").of(OWES)}
    assert any("notify-originator" in duty for duty in owed)


@pytest.mark.slow
def test_no_rule_stumbles_over_a_watched_question() -> None:
    for name in ("a channel", "visits", "copies"):
        assert not any("rule-error" in str(group) for group in found(name).groups)
        assert found(name).unfinished == ()
        assert found(name).groups


def test_words_tell_each_change_once() -> None:
    told = [str(one) for one in changes(*AMENDED["a ceiling"])]
    assert told == ["article 7(1): the term is new: max-level, max_en CONFIDENTIAL"]
    assert [str(one) for one in changes(*AMENDED["TLP widened"])] == [
        "article 3(1): up_to was AMBER, becomes RED",
        "article 3(1): onward_up_to is gone; it was: GREEN",
    ]
    gone = [str(one) for one in changes(*AMENDED["an authority goes"])]
    assert gone[0].startswith("authority BO-CERT: party is gone")
