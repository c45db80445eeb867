"""What was made of a thing comes back to its giver, under the agreement, once, and only for what it gave."""

import json
from datetime import timedelta
from typing import Any

import pytest

from comity.acts import accept, agreements, follow, intake, remarks, standing, worth
from comity.acts.node import Node
from comity.acts.reciprocity import Reciprocity, Side, reciprocity
from comity.core.errors import Refused
from comity.exchange.lane import Lane
from comity.labels.label import Tlp
from comity.records import Record
from tests.acts.crossing import outbox
from tests.acts.things import stix, take
from tests.joined import DANA, KEN, Pair, release

BAD = stix("indicator", "bad")
WORSE = stix("indicator", "worse")
UNKNOWN = "00000000ff" + "0" * 22


def came(node: Node, source: str, thing: dict[str, Any]) -> Record:
    """A thing as the partner gave it."""
    with node.house.reader() as house:
        [record] = house.find(source, thing["id"])
    return record


def write(node: Node, kind: str, name: str, *made_from: str, version: int = 1, **members: Any) -> str:
    """A document of this party about threat data, for the parties of the agreement; its record."""
    level = {"IL": "שמור", "JP": "秘"}[node.party]
    label = [{"origin": node.party, "level": level, "rel_to": ["IL", "JP"]}]
    value = {"format": f"cyber.{kind}/1", "id": name, "version": version, "at": "2027-03-02T09:00:00Z"}
    raw = json.dumps(value | {"language": "en", "label": label} | members).encode()
    result = intake.take(node, raw, "own-cyber", DANA, made_from=made_from)
    assert (result.taken, result.quarantined) == (1, [])
    return result.rids[0]


def given(pair: Pair, *things: dict[str, Any]) -> list[Record]:
    """What Israel gives Japan, as Japan has it."""
    take(pair.il, *things)
    pair.settle()
    return [came(pair.jp, "IL", thing) for thing in things]


def said(node: Node) -> list[tuple[str, str, int | None]]:
    return [(one.said.party, one.said.word, one.said.count) for one in remarks.listed(node)]


def figures(node: Node) -> Reciprocity:
    partner = agreements.partner_of(node, agreements.held(node, "IL-JP-FICTION").newest)
    with node.agreements("IL-JP-FICTION").reader() as reader:
        return reciprocity(reader, node.party, partner)


@pytest.mark.parametrize(
    ("verdict", "more"),
    [("useful", {}), ("not-useful", {}), ("false", {}), ("acted-on", {}), ("blocked", {"count": 12})],
)
def test_feedback_stands_on_both_sides(pair: Pair, verdict: str, more: dict[str, int]) -> None:
    [thing] = given(pair, BAD)
    write(pair.jp, "feedback", "F-1", re=thing.handle, verdict=verdict, note="FICTIONAL.", **more)
    pair.settle()
    assert said(pair.il) == said(pair.jp) == [("JP", verdict, more.get("count"))]


def test_feedback_goes_by_an_article_and_stands_in_both_ledgers(pair: Pair) -> None:
    [thing] = given(pair, BAD)
    rid = write(pair.jp, "feedback", "F-1", re=thing.handle, verdict="useful")
    pair.settle()
    with pair.jp.agreements(pair.agreement).reader() as reader:
        row = reader.release_of("IL", rid)
        assert row is not None
        decision = reader.decision(row.did)
        ours = [json.loads(raw) for _, raw in reader.leaves("out", 0, 100)]
    assert decision is not None
    assert "agreement:2(d)@1" in decision.cites
    assert row.handle in [leaf.get("handle") for leaf in ours]
    with pair.il.agreements(pair.agreement).reader() as reader:
        theirs = [json.loads(raw) for _, raw in reader.leaves("in", 0, 100)]
    assert row.handle in [leaf.get("handle") for leaf in theirs]


