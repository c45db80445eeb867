"""What an amendment would change is computed by asking: nothing for the same text, the mirror for the way back, and
every class that any sample finds to change stands in a group."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.agreement.instrument import Agreement, Term
from comity.agreement.text import from_yaml
from comity.agreement.wording import changes
from comity.release.amendment import ALLOWS, BARS, FREES, OWES, Comparison, Group, compare, told, weigh
from comity.release.diagram import WORK, Diagrams, TooManyNodes
from comity.release.weighing import SAME, Weighing, owed
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
def weighed(name: str) -> Weighing:
    return weigh(*AMENDED[name])


@cache
def found(name: str) -> Comparison:
    return told(weighed(name))


def test_the_same_text_changes_nothing() -> None:
    again = replace(small(), version=2)
    assert compare(small(), again).groups == ()
    assert changes(small(), again) == ()


EXAMPLES = Path(__file__).parents[2] / "examples"
WITHOUT = {
    ("switzerland-israel", "IX(2)"): 35_000,
    ("israel-japan", "10(1)"): 70_000,
}
"""The articles of most conditions, and how many regions both texts may take without one of them."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "article"), WITHOUT)
def test_an_example_without_an_article_is_compared_to_the_end(name: str, article: str) -> None:
    """Conditions that say their own are added, not multiplied: contractors alone have eight and ten axes."""
    old = from_yaml((EXAMPLES / name / "agreement.yaml").read_bytes())
    new = replace(old, version=2, terms=tuple(term for term in old.terms if term.article != article))
    comparison = compare(old, new)
    assert comparison.unfinished == ()
    assert comparison.regions < WITHOUT[name, article]
    assert comparison.of(ALLOWS)
    assert all(len(group.classes) < 200 for group in comparison.groups)


def test_what_takes_too_much_is_not_answered_in_part() -> None:
    diagrams = Diagrams([3, 3], limit=4)
    with pytest.raises(TooManyNodes):
        diagrams.node(0, tuple(map(diagrams.leaf, range(5))))
    with pytest.raises(TooManyNodes):
        Diagrams([3]).work(WORK + 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["TLP widened", "a ceiling"])
def test_the_way_back_is_the_mirror(name: str) -> None:
    mirror = {ALLOWS: BARS, BARS: ALLOWS, OWES: FREES, FREES: OWES}
    there = {_key(group, group.effect) for group in found(name).groups}
    back = {_key(_turned(group), mirror[group.effect]) for group in compare(AMENDED[name][1], AMENDED[name][0]).groups}
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
@settings(deadline=None, max_examples=100)
def test_every_class_is_answered_as_decide_answers_it(name: str, data: st.DataObject) -> None:
    """No axis is forgotten and none is too many: a class drawn over every axis at once, and asked under both texts."""
    weighing = weighed(name)
    agrees(weighing, found(name), drawn(data, weighing))


def drawn(data: st.DataObject, weighing: Weighing) -> list[int]:
    """A class by its place on every axis: near one that changes, or near the freest of all."""
    sizes = [len(values) for values in weighing.space.axes.values()]
    differ = weighing.diagrams.combined(lambda both: both != SAME, weighing.outcomes)
    near = data.draw(st.sampled_from([differ, *(owing.where for owing in weighing.owings)]), label="near")
    first = weighing.diagrams.first(near) or {}
    places = [first.get(place, 0) for place in range(len(sizes))]
    for place in data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=6), label="axes"):
        places[place] = data.draw(st.integers(0, sizes[place] - 1), label="value")
    return places


def agrees(weighing: Weighing, comparison: Comparison, places: list[int]) -> None:
    """What was found of this class is what `decide` says of it under both texts, and it stands in a group."""
    old, new = weighing.decided(dict(enumerate(places)))
    both = weighing.diagrams.at(weighing.outcomes, places)
    axes = weighing.space.axes
    words = {axis: values[place].words for place, (axis, values) in zip(places, axes.items(), strict=True)}
    assert both == (SAME if old.outcome == new.outcome else (old.outcome, new.outcome)), words
    if both != SAME:
        effect = ALLOWS if new.outcome < old.outcome else BARS
        said = (old.outcome.text, new.outcome.text)
        lines = [one for group in comparison.of(effect) if _said(group) == said for one in group.classes]
        assert any(_within(words, one) for one in lines), words
    else:
        for newly, more, less in ((True, new, old), (False, old, new)):
            here = (one for one in weighing.owings if weighing.diagrams.at(one.where, places))
            assert {one.words for one in here if one.newly is newly} == owed(more) - owed(less), words


def _said(group: Group) -> tuple[str, str]:
    return group.was, group.becomes


def _within(words: Mapping[str, str], one: Mapping[str, tuple[str, ...]]) -> bool:
    return all(words[axis] in values for axis, values in one.items())


@pytest.mark.slow
@pytest.mark.parametrize("name", AMENDED)
def test_a_line_says_only_what_is_so(name: str) -> None:
    """The first class of each line that is told as a whole changes as the line says, asked of `decide`."""
    weighing = weighed(name)
    for group in found(name).groups:
        for one in group.classes if group.whole and not group.alone and group.effect in (ALLOWS, BARS) else ():
            axes = weighing.space.axes
            first = {axis: [value.words for value in values] for axis, values in axes.items()}
            places = [first[axis].index(one[axis][0]) if axis in one else 0 for axis in axes]
            old, new = weighing.decided(dict(enumerate(places)))
            assert (old.outcome.text, new.outcome.text) == _said(group)


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
