"""Whether we or our partners have seen something is told from what the asker may see, and from nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.acts import offering, searching, showing
from comity.acts.intake import take
from comity.acts.node import Node
from comity.core import strictjson
from comity.core.errors import Absent, Malformed
from comity.records import Principal
from comity.release.offered import Audience, Definition
from tests.acts.feeds import PROFILE, indicator
from tests.acts.shelves import shelved
from tests.joined import DANA, KEN

NOA = Principal("person:noa")


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Dana's collection shows the public feed; Ken's shows everything else that is public, too."""
    with shelved(tmp_path / "node") as opened:
        made = replace(opened, profiles={**opened.profiles, PROFILE.name: PROFILE})
        offer(made, "dana", frozenset({PROFILE.name}))
        offer(made, "ken", frozenset())
        yield made


def offer(node: Node, person: str, sources: frozenset[str]) -> None:
    audience = Audience("watch", people=frozenset({person}))
    offering.define(node, Definition("", f"For {person}", alias=person, audience=audience, sources=sources), DANA)


def keep(node: Node, *things: dict[str, Any], source: str = PROFILE.name) -> list[str]:
    rids = take(node, strictjson.canonical({"objects": list(things)}), source, DANA).rids
    showing.follow_national(node)
    return rids


def seeing(n: int, pattern: str, **more: Any) -> dict[str, Any]:
    return {**indicator(n), "pattern": pattern, **more}


def address(n: int, value: str) -> dict[str, Any]:
    kind = "ipv6-addr" if ":" in value else "ipv4-addr"
    return {"type": kind, "spec_version": "2.1", "id": f"{kind}--00000000-0000-4000-8000-{n:012x}", "value": value}


def names(node: Node, text: str, by: Principal = DANA) -> list[str]:
    return sorted(one.ext_id[-1] for one in searching.find(node, text, by))


def test_a_value_is_found_however_it_is_written(node: Node) -> None:
    keep(
        node,
        seeing(1, "[domain-name:value = 'login.example.net']", name="Kit"),
        seeing(2, "[url:value = 'https://www.example.net/a'] AND [ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
        address(3, "198.51.100.7"),
        address(4, "2001:db8::7"),
    )
    assert names(node, "login[.]example[.]net") == ["1"]
    assert names(node, "EXAMPLE.net") == ["1", "2"]
    assert names(node, "hxxps://www.example.net/a") == ["2"]
    assert names(node, "198.51.100.7") == ["2", "3"]
    assert names(node, "198.51.0.0/16") == ["2", "3"]
    assert names(node, "198.51.100.0/30") == ["2"]
    assert names(node, "2001:db8::/32") == ["4"]
    assert names(node, "kit") == ["1"]
    assert names(node, "example.org") == []


def test_what_another_may_see_is_not_there_for_the_asker(node: Node) -> None:
    """The answer is the same, byte for byte, as where the thing is not in the house at all."""
    before = searching.find(node, "198.51.100.7", DANA)
    keep(node, address(1, "198.51.100.7"), source="public-test")
    assert searching.find(node, "198.51.100.7", DANA) == before == []
    (found,) = searching.find(node, "198.51.100.7", KEN)
    assert (found.collections, found.source, found.title) == (("ken",), "public-test", "198.51.100.7")


def test_a_thing_in_two_collections_is_one(node: Node) -> None:
    offer(node, "noa", frozenset())
    audience = Audience("watch", people=frozenset({"noa"}))
    offering.define(node, Definition("", "Second", alias="second", audience=audience), DANA)
    keep(node, address(1, "198.51.100.7"))
    (found,) = searching.find(node, "198.51.100.7", NOA)
    assert found.collections == ("noa", "second")
    assert [one.collections for one in searching.find(node, "198.51.100.7", NOA, "second")] == [("second",)]


def test_what_was_destroyed_is_found_no_more(node: Node) -> None:
    (rid,) = keep(node, address(1, "198.51.100.7"))
    assert names(node, "198.51.100.7") == ["1"]
    with node.house.begin() as tx:
        tx.destroy(rid, DANA, node.clock(), "asked back")
    assert names(node, "198.51.100.7") == []
    showing.follow_national(node)
    assert names(node, "198.51.100.7") == []


def test_whoever_is_named_in_no_collection_is_told_so(node: Node) -> None:
    for text in ("198.51.100.7", "nothing.example"):
        with pytest.raises(Absent, match="open to noa"):
            searching.find(node, text, NOA)
    with pytest.raises(Absent, match="'ken'"):
        searching.find(node, "198.51.100.7", DANA, "ken")
    with pytest.raises(Malformed, match="too wide"):
        searching.find(node, "10.0.0.0/4", DANA)


def test_the_index_says_nothing_without_the_key_of_the_house(node: Node) -> None:
    one, other = searching.key_of(node, "is a"), searching.key_of(node, "is b")
    assert one != other
    assert -(1 << 63) <= one < 1 << 63
