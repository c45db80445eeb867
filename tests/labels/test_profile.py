"""What a thing says of itself wins; its source's profile speaks for the silent; the unclear is quarantined."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from comity.core.errors import Absent, Malformed
from comity.labels.label import ALL, Label, OriginLabel, Tlp
from comity.labels.profile import BUILTIN, builtin, builtins, parse

FOLDER = Path(__file__).parents[1] / "vectors" / "source-profile"


@cache
def good() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((FOLDER / "good").glob("*.yaml"))}


@cache
def bad() -> dict[str, tuple[bytes, str]]:
    """Name → the text and what its refusal must say (`bad/index.json`)."""
    index = json.loads((FOLDER / "bad" / "index.json").read_text(encoding="utf-8"))
    return {name: ((FOLDER / "bad" / f"{name}.yaml").read_bytes(), says) for name, says in index.items()}


MITRE = builtin("mitre-attack")
OWN = builtin("own-intelligence", "IL")
CLEAR = Label.of(OriginLabel("mitre.org", tlp=Tlp.CLEAR, rel_to=ALL))
AMBER = Label.of(OriginLabel("mitre.org", tlp=Tlp.AMBER))
RED = Label.of(OriginLabel("mitre.org", tlp=Tlp.RED))


@dataclass(frozen=True)
class Said:
    label: Label | None = None
    portions: tuple[tuple[str, Label], ...] = ()
    problem: str | None = None
    origin: str | None = None


@pytest.mark.parametrize("name", good())
def test_a_good_profile_is_read(name: str) -> None:
    assert parse(good()[name], "XX").name


@pytest.mark.parametrize("name", bad())
def test_a_bad_profile_is_refused_with_its_sentence(name: str) -> None:
    raw, says = bad()[name]
    with pytest.raises(Malformed) as refusal:
        parse(raw)
    assert says in refusal.value.message


@pytest.mark.parametrize(
    ("said", "label", "handled_at"),
    [
        (Said(), CLEAR, CLEAR),
        (Said(AMBER), AMBER, AMBER),
        (Said(None, (("description", RED),)), CLEAR.join(RED), CLEAR.join(RED)),
        (Said(AMBER, (("description", RED),)), AMBER.join(RED), AMBER.join(RED)),
        (Said(None, problem="an unknown marking"), None, CLEAR),
        (Said(RED, problem="two contradict"), None, RED),
    ],
)
def test_what_the_thing_says_wins(said: Said, label: Label | None, handled_at: Label | None) -> None:
    assert MITRE.label(said) == label
    assert MITRE.handled_at(said) == handled_at


def test_without_a_default_the_unmarked_is_held_even_if_a_part_is_marked() -> None:
    assert OWN.label(Said()) is None
    assert OWN.label(Said(None, (("p", RED),))) is None
    assert OWN.handled_at(Said(None, (("p", RED),))) == RED
    assert OWN.handled_at(Said()) is None


@pytest.mark.parametrize(
    ("label", "clear"),
    [
        (CLEAR, True),
        (Label.of(OriginLabel("mitre.org", tlp=Tlp.CLEAR)), True),
        (AMBER, False),
        (CLEAR.join(RED), False),
        (Label.of(OriginLabel("mitre.org")), False),
        (Label.of(OriginLabel("mitre.org", tlp=Tlp.CLEAR, level="SECRET")), False),
        (Label.of(OriginLabel("mitre.org", tlp=Tlp.CLEAR, rel_to=frozenset({"IL"}))), False),
        (Label.of(OriginLabel("mitre.org", tlp=Tlp.CLEAR, personal=True)), False),
        (Label.of(OriginLabel("mitre.org", tlp=Tlp.CLEAR, caveats=frozenset({"NO COPY"}))), False),
    ],
)
def test_only_what_is_public_itself_is_stored_clear(label: Label, clear: bool) -> None:
    assert MITRE.stored_clear(label) is clear
    assert not OWN.stored_clear(label)


def test_the_built_in_profiles_are_complete() -> None:
    assert set(builtins("IL")) == set(BUILTIN)
    assert "© 2025 The MITRE Corporation" in MITRE.licence_text
    assert MITRE.asserted_by == "data steward of this node"
    assert builtin("misp-galaxy").licence == "CC0-1.0"
    assert (OWN.origin, OWN.unmarked, OWN.public) == ("IL", None, False)


def test_a_profile_that_is_not_there_is_absent() -> None:
    with pytest.raises(Absent, match="no source profile 'unknown'"):
        builtin("unknown")


def test_a_profile_for_the_house_needs_to_know_the_house() -> None:
    with pytest.raises(Malformed, match="names no origin"):
        builtin("own-intelligence")
