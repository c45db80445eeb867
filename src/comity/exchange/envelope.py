"""The envelope: signed bytes from one node to the next, in order, for one agreement, mode and lane (DECISIONS 16, 17).

Verified, then parsed, on the very bytes received; the same bytes on every try. Format: docs/formats/envelope.md.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from comity.agreement.instrument import AgreementRef
from comity.core import dsse, instants, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import Signer
from comity.core.strictjson import Json
from comity.exchange import body as bodies
from comity.exchange import shape
from comity.exchange.body import Body
from comity.exchange.lane import Lane, Mode
from comity.exchange.signature import Keys, unwrap

PAYLOAD_TYPE = "application/vnd.comity.envelope+json"
FORMAT = "comity-envelope/1"
MAX_PAYLOAD = 32 * 1024 * 1024
MAX_RAW = MAX_PAYLOAD // 3 * 4 + 16 * 1024
"""Base64 of the largest payload, and its two signatures."""
MAX_DEPTH = 8
NOTHING = "0" * 64
"""`previous` of the first envelope of a chain."""

_HEADER = frozenset(
    {"from", "to", "agreement", "mode", "lane", "epoch", "sequence", "previous", "at", "leaf_from"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """Who to whom, under which version, and the place in the chain.

    `previous` is the digest of the envelope before, or `NOTHING`; `at` the sender's clock, which orders nothing;
    `leaf_from` the index of this envelope's first leaf in the sender's log for this agreement and store.
    """

    sender: str
    to: str
    agreement: AgreementRef
    mode: Mode
    lane: Lane
    epoch: int
    sequence: int
    previous: str
    at: datetime
    leaf_from: int

    def as_json(self) -> dict[str, Any]:
        return {
            "from": self.sender,
            "to": self.to,
            "agreement": str(self.agreement),
            "mode": self.mode.value,
            "lane": self.lane.value,
            "epoch": self.epoch,
            "sequence": self.sequence,
            "previous": self.previous,
            "at": instants.text(self.at),
            "leaf_from": self.leaf_from,
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Json], what: str = "the envelope") -> "Header":
        """Raises `Malformed`."""
        return cls(
            sender=shape.name(entry["from"], f"{what}: from"),
            to=shape.name(entry["to"], f"{what}: to"),
            agreement=shape.agreement(entry["agreement"], f"{what}: agreement"),
            mode=shape.chosen(Mode, entry["mode"], f"{what}: mode"),
            lane=shape.chosen(Lane, entry["lane"], f"{what}: lane"),
            epoch=shape.whole(entry["epoch"], f"{what}: epoch", least=1),
            sequence=shape.whole(entry["sequence"], f"{what}: sequence", least=1),
            previous=shape.hexed(entry["previous"], f"{what}: previous", 32).hex(),
            at=instants.parse(entry["at"], f"{what}: at"),
            leaf_from=shape.whole(entry["leaf_from"], f"{what}: leaf_from"),
        )

    def info(self) -> bytes:
        """What a sealed body is bound to."""
        return b"comity/sealed/1" + strictjson.canonical(self.as_json())


@dataclass(frozen=True, slots=True)
class Envelope:
    """A verified envelope. `kid` names the key that signed, `digest` the exact bytes.

    `checkpoint` is the sender's newest note, `cosigned` the receiver's note with the sender's line on it.
    """

    header: Header
    body: Body
    checkpoint: str | None
    kid: str
    digest: str
    cosigned: str | None = None


def draft(header: Header, body: Body, checkpoint: str | None = None, cosigned: str | None = None) -> bytes:
    """The payload to be signed. `checkpoint` is the sender's newest note, `cosigned` the receiver's, countersigned.

    Raises `Malformed` beyond the limits.
    """
    members: dict[str, Any] = {"format": FORMAT, **header.as_json(), "body": bodies.as_json(body)}
    if checkpoint is not None:
        members["checkpoint"] = shape.note(checkpoint, "the checkpoint")
    if cosigned is not None:
        members["cosigned"] = shape.note(cosigned, "the countersigned checkpoint")
    Header.from_json(members, "the envelope drafted here")
    payload = strictjson.canonical(members)
    if len(payload) > MAX_PAYLOAD:
        raise Malformed(f"the envelope would be too large: {len(payload):,} bytes, at most {MAX_PAYLOAD:,}")
    return payload


def seal(payload: bytes, signer: Signer) -> bytes:
    """The envelope's bytes: made once, stored, and sent as they are on every try."""
    return dsse.seal(PAYLOAD_TYPE, payload, [signer])


def digest(raw: bytes) -> str:
    """SHA-256 over the exact bytes, in hex: how the next envelope and the receipt name this one."""
    return hashlib.sha256(raw).hexdigest()


class _Ours(msgspec.Struct):
    payload: bytes


_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def header_of(raw: bytes) -> Header:
    """The header of an envelope that we sealed and kept ourselves: nothing is verified, the body is passed over.

    Raises `Malformed`.
    """
    try:
        members = _members(msgspec.json.decode(raw, type=_Ours).payload)
        return Header.from_json({name: msgspec.json.decode(members[name]) for name in _HEADER}, "our envelope")
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError):
        raise Malformed("our envelope cannot be read") from None


def body_of(raw: bytes) -> Body:
    """The body of an envelope that we sealed and kept ourselves: nothing is verified. Raises `Malformed`."""
    try:
        body = _members(msgspec.json.decode(raw, type=_Ours).payload)["body"]
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError):
        raise Malformed("our envelope cannot be read") from None
    return bodies.from_json(strictjson.parse(bytes(body), "our envelope's body", max_bytes=MAX_PAYLOAD))


def unseal(raw: bytes, to: str, keys: Keys) -> Envelope:
    """The envelope, once its sender signed it and it is for `to`.

    Raises `Malformed`, or `Refused` for a stranger, a wrong signature or another recipient: nobody is authenticated
    then, or it is not ours to answer, so no receipt is given.
    """
    what = "the envelope"
    signed = unwrap(raw, PAYLOAD_TYPE, keys, what, max_bytes=MAX_RAW)
    value = strictjson.parse(signed.payload, what, max_bytes=MAX_PAYLOAD, max_depth=MAX_DEPTH)
    entry = shape.members(value, what, _HEADER | {"format", "body"}, frozenset({"checkpoint", "cosigned"}))
    shape.fixed(entry["format"], what, FORMAT)
    header = Header.from_json(entry)
    if header.sender != signed.signer:
        raise Refused(f"{what} says it is from {header.sender}, but {signed.signer} signed it")
    if header.to != to:
        raise Refused(f"{what} is for {header.to}, not for {to}")
    checkpoint = shape.note(entry["checkpoint"], f"{what}: checkpoint") if "checkpoint" in entry else None
    cosigned = shape.note(entry["cosigned"], f"{what}: cosigned") if "cosigned" in entry else None
    return Envelope(header, bodies.from_json(entry["body"]), checkpoint, signed.kid, digest(raw), cosigned)
