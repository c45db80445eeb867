"""A node that came back from a backup: it stays silent in each agreement until it has reconciled (DECISIONS 17).

A resolved fork ends the same way: both are causes for which a new epoch must be announced.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from comity.acts import forks
from comity.acts.node import Node
from comity.acts.ports import HouseReader
from comity.core import instants, strictjson
from comity.core.errors import Unreachable
from comity.records import Fact, Principal

RESTORED = "restored"
RECONCILED = "reconciled"
CORRECTED = "clock-corrected"
"""Our clock was wrong when we wrote what waits."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an agreement must be reconciled. `adopt`: two people let the other side's history stand."""

    id: str
    at: datetime
    reason: str
    adopt: bool


def mark(node: Node, backup: str, by: Principal) -> None:
    """Says that this house is a copy of an older one. `backup` is the SHA-256, in hex, of the manifest it came from."""
    now = node.clock()
    body = strictjson.canonical({"backup": backup, "at": instants.text(now)})
    with node.house.begin() as tx:
        tx.put_fact(Fact(hashlib.sha256(body).hexdigest(), RESTORED, node.party, now, None, body), by, now)


def cause(node: Node, agreement_id: str) -> Cause | None:
    """What must be reconciled in an agreement before anything moves in it. A restored house knows of no exception:
    also an agreement that is imported again afterwards may have been used."""
    with node.house.reader() as house:
        return _cause(node, house, agreement_id)


def stopped(node: Node, agreement_id: str) -> str | None:
    """Why nothing moves in an agreement now, in a sentence; `None` where everything may."""
    with node.house.reader() as house:
        fork = forks.open_fork(house, agreement_id)
        if fork is not None:
            return f"{agreement_id} is stopped: {fork.sentence}"
        waiting = _cause(node, house, agreement_id)
    if waiting is None:
        return None
    return f"{agreement_id} waits until what crossed since {instants.text(waiting.at)} is reconciled with the partner"


def check_moving(node: Node, agreement_id: str) -> None:
    """Raises `Unreachable` while an agreement is stopped: the same bytes may be tried again later."""
    sentence = stopped(node, agreement_id)
    if sentence is not None:
        raise Unreachable(sentence, "comity status; comity fork show")


def done(node: Node, agreement_id: str) -> None:
    """Says that an agreement has been reconciled, whatever the causes were."""
    now = node.clock()
    with node.house.begin() as tx:
        causes = [one.id for one in _waiting(node, tx, agreement_id)]
        if causes:
            body = strictjson.canonical({"agreement": agreement_id, "causes": causes, "at": instants.text(now)})
            fact = Fact(hashlib.sha256(body).hexdigest(), RECONCILED, agreement_id, now, None, body)
            tx.put_fact(fact, Principal(f"node:{node.party}"), now)


def _cause(node: Node, house: HouseReader, agreement_id: str) -> Cause | None:
    """The gravest: what two people decided covers what a restored backup needs."""
    return max(_waiting(node, house, agreement_id), key=lambda one: (one.adopt, one.at), default=None)


def _waiting(node: Node, house: HouseReader, agreement_id: str) -> list[Cause]:
    found = [Cause(one.fid, one.valid_from, "restored-backup", False) for one in house.facts(RESTORED, node.party)]
    found += [
        Cause(one.id, max(each.at for each in one.resolutions), "fork-resolved", True)
        for one in forks.listed(house, agreement_id)
        if one.resolved
    ]
    found += [Cause(one.fid, one.valid_from, CORRECTED, False) for one in house.facts(CORRECTED, agreement_id)]
    if not found:
        return []
    ended = {cause for one in house.facts(RECONCILED, agreement_id) for cause in strictjson.parse(one.body)["causes"]}
    return [one for one in found if one.id not in ended]
