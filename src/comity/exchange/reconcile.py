"""Asking a partner what crossed, in both directions, after a restored backup. Format: docs/formats/reconcile.md.

The partner answers with envelopes that the asker itself signed or once received, and with the receipts given for them:
nothing that the asker did not have before.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from comity.core import dsse, instants, strictjson
from comity.core.errors import Malformed
from comity.core.keys import Signer
from comity.exchange import body as bodies
from comity.exchange import envelope, receipt, shape
from comity.exchange.body import Sealed
from comity.exchange.lane import Lane, Mode
from comity.exchange.signature import Head, Keys, check_head, unwrap

PAYLOAD_TYPE = "application/vnd.comity.reconcile+json"
FORMAT = "comity-reconcile/1"
PAGE = "comity-reconcile-page/1"
NONCE_BYTES = 16
MAX_PAGE = 128 * 1024 * 1024
MAX_HELD = 256

_MEMBERS = frozenset({"format", "from", "to", "agreement", "mode", "of", "lane", "epoch", "after", "at", "nonce"})
_HEAD = frozenset({"checkpoint", "cosigned"})
_HELD = frozenset({"receipt", "opened"})


@dataclass(frozen=True, slots=True)
class Ask:
    """`sender` asks `to` for what it holds of the envelopes of party `of` in one chain, after a number.

    `of` is the asker for its own lost envelopes, the other for those it had received.
    """

    sender: str
    to: str
    agreement: str
    mode: Mode
    of: str
    lane: Lane
    epoch: int
    after: int
    at: datetime
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """An envelope as the partner holds it, the receipt that answers it, its body opened and sealed to the asker."""

    envelope: bytes
    receipt: bytes | None = None
    opened: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`checkpoint` is the partner's newest note over its log, `cosigned` the asker's with the partner's line."""

    checkpoint: str | None
    cosigned: str | None
    held: tuple[Held, ...]


class Match(StrEnum):
    """What an envelope that the partner holds is to what stands under its number here."""

    NEW = "new"
    SAME = "same"
    UNANSWERED = "unanswered"
    REPLACED = "replaced"
    FORK = "fork"


@dataclass(frozen=True, slots=True)
class Number:
    """What stands under a number here. `sent`: its bytes may have left; `answered`: it has a receipt."""

    digest: str
    answered: bool
    sent: bool


def match(here: Number | None, digest: str) -> Match:
    """The same bytes, or a number that we gave to bytes which never left, or two stories under one number."""
    if here is None:
        return Match.NEW
    if here.digest == digest:
        return Match.SAME if here.answered else Match.UNANSWERED
    return Match.FORK if here.answered or here.sent else Match.REPLACED


def settled_to(numbers: Iterable[tuple[int, int, bool]]) -> tuple[int, int]:
    """After which (epoch, sequence) to ask: up to there every number has its receipt. `numbers` are in order."""
    last = (1, 0)
    for epoch, sequence, answered in numbers:
        if not answered:
            break
        last = (epoch, sequence)
    return last


def seal(ask: Ask, signer: Signer) -> bytes:
    """The signed request."""
    value: dict[str, Any] = {
        "format": FORMAT,
        "from": ask.sender,
        "to": ask.to,
        "agreement": ask.agreement,
        "mode": ask.mode.value,
        "of": ask.of,
        "lane": ask.lane.value,
        "epoch": ask.epoch,
        "after": ask.after,
        "at": instants.text(ask.at),
        "nonce": ask.nonce.hex(),
    }
    _parse(value)
    return dsse.seal(PAYLOAD_TYPE, strictjson.canonical(value), [signer])


def unseal(raw: bytes, to: str, keys: Keys, now: datetime, skew: timedelta) -> Ask:
    """The request, once its sender signed it for `to` within `skew` of `now`. Raises `Malformed` or `Refused`."""
    what = "the request to reconcile"
    signed = unwrap(raw, PAYLOAD_TYPE, keys, what)
    ask = _parse(strictjson.parse(signed.payload, what, max_depth=2))
    check_head(signed, Head(ask.sender, ask.to, ask.at), to, now, skew, what)
    return ask


