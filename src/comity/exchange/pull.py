"""Asking for the envelopes of a chain after a number, and the page that answers. Format: docs/formats/pull.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from comity.core import dsse, instants, strictjson
from comity.core.errors import Malformed
from comity.core.keys import Signer
from comity.exchange import envelope, shape
from comity.exchange.lane import Lane, Mode
from comity.exchange.signature import Head, Keys, check_head, unwrap

PAYLOAD_TYPE = "application/vnd.comity.pull+json"
FORMAT = "comity-pull/1"
NONCE_BYTES = 16
MAX_PAGE = 64 * 1024 * 1024
MAX_ENVELOPES = 256

_MEMBERS = frozenset({"format", "from", "to", "agreement", "mode", "lane", "epoch", "after", "at", "nonce"})


@dataclass(frozen=True, slots=True)
class Pull:
    """`sender` asks `to` for what `to` sent it in this chain, after number `after` (0: from the beginning).

    `agreement` is the bare id: a chain goes through all versions. `nonce` is 16 random bytes; whoever answers
    remembers it for twice the skew bound, so that a copied request is answered to nobody else.
    """

    sender: str
    to: str
    agreement: str
    mode: Mode
    lane: Lane
    epoch: int
    after: int
    at: datetime
    nonce: bytes


def seal(pull: Pull, signer: Signer) -> bytes:
    """The signed request."""
    value: dict[str, Any] = {
        "format": FORMAT,
        "from": pull.sender,
        "to": pull.to,
        "agreement": pull.agreement,
        "mode": pull.mode.value,
        "lane": pull.lane.value,
        "epoch": pull.epoch,
        "after": pull.after,
        "at": instants.text(pull.at),
        "nonce": pull.nonce.hex(),
    }
    _parse(value)
    return dsse.seal(PAYLOAD_TYPE, strictjson.canonical(value), [signer])


def unseal(raw: bytes, to: str, keys: Keys, now: datetime, skew: timedelta) -> Pull:
    """The request, once its sender signed it for `to` within `skew` of `now`. Raises `Malformed` or `Refused`."""
    what = "the pull"
    signed = unwrap(raw, PAYLOAD_TYPE, keys, what)
    pull = _parse(strictjson.parse(signed.payload, what, max_depth=2))
    check_head(signed, Head(pull.sender, pull.to, pull.at), to, now, skew, what)
    return pull


def write_page(envelopes: Iterable[bytes]) -> bytes:
    """As many of the stored envelopes, from the first, as one page takes: each its exact bytes and a newline.

    Empty means that there are no more; whoever asked goes on after the last number it got.
    """
    page: list[bytes] = []
    size = 0
    for raw in envelopes:
        if b"\n" in raw or len(raw) > envelope.MAX_RAW:
            raise ValueError("this is not an envelope as we write it")
        size += len(raw) + 1
        if size > MAX_PAGE or len(page) == MAX_ENVELOPES:
            break
        page.append(raw + b"\n")
    return b"".join(page)


def read_page(raw: bytes) -> tuple[bytes, ...]:
    """The envelopes of a page, each to be unsealed by itself. Raises `Malformed`, also for a page cut short."""
    if len(raw) > MAX_PAGE:
        raise Malformed(f"the page is too large: {len(raw):,} bytes, at most {MAX_PAGE:,} are read")
    if raw and not raw.endswith(b"\n"):
        raise Malformed("the page was cut short: its last line does not end")
    lines = tuple(raw.split(b"\n")[:-1])
    if len(lines) > MAX_ENVELOPES:
        raise Malformed(f"the page has {len(lines):,} envelopes; at most {MAX_ENVELOPES} are taken")
    if any(not line or len(line) > envelope.MAX_RAW for line in lines):
        raise Malformed("the page has a line that is no envelope: empty or too large")
    return lines


def _parse(value: strictjson.Json) -> Pull:
    what = "the pull"
    entry = shape.members(value, what, _MEMBERS)
    shape.fixed(entry["format"], what, FORMAT)
    return Pull(
        sender=shape.name(entry["from"], f"{what}: from"),
        to=shape.name(entry["to"], f"{what}: to"),
        agreement=shape.name(entry["agreement"], f"{what}: agreement"),
        mode=shape.chosen(Mode, entry["mode"], f"{what}: mode"),
        lane=shape.chosen(Lane, entry["lane"], f"{what}: lane"),
        epoch=shape.whole(entry["epoch"], f"{what}: epoch", least=1),
        after=shape.whole(entry["after"], f"{what}: after"),
        at=instants.parse(entry["at"], f"{what}: at"),
        nonce=shape.hexed(entry["nonce"], f"{what}: nonce", NONCE_BYTES),
    )
