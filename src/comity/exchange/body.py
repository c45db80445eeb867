"""What an envelope can carry: items, notices, a void, a checkpoint, an epoch, or any of these sealed.

Format: docs/formats/envelope.md.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from comity.core.errors import Malformed
from comity.core.keys import from_base64, to_base64
from comity.core.strictjson import Json
from comity.exchange import shape
from comity.exchange.signature import NOTICE
from comity.exchange.statement import Item
from comity.labels.label import Label

MAX_ITEMS = 1000
MAX_LEAF = 1024
MAX_NOTICES = 100


@dataclass(frozen=True, slots=True)
class Items:
    """Release copies and the exact bytes of the statements they stand in. Not proven: see `verify_items`."""

    statements: tuple[bytes, ...]
    items: tuple[Item, ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(item.kind for item in self.items)

    @property
    def handles(self) -> tuple[str, ...]:
        return tuple(item.handle for item in self.items)


@dataclass(frozen=True, slots=True)
class Notices:
    """Signed notices, each with its exact bytes. Not proven: see `notice.unseal`."""

    documents: tuple[bytes, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """SHA-256 of each one's bytes, in hex."""
        return tuple(hashlib.sha256(raw).hexdigest() for raw in self.documents)

    @property
    def handles(self) -> tuple[str, ...]:
        """How a receipt names each: whatever the bytes say of themselves, they have this name."""
        return tuple(handle_of(digest) for digest in self.digests)


@dataclass(frozen=True, slots=True)
class Void:
    """Takes the number of a queued envelope that may no longer go. `reason` is a code and says nothing of content.

    `closed` are the leaves which the withdrawn envelope had in the sender's log, from position `closed_from`: random
    handles and salted digests, so that the mirror has no gap and nothing can be learnt from them.
    """

    reason: str
    closed_from: int = 0
    closed: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The sender's newest signed note over its log, sent by itself."""

    note: str


@dataclass(frozen=True, slots=True)
class Epoch:
    """The sender begins its numbering anew, and the last it still knows of the old one (a restored backup)."""

    reason: str
    known_epoch: int
    known_sequence: int
    known_digest: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A body that only the holder of one HPKE key can read. `recipient` is that public key's identity."""

    recipient: str
    ciphertext: bytes


Open: TypeAlias = Items | Notices | Void | Checkpoint | Epoch
Body: TypeAlias = Open | Sealed


def handle_of(digest: str) -> str:
    """The handle by which a receipt names a notice: the first half of its digest, in hex."""
    return digest[:32]


def as_json(body: Body) -> dict[str, Any]:
    """Members in the format's names. Raises `Malformed` where there are too many items."""
    match body:
        case Items():
            return _items_json(body)
        case Notices(documents):
            return {"kind": "notices", "documents": [raw.decode() for raw in _checked(documents)]}
        case Void(reason, first, leaves):
            members = {"kind": "void", "reason": shape.code(reason, "a void's reason")}
            if not leaves:
                return members
            return members | {"closed": {"from": first, "leaves": [leaf.decode() for leaf in leaves]}}
        case Checkpoint(note):
            return {"kind": "checkpoint", "note": shape.note(note, "the checkpoint")}
        case Epoch(reason, epoch, sequence, digest):
            known = {"epoch": epoch, "sequence": sequence, "digest": digest}
            return {"kind": "epoch", "reason": shape.code(reason, "an epoch's reason"), "known": known}
        case Sealed(recipient, ciphertext):
            return {"kind": "sealed", "recipient": recipient, "ciphertext": to_base64(ciphertext)}


def from_json(value: Json) -> Body:
    """Raises `Malformed`; a kind of body we do not know is refused."""
    kind = value.get("kind") if isinstance(value, dict) else None
    if kind == "sealed":
        entry = shape.members(value, "a sealed body", frozenset({"kind", "recipient", "ciphertext"}))
        shape.hexed(entry["recipient"], "a sealed body's recipient", 16)
        return Sealed(entry["recipient"], from_base64(entry["ciphertext"], "a sealed body's ciphertext"))
    return open_from_json(value)


def open_from_json(value: Json) -> Open:
    """The same for what was sealed: a body sealed twice is refused."""
    match value.get("kind") if isinstance(value, dict) else None:
        case "items":
            return _items(value)
        case "notices":
            return _notices(value)
        case "void":
            return _void(value)
        case "checkpoint":
            entry = shape.members(value, "a checkpoint body", frozenset({"kind", "note"}))
            return Checkpoint(shape.note(entry["note"], "the checkpoint"))
        case "epoch":
            return _epoch(value)
    raise Malformed("the envelope's body is of a kind we do not know")


