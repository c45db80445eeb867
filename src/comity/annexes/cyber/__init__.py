"""Threat data: STIX 2.1 objects, in bundles or TAXII envelopes, and what comes back about them."""

from collections.abc import Iterable

from comity.annexes.cyber import intake
from comity.annexes.cyber.envelope import shelf, written
from comity.annexes.cyber.intake import STIX
from comity.annexes.cyber.markings import PREDEFINED
from comity.annexes.cyber.seen import texts
from comity.annexes.cyber.taxii.mirror import TaxiiMirror
from comity.core import strictjson
from comity.release import document
from comity.release.correction import CorrectionKind
from comity.release.feedback import FeedbackKind
from comity.release.kind import About, Annex, Piece
from comity.release.ruling import RulingKind

FEEDBACK = FeedbackKind("cyber.feedback/1")
CORRECTION, RULING = CorrectionKind("cyber.correction/1"), RulingKind("cyber.ruling/1")
KINDS = (STIX, FEEDBACK, CORRECTION, RULING)
SIGHTED = "sighted"

_WRITTEN: dict[str, FeedbackKind | CorrectionKind | RulingKind] = {
    kind.name: kind for kind in (FEEDBACK, CORRECTION, RULING)
}


def read(raw: bytes) -> Iterable[Piece] | None:
    """A document that comes back about a thing, or STIX; `None` for what is neither."""
    documents = document.pieces(raw, _WRITTEN)
    return intake.read(raw) if documents is None else documents


def about(kind: str, raw: bytes) -> About | None:
    """What a sighting, feedback, a correction or a ruling says, and of what. Of other objects nothing is parsed."""
    if kind in _WRITTEN:
        return _WRITTEN[kind].parse(raw).about
    if b'"sighting"' not in raw:
        return None
    value = strictjson.parse(raw, "the STIX object")
    if value["type"] != "sighting" or value.get("revoked"):
        return None
    return About(SIGHTED, ext_id=value["sighting_of_ref"], count=value.get("count", 1))


def observed(kind: str, raw: bytes) -> Iterable[str]:
    """What a STIX object shows; of what comes back about one, nothing is looked for."""
    return texts(raw) if kind == STIX.name else ()


ANNEX = Annex("cyber", KINDS, read, about=about, shelf=shelf, written=written, observed=observed, mirror=TaxiiMirror())

__all__ = ["ANNEX", "CORRECTION", "FEEDBACK", "PREDEFINED", "RULING", "STIX"]
