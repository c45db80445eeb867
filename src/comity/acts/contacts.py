"""First contact: our card out, theirs in, the words compared by two people, and only then confirmed (DECISIONS 20)."""

import hashlib
from functools import lru_cache

from comity.acts.node import Node
from comity.agreement.instrument import PartyKey, Texts
from comity.core.errors import Absent, Refused
from comity.core.keys import PublicKey
from comity.exchange import contact
from comity.exchange.contact import Card
from comity.records import Fact, Principal

ADDED = "contact"
CONFIRMED = "contact-confirmed"


def export(node: Node, name: Texts, addresses: tuple[str, ...]) -> bytes:
    """Our card, signed by the key it shows."""
    card = Card(
        party=node.party,
        name=name,
        key=node.vault.public,
        hpke=node.vault.hpke_public,
        addresses=addresses,
        at=node.clock(),
        tls=own_pins(node),
        tls_authorities=node.authorities if node.certificate is not None else (),
    )
    return contact.seal(card, node.vault)


def add(node: Node, raw: bytes, by: Principal) -> Card:
    """Keeps a partner's card. It changes nothing until its words are confirmed. Raises `Refused` for our own."""
    card = contact.unseal(raw)
    if card.party == node.party:
        raise Refused(f"this is a card of {card.party}, and so are we")
    _keep(node, ADDED, card, raw, by)
    return card


def confirm(node: Node, party: str, words: str, by: Principal) -> Card:
    """Trusts the newest card of `party` if `words` are the words of its key. Raises `Refused` where they differ."""
    with node.house.reader() as house:
        facts = house.facts(ADDED, party)
    if not facts:
        raise Absent(f"there is no card of {party}", "comity contact add FILE")
    raw = facts[-1].body
    card = contact.confirm(contact.unseal(raw), words)
    before = _confirmed(node, party)
    if before is not None and before.key != card.key:
        raise Refused(
            f"{party} is already confirmed with another key",
            "a key is changed by a key statement signed under the old one, not by a new card",
        )
    others = {pin for other, held in confirmed(node).items() if other != party for pin in held.tls}
    if others.union(own_pins(node)).intersection(card.tls):
        raise Refused(f"the card of {party} shows a TLS key that is another's", "ask them for a card of their own")
    _keep(node, CONFIRMED, card, b"confirmed:" + raw, by)
    return card


def confirmed(node: Node) -> dict[str, Card]:
    """Every confirmed partner's card, by party."""
    with node.house.reader() as house:
        facts = house.facts(CONFIRMED)
    return {fact.scope: _card(fact.body.removeprefix(b"confirmed:")) for fact in facts}


def waiting(node: Node) -> dict[str, Card]:
    """Cards whose words nobody has confirmed yet."""
    with node.house.reader() as house:
        facts = house.facts(ADDED)
    sure = confirmed(node)
    return {fact.scope: contact.unseal(fact.body) for fact in facts if fact.scope not in sure}


def confirmed_key(node: Node, party: str) -> PartyKey:
    """The keys of a confirmed partner, as an agreement binds them. Raises `Refused` for one nobody confirmed."""
    card = _confirmed(node, party)
    if card is None:
        raise Refused(
            f"the key of {party} was never confirmed here",
            f"exchange cards, compare the words, then `comity contact confirm {party} --words …`",
        )
    return PartyKey(party, card.key, card.hpke, card.tls)


def own_pins(node: Node) -> tuple[str, ...]:
    """The pin of this node's certificate, if it has one."""
    return () if node.certificate is None else (node.certificate.pin,)


def partner_keys(node: Node) -> dict[str, tuple[PublicKey, ...]]:
    """Whose signature may stand on what comes in: confirmed partners only."""
    return {party: (card.key,) for party, card in confirmed(node).items()}


def _confirmed(node: Node, party: str) -> Card | None:
    return confirmed(node).get(party)


@lru_cache(maxsize=64)
def _card(raw: bytes) -> Card:
    return contact.unseal(raw)


def _keep(node: Node, kind: str, card: Card, body: bytes, by: Principal) -> None:
    now = node.clock()
    with node.house.begin() as tx:
        tx.put_fact(Fact(hashlib.sha256(body).hexdigest(), kind, card.party, now, None, body), by, now)
