"""Collections and credentials as facts of the house: defined, listed, ended. The secret of a credential is not kept."""

import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from comity.acts import agreements, housefact
from comity.acts.node import Node, profile_named
from comity.acts.ports import HouseReader, HouseTx
from comity.core import instants
from comity.core.errors import Absent, Refused
from comity.records import Principal
from comity.release import offered
from comity.release.collection import Holder
from comity.release.offered import CREDENTIAL_TYPE, PAYLOAD_TYPE, Definition, Issued

FACT, END = "collection", "collection-end"
CREDENTIAL, CREDENTIAL_END = "credential", "credential-end"
KINDS = (FACT, END, CREDENTIAL, CREDENTIAL_END)
END_TYPE = "application/vnd.comity.collection-end+json"
NATIONAL = agreements.RESERVED
"""The store of our own people's views. No agreement may have this name."""
SECRET_BYTES = 32
SHORTEST = 6


@dataclass(frozen=True, slots=True)
class Offered:
    """Everything that is defined and not ended, in the order in which it was."""

    definitions: tuple[Definition, ...]
    credentials: tuple[Issued, ...]


def offered_in(node: Node, house: HouseReader) -> Offered:
    """As the house has it now."""
    ended = {
        str(housefact.value_of(node, fact, END_TYPE)["ends"])
        for kind in (END, CREDENTIAL_END)
        for fact in house.facts(kind, node.party)
    }
    found = [offered.definition(housefact.value_of(node, fact, PAYLOAD_TYPE)) for fact in house.facts(FACT, node.party)]
    given = [
        offered.issued(housefact.value_of(node, fact, CREDENTIAL_TYPE)) for fact in house.facts(CREDENTIAL, node.party)
    ]
    return Offered(
        tuple(one for one in found if one.id not in ended), tuple(one for one in given if one.id not in ended)
    )


def define(node: Node, wanted: Definition, by: Principal) -> Definition:
    """Keeps a collection under a UUID drawn here. Raises `Refused` for an alias that is taken, `Absent` for a source
    profile or an agreement that is not there."""
    made = replace(wanted, id=drawn(node))
    made.check()
    if made.agreement is not None:
        text = agreements.held(node, made.agreement).newest
        if made.party != agreements.partner_of(node, text):
            raise Refused(f"{made.party} is not our partner under {made.agreement}")
    for name in (*made.sources, *((made.profile,) if made.profile else ())):
        profile_named(node, name)
    with node.house.begin() as tx:
        if any(made.alias is not None and one.alias == made.alias for one in offered_in(node, tx).definitions):
            raise Refused(f"there is a collection with the alias {made.alias!r} already", "choose another alias")
        housefact.put(node, tx, FACT, node.party, PAYLOAD_TYPE, made.as_json(), by)
    return made


def end(node: Node, name: str, by: Principal) -> Definition:
    """Takes a collection away. What was written to it stays in the house."""
    with node.house.begin() as tx:
        found = _named(name, {one.id: one for one in offered_in(node, tx).definitions}, "collection")
        _end(node, tx, END, found.id, by)
    return found


def issue(
    node: Node,
    holder: Holder,
    name: str,
    by: Principal,
    *,
    user: str | None = None,
    fingerprint: str | None = None,
    until: datetime | None = None,
    secret: str | None = None,
) -> tuple[Issued, str | None]:
    """A credential, and its secret, which is told this once: 256 bits drawn here, unless `secret` is given for a node
    that is thrown away. With a `fingerprint` there is none."""
    if until is not None and until <= node.clock():
        raise Refused(f"a credential until {instants.text(until)} is over already")
    if fingerprint is None and secret is None:
        secret = node.entropy(SECRET_BYTES).hex()
    one = Issued(
        drawn(node),
        holder,
        name,
        user,
        None if secret is None else digest_of(node, secret),
        None if fingerprint is None else fingerprint.replace(":", "").lower(),
        until,
    )
    offered.issued(one.as_json())
    with node.house.begin() as tx:
        marks = {(other.digest, other.fingerprint) for other in offered_in(node, tx).credentials}
        if (one.digest, one.fingerprint) in marks:
            raise Refused("there is such a credential already", "comity collection credential list")
        housefact.put(node, tx, CREDENTIAL, node.party, CREDENTIAL_TYPE, one.as_json(), by)
    return one, secret


def revoke(node: Node, name: str, by: Principal) -> Issued:
    """Ends a credential now."""
    with node.house.begin() as tx:
        found = _named(name, {one.id: one for one in offered_in(node, tx).credentials}, "credential")
        _end(node, tx, CREDENTIAL_END, found.id, by)
    return found


def digest_of(node: Node, secret: str) -> str:
    """What is kept of a secret: with 256 bits in it nothing slower is needed, and looking costs microseconds."""
    said = b"comity/credential/1/" + secret.encode("utf-8", "surrogatepass")
    return hmac.digest(node.vault.identity_key, said, "sha256").hex()


def drawn(node: Node) -> str:
    """A random UUID (RFC 9562, version 4)."""
    return str(uuid.UUID(bytes=node.entropy(16), version=4))


def _end(node: Node, tx: HouseTx, kind: str, name: str, by: Principal) -> None:
    value = {"ends": name, "by": by.id, "at": instants.text(node.clock())}
    housefact.put(node, tx, kind, node.party, END_TYPE, value, by)


T = TypeVar("T")


def _named(name: str, known: Mapping[str, T], what: str) -> T:
    """The one whose id begins so. Raises `Absent` or `Refused`."""
    found = [one for key, one in known.items() if key == name or (len(name) >= SHORTEST and key.startswith(name))]
    if not found:
        raise Absent(f"there is no {what} {name!r}", "comity collection list")
    if len(found) > 1:
        raise Refused(f"{name!r} means {len(found)} of them", "give more of the id")
    return found[0]
