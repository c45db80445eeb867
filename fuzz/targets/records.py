"""What the annexes take in: threat data and its patterns, reports and requests."""

from itertools import islice
from random import Random
from typing import Any, cast

from comity.annexes import cyber, intelligence
from comity.annexes.cyber import bundle, envelope, intake, pattern, seen
from comity.annexes.cyber.misp import inward
from comity.core import strictjson
from comity.core.errors import ComityError, Malformed, Refused
from comity.release.kind import Kind, Piece, Removals
from fuzz.target import same

STIX = intake.STIX


def stix(raw: bytes) -> None:
    _used(STIX, STIX.parse(raw), raw)
    assert len(seen.texts(raw)) <= seen.MOST


def bundles(raw: bytes) -> None:
    """As a file is taken in: the pieces are exact slices of it."""
    pieces = intake.read(raw)
    for read in (bundle.read, bundle.read_envelope, lambda one: list(bundle.split(one))):
        try:
            read(raw)
        except Malformed:
            continue
    if pieces is None:
        raise Malformed("it is no STIX")
    for piece in islice(pieces, 20):
        assert piece.raw in raw, "a record has other bytes than came in"
        _piece(piece)


def written(raw: bytes) -> None:
    """As it is written to a collection: every object for itself, those of costly patterns later."""
    for costly in (0, 2):
        for piece in envelope.written(raw, costly):
            assert piece.raw in raw, "a record has other bytes than came in"
            if not piece.later:
                _piece(piece)


def stix_pattern(raw: bytes) -> None:
    fault = pattern.fault(raw.decode("utf-8", "replace"))
    if fault is not None:
        raise Malformed(fault)


def documents(raw: bytes) -> None:
    for kind in (*intelligence.KINDS, *cyber.KINDS[1:]):
        try:
            value = kind.parse(raw)
        except Malformed:
            continue
        same(value, cast(Kind[Any], kind).render, kind.parse)
    pieces = intelligence.read(raw) or cyber.read(raw)
    if pieces is None:
        raise Malformed("it is no document of this annex")
    for piece in pieces:
        _piece(piece)


def misp(raw: bytes) -> None:
    """Events, but for the shape of their parts: the library that reads those is not ours to mend."""
    value = strictjson.parse(raw, "the event")
    if not inward.is_misp(value):
        raise Malformed("it is no MISP event")
    for piece in islice(inward.read(value), 20):
        _piece(piece)


def _piece(piece: Piece) -> None:
    if piece.fault is None:
        _used(piece.kind, piece.record, piece.raw)
    else:
        assert len(piece.fault) <= 1000, "a fault without bounds"


def _used(kind: Kind[Any], record: Any, raw: bytes) -> None:
    """Everything that is done with a record before anybody decides: no reading of it may fail."""
    same(record, kind.render, kind.parse)
    who = kind.identity(record)
    assert (who.ext_id + who.ext_ver).encode() is not None
    marked = kind.marked(record, "IL")
    kind.describe(record)
    references = kind.references(record)
    chance = Random(raw)
    for removals in (
        Removals(references=frozenset(one.target for one in references if chance.random() < 0.5)),
        Removals(portions=frozenset(name for name, _ in marked.portions if chance.random() < 0.5), personal=True),
    ):
        try:
            once = kind.sanitise(record, removals)
        except Refused:
            continue
        try:
            assert kind.sanitise(once, removals) == once, "sanitising twice is not once"
        except ComityError as error:
            raise AssertionError(f"what was sanitised cannot be sanitised again: {error.message}") from error


CHECKS = {
    "stix": stix,
    "stix-bundle": bundles,
    "stix-pattern": stix_pattern,
    "stix-written": written,
    "intelligence": documents,
    "misp": misp,
}
