"""The recipient's signed answer: one per envelope, a verdict per item, stored and given again (DECISIONS 18).

Format: docs/formats/receipt.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from comity.agreement.instrument import AgreementRef
from comity.core import dsse, ids, instants, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import Signer
from comity.core.strictjson import Json
from comity.exchange import shape
from comity.exchange.acceptance import CLOCK_AHEAD
from comity.exchange.body import MAX_ITEMS, Items, Notices, Sealed
from comity.exchange.chain import Link
from comity.exchange.envelope import Envelope
from comity.exchange.lane import Lane, Mode
from comity.exchange.signature import Keys, unwrap

PAYLOAD_TYPE = "application/vnd.comity.receipt+json"
FORMAT = "comity-receipt/1"
MAX_RAW = 512 * 1024
AGAIN = frozenset({Link.GAP.value, CLOCK_AHEAD})
"""Refusals that close nothing: the envelope was not kept, and the same bytes are worth another try."""

_NEED = frozenset(
    {"format", "from", "to", "agreement", "mode", "lane", "epoch", "sequence", "envelope", "verdict", "items", "at"}
)  # fmt: skip
_MAY = frozenset({"code", "leaf", "checkpoint", "cosigned"})


class Answer(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"


class ItemAnswer(StrEnum):
    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


class ItemVerdict(msgspec.Struct, frozen=True):
    """`code` says why; an accepted item has none."""

    handle: str
    verdict: ItemAnswer
    code: str | None = None

    def as_json(self) -> dict[str, Any]:
        members = {"handle": self.handle, "verdict": self.verdict.value}
        return members if self.code is None else members | {"code": self.code}

    @classmethod
    def from_json(cls, value: Json) -> "ItemVerdict":
        entry = shape.members(value, "an item's verdict", frozenset({"handle", "verdict"}), frozenset({"code"}))
        verdict = shape.chosen(ItemAnswer, entry["verdict"], "an item's verdict")
        code = shape.code(entry["code"], "an item's code") if "code" in entry else None
        if (code is None) != (verdict is ItemAnswer.ACCEPTED):
            raise Malformed("an item's verdict has a code exactly where the item is not simply accepted")
        return cls(ids.parse_handle(entry["handle"]), verdict, code)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`envelope` is the digest answered; `sender` is who received it. A refused one has a code and no items.

    `leaf` is the index of the `received` leaf in the receiver's log, `checkpoint` its newest note, `cosigned` the
    sender's note with the receiver's line on it.
    """

    sender: str
    to: str
    agreement: AgreementRef
    mode: Mode
    lane: Lane
    epoch: int
    sequence: int
    envelope: str
    verdict: Answer
    items: tuple[ItemVerdict, ...]
    at: datetime
    code: str | None = None
    leaf: int | None = None
    checkpoint: str | None = None
    cosigned: str | None = None

    def __post_init__(self) -> None:
        refused = self.verdict is Answer.REFUSED
        if refused != (self.code is not None):
            raise Malformed("a receipt has a code exactly where it refuses")
        if refused and self.items:
            raise Malformed("a receipt that refuses the envelope judges no items")
        if not refused and self.leaf is None:
            raise Malformed("a receipt that accepts names the leaf in the receiver's log")


