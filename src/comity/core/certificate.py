"""A TLS certificate as rules see it: the pin of its key, and when it holds. Whose it is, the pin says, not its name.

A pin is the SHA-256, in hex, of the certificate's SubjectPublicKeyInfo: it stays when a certificate is renewed for the
same key.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning

from comity.core import instants
from comity.core.errors import Malformed

MAX_PINS = 4
"""One in use, its successor, and a spare of each."""
MAX_DER = 4096

_PIN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Certificate:
    """`names` are the host names and addresses it is made for; nothing here trusts them.

    `fingerprint` is the SHA-256, in hex, of all of it.
    """

    pin: str
    fingerprint: str
    subject: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime


@lru_cache(maxsize=256)
def read(der: bytes) -> Certificate:
    """The certificate in `der`. Raises `Malformed`."""
    found = _parse(der)
    try:
        key = found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return Certificate(
            pin=hashlib.sha256(key).hexdigest(),
            fingerprint=hashlib.sha256(der).hexdigest(),
            subject=found.subject.rfc4514_string(),
            names=_names(found),
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
        )
    except Exception as error:  # the library answers strange bytes with many kinds of error
        raise Malformed("a certificate holds something that cannot be read") from error


def check_authority(der: bytes, what: str) -> bytes:
    """`der`, if it is the certificate of an authority. Raises `Malformed`."""
    if len(der) > MAX_DER:
        raise Malformed(f"{what} is larger than {MAX_DER:,} bytes")
    try:
        is_authority = _parse(der).extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    except Malformed:
        raise
    except Exception as error:  # as above
        raise Malformed(f"{what} holds something that cannot be read") from error
    if not is_authority:
        raise Malformed(f"{what} is not the certificate of an authority")
    return der


def check_pins(pins: Sequence[object], what: str) -> tuple[str, ...]:
    """`pins`, if they are 1 to 4 different SHA-256 in lower-case hex. Raises `Malformed`."""
    good = [pin for pin in pins if isinstance(pin, str) and _PIN.fullmatch(pin)]
    if len(good) != len(pins) or len(set(good)) != len(good) or not 1 <= len(good) <= MAX_PINS:
        raise Malformed(f"{what} must be 1 to {MAX_PINS} different SHA-256 in lower-case hex")
    return tuple(good)


def refusal(certificate: Certificate, whose: str, now: datetime) -> str | None:
    """Why it does not hold at `now`, in one sentence; `None` where it does."""
    if now < certificate.not_before:
        return f"the certificate of {whose} is not valid before {instants.text(certificate.not_before)}"
    if now > certificate.not_after:
        return f"the certificate of {whose} expired on {instants.text(certificate.not_after)}"
    return None


def _parse(der: bytes) -> x509.Certificate:
    try:
        found = x509.load_der_x509_certificate(der)
        if found.serial_number > 0:  # RFC 5280, section 4.1.2.2
            return found
    except (ValueError, x509.InvalidVersion, CryptographyDeprecationWarning):
        pass
    raise Malformed("these bytes are no certificate")


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *names.get_values_for_type(x509.DNSName),
        *(str(address) for address in names.get_values_for_type(x509.IPAddress)),
    )
