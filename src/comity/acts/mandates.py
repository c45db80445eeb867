"""Who may decide as which role: granted, delegated, revoked, each a signed fact of the house (law 11)."""

from datetime import datetime

from comity.acts import housefact
from comity.acts.node import Node
from comity.acts.ports import HouseReader, HouseTx
from comity.core import instants
from comity.core.errors import Absent, Malformed, Refused
from comity.records import Principal
from comity.release import mandate as rules
from comity.release.mandate import PAYLOAD_TYPE, Mandate, Mandates, check_delegation

FACT = "mandate"
END = "mandate-end"
END_TYPE = "application/vnd.comity.mandate-end+json"
SHORTEST = 6


def grant(node: Node, mandate: Mandate, by: Principal) -> str:
    """Gives a mandate; its id. Raises `Refused` for one given to oneself, or that is over already."""
    if mandate.person == by.id:
        raise Refused(f"{by.id} cannot give a mandate to {by.id}", "another person gives it: --by WHO")
    if mandate.valid_until <= node.clock():
        raise Refused(f"a mandate until {instants.text(mandate.valid_until)} is over already")
    given = rules.from_json({**mandate.as_json(), "by": by.id})
    with node.house.begin() as tx:
        return housefact.put(node, tx, FACT, node.party, PAYLOAD_TYPE, given.as_json(), by)


def delegate(node: Node, name: str, to: Mandate, by: Principal) -> str:
    """Passes on what `by` holds under the mandate `name`, or less of it; the new one's id.

    `to` says person, span and ceiling. Raises `Refused` for somebody else's mandate, and beyond its reach or end.
    """
    with node.house.reader() as house:
        every = known(node, house)
    whole = _named(every, name)
    parent = every.given[whole]
    if parent.person != by.id:
        raise Refused(f"this is the mandate of {parent.person}, and {by.id} cannot delegate it")
    if (why := every.why_not(whole, node.clock())) is not None:
        raise Refused(f"nothing can be delegated from it: {why}")
    child = rules.from_json({**to.as_json(), "by": by.id, "delegated_from": whole})
    check_delegation(parent, child)
    return grant(node, child, by)


def revoke(node: Node, name: str, reason: str, by: Principal) -> list[str]:
    """Ends one mandate now, and with it what was delegated from it; its id."""
    with node.house.begin() as tx:
        whole = _named(known(node, tx), name)
        _end(node, tx, [whole], reason, by)
    return [whole]


def revoke_person(node: Node, person: str, reason: str, by: Principal) -> list[str]:
    """A person's clearance is revoked: every mandate ever given to them ends now, those that begin later too."""
    with node.house.begin() as tx:
        theirs = [name for name, one in known(node, tx).given.items() if one.person == person]
        if not theirs:
            raise Absent(f"nobody ever gave {person} a mandate", "comity mandate list")
        _end(node, tx, theirs, reason, by)
    return theirs


def named(node: Node, name: str) -> Mandate:
    """The mandate whose id begins so. Raises `Absent` or `Refused`."""
    with node.house.reader() as house:
        every = known(node, house)
    return every.given[_named(every, name)]


def known(node: Node, house: HouseReader) -> Mandates:
    """Every mandate of this house, and what ended early."""
    given = {
        fact.fid: rules.from_json(housefact.value_of(node, fact, PAYLOAD_TYPE))
        for fact in house.facts(FACT, node.party)
    }
    ended: dict[str, datetime] = {}
    for fact in house.facts(END, node.party):
        value = housefact.value_of(node, fact, END_TYPE)
        for name in value["mandates"]:
            ended.setdefault(name, instants.parse(value["at"], "the end of a mandate"))
    return Mandates(given, ended)


def _end(node: Node, tx: HouseTx, names: list[str], reason: str, by: Principal) -> None:
    if not reason.strip() or len(reason) > 500:
        raise Malformed("ending a mandate needs a reason, in at most 500 characters", "--reason '…'")
    value = {"mandates": names, "reason": reason, "by": by.id, "at": instants.text(node.clock())}
    housefact.put(node, tx, END, node.party, END_TYPE, value, by)


def _named(every: Mandates, name: str) -> str:
    """The whole id of the mandate that begins so. Raises `Absent` or `Refused`."""
    found = [one for one in every.given if len(name) >= SHORTEST and one.startswith(name)]
    if not found:
        raise Absent(f"there is no mandate {name!r}", "comity mandate list")
    if len(found) > 1:
        raise Refused(f"{name!r} means {len(found)} mandates", "give more of the id")
    return found[0]
