"""A sanitised object holds nothing of what was removed, or it is refused; its markings still mark the same things."""

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes.cyber import STIX
from comity.core.errors import Refused
from comity.labels.label import Tlp
from comity.release.kind import Removals
from tests.annexes.cyber.test_markings import TLP2
from tests.annexes.cyber.vectors import good, raw

INDICATOR, MALWARE = good()["indicator"]["id"], good()["malware"]["id"]
IDENTITY = good()["identity"]["id"]


def without(value: dict[str, Any], references: Collection[str] = (), portions: Collection[str] = ()) -> dict[str, Any]:
    removals = Removals(frozenset(portions), frozenset(references))
    copy = STIX.sanitise(STIX.parse(raw(value)), removals)
    assert STIX.sanitise(copy, removals) == copy
    assert STIX.parse(STIX.render(copy)) == copy
    return dict(copy.value)


def test_an_element_of_a_list_is_left_out() -> None:
    assert without(good()["report"], [MALWARE]) == {
        **good()["report"],
        "object_refs": [one for one in good()["report"]["object_refs"] if one != MALWARE],
    }


def test_a_struct_of_a_list_is_left_out_whole() -> None:
    assert without(good()["custom type and properties"], [INDICATOR])["x_example_contents"] == [
        {"object_ref": MALWARE, "note": "b"}
    ]


def test_an_optional_list_that_empties_is_left_out() -> None:
    assert "x_example_contents" not in without(good()["custom type and properties"], [INDICATOR, MALWARE])
    assert "where_sighted_refs" not in without(good()["sighting"], [IDENTITY])


def test_a_required_list_that_empties_is_refused() -> None:
    with pytest.raises(Refused, match="lacks the property `object_refs`"):
        without(good()["report"], good()["report"]["object_refs"])


@pytest.mark.parametrize(
    ("name", "target", "says"),
    [
        ("relationship", MALWARE, "`target_ref` points at what must be left behind"),
        ("indicator", IDENTITY, "`created_by_ref` points at what must be left behind"),
        ("custom type and properties", IDENTITY, "`x_example_owner_ref` points at"),
        ("indicator", TLP2[Tlp.AMBER], "`object_marking_refs\\[\\]` is a marking"),
        ("granular markings", TLP2[Tlp.AMBER], "`granular_markings\\[\\].marking_ref` is a marking"),
    ],
)
def test_what_cannot_be_separated_is_refused(name: str, target: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        without(good()[name], [target])


def test_a_copy_that_still_names_what_it_leaves_behind_is_refused() -> None:
    """Law 4: an identifier in a text tells as much as one in a reference."""
    value = {**good()["report"], "description": f"see {MALWARE} for more"}
    with pytest.raises(Refused, match="still names"):
        without(value, [MALWARE])


def test_a_removal_that_is_not_in_the_object_changes_nothing() -> None:
    record = STIX.parse(raw(good()["report"]))
    assert STIX.sanitise(record, Removals(frozenset({"nothing"}), frozenset({IDENTITY}))) is record


def test_a_marked_portion_leaves_with_its_property_and_its_marking() -> None:
    copy = without(good()["granular markings"], portions=["description", "aliases.[1]"])
    assert "description" not in copy
    assert "aliases" not in copy
    assert copy["granular_markings"] == [{"selectors": ["goals"], "marking_ref": TLP2[Tlp.AMBER]}]


def test_the_last_granular_marking_leaves_no_empty_list() -> None:
    copy = without(good()["granular markings"], portions=["description", "aliases.[1]", "goals"])
    assert "granular_markings" not in copy


def test_only_marked_portions_can_be_named() -> None:
    record = STIX.parse(raw(good()["granular markings"]))
    assert STIX.sanitise(record, Removals(frozenset({"name"}))) is record


@pytest.mark.parametrize("part", ["name", "revoked", "id", "created"])
def test_a_portion_without_which_the_object_would_lie_or_fall_apart_is_refused(part: str) -> None:
    value = {**good()["revoked"], "granular_markings": [{"selectors": [part], "marking_ref": TLP2[Tlp.RED]}]}
    with pytest.raises(Refused, match="cannot be sanitised"):
        without(value, portions=[part])


def test_personal_data_cannot_be_told_apart() -> None:
    with pytest.raises(Refused, match="personal data"):
        STIX.sanitise(STIX.parse(raw(good()["identity"])), Removals(personal=True))


def numbered(number: int) -> str:
    return f"tool--{number:08d}-0000-4000-8000-000000000000"


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=8, unique=True), st.sets(st.integers(0, 9)), st.data())
def test_a_marking_follows_the_element_it_marks(numbers: list[int], gone: set[int], data: st.DataObject) -> None:
    """Law 13: after elements left, every remaining one still carries its own marking, and no other's."""
    secret = data.draw(st.sets(st.sampled_from(numbers), min_size=1))
    value = {
        **good()["custom type and properties"],
        "x_example_contents": [{"object_ref": numbered(number)} for number in numbers],
        "granular_markings": [
            {"selectors": [f"x_example_contents.[{numbers.index(number)}].object_ref"], "marking_ref": TLP2[Tlp.RED]}
            for number in sorted(secret)
        ],
    }
    copy = without(value, [numbered(number) for number in gone])
    left = [one["object_ref"] for one in copy.get("x_example_contents", [])]
    assert left == [numbered(number) for number in numbers if number not in gone]
    places = [int(one["selectors"][0].split("[")[1].split("]")[0]) for one in copy.get("granular_markings", [])]
    assert {left[place] for place in places} == {numbered(number) for number in secret - gone}
