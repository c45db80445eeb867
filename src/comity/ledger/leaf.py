"""What a leaf says: small canonical JSON with handles, salted digests, numbers and codes, and never content.

At most 1,024 bytes of RFC 8785, in one spelling, so that both sides hash the same bytes. A partner log has `released`,
`noticed`, `void`, `received`, `event` and `lost`; a node's private log of decisions has `followed`.

Format: docs/formats/ledger.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TypeAlias

import msgspec

from comity.core import strictjson
from comity.core.errors import Malformed

MAX_BYTES = 1024
MAX_NUMBER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Released:
    """An object was let out: its handle, its salted statement leaf, its envelope's number and its place in that.

    `epoch` and `sequence` count from 1, `position` from 0.
    """

    handle: str
    item: str
    lane: str
    epoch: int
    sequence: int
    position: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice was given: SHA-256 of its signed bytes, its envelope's number and its place in that.

    The digest needs no salt: nobody can guess an ML-DSA signature.
    """

    document: str
    lane: str
    epoch: int
    sequence: int
    position: int


@dataclass(frozen=True, slots=True)
class Void:
    """A number was closed without its envelope: what was queued under it may no longer go."""

    lane: str
    epoch: int
    sequence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Received:
    """An envelope of the other side was taken or refused: the SHA-256 of its exact bytes, and the verdict given."""

    envelope: str
    lane: str
    epoch: int
    sequence: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to the agreement itself: a code, and the SHA-256 of the signed bytes that say so."""

    event: str
    document: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The leaf that was signed at this `position` of the log, from 0, is lost to both sides: after a restored backup
    two people let the log go on without it. A void tells it to the other side."""

    position: int


@dataclass(frozen=True, slots=True)
class Followed:
    """One follower batch: entries n of the house log with `after` < n <= `upto` were decided.

    `root` is the RFC 9162 root over the batch's rows, `count` outcomes among them, as the store spells them.
    """

    after: int
    upto: int
    count: int
    root: str


Leaf: TypeAlias = Released | Noticed | Void | Received | Event | Lost | Followed

KINDS: Mapping[str, type[Leaf]] = {
    "released": Released,
    "noticed": Noticed,
    "void": Void,
    "received": Received,
    "event": Event,
    "lost": Lost,
    "followed": Followed,
}
"""By the member `leaf`. A name is never reused for another meaning."""

_NAMES = {kind: name for name, kind in KINDS.items()}
_WRITTEN = {"after": "from"}
"""Members whose name in the format is a word that Python keeps for itself."""
_MEMBERS = {kind: tuple(sorted((_WRITTEN.get(f.name, f.name), f.name) for f in fields(kind))) for kind in _NAMES}
"""Each kind's members as the format names them, in its order, and as we do."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_TEXTS = {
    "handle": re.compile(r"[0-9a-f]{32}"),
    "item": _DIGEST,
    "envelope": _DIGEST,
    "document": _DIGEST,
    "root": _DIGEST,
    "lane": re.compile(r"FLASH|IMMEDIATE|PRIORITY|ROUTINE"),
    "reason": _CODE,
    "verdict": _CODE,
    "event": _CODE,
}
_LEAST = {"epoch": 1, "sequence": 1}


def _spelling(kind: type[Leaf]) -> str:
    """The canonical form (RFC 8785) with a place for each value: none of those allowed has anything to escape."""
    values = {written: '"%s"' if name in _TEXTS else "%d" for written, name in _MEMBERS[kind]}
    members = sorted((values | {"leaf": f'"{_NAMES[kind]}"'}).items())
    return "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}"


_SPELLING = {kind: _spelling(kind) for kind in _NAMES}


def write(leaf: Leaf) -> bytes:
    """The leaf's bytes, never more than `MAX_BYTES`. Raises `Malformed` where a member is not what its name says."""
    kind = type(leaf)
    return (_SPELLING[kind] % tuple([_checked(name, getattr(leaf, name)) for _, name in _MEMBERS[kind]])).encode()


def released(things: Iterable[tuple[str, str]], lane: str, epoch: int, sequence: int) -> list[bytes]:
    """The `Released` leaves of one envelope, from each thing's handle and item in its order, as `write` has them."""
    spelling = _SPELLING[Released]
    said = _checked("epoch", epoch), _checked("lane", lane), _checked("sequence", sequence)
    return [
        (spelling % (said[0], _checked("handle", handle), _checked("item", item), said[1], position, said[2])).encode()
        for position, (handle, item) in enumerate(things)
    ]


def parse(raw: bytes) -> Leaf:
    """The leaf written in `raw`. Raises `Malformed`: an unknown kind or member, and a second spelling, are refused."""
    value = strictjson.parse(raw, "the leaf", max_bytes=MAX_BYTES, max_depth=1)
    kind = KINDS.get(str(value.pop("leaf", None))) if isinstance(value, dict) else None
    if kind is None:
        raise Malformed("this is not a leaf of a kind we know")
    if value.keys() != {written for written, _ in _MEMBERS[kind]}:
        raise Malformed(f"a leaf of kind {_NAMES[kind]} has exactly {', '.join(w for w, _ in _MEMBERS[kind])}")
    leaf = kind(**{name: value[written] for written, name in _MEMBERS[kind]})
    if write(leaf) != raw:
        raise Malformed("the leaf is not written in its canonical form (RFC 8785)")
    return leaf


class Glance(msgspec.Struct):
    """What acts ask of a leaf that we wrote ourselves; empty where its kind has no such member."""

    leaf: str
    lane: str = ""
    epoch: int = 0
    sequence: int = 0
    handle: str = ""
    document: str = ""


glance = msgspec.json.Decoder(Glance).decode
"""A leaf of our own log, read quickly; what a partner wrote is for `parse`."""


def _checked(name: str, value: object) -> str | int:
    pattern = _TEXTS.get(name)
    if pattern is None:
        if type(value) is int and _LEAST.get(name, 0) <= value <= MAX_NUMBER:
            return value
        raise Malformed(f"a leaf's {name} must be a whole number, at least {_LEAST.get(name, 0)}: {str(value)[:40]!r}")
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed(f"a leaf's {name} is not written as it must be: {str(value)[:40]!r}")
    return value
