"""What was released is a MISP feed: stable ids, the same bytes again, a label that is in tags or a thing not there."""

import csv
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes import cyber
from comity.annexes.cyber.markings import refs
from comity.annexes.cyber.misp import tags
from comity.annexes.cyber.misp.composing import APART, Thing
from comity.annexes.cyber.misp.feed import HASHES, MANIFEST, Feed, feed
from comity.core.errors import Refused
from comity.labels.label import Label, OriginLabel, Tlp
from tests.acts.things import AT, note, relation, stix
from tests.annexes.cyber.misp import EVENT, GALAXY, ONE, TWO, attribute, event
from tests.annexes.cyber.misp import raw as misp_raw

pytestmark = pytest.mark.slow
NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)
LABELS = [Label.of(OriginLabel("IL", tlp=tlp, pap=pap)) for tlp in Tlp for pap in (None, *tags.PAPS)]


def labelled(tlp: Tlp = Tlp.GREEN, **axes: Any) -> Label:
    return Label.of(OriginLabel("IL", tlp=tlp, **axes))


def thing(value: dict[str, Any], label: Label | None = None, day: int = 0, batch: int = 0) -> Thing:
    found = label or labelled()
    [origin] = found.origins
    marking = refs({origin.tlp} if origin.tlp is not None else (), {origin.pap} if origin.pap is not None else ())
    marked = {name: part for name, part in value.items() if name != "object_marking_refs"}
    marked |= {"object_marking_refs": list(marking)} if marking else {}
    return Thing(json.dumps(marked).encode(), found, NOW + timedelta(days=day), batch)


def events(made: Feed) -> dict[str, dict[str, Any]]:
    files = {name: raw for name, raw in made.files.items() if name not in (MANIFEST, HASHES)}
    return {name.removesuffix(".json"): json.loads(raw)["Event"] for name, raw in files.items()}


def names(value: dict[str, Any]) -> set[str]:
    return {tag["name"] for tag in value["Tag"]}


BAD = stix("indicator", "bad")
WORSE = stix("indicator", "worse")
LOADER = stix("malware", "loader")


def report(name: str, *about: dict[str, Any]) -> dict[str, Any]:
    return stix("report", name, object_refs=[one["id"] for one in about])


def test_a_report_is_an_event_and_the_rest_stands_by_day_and_marking() -> None:
    made = feed([thing(BAD), thing(WORSE), thing(report("first", BAD))], "JP")
    found = events(made)
    own = report("first", BAD)["id"].partition("--")[2]
    assert made.events == len(found) == 2
    assert found[own]["info"] == "first"
    assert [one["value"] for one in found[own]["Attribute"]] == ["bad.example"]
    [other] = [one for name, one in found.items() if name != own]
    assert (other["info"], [one["value"] for one in other["Attribute"]]) == (
        "IL, 2027-03-02, tlp:green",
        ["worse.example"],
    )


def test_an_attribute_keeps_the_id_of_its_indicator() -> None:
    [one] = events(feed([thing(BAD)], "JP")).values()
    assert one["Attribute"][0]["uuid"] == BAD["id"].partition("--")[2]
    assert (one["Orgc"]["name"], one["distribution"]) == ("IL", "0")


def test_the_same_releases_are_the_same_bytes() -> None:
    """Also what a library would name by chance: the attributes of an object."""
    odd = stix(
        "indicator", "odd", pattern="[ipv4-addr:value = '203.0.113.7'] FOLLOWEDBY [domain-name:value = 'a.example']"
    )
    things = [thing(BAD), thing(odd), thing(LOADER), thing(report("first", BAD, LOADER))]
    assert feed(things, "JP") == feed(things, "JP")


def test_more_releases_change_only_the_events_that_they_belong_to() -> None:
    first = feed([thing(BAD), thing(report("first", BAD))], "JP")
    more = feed([thing(BAD), thing(report("first", BAD)), thing(WORSE, day=1, batch=1)], "JP")
    kept = {name: raw for name, raw in first.files.items() if name not in (MANIFEST, HASHES)}
    assert kept.items() <= more.files.items()
    assert more.events == 2


def test_a_thing_stays_where_it_stood_first() -> None:
    """A later report that names it does not draw it out of the event that pullers have it in."""
    before = events(feed([thing(BAD)], "JP"))
    after = events(feed([thing(BAD), thing(report("late", BAD), batch=1)], "JP"))
    assert before.items() <= after.items()


