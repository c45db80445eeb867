"""What is written to a collection: every object of an envelope, each for itself, so that a bad one spoils no other."""

from collections.abc import Sequence

from comity.annexes.cyber import bundle, pattern
from comity.annexes.cyber.intake import STIX
from comity.annexes.cyber.markings import definitions
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.core.strictjson import Json
from comity.release.kind import Identity, Piece, Shelf

SPEC = "2.1"
"""The one version of STIX that is read here."""


def shelf(kind: str, ext_id: str, ext_ver: str) -> Shelf | None:
    """A STIX identifier begins with its type; what has neither `modified` nor `created` has no version of its own."""
    if kind != STIX.name:
        return None
    return Shelf(ext_id.partition("--")[0], ext_ver or None, SPEC)


def written(raw: bytes, costly: int) -> Sequence[Piece]:
    """The objects of a TAXII 2.1 envelope (section 3.7), repeated ones too. Patterns never seen before are parsed as
    long as `costly` lasts: one costs two hundred times what the rest of its indicator costs."""
    value = strictjson.parse(raw, "the envelope", max_bytes=bundle.MAX_BYTES)
    parts = bundle.parts_of(raw, value)
    if not parts:
        raise Malformed("the envelope has no objects")
    known = definitions([one for _, one in parts])
    pieces: list[Piece] = []
    for part, one in parts:
        claim = _claim(one)
        text = one.get("pattern") if isinstance(one, dict) and one.get("pattern_type") == "stix" else None
        if isinstance(text, str) and not pattern.seen(text):
            if costly <= 0:
                pieces.append(Piece(STIX, part, None, None, claim, later=True))
                continue
            costly -= 1
        try:
            pieces.append(Piece(STIX, part, STIX.parse_value(one, part, known), None, claim))
        except Malformed as error:
            pieces.append(Piece(STIX, part, None, error.message, claim))
    return pieces


def _claim(value: Json) -> Identity:
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        return Identity("", "")
    version = value.get("modified") or value.get("created") or ""
    return Identity(value["id"][:300], version[:60] if isinstance(version, str) else "")
