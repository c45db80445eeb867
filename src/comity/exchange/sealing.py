"""HPKE inside the signed envelope, for bodies a carrier must not read (RFC 9180, base mode).

Suite: MLKEM768-X25519 (draft-ietf-hpke-pq), HKDF-SHA256, AES-256-GCM. The header is bound as `info`: a sealed body
taken over into another envelope does not open. Private keys stay in the vault: what opens is a callable.
"""

import hashlib
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.exchange import body as bodies
from comity.exchange.body import Open, Sealed

PUBLIC_BYTES = 1184 + 32
"""ML-KEM-768's public key, then X25519's."""
SEED_BYTES = 64 + 32
"""ML-KEM-768's seed (d, z), then X25519's private key: what the vault keeps."""
MAX_DEPTH = 8

Opener = Callable[[bytes, bytes], bytes]
"""(ciphertext, info) → plaintext. Raises `Refused` where the key does not fit."""

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def seal_body(body: Open, recipient_public: bytes, info: bytes) -> Sealed:
    """`body` for the holder of this key alone. `info` is `Header.info()` of the envelope it will stand in.

    The ephemeral key is drawn inside the cryptographic library, which takes no random bytes from outside.
    """
    plaintext = strictjson.canonical(bodies.as_json(body))
    return Sealed(key_id(recipient_public), _SUITE.encrypt(plaintext, _public(recipient_public), info))


def open_body(sealed: Sealed, opener: Opener, info: bytes) -> Open:
    """The body that was sealed. Raises `Refused` where it does not open, `Malformed` for what comes out."""
    plaintext = opener(sealed.ciphertext, info)
    return bodies.open_from_json(strictjson.parse(plaintext, "the sealed body", max_depth=MAX_DEPTH))


def key_id(public: bytes) -> str:
    """The public key's identity: 16 bytes of a SHA-256, in hex."""
    return hashlib.sha256(b"comity/hpke/1" + public).hexdigest()[:32]


def check_public(public: bytes, what: str) -> bytes:
    """`public` if it is a key that can be sealed to, else `Malformed`."""
    try:
        _public(public)
    except ValueError:
        raise Malformed(f"{what} is not an HPKE public key of {PUBLIC_BYTES:,} bytes") from None
    return public


def public_of(seed: bytes) -> bytes:
    """The public key of a private one. `seed` comes from the vault: `SEED_BYTES` random bytes."""
    kem, curve = _private(seed)
    return kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()


def opener(seed: bytes) -> Opener:
    """What opens bodies sealed to `public_of(seed)`; made in the vault, so that the seed stays there."""
    private = MLKEM768X25519PrivateKey(*_private(seed))

    def opened(ciphertext: bytes, info: bytes) -> bytes:
        try:
            return _SUITE.decrypt(ciphertext, private, info)
        except (InvalidTag, ValueError):
            raise Refused(
                "the sealed body does not open: it is for another key, or was taken from another envelope",
                "ask the sender which HPKE key of yours it holds",
            ) from None

    return opened


def _public(raw: bytes) -> MLKEM768X25519PublicKey:
    if len(raw) != PUBLIC_BYTES:
        raise ValueError("an HPKE public key has another length")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(raw[:1184]), X25519PublicKey.from_public_bytes(raw[1184:])
    )


def _private(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(seed) != SEED_BYTES:
        raise ValueError("an HPKE private key has another length")
    return MLKEM768PrivateKey.from_seed_bytes(seed[:64]), X25519PrivateKey.from_private_bytes(seed[64:])
