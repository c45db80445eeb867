"""What our own people were let see stands in the house ledger, by decisions that can be asked again."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from comity import cedar
from comity.acts import accesses, foldered, offering, showing
from comity.acts.node import Node
from comity.acts.offering import NATIONAL
from comity.acts.replaying import ALL, replay
from comity.cedar import FOLDER
from comity.core import strictjson
from comity.labels.label import Tlp
from comity.release.collection import Holder, Wanted
from comity.release.offered import Audience, Definition
from tests.acts.policied import rule
from tests.acts.shelves import calling, envelope, indicator, shelved, working
from tests.acts.things import stix, take
from tests.joined import DANA, Pair, pair_in

ARMY = Definition("", "For the army", alias="army", audience=Audience("army"))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with shelved(tmp_path / "node") as made:
        yield made


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_in(tmp_path / "pair") as made:
        yield made


def told(node: Node) -> list[Mapping[str, Any]]:
    with node.house.reader() as house:
        return [one.entry for one in accesses.lines(house)]


def kept(node: Node) -> dict[str, Any]:
    with node.house.reader() as house:
        return {did: strictjson.parse(body) for did, body in accesses.decisions(house)}


def test_each_step_is_one_line_that_names_decisions_and_records(node: Node) -> None:
    """A batch, however many read it; what an audience may not see is in none; what leaves is told, too."""
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    served.post(caller, collection, envelope(indicator(1), indicator(2), indicator(3)))
    (line,) = told(node)
    ((did, spans),) = line["seen"].items()
    with node.house.reader() as house:
        records = house.records_after(0, 10)
    assert spans == [[records[0].n, records[-1].n]]
    assert (line["collection"], line["left"]) == (collection.id, [])
    assert kept(node)[did]["decision"]["articles"] == [f"policy:collection-{collection.id}"]
    served.delete(caller, collection, indicator(2)["id"], Wanted())
    assert told(node)[1:] == [
        {"act": "shown", "collection": collection.id, "seen": {}, "left": [[records[1].n, records[1].n]]}
    ]
    showing.follow_national(node)
    assert len(told(node)) == 2


def test_a_line_stands_in_the_ledger_before_anybody_can_read_the_row(node: Node) -> None:
    """Whoever dies between the two has said too much, never too little; the next step says it again."""
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    served.post(caller, collection, envelope(indicator(1)))
    with node.views(NATIONAL).begin() as tx:
        for view in tx.views():
            tx.drop_view(view.id)
    showing.follow_national(node)
    first, again = told(node)
    assert first == again


def test_a_changed_ground_is_decided_and_told_anew(node: Node, tmp_path: Path) -> None:
    """The engine and the digest of the private rules stand in each decision; what stays is told under the new one."""
    collection = working(node)
    served, caller = calling(node, Holder.ORGANISATION, "shop")
    served.post(caller, collection, envelope(indicator(1)))
    place = tmp_path / "node" / FOLDER
    place.mkdir(exist_ok=True)
    (place / "own.cedar").write_text(rule("silent", "resource.level > 4"), "utf-8")
    showing.follow_national(node)
    (before,), (after,) = (line["seen"] for line in told(node))
    assert kept(node)[before]["question"].get("policy") is None
    assert kept(node)[after]["question"]["policy"].endswith(cedar.engine())
    (place / "own.cedar").write_text(rule("quiet"), "utf-8")
    showing.follow_national(node)
    assert [bool(line["left"]) for line in told(node)] == [False, False, True]
    assert {one.did for one in replay(node, ALL, NATIONAL)} == {before, after}


def test_every_decision_is_asked_again_from_the_node_and_from_files(pair: Pair) -> None:
    """Years later, with the texts and rules of then; a line of the log is exported as its leaf covers it."""
    node = pair.il
    offering.define(node, ARMY, DANA)
    take(node, stix("malware", "goes"), stix("malware", "stays", Tlp.RED))
    take(pair.jp, stix("malware", "comes"))
    pair.settle()
    showing.follow_national(node)
    assert len(kept(node)) == 2
    pair.clock.forward(days=20 * 365)
    assert [one.differences for one in replay(node, ALL, NATIONAL)] == [(), ()]
    files = foldered.gather(node, NATIONAL)
    assert [one.differences for one in foldered.replay(files, ALL, cedar.load_kept)] == [(), ()]
    assert all(path.endswith(f"/{hashlib.sha256(raw).hexdigest()}.json") for path, raw in files.items())
    lines = [strictjson.parse(raw) for path, raw in files.items() if path.startswith(foldered.SHOWN)]
    assert {did for line in lines for did in line[1]["seen"]} == set(kept(node))


def test_an_altered_decision_is_named(pair: Pair) -> None:
    node = pair.il
    offering.define(node, ARMY, DANA)
    take(node, stix("malware", "goes"))
    showing.follow_national(node)
    (path, raw), *_ = (one for one in foldered.gather(node, NATIONAL).items() if one[0].startswith(foldered.DECISIONS))
    value = strictjson.parse(raw)
    value["decision"]["articles"] = ["policy:collection-another"]
    files = {**foldered.gather(node, NATIONAL), path: strictjson.canonical(value)}
    assert [bool(one.differences) for one in foldered.replay(files, ALL, cedar.load_kept)] == [True]
    body = strictjson.canonical({**strictjson.parse(raw), "own": {"cite": "policy:collection-x", "tables": ["lost@1"]}})
    files = {f"{foldered.DECISIONS}{hashlib.sha256(body).hexdigest()}.json": body}
    (found,) = foldered.replay(files, ALL, cedar.load_kept)
    assert found.differences == ("this decision rests on a text that it does not name",)
