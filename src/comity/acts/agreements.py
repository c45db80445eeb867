"""Agreements as this house holds them: signed by us, countersigned by the other side, kept as facts, never edited."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from comity.acts import events
from comity.acts.contacts import confirmed_key, own_pins
from comity.acts.node import Node
from comity.acts.ports import HouseReader
from comity.agreement import signed, text
from comity.agreement.instrument import Agreement, AgreementRef, PartyKey
from comity.agreement.life import State, Status, status_at
from comity.core.errors import Absent, Malformed, Refused
from comity.records import Fact, Principal
from comity.release import relation

FACT = "agreement"
RESERVED = "national"


@dataclass(frozen=True, slots=True)
class Held:
    """Every version both parties signed, newest last. Old ones stay: what was released under them still counts."""

    versions: dict[AgreementRef, Agreement]

    @property
    def newest(self) -> Agreement:
        return self.versions[max(self.versions)]

    def at(self, now: datetime) -> Agreement:
        """The newest version that has entered into force by `now`; the newest of all while none has."""
        entered = [ref for ref, text in self.versions.items() if status_at(text, now).state is not State.SIGNED]
        return self.versions[max(entered or self.versions)]

    def turned(self, after: datetime, now: datetime) -> bool:
        """Whether the force of any version could have changed after `after`, up to and with `now`."""
        return any(
            (until := status_at(text, after).until) is not None and until <= now for text in self.versions.values()
        )


def agreement_ids(node: Node) -> list[str]:
    """The agreements this house has imported."""
    with node.house.reader() as house:
        return ids_in(house)


def ids_in(house: HouseReader) -> list[str]:
    """The same, where the house is open already."""
    return sorted({fact.scope for fact in house.facts(FACT)})


def held_or_none(node: Node, agreement_id: str) -> Held | None:
    """As `held`, for what comes in, and `None` instead of an error: whoever asks may not learn which it is.

    What we told ourselves counts here at once, also what opens something: the partner may act on it before we know
    that it has heard it.
    """
    try:
        with node.house.reader() as house:
            return held_in(node, house, agreement_id, arriving=True)
    except Absent:
        return None


def held(node: Node, agreement_id: str) -> Held:
    """Raises `Absent` for an agreement this house never imported."""
    with node.house.reader() as house:
        return held_in(node, house, agreement_id)


def held_in(node: Node, house: HouseReader, agreement_id: str, *, arriving: bool = False) -> Held:
    """The same, from one snapshot of the house: each version with the events that were told beside it."""
    found = texts(house, agreement_id)
    if not found:
        raise Absent(f"this node holds no signed agreement {agreement_id!r}", "comity agreement import FILE")
    return Held(events.as_told(found, events.told(node, house, found, arriving=arriving)))


def protecting(node: Node, house: HouseReader, text: Agreement, now: datetime) -> dict[AgreementRef, Agreement]:
    """The texts held here under which `text` says that what crosses under it is protected, and those they name in
    turn, as they stand at `now`."""
    every: dict[AgreementRef, Agreement] = {}
    left = [text]
    while left:
        for name, _ in relation.protecting(left.pop(), now):
            if name != text.id and all(one.id != name for one in every.values()) and texts(house, name):
                one = held_in(node, house, name).at(now)
                every[one.ref] = one
                left.append(one)
    return every


def texts(house: HouseReader, agreement_id: str) -> dict[AgreementRef, Agreement]:
    """Every version of an agreement as both signed it, in the order in which it was imported."""
    versions = [_verified(fact.body) for fact in house.facts(FACT, agreement_id)]
    return {version.ref: version for version in versions}


def with_our_key(node: Node, agreement: Agreement) -> Agreement:
    """The draft with both parties' keys bound: ours from the vault, the other's as confirmed on first contact."""
    other = partner_of(node, agreement)
    keys = (
        PartyKey(node.party, node.vault.public, node.vault.hpke_public, own_pins(node)),
        confirmed_key(node, other),
    )
    return replace(agreement, keys=tuple(sorted(keys, key=lambda key: key.party)))


def signed_bytes(node: Node, agreement_id: str) -> bytes:
    """The newest version exactly as both signed it. Raises `Absent`."""
    newest = held(node, agreement_id).newest
    with node.house.reader() as house:
        return next(
            fact.body for fact in house.facts(FACT, agreement_id) if _verified(fact.body).version == newest.version
        )


def sign(node: Node, agreement: Agreement, by: Principal) -> bytes:
    """Our signature on a complete text. Raises `Refused` with every error `check` finds: a bad text is not signed."""
    complete = with_our_key(node, agreement)
    raw = signed.seal(complete, node.vault)
    _note(node, {"act": "agreement-signed", "agreement": str(complete.ref), "digest": text.digest(complete)}, by)
    return raw


def countersign(node: Node, raw: bytes, by: Principal) -> bytes:
    """Our signature beside the other's. Raises `Refused` unless its keys are the ones we confirmed."""
    agreement = signed.read(raw)
    _check_keys(node, agreement)
    both = signed.countersign(raw, node.vault, node.party)
    signed.verify(both)
    _note(node, {"act": "agreement-countersigned", "agreement": str(agreement.ref)}, by)
    return both


