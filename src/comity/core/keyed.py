"""HMAC-SHA-256 (RFC 2104) under a key that is used for every row: what the key alone decides is worked out once."""

from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC


def digest(key: bytes, message: bytes) -> bytes:
    """The 32 bytes of the mac over `message`."""
    mac = _begun(key).copy()
    mac.update(message)
    return mac.finalize()


@lru_cache(maxsize=8)
def _begun(key: bytes) -> HMAC:
    """Copied, never written to."""
    return HMAC(key, SHA256())
