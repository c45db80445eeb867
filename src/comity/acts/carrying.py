"""The first transport: envelopes and receipts as files, for a carrier, an air gap, or a day without a network."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.acts import agreements, restoring
from comity.acts.accept import accept
from comity.acts.contacts import partner_keys
from comity.acts.deliver import record_receipt
from comity.acts.node import Node
from comity.core import dsse
from comity.core.errors import Malformed
from comity.exchange import envelope, receipt
from comity.ledger.evidence import file_name

PAGE = 1_000
"""Envelopes whose try is noted at a time."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a file was, in words, and the receipt to carry back for it, under the name it should have."""

    kind: str
    text: str
    name: str | None = None
    receipt: bytes | None = None


def to_carry(node: Node, agreement_id: str, page: int = PAGE) -> Iterator[tuple[str, bytes]]:
    """Every envelope that has no receipt yet, oldest first in each lane, with the name of its file: one at a time.

    Carrying counts as a try, noted for a page before its first is given: what left as a file is never voided.
    """
    held = agreements.held(node, agreement_id)
    agreements.partner_of(node, held.newest)
    restoring.check_moving(node, agreement_id)
    return _pages(node, agreement_id, page)


def _pages(node: Node, agreement_id: str, page: int) -> Iterator[tuple[str, bytes]]:
    last: str | None = None
    while waiting := _noted(node, agreement_id, page, last):
        yield from _opened(node, agreement_id, waiting)
        last = waiting[-1]


def _noted(node: Node, agreement_id: str, page: int, last: str | None) -> list[str]:
    with node.agreements(agreement_id).begin() as tx:
        waiting = tx.unanswered(page, last)
        for digest, next_at in waiting.items():
            tx.retry_at(digest, next_at)
    return list(waiting)


def _opened(node: Node, agreement_id: str, digests: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for digest in digests:
        with node.agreements(agreement_id).reader() as reader:
            row = reader.outgoing_by_digest(digest)
        if row is not None and row.receipt is None:
            yield file_name(node.party, row.lane.value, row.epoch, row.seq), row.raw


def bring(node: Node, raw: bytes) -> Carried:
    """Takes a carried file for what it is: an envelope for us, or a receipt for an envelope of ours.

    Raises `Malformed` for anything else, `Refused` as `accept` does.
    """
    sealed = dsse.parse(raw, "the file")
    if sealed.payload_type == envelope.PAYLOAD_TYPE:
        signed = accept(node, raw)
        answer = receipt.unseal(signed, _sender(node, raw), {node.party: (node.vault.public,)})
        name = file_name(answer.to, answer.lane.value, answer.epoch, answer.sequence)
        words = f"envelope {answer.lane} {answer.epoch}-{answer.sequence} of {answer.to}: {answer.verdict}"
        return Carried("envelope", words + (f" ({answer.code})" if answer.code else ""), name, signed)
    if sealed.payload_type == receipt.PAYLOAD_TYPE:
        answer = receipt.unseal(raw, node.party, partner_keys(node))
        state = record_receipt(node, answer.agreement.id, raw)
        return Carried("receipt", f"receipt of {answer.sender} for {answer.lane} {answer.sequence}: {state}")
    raise Malformed(f"the file is neither an envelope nor a receipt, but {sealed.payload_type[:80]!r}")


def _sender(node: Node, raw: bytes) -> str:
    return envelope.unseal(raw, node.party, partner_keys(node)).header.sender