def test_feedback_needs_a_decision_like_anything_else(pair: Pair) -> None:
    """Above the ceiling it stays: nobody there hears of it, and no figure counts it here."""
    [thing] = given(pair, BAD)
    label = [{"origin": "JP", "level": "機密", "rel_to": ["IL", "JP"]}]
    write(pair.jp, "feedback", "F-1", re=thing.handle, verdict="useful", label=label)
    pair.settle()
    assert said(pair.il) == said(pair.jp) == []
    assert figures(pair.jp) == Reciprocity(theirs=Side(given=1))


def test_a_later_version_takes_the_place_of_the_earlier(pair: Pair) -> None:
    [thing] = given(pair, BAD)
    write(pair.jp, "feedback", "F-1", re=thing.handle, verdict="blocked", count=3)
    pair.settle()
    write(pair.jp, "feedback", "F-1", version=2, re=thing.handle, verdict="blocked", count=9)
    pair.settle()
    assert said(pair.il) == said(pair.jp) == [("JP", "blocked", 9)]


def test_the_same_envelope_again_says_nothing_twice(pair: Pair) -> None:
    [thing] = given(pair, BAD)
    write(pair.jp, "feedback", "F-1", re=thing.handle, verdict="useful")
    pair.settle()
    before = figures(pair.il)
    for row in outbox(pair.jp, pair.agreement, Lane.ROUTINE):
        accept.accept(pair.il, row.raw)
    assert figures(pair.il) == before
    assert said(pair.il) == [("JP", "useful", None)]


def refused(pair: Pair) -> list[str]:
    with pair.jp.agreements(pair.agreement).reader() as reader:
        return [row.code for row in reader.refused()]


@pytest.mark.parametrize(
    ("kind", "members"),
    [("feedback", {"verdict": "useful"}), ("correction", {"text": "FICTIONAL."}), ("ruling", {"ruling": "accepted"})],
)
def test_what_was_never_given_cannot_be_spoken_of(pair: Pair, kind: str, members: dict[str, Any]) -> None:
    """Whether the giver holds such a thing or not, the answer is the same (law 4)."""
    take(pair.il, stix("indicator", "secret", Tlp.RED))
    pair.settle()
    write(pair.jp, kind, "D-1", re=UNKNOWN, **members)
    pair.settle()
    assert refused(pair) == [worth.NOT_GIVEN]
    assert said(pair.il) == []


def test_nobody_is_told_what_its_own_thing_was_worth(pair: Pair) -> None:
    [rid] = take(pair.il, BAD).rids
    with pytest.raises(Refused, match="came from nobody"):
        remarks.received(pair.il, rid)


def sighting(thing: dict[str, Any], name: str, **members: Any) -> dict[str, Any]:
    return stix("sighting", name, sighting_of_ref=thing["id"], **members)


def test_a_sighting_goes_back_to_the_giver_who_holds_its_target(pair: Pair) -> None:
    """Closure lets it: the partner has the target because it gave it."""
    [thing] = given(pair, BAD)
    raw = json.dumps(sighting(BAD, "one", count=4)).encode()
    assert intake.take(pair.jp, raw, "own-cyber", KEN, made_from=[thing.rid]).taken == 1
    pair.settle()
    assert said(pair.il) == said(pair.jp) == [("JP", "sighted", 4)]
    assert len(came(pair.il, "JP", sighting(BAD, "one")).rid) == 64


def test_a_sighting_of_what_nobody_gave_waits(pair: Pair) -> None:
    raw = json.dumps(sighting(WORSE, "one")).encode()
    intake.take(pair.jp, raw, "own-cyber", KEN)
    pair.settle()
    assert said(pair.il) == said(pair.jp) == []


