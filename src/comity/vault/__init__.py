"""The file vault: a node's private keys behind handles, one file each, readable by their owner only.

Signing is a hand, verifying a rule (`core.keys`). No secret is ever part of a text: not of `repr`, not of an error.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Collection
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from comity.core.errors import Absent, Broken, Malformed, Refused
from comity.core.keys import CONTEXT, ED25519, HALVES, ML_DSA_65, PublicKey

IDENTITY = "identity"
WRAPPING = "wrapping"
HPKE = "hpke"
SECRET_BYTES = {ED25519: 32, ML_DSA_65: 32, HPKE: 64 + 32, IDENTITY: 32, WRAPPING: 32}
"""What each file holds: seeds (RFC 8032; FIPS 204), an ML-KEM-768 seed and an X25519 key, and two symmetric keys."""

_ML_KEM_PUBLIC_BYTES = 1184
_HPKE_PUBLIC_BYTES = _ML_KEM_PUBLIC_BYTES + 32
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_NONCE_BYTES = 12
_SUM_BYTES = 32


class Vault:
    """One party's keys. Implements `core.keys.Signer` and the store's cipher."""

    __slots__ = ("_ed25519", "_hpke", "_identity", "_ml_dsa_65", "_wrapping", "hpke_public", "public")

    def __init__(self, secrets: dict[str, bytes]) -> None:
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(secrets[ED25519])
        self._ml_dsa_65 = MLDSA65PrivateKey.from_seed_bytes(secrets[ML_DSA_65])
        kem = MLKEM768PrivateKey.from_seed_bytes(secrets[HPKE][:64])
        curve = X25519PrivateKey.from_private_bytes(secrets[HPKE][64:])
        self._hpke = hpke.MLKEM768X25519PrivateKey(kem, curve)
        self._identity = secrets[IDENTITY]
        self._wrapping = AESGCMSIV(secrets[WRAPPING])
        self.public = PublicKey(
            self._ed25519.public_key().public_bytes_raw(), self._ml_dsa_65.public_key().public_bytes_raw()
        )
        self.hpke_public = kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"<Vault {self.public.kid}>"

    @classmethod
    def create(cls, directory: Path, entropy: Callable[[int], bytes]) -> "Vault":
        """New keys in a new folder. Raises `Refused` where anything is there already: keys are never overwritten."""
        return cls._made(directory, {name: entropy(size) for name, size in SECRET_BYTES.items()})

    @classmethod
    def succeed(cls, before: Path, directory: Path, entropy: Callable[[int], bytes]) -> "Vault":
        """A vault with new signing and sealing keys after the one in `before`, in a new folder. What names and wraps
        stays: records keep their ids, bodies stay readable. Raises as `create` and `open`."""
        cls.open(before)
        kept = {name: _read(before / f"{name}.key", name) for name in (IDENTITY, WRAPPING)}
        return cls._made(directory, {name: entropy(size) for name, size in SECRET_BYTES.items()} | kept)

    @classmethod
    def _made(cls, directory: Path, secrets: dict[str, bytes]) -> "Vault":
        try:
            directory.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            raise Refused(f"there is something at {directory} already; no key was made or changed") from None
        for name, secret in secrets.items():
            _write(directory / f"{name}.key", name, secret)
        _sync(directory)
        return cls(secrets)

    @classmethod
    def open(cls, directory: Path) -> "Vault":
        """Raises `Absent` where a key is missing, `Refused` where others can read one, `Broken` for a damaged file."""
        try:
            _check_private(directory, directory.lstat(), "700")
        except FileNotFoundError:
            raise Absent(f"there is no vault in {directory}", "`comity init` makes a node with its keys") from None
        return cls({name: _read(directory / f"{name}.key", name) for name in SECRET_BYTES})

    @property
    def identity_key(self) -> bytes:
        """The key of record ids and row macs (DECISIONS 2). It names things; it opens nothing."""
        return self._identity

    def sign(self, message: bytes, halves: Collection[str] = HALVES) -> dict[str, bytes]:
        """Both halves' signatures over `message` (DECISIONS 21), or the one that a format has a place for."""
        made = {ED25519: self._ed25519.sign(message)} if ED25519 in halves else {}
        return made | ({ML_DSA_65: self._ml_dsa_65.sign(message, CONTEXT)} if ML_DSA_65 in halves else {})

    def wrap(self, key: bytes, name: bytes) -> bytes:
        """`key` sealed with AES-256-GCM-SIV (RFC 8452), bound to `name`: no two wrappings need to count nonces."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, name)

    def unwrap(self, wrapped: bytes, name: bytes) -> bytes:
        """Raises `Broken` for a key that was altered, or wrapped under another name or in another vault."""
        try:
            return self._wrapping.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], name)
        except (InvalidTag, ValueError):
            raise Broken("a wrapped key does not open: it was altered, or this is another node's vault") from None

    def open_sealed(self, ciphertext: bytes, info: bytes) -> bytes:
        """What was sealed to `hpke_public` (RFC 9180, base mode). Raises `Refused` where it does not open."""
        try:
            return _SUITE.decrypt(ciphertext, self._hpke, info)
        except (InvalidTag, ValueError):
            raise Refused(
                "the sealed text does not open: it is meant for another key or purpose, or was altered"
            ) from None


def seal_to(recipient: bytes, plain: bytes, info: bytes) -> bytes:
    """`plain` sealed to a node's `hpke_public`. Raises `Malformed` for what is no such key."""
    if len(recipient) != _HPKE_PUBLIC_BYTES:
        raise Malformed(f"an HPKE public key has {_HPKE_PUBLIC_BYTES} bytes, not {len(recipient)}")
    try:
        kem = MLKEM768PublicKey.from_public_bytes(recipient[:_ML_KEM_PUBLIC_BYTES])
        curve = X25519PublicKey.from_public_bytes(recipient[_ML_KEM_PUBLIC_BYTES:])
        return _SUITE.encrypt(plain, hpke.MLKEM768X25519PublicKey(kem, curve), info)
    except ValueError:
        raise Malformed("the HPKE public key is not one that anything can be sealed to") from None


