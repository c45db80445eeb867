"""One node with collections, and what is written to them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from comity.acts import offering
from comity.acts.collections import Served
from comity.acts.node import Node
from comity.release.collection import EVERY, Caller, Collection, Contents, Holder, Token, Wanted
from comity.release.offered import Audience, Definition
from comity.settings import Settings, Store
from comity.wiring import create_node, open_node
from tests.joined import DANA, Clock

PROFILE = """
name: public-test
licence: CC0-1.0
licence_text: Made up.
kinds: [cyber.stix/1]
annex: cyber
purpose: network-defence
reading: bundle
public: true
unmarked: {tlp: "TLP:CLEAR"}
asserted_by: IL-TEST
"""
SHOP = Audience("shop", "company")


@contextmanager
def shelved(folder: Path, dsn: str | None = None) -> Iterator[Node]:
    """A node of its own, whose profile `public-test` makes public what says nothing of itself."""
    create_node(folder, Settings(party="IL", store=Store(house=dsn)))
    (folder / "profiles" / "public-test.yaml").write_text(PROFILE)
    with open_node(folder) as node:
        yield replace(node, clock=Clock())


def working(node: Node, alias: str = "rw", audience: Audience = SHOP, **more: Any) -> Collection:
    """A collection that its audience reads and writes."""
    given = {"sources": frozenset({"public-test"}), "profile": "public-test"} | more
    offering.define(node, Definition("", "Working", alias=alias, audience=audience, **given), DANA)
    served, caller = calling(node, Holder.ORGANISATION, audience.organisation)
    found = served.collection(caller, alias)
    assert found is not None
    return found


def calling(node: Node, holder: Holder, name: str) -> tuple[Served, Caller]:
    """Somebody with a credential of their own."""
    secret = offering.issue(node, holder, name, DANA)[1]
    assert secret is not None
    served = Served(node)
    caller = served.caller(Token(secret))
    assert caller is not None
    return served, caller


def indicator(number: int, version: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{number:08x}-0000-4000-8000-000000000000",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": f"2026-01-{version:02}T00:00:00.000Z",
        "pattern": "[file:name = 'a']",
        "pattern_type": "stix",
        "valid_from": "2026-01-01T00:00:00Z",
        **more,
    }


def envelope(*objects: Mapping[str, Any]) -> bytes:
    return json.dumps({"objects": objects}).encode()


def seen(served: Served, collection: Collection, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    """Every object of the answer, as it came."""
    asked = wanted or Wanted(versions=frozenset({EVERY}))
    found = objects(served.contents(collection, asked))
    assert len(served.page(collection, asked).entries) == len(found)
    return found


def objects(found: Contents) -> list[dict[str, Any]]:
    """The objects of a page."""
    return list(json.loads(b"[%b]" % found.joined))