def write_page(page: Page) -> bytes:
    """One line for the notes, one for each envelope, as many from the first as a page takes."""
    head: dict[str, Any] = {"format": PAGE}
    head |= {name: note for name in sorted(_HEAD) if (note := getattr(page, name)) is not None}
    lines = [strictjson.canonical(head) + b"\n"]
    size = len(lines[0])
    for one in page.held[:MAX_HELD]:
        members: dict[str, Any] = {"envelope": one.envelope.decode()}
        if one.receipt is not None:
            members["receipt"] = one.receipt.decode()
        if one.opened is not None:
            members["opened"] = bodies.as_json(one.opened)
        line = json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        size += len(line)
        if size > MAX_PAGE:
            break
        lines.append(line)
    return b"".join(lines)


def read_page(raw: bytes) -> Page:
    """Shape only: every envelope, receipt and note is to be verified by itself. Raises `Malformed`."""
    what = "the page to reconcile"
    if len(raw) > MAX_PAGE:
        raise Malformed(f"{what} is too large: {len(raw):,} bytes, at most {MAX_PAGE:,} are read")
    if not raw.endswith(b"\n"):
        raise Malformed(f"{what} was cut short: its last line does not end")
    first, *rest = raw.split(b"\n")[:-1]
    if len(rest) > MAX_HELD:
        raise Malformed(f"{what} has {len(rest):,} envelopes; at most {MAX_HELD} are taken")
    head = shape.members(strictjson.parse(first, what, max_depth=1), what, frozenset({"format"}), _HEAD)
    shape.fixed(head["format"], what, PAGE)
    notes = {name: shape.note(head[name], f"{what}: {name}") for name in _HEAD if name in head}
    return Page(notes.get("checkpoint"), notes.get("cosigned"), tuple(_held(line, what) for line in rest))


def _held(line: bytes, what: str) -> Held:
    value = strictjson.parse(line, what, max_bytes=MAX_PAGE, max_depth=2)
    entry = shape.members(value, f"{what}: a line", frozenset({"envelope"}), _HELD)
    opened = bodies.from_json(entry["opened"]) if "opened" in entry else None
    if opened is not None and not isinstance(opened, Sealed):
        raise Malformed(f"{what}: what was opened for us must be sealed to us")
    return Held(
        _text(entry["envelope"], envelope.MAX_RAW, f"{what}: an envelope"),
        _text(entry["receipt"], receipt.MAX_RAW, f"{what}: a receipt") if "receipt" in entry else None,
        opened,
    )


def _text(value: strictjson.Json, most: int, what: str) -> bytes:
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise Malformed(f"{what} must be a text of at most {most:,} characters")
    return value.encode()


def _parse(value: strictjson.Json) -> Ask:
    what = "the request to reconcile"
    entry = shape.members(value, what, _MEMBERS)
    shape.fixed(entry["format"], what, FORMAT)
    ask = Ask(
        sender=shape.name(entry["from"], f"{what}: from"),
        to=shape.name(entry["to"], f"{what}: to"),
        agreement=shape.name(entry["agreement"], f"{what}: agreement"),
        mode=shape.chosen(Mode, entry["mode"], f"{what}: mode"),
        of=shape.name(entry["of"], f"{what}: of"),
        lane=shape.chosen(Lane, entry["lane"], f"{what}: lane"),
        epoch=shape.whole(entry["epoch"], f"{what}: epoch", least=1),
        after=shape.whole(entry["after"], f"{what}: after"),
        at=instants.parse(entry["at"], f"{what}: at"),
        nonce=shape.hexed(entry["nonce"], f"{what}: nonce", NONCE_BYTES),
    )
    if ask.of not in (ask.sender, ask.to):
        raise Malformed(f"{what} is about the envelopes of one of its two parties, not of {ask.of}")
    return ask
