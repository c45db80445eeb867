"""A MISP event is taken in under its own marking, decided part by part, and waits for a person where it is unclear."""

from dataclasses import replace
from typing import Any

import pytest

from comity.acts import exporting, intake, offering, quarantine
from comity.annexes.cyber.misp.composing import Thing
from comity.annexes.cyber.misp.feed import feed
from comity.core.errors import Absent, Refused
from comity.labels.label import Label, OriginLabel, Tlp
from comity.labels.profile import parse
from comity.release.offered import Audience, Definition
from tests.acts.things import holds
from tests.annexes.cyber.misp import EVENT, ONE, THREE, TWO, attribute, event, raw
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


def things(copies: list[exporting.Copy]) -> list[Thing]:
    return [Thing(one.raw, one.label, one.added, one.batch) for one in copies]


def test_what_is_exported_is_what_was_released_and_nothing_else(misp: Pair) -> None:
    """Two houses that differ in what they withhold write the same feed (law 4)."""
    take(misp, event(attribute(ONE)))
    misp.settle()
    before = feed(things(exporting.released(misp.il, "JP", "cyber.stix/1")), "JP")
    hidden = attribute(TWO, "tlp:red", value="hidden.example")
    take(misp, event(hidden, uuid=THREE, tags=("tlp:red",)))
    misp.settle()
    after = feed(things(exporting.released(misp.il, "JP", "cyber.stix/1")), "JP")
    assert before == after
    assert f"{ONE[:8]}.example".encode() in before.files[f"{EVENT}.json"]


def test_only_a_released_copy_under_its_decisions_label_is_exported(misp: Pair) -> None:
    take(misp, event(attribute(ONE, "tlp:red"), attribute(TWO)))
    misp.settle()
    with misp.il.agreements(misp.agreement).reader() as reader:
        live = {reader.body(row.copy): row.did for row in reader.releases("JP", 0, 1000)}
    copies = exporting.released(misp.il, "JP", "cyber.stix/1")
    assert {one.raw for one in copies} == set(live)
    assert {tlp for one in copies for tlp in {origin.tlp for origin in one.label.origins}} == {Tlp.AMBER}
    with pytest.raises(Absent):
        exporting.released(misp.il, "XX", "cyber.stix/1")


def test_a_national_collection_is_exported_as_its_people_see_it(misp: Pair) -> None:
    audience = Audience("cert")
    offering.define(misp.il, Definition("", "FICTIONAL", alias="feed", audience=audience), DANA)
    take(misp, event(attribute(ONE)))
    copies = exporting.shown(misp.il, "feed", "cyber.stix/1")
    made = feed(things(copies), "feed")
    assert f"{EVENT}.json" in made.files
    assert exporting.shown(misp.il, "feed", "cyber.stix/1") == copies
    with pytest.raises(Absent, match="no national collection"):
        exporting.shown(misp.il, "other", "cyber.stix/1")
