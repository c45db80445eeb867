"""A discharge: one party's signed word that a duty was done, with the digest of what shows it.

Format: docs/formats/discharge.md.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.agreement.instrument import AgreementRef
from comity.core import dsse, ids, instants, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import Signer
from comity.exchange import shape
from comity.exchange.signature import Keys, unwrap

PAYLOAD_TYPE = "application/vnd.comity.discharge+json"
FORMAT = "comity-discharge/1"
MAX_RAW = 64 * 1024
MAX_HANDLES = 1000
"""As many as one envelope carries things."""
KINDS = frozenset({"receipt", "certificate", "notice", "report", "release"})

_NEED = frozenset({"format", "agreement", "duty", "owes", "article", "kind", "by", "at", "document"})
_MAY = frozenset({"handles"})


@dataclass(frozen=True, slots=True)
class Discharge:
    """`duty` is its identity, `owes` its name; `document` the salted digest of the evidence, so that it tells
    nothing to who has it not, and `size` its bytes.

    `handles` are the things it speaks of, as both sides name them.
    """

    agreement: AgreementRef
    duty: str
    owes: str
    article: str
    kind: str
    by: str
    at: datetime
    document: str
    salt: bytes
    size: int
    handles: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {
            "format": FORMAT,
            "agreement": str(self.agreement),
            "duty": self.duty,
            "owes": self.owes,
            "article": self.article,
            "kind": self.kind,
            "by": self.by,
            "at": instants.text(self.at),
            "document": {"digest": self.document, "salt": self.salt.hex(), "bytes": self.size},
        }
        return members | {"handles": list(self.handles)} if self.handles else members


def seal(discharge: Discharge, signer: Signer) -> bytes:
    """Signed with both halves of its party's key."""
    payload = strictjson.canonical(discharge.as_json())
    _read(payload)
    return dsse.seal(PAYLOAD_TYPE, payload, [signer])


def of_document(discharge: Discharge, raw: bytes) -> bool:
    """Whether these are the bytes it speaks of."""
    return ids.salted(discharge.salt, raw) == discharge.document


def is_one(raw: bytes) -> bool:
    """Whether these bytes claim to be a discharge; nothing is verified."""
    try:
        return dsse.parse(raw, max_bytes=MAX_RAW).payload_type == PAYLOAD_TYPE
    except Malformed:
        return False


def unseal(raw: bytes, keys: Keys) -> Discharge:
    """The discharge in `raw`, signed by the very party it is `by`. Raises `Malformed` or `Refused`."""
    signed = unwrap(raw, PAYLOAD_TYPE, keys, "the discharge", max_bytes=MAX_RAW)
    found = _read(signed.payload)
    if found.by != signed.signer:
        raise Refused(f"the discharge is by {found.by}, and {signed.signer} signed it")
    return found


def _read(payload: bytes) -> Discharge:
    value = strictjson.parse(payload, "the discharge", max_bytes=MAX_RAW, max_depth=3)
    entry = shape.members(value, "the discharge", _NEED, _MAY)
    shape.fixed(entry["format"], "the discharge", FORMAT)
    if not isinstance(entry["kind"], str) or entry["kind"] not in KINDS:
        raise Malformed(f"the discharge is of no kind we know: {str(entry['kind'])[:40]!r}")
    document = shape.members(entry["document"], "the discharge's document", frozenset({"digest", "salt", "bytes"}))
    handles = shape.listed(entry.get("handles", []), "the discharge's handles", MAX_HANDLES)
    if "handles" in entry and (not handles or len(set(map(str, handles))) != len(handles)):
        raise Malformed("the discharge's handles name each thing once, and at least one")
    found = Discharge(
        agreement=shape.agreement(entry["agreement"], "the discharge's agreement"),
        duty=ids.parse_handle(entry["duty"]),
        owes=shape.code(entry["owes"], "what the discharge says was owed"),
        article=shape.text(entry["article"], "the discharge's article"),
        kind=str(entry["kind"]),
        by=shape.name(entry["by"], "whose the discharge is"),
        at=instants.parse(entry["at"], "the discharge's time"),
        document=shape.hexed(document["digest"], "the digest of the discharge's document", 32).hex(),
        salt=shape.hexed(document["salt"], "the salt of the discharge's document", 16),
        size=shape.whole(document["bytes"], "the size of the discharge's document", least=1),
        handles=tuple(ids.parse_handle(handle) for handle in handles),
    )
    if strictjson.canonical(found.as_json()) != payload:
        raise Malformed("the discharge is not written in its canonical form (RFC 8785)")
    return found
