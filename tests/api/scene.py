"""Collections as a consumer's test needs them: some to read, some to write, one of each kind that is closed."""

import json
from dataclasses import dataclass
from typing import Any

from comity.api.taxii import Taxii
from comity.release.collection import Collection
from comity.settings import Limits
from tests.api.asking import API, Client, memory
from tests.api.shelf import DANA, KEN, Shelf

COUNT = 25
MANY = Limits(requests_a_second=1_000_000, requests_in_a_burst=1_000_000)


def stix(kind: str, n: int, version: int = 0, **members: Any) -> dict[str, Any]:
    """An object of a feed; `version` moves its `modified`."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--00000000-0000-4000-8000-{n:012x}",
        "created": "2016-01-01T01:01:01.000Z",
        "modified": f"2016-01-0{1 + version}T01:01:01.123Z",
        **members,
    }


def raw(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


INDICATORS = [stix("indicator", n) for n in range(COUNT)]
TWICE, THRICE = INDICATORS[3]["id"], INDICATORS[4]["id"]
LATER = [stix("indicator", 3, 1), stix("indicator", 4, 1), stix("indicator", 4, 2)]
CAMPAIGN = stix("campaign", 1)
ADDRESS = {"type": "ipv4-addr", "spec_version": "2.1", "id": "ipv4-addr--00000000-0000-4000-8000-000000000001"}
MARKING = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": "marking-definition--00000000-0000-4000-8000-000000000001",
    "created": "2017-01-20T00:00:00Z",
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
