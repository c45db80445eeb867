"""The other side's log as it arrives here: its leaves kept, its checkpoints countersigned (DECISIONS 15)."""

from collections.abc import Mapping
from functools import partial

from comity.acts.node import Node
from comity.acts.ports import AgreementTx
from comity.acts.sending import IN, OUT, STORE, runs
from comity.agreement.instrument import Agreement
from comity.core.errors import Broken
from comity.core.merkle import root_of
from comity.exchange import statement
from comity.exchange.body import Items, Notices, Void
from comity.exchange.envelope import Envelope
from comity.exchange.receipt import Receipt
from comity.ledger import leaf, note
from comity.ledger.log import Mirror, countersign_at
from comity.records import CheckpointRow


def mirror(tx: AgreementTx, told: Mapping[int, bytes]) -> None:
    """Keeps the leaves an envelope stands for in its sender's log, by position (`places_of`)."""
    for first, leaves in runs(told):
        tx.put_mirror(IN, first, leaves)


def places_of(envelope: Envelope) -> dict[int, bytes]:
    """Every leaf this envelope speaks of, by position in its sender's log."""
    body = envelope.body
    closed = dict(enumerate(body.closed, body.closed_from)) if isinstance(body, Void) else {}
    return closed | dict(enumerate(leaves_of(envelope), envelope.header.leaf_from))


def received_leaf(answer: Receipt) -> dict[int, bytes]:
    """The `received` leaf that stands for this receipt in its signer's log, by position; none where none was made."""
    if answer.leaf is None:
        return {}
    number = (answer.lane.value, answer.epoch, answer.sequence)
    return {answer.leaf: leaf.write(leaf.Received(answer.envelope, *number, answer.verdict.value))}


def leaves_of(envelope: Envelope) -> list[bytes]:
    """The leaves an envelope has in its sender's log, rebuilt from the envelope itself."""
    header, body = envelope.header, envelope.body
    place = (header.lane.value, header.epoch, header.sequence)
    match body:
        case Items():
            stated = [(item.handle, statement.salted_digest(item)) for item in body.items]
            return leaf.released(stated, *place)
        case Notices():
            return [leaf.write(leaf.Noticed(digest, *place, n)) for n, digest in enumerate(body.digests)]
        case Void():
            return [leaf.write(leaf.Void(*place, body.reason))]
    return []


def mirror_receipt(tx: AgreementTx, answer: Receipt) -> None:
    """Keeps the `received` leaf which the partner wrote when it gave this receipt."""
    for position, raw in received_leaf(answer).items():
        tx.put_mirror(IN, position, [raw])


def countersign(node: Node, tx: AgreementTx, text: Agreement, sender: str, raw: str | None) -> bytes | None:
    """The partner's note with our line, once the leaves here reproduce its root; `None` while some are on their way.

    Raises `Broken` for a fork, `Refused` for a note that is not the partner's over its own log.
    """
    if raw is None:
        return None
    parsed = note.parse(raw.encode())
    head = note.verify(parsed, note.keys_of([text]), required=[sender])
    held = tx.checkpoint(IN, cosigned=True)
    signed_before = None if held is None else note.parse(held.note).checkpoint
    mirror = Mirror(note.origin_of(text.id, sender, STORE), tx.log_size(IN), partial(_root_at, tx), signed_before)
    if countersign_at(mirror, head) is None:
        return held.note if held is not None and held.size == head.size else None
    signed = note.cosign(raw.encode(), node.party, node.vault)
    tx.put_checkpoint(CheckpointRow(IN, head.size, signed, cosigned=True))
    return signed


def keep_cosigned(node: Node, tx: AgreementTx, text: Agreement, partner: str, raw: str | None) -> None:
    """Our own note as it came back with the partner's line. Our line on it proves that the root is our log's.

    Raises `Refused` unless both signed, `Broken` for another log's.
    """
    if raw is None:
        return
    head = note.verify(note.parse(raw.encode()), note.keys_of([text]), required=[node.party, partner])
    if head.origin != note.origin_of(text.id, node.party, STORE):
        raise Broken(f"the countersigned checkpoint is of another log: {head.origin}")
    size = tx.log_size(OUT)
    if head.size > size or (head.size == size and head.root != tx.root(OUT)):
        raise Broken(
            f"{head.origin}: {partner} countersigned {head.size} leaves of it that are not the {size} here",
            "this store is an old copy or was rewritten: `comity fork show`",
        )
    tx.put_checkpoint(CheckpointRow(OUT, head.size, raw.encode(), cosigned=True))


def _root_at(tx: AgreementTx, size: int) -> bytes:
    """The mirror's root at `size`. Nearly always it ends just there; else the leaves are hashed once more."""
    return tx.root(IN) if tx.log_size(IN) == size else root_of(tx.leaf_hashes(IN, 0, size))
