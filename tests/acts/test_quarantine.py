"""The way out of quarantine: a named person, a label, a reason; and what no label heals stays."""

import json

import pytest

from comity.acts import follow, intake, quarantine
from comity.core.errors import Absent, Refused
from comity.labels.label import Label, OriginLabel, Tlp
from comity.records import RecordState
from tests.acts.things import (
    BEYOTER,
    SHAMUR,
    body,
    bundle,
    holds,
    origin,
    portion,
    record,
    report,
    stix,
    take,
    take_report,
)
from tests.joined import DANA, Pair

GREEN = Label.of(OriginLabel("IL", tlp=Tlp.GREEN))
WHY = "the desk officer wrote it and forgot the marking"


def held(pair: Pair, *objects: dict[str, object], source: str = "own-cyber") -> str:
    """One record in quarantine; its id."""
    [(rid, _)] = take(pair.il, *objects, source=source).quarantined
    return rid


def test_what_is_held_is_listed_with_its_reason(pair: Pair) -> None:
    rid = held(pair, stix("malware", "one", None))
    assert [(one.rid, one.why) for one in quarantine.waiting(pair.il)] == [(rid, record(pair.il, rid).why)]


def test_a_named_person_labels_it_and_the_partner_gets_it(pair: Pair) -> None:
    value = stix("malware", "one", None)
    rid = held(pair, value)
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    assert quarantine.relabel(pair.il, rid[:10], GREEN, DANA, WHY, "cyber-defence").state is RecordState.LIVE
    pair.settle()
    assert json.loads(holds(pair.jp, "IL")[value["id"]]) == value


def test_the_log_says_who_relabelled_and_why(pair: Pair) -> None:
    rid = held(pair, stix("malware", "one", None))
    quarantine.relabel(pair.il, rid, GREEN, DANA, WHY)
    with pair.il.house.reader() as house:
        last = house.log_after(house.log_size() - 1, 1)[0]
    assert (last.by, last.entry["act"], last.entry["rid"], last.entry["why"]) == (DANA.id, "relabelled", rid, WHY)


@pytest.mark.parametrize("why", ["", "   ", "ok", "       x"])
def test_a_reason_that_says_nothing_is_refused(pair: Pair, why: str) -> None:
    rid = held(pair, stix("malware", "one", None))
    with pytest.raises(Refused, match="needs a reason"):
        quarantine.relabel(pair.il, rid, GREEN, DANA, why)
    assert record(pair.il, rid).state is RecordState.QUARANTINED


def test_what_is_live_is_not_relabelled(pair: Pair) -> None:
    rid = take(pair.il, stix("malware", "one")).rids[0]
    with pytest.raises(Refused, match="not in quarantine"):
        quarantine.relabel(pair.il, rid, GREEN, DANA, WHY)


def test_no_label_makes_a_malformed_thing_readable(pair: Pair) -> None:
    rid = held(pair, stix("indicator", "bad", pattern="[domain-name:value = "))
    with pytest.raises(Refused, match="no label makes this readable"):
        quarantine.relabel(pair.il, rid, GREEN, DANA, WHY)
    with pytest.raises(Refused, match="no label makes this readable"):
        quarantine.label_by_profile(pair.il, rid, "misp-galaxy")


def test_no_label_heals_a_clash_of_versions(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    rid = held(pair, stix("malware", "one", is_family=False))
    with pytest.raises(Refused, match="one of them is wrong"):
        quarantine.relabel(pair.il, rid, GREEN, DANA, WHY)


def test_two_held_under_one_version_cannot_both_come_out(pair: Pair) -> None:
    first = held(pair, stix("malware", "one", None))
    second = held(pair, stix("malware", "one", None, is_family=False))
    quarantine.relabel(pair.il, first, GREEN, DANA, WHY)
    with pytest.raises(Refused, match="one of them is wrong"):
        quarantine.relabel(pair.il, second, GREEN, DANA, WHY)


def test_a_profile_can_say_what_the_label_is(pair: Pair) -> None:
    rid = held(pair, stix("malware", "one", None), source="a-feed")
    label = quarantine.label_by_profile(pair.il, rid, "misp-galaxy")
    assert label.parties == {"misp-project.org"}
    with pytest.raises(Refused, match="gives this record no label"):
        quarantine.label_by_profile(pair.il, rid, "own-cyber")
    with pytest.raises(Absent, match="no source profile 'nobody'"):
        quarantine.label_by_profile(pair.il, rid, "nobody")


def test_a_label_given_by_hand_does_not_lower_a_portions_own(pair: Pair) -> None:
    """The whole is called שמור by hand; the portion that its author marked above the ceiling still bars it (law 5)."""
    document = report("R-1", portion("open"), portion("top", origin(BEYOTER, rel_to=["IL", "JP"]), text="TOP"))
    [(rid, _)] = take_report(pair.il, document).quarantined
    shamur = Label.of(OriginLabel("IL", level=SHAMUR, rel_to=frozenset({"IL", "JP"})))
    quarantine.relabel(pair.il, rid, shamur, DANA, WHY)
    pair.settle()
    assert all(b"TOP" not in copy for copy in holds(pair.jp, "IL").values())


def test_what_a_partner_said_of_its_own_stays_when_we_relabel(pair: Pair) -> None:
    """Japan's label is kept verbatim: whoever lets its thing out of quarantine adds to it (law 5)."""
    unclear = report("R-1", portion("a", {"origin": "JP", "level": "極秘"}), portion("b"))
    rid = arrived_unclear(pair, unclear)
    kept = quarantine.relabel(pair.il, rid, GREEN, DANA, WHY)
    said, added = {"origin": "JP", "level": "極秘"}, {"origin": "IL", "tlp": "TLP:GREEN"}
    assert json.loads(kept.class_canonical)["label"] == [said, added]


def arrived_unclear(pair: Pair, document: bytes) -> str:
    """What Japan let go under a label given by hand, and Israel cannot read the marking of; its id here."""
    [(rid, _)] = intake.take(pair.jp, document, "own-intelligence", DANA).quarantined
    quarantine.relabel(pair.jp, rid, Label.of(OriginLabel("JP", level="極秘")), DANA, WHY)
    pair.settle()
    [one] = quarantine.waiting(pair.il)
    assert (one.source, one.why) == ("JP", "marking-unclear")
    assert body(pair.il, one.rid) == document
    return one.rid


def test_a_follower_reads_a_relabelled_record_once_more_and_no_more(pair: Pair) -> None:
    rid = held(pair, stix("malware", "one", None))
    assert follow.follow(pair.il, pair.agreement).released == 0
    quarantine.relabel(pair.il, rid, GREEN, DANA, WHY, "cyber-defence")
    assert follow.follow(pair.il, pair.agreement).released == 1
    assert follow.follow(pair.il, pair.agreement).read == 0


def test_the_prefix_must_mean_one_record(pair: Pair) -> None:
    intake.take(pair.il, bundle(stix("malware", "one", None)), "own-cyber", DANA)
    with pytest.raises(Absent):
        quarantine.relabel(pair.il, "ffffffff", GREEN, DANA, WHY)
    with pytest.raises(Absent):
        quarantine.relabel(pair.il, "", GREEN, DANA, WHY)
