"""Deterministic hybrid keys for tests: the same name is the same pair, and nothing is stored."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

from comity.core.keys import CONTEXT, ED25519, HALVES, ML_DSA_65, PublicKey


@dataclass(frozen=True)
class TestSigner:
    __test__ = False

    ed25519: Ed25519PrivateKey
    ml_dsa_65: MLDSA65PrivateKey

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.ed25519.public_key().public_bytes_raw(), self.ml_dsa_65.public_key().public_bytes_raw())

    def sign(self, message: bytes, halves: Collection[str] = HALVES) -> dict[str, bytes]:
        both = {ED25519: self.ed25519.sign(message), ML_DSA_65: self.ml_dsa_65.sign(message, CONTEXT)}
        return {half: both[half] for half in halves}


@cache
def signer(name: str) -> TestSigner:
    seed = hashlib.sha256(b"comity test key " + name.encode()).digest()
    return TestSigner(Ed25519PrivateKey.from_private_bytes(seed), MLDSA65PrivateKey.from_seed_bytes(seed))
