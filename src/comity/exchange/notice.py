"""A notice: what one party says to the other under an agreement, signed by itself: an event, a consent, a duty met.

It travels in an envelope and outlives it: the signed bytes are kept by both sides, whole. Each room declares the kinds
it can read; a kind that nobody declared is refused. Format: docs/formats/notice.md.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import dsse, ids, instants, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import Signer
from comity.core.strictjson import Json
from comity.exchange import shape
from comity.exchange.lane import Lane, Mode
from comity.exchange.signature import NOTICE, Keys, unwrap

PAYLOAD_TYPE = "application/vnd.comity.notice+json"
FORMAT = "comity-notice/1"
MAX_DEPTH = 8
UNVERIFIED = "notice-unverified"
MALFORMED = "notice-malformed"
UNKNOWN = "notice-unknown-kind"
ELSEWHERE = "notice-elsewhere"
AHEAD = "notice-clock-ahead"
TAKEN = "notice-id-taken"

_MEMBERS = frozenset({"format", "kind", "id", "from", "agreement", "mode", "made", "body"})


@dataclass(frozen=True, slots=True)
class Notice:
    """`id` is the sender's random handle, by which later notices speak of this one; `digest` is SHA-256 of the signed
    bytes, in hex. `made` is the sender's time. `body` is JSON until `read` has typed it."""

    kind: str
    id: str
    sender: str
    agreement: AgreementRef
    mode: Mode
    made: datetime
    body: Any
    digest: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What whoever judges a notice knows: the versions held, the notices kept under this agreement, the time, and the
    texts `beside` that protect by reference what crosses under it.

    `untaken`: the digests of its own notices that the other side refused."""

    texts: Mapping[AgreementRef, Agreement]
    held: tuple[Notice, ...]
    now: datetime
    beside: Mapping[AgreementRef, Agreement]
    untaken: frozenset[str] = frozenset()


def _nothing_against(_notice: Notice, _situation: Situation) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """How a kind of notice is read (raising `Malformed`), in which lane it goes, and what speaks against one: a code
    for the receipt, judged by its sender before it goes and by its receiver when it comes."""

    name: str
    read: Callable[[Json], Any]
    lane: Lane = Lane.IMMEDIATE
    refusal: Callable[[Notice, Situation], str | None] = _nothing_against


Kinds = Mapping[str, NoticeKind]


def seal(notice: Notice, signer: Signer) -> bytes:
    """The signed bytes: made once, kept, and sent as they are. Raises `Malformed`. `digest` is not read."""
    value = {
        "format": FORMAT,
        "kind": notice.kind,
        "id": notice.id,
        "from": notice.sender,
        "agreement": str(notice.agreement),
        "mode": notice.mode.value,
        "made": instants.text(notice.made),
        "body": notice.body,
    }
    payload = strictjson.canonical(value)
    _parse(payload, "")
    return dsse.seal(PAYLOAD_TYPE, payload, [signer])


def unseal(raw: bytes, keys: Keys) -> Notice:
    """The notice with its body as JSON, once the very party it is from has signed it. Raises `Malformed`, `Refused`."""
    signed = unwrap(raw, PAYLOAD_TYPE, keys, "the notice", max_bytes=NOTICE)
    notice = _parse(signed.payload, hashlib.sha256(raw).hexdigest())
    if notice.sender != signed.signer:
        raise Refused(f"the notice says it is from {notice.sender}, but {signed.signer} signed it")
    return notice


def read(notice: Notice, kinds: Kinds) -> Notice:
    """The notice with its body as its kind reads it. Raises `Malformed`: an unknown kind is refused, never skipped."""
    kind = kinds.get(notice.kind)
    if kind is None:
        known = ", ".join(sorted(kinds))
        raise Malformed(f"this is a notice of a kind we do not know: {notice.kind}", f"known kinds: {known}")
    return replace(notice, body=kind.read(notice.body))


def refusal(notice: Notice, kinds: Kinds, situation: Situation) -> str | None:
    """Why a notice that was read is not taken, as a code, or `None`. The same bytes again are no second notice."""
    if notice.agreement not in situation.texts:
        return ELSEWHERE
    if any(
        one.id == notice.id and one.sender == notice.sender and one.digest != notice.digest for one in situation.held
    ):
        return TAKEN
    return kinds[notice.kind].refusal(notice, situation)


def _parse(payload: bytes, digest: str) -> Notice:
    what = "the notice"
    value = strictjson.parse(payload, what, max_bytes=NOTICE, max_depth=MAX_DEPTH)
    entry = shape.members(value, what, _MEMBERS)
    shape.fixed(entry["format"], what, FORMAT)
    if not isinstance(entry["body"], dict):
        raise Malformed(f"{what}: its body must be an object")
    return Notice(
        kind=shape.code(entry["kind"], f"{what}: its kind"),
        id=ids.parse_handle(entry["id"]),
        sender=shape.name(entry["from"], f"{what}: from"),
        agreement=shape.agreement(entry["agreement"], f"{what}: agreement"),
        mode=shape.chosen(Mode, entry["mode"], f"{what}: mode"),
        made=instants.parse(entry["made"], f"{what}: made"),
        body=entry["body"],
        digest=digest,
    )