def test_a_newer_version_takes_the_place_of_the_older() -> None:
    newer = BAD | {"modified": "2027-03-02T08:00:00.000Z", "pattern": "[domain-name:value = 'other.example']"}
    [one] = events(feed([thing(BAD), thing(newer, day=1, batch=1)], "JP")).values()
    assert ([part["value"] for part in one["Attribute"]], one["date"]) == (["other.example"], "2027-03-02")


def test_what_was_revoked_is_deleted_at_whoever_pulled_it() -> None:
    gone = BAD | {"modified": "2027-03-02T08:00:00.000Z", "revoked": True}
    [one] = events(feed([thing(BAD), thing(gone)], "JP")).values()
    assert [part["deleted"] for part in one["Attribute"]] == [True]


def test_a_cluster_is_named_on_what_relates_to_it() -> None:
    related = relation("indicates", BAD, LOADER, relationship_type="indicates")
    made = feed([thing(BAD), thing(LOADER), thing(related)], "JP")
    [one] = events(made).values()
    cluster = 'misp-galaxy:stix-2.1-malware="loader"'
    assert (made.blocked, cluster in names(one), cluster in names(one["Attribute"][0])) == ((), True, True)
    assert one["Galaxy"][0]["GalaxyCluster"][0]["tag_name"] == cluster


def test_the_manifest_and_the_digests_tell_of_every_event() -> None:
    made = feed([thing(BAD), thing(report("first", BAD)), thing(WORSE)], "JP")
    found = events(made)
    manifest = json.loads(made.files[MANIFEST])
    assert manifest.keys() == found.keys()
    for name, told in manifest.items():
        assert {one: found[name][one] for one in told} == told
        assert {"Orgc", "Tag", "info", "date", "analysis", "threat_level_id", "timestamp"} == told.keys()
    rows = {tuple(row) for row in csv.reader(made.files[HASHES].decode().splitlines())}
    values = {(part["value"], name) for name, one in found.items() for part in one["Attribute"]}
    assert rows == {(hashlib.md5(value.encode(), usedforsecurity=False).hexdigest(), name) for value, name in values}


def strange(**axes: Any) -> Label:
    return Label.of(OriginLabel("IL", **({"tlp": Tlp.GREEN} | axes)))


@pytest.mark.parametrize(
    ("value", "label", "why"),
    [
        (BAD, strange(level="שמור"), "it has a level"),
        (BAD, strange(caveats=frozenset({"EYES"})), "it has caveats"),
        (BAD, strange(rel_to=frozenset({"IL", "JP"})), "it has a releasability"),
        (BAD, strange(purposes=frozenset({"defence"})), "it has purposes"),
        (BAD, strange(personal=True), "it has personal data"),
        (BAD, strange(tlp=None), "it has no TLP"),
        (BAD, strange().join(Label.of(OriginLabel("JP", tlp=Tlp.GREEN))), "several originators"),
        (note("handling", [BAD]), strange(), "no place for a note"),
        (relation("any", BAD, WORSE), strange(), APART),
    ],
)
def test_what_tags_cannot_say_or_misp_cannot_hold_is_not_there_and_its_reason_is(
    value: dict[str, Any], label: Label, why: str
) -> None:
    made = feed([Thing(json.dumps(value).encode(), label, NOW, 0)], "JP")
    [blocked] = made.blocked
    assert (blocked.ext_id, made.events) == (value["id"], 0)
    assert why in blocked.why
    assert value["id"].partition("--")[2].encode() not in b"".join(made.files.values())


def test_what_was_observed_does_not_stand_under_a_freer_marking_than_its_own() -> None:
    """An observation is freer than the address in it: the address is only where its own marking is."""
    address = {"type": "ipv4-addr", "spec_version": "2.1", "id": f"ipv4-addr--{ONE}", "value": "203.0.113.7"}
    seen = {"first_observed": AT, "last_observed": AT, "number_observed": 1, "object_refs": [address["id"]]}
    observed = BAD | {"type": "observed-data", "id": f"observed-data--{TWO}", **seen}
    made = feed([thing(address, labelled(Tlp.RED)), thing(observed, labelled(Tlp.GREEN))], "JP")
    assert [one.ext_id for one in made.blocked] == [observed["id"]]
    [one] = events(made).values()
    assert (names(one), [part["value"] for part in one["Attribute"]]) == ({"tlp:red"}, ["203.0.113.7"])