def _header(name: str) -> bytes:
    return f"comity vault 1 {name}\n".encode()


def _write(path: Path, name: str, secret: bytes) -> None:
    if len(secret) != SECRET_BYTES[name]:
        raise ValueError("the source of entropy gave too few or too many bytes")
    content = _header(name) + secret
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content + hashlib.sha256(content).digest())
        file.flush()
        os.fsync(descriptor)


def _read(path: Path, name: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise Absent(f"the vault lacks {path.name}", "restore the vault from its backup") from None
    except OSError:
        raise Refused(f"{path} cannot be opened as a file of this vault", f"ls -l {path}") from None
    try:
        _check_private(path, os.fstat(descriptor), "600")
        content = os.read(descriptor, 1024)
    finally:
        os.close(descriptor)
    secret = content[len(_header(name)) : -_SUM_BYTES]
    if not content.startswith(b"comity vault 1 "):
        raise Broken(f"{path} is not a file of a vault", "restore the vault from its backup")
    if not content.startswith(_header(name)):
        raise Broken(f"{path} holds another key than its name says", "restore the vault from its backup")
    if len(secret) != SECRET_BYTES[name] or hashlib.sha256(content[:-_SUM_BYTES]).digest() != content[-_SUM_BYTES:]:
        raise Broken(f"{path} is truncated or damaged", "restore the vault from its backup")
    return secret


def _check_private(path: Path, status: os.stat_result, mode: str) -> None:
    if status.st_uid != os.geteuid():
        raise Refused(f"{path} belongs to another user (id {status.st_uid})", f"chown {os.geteuid()} {path}")
    expected = stat.S_ISDIR if mode == "700" else stat.S_ISREG
    if not expected(status.st_mode):
        raise Broken(f"{path} is not a {'folder' if mode == '700' else 'file'}")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise Refused(f"{path} can be used by others (mode {stat.S_IMODE(status.st_mode):04o})", f"chmod {mode} {path}")


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
