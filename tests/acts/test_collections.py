"""A collection is a view: who may read it reads stored bytes, who may write to it is answered object by object."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comity.acts import offering, showing, writing
from comity.acts.collections import Served
from comity.acts.intake import take
from comity.acts.node import Node
from comity.core.errors import Absent, Malformed, Refused
from comity.release.collection import EVERY, Basic, Certificate, Holder, State, Token, Wanted
from comity.release.offered import Audience, Definition
from tests.acts.shelves import calling, envelope, indicator, seen, shelved, working
from tests.joined import DANA, Clock, Pair, pair_in

LAST = Wanted()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with shelved(tmp_path / "node") as made:
        yield made


def test_what_was_written_is_read_as_it_came_once(node: Node) -> None:
    """Durable, labelled and in the ledger when it is answered; the same again is a success and is kept once."""
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    first = served.post(caller, collection, envelope(indicator(1), indicator(2)))
    again = served.post(caller, collection, envelope(indicator(2), indicator(2), indicator(1, 2)))
    assert [one.state for one in (*first.verdicts, *again.verdicts)] == [State.SUCCESS] * 5
    assert seen(served, collection) == [indicator(1), indicator(2), indicator(1, 2)]
    assert seen(served, collection, LAST) == [indicator(2), indicator(1, 2)]
    with node.house.reader() as house:
        assert [entry.by for entry in house.log_after(0, 99) if entry.entry["act"] == "taken"] == [
            "organisation:shop"
        ] * 3


def test_a_bad_object_spoils_no_other(node: Node) -> None:
    """Each is told for itself, with what is wrong; another's version is not overwritten; nothing bad is kept."""
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    served.post(caller, collection, envelope(indicator(1)))
    bad = {"type": "indicator", "id": "indicator--x"}
    status = served.post(caller, collection, envelope(bad, indicator(1, name="another"), indicator(3), {}))
    assert [one.state for one in status.verdicts] == [State.FAILURE, State.FAILURE, State.SUCCESS, State.FAILURE]
    assert status.verdicts[1].message == writing.CLASH
    assert status.complete
    assert seen(served, collection) == [indicator(1), indicator(3)]
    with node.house.reader() as house:
        assert house.counts() == {"live": 2}
    for broken in (b"{}", b"[]", b'{"objects":[}', b'{"objects":[],"x":1}', b"\xff"):
        with pytest.raises(Malformed):
            served.post(caller, collection, broken)


def test_a_flood_of_new_patterns_waits_and_nobody_else_does(node: Node) -> None:
    """Beyond what one post may spend, an object is pending, is read behind, and a bad one fails then."""
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    objects = [indicator(n, pattern=f"[file:name = 'n{n}' AND file:size = 1]") for n in range(writing.COSTLY + 2)]
    objects.append(indicator(9999, pattern="[nonsense"))
    status = served.post(caller, collection, envelope(*objects))
    assert [one.state for one in status.verdicts].count(State.PENDING) == 3
    other = served.post(caller, collection, envelope(indicator(5000)))
    assert other.complete
    while writing.read_later(node, "national"):
        showing.follow(node, "national")
    after = served.status(caller, status.id)
    assert after is not None
    assert after.complete
    assert [one.state for one in after.verdicts].count(State.FAILURE) == 1
    assert len(seen(served, collection)) == writing.COSTLY + 3


def test_a_large_post_is_kept_in_parts_and_told_as_one(node: Node) -> None:
    """What is read later costs what is read: only its own part of the status is written again."""
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    plain = [indicator(n) for n in range(writing.PART)]
    costly = [indicator(900 + n, pattern=f"[file:name = 'p{n}' AND file:size = 1]") for n in range(writing.COSTLY + 2)]
    status = served.post(caller, collection, envelope(*plain, *costly))
    with node.views("national").reader() as reader:
        before = reader.posted(status.id)
    assert [one.unread for one in before] == [0, 2]
    while writing.read_later(node, "national") + showing.follow(node, "national"):
        pass
    with node.views("national").reader() as reader:
        assert reader.posted(status.id)[0] == before[0]
    after = served.status(caller, status.id)
    assert after is not None
    assert after.complete
    assert [one.ext_id for one in after.verdicts] == [one["id"] for one in (*plain, *costly)]


def test_a_status_is_its_posters_own_and_waits_for_the_view(node: Node) -> None:
    """Pending until the follower has passed it; to anybody else it is not there, also after a restart."""
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    _, other = calling(node, Holder.ORGANISATION, "shop")
    status = served.post(caller, collection, envelope(indicator(1)))
    with node.views("national").begin() as tx:
        view = tx.view(collection.view)
        assert view is not None
        tx.put_view(replace(view, upto=0))
    behind = served.status(caller, status.id)
    assert behind is not None
    assert not behind.complete
    showing.follow(node, "national")
    assert served.status(caller, status.id) == status
    assert served.status(other, status.id) is None
    assert served.status(caller, "00000000-0000-4000-8000-000000000000") is None


