"""Whose connection it is: the pins of confirmed partners' TLS keys, as an agreement binds them, else as a card says.

A certificate lets a connection in and tells whose it is. Who sent an envelope is told by its signature alone; both must
name the same party.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from comity.acts import agreements, contacts
from comity.acts.node import Node
from comity.core.errors import Refused


@dataclass(frozen=True, slots=True)
class Pinned:
    """One partner's pins, and what says so: the ids of agreements, or nothing where it is the card."""

    pins: frozenset[str]
    bound_by: tuple[str, ...]


def pinned(node: Node) -> dict[str, Pinned]:
    """Every confirmed partner that shows certificates. An agreement's pins replace those of the card."""
    bound: dict[str, dict[str, tuple[str, ...]]] = {}
    for agreement_id in agreements.agreement_ids(node):
        for entry in agreements.held(node, agreement_id).newest.keys:
            if entry.tls and entry.party != node.party:
                bound.setdefault(entry.party, {})[agreement_id] = entry.tls
    found = {}
    for party, card in contacts.confirmed(node).items():
        own = bound.get(party, {})
        pins = frozenset(pin for listed in own.values() for pin in listed) if own else frozenset(card.tls)
        if pins:
            found[party] = Pinned(pins, tuple(own))
    return found


def by_pin(node: Node) -> Mapping[str, str]:
    """The party behind each pin. A pin that two partners show is nobody's."""
    claims: dict[str, list[str]] = {}
    for party, one in pinned(node).items():
        for pin in one.pins:
            claims.setdefault(pin, []).append(party)
    return {pin: parties[0] for pin, parties in claims.items() if len(parties) == 1}


def authorities(node: Node) -> frozenset[bytes]:
    """The certificates of those who issued confirmed partners' certificates: without one no handshake ends."""
    return frozenset(one for card in contacts.confirmed(node).values() for one in card.tls_authorities)


def pins_at(node: Node, url: str) -> frozenset[str]:
    """The pins that whoever answers at `url` may show; none where no partner with pins is there."""
    places = {party for party, place in node.partners.items() if _origin(place) == _origin(url)}
    return frozenset(pin for party, one in pinned(node).items() if party in places for pin in one.pins)


def saw(node: Node, pin: str, until: datetime) -> None:
    """Notes until when the certificate holds that a partner showed."""
    party = by_pin(node).get(pin)
    if party is not None:
        node.meter.saw(party, until)


def check(caller: str | None, sender: str) -> None:
    """`caller` is whose certificate was shown, `None` where none is asked for. Raises `Refused`."""
    if caller is not None and caller != sender:
        raise Refused(
            f"this is signed by {sender} and came over a connection of {caller}",
            "each party brings its own, over its own certificate",
        )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
