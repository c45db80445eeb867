"""Collections as a consumer's test needs them: some to read, some to write, one of each kind that is closed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comity.acts import intake, offering, showing
from comity.acts.collections import Served
from comity.acts.offering import NATIONAL
from comity.api.taxii import Taxii
from comity.labels.profile import parse
from comity.release.collection import Basic, Collection, Holder
from comity.release.offered import Audience, Definition
from comity.settings import Limits
from tests.acts.shelves import PROFILE, shelved, working
from tests.api.asking import API, Client, memory
from tests.api.shelf import DANA, KEN, Shelf
from tests.joined import DANA as BY

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


@dataclass
class Scene:
    """`ro` Dana may read, `rw` also write, `wo` only write, `no` neither; `hidden` is Ken's alone."""

    shelf: Shelf
    ro: Collection
    rw: Collection
    wo: Collection
    no: Collection
    hidden: Collection
    dana: Client
    ken: Client
    nobody: Client

    def objects(self, collection: Collection) -> str:
        return f"{API}collections/{collection.id}/objects/"


FEED = "public-feed"


@contextmanager
def real(folder: Path) -> Iterator[Scene]:
    """The same at a node: what Dana reads was taken in from a feed. There is nothing that one may only write."""
    with shelved(folder) as made:
        profile = parse(PROFILE.replace("public-test", FEED).encode(), made.party)
        node = replace(made, profiles={**made.profiles, FEED: profile})
        rw, shop, bank = working(node), Audience("shop", "company"), Audience("bank", "company")
        for name, who in (("high-value", shop), ("hidden", bank)):
            one = Definition("", name, alias=name, audience=who, sources=frozenset({FEED}))
            offering.define(node, one, BY)
        for who, credential in ((shop, DANA), (bank, KEN)):
            user = credential.user if isinstance(credential, Basic) else None
            offering.issue(node, Holder.ORGANISATION, who.organisation, BY, user=user, secret=credential.secret)
        intake.take(node, raw({"type": "bundle", "id": BUNDLE, "objects": ALL}), FEED, BY)
        showing.follow(node, NATIONAL)
        views = Served(node)
        dana, ken = views.caller(DANA), views.caller(KEN)
        assert dana is not None
        assert ken is not None
        ro, hidden = views.collection(dana, "high-value"), views.collection(ken, "hidden")
        assert ro is not None
        assert hidden is not None
        send = memory(Taxii(views, "IL", MANY))
        yield Scene(Shelf(), ro, rw, rw, rw, hidden, Client(send, DANA), Client(send, KEN), Client(send))


def scene(limits: Limits = MANY) -> Scene:
    shelf = Shelf()
    shelf.person(DANA, "dana")
    shelf.person(KEN, "ken")
    ro = shelf.add("read", alias="high-value", dana=(True, False), ken=(True, False))
    rw = shelf.add("both", dana=(True, True), ken=(True, True))
    wo = shelf.add("write", dana=(False, True))
    no = shelf.add("neither", dana=(False, False))
    hidden = shelf.add("hidden", ken=(True, True))
    shelf.put(ro, *map(raw, ALL))
    shelf.put(hidden, *map(raw, ALL))
    send = memory(Taxii(shelf, "IL", limits))
    return Scene(shelf, ro, rw, wo, no, hidden, Client(send, DANA), Client(send, KEN), Client(send))
