"""Two fictional nodes, A and B, and what they exchange: values for the tests of this room."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from comity.agreement.instrument import Agreement, AgreementRef, Life, Party, PartyKey
from comity.core import dsse, strictjson
from comity.exchange import envelope, sealing, statement
from comity.exchange.body import Body, Items
from comity.exchange.contact import Card
from comity.exchange.envelope import NOTHING, Envelope, Header
from comity.exchange.lane import Lane, Mode
from comity.exchange.notice import Notice
from comity.exchange.pull import Pull
from comity.exchange.reconcile import Ask
from comity.exchange.rollover import KeyStatement
from comity.exchange.signature import Keys
from comity.exchange.statement import Draft, Item
from comity.labels.equivalence import Equivalence
from comity.labels.label import Label, OriginLabel, Tlp
from tests.keys import TestSigner, signer

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
SKEW = timedelta(minutes=5)
KEYS: Keys = {"AA": (signer("AA").public,), "BB": (signer("BB").public,)}
NOTE = "comity.example/AA-BB/AA\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— comity.example/AA abcd\n"
SECRET = Label.of(OriginLabel("AA", "SECRET", rel_to=frozenset({"BB"}), tlp=Tlp.AMBER))
OPEN = Label.of(OriginLabel("AA", tlp=Tlp.CLEAR))


def some_bytes(seed: str, size: int) -> bytes:
    """The same bytes for the same seed."""
    return hashlib.shake_128(seed.encode()).digest(size)


def a_handle(n: int) -> str:
    return some_bytes(f"handle {n}", 16).hex()


def some_drafts(count: int = 3) -> list[Draft]:
    return [
        Draft(a_handle(n), "cyber.stix/1", OPEN if n % 2 else SECRET, f'{{"n":{n},"name":"ミサイル “x”"}}')
        for n in range(count)
    ]


def some_salts(count: int) -> list[bytes]:
    return [some_bytes(f"salt {n}", 16) for n in range(count)]


def a_batch(count: int = 3, origin: str = "AA") -> Items:
    raw, items = statement.state(origin, some_drafts(count), signer(origin), NOW, some_salts(count))
    return Items((raw,), items)


def placed(batch: Items) -> Items:
    """The same with all paths written out, which an envelope with all items of a statement may leave out."""
    return Items(batch.statements, statement.placed(batch.items))


def a_header(**changes: Any) -> Header:
    header = Header("AA", "BB", AgreementRef("AA-BB", 1), Mode.ACTUAL, Lane.ROUTINE, 1, 1, NOTHING, NOW, 0)
    return replace(header, **changes)


def an_envelope(body: Body, checkpoint: str | None = None, **changes: Any) -> bytes:
    return envelope.seal(envelope.draft(a_header(**changes), body, checkpoint), signer("AA"))


def received(body: Body, **changes: Any) -> Envelope:
    return envelope.unseal(an_envelope(body, **changes), "BB", KEYS)


def payload_of(raw: bytes) -> Any:
    return strictjson.parse(dsse.parse(raw).payload)


def signed(payload_type: str, payload: Any, *signers: TestSigner) -> bytes:
    """A well-signed envelope around any payload: bytes, or a value to be written canonically."""
    raw = payload if isinstance(payload, bytes) else strictjson.canonical(payload)
    return dsse.seal(payload_type, raw, signers)


def an_agreement(keys: Keys = KEYS, version: int = 1, agreement: str = "AA-BB") -> Agreement:
    parties = tuple(keys)
    return Agreement(
        id=agreement,
        version=version,
        title={"en": "A fictional memorandum"},
        source="invented for tests",
        fictional=True,
        parties=tuple(Party(party, {"en": party}) for party in parties),
        levels={},
        equivalence=Equivalence.of({}, []),
        life=Life(signed="2027-01-01"),
        terms=(),
        keys=tuple(PartyKey(party, key) for party in parties for key in keys[party]),
    )


def a_notice(**changes: Any) -> Notice:
    body = {"kind": "suspension", "dated": "2027-03-02", "effective": "2027-03-09"}
    ref = AgreementRef("AA-BB", 1)
    return replace(Notice("agreement-event", a_handle(1), "AA", ref, Mode.ACTUAL, NOW, body, ""), **changes)


def an_hpke_seed(name: str) -> bytes:
    return some_bytes(f"hpke {name}", sealing.SEED_BYTES)


def a_card(**changes: Any) -> Card:
    card = Card(
        party="AA",
        name={"en": "Ministry of A (fictional)", "ja": "A省"},
        key=signer("AA").public,
        hpke=sealing.public_of(an_hpke_seed("AA")),
        addresses=("https://comity.a.example/",),
        at=NOW,
    )
    return replace(card, **changes)


def a_key_statement(**changes: Any) -> KeyStatement:
    statement = KeyStatement(
        party="AA",
        old=signer("AA").public.kid,
        new=signer("AA second").public,
        hpke=sealing.public_of(an_hpke_seed("AA second")),
        at=NOW,
        overlap_until=NOW + timedelta(days=30),
    )
    return replace(statement, **changes)


def a_pull(**changes: Any) -> Pull:
    pull = Pull("BB", "AA", "AA-BB", Mode.ACTUAL, Lane.ROUTINE, 1, 41, NOW, some_bytes("nonce", 16))
    return replace(pull, **changes)


def an_ask(**changes: Any) -> Ask:
    at, nonce = NOW, some_bytes("nonce", 16)
    return replace(Ask("BB", "AA", "AA-BB", Mode.ACTUAL, "AA", Lane.ROUTINE, 1, 41, at, nonce), **changes)


def forwarded(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items as they stand in an envelope of their own, with their statement as its only one."""
    return tuple(replace(item, statement=0) for item in items)
