"""Names of things: keyed digests that never leave the node, and handles that may.

A name begins with the place where its thing was kept first. Names then rise as things are kept, and every index over
them grows at its end only, however many there are.
"""

import hashlib
import re

from comity.core import keyed
from comity.core.errors import Malformed

_HANDLE = re.compile(r"[0-9a-f]{32}")
PLACE = 10
"""Hex digits of a place: 2^40 things in one store, or in one view."""
DIGEST = 54
RANDOM_BYTES = 11


def identity(identity_key: bytes, kind: str, source: str, raw: bytes) -> str:
    """What makes a record the same record: 27 bytes, in hex, of an HMAC-SHA-256 under the house's identity key.

    DECISIONS 2. It never leaves the node.
    """
    parts = [piece for part in (kind.encode(), source.encode()) for piece in (len(part).to_bytes(4), part)]
    return keyed.digest(identity_key, b"".join((*parts, raw))).hex()[:DIGEST]


def placed(place: int, digest: str) -> str:
    """The id, 64 hex digits, of what was kept at `place` and has this digest (54 of them)."""
    if not 0 <= place < 16**PLACE or len(digest) != DIGEST:
        raise ValueError(f"an id is made of a place below 16^{PLACE} and {DIGEST} hex digits")
    return f"{place:0{PLACE}x}{digest}"


def place_of(placed_id: str) -> int:
    """The place with which an id begins."""
    return int(placed_id[:PLACE], 16)


def behind(place: int) -> str:
    """What sorts behind every id of this place, and before all of later places."""
    return f"{place + 1:0{PLACE}x}"


def digest_of(placed_id: str) -> str:
    """The digest in an id."""
    return placed_id[PLACE:]


def handle(random_bytes: bytes) -> str:
    """A name towards partners: 16 random bytes, so that it says nothing (DECISIONS 16)."""
    if len(random_bytes) != 16:
        raise ValueError("a handle is made of 16 random bytes")
    return random_bytes.hex()


def handle_at(place: int, random_bytes: bytes) -> str:
    """A release's handle: its place in its partner's view, which the partner can count itself, and 11 random bytes."""
    if not 0 <= place < 16**PLACE or len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"a handle is made of a place below 16^{PLACE} and {RANDOM_BYTES} random bytes")
    return f"{place:0{PLACE}x}{random_bytes.hex()}"


def parse_handle(text: object) -> str:
    """`text` if it is a handle, else `Malformed`."""
    if not isinstance(text, str) or not _HANDLE.fullmatch(text):
        raise Malformed(f"this is not a handle (32 hex digits): {str(text)[:40]!r}")
    return text


def salted(salt: bytes, raw: bytes) -> str:
    """A digest that says nothing without its salt, in hex (DECISIONS 3)."""
    return hashlib.sha256(b"comity/salted/1" + len(salt).to_bytes(2) + salt + raw).hexdigest()
