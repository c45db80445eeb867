"""A new key for this house: announced under the old one, so that what the old one signed can be verified for ever."""

import hashlib
from datetime import datetime

from comity.acts.node import Node
from comity.acts.ports import HouseReader, Vault
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.core.keys import PublicKey
from comity.exchange import rollover
from comity.exchange.rollover import KeyStatement, Reign
from comity.records import Fact, Principal

FACT = "key-statement"


def announce(node: Node, new: Vault, overlap_until: datetime, by: Principal) -> bytes:
    """Says that `new` signs for this party from now on, and until when the present key still may; signed by both, kept
    as a fact of the house. The node is opened with the new vault next."""
    now = node.clock()
    statement = KeyStatement(node.party, node.vault.public.kid, new.public, new.hpke_public, now, overlap_until)
    raw = rollover.seal(statement, node.vault, new)
    body = strictjson.canonical({"old": node.vault.public.as_json(), "statement": raw.decode()})
    with node.house.begin() as tx:
        tx.put_fact(Fact(hashlib.sha256(body).hexdigest(), FACT, node.party, now, None, body), by, now)
    return raw


def known(house: HouseReader, party: str, current: PublicKey) -> tuple[Reign, ...]:
    """This house's keys, the newest first. Raises `Malformed` or `Refused`: a chain that does not hold is never passed
    over."""
    return rollover.reigns(map(_announced, house.facts(FACT, party)), party, current)


def _announced(fact: Fact) -> tuple[bytes, PublicKey]:
    value = strictjson.parse(fact.body, "a key statement of the house")
    if not isinstance(value, dict) or set(value) != {"old", "statement"} or not isinstance(value["statement"], str):
        raise Malformed("a key statement of the house has the old key and the statement")
    return value["statement"].encode(), PublicKey.from_json(value["old"])


def keys_at(node: Node, at: datetime) -> tuple[PublicKey, ...]:
    """Under which of its keys this house could sign at `at`."""
    return tuple(one.key for one in node.reigns if one.covers(at)) if node.reigns else (node.vault.public,)
