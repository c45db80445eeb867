"""Collections of a node as a consumer's test needs them: some to read, some to write, one that is another's."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comity.acts import intake, offering, showing, writing
from comity.acts.collections import Served
from comity.acts.node import Node
from comity.acts.offering import NATIONAL
from comity.api.taxii import Taxii
from comity.labels.profile import Profile, parse
from comity.release.collection import Basic, Collection, Credential, Holder, Token
from comity.release.offered import Audience, Definition
from comity.settings import Limits
from tests.acts.shelves import PROFILE, working
from tests.api.asking import API, Client, memory
from tests.joined import AGREEMENT, Pair, pair_in
from tests.joined import DANA as BY

DANA, KEN, JAPAN, NOBODY = Basic("dana", "open:sesame"), Token("ken-token"), Token("jp-token"), Basic("noa", "other")
ELSEWHERE = "00000000-0000-4000-8000-000000000099"
"""A UUID that nothing here has."""
COUNT = 25
BUNDLE = "bundle--00000000-0000-4000-8000-000000000001"
MANY = Limits(requests_a_second=1_000_000, requests_in_a_burst=1_000_000)


_OWN: dict[str, dict[str, Any]] = {
    "indicator": {"pattern": "[file:name = 'a']", "pattern_type": "stix", "valid_from": "2016-01-01T01:01:01Z"},
    "malware": {"is_family": True},
}


def stix(kind: str, n: int, version: int = 0, **members: Any) -> dict[str, Any]:
    """An object of a feed; `version` moves its `modified`."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--00000000-0000-4000-8000-{n:012x}",
        "created": "2016-01-01T01:01:01.000Z",
        "modified": f"2016-01-0{1 + version}T01:01:01.123Z",
        **_OWN.get(kind, {"name": "of nobody"}),
        **members,
    }


def raw(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


INDICATORS = [stix("indicator", n) for n in range(COUNT)]
TWICE, THRICE = INDICATORS[3]["id"], INDICATORS[4]["id"]
LATER = [stix("indicator", 3, 1), stix("indicator", 4, 1), stix("indicator", 4, 2)]
CAMPAIGN = stix("campaign", 1)
ADDRESS = {
    "type": "ipv4-addr",
    "spec_version": "2.1",
    "id": "ipv4-addr--00000000-0000-4000-8000-000000000001",
    "value": "198.51.100.1",
}
MARKING = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": "marking-definition--00000000-0000-4000-8000-000000000001",
    "created": "2017-01-20T00:00:00.000Z",
    "definition_type": "statement",
    "definition": {"statement": "Made up."},
}
ALL = [*INDICATORS, *LATER, CAMPAIGN, ADDRESS, MARKING]
"""In the order in which they were added."""
REPLACED = [INDICATORS[3], INDICATORS[4], LATER[1]]
LATEST = [one for one in ALL if one not in REPLACED]


FEED = "public-feed"
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
MARKED = stix("campaign", 2, object_marking_refs=[CLEAR])
"""What a partner may write: its own silence means nothing."""


@dataclass
class Scene:
    """Dana's firm may read `ro`, and write `rw`, too; `hidden` is Ken's alone. Japan may read `out`, and write `wo`."""

    node: Node
    pair: Pair
    views: Served
    ro: Collection
    rw: Collection
    hidden: Collection
    out: Collection
    wo: Collection
    dana: Client
    ken: Client
    jp: Client
    nobody: Client

    def objects(self, collection: Collection) -> str:
        return f"{API}collections/{collection.id}/objects/"

    def put(self, *values: dict[str, Any]) -> None:
        """Takes in from the feed what Dana may read."""
        intake.take(self.node, raw({"type": "bundle", "id": BUNDLE, "objects": list(values)}), FEED, BY)
        showing.follow(self.node, NATIONAL)

    def settle(self) -> None:
        """What a node does behind what it has answered."""
        while writing.read_later(self.node, NATIONAL) + showing.follow(self.node, NATIONAL):
            pass

    def client(self, credential: Credential) -> Client:
        return Client(self.nobody.send, credential)


def costly(count: int, name: str) -> list[dict[str, Any]]:
    """Indicators with patterns that nobody has seen before, under a `name` of the test's own."""
    return [stix("indicator", 500 + n, pattern=f"[file:name = '{name}{n}' AND file:size = 1]") for n in range(count)]


def _offer(node: Node) -> Collection:
    """Defines what there is, and gives out the credentials; the collection that Dana's firm writes."""
    rw, shop, bank = working(node), Audience("shop", "company"), Audience("bank", "company")
    for name, who in (("high-value", shop), ("hidden", bank)):
        one = Definition("", name, alias=name, audience=who, sources=frozenset({FEED}))
        offering.define(node, one, BY)
    for name, inbox in (("out", False), ("in", True)):
        offering.define(node, Definition("", name, alias=name, agreement=AGREEMENT, party="JP", inbox=inbox), BY)
    offering.issue(node, Holder.ORGANISATION, shop.organisation, BY, user=DANA.user, secret=DANA.secret)
    offering.issue(node, Holder.ORGANISATION, bank.organisation, BY, secret=KEN.secret)
    offering.issue(node, Holder.PARTY, "JP", BY, secret=JAPAN.secret)
    return rw


@contextmanager
def scene(folder: Path, limits: Limits = MANY) -> Iterator[Scene]:
    """A node that has signed with Japan; what Dana reads was taken in from a feed."""
    with pair_in(folder) as pair:
        profiles = {name: profile(name) for name in ("public-test", FEED)}
        node = replace(pair.il, profiles={**pair.il.profiles, **profiles})
        rw, views = _offer(node), Served(node)
        send = memory(Taxii(views, "IL", limits))
        found = {
            name: collection
            for credential in (DANA, KEN, JAPAN)
            if (caller := views.caller(credential)) is not None
            for name in ("high-value", "hidden", "out", "in")
            if (collection := views.collection(caller, name)) is not None
        }
        collections = (found["high-value"], rw, found["hidden"], found["out"], found["in"])
        clients = (Client(send, DANA), Client(send, KEN), Client(send, JAPAN), Client(send))
        made = Scene(node, pair, views, *collections, *clients)
        made.put(*ALL)
        yield made


def profile(name: str) -> Profile:
    """One that makes public what says nothing of itself."""
    return parse(PROFILE.replace("public-test", name).encode(), "IL")
