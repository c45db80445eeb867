"""The originator's own decision, taken beforehand: signed standing releases, kept as facts (DECISIONS 6)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from comity.acts import agreements, clocks, mandates
from comity.acts.node import Node
from comity.acts.noticed import keys_under
from comity.acts.ports import HouseReader
from comity.agreement.instrument import Agreement
from comity.core import dsse, instants, strictjson
from comity.core.errors import Absent, Refused
from comity.core.keys import PublicKey
from comity.records import Fact, Principal
from comity.release import standing
from comity.release.standing import StandingRelease

FACT = "standing-release"
WITHDRAWN = "standing-release-withdrawn"


def sign(node: Node, release: StandingRelease, by: Principal) -> bytes:
    """Signs a standing release in this party's name and lets followers decide by it.

    Raises `Refused` for one that speaks for another party or for offices the agreement does not let receive.
    """
    text = agreements.held(node, release.agreement).newest
    if release.origin != node.party:
        raise Refused(f"only {release.origin} decides what {release.origin} releases, and this is {node.party}'s node")
    receiving = {authority.id for authority in text.authorities if "receive" in authority.may}
    if strangers := sorted(release.to - receiving):
        raise Refused(
            f"{text.ref} does not let {strangers[0]} receive anything", f"it names: {', '.join(sorted(receiving))}"
        )
    raw = dsse.seal(standing.PAYLOAD_TYPE, strictjson.canonical(release.as_json()), [node.vault])
    now = node.clock()
    fact = Fact(hashlib.sha256(raw).hexdigest(), FACT, release.agreement, release.valid_from, release.valid_until, raw)
    with node.house.begin() as tx:
        if any(one.id == release.id for one in _signed(tx, text, node.party)):
            raise Refused(f"there is a standing release {release.id!r} already", "give the new one another id")
        tx.put_fact(fact, by, now)
    return raw


def withdraw(node: Node, agreement_id: str, release_id: str, by: Principal) -> None:
    """Ends a standing release now. What was released under it stays released; nothing more is."""
    text = agreements.held(node, agreement_id).newest
    now = node.clock()
    with node.house.begin() as tx:
        if all(one.id != release_id for one in _signed(tx, text, node.party)):
            raise Absent(f"there is no standing release {release_id!r} under {agreement_id}")
        body = strictjson.canonical({"release": release_id, "at": instants.text(now)})
        tx.put_fact(Fact(hashlib.sha256(body).hexdigest(), WITHDRAWN, agreement_id, now, None, body), by, now)


def in_force(house: HouseReader, text: Agreement, party: str) -> tuple[StandingRelease, ...]:
    """The standing releases of `party` under this agreement that were not withdrawn; their own dates still bind."""
    gone = {strictjson.parse(fact.body)["release"] for fact in house.facts(WITHDRAWN, text.id)}
    return tuple(release for release in _signed(house, text, party) if release.id not in gone)


def listed(node: Node, agreement_id: str) -> tuple[StandingRelease, ...]:
    """What this house has decided beforehand under an agreement."""
    text = agreements.held(node, agreement_id).newest
    with node.house.reader() as house:
        return in_force(house, text, node.party)


def lapse(node: Node, agreement_id: str, by: Principal) -> bool:
    """Notes that time has changed an answer, so that the follower asks again; whether it had.

    A decision carries the instant until which it is good (DECISIONS 4); passing one is an entry like any other. So is
    one at which the force of any version changes: no decision under the version before it knows of that. What a wrong
    clock noted for a time to come does not count. By a clock in doubt nothing lapses.
    """
    if clocks.in_doubt(node):
        return False
    now = node.clock()
    with node.house.reader() as house:
        reviews, every = house.facts("review", agreement_id), mandates.known(node, house)
        held = agreements.held_in(node, house, agreement_id)
        imported = house.facts(agreements.FACT, agreement_id)
    start = datetime.min.replace(tzinfo=now.tzinfo)
    after = max((one.valid_from for one in reviews if one.valid_from <= now), default=start)
    known = max((one.valid_from for one in imported if one.valid_from <= now), default=start)
    if not held.turned(max(after, known), now) and not every.over(after, now):
        with node.agreements(agreement_id).reader() as reader:
            if not reader.lapsed(after, now):
                return False
    body = strictjson.canonical({"agreement": agreement_id, "at": instants.text(now)})
    with node.house.begin() as tx:
        tx.put_fact(Fact(hashlib.sha256(body).hexdigest(), "review", agreement_id, now, None, body), by, now)
    return True


def _signed(house: HouseReader, text: Agreement, party: str) -> Iterator[StandingRelease]:
    """Every one that was ever signed, under the key that any version of the agreement binds: a new version may bind a
    new key, and what was decided before stays decided."""
    facts = house.facts(FACT, text.id)
    keys = keys_under(agreements.texts(house, text.id) or {text.ref: text}).get(party, ()) if facts else ()
    return (_verified(fact.body, keys, party) for fact in facts)


@lru_cache(maxsize=256)
def _verified(raw: bytes, keys: tuple[PublicKey, ...], party: str) -> StandingRelease:
    return standing.verify(raw, keys, party)
