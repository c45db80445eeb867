"""Putting copies into envelopes: statement, leaves, checkpoint, signature, outbox row, in the caller's transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from comity.acts.node import Node
from comity.acts.ports import AgreementReader, AgreementTx
from comity.agreement.instrument import Agreement
from comity.exchange import chain, envelope, statement
from comity.exchange.body import MAX_ITEMS, Epoch, Items, Notices, Void
from comity.exchange.chain import ChainState
from comity.exchange.envelope import Header
from comity.exchange.lane import Lane
from comity.exchange.statement import Draft
from comity.labels.label import Label
from comity.ledger import leaf, note
from comity.records import CheckpointRow, OutboxRow, OutboxState

OUT = "out"
IN = "in"
DECISIONS = "decisions"
"""Our private log: what was decided, and what became of duties."""
STORE = "main"
CARRIED = frozenset({"released", "noticed"})
"""The leaves that stand for what an envelope carries."""
MAX_LEAVES = 1000
MAX_TEXT = 12 * 1024 * 1024
"""Characters of copies in one envelope: well inside the format's limit once escaped and signed."""


class Copy(msgspec.Struct, frozen=True):
    """One release copy about to go. `sealed`: only the recipient's node may read it on the way."""

    handle: str
    kind: str
    label: Label
    raw: bytes
    lane: Lane
    sealed: bool
    about: str | None = None


def send(node: Node, tx: AgreementTx, text: Agreement, partner: str, copies: Sequence[Copy]) -> int:
    """Queues `copies` in as few envelopes as lanes, sealing and size allow; answers how many."""
    count = 0
    for group in _groups(copies):
        _queue_items(node, tx, text, partner, group)
        count += 1
    return count


def send_notices(
    node: Node, tx: AgreementTx, text: Agreement, partner: str, lane: Lane, documents: Sequence[bytes]
) -> OutboxRow:
    """Queues signed notices in one envelope, which only the partner's node can open. Answers its row."""
    body = Notices(tuple(documents))
    at = chain.next_out(ChainState(*tx.chain_out(node.mode, lane)))
    leaves = [
        leaf.write(leaf.Noticed(digest, lane.value, at.epoch, at.sequence, position))
        for position, digest in enumerate(body.digests)
    ]
    first = tx.append(OUT, leaves)
    header = Header(
        node.party, partner, text.ref, node.mode, lane, at.epoch, at.sequence, at.previous, node.clock(), first
    )
    return _queue_next(node, tx, text, header, body, sealed=True)


def void(node: Node, tx: AgreementTx, text: Agreement, partner: str, row: OutboxRow, reason: str) -> OutboxRow:
    """Puts the signed void in the place of a queued envelope that may no longer go (DECISIONS 17).

    Only for one whose bytes never left: a partner who might have it must not be told two stories.
    """
    before = tx.outgoing(row.mode, row.lane, row.epoch, row.seq - 1) if row.seq > 1 else None
    previous = before.digest if before is not None else envelope.NOTHING
    closed = leaves_in(tx, row)
    first = tx.append(OUT, [leaf.write(leaf.Void(row.lane.value, row.epoch, row.seq, reason))])
    header = Header(
        node.party, partner, text.ref, row.mode, row.lane, row.epoch, row.seq, previous, node.clock(), first
    )
    body = Void(reason, row.leaf_from, tuple(closed))
    payload = envelope.draft(header, body, checkpoint(node, tx, text).decode(), _countersigned(tx))
    replacement = replace(_row(node, header, envelope.seal(payload, node.vault)), state=OutboxState.VOID)
    tx.void(row.digest, replacement)
    return replacement


def void_again(node: Node, tx: AgreementTx, text: Agreement, row: OutboxRow) -> None:
    """Signs a queued void anew where what stands before it was replaced: the same words and the same leaf."""
    before = tx.outgoing(row.mode, row.lane, row.epoch, row.seq - 1)
    assert before is not None
    header = replace(envelope.header_of(row.raw), agreement=text.ref, previous=before.digest, at=node.clock())
    body = envelope.body_of(row.raw)
    payload = envelope.draft(header, body, checkpoint(node, tx, text).decode(), _countersigned(tx))
    tx.void(row.digest, replace(_row(node, header, envelope.seal(payload, node.vault)), state=OutboxState.VOID))


def queue(
    node: Node, tx: AgreementTx, text: Agreement, partner: str, lane: Lane, at: ChainState, body: Epoch | Void
) -> ChainState:
    """Queues what carries no items at its place in a chain: a new epoch, or the void that tells of numbers lost with
    the old one. Answers the chain's state afterwards."""
    first = tx.log_size(OUT)
    if isinstance(body, Void):
        first = tx.append(OUT, [leaf.write(leaf.Void(lane.value, at.epoch, at.sequence, body.reason))])
    header = Header(
        node.party, partner, text.ref, node.mode, lane, at.epoch, at.sequence, at.previous, node.clock(), first
    )
    payload = envelope.draft(header, body, checkpoint(node, tx, text).decode(), _countersigned(tx))
    state = OutboxState.VOID if isinstance(body, Void) else OutboxState.QUEUED
    row = replace(_row(node, header, envelope.seal(payload, node.vault)), state=state)
    tx.put_outgoing([row])
    return ChainState(at.epoch, at.sequence, row.digest)


