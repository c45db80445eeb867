"""Facts that the house itself signs: mandates, approvals, reviews. Written by an officer's act, read by followers."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from comity.acts import rollover
from comity.acts.node import Node
from comity.acts.ports import HouseTx
from comity.core import dsse, strictjson
from comity.core.errors import Broken, ComityError
from comity.core.keys import PublicKey
from comity.exchange.signature import unwrap
from comity.records import Fact, Principal

MAX_BYTES = 512 * 1024


def put(
    node: Node, tx: HouseTx, kind: str, scope: str, payload_type: str, value: Mapping[str, Any], by: Principal
) -> str:
    """Signs `value` with this node's key and keeps it; the fact's id."""
    now = node.clock()
    raw = dsse.seal(payload_type, strictjson.canonical(value), [node.vault])
    fid = hashlib.sha256(raw).hexdigest()
    tx.put_fact(Fact(fid, kind, scope, now, None, raw), by, now)
    return fid


def value_of(node: Node, fact: Fact, payload_type: str) -> Any:
    """What this node signed in `fact`. Raises `Broken`: one that does not verify is never passed over, since it may be
    the one that ends something. It counts under the key that signed for this house when it was made."""
    keys = rollover.keys_at(node, fact.valid_from)
    return strictjson.parse(_verified(fact.body, keys, payload_type), "a fact of the house")


@lru_cache(maxsize=4096)
def _verified(raw: bytes, keys: tuple[PublicKey, ...], payload_type: str) -> bytes:
    try:
        return unwrap(raw, payload_type, {"this node": keys}, "a fact of the house", max_bytes=MAX_BYTES).payload
    except ComityError as error:
        raise Broken(f"a fact in the house database does not verify: {error.message}", "comity ledger fsck") from None