def test_two_things_of_one_id_are_one_attribute_only_under_one_marking() -> None:
    address = {"type": "ipv4-addr", "spec_version": "2.1", "id": f"ipv4-addr--{ONE}", "value": "203.0.113.7"}
    indicator = stix("indicator", "same", pattern="[ipv4-addr:value = '203.0.113.7']") | {"id": f"indicator--{ONE}"}
    named = report("r", address, indicator)
    alike = feed([thing(address), thing(indicator), thing(named)], "JP")
    assert alike.blocked == ()
    assert [part["to_ids"] for part in events(alike)[named["id"].partition("--")[2]]["Attribute"]] == [True]
    unlike = feed([thing(address), thing(indicator, labelled(Tlp.RED)), thing(named)], "JP")
    assert [one.ext_id for one in unlike.blocked] == [indicator["id"]]


def test_terms_of_use_and_parts_marked_apart_block_their_object() -> None:
    terms = stix("marking-definition", "FICTIONAL")
    bound = BAD | {"object_marking_refs": [terms["id"]]}
    apart = WORSE | {"granular_markings": [{"marking_ref": refs((Tlp.RED,), ())[0], "selectors": ["name"]}]}
    made = feed([Thing(json.dumps(one).encode(), labelled(), NOW, 0) for one in (terms, bound, apart)], "JP")
    assert {one.ext_id for one in made.blocked} == {terms["id"], bound["id"], apart["id"]}
    assert made.events == 0


@pytest.mark.parametrize("label", LABELS, ids=lambda label: " ".join(tags.written(label)))
def test_a_label_survives_the_way_out_and_back_in(label: Label) -> None:
    [one] = events(feed([thing(BAD, label)], "JP")).values()
    assert back(one)[f"indicator--{BAD['id'].partition('--')[2]}"] == tags.bounds(label)


def back(one: dict[str, Any]) -> dict[str, Any]:
    """The event read as any other: TLP and PAP of each object."""
    read = {}
    for piece in cyber.read(misp_raw({"Event": one})) or ():
        assert piece.fault is None
        label = cyber.STIX.marked(piece.record, "IL").label
        assert label is not None
        [origin] = label.origins
        read[str(piece.record.value["id"])] = (origin.tlp, origin.pap)
    return read


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(LABELS), min_size=3, max_size=3))
def test_labels_of_a_report_and_of_what_it_names_survive_together(labels: list[Label]) -> None:
    """None is freer afterwards, and none is stricter."""
    whole, first, second = labels
    made = feed([thing(BAD, first), thing(WORSE, second), thing(report("r", BAD, WORSE), whole)], "JP")
    read: dict[str, Any] = {}
    for one in events(made).values():
        read |= back(one)
    for value, label in ((BAD, first), (WORSE, second), (report("r", BAD, WORSE), whole)):
        assert read[value["id"]] == tags.bounds(label)


def test_what_came_from_misp_goes_back_as_it_was() -> None:
    """Attribute by attribute: kind, value and marking; the comment that STIX has no type for, too."""
    came = event(
        attribute(), attribute(TWO, "tlp:red", type="comment", category="Other", value="FICTIONAL."), Galaxy=[GALAXY]
    )
    things = []
    for piece in cyber.read(misp_raw(came)) or ():
        label = cyber.STIX.marked(piece.record, "IL").label
        assert label is not None
        things.append(Thing(piece.raw, label, NOW, 0))
    made = feed(things, "JP")
    one = events(made)[EVENT]
    kept = {(part["uuid"], part["type"], part["value"]) for part in one["Attribute"]}
    assert kept == {(part["uuid"], part["type"], part["value"]) for part in came["Event"]["Attribute"]}
    assert {part["uuid"]: names(part) for part in one["Attribute"]}[TWO] == {"tlp:red"}
    assert [cluster["value"] for galaxy in one["Galaxy"] for cluster in galaxy["GalaxyCluster"]] == ["Paper Lantern"]


def test_no_tag_says_less_than_the_label() -> None:
    for label in LABELS:
        found = tags.read(tags.written(label))
        assert (set(found.tlps), set(found.paps)) == ({tags.bounds(label)[0]}, {tags.bounds(label)[1]} - {None})
    with pytest.raises(Refused):
        tags.written(Label.of(OriginLabel("IL")))
