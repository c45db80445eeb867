"""Whose signature it is: the public half of a hybrid key, its identity, the words people compare, the check.

One key is a *pair*, Ed25519 and ML-DSA-65, both required (DECISIONS 21). The identity is a digest over both, so
neither half can be exchanged or left out without changing the name under which an agreement lists it.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

from comity.core.errors import Malformed

ED25519 = "ed25519"
ML_DSA_65 = "ml-dsa-65"
HALVES = (ED25519, ML_DSA_65)
SIGNATURE_BYTES = {ED25519: 64, ML_DSA_65: 3309}
CONTEXT = b"comity/1"
"""The ML-DSA context (FIPS 204, section 5.2): a signature made for Comity verifies nowhere else."""

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Both public halves, as raw bytes: 32 of Ed25519 and 1,952 of ML-DSA-65."""

    ed25519: bytes
    ml_dsa_65: bytes

    @property
    def kid(self) -> str:
        """The key's identity: the first 16 bytes, in hex, of a SHA-256 over both halves."""
        return self._digest().hex()[:32]

    @property
    def words(self) -> str:
        """Eight five-letter words (128 bits) for two people to compare aloud, as in the proquint proposal."""
        digest = self._digest()
        return "-".join(_word(int.from_bytes(digest[i : i + 2])) for i in range(0, 16, 2))

    def _digest(self) -> bytes:
        return hashlib.sha256(b"comity/key/1" + self.ed25519 + self.ml_dsa_65).digest()

    def check(self, half: str, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this half's over `message`. Never raises."""
        if len(signature) != SIGNATURE_BYTES[half]:
            return False
        try:
            if half == ED25519:
                Ed25519PublicKey.from_public_bytes(self.ed25519).verify(signature, message)
            else:
                MLDSA65PublicKey.from_public_bytes(self.ml_dsa_65).verify(signature, message, CONTEXT)
        except (InvalidSignature, ValueError):
            return False
        return True

    def as_json(self) -> dict[str, str]:
        return {
            ED25519: to_base64(self.ed25519),
            ML_DSA_65: to_base64(self.ml_dsa_65),
        }

    @classmethod
    def from_json(cls, value: object, what: str = "the key") -> "PublicKey":
        """Raises `Malformed` unless both halves are there, well-formed, and nothing else is."""
        if not isinstance(value, dict) or set(value) != set(HALVES):
            raise Malformed(f"{what} must have exactly the two halves {ED25519} and {ML_DSA_65}")
        halves = {half: from_base64(value[half], f"{what}, {half}") for half in HALVES}
        if len(halves[ED25519]) != 32 or len(halves[ML_DSA_65]) != 1952:
            raise Malformed(f"{what} has a half of the wrong length")
        return cls(halves[ED25519], halves[ML_DSA_65])


class Signer(Protocol):
    """A private key behind a handle. The vault makes these; rules only name the shape."""

    @property
    def public(self) -> PublicKey: ...

    def sign(self, message: bytes, halves: Collection[str] = HALVES) -> dict[str, bytes]:
        """The signatures over `message`, by half: of both, but for a format that has a place for one only."""
        ...


def from_base64(value: object, what: str) -> bytes:
    """Standard base64 with padding, one spelling only (RFC 4648, section 3.5). Raises `Malformed`."""
    if isinstance(value, str):
        try:
            raw = msgspec.convert(value, bytes)
        except msgspec.ValidationError:
            raise Malformed(f"{what} is not base64") from None
        if to_base64(raw) == value:
            return raw
    raise Malformed(f"{what} is not base64")


def to_base64(raw: bytes) -> str:
    """Standard base64 with padding: what `from_base64` reads. `msgspec` is several times faster than `base64`."""
    return str(msgspec.to_builtins(raw))


def _word(bits: int) -> str:
    picks = (
        _CONSONANTS[bits >> 12],
        _VOWELS[bits >> 10 & 3],
        _CONSONANTS[bits >> 6 & 15],
        _VOWELS[bits >> 4 & 3],
        _CONSONANTS[bits & 15],
    )
    return "".join(picks)
