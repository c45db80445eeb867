"""Markings become label axes and back without loss; the unknown, contradictory or inexpressible is never dropped."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes.cyber import PREDEFINED, STIX
from comity.annexes.cyber.markings import to_markings
from comity.core.errors import Refused
from comity.labels.label import ALL, Label, OriginLabel, Pap, Tlp
from comity.release.kind import Marked
from tests.annexes.cyber.vectors import good, raw

TLP1 = {
    Tlp.CLEAR: "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    Tlp.GREEN: "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    Tlp.AMBER: "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    Tlp.RED: "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
TLP2 = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
PAP = {
    Pap.CLEAR: "marking-definition--ad15a0cd-55b6-4588-a14c-a66105329b92",
    Pap.GREEN: "marking-definition--c43594d1-4b11-4c59-93ab-1c9b14d53ce9",
    Pap.AMBER: "marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab",
    Pap.RED: "marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e",
}
UNKNOWN = "marking-definition--00000099-0000-4000-8000-000000000000"


def marked(refs: list[str] | None = None, granular: list[dict[str, Any]] | None = None) -> Marked:
    value = dict(good()["malware"], description="text")
    if refs:
        value["object_marking_refs"] = refs
    if granular:
        value["granular_markings"] = granular
    return STIX.marked(STIX.parse(raw(value)), "XX")


def label(tlp: Tlp | None = None, pap: Pap | None = None) -> Label:
    return Label.of(OriginLabel("XX", tlp=tlp, pap=pap))


@pytest.mark.parametrize(("tlp", "ref"), [*TLP1.items(), *TLP2.items()])
def test_every_standard_tlp_is_that_level(tlp: Tlp, ref: str) -> None:
    assert marked([ref]) == Marked(label(tlp))
    assert ref in PREDEFINED


@pytest.mark.parametrize(("pap", "ref"), PAP.items())
def test_every_pap_is_an_axis_of_its_own(pap: Pap, ref: str) -> None:
    assert marked([ref]) == Marked(label(pap=pap))
    assert ref in PREDEFINED


def test_no_marking_says_nothing() -> None:
    assert marked() == Marked(None)


def test_both_generations_of_one_level_do_not_contradict() -> None:
    assert marked([TLP1[Tlp.CLEAR], TLP2[Tlp.CLEAR]]) == Marked(label(Tlp.CLEAR))


def test_contradictory_levels_are_a_problem_and_read_at_the_strictest() -> None:
    said = marked([TLP2[Tlp.GREEN], TLP2[Tlp.RED], PAP[Pap.RED], PAP[Pap.GREEN]])
    assert said.label == label(Tlp.RED, Pap.RED)
    assert said.problem is not None
    assert "2 TLP markings" in said.problem
    assert "2 PAP markings" in said.problem


def test_an_unknown_marking_is_a_problem_even_beside_a_known_one() -> None:
    said = marked([TLP2[Tlp.GREEN], UNKNOWN])
    assert said.label == label(Tlp.GREEN)
    assert said.problem == f"the object carries a marking we do not know: {UNKNOWN}"


def test_granular_markings_are_portions_named_by_their_selectors() -> None:
    said = marked(
        [TLP2[Tlp.GREEN]],
        [
            {"selectors": ["description", "malware_types.[0]"], "marking_ref": TLP2[Tlp.RED]},
            {"selectors": ["description"], "marking_ref": PAP[Pap.AMBER]},
            {"selectors": ["name"], "lang": "en"},
        ],
    )
    assert said.label == label(Tlp.GREEN)
    assert said.portions == (("description", label(Tlp.RED, Pap.AMBER)), ("malware_types.[0]", label(Tlp.RED)))
    assert said.problem is None


def test_an_unknown_granular_marking_is_a_problem() -> None:
    said = marked(None, [{"selectors": ["description"], "marking_ref": UNKNOWN}])
    assert said.problem == f"`description` carries a marking we do not know: {UNKNOWN}"


@settings(deadline=None)
@given(st.none() | st.sampled_from(Tlp), st.none() | st.sampled_from(Pap))
def test_what_can_be_written_reads_back_the_same(tlp: Tlp | None, pap: Pap | None) -> None:
    if tlp is None and pap is None:
        with pytest.raises(Refused):
            to_markings(label())
    else:
        assert marked(list(to_markings(label(tlp, pap)))) == Marked(label(tlp, pap))


def test_released_to_all_is_what_clear_says() -> None:
    assert to_markings(Label.of(OriginLabel("XX", tlp=Tlp.CLEAR, rel_to=ALL))) == (TLP2[Tlp.CLEAR],)


@pytest.mark.parametrize(
    "origins",
    [
        [OriginLabel("XX", level="SECRET", tlp=Tlp.AMBER)],
        [OriginLabel("XX", caveats=frozenset({"EYES ONLY"}), tlp=Tlp.AMBER)],
        [OriginLabel("XX", rel_to=frozenset({"YY"}), tlp=Tlp.AMBER)],
        [OriginLabel("XX", rel_to=frozenset(), tlp=Tlp.CLEAR)],
        [OriginLabel("XX", rel_to=ALL, tlp=Tlp.GREEN)],
        [OriginLabel("XX", purposes=frozenset({"defence"}), tlp=Tlp.AMBER)],
        [OriginLabel("XX", personal=True, tlp=Tlp.AMBER)],
        [OriginLabel("XX", tlp=Tlp.AMBER), OriginLabel("YY", tlp=Tlp.AMBER)],
        [OriginLabel("XX")],
    ],
)
def test_what_stix_cannot_express_blocks_the_export(origins: list[OriginLabel]) -> None:
    """Law 13: a label is never dropped on the way."""
    with pytest.raises(Refused):
        to_markings(Label.of(*origins))