def _notices(value: Json) -> Notices:
    entry = shape.members(value, "a body of notices", frozenset({"kind", "documents"}))
    documents = shape.listed(entry["documents"], "the notices", MAX_NOTICES)
    if not all(isinstance(raw, str) for raw in documents):
        raise Malformed("the notices must be texts")
    return Notices(_checked(tuple(raw.encode() for raw in documents)))


def _checked(documents: tuple[bytes, ...]) -> tuple[bytes, ...]:
    if not documents or len(documents) > MAX_NOTICES or len(set(documents)) != len(documents):
        raise Malformed(f"a body of notices has 1 to {MAX_NOTICES} of them, each once")
    if any(len(raw) > NOTICE for raw in documents):
        raise Malformed(f"a notice has at most {NOTICE:,} bytes")
    return documents


def _void(value: Json) -> Void:
    entry = shape.members(value, "a void", frozenset({"kind", "reason"}), frozenset({"closed"}))
    reason = shape.code(entry["reason"], "a void's reason")
    if "closed" not in entry:
        return Void(reason)
    closed = shape.members(entry["closed"], "what a void closes", frozenset({"from", "leaves"}))
    leaves = shape.listed(closed["leaves"], "the leaves a void closes", MAX_ITEMS)
    if not leaves:
        raise Malformed("what a void closes must name at least one leaf, or not be there")
    if not all(isinstance(leaf, str) and len(leaf) <= MAX_LEAF for leaf in leaves):
        raise Malformed(f"a leaf that a void closes must be a text of at most {MAX_LEAF:,} characters")
    return Void(
        reason=reason,
        closed_from=shape.whole(closed["from"], "what a void closes: from"),
        closed=tuple(leaf.encode() for leaf in leaves),
    )


def _epoch(value: Json) -> Epoch:
    entry = shape.members(value, "an epoch", frozenset({"kind", "reason", "known"}))
    known = shape.members(entry["known"], "an epoch's last known", frozenset({"epoch", "sequence", "digest"}))
    return Epoch(
        reason=shape.code(entry["reason"], "an epoch's reason"),
        known_epoch=shape.whole(known["epoch"], "an epoch's last known epoch", least=1),
        known_sequence=shape.whole(known["sequence"], "an epoch's last known sequence"),
        known_digest=shape.hexed(known["digest"], "an epoch's last known digest", 32).hex(),
    )


def _items_json(body: Items) -> dict[str, Any]:
    _check_items(body)
    table: dict[Label, int] = {}
    items = [item.as_json(table.setdefault(item.label, len(table))) for item in body.items]
    return {
        "kind": "items",
        "statements": [raw.decode() for raw in body.statements],
        "labels": [label.as_json() for label in table],
        "items": items,
    }


def _items(value: Json) -> Items:
    entry = shape.members(value, "a body of items", frozenset({"kind", "statements", "labels", "items"}))
    statements = shape.listed(entry["statements"], "the statements", MAX_ITEMS)
    if not all(isinstance(raw, str) for raw in statements):
        raise Malformed("the statements must be texts")
    labels = [Label.from_json(label) for label in shape.listed(entry["labels"], "the labels", MAX_ITEMS)]
    items = [Item.from_json(item, labels) for item in shape.listed(entry["items"], "the items", MAX_ITEMS)]
    _check_table(labels, [item["label"] for item in entry["items"]])
    body = Items(tuple(raw.encode() for raw in statements), tuple(items))
    _check_items(body)
    return body


def _check_table(labels: Sequence[Label], used: Sequence[int]) -> None:
    if len(set(labels)) != len(labels) or set(used) != set(range(len(labels))):
        raise Malformed("the table of labels must name each label once, and only labels that an item has")


def _check_items(body: Items) -> None:
    if not body.items:
        raise Malformed("a body of items must have at least one")
    if len(body.items) > MAX_ITEMS:
        raise Malformed(f"an envelope carries at most {MAX_ITEMS:,} items, not {len(body.items):,}")
    if len({item.handle for item in body.items}) != len(body.items):
        raise Malformed("two items of one envelope have the same handle")
    if {item.statement for item in body.items} != set(range(len(body.statements))):
        raise Malformed("every item must stand in a statement of its envelope, and every statement have an item")
