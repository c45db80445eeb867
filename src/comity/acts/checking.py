"""The signatures of what an agreement's store keeps, and its logs against every checkpoint signed over them."""

from collections.abc import Iterator

from comity.acts import agreements
from comity.acts.node import Node
from comity.acts.ports import AgreementReader
from comity.acts.sending import IN, OUT, STORE
from comity.core.errors import ComityError
from comity.core.keys import PublicKey
from comity.exchange import envelope, receipt
from comity.ledger import note
from comity.ledger.fsck import Fault, check_log
from comity.records import CheckpointRow, InboxRow, OutboxRow

PART = 4096
"""Leaves held at a time."""


class Signatures:
    """Each answers what is wrong with one row, or `None`. Keys are those that any version of the text binds.

    Where the text itself cannot be read no row is faulted: `log_faults` tells that.
    """

    def __init__(self, node: Node, agreement_id: str) -> None:
        self._us = self._partner = node.party
        self._keys: dict[str, tuple[PublicKey, ...]] = {}
        try:
            held = agreements.held(node, agreement_id)
            self._partner = agreements.partner_of(node, held.newest)
        except ComityError:
            return
        self._keys = {party: tuple(keys) for party, keys in note.keys_of(held.versions.values()).items()}

    def outgoing(self, row: OutboxRow) -> str | None:
        return self._crossing(row.raw, row.receipt, self._us, self._partner)

    def incoming(self, row: InboxRow) -> str | None:
        return self._crossing(row.raw, row.receipt, self._partner, self._us)

    def checkpoint(self, row: CheckpointRow) -> str | None:
        if not self._keys:
            return None
        try:
            note.verify(note.parse(row.note), self._keys)
        except ComityError as error:
            return error.message
        return None

    def _crossing(self, raw: bytes, answer: bytes | None, sender: str, to: str) -> str | None:
        if not self._keys:
            return None
        try:
            envelope.unseal(raw, to, {sender: self._keys[sender]})
            if answer is not None:
                receipt.unseal(answer, sender, {to: self._keys[to]})
        except ComityError as error:
            return error.message
        return None


def log_faults(node: Node, agreement_id: str) -> Iterator[Fault]:
    """Both logs, hashed from the first leaf, against the roots that were signed: not even we can rewrite them."""
    try:
        held = agreements.held(node, agreement_id)
        partner = agreements.partner_of(node, held.newest)
    except ComityError as error:
        yield Fault("house.fact", f"nothing signed under {agreement_id} can be checked: {error.message}")
        return
    keys = note.keys_of(held.versions.values())
    with node.agreements(agreement_id).reader() as reader:
        for log, party in ((OUT, node.party), (IN, partner)):
            name = note.origin_of(agreement_id, party, STORE)
            notes = ((row.size, row.note) for row in reader.checkpoints(log))
            yield from check_log(name, _rows(reader, log), notes, keys)


def _rows(reader: AgreementReader, log: str) -> Iterator[tuple[int, bytes, bytes]]:
    """Every leaf up to the first gap, whatever is said elsewhere of the log's size."""
    expected = 0
    while leaves := reader.leaves(log, expected, expected + PART):
        hashes = reader.leaf_hashes(log, expected, expected + PART)
        for (n, raw), hashed in zip(leaves, hashes, strict=True):
            if n != expected:
                return
            yield n, hashed, raw
            expected += 1
