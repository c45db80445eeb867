"""What passes between nodes, as the text under a good signature: what a hostile *partner* could send."""

from contextlib import suppress
from dataclasses import replace

from tests.exchange.scene import KEYS, NOW, SKEW
from tests.keys import signer

from comity.acts import events
from comity.core import dsse, strictjson
from comity.core.errors import Malformed
from comity.exchange import body as bodies
from comity.exchange import (
    contact,
    discharge,
    envelope,
    notice,
    pull,
    receipt,
    reconcile,
    rollover,
    sealing,
    statement,
)
from comity.exchange.body import Items, Sealed
from comity.exchange.statement import Item
from comity.labels.label import Label
from fuzz.target import same

AA, BB, SECOND = signer("AA"), signer("BB"), signer("AA second")


def read_envelope(raw: bytes) -> envelope.Envelope:
    return replace(envelope.unseal(raw, "BB", KEYS), digest="")


def read_statement(raw: bytes) -> None:
    statement.verify_statement(dsse.seal(statement.PAYLOAD_TYPE, raw, [AA]), KEYS)


def read_enveloped(raw: bytes) -> None:
    signed = dsse.seal(envelope.PAYLOAD_TYPE, raw, [AA])
    opened = read_envelope(signed)
    assert envelope.header_of(signed) == opened.header
    same(
        opened,
        lambda one: envelope.seal(envelope.draft(one.header, one.body, one.checkpoint, one.cosigned), AA),
        read_envelope,
    )
    if isinstance(opened.body, Items):
        statement.verify_items(opened.body.statements, opened.body.items, KEYS)


def ours(raw: bytes) -> None:
    """What the store kept of an envelope that we sealed."""
    envelope.header_of(raw)
    envelope.body_of(raw)


def opened_body(raw: bytes) -> None:
    """What comes out of a sealed body: its sender is known, and nobody else has read it."""
    body = sealing.open_body(Sealed("00" * 16, raw), lambda ciphertext, _info: ciphertext, b"")
    same(
        body,
        lambda one: strictjson.canonical(bodies.as_json(one)),
        lambda raw: bodies.open_from_json(strictjson.parse(raw)),
    )


def item(raw: bytes) -> None:
    value = strictjson.parse(raw)
    labels = [Label.from_json([{"origin": "AA"}])]
    same(
        Item.from_json(value, labels),
        lambda one: strictjson.canonical(one.as_json(0)),
        lambda raw: Item.from_json(strictjson.parse(raw), labels),
    )


def read_receipt(raw: bytes) -> None:
    signed = dsse.seal(receipt.PAYLOAD_TYPE, raw, [BB])
    found = receipt.unseal(signed, "AA", KEYS)
    assert receipt.code_of(signed) == (found.code or "")
    same(found, lambda one: receipt.seal(one, BB), lambda raw: receipt.unseal(raw, "AA", KEYS))


def read_card(raw: bytes) -> None:
    found = contact.unseal(dsse.seal(contact.PAYLOAD_TYPE, raw, [AA]))
    same(found, lambda one: contact.seal(one, AA), contact.unseal)


def read_key(raw: bytes) -> None:
    found = rollover.unseal(dsse.seal(rollover.PAYLOAD_TYPE, raw, [AA, SECOND]), "AA", AA.public)
    same(found, lambda one: rollover.seal(one, AA, SECOND), lambda raw: rollover.unseal(raw, "AA", AA.public))


def read_pull(raw: bytes) -> None:
    found = pull.unseal(dsse.seal(pull.PAYLOAD_TYPE, raw, [BB]), "AA", KEYS, NOW, SKEW)
    same(found, lambda one: pull.seal(one, BB), lambda raw: pull.unseal(raw, "AA", KEYS, NOW, SKEW))


def read_ask(raw: bytes) -> None:
    found = reconcile.unseal(dsse.seal(reconcile.PAYLOAD_TYPE, raw, [BB]), "AA", KEYS, NOW, SKEW)
    same(found, lambda one: reconcile.seal(one, BB), lambda raw: reconcile.unseal(raw, "AA", KEYS, NOW, SKEW))


def read_notice(raw: bytes) -> None:
    found = notice.unseal(dsse.seal(notice.PAYLOAD_TYPE, raw, [AA]), KEYS)
    same(
        replace(found, digest=""),
        lambda one: notice.seal(one, AA),
        lambda raw: replace(notice.unseal(raw, KEYS), digest=""),
    )
    with suppress(Malformed):
        notice.read(found, {kind.name: kind for kind in events.KINDS})


def read_discharge(raw: bytes) -> None:
    signed = dsse.seal(discharge.PAYLOAD_TYPE, raw, [AA])
    assert discharge.is_one(signed)
    same(discharge.unseal(signed, KEYS), lambda one: discharge.seal(one, AA), lambda raw: discharge.unseal(raw, KEYS))


def pulled(raw: bytes) -> None:
    same(pull.read_page(raw), pull.write_page, pull.read_page)


def reconciled(raw: bytes) -> None:
    same(reconcile.read_page(raw), reconcile.write_page, reconcile.read_page)


CHECKS = {
    "statement": read_statement,
    "envelope": read_enveloped,
    "envelope-ours": ours,
    "body": opened_body,
    "item": item,
    "receipt": read_receipt,
    "contact": read_card,
    "key-statement": read_key,
    "pull": read_pull,
    "reconcile": read_ask,
    "notice": read_notice,
    "discharge": read_discharge,
    "pull-page": pulled,
    "reconcile-page": reconciled,
}