def test_what_is_taken_out_leaves_no_hole_and_may_be_written_again(node: Node) -> None:
    """A fact of the house; the versions that stay are the last there are; other collections keep theirs."""
    collection, beside = working(node), working(node, "beside")
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    served.post(caller, collection, envelope(indicator(1), indicator(1, 2), indicator(1, 3)))
    ext_id = indicator(1)["id"]
    assert served.delete(caller, collection, ext_id, LAST)
    assert seen(served, collection, LAST) == [indicator(1, 2)]
    assert len(seen(served, beside)) == 3
    with node.views("national").begin() as tx:
        view = tx.view(collection.view)
        assert view is not None
        tx.put_view(replace(view, terms=""))  # everything is asked again
    showing.follow(node, "national")
    assert seen(served, collection, LAST) == [indicator(1, 2)]
    with node.views("national").begin() as tx:
        for view in tx.views():
            tx.drop_view(view.id)  # as where the file is lost
    showing.follow(node, "national")
    assert seen(served, collection, LAST) == [indicator(1, 2)]
    served.post(caller, collection, envelope(indicator(1, 3)))
    assert seen(served, collection, LAST) == [indicator(1, 3)]
    assert served.delete(caller, collection, ext_id, Wanted(versions=frozenset({EVERY})))
    assert seen(served, collection) == []
    assert not served.delete(caller, collection, ext_id, LAST)


def test_a_credential_is_known_by_its_digest_until_it_ends(node: Node) -> None:
    """Drawn here, told once, kept as an HMAC; unknown, ended and withdrawn are one answer."""
    given, secret = offering.issue(node, Holder.PERSON, "dana", DANA, user="dana", until=node.clock() + timedelta(1))
    shown_by, _ = offering.issue(node, Holder.PARTY, "JP", DANA, fingerprint="AB:" * 31 + "AB")
    assert secret is not None
    assert len(bytes.fromhex(secret)) == 32
    served, clock = Served(node), node.clock
    assert isinstance(clock, Clock)
    for shown in (Basic("dana", secret), Token(secret)):
        caller = served.caller(shown)
        assert caller is not None
        assert (caller.credential, caller.by) == (given.id, "person:dana")
    assert served.caller(Certificate("ab" * 32)) is not None
    assert [served.caller(one) for one in (Basic("x", secret), Token("x"), Token(""), Certificate("cd" * 32))] == [
        None
    ] * 4
    with node.house.reader() as house:
        assert all(secret.encode() not in fact.body for fact in house.facts(offering.CREDENTIAL))
    offering.revoke(node, shown_by.id[:8], DANA)
    assert served.caller(Certificate("ab" * 32)) is None
    clock.forward(days=1)
    assert served.caller(Token(secret)) is None
    with pytest.raises(Refused):
        offering.issue(node, Holder.PERSON, "dana", DANA, secret=secret)


def test_what_is_not_for_a_caller_does_not_exist_for_it(node: Node) -> None:
    """By id, by alias, in the list, by status: absent and not-for-it are the same."""
    mine = working(node)
    theirs = working(node, "theirs", Audience("bank", "company"))
    people = offering.define(
        node, Definition("", "People", alias="people", audience=Audience("army", people=frozenset({"dana"}))), DANA
    )
    served, shop = calling(node, Holder.ORGANISATION, "shop")
    _, dana = calling(node, Holder.PERSON, "dana")
    _, party = calling(node, Holder.PARTY, "shop")
    assert [one.alias for one in served.collections(shop)] == ["rw"]
    assert [one.alias for one in served.collections(dana)] == ["people"]
    assert served.collections(party) == []
    assert [served.collection(shop, name) for name in (theirs.id, "theirs", people.id, "nowhere")] == [None] * 4
    found = served.collection(shop, mine.id)
    assert found is not None
    assert (found.can_read, found.can_write) == (True, True)
    offering.end(node, mine.id, DANA)
    assert served.collection(shop, mine.id) is None
    with pytest.raises(Absent):
        offering.end(node, mine.id, DANA)


@pytest.mark.slow
def test_a_partner_reads_what_was_released_to_it_and_writes_to_its_inbox(tmp_path: Path) -> None:
    """Its view has its releases and nothing else; what it writes is taken in as its own, without a default label."""
    with pair_in(tmp_path / "pair") as pair:
        _released(pair)
        node = pair.il
        for_japan = Definition("", "For Japan", alias="jp", agreement=pair.agreement, party="JP")
        offering.define(node, for_japan, DANA)
        offering.define(node, replace(for_japan, title="From Japan", alias="in", inbox=True), DANA)
        served, caller = calling(node, Holder.PARTY, "JP")
        showing.follow(node, pair.agreement)
        out, inbox = served.collection(caller, "jp"), served.collection(caller, "in")
        assert out is not None
        assert inbox is not None
        assert ((out.can_read, out.can_write), (inbox.can_read, inbox.can_write)) == ((True, False), (False, True))
        with node.agreements(pair.agreement).reader() as store:
            rows = store.releases("JP", 0, 9999)
            copies = [store.body(row.copy) for row in rows if row.kind == "cyber.stix/1"]
        assert served.collections(calling(node, Holder.PARTY, "FR")[1]) == []
        found = served.contents(out, Wanted(versions=frozenset({EVERY}), limit=5000))
        assert found.joined
        assert found.joined == b",".join(copies)
        status = served.post(caller, inbox, envelope(indicator(1)))
        assert status.complete
        assert status.verdicts[0].state is State.FAILURE
        assert (status.verdicts[0].message or "").startswith(writing.HELD)
        clear = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
        marked = served.post(caller, inbox, envelope(indicator(2, object_marking_refs=[clear])))
        assert [one.state for one in marked.verdicts] == [State.SUCCESS]
        with node.house.reader() as house:
            assert [one.source for one in house.by_ext_id(indicator(2)["id"])] == ["JP"]


def _released(pair: Pair) -> None:
    raw = envelope(indicator(71), indicator(72), indicator(73))
    take(pair.il, raw, "mitre-attack", DANA)
    pair.settle()
