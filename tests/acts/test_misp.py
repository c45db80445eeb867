"""A MISP event is taken in under its own marking, decided part by part, and waits for a person where it is unclear."""

from dataclasses import replace
from typing import Any

import pytest

from comity.acts import intake, quarantine
from comity.core.errors import Refused
from comity.labels.label import Label, OriginLabel, Tlp
from comity.labels.profile import parse
from tests.acts.things import holds
from tests.annexes.cyber.misp import EVENT, ONE, TWO, attribute, event, raw
from tests.annexes.cyber.test_misp_events import PROFILE
from tests.joined import DANA, Pair

pytestmark = pytest.mark.slow
MISP = parse(PROFILE.replace("XX", "IL").encode())


@pytest.fixture
def misp(pair: Pair) -> Pair:
    """Israel takes events of its own CERT's MISP."""
    pair.il = replace(pair.il, profiles={**pair.il.profiles, MISP.name: MISP})
    pair.cables[1].other = pair.il
    return pair


def take(pair: Pair, value: dict[str, Any]) -> intake.Taken:
    return intake.take(pair.il, raw(value), MISP.name, DANA)


def test_each_part_goes_as_its_own_tags_let_it(misp: Pair) -> None:
    """TLP:RED stays here, and the report that names it goes without the name."""
    assert take(misp, event(attribute(ONE, "tlp:red"), attribute(TWO))).quarantined == []
    misp.settle()
    came = holds(misp.jp, "IL")
    assert {f"report--{EVENT}", f"indicator--{TWO}"} <= came.keys()
    assert not [name for name in came if ONE in name]
    assert ONE.encode() not in came[f"report--{EVENT}"]


def test_what_is_for_its_own_organisation_goes_nowhere(misp: Pair) -> None:
    assert take(misp, event(attribute(), distribution="0")).quarantined == []
    misp.settle()
    assert holds(misp.jp, "IL") == {}


def test_the_same_event_again_is_here_already(misp: Pair) -> None:
    first = take(misp, event(attribute()))
    again = take(misp, event(attribute()))
    assert (again.taken, again.already) == (0, first.taken)


def test_what_is_unclear_waits_for_a_person_who_labels_it(misp: Pair) -> None:
    held = take(misp, event(attribute(), Orgc={"name": "?", "uuid": TWO}))
    assert held.taken == 0
    assert {why for _, why in held.quarantined} == {f"the source profile does not say which party misp-org:{TWO} is"}
    label = Label.of(OriginLabel("IL", tlp=Tlp.GREEN))
    for rid, _ in held.quarantined:
        quarantine.relabel(misp.il, rid, label, DANA, "FICTIONAL. It is our own exercise.", "cyber-defence")
    misp.settle()
    assert f"indicator--{ONE}" in holds(misp.jp, "IL")


def test_a_profile_does_not_label_what_it_does_not_know(misp: Pair) -> None:
    [(rid, _), *_] = take(misp, event(attribute(), Orgc={"name": "?", "uuid": TWO})).quarantined
    with pytest.raises(Refused, match="does not say which party"):
        quarantine.label_by_profile(misp.il, rid, MISP.name)
