"""DSSE envelopes: sign bytes and their type, not meanings (law 8).

https://github.com/secure-systems-lab/dsse, with two signatures for each signer, one a half, whose `keyid` is the
pair's identity, `#` and the half. Verify, then parse, the very bytes received. *Who* had to sign is the caller's set:
"some signature verified" is never an answer.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import HALVES, SIGNATURE_BYTES, PublicKey, Signer, from_base64

MAX_BYTES = 96 * 1024 * 1024
MAX_SIGNATURES = 64


class _Entry(msgspec.Struct):
    keyid: str
    sig: bytes


class _Outer(msgspec.Struct):
    """The envelope as JSON has it; bytes are base64 there."""

    payload: bytes
    payloadType: str  # noqa: N815  # the standard's own name
    signatures: list[_Entry]


_read = msgspec.json.Decoder(_Outer).decode
_write = msgspec.json.Encoder(order="sorted").encode
"""As `strictjson.canonical`: the names are ASCII, and no number stands in it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A parsed envelope that nobody has verified yet. `signatures` maps key id, then half, to bytes."""

    payload_type: str
    payload: bytes
    signatures: Mapping[str, Mapping[str, bytes]]


def to_sign(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: lengths count bytes, not characters."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload_type: str, payload: bytes, signers: Iterable[Signer]) -> bytes:
    """The envelope's bytes, signed by every one of `signers` with both halves."""
    message = to_sign(payload_type, payload)
    return write(payload_type, payload, {signer.public.kid: signer.sign(message) for signer in signers})


def write(payload_type: str, payload: bytes, signatures: Mapping[str, Mapping[str, bytes]]) -> bytes:
    """The one spelling in which we write an envelope."""
    entries = [
        _Entry(f"{kid}#{half}", halves[half])
        for kid, halves in sorted(signatures.items())
        for half in HALVES
        if half in halves
    ]
    return _write(_Outer(payload, payload_type, entries))


def as_written(raw: bytes) -> Sealed | None:
    """The envelope, where `raw` is spelt as `write` spells it; `parse` says what is wrong with any other."""
    try:
        outer = _read(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    signatures: dict[str, dict[str, bytes]] = {}
    for entry in outer.signatures[:MAX_SIGNATURES]:
        kid, _, half = entry.keyid.partition("#")
        signatures.setdefault(kid, {})[half] = entry.sig
    sealed = Sealed(outer.payloadType, outer.payload, signatures)
    return sealed if write(sealed.payload_type, sealed.payload, signatures) == raw else None


def parse(raw: bytes, what: str = "the envelope", *, max_bytes: int = MAX_BYTES) -> Sealed:
    """Shape only. Raises `Malformed`: an unknown member, a key id twice or a half we do not know is not ignored."""
    value = strictjson.parse(raw, what, max_bytes=max_bytes, max_depth=4)
    if not isinstance(value, dict) or set(value) != {"payload", "payloadType", "signatures"}:
        raise Malformed(f"{what} is not a DSSE envelope: it must have payload, payloadType and signatures")
    kind, entries = value["payloadType"], value["signatures"]
    if not isinstance(kind, str) or not isinstance(entries, list) or len(entries) > MAX_SIGNATURES:
        raise Malformed(f"{what} is not a DSSE envelope: its type or signatures have the wrong shape")
    signatures: dict[str, dict[str, bytes]] = {}
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != {"keyid", "sig"} or not isinstance(entry["keyid"], str):
            raise Malformed(f"{what} has a signature that is not a keyid and a sig")
        kid, _, half = entry["keyid"].partition("#")
        if half not in HALVES:
            raise Malformed(f"{what} has a signature of an algorithm we do not know: {entry['keyid'][-20:]!r}")
        if half in signatures.setdefault(kid, {}):
            raise Malformed(f"{what} has two signatures of one key and algorithm")
        signatures[kid][half] = from_base64(entry["sig"], f"{what}, a signature")
    return Sealed(kind, from_base64(value["payload"], f"{what}, its payload"), signatures)


def verify(
    sealed: Sealed,
    payload_type: str,
    required: Mapping[str, PublicKey],
    what: str = "the envelope",
) -> bytes:
    """The payload, once every key of `required` (name of the signer → key) has signed it with both halves.

    Raises `Malformed` for another type, `Refused` naming the signer and what is missing or wrong.
    An empty `required` is a mistake of ours: nobody's signature proves nothing.
    """
    if not required:
        raise ValueError("verifying needs at least one required signer")
    if len({key.kid for key in required.values()}) != len(required):
        raise Refused(f"{what}: one and the same key stands for two signers: {', '.join(sorted(required))}")
    if sealed.payload_type != payload_type:
        raise Malformed(f"{what} is of another type: {sealed.payload_type[:80]!r} instead of {payload_type!r}")
    message = to_sign(sealed.payload_type, sealed.payload)
    for name, key in required.items():
        halves = sealed.signatures.get(key.kid)
        if not halves:
            others = _strangers(sealed.signatures, required.values())
            if others:
                raise Refused(f"{what} is signed by a key that is not {name}'s ({', '.join(others)})")
            raise Refused(f"{what} lacks the signature of {name}")
        for half in HALVES:
            if half not in halves or len(halves[half]) != SIGNATURE_BYTES[half]:
                raise Refused(f"{what}: {name}'s signature was stripped of its {half} half; both are required")
            if not key.check(half, message, halves[half]):
                raise Refused(
                    f"{what}: {name}'s {half} signature does not fit: the text was changed, or another key made it"
                )
    return sealed.payload


def _strangers(signatures: Collection[str], known: Iterable[PublicKey]) -> list[str]:
    return sorted(set(signatures) - {key.kid for key in known})