def test_only_the_originator_decides_on_a_correction(pair: Pair) -> None:
    """Japan proposes; Israel sees it, accepts it, and both sides know."""
    [thing] = given(pair, BAD)
    write(pair.jp, "correction", "C-1", thing.rid, re=thing.handle, text="FICTIONAL. The name is another.")
    pair.settle()
    [remark] = remarks.listed(pair.il)
    assert (remark.said.word, remark.ruling) == ("proposed", None)
    proposal = remarks.proposed(pair.il, remark.said.rid)
    write(pair.il, "ruling", "R-1", re=proposal.handle, ruling="accepted")
    pair.settle()
    for node in (pair.il, pair.jp):
        assert [(one.said.word, one.ruling) for one in remarks.listed(node)] == [
            ("proposed", "accepted"),
            ("accepted", None),
        ]


def test_a_correction_of_what_is_not_ours_alone_is_not_ours_to_decide(pair: Pair) -> None:
    """Israel passes on what it made from Japan's: Japan's proposal about it is for both."""
    [theirs] = take(pair.jp, stix("malware", "source")).rids
    pair.settle()
    source = came(pair.il, "JP", stix("malware", "source"))
    intake.take(pair.il, json.dumps(BAD).encode(), "own-cyber", DANA, made_from=[source.rid])
    pair.settle()
    thing = came(pair.jp, "IL", BAD)
    write(pair.jp, "correction", "C-1", re=thing.handle, text="FICTIONAL.")
    pair.settle()
    [remark] = remarks.listed(pair.il)
    with pytest.raises(Refused, match="not ours alone: it is information of JP"):
        remarks.proposed(pair.il, remark.said.rid)
    write(pair.il, "ruling", "R-1", re=remark.said.handle, ruling="accepted")
    pair.settle()
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert [row.code for row in reader.refused()] == [worth.NOT_ITS_OWN]
    assert [one.ruling for one in remarks.listed(pair.jp)] == [None]
    assert theirs


def test_what_was_withdrawn_before_it_went_was_not_said(pair: Pair) -> None:
    [thing] = given(pair, BAD)
    write(pair.jp, "feedback", "F-1", re=thing.handle, verdict="useful")
    follow.follow(pair.jp, pair.agreement)
    assert said(pair.jp) == [("JP", "useful", None)]
    standing.withdraw(pair.jp, pair.agreement, "standing-jp", DANA)
    pair.settle()
    assert said(pair.il) == said(pair.jp) == []
    release(pair.jp, "again", ("cyber.*",))
    pair.settle()
    assert said(pair.il) == said(pair.jp) == [("JP", "useful", None)]


def test_what_was_withdrawn_before_it_went_was_not_given(pair: Pair) -> None:
    take(pair.il, BAD, WORSE)
    follow.follow(pair.il, pair.agreement)
    assert figures(pair.il).ours.given == 2
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    pair.settle()
    assert figures(pair.il) == figures(pair.jp) == Reciprocity()


def test_both_sides_count_alike(pair: Pair) -> None:
    """Given, used, what was said, and the median of the times to act, each by its own clock."""
    first, second = given(pair, BAD, WORSE)
    pair.clock.forward(minutes=10)
    write(pair.jp, "feedback", "F-1", re=first.handle, verdict="blocked", count=2)
    pair.settle()
    pair.clock.forward(minutes=20)
    write(pair.jp, "feedback", "F-2", re=second.handle, verdict="acted-on")
    write(pair.jp, "feedback", "F-3", re=second.handle, verdict="not-useful")
    pair.settle()
    side = Side(2, 2, {"acted-on": 1, "blocked": 1, "not-useful": 1}, timedelta(minutes=20))
    assert figures(pair.il) == Reciprocity(ours=side)
    assert figures(pair.jp) == Reciprocity(theirs=side)


def test_figures_say_nothing_of_what_is_withheld(pair: Pair) -> None:
    """Two houses that differ only in what they withhold have the same figures of the agreement (law 4)."""
    [thing] = given(pair, BAD)
    write(pair.jp, "feedback", "F-1", re=thing.handle, verdict="useful")
    pair.settle()
    before = figures(pair.il), figures(pair.jp)
    take(pair.il, *(stix("malware", f"withheld {n}", Tlp.RED) for n in range(3)))
    pair.settle()
    assert (figures(pair.il), figures(pair.jp)) == before
