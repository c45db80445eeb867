"""A MISP event comes in as STIX objects under our reading of its tags, or it waits for a person; nothing is guessed."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes import cyber
from comity.annexes.cyber.misp import tags
from comity.annexes.cyber.misp.tags import Marks
from comity.core.errors import Malformed
from comity.labels.label import Pap, Tlp
from comity.labels.profile import Profile, parse
from comity.release.kind import Marked, Piece
from tests.annexes.cyber.misp import EVENT, GALAXY, ONE, ORG, OTHER, THREE, TWO, attribute, event, group, raw, thing

VECTORS = Path(__file__).parents[2] / "vectors" / "misp"
PROFILE = """
name: fictional-cert
origin: XX
licence: none
licence_text: FICTIONAL
kinds: [cyber.stix/1]
reading: bundle
annex: cyber
purpose: cyber-defence
public: false
organisations:
  {ORG}: XX
  {OTHER}: YY
""".replace("{ORG}", ORG).replace("{OTHER}", OTHER)


def profile() -> Profile:
    return parse(PROFILE.encode())


def pieces(value: object) -> list[Piece]:
    found = list(cyber.read(raw(value)) or ())
    assert [one.fault for one in found] == [None] * len(found)
    return found


def marks(value: object) -> dict[str, Marked]:
    """What each object says of its marking, in the names of the profile, by its id."""
    found = {}
    for one in pieces(value):
        found[one.record.value["id"]] = profile().named(cyber.STIX.marked(one.record, "XX"))
    return found


def marked(value: object, ext_id: str) -> Marked:
    return marks(value)[ext_id]


def tlp(one: Marked) -> Tlp | None:
    assert one.problem is None
    assert one.label is not None
    [origin] = one.label.origins
    return origin.tlp


@pytest.mark.slow
def test_an_event_becomes_a_report_and_what_is_in_it() -> None:
    found = pieces(event(attribute(ONE), attribute(TWO, type="ip-dst", value="203.0.113.7")))
    values = {one.record.value["id"]: one.record.value for one in found}
    report = values[f"report--{EVENT}"]
    assert report["name"] == "FICTIONAL. Paper Lantern"
    assert {f"indicator--{ONE}", f"indicator--{TWO}"} <= set(report["object_refs"])
    assert values[f"indicator--{ONE}"]["pattern"] == f"[domain-name:value = '{ONE[:8]}.example']"


@pytest.mark.slow
def test_galaxies_are_kept() -> None:
    found = pieces(event(attribute(), Galaxy=[GALAXY]))
    assert [one.record.value["name"] for one in found if one.record.value["type"] == "threat-actor"] == [
        "Paper Lantern"
    ]


def test_the_same_event_is_the_same_bytes() -> None:
    value = event(attribute(ONE, "tlp:red"), attribute(TWO), Galaxy=[GALAXY])
    assert [one.raw for one in pieces(value)] == [one.raw for one in pieces(value)]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("tlp:clear", Tlp.CLEAR),
        ("tlp:white", Tlp.CLEAR),
        ("TLP:GREEN", Tlp.GREEN),
        ("tlp:amber", Tlp.AMBER),
        ("tlp:amber+strict", Tlp.AMBER_STRICT),
        ("tlp:red", Tlp.RED),
    ],
)
def test_a_tag_is_an_axis_of_the_label(name: str, level: Tlp) -> None:
    assert {tlp(one) for one in marks(event(attribute(), tags=(name,))).values()} == {level}


@pytest.mark.parametrize("name", ["PAP:CLEAR", "PAP:WHITE", "pap:green", "PAP:AMBER", "PAP:RED"])
def test_pap_is_an_axis_of_its_own(name: str) -> None:
    found = marked(event(attribute(), tags=("tlp:green", name)), f"indicator--{ONE}").label
    assert found is not None
    assert {one.pap for one in found.origins} == {Pap.of(name)}


@pytest.mark.parametrize(
    ("whole", "part", "level"),
    [
        ("tlp:amber", "tlp:red", Tlp.RED),
        ("tlp:red", "tlp:green", Tlp.RED),
        ("tlp:green", "", Tlp.GREEN),
    ],
)
def test_of_event_and_attribute_the_stricter_counts(whole: str, part: str, level: Tlp) -> None:
    value = event(attribute(ONE, *([part] if part else [])), tags=(whole,))
    assert tlp(marked(value, f"indicator--{ONE}")) is level
    assert tlp(marked(value, f"report--{EVENT}")) is Tlp.of(whole)


def test_what_relates_two_things_is_as_narrow_as_either() -> None:
    found = pieces(event(attribute(ONE, "tlp:red")))
    [related] = [one.record.value["id"] for one in found if one.record.value["type"] == "relationship"]
    assert tlp(marked(event(attribute(ONE, "tlp:red")), related)) is Tlp.RED


def test_an_object_is_as_narrow_as_its_narrowest_attribute() -> None:
    inner = attribute(TWO, "tlp:red", type="filename", object_relation="filename", value="a.exe", category="Other")
    value = event(Object=[thing(THREE, inner)])
    assert tlp(marked(value, f"file--{THREE}")) is Tlp.RED


UNCLEAR: list[tuple[str, dict[str, Any]]] = [
    ("two levels", event(attribute(), tags=("tlp:green", "tlp:red"))),
    ("two of PAP", event(attribute(), tags=("tlp:green", "PAP:RED", "PAP:GREEN"))),
    ("no such level", event(attribute(), tags=("tlp:unclear",))),
    ("an old exception", event(attribute(), tags=("tlp:ex:chr",))),
    ("another scheme", event(attribute(), tags=("tlp:green", 'nato:classification="NS"'))),
    ("a sharing group that is not there", event(attribute(), distribution="4", sharing_group_id="7")),
    ("a sharing group of nobody", event(attribute(), distribution="4", SharingGroup=group())),
    ("no distribution", event(attribute(), distribution="9")),
    ("of an organisation nobody knows", event(attribute(), Orgc={"name": "?", "uuid": EVENT})),
    ("for an organisation nobody knows", event(attribute(), distribution="4", SharingGroup=group(ORG, EVENT))),
]


@pytest.mark.parametrize(("why", "value"), UNCLEAR, ids=lambda one: one if isinstance(one, str) else "")
def test_what_cannot_be_read_is_a_problem_and_never_nothing(why: str, value: dict[str, Any]) -> None:
    for one in marks(value).values():
        assert one.problem is not None, why
        assert profile().label(one) is None


def test_what_is_not_marked_at_all_has_no_label() -> None:
    for one in marks(event(attribute(), tags=())).values():
        assert (one.problem, profile().label(one)) == (None, None)


@pytest.mark.parametrize(
    ("members", "only"),
    [
        ({"distribution": "0"}, {"XX"}),
        ({"distribution": "4", "SharingGroup": group(ORG, OTHER)}, {"XX", "YY"}),
        ({"distribution": "1"}, None),
        ({"distribution": "3"}, None),
    ],
)
def test_who_alone_may_have_it_is_its_releasability(members: dict[str, Any], only: set[str] | None) -> None:
    found = marked(event(attribute(), **members), f"indicator--{ONE}").label
    assert found is not None
    assert {one.rel_to for one in found.origins} == {None if only is None else frozenset(only)}


def test_a_part_is_for_nobody_beyond_its_event() -> None:
    part = attribute(ONE, distribution="4", SharingGroup=group(ORG, OTHER))
    found = marked(event(part, attribute(TWO), distribution="0"), f"indicator--{ONE}").label
    assert found is not None
    assert {one.rel_to for one in found.origins} == {frozenset({"XX"})}


def test_it_is_of_whoever_made_it() -> None:
    found = marked(event(attribute(), Orgc={"name": "Other", "uuid": OTHER}), f"indicator--{ONE}").label
    assert found is not None
    assert found.parties == {"YY"}


def test_a_profile_that_names_no_organisation_takes_no_event() -> None:
    bare = parse(PROFILE.partition("organisations:")[0].encode())
    for one in pieces(event(attribute())):
        said = bare.named(cyber.STIX.marked(one.record, "XX"))
        assert "which party misp-org:" in str(said.problem)


def test_what_was_deleted_does_not_come_in() -> None:
    found = marks(event(attribute(ONE), attribute(TWO, deleted=True)))
    assert f"indicator--{ONE}" in found
    assert not [name for name in found if TWO in name]


def vectors(name: str) -> list[Any]:
    lines = (VECTORS / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [pytest.param(case, id=case["name"]) for case in map(json.loads, lines)]


@pytest.mark.parametrize("case", vectors("good"))
def test_a_good_event_is_taken_apart(case: dict[str, Any]) -> None:
    assert "report" in {one.record.value["type"] for one in pieces(case["event"])}


@pytest.mark.parametrize("case", vectors("bad"))
def test_what_is_no_event_is_refused_in_a_sentence(case: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=case["says"]):
        list(cyber.read(raw(case["event"])) or ())


MARKS = st.builds(
    lambda tlps, paps: Marks(frozenset(tlps), frozenset(paps)),
    st.sets(st.sampled_from(list(Tlp)), max_size=2),
    st.sets(st.sampled_from(list(Pap)), max_size=2),
)


@settings(deadline=None)
@given(part=MARKS, whole=MARKS)
def test_a_part_is_never_freer_than_its_whole(part: Marks, whole: Marks) -> None:
    found = part.within(whole)
    if part.tlps | whole.tlps:
        assert max(found.tlps) >= max(whole.tlps, default=Tlp.CLEAR)
    assert (len(found.tlps) > 1) == (len(part.tlps) > 1 or len(whole.tlps) > 1)
    assert part.within(part) == part


@given(name=st.text(max_size=20))
def test_a_tag_is_read_unclear_or_no_marking(name: str) -> None:
    found = tags.read([name])
    assert len(found.tlps) + len(found.paps) + len(found.unclear) <= 1
    assert json.dumps(found.unclear)
