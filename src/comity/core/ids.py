"""Names of things: keyed digests that never leave the node, and random handles that may."""

import hashlib
import hmac
import re

from comity.core.errors import Malformed

_HANDLE = re.compile(r"[0-9a-f]{32}")


def record_id(identity_key: bytes, kind: str, source: str, raw: bytes) -> str:
    """A record's identity: HMAC-SHA-256 under the house's identity key (DECISIONS 2). It never leaves the node."""
    parts = [piece for part in (kind.encode(), source.encode()) for piece in (len(part).to_bytes(4), part)]
    return hmac.digest(identity_key, b"".join((*parts, raw)), "sha256").hex()


def handle(random_bytes: bytes) -> str:
    """A record's name towards partners: 16 random bytes, so that it says nothing (DECISIONS 16)."""
    if len(random_bytes) != 16:
        raise ValueError("a handle is made of 16 random bytes")
    return random_bytes.hex()


def parse_handle(text: object) -> str:
    """`text` if it is a handle, else `Malformed`."""
    if not isinstance(text, str) or not _HANDLE.fullmatch(text):
        raise Malformed(f"this is not a handle (32 hex digits): {str(text)[:40]!r}")
    return text


def salted(salt: bytes, raw: bytes) -> str:
    """A digest that says nothing without its salt, in hex (DECISIONS 3)."""
    return hashlib.sha256(b"comity/salted/1" + len(salt).to_bytes(2) + salt + raw).hexdigest()
