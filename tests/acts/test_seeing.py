"""What our own people see was answered under what counts now; what has still to be asked again is served to nobody."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comity.acts import offering, policies, searching, showing
from comity.acts.collections import Served
from comity.acts.node import Node
from comity.api.taxii import PATIENCE, Taxii
from comity.cedar import FOLDER
from comity.core.errors import Unreachable
from comity.release.collection import EVERY, Caller, Collection, Holder, State, Token, Wanted
from comity.release.offered import Audience, Definition
from tests.acts.policied import rule
from tests.acts.shelves import calling, envelope, indicator, seen, shelved, working
from tests.acts.test_events import tell
from tests.acts.things import stix, take
from tests.api.asking import API, Client, memory
from tests.api.scene import MANY
from tests.joined import DANA, Pair, example, pair_in

ALL = Wanted(versions=frozenset({EVERY}))
ARMY = Audience("army", people=frozenset({"dana"}))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with shelved(tmp_path / "node") as made:
        yield made


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_in(tmp_path / "pair") as made:
        yield made


def write(folder: Path, *rules: str) -> None:
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    (place / "own.cedar").write_text("\n".join(rules), "utf-8")


def behind(node: Node, collection: Collection) -> None:
    """As after the first batch of many that are asked again."""
    with node.views(offering.NATIONAL).begin() as tx:
        view = tx.view(collection.view)
        assert view is not None
        tx.put_view(replace(view, again=0, until=view.upto))


def shop(node: Node) -> tuple[Served, Caller, Collection]:
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    served.post(caller, collection, envelope(indicator(1), indicator(2)))
    return served, caller, collection


def test_a_view_that_is_being_asked_again_is_served_to_nobody(node: Node) -> None:
    """Not even in part: a poller would go on behind rows that it has not met, and the gap would tell of them."""
    served, caller, collection = shop(node)
    behind(node, collection)
    for read in (served.contents, served.page):
        with pytest.raises(Unreachable):
            read(collection, ALL)
    with pytest.raises(Unreachable):
        served.delete(caller, collection, indicator(1)["id"], ALL)
    status = served.post(caller, collection, envelope(indicator(3)))
    assert [one.state for one in status.verdicts] == [State.SUCCESS]
    assert len(seen(served, collection)) == 3


def test_a_consumer_is_told_to_come_back(node: Node) -> None:
    """With an error resource and when; what it asked for before it can ask again, and it has missed nothing."""
    _, _, collection = shop(node)
    secret = offering.issue(node, Holder.ORGANISATION, "shop", DANA)[1]
    assert secret is not None
    client = Client(memory(Taxii(Served(node), "IL", MANY)), Token(secret))
    objects = f"{API}collections/{collection.id}/objects/"
    first = client.get(f"{objects}?limit=1")
    behind(node, collection)
    for target in (objects, objects.replace("objects", "manifest"), f"{objects}{indicator(1)['id']}/"):
        answer = client.get(target)
        assert (answer.status, answer.headers["retry-after"]) == (503, PATIENCE.decode())
        assert answer.json["http_status"] == "503"
        assert "indicator" not in answer.body.decode()
    assert client.get(f"{API}collections/{collection.id}/").status == 200
    showing.follow_national(node)
    assert first.ids + client.get(f"{objects}?limit=1&next={first.json['next']}").ids == [
        indicator(1)["id"],
        indicator(2)["id"],
    ]


def test_a_rule_that_is_written_bars_before_anything_is_asked_again(node: Node, tmp_path: Path) -> None:
    """From the moment at which the house log has it; whoever looks for something is not answered either."""
    served, _, collection = shop(node)
    people = offering.define(node, Definition("", "For Dana", alias="dana", audience=ARMY), DANA)
    showing.follow_national(node)
    write(tmp_path / "node", rule("quiet", 'action == Action::"access" && principal == Authority::"shop"'))
    assert len(seen(served, collection)) == 2
    assert policies.note(node)
    with pytest.raises(Unreachable):
        seen(served, collection)
    with pytest.raises(Unreachable):
        searching.find(node, "a", DANA)
    showing.follow_national(node)
    assert seen(served, collection) == []
    with node.views(offering.NATIONAL).reader() as reader:
        view = reader.view(people.id)
        assert view is not None
        assert len(reader.of(view.id, [indicator(1)["id"], indicator(2)["id"]])) == 2
    write(tmp_path / "node")
    showing.follow_national(node)
    assert len(seen(served, collection)) == 2


def test_rules_that_cannot_be_read_show_nothing(node: Node, tmp_path: Path) -> None:
    served, _, collection = shop(node)
    write(tmp_path / "node", "forbid(")
    showing.follow_national(node)
    assert seen(served, collection) == []


def test_an_agreement_that_turns_bars_from_its_instant(pair: Pair) -> None:
    """Also where nobody does anything at that instant but the clock."""
    node = pair.il
    offering.define(node, Definition("", "For Dana", alias="dana", audience=ARMY), DANA)
    served, caller = calling(node, Holder.PERSON, "dana")
    collection = served.collection(caller, "dana")
    assert collection is not None
    take(node, stix("malware", "one"))
    tell(pair, node, "suspension", effective="2027-03-04")
    pair.settle()
    showing.follow_national(node)
    assert len(seen(served, collection)) == 1
    pair.clock.forward(days=3)
    with pytest.raises(Unreachable):
        seen(served, collection)
    showing.follow_national(node)
    assert len(seen(served, collection)) == 1


def test_a_clearance_ends_at_its_instant(pair: Pair) -> None:
    """What it let be seen is not served beyond it, whether or not the follower has come by, and also where everything
    was asked again before."""
    node, clock = pair.il, pair.clock
    until = clock().replace(hour=clock().hour + 1)
    audience = replace(ARMY, level=example().levels["IL"][0], until=until)
    offering.define(node, Definition("", "For Dana", alias="dana", audience=audience), DANA)
    served, caller = calling(node, Holder.PERSON, "dana")
    collection = served.collection(caller, "dana")
    assert collection is not None
    take(node, stix("malware", "one"))
    for _ in range(2):
        showing.follow_national(node)
        with node.views(offering.NATIONAL).begin() as tx:
            view = tx.view(collection.view)
            assert view is not None
            assert view.good_until == until
            tx.put_view(replace(view, terms=""))
    showing.follow_national(node)
    assert len(seen(served, collection)) == 1
    clock.forward(hours=2)
    with pytest.raises(Unreachable):
        seen(served, collection)
    showing.follow_national(node)
    assert len(seen(served, collection)) == 1
