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


class Signatures:
    """Each answers what is wrong with one row, or `None`. Keys are those that any version of the text binds."""

    def __init__(self, node: Node, agreement_id: str) -> None:
        held = agreements.held(node, agreement_id)
        texts = held.versions.values()
        self._us = node.party
        self._partner = agreements.partner_of(node, held.newest)
        self._keys: dict[str, tuple[PublicKey, ...]] = {
            party: tuple(keys) for party, keys in note.keys_of(texts).items()
        }

    def outgoing(self, row: OutboxRow) -> str | None:
        return self._crossing(row.raw, row.receipt, self._us, self._partner)

    def incoming(self, row: InboxRow) -> str | None:
        return self._crossing(row.raw, row.receipt, self._partner, self._us)

    def checkpoint(self, row: CheckpointRow) -> str | None:
        try:
            note.verify(note.parse(row.note), self._keys)
        except ComityError as error:
            return error.message
        return None

    def _crossing(self, raw: bytes, answer: bytes | None, sender: str, to: str) -> str | None:
        try:
            envelope.unseal(raw, to, {sender: self._keys[sender]})
            if answer is not None:
                receipt.unseal(answer, sender, {to: self._keys[to]})
        except ComityError as error:
            return error.message
        return None


def log_faults(node: Node, agreement_id: str) -> Iterator[Fault]:
    """Both logs, hashed from the first leaf, against the roots that were signed: not even we can rewrite them."""
    held = agreements.held(node, agreement_id)
    partner = agreements.partner_of(node, held.newest)
    keys = note.keys_of(held.versions.values())
    with node.agreements(agreement_id).reader() as reader:
        for log, party in ((OUT, node.party), (IN, partner)):
            name = note.origin_of(agreement_id, party, STORE)
            notes = ((row.size, row.note) for row in reader.checkpoints(log))
            yield from check_log(name, _rows(reader, log), notes, keys)


def _rows(reader: AgreementReader, log: str) -> Iterator[tuple[int, bytes, bytes]]:
    size = reader.log_size(log)
    for start in range(0, size, 4096):
        stop = min(size, start + 4096)
        hashes = reader.leaf_hashes(log, start, stop)
        for (n, raw), hashed in zip(reader.leaves(log, start, stop), hashes, strict=True):
            yield n, hashed, raw