@dataclass(frozen=True, slots=True)
class Sent:
    """What the sender kept of an envelope: enough to read the receipt without opening the envelope again.

    `agreement` is the bare id; `handles` are those of its items or notices, in the envelope's order.
    """

    digest: str
    sender: str
    to: str
    agreement: str
    mode: Mode
    lane: Lane
    epoch: int
    sequence: int
    handles: tuple[str, ...] = ()

    @classmethod
    def of(cls, envelope: Envelope) -> "Sent":
        """From the envelope itself, as `comity verify` has it. A sealed body must have been opened."""
        header, body = envelope.header, envelope.body
        if isinstance(body, Sealed):
            raise Refused("a sealed envelope must be opened before its receipt can be compared with its items")
        return cls(
            digest=envelope.digest,
            sender=header.sender,
            to=header.to,
            agreement=header.agreement.id,
            mode=header.mode,
            lane=header.lane,
            epoch=header.epoch,
            sequence=header.sequence,
            handles=body.handles if isinstance(body, Items | Notices) else (),
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """What a receipt makes of the envelope it answers. `again`: the same bytes are worth sending once more."""

    verdict: Answer
    code: str | None
    items: Mapping[str, ItemVerdict]
    again: bool


def accepted(envelope: Envelope, items: tuple[ItemVerdict, ...], at: datetime, leaf: int) -> Receipt:
    """The answer to an envelope let in, one verdict an item in the envelope's order."""
    return _answer(envelope, Answer.ACCEPTED, items, at, leaf=leaf)


def refused(envelope: Envelope, code: str, at: datetime, leaf: int | None = None) -> Receipt:
    """The answer to an authenticated envelope that is not let in: never silence."""
    return _answer(envelope, Answer.REFUSED, (), at, code=code, leaf=leaf)


def seal(receipt: Receipt, signer: Signer) -> bytes:
    """The receipt's bytes: signed once, stored, and given again for the same envelope."""
    members: dict[str, Any] = {
        "format": FORMAT,
        "from": receipt.sender,
        "to": receipt.to,
        "agreement": str(receipt.agreement),
        "mode": receipt.mode.value,
        "lane": receipt.lane.value,
        "epoch": receipt.epoch,
        "sequence": receipt.sequence,
        "envelope": receipt.envelope,
        "verdict": receipt.verdict.value,
        "items": [item.as_json() for item in receipt.items],
        "at": instants.text(receipt.at),
    }
    for name in sorted(_MAY):
        if (value := getattr(receipt, name)) is not None:
            members[name] = value
    _parse(members)
    return dsse.seal(PAYLOAD_TYPE, strictjson.canonical(members), [signer])


def unseal(raw: bytes, to: str, keys: Keys) -> Receipt:
    """The receipt, once the party it is from signed it and it is for `to`. Raises `Malformed` or `Refused`."""
    what = "the receipt"
    signed = unwrap(raw, PAYLOAD_TYPE, keys, what, max_bytes=MAX_RAW)
    receipt = _parse(strictjson.parse(signed.payload, what, max_bytes=MAX_RAW, max_depth=4))
    if receipt.sender != signed.signer:
        raise Refused(f"{what} says it is from {receipt.sender}, but {signed.signer} signed it")
    if receipt.to != to:
        raise Refused(f"{what} is for {receipt.to}, not for {to}")
    return receipt


def code_of(raw: bytes) -> str:
    """The code of a receipt that was unsealed before; nothing is verified again. Empty where it refuses nothing."""
    members = strictjson.parse(dsse.parse(raw).payload, "the receipt", max_bytes=MAX_RAW, max_depth=4)
    return str(members.get("code") or "")


def settle(sent: Sent, receipt: Receipt) -> Settled:
    """What the sender now knows. Raises `Refused` unless it answers this very envelope and every item of it."""
    if (
        receipt.envelope != sent.digest
        or (receipt.sender, receipt.to, receipt.agreement.id) != (sent.to, sent.sender, sent.agreement)
        or (receipt.mode, receipt.lane, receipt.epoch, receipt.sequence)
        != (sent.mode, sent.lane, sent.epoch, sent.sequence)
    ):
        raise Refused("the receipt answers another envelope than the one it came back for")
    if receipt.verdict is Answer.ACCEPTED and tuple(item.handle for item in receipt.items) != sent.handles:
        raise Refused("the receipt does not give one verdict for each item of the envelope, in its order")
    return Settled(
        receipt.verdict,
        receipt.code,
        {item.handle: item for item in receipt.items},
        again=receipt.code in AGAIN,
    )


def _answer(
    envelope: Envelope,
    verdict: Answer,
    items: tuple[ItemVerdict, ...],
    at: datetime,
    *,
    code: str | None = None,
    leaf: int | None = None,
) -> Receipt:
    header = envelope.header
    return Receipt(
        sender=header.to,
        to=header.sender,
        agreement=header.agreement,
        mode=header.mode,
        lane=header.lane,
        epoch=header.epoch,
        sequence=header.sequence,
        envelope=envelope.digest,
        verdict=verdict,
        items=items,
        at=at,
        code=code,
        leaf=leaf,
    )


def _parse(value: Json) -> Receipt:
    what = "the receipt"
    entry = shape.members(value, what, _NEED, _MAY)
    shape.fixed(entry["format"], what, FORMAT)
    items = shape.listed(entry["items"], f"{what}: items", MAX_ITEMS)
    return Receipt(
        sender=shape.name(entry["from"], f"{what}: from"),
        to=shape.name(entry["to"], f"{what}: to"),
        agreement=shape.agreement(entry["agreement"], f"{what}: agreement"),
        mode=shape.chosen(Mode, entry["mode"], f"{what}: mode"),
        lane=shape.chosen(Lane, entry["lane"], f"{what}: lane"),
        epoch=shape.whole(entry["epoch"], f"{what}: epoch", least=1),
        sequence=shape.whole(entry["sequence"], f"{what}: sequence", least=1),
        envelope=shape.hexed(entry["envelope"], f"{what}: envelope", 32).hex(),
        verdict=shape.chosen(Answer, entry["verdict"], f"{what}: verdict"),
        items=tuple(ItemVerdict.from_json(item) for item in items),
        at=instants.parse(entry["at"], f"{what}: at"),
        code=shape.code(entry["code"], f"{what}: code") if "code" in entry else None,
        leaf=shape.whole(entry["leaf"], f"{what}: leaf") if "leaf" in entry else None,
        checkpoint=shape.note(entry["checkpoint"], f"{what}: checkpoint") if "checkpoint" in entry else None,
        cosigned=shape.note(entry["cosigned"], f"{what}: cosigned") if "cosigned" in entry else None,
    )
