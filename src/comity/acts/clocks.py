"""What a node does about a clock that is wrong: its own, set forward or back, and a partner's beyond the skew.

A clock that stepped is in doubt until it is set right, until a partner's agrees with it, or until the node is started
again. Meanwhile nothing lapses by it and nothing new is decided; what is queued still goes.
"""

import hashlib
from datetime import datetime, timedelta

from comity.acts.alarm import span
from comity.acts.node import Node
from comity.acts.restoring import CORRECTED
from comity.core import instants, strictjson
from comity.exchange.envelope import header_of
from comity.records import Fact, OutboxRow, Principal


def in_doubt(node: Node) -> bool:
    """Whether the clock moved otherwise than time did since the node was started, by more than the skew."""
    return abs(node.meter.readings().stepped) > timedelta(seconds=node.skew_seconds)


def compare(node: Node, at: datetime) -> None:
    """Takes a partner's signed time as agreement with ours, if it is.

    Only one that is not older than what this house has written: what was signed yesterday agrees with a clock that was
    set back by a day.
    """
    skew = timedelta(seconds=node.skew_seconds)
    if abs(at - node.clock()) > skew or not in_doubt(node):
        return
    with node.house.reader() as house:
        newest = [entry.at for entry in house.log_after(house.log_size() - 1, 1)]
    if all(at >= line - skew for line in newest):
        node.meter.agreed()


def refused_as_early(node: Node, agreement_id: str, at: datetime) -> None:
    """The partner's receipt, dated `at`, says that our envelope comes from its future."""
    ahead = span(max(timedelta(0), node.clock() - at))
    node.meter.met("links", agreement_id, "clock-ahead", f"our clock is {ahead} ahead of its", node.clock())


def came_early(node: Node, agreement_id: str, at: datetime) -> None:
    """An envelope of the partner, dated `at`, comes from our future."""
    behind = span(max(timedelta(0), at - node.clock()))
    node.meter.met("early", agreement_id, "clock-behind", f"our clock is {behind} behind its", node.clock())


def dated_ahead(node: Node, row: OutboxRow) -> bool:
    """Whether an envelope that was tried bears a time which our own clock has not reached: it was wrong then."""
    return row.attempts > 0 and header_of(row.raw).at > node.clock() + timedelta(seconds=node.skew_seconds)


def begin_again(node: Node, agreement_id: str) -> None:
    """Has the lanes begin anew, as after a restore: what waits under times to come is sent now, under new numbers."""
    now = node.clock()
    body = strictjson.canonical({"agreement": agreement_id, "at": instants.text(now)})
    fact = Fact(hashlib.sha256(body).hexdigest(), CORRECTED, agreement_id, now, None, body)
    with node.house.begin() as tx:
        tx.put_fact(fact, Principal(f"node:{node.party}"), now)
