"""How a file of threat data is taken apart: a bundle, a TAXII envelope, one object, or MISP events."""

from collections.abc import Iterable, Iterator

from comity.annexes.cyber import bundle
from comity.annexes.cyber.bundle import Bundle
from comity.annexes.cyber.markings import STANDARD
from comity.annexes.cyber.misp import inward
from comity.annexes.cyber.misp.event import MAX_BYTES as MAX_EVENT
from comity.annexes.cyber.references import IDENTIFIER
from comity.annexes.cyber.stix import Stix
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.release.kind import Piece

STIX = Stix()


def read(raw: bytes) -> Iterable[Piece] | None:
    """Pieces in the order of the file. `None` for what is not STIX; `Malformed` for a bundle broken as a whole."""
    if raw.lstrip()[:1] != b"{":
        return None
    try:
        value = strictjson.parse(raw, max_bytes=bundle.MAX_BYTES)
    except Malformed:
        if b'"bundle"' in raw[:4096] or b'"objects"' in raw[:4096]:
            raise
        return None
    if inward.is_misp(value):
        if len(raw) > MAX_EVENT:
            raise Malformed(f"the file of MISP events is too large: at most {MAX_EVENT:,} bytes are read", "split it")
        return inward.read(value)
    if value.get("type") == "bundle":
        return _pieces(bundle.of_bundle(raw, value))
    if "objects" in value and "type" not in value:
        return _pieces(bundle.of_envelope(raw, value))
    if isinstance(value.get("id"), str) and IDENTIFIER.fullmatch(value["id"]) and "type" in value:
        return _pieces(Bundle("", ((raw.strip(), value),), STANDARD, {}))
    return None


def _pieces(found: Bundle) -> Iterator[Piece]:
    for position, (raw, value) in enumerate(found.objects):
        if position in found.conflicts:
            yield Piece(STIX, raw, None, found.conflicts[position])
            continue
        try:
            yield Piece(STIX, raw, STIX.parse_value(value, raw, found.known))
        except Malformed as error:
            yield Piece(STIX, raw, None, error.message)