def leaves_in(reader: AgreementReader, row: OutboxRow) -> list[bytes]:
    """The leaves that the items or notices of an envelope of ours have in our log."""
    found: list[bytes] = []
    number = (row.lane.value, row.epoch, row.seq)
    for _, raw in reader.leaves(OUT, row.leaf_from, row.leaf_from + MAX_LEAVES):
        entry = leaf.glance(raw)
        if entry.leaf not in CARRIED or (entry.lane, entry.epoch, entry.sequence) != number:
            break
        found.append(raw)
    return found


def runs(leaves: Mapping[int, bytes], most: int = MAX_LEAVES) -> Iterator[tuple[int, list[bytes]]]:
    """The leaves in stretches without a gap, each at most `most` long, with the position of its first."""
    first, run = 0, list[bytes]()
    for n in sorted(leaves):
        if run and (n != first + len(run) or len(run) == most):
            yield first, run
            run = []
        if not run:
            first = n
        run.append(leaves[n])
    if run:
        yield first, run


def checkpoint(node: Node, tx: AgreementTx, text: Agreement) -> bytes:
    """Our newest note over our log of this agreement, made and kept in the same transaction as its leaves."""
    head = note.Checkpoint(note.origin_of(text.id, node.party, STORE), tx.log_size(OUT), tx.root(OUT))
    held = tx.checkpoint(OUT, cosigned=False)
    if held is not None and held.size == head.size:
        return held.note
    raw = note.write(head, node.vault)
    tx.put_checkpoint(CheckpointRow(OUT, head.size, raw, cosigned=False))
    return raw


def _queue_items(node: Node, tx: AgreementTx, text: Agreement, partner: str, group: Sequence[Copy]) -> None:
    now, lane = node.clock(), group[0].lane
    drafts = [Draft(copy.handle, copy.kind, copy.label, copy.raw.decode(), copy.about) for copy in group]
    signed, items = statement.state(node.party, drafts, node.vault, now, [node.entropy(16) for _ in drafts])
    epoch, last, previous = tx.chain_out(node.mode, lane)
    stated = [(item.handle, statement.salted_digest(item)) for item in items]
    leaves = leaf.released(stated, lane.value, epoch, last + 1)
    first = tx.append(OUT, leaves)
    header = Header(node.party, partner, text.ref, node.mode, lane, epoch, last + 1, previous, now, first)
    body = Items((signed,), items)
    _queue_next(node, tx, text, header, body, sealed=group[0].sealed)


def _queue_next(
    node: Node, tx: AgreementTx, text: Agreement, header: Header, body: Items | Notices, *, sealed: bool
) -> OutboxRow:
    recipient = _hpke(text, header.to) if sealed else None
    payload = envelope.draft(
        header,
        node.seal(body, recipient, header.info()) if recipient is not None else body,
        checkpoint(node, tx, text).decode(),
        _countersigned(tx),
    )
    row = _row(node, header, envelope.seal(payload, node.vault))
    tx.put_outgoing([row])
    return row


def _countersigned(tx: AgreementTx) -> str | None:
    """The partner's newest checkpoint with our line, which it may not have seen yet."""
    held = tx.checkpoint(IN, cosigned=True)
    return None if held is None else held.note.decode()


def _row(node: Node, header: Header, raw: bytes) -> OutboxRow:
    return OutboxRow(
        mode=header.mode,
        lane=header.lane,
        epoch=header.epoch,
        seq=header.sequence,
        digest=envelope.digest(raw),
        raw=raw,
        version=header.agreement.version,
        leaf_from=header.leaf_from,
        state=OutboxState.QUEUED,
        next_at=node.clock(),
    )


def _hpke(text: Agreement, partner: str) -> bytes | None:
    return next((entry.hpke for entry in text.keys if entry.party == partner), None)


def _groups(copies: Sequence[Copy]) -> Iterator[list[Copy]]:
    apart: dict[tuple[int, bool], list[Copy]] = {}
    for copy in copies:
        apart.setdefault((copy.lane.rank, copy.sealed), []).append(copy)
    for key in sorted(apart):
        group: list[Copy] = []
        size = 0
        for copy in apart[key]:
            if group and (len(group) == MAX_ITEMS or size + len(copy.raw) > MAX_TEXT):
                yield group
                group, size = [], 0
            group.append(copy)
            size += len(copy.raw)
        yield group
