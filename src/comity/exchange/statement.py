"""The origin's statement: what it says it let out, signed once for a batch, good to the last reader (DECISIONS 16).

It names no recipient, lane or sequence. It holds the RFC 9162 root over salted leaves. Where all its items travel
together they bring their salts; one that travels on alone brings its path too, and still is the origin's.
Format: docs/formats/statement.md.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from comity.core import dsse, ids, instants, merkle, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import Signer
from comity.core.strictjson import Json
from comity.exchange import shape
from comity.exchange.signature import Keys, unwrap
from comity.labels.label import Label

PAYLOAD_TYPE = "application/vnd.comity.statement+json"
FORMAT = "comity-statement/1"
SALT_BYTES = 16
MAX_PATH = 64

_length = struct.Struct(">I").pack
_MEMBERS = frozenset({"format", "origin", "root", "size", "at"})
_ITEM = frozenset({"handle", "kind", "label", "text", "origin", "statement", "place"})
_PLACE = frozenset({"salt", "index"})
_PATH = frozenset({"path"})


class Draft(msgspec.Struct, frozen=True):
    """One release copy about to be stated. `text` is the copy itself; `about` the handle of what it is about."""

    handle: str
    kind: str
    label: Label
    text: str
    about: str | None = None


class Place(msgspec.Struct, frozen=True):
    """Where an item stands in its statement: salt, leaf index and the joined hashes of the path from leaf to root.

    Without a path it is proven only beside all other items of its statement, from which the path can be worked out.
    """

    salt: bytes
    index: int
    path: bytes | None = None

    def as_json(self) -> dict[str, Any]:
        members = {"salt": self.salt.hex(), "index": self.index}
        return members if self.path is None else members | {"path": self.path.hex()}

    def canonical(self) -> bytes:
        """The canonical form of `as_json`: hex and a number, so nothing needs escaping."""
        path = "" if self.path is None else f'"path":"{self.path.hex()}",'
        return f'{{"index":{self.index},{path}"salt":"{self.salt.hex()}"}}'.encode()

    @classmethod
    def from_json(cls, value: Json, what: str = "the item's place") -> "Place":
        """Raises `Malformed`."""
        entry = shape.members(value, what, _PLACE, _PATH)
        path = shape.hexed(entry["path"], f"{what}: its path") if "path" in entry else None
        if path is not None and (len(path) % 32 or len(path) > 32 * MAX_PATH):
            raise Malformed(f"{what}: its path must be up to {MAX_PATH} hashes of 32 bytes")
        return cls(
            shape.hexed(entry["salt"], f"{what}: its salt", SALT_BYTES),
            shape.whole(entry["index"], f"{what}: its index"),
            path,
        )


@dataclass(frozen=True, slots=True)
class Item:
    """A release copy as it travels. `text.encode()` is the very copy; `statement` an index into the batch's own."""

    handle: str
    kind: str
    label: Label
    text: str
    origin: str
    statement: int
    place: Place
    about: str | None = None
    _salted: bytes = field(init=False, repr=False, compare=False, default=b"")

    @property
    def salted(self) -> bytes:
        """The salted digest that its leaf covers, hashed once: tree and ledger both ask for it."""
        if not self._salted:
            object.__setattr__(self, "_salted", _salted(self.place.salt, self, _spelt(self.label)))
        return self._salted

    def as_json(self, label: int) -> dict[str, Any]:
        """`label` is the index of this item's label in the batch's table."""
        members: dict[str, Any] = {
            "handle": self.handle,
            "kind": self.kind,
            "label": label,
            "text": self.text,
            "origin": self.origin,
            "statement": self.statement,
            "place": self.place.as_json(),
        }
        return members if self.about is None else members | {"about": self.about}

    @classmethod
    def from_json(cls, value: Json, labels: Sequence[Label]) -> "Item":
        """Raises `Malformed`."""
        entry = shape.members(value, "an item", _ITEM, frozenset({"about"}))
        label = shape.whole(entry["label"], "an item's label")
        if label >= len(labels):
            raise Malformed(f"an item has the label {label}, but the table ends before it")
        if not isinstance(entry["text"], str):
            raise Malformed("an item's text must be a text")
        return cls(
            handle=ids.parse_handle(entry["handle"]),
            kind=shape.name(entry["kind"], "an item's kind"),
            label=labels[label],
            text=entry["text"],
            origin=shape.name(entry["origin"], "an item's origin"),
            statement=shape.whole(entry["statement"], "an item's statement"),
            place=Place.from_json(entry["place"]),
            about=ids.parse_handle(entry["about"]) if "about" in entry else None,
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """What the origin signed: the root over `size` salted leaves, at its own time."""

    origin: str
    root: bytes
    size: int
    at: datetime


def state(
    origin: str, drafts: Sequence[Draft], signer: Signer, at: datetime, salts: Sequence[bytes]
) -> tuple[bytes, tuple[Item, ...]]:
    """The signed statement over `drafts` and its items, for an envelope that has all of them: without their paths.

    One fresh random salt of 16 bytes a draft. The bytes depend on nothing but these arguments: what was withheld cannot
    show in them (law 4).
    """
    if not drafts or len(salts) != len(drafts) or any(len(salt) != SALT_BYTES for salt in salts):
        raise ValueError("a statement needs at least one draft, and a salt of 16 bytes for each")
    digests = [_salted(salt, draft, _spelt(draft.label)) for draft, salt in zip(drafts, salts, strict=True)]
    hashes = list(map(merkle.leaf_hash, digests))
    payload = {
        "format": FORMAT,
        "origin": shape.name(origin, "the statement's origin"),
        "root": merkle.root_of(hashes).hex(),
        "size": len(drafts),
        "at": instants.text(at),
    }
    items = tuple(
        Item(draft.handle, draft.kind, draft.label, draft.text, origin, 0, Place(salt, n), draft.about)
        for n, (draft, salt) in enumerate(zip(drafts, salts, strict=True))
    )
    for item, digest in zip(items, digests, strict=True):
        object.__setattr__(item, "_salted", digest)
    return dsse.seal(PAYLOAD_TYPE, strictjson.canonical(payload), [signer]), items


def placed(items: Sequence[Item]) -> tuple[Item, ...]:
    """All items of one statement, in order, each with its path: so it can travel on by itself."""
    paths = merkle.inclusion_paths([merkle.leaf_hash(item.salted) for item in items])
    pairs = zip(items, paths, strict=True)
    return tuple(replace(item, place=Place(item.place.salt, item.place.index, path)) for item, path in pairs)


def verify_statement(raw: bytes, keys: Keys) -> Statement:
    """The statement, once the very party it names as origin has signed it. Raises `Malformed` or `Refused`."""
    what = "the statement"
    signed = unwrap(raw, PAYLOAD_TYPE, keys, what)
    entry = shape.members(strictjson.parse(signed.payload, what, max_depth=2), what, _MEMBERS)
    shape.fixed(entry["format"], what, FORMAT)
    statement = Statement(
        origin=shape.name(entry["origin"], f"{what}: its origin"),
        root=shape.hexed(entry["root"], f"{what}: its root", 32),
        size=shape.whole(entry["size"], f"{what}: its size", least=1),
        at=instants.parse(entry["at"], f"{what}: its time"),
    )
    if statement.origin != signed.signer:
        raise Refused(f"{what} speaks for {statement.origin}, but {signed.signer} signed it")
    return statement


def verify_item(item: Item, statement: Statement) -> None:
    """Raises `Refused` unless the origin's root covers this item: handle, kind, label, text and all."""
    if None in _proven([item], statement):
        raise Refused(f"the item {item.handle} is not what {statement.origin} stated: it was changed on the way")


def verify_items(statements: Sequence[bytes], items: Sequence[Item], keys: Keys) -> tuple[str | None, ...]:
    """For each item `None` if it is the origin's, else a code: `statement-unverified` or `item-unproven`."""
    return tuple(one if isinstance(one, str) else None for one in proven(statements, items, keys))


def proven(statements: Sequence[bytes], items: Sequence[Item], keys: Keys) -> tuple[Place | str, ...]:
    """For each item its place, path and all, if it is the origin's; else the code.

    A bad statement condemns its own items and no others; each statement is verified once.
    """
    standing: dict[int, list[int]] = {}
    for n, item in enumerate(items):
        standing.setdefault(item.statement, []).append(n)
    found: list[Place | str] = ["statement-unverified"] * len(items)
    for number, raw in enumerate(statements):
        statement, mine = _statement_or_none(raw, keys), standing.get(number, [])
        if statement is not None:
            for n, place in zip(mine, _proven([items[n] for n in mine], statement), strict=True):
                found[n] = place or "item-unproven"
    return tuple(found)


def salted_digest(item: Item) -> str:
    """What a ledger leaf may say of this item: a digest under its salt, in hex, that says nothing without it."""
    return item.salted.hex()


def _statement_or_none(raw: bytes, keys: Keys) -> Statement | None:
    try:
        return verify_statement(raw, keys)
    except (Malformed, Refused):
        return None


def _proven(items: Sequence[Item], statement: Statement) -> list[Place | None]:
    """Where each stands under the root, handle, kind, label, text and all; `None` where it is not its origin's."""
    paths = merkle.proven_paths(
        [merkle.leaf_hash(item.salted) for item in items],
        [item.place.index for item in items],
        statement.size,
        [item.place.path for item in items],
        statement.root,
    )
    return [
        None if path is None or item.origin != statement.origin else Place(item.place.salt, item.place.index, path)
        for item, path in zip(items, paths, strict=True)
    ]


@lru_cache(maxsize=4096)
def _spelt(label: Label) -> bytes:
    return strictjson.canonical(label.as_json())


def _salted(salt: bytes, item: Draft | Item, label: bytes) -> bytes:
    about, kind, handle, text = item.about or "", item.kind.encode(), item.handle.encode(), item.text.encode()
    small = [_length(len(part)) + part for part in (salt, handle, kind, label, about.encode())]
    return hashlib.sha256(b"".join((b"comity/item/1", *small, _length(len(text)), text))).digest()
