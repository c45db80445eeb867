"""Delivering what is queued, by precedence, the same bytes on every try, and recording the signed answers."""

from dataclasses import dataclass

import msgspec

from comity.acts import agreements
from comity.acts.contacts import partner_keys
from comity.acts.mirroring import countersign, keep_cosigned, mirror_receipt
from comity.acts.node import Node
from comity.acts.ports import AgreementReader
from comity.acts.sending import leaves_in
from comity.core import dsse, strictjson
from comity.core.errors import Absent, ComityError, Unreachable
from comity.exchange import delivery, receipt
from comity.exchange.delivery import DeliveryState
from comity.exchange.envelope import Header
from comity.exchange.receipt import Sent
from comity.records import OutboxRow, OutboxState

LIMIT = 64
PATH = "/exchange/v1/envelopes"


@dataclass(slots=True)
class Delivered:
    settled: int = 0
    refused: int = 0
    failed: int = 0


def deliver_due(node: Node, agreement_id: str) -> Delivered:
    """Sends what is due to the partner of one agreement. One failure ends this round for its chain only."""
    result = Delivered()
    held = agreements.held(node, agreement_id)
    address = node.partners.get(agreements.partner_of(node, held.newest))
    if address is None:
        return result
    store = node.agreements(agreement_id)
    with store.reader() as reader:
        rows = reader.due(node.clock(), LIMIT)
    stuck: set[str] = set()
    for row in rows:
        if row.lane.value in stuck:
            continue
        try:
            answer = node.wire.post(address.rstrip("/") + PATH, row.raw, max_bytes=receipt.MAX_RAW)
            state = record_receipt(node, agreement_id, answer)
        except ComityError as error:
            stuck.add(row.lane.value)
            result.failed += 1
            _later(node, agreement_id, row)
            if not isinstance(error, Unreachable):
                raise
            continue
        result.settled += state is not OutboxState.QUEUED
        result.refused += state is OutboxState.REFUSED
    return result


def record_receipt(node: Node, agreement_id: str, raw: bytes) -> OutboxState:
    """What the partner's signed answer makes of our envelope. The same receipt again changes nothing.

    Raises `Malformed` or `Refused` for a receipt that is not the partner's, or not for an envelope of ours.
    """
    held = agreements.held(node, agreement_id)
    partner = agreements.partner_of(node, held.newest)
    answer = receipt.unseal(raw, node.party, partner_keys(node))
    with node.agreements(agreement_id).begin() as tx:
        row = tx.outgoing_by_digest(answer.envelope)
        if row is None:
            raise Absent(f"{partner} answered an envelope that this node did not send")
        if row.receipt is not None:
            return row.state
        settled = receipt.settle(_sent(tx, row), answer)
        after = delivery.after(settled)
        if after is DeliveryState.QUEUED:
            tx.retry_at(row.digest, delivery.next_attempt(row.attempts + 1, node.clock(), row.lane, 0.5))
            return OutboxState.QUEUED
        state = OutboxState.VOID if row.state is OutboxState.VOID else OutboxState(after.value)
        tx.settle(row.digest, raw, state)
        mirror_receipt(tx, answer)
        keep_cosigned(node, tx, held.newest, partner, answer.cosigned)
        countersign(node, tx, held.newest, partner, answer.checkpoint)
        return state


def agreement_of(node: Node, raw: bytes) -> str:
    """The agreement a receipt speaks of, before it is checked. Raises `Malformed`."""
    return receipt.unseal(raw, node.party, partner_keys(node)).agreement.id


def _later(node: Node, agreement_id: str, row: OutboxRow) -> None:
    jitter = int.from_bytes(node.entropy(2)) / 65536
    with node.agreements(agreement_id).begin() as tx:
        tx.retry_at(row.digest, delivery.next_attempt(row.attempts + 1, node.clock(), row.lane, jitter))


def _sent(reader: AgreementReader, row: OutboxRow) -> Sent:
    """What a receipt must answer, from our own envelope and the leaves it has in our log (its body may be sealed)."""
    header = Header.from_json(strictjson.parse(dsse.parse(row.raw).payload, "our envelope"))
    _, leaves = leaves_in(reader, row)
    return Sent(
        digest=row.digest,
        sender=header.sender,
        to=header.to,
        agreement=header.agreement.id,
        mode=header.mode,
        lane=header.lane,
        epoch=header.epoch,
        sequence=header.sequence,
        handles=tuple(str(msgspec.json.decode(raw)["handle"]) for raw in leaves),
    )
