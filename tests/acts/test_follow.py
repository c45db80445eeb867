"""The follower reads every entry once, releases what may go with what it points at, and never sends back."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from comity.acts import agreements, follow, quarantine, standing
from comity.acts.node import Node
from comity.agreement import signed, text
from comity.annexes import cyber
from comity.annexes.cyber.stix import Stix, StixObject
from comity.core import dsse, strictjson
from comity.exchange.lane import Lane
from comity.labels.label import Label, OriginLabel, Tlp
from comity.records import ReleaseRow
from comity.release.kind import Annex, Removals
from comity.release.question import Outcome
from tests.acts.crossing import outbox, payload
from tests.acts.things import (
    BEYOTER,
    SHAMUR,
    body,
    holds,
    note,
    origin,
    portion,
    record,
    relation,
    report,
    stix,
    stix_id,
    take,
    take_report,
)
from tests.joined import DANA, Pair, standing_release


def releases(node: Node, agreement: str, party: str = "JP") -> list[ReleaseRow]:
    with node.agreements(agreement).reader() as reader:
        return reader.releases(party, 0, 10_000)


def outcome(node: Node, agreement: str, rid: str) -> str:
    with node.agreements(agreement).reader() as reader:
        row = reader.outcome_of(rid)
    assert row is not None
    return row.outcome


# -- exactly once ---------------------------------------------------------------------------------------------------


def test_calling_it_again_does_nothing(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"), stix("malware", "two", Tlp.RED))
    first = follow.follow(pair.il, pair.agreement)
    again = follow.follow(pair.il, pair.agreement)
    assert (first.released, first.withheld, first.envelopes) == (1, 1, 1)
    assert (again.read, again.released, again.envelopes) == (0, 0, 0)
    assert len(releases(pair.il, pair.agreement)) == 1


def test_one_that_dies_before_its_commit_has_done_nothing(pair: Pair) -> None:
    """The batch is one transaction: decisions, releases, leaves, envelope and cursor together."""
    take(pair.il, stix("malware", "one"))

    def dead(_size: int) -> bytes:
        raise RuntimeError("no more random bytes")

    with pytest.raises(RuntimeError):
        follow.follow(replace(pair.il, entropy=dead), pair.agreement)
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert list(reader.all_outgoing()) == []
        assert reader.log_size("out") == 0
        assert reader.outcome_counts() == {}
    assert follow.follow(pair.il, pair.agreement).released == 1


def test_every_record_decided_has_an_outcome_with_a_citation(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"), stix("malware", "two", Tlp.RED), stix("malware", "three", Tlp.AMBER_STRICT))
    follow.follow(pair.il, pair.agreement)
    with pair.il.agreements(pair.agreement).reader() as reader:
        counts = reader.outcome_counts()
    assert sum(counts.values()) == 3
    assert all(cites for _, cites in counts)
    assert {cites.split()[0] for (word, cites), _ in counts.items() if word == "deny"} == {"agreement:4(5)@1"}


def test_what_the_partner_sent_is_never_sent_back(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 1
    assert releases(pair.jp, pair.agreement, "IL") == []
    with pair.jp.agreements(pair.agreement).reader() as reader:
        assert list(reader.all_outgoing()) == []


def test_quarantined_records_are_no_question_at_all(pair: Pair) -> None:
    [(rid, _)] = take(pair.il, stix("malware", "one", None)).quarantined
    assert follow.follow(pair.il, pair.agreement).withheld == 0
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert reader.outcome_of(rid) is None


def test_a_relabelled_record_is_read_again(pair: Pair) -> None:
    [(rid, _)] = take(pair.il, stix("malware", "one", None)).quarantined
    follow.follow(pair.il, pair.agreement)
    green = Label.of(OriginLabel("IL", tlp=Tlp.GREEN))
    quarantine.relabel(pair.il, rid, green, DANA, "forgotten by the author", "cyber-defence")
    assert follow.follow(pair.il, pair.agreement).released == 1


def test_a_fact_asks_again_about_what_was_withheld_and_about_nothing_else(pair: Pair) -> None:
    result = take(pair.il, stix("malware", "green"), stix("malware", "red", Tlp.RED))
    follow.follow(pair.il, pair.agreement)
    wider = replace(standing_release(pair.il, "wider", ("cyber.*",)), up_to_tlp=Tlp.RED)
    standing.sign(pair.il, wider, DANA)
    again = follow.follow(pair.il, pair.agreement)
    assert (again.released, again.withheld) == (0, 1)
    assert [row.rid for row in releases(pair.il, pair.agreement)] == [result.rids[0]]


def test_a_version_decides_from_the_day_it_enters_into_force(pair: Pair) -> None:
    """Signed and imported it changes nothing yet: until its day what binds is what bound before."""
    held = agreements.held(pair.il, pair.agreement).newest
    second = replace(held, version=2, life=replace(held.life, signed="2027-06-01"))
    both = dsse.seal(signed.PAYLOAD_TYPE, text.canonical(second), [pair.il.vault, pair.jp.vault])
    for node in (pair.il, pair.jp):
        agreements.bring_in(node, both, DANA)
    take(pair.il, stix("malware", "one"))
    pair.settle()
    pair.clock.forward(days=100)
    take(pair.il, stix("malware", "two"))
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 2
    assert [payload(row.raw)["agreement"] for row in outbox(pair.il, pair.agreement)] == [
        "IL-JP-FICTION@1",
        "IL-JP-FICTION@2",
    ]


# -- closure --------------------------------------------------------------------------------------------------------


def test_things_that_point_at_each_other_go_together(pair: Pair) -> None:
    a, b = stix("identity", "a"), stix("identity", "b")
    a["created_by_ref"], b["created_by_ref"] = b["id"], a["id"]
    take(pair.il, a, b)
    assert follow.follow(pair.il, pair.agreement).released == 2


def test_one_of_a_circle_that_may_not_go_keeps_the_other(pair: Pair) -> None:
    a, b = stix("identity", "a"), stix("identity", "b", Tlp.RED)
    a["created_by_ref"], b["created_by_ref"] = b["id"], a["id"]
    followed = (take(pair.il, a, b), follow.follow(pair.il, pair.agreement))[1]
    assert (followed.released, followed.waiting, followed.withheld) == (0, 1, 1)


def test_what_waits_goes_when_its_reference_comes(pair: Pair) -> None:
    a, b = stix("malware", "a"), stix("malware", "b")
    rid = take(pair.il, relation("r", a, b), a).rids[0]
    first = follow.follow(pair.il, pair.agreement)
    assert (first.released, first.waiting) == (1, 1)
    assert outcome(pair.il, pair.agreement, rid) == "waiting"
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert [row.missing for row in reader.all_waiting("JP")] == [(b["id"],)]
    take(pair.il, b)
    second = follow.follow(pair.il, pair.agreement)
    assert (second.released, second.waiting) == (2, 0)
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert reader.all_waiting("JP") == []


def test_what_waits_for_a_thing_that_waits_goes_with_both(pair: Pair) -> None:
    """A chain: the last link brings all of it."""
    author, thing = stix("identity", "author"), stix("malware", "thing")
    thing["created_by_ref"] = author["id"]
    take(pair.il, relation("r", thing, thing))
    take(pair.il, thing)
    assert follow.follow(pair.il, pair.agreement).waiting == 2
    take(pair.il, author)
    assert follow.follow(pair.il, pair.agreement).released == 3


def test_a_reference_in_a_list_is_left_out_of_the_copy(pair: Pair) -> None:
    kept, barred = stix("malware", "kept"), stix("malware", "barred", Tlp.RED)
    about = note("n", [kept, barred])
    rid = take(pair.il, kept, barred, about).rids[2]
    pair.settle()
    assert outcome(pair.il, pair.agreement, rid) == "sanitise"
    assert json.loads(holds(pair.jp, "IL")[about["id"]]) == about | {"object_refs": [kept["id"]]}
    assert barred["id"].encode() not in b"".join(pair.cables[0].posts)


def test_a_list_that_would_be_empty_makes_its_object_wait(pair: Pair) -> None:
    """STIX allows no empty list: the copy cannot be made, so the object waits for what it is about."""
    barred = stix("malware", "barred", Tlp.RED)
    rid = take(pair.il, barred, note("n", [barred])).rids[1]
    follow.follow(pair.il, pair.agreement)
    assert outcome(pair.il, pair.agreement, rid) == "waiting"


def test_a_struct_in_a_list_is_left_out_whole(pair: Pair) -> None:
    part = stix("artifact", "part", Tlp.RED)
    mail = stix("email-message", "mail")
    mail["body_multipart"] = [{"body": "shown", "content_type": "text/plain"}, {"body_raw_ref": part["id"]}]
    for value in (part, mail):
        del value["created"], value["modified"]
    take(pair.il, part, mail)
    pair.settle()
    copy = json.loads(holds(pair.jp, "IL")[mail["id"]])
    assert copy["body_multipart"] == mail["body_multipart"][:1]


def test_a_marking_nobody_else_holds_blocks(pair: Pair) -> None:
    """A marking reference is never filtered: without its definition, which may not go, the object waits."""
    statement = stix("marking-definition", "ours", Tlp.RED)
    del statement["modified"]
    marked = stix("malware", "one")
    marked["object_marking_refs"].append(statement["id"])
    rid = take(pair.il, statement, marked).rids[1]
    follow.follow(pair.il, pair.agreement)
    assert outcome(pair.il, pair.agreement, rid) == "waiting"


def test_a_markings_definition_goes_before_what_carries_it(pair: Pair) -> None:
    statement = stix("marking-definition", "ours")
    del statement["modified"]
    marked = stix("malware", "one")
    marked["object_marking_refs"].append(statement["id"])
    take(pair.il, marked, statement)
    follow.follow(pair.il, pair.agreement)
    assert [row.ext_id for row in releases(pair.il, pair.agreement)] == [statement["id"], marked["id"]]
    pair.settle()
    assert quarantine.waiting(pair.jp) == []


def test_the_standard_definitions_are_held_by_all(pair: Pair) -> None:
    take(pair.il, stix("malware", "one", Tlp.AMBER))
    assert follow.follow(pair.il, pair.agreement).released == 1


def test_a_sighting_goes_once_what_it_sights_has_come_from_the_partner(pair: Pair) -> None:
    theirs = stix("indicator", "theirs")
    take(pair.il, stix("sighting", "ours", sighting_of_ref=theirs["id"]))
    assert follow.follow(pair.il, pair.agreement).waiting == 1
    take(pair.jp, theirs)
    pair.settle()
    assert [row.kind for row in releases(pair.il, pair.agreement)] == ["cyber.stix/1"]


def test_a_sighting_of_what_the_partner_sent_can_go(pair: Pair) -> None:
    """What came from the partner is there already: pointing at it waits for nothing."""
    theirs = stix("indicator", "theirs")
    take(pair.jp, theirs)
    pair.settle()
    assert set(holds(pair.il, "JP")) == {theirs["id"]}
    take(pair.il, stix("sighting", "ours", sighting_of_ref=theirs["id"]))
    assert follow.follow(pair.il, pair.agreement).released == 1


# -- sanitising -----------------------------------------------------------------------------------------------------


def tear() -> bytes:
    japan = {"rel_to": ["IL", "JP"]}
    return report(
        "R-1",
        portion("above", origin(BEYOTER), text="ABOVE THE LINE"),
        portion("detail", origin(SHAMUR, **japan), text="DETAIL"),
        portion("below", origin(SHAMUR, **japan), text="BELOW THE LINE"),
        title="The title of the whole",
        tear_line=["below"],
    )


def test_above_the_tear_line_nothing_goes(pair: Pair) -> None:
    rid = take_report(pair.il, tear()).rids[0]
    pair.settle()
    assert outcome(pair.il, pair.agreement, rid) == "sanitise"
    copy = holds(pair.jp, "IL")["R-1"]
    assert b"BELOW THE LINE" in copy
    assert not any(word in copy for word in (b"ABOVE", b"DETAIL", b"title"))
    [row] = releases(pair.il, pair.agreement)
    with pair.il.agreements(pair.agreement).reader() as reader:
        decided = reader.decision(row.did)
        assert reader.body(row.copy) == copy
    assert decided is not None
    assert decided.outcome == "allow", "the release stands on the decision about the copy, not about the whole"


def test_the_house_keeps_the_whole(pair: Pair) -> None:
    rid = take_report(pair.il, tear()).rids[0]
    pair.settle()
    assert body(pair.il, rid) == tear()


class Stubborn(Stix):
    """A kind that does not remove what it is told to remove."""

    def sanitise(self, record: StixObject, removals: Removals) -> StixObject:  # noqa: ARG002  # it does not listen
        return record


def parted() -> dict[str, Any]:
    """An indicator of which one part may go and another may not."""
    value = stix("indicator", "one", description="SECRET", confidence=50)
    marks = {tlp: stix("indicator", "x", tlp)["object_marking_refs"][0] for tlp in (Tlp.GREEN, Tlp.RED)}
    value["granular_markings"] = [
        {"marking_ref": marks[Tlp.RED], "selectors": ["description"]},
        {"marking_ref": marks[Tlp.GREEN], "selectors": ["confidence"]},
    ]
    return value


def test_a_part_that_may_not_go_is_left_out(pair: Pair) -> None:
    value = parted()
    take(pair.il, value)
    pair.settle()
    copy = json.loads(holds(pair.jp, "IL")[value["id"]])
    left = value | {"granular_markings": value["granular_markings"][1:]}
    assert copy == {name: member for name, member in left.items() if name != "description"}


def test_what_no_portion_holds_is_left_when_all_portions_go(pair: Pair) -> None:
    """A STIX object with one granular marking is sanitised: its other properties are marked by the object itself."""
    value = parted()
    value["granular_markings"] = value["granular_markings"][:1]
    take(pair.il, value)
    pair.settle()
    gone = {"description", "granular_markings"}
    copy = json.loads(holds(pair.jp, "IL")[value["id"]])
    assert copy == {name: member for name, member in value.items() if name not in gone}


def test_a_copy_that_would_have_to_be_sanitised_again_is_denied(pair: Pair) -> None:
    """The decision is asked of the copy itself: a kind that leaves in what must go gets a denial, not a release."""
    rid = take(pair.il, parted()).rids[0]
    stubborn = replace(pair.il, annexes=(Annex("cyber", (Stubborn(),), cyber.ANNEX.read), *pair.il.annexes[1:]))
    followed = follow.follow(stubborn, pair.agreement)
    assert (followed.released, followed.withheld) == (0, 1)
    assert outcome(pair.il, pair.agreement, rid) == Outcome.DENY.text


# -- batches --------------------------------------------------------------------------------------------------------


def sizes(pair: Pair, lane: Lane = Lane.ROUTINE) -> list[int]:
    """Items in each envelope of the lane, in order; of open bodies only."""
    with pair.il.agreements(pair.agreement).reader() as reader:
        rows = reader.outgoing_after(pair.il.mode, lane, 0, 0, 1000)
    bodies = [strictjson.parse(dsse.parse(row.raw).payload)["body"] for row in rows]
    return [len(one["items"]) for one in bodies if one["kind"] == "items"]


def test_what_is_withheld_never_moves_the_cut_of_a_batch(pair: Pair) -> None:
    """1,600 things that may go fill whole envelopes, however many that may not stand between them (law 4)."""
    public = [stix("identity", f"i{n}", Tlp.CLEAR) for n in range(1600)]
    barred = [stix("identity", f"r{n}", Tlp.RED) for n in range(800)]
    mixed = [one for pair_ in zip(public[:800], barred, strict=True) for one in pair_] + public[800:]
    take(pair.il, *mixed)
    follow.follow(pair.il, pair.agreement)
    assert sizes(pair) == [1000, 600]


def test_what_waits_for_ever_does_not_move_it_either(pair: Pair) -> None:
    barred = stix("identity", "barred", Tlp.RED)
    public = [stix("identity", f"i{n}", Tlp.CLEAR) for n in range(1600)]
    stuck = [relation(f"w{n}", barred, barred) for n in range(30)]
    take(pair.il, barred, *stuck, *public)
    follow.follow(pair.il, pair.agreement)
    assert sizes(pair) == [1000, 600]


def test_a_withheld_thing_behind_the_cut_does_not_hold_up_what_names_it(pair: Pair) -> None:
    """A list that names something barred goes without it at once, as if that thing did not exist (law 4)."""
    kept, barred = stix("identity", "kept", Tlp.CLEAR), stix("identity", "barred", Tlp.RED)
    public = [stix("identity", f"i{n}", Tlp.CLEAR) for n in range(1200)]
    about = note("n", [kept, barred], tlp=Tlp.CLEAR)
    take(pair.il, kept, about, *public, barred)
    follow.follow(pair.il, pair.agreement)
    assert [row.ext_id for row in releases(pair.il, pair.agreement)][:2] == [kept["id"], about["id"]]


def test_the_release_sequence_has_no_gap_and_rises(pair: Pair) -> None:
    take(pair.il, *[stix("malware", f"m{n}", Tlp.RED if n % 3 else Tlp.GREEN) for n in range(12)])
    follow.follow(pair.il, pair.agreement)
    take(pair.il, stix("malware", "later"))
    follow.follow(pair.il, pair.agreement)
    rows = releases(pair.il, pair.agreement)
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert all(one.added < other.added for one, other in pairwise(rows))
    assert len({row.handle for row in rows}) == 5
    assert not {row.handle for row in rows} & {record(pair.il, row.rid).handle for row in rows}
    assert stix_id("malware", "later") == rows[-1].ext_id
