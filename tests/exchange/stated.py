"""The golden vectors of statements and their items, minted as `mint` says."""

import json
from collections.abc import Iterator
from typing import Any

from comity.exchange import body as bodies
from comity.exchange import statement
from tests.exchange.forging import A, B, Minted, outside, payloads
from tests.exchange.scene import a_batch, placed


def statements() -> Iterator[Minted]:
    batch = a_batch()
    good = batch.statements[0]
    left_out, table = bodies.as_json(batch)["items"], bodies.as_json(placed(batch))
    items = {"labels": table["labels"], "items": table["items"]}
    changed = json.loads(json.dumps(items))
    changed["items"][1]["text"] += " "
    yield "good-batch.json", "three items, all proven", good, items | {"codes": [None] * 3}
    yield (
        "good-changed-item.json",
        "a good statement; one item's text was changed",
        good,
        changed | {"codes": [None, "item-unproven", None]},
    )
    yield "good-whole.json", "all three items, without paths", good, items | {"items": left_out, "codes": [None] * 3}
    yield (
        "good-not-whole.json",
        "two of the three, one of them without its path",
        good,
        items | {"items": [left_out[0], items["items"][1]], "codes": ["item-unproven", None]},
    )
    yield (
        "good-out-of-order.json",
        "all three without paths, but not in their order",
        good,
        items | {"items": left_out[::-1], "codes": ["item-unproven"] * 3},
    )
    yield from outside(good, statement.PAYLOAD_TYPE, A, B)
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "size-zero": ({"size": 0}, "at least 1"),
        "size-fraction": ({"size": 3.5}, "whole number"),
        "short-root": ({"root": "ab"}, "32 bytes"),
        "origin-with-a-space": ({"origin": "A A"}, "not a name"),
    }
    yield from payloads(good, statement.PAYLOAD_TYPE, A, changes)
