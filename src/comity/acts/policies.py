"""This party's own rules as a fact of the house: every change of them is an entry, and followers ask again.

The files in the node's `policy/` are the law; the fact keeps their text, so that a decision can be asked again years
later. What once was in force does not end by a folder that is gone: then nothing goes (law 1).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.acts.node import Node
from comity.acts.ports import HouseReader
from comity.core import instants, strictjson
from comity.records import Fact, Principal
from comity.release.policy import Policy

FACT = "policy"
TEXT = "policy-text"
"""The files themselves, apart, so that looking for a change reads little."""
FORMAT = "comity-policy/1"


@dataclass(frozen=True, slots=True)
class Noted:
    """The newest policy that the house log knows. `rules`: how many it had, faulty ones included."""

    key: str
    since: datetime
    rules: int
    faults: tuple[str, ...]


def in_force(node: Node, house: HouseReader) -> Policy | None:
    """What every question of this house is asked under now; `None` for a party that has no rules of its own."""
    policy = node.policy()
    if policy is None:
        before = noted(house, node.party)
        if before is None or not (before.rules or before.faults):
            return None
        why = "the folder policy/ is gone, though rules were in force: put them back, or leave it empty to have none"
        return Policy("gone", "none", faults=(why,))
    return policy if policy.rules or policy.faults else None


def note(node: Node) -> bool:
    """Enters a change of the files in the house log, in the node's name; whether there was one."""
    with node.house.reader() as house:
        before, policy = noted(house, node.party), in_force(node, house)
    key = "" if policy is None else policy.key
    if key == ("" if before is None else before.key):
        return False
    now, by = node.clock(), Principal(f"node:{node.party}")
    value = {
        "format": FORMAT,
        "policy": key,
        "rules": 0 if policy is None else len(policy.rules),
        "faults": [] if policy is None else list(policy.faults),
        "at": instants.text(now),
    }
    with node.house.begin() as tx:
        if policy is not None and policy.files:
            files = {"format": FORMAT, "policy": key, "files": dict(policy.files)}
            tx.put_fact(_fact(TEXT, node.party, files, now), by, now)
        tx.put_fact(_fact(FACT, node.party, value, now), by, now)
    return True


def noted(house: HouseReader, party: str) -> Noted | None:
    """The newest entry about the policy; `None` where there never was one."""
    facts = house.facts(FACT, party)
    if not facts:
        return None
    value: dict[str, Any] = strictjson.parse(facts[-1].body)
    return Noted(value["policy"], facts[-1].valid_from, value["rules"], tuple(value.get("faults", ())))


def text_of(node: Node, key: str) -> dict[str, str] | None:
    """The files of a policy that was in force once, by name; `None` where its text was not kept."""
    with node.house.reader() as house:
        values = [strictjson.parse(fact.body) for fact in house.facts(TEXT, node.party)]
    return next((value["files"] for value in values if value["policy"] == key), None)


def by_key(node: Node, key: str) -> Policy | None:
    """A policy that was in force once, loaded again; `None` where its text was not kept or another engine is here."""
    files = text_of(node, key)
    policy = None if files is None else node.policy_from(files)
    return policy if policy is not None and policy.key == key else None


def _fact(kind: str, party: str, value: dict[str, Any], now: datetime) -> Fact:
    body = strictjson.canonical(value)
    return Fact(hashlib.sha256(body).hexdigest(), kind, party, now, None, body)