def bring_in(node: Node, raw: bytes, by: Principal) -> Agreement:
    """Makes a text that both signed this house's law, and its database. Importing the same again changes nothing."""
    agreement = signed.verify(raw)
    _check_keys(node, agreement)
    if agreement.id == RESERVED:
        raise Refused(f"no agreement may be named {RESERVED!r}: that is what a party's own people are served under")
    with node.house.reader() as house:
        before = [_verified(fact.body) for fact in house.facts(FACT, agreement.id)]
    for version in before:
        if version.version == agreement.version:
            if text.digest(version) == text.digest(agreement):
                return agreement
            raise Refused(f"{agreement.ref} is already held with another text", "a changed text is a new version")
    if before:
        signed.succeeds(agreement, max(before, key=lambda version: version.version))
    node.create_agreement(agreement.id)
    now = node.clock()
    fact = Fact(hashlib.sha256(raw).hexdigest(), FACT, agreement.id, now, None, raw)
    with node.house.begin() as tx:
        tx.put_fact(fact, by, now)
    return agreement


def status(node: Node, agreement_id: str) -> tuple[Agreement, Status]:
    """The newest version and its status now."""
    newest = held(node, agreement_id).newest
    return newest, status_at(newest, node.clock())


def partner_of(node: Node, agreement: Agreement) -> str:
    """The other party. Raises `Refused` for a text that is not ours, or not between two."""
    if node.party not in agreement.party_ids:
        raise Refused(f"{agreement.ref} is not between us and anyone: {node.party} is not a party to it")
    others = [party for party in agreement.party_ids if party != node.party]
    if len(others) != 1:
        raise Refused(f"{agreement.ref} has {len(agreement.party_ids)} parties; this node carries out those of two")
    return others[0]


def _check_keys(node: Node, agreement: Agreement) -> None:
    other = partner_of(node, agreement)
    bound = {entry.party: entry for entry in agreement.keys}
    if node.party not in bound or bound[node.party].key != node.vault.public:
        raise Refused(f"{agreement.ref} names another key for us than this node's", "draft it again with our key")
    if not set(bound[node.party].tls) <= set(own_pins(node)):
        raise Refused(
            f"{agreement.ref} names another TLS key for us than this node's",
            "send a new card with `comity contact export`, and draft it again",
        )
    sure = confirmed_key(node, other)
    if other not in bound or not _named(bound[other], sure):
        raise Refused(
            f"{agreement.ref} names a key for {other} that nobody here confirmed",
            f"compare the words with {other} and run `comity contact confirm {other}`",
        )


def _named(bound: PartyKey, sure: PartyKey) -> bool:
    """A text may bind fewer TLS keys than the card shows, or none; never others."""
    return replace(bound, tls=()) == replace(sure, tls=()) and set(bound.tls) <= set(sure.tls)


@lru_cache(maxsize=64)
def _verified(raw: bytes) -> Agreement:
    try:
        return signed.verify(raw)
    except (Malformed, Refused) as error:
        raise type(error)(f"an agreement in the house database does not verify: {error.message}") from None


def _note(node: Node, entry: dict[str, str], by: Principal) -> None:
    with node.house.begin() as tx:
        tx.append(entry, by, node.clock())
