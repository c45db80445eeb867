"""A private authority for tests, and the certificate it issues to this node: ECDSA P-256, a file each, for the owner.

Its subject says TEST: a government points `comity.toml` to certificates of its own authority instead. Neither kind is
trusted as identity: partners compare the pin of the key.
"""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from comity.core import certificate
from comity.core.certificate import Certificate
from comity.core.errors import Absent, Broken, Malformed, Refused

FOLDER = "tls"
AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority.key"
NODE, NODE_KEY = "node.pem", "node.key"
LASTS = timedelta(days=365)
AUTHORITY_LASTS = timedelta(days=3650)
SLACK = timedelta(hours=1)
"""A certificate holds from so long before it was made: the partner's clock may be behind."""
ALWAYS = ("localhost", "127.0.0.1", "::1")

_ISSUER = "Comity TEST authority - not for operation"


@dataclass(frozen=True, slots=True)
class _Made:
    """One certificate with its key. The key's type is the library's; only this file handles it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def check_names(names: Sequence[str]) -> None:
    """Raises `Malformed` for what no certificate is made for."""
    _alternative(names)


def make(folder: Path, party: str, names: Sequence[str], now: datetime) -> Certificate:
    """A new authority and its first certificate, for `names` and this machine, in the new `folder`.

    Raises `Refused` where anything is there already: keys are never overwritten.
    """
    wanted = _alternative([*ALWAYS, *names])
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise Refused(f"there is something at {folder} already; no key was made or changed") from None
    authority = _authority(party, now)
    _write(folder / AUTHORITY_KEY, _key_pem(authority.key))
    _write(folder / AUTHORITY, authority.certificate.public_bytes(Encoding.PEM))
    key = ec.generate_private_key(ec.SECP256R1())
    _write(folder / NODE_KEY, _key_pem(key))
    return _issue(folder, authority, party, key, wanted, now)


def renew(folder: Path, party: str, now: datetime, *, new_key: bool) -> Certificate:
    """The next certificate, for the same key and names unless `new_key`. The old file is replaced at once or not.

    Raises `Refused` for a certificate that this node did not make itself.
    """
    if not (folder / AUTHORITY_KEY).exists():
        raise Refused(
            f"no authority of this node is in {folder}",
            "a certificate of another authority is renewed there; replace the files that comity.toml names",
        )
    authority = _Made(_load(folder / AUTHORITY), _load_key(folder / AUTHORITY_KEY))
    if now > authority.certificate.not_valid_after_utc:
        raise Refused(f"the authority in {folder} expired", "move the folder away, and `comity init --tls` elsewhere")
    names = _load(folder / NODE).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    key = ec.generate_private_key(ec.SECP256R1()) if new_key else _load_key(folder / NODE_KEY)
    if new_key:
        _write(folder / NODE_KEY, _key_pem(key))
    return _issue(folder, authority, party, key, names, now)


def read(path: Path) -> Certificate:
    """The first certificate of a PEM file: what this node shows. Raises `Absent` or `Malformed`."""
    return certificate.read(_load(path).public_bytes(Encoding.DER))


def authorities(path: Path) -> tuple[bytes, ...]:
    """The certificates of a PEM file, DER. Raises `Absent` or `Malformed`."""
    try:
        found = x509.load_pem_x509_certificates(_bytes(path))
    except (ValueError, x509.InvalidVersion):
        raise Malformed(f"{path} holds no certificates in PEM") from None
    return tuple(one.public_bytes(Encoding.DER) for one in found)


def _authority(party: str, now: datetime) -> _Made:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"{_ISSUER} ({party})")
    usage = dict.fromkeys(_USES, False) | {"key_cert_sign": True, "crl_sign": True}
    made = (
        _builder(subject, subject, key, now, now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _Made(made, key)


def _issue(
    folder: Path,
    authority: _Made,
    party: str,
    key: ec.EllipticCurvePrivateKey,
    names: x509.SubjectAlternativeName,
    now: datetime,
) -> Certificate:
    issuer = authority.certificate
    until = min(now + LASTS, issuer.not_valid_after_utc)
    usage = dict.fromkeys(_USES, False) | {"digital_signature": True}
    made = (
        _builder(_name(f"Comity TEST node ({party})"), issuer.subject, key, now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(names, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    _write(folder / NODE, made.public_bytes(Encoding.PEM))
    return certificate.read(made.public_bytes(Encoding.DER))


_USES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(until)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternative(names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([_general(name) for name in dict.fromkeys(names)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    letters = name.replace("-", "").replace(".", "")
    if not letters.isascii() or not letters.isalnum() or len(name) > 253:
        raise Malformed(f"a certificate is made for a host name or an address, not {name[:80]!r}")
    return x509.DNSName(name)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _load(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_bytes(path))
    except (ValueError, x509.InvalidVersion):
        raise Malformed(f"{path} holds no certificate in PEM") from None


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(_bytes(path), None)
    except (ValueError, TypeError):
        raise Broken(f"{path} is not a key that can be used", "restore it from its backup") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Broken(f"{path} holds another kind of key than this node makes")
    return key


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Absent(
            f"{path} is missing", "comity.toml names it; restore it, or `comity init --tls` makes one"
        ) from None


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, for its owner only."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    beside.replace(path)
