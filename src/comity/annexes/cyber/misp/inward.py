"""A file of MISP events as STIX objects: converted by `misp-stix`, marked by us, each a piece of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from comity.annexes.cyber.markings import STANDARD, refs
from comity.annexes.cyber.misp import event as events
from comity.annexes.cyber.misp import library
from comity.annexes.cyber.misp.around import Around, properties
from comity.annexes.cyber.misp.event import Event, Part
from comity.annexes.cyber.misp.tags import Marks
from comity.annexes.cyber.stix import Stix
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.core.strictjson import Json
from comity.release.kind import Piece

MAX_EVENTS = 100
STIX = Stix()
_REACH = frozenset({"distribution", "sharing_group_id", "SharingGroup"})
_MARKS = ("object_marking_refs", "granular_markings")


def is_misp(value: Json) -> bool:
    """Whether a JSON value claims to be a MISP event, or MISP's answer with several."""
    return isinstance(value, dict) and ("Event" in value or "response" in value)


def read(value: Mapping[str, Any]) -> Iterator[Piece]:
    """The pieces of `{"Event": …}` or `{"response": [{"Event": …}]}`. Raises `Malformed` before the first."""
    whole = [events.of(one) for one in _events(value)]
    return (piece for pieces in [list(_pieces(one)) for one in whole] for piece in pieces)


def _events(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    answered = value.get("response", [value])
    if not isinstance(answered, list) or not 0 < len(answered) <= MAX_EVENTS:
        raise Malformed(f"a file of MISP events has between one and {MAX_EVENTS} of them")
    found = [one.get("Event") if isinstance(one, dict) else None for one in answered]
    if not all(isinstance(one, dict) for one in found):
        raise Malformed("this is no MISP event: it has no object `Event`")
    return [one for one in found if one is not None]


def _pieces(event: Event) -> Iterator[Piece]:
    for value in _marked(event):
        raw = strictjson.canonical(value)
        try:
            yield Piece(STIX, raw, STIX.parse_value(value, raw, STANDARD))
        except Malformed as error:
            yield Piece(STIX, raw, None, error.message)


def _marked(event: Event) -> list[dict[str, Any]]:
    """The event's STIX objects under our markings. What speaks of several parts is as narrow as the narrowest."""
    objects = [one for one in library.objects_of(_plain(event.value)) if one["type"] != "marking-definition"]
    parts = {one["id"]: event.parts.get(one["id"].partition("--")[2].lower(), event.whole) for one in objects}
    for one in objects:
        if one["type"] == "relationship":
            ends = [parts.get(one[name], event.whole) for name in ("source_ref", "target_ref")]
            parts[one["id"]] = narrowest(narrowest(parts[one["id"]], ends[0]), ends[1])
    return [_with(one, parts[one["id"]]) for one in objects]


def narrowest(one: Part, other: Part) -> Part:
    """How what belongs to both may be handled."""
    here, there = one.around, other.around
    only = there.only if here.only is None else here.only if there.only is None else here.only & there.only
    nobody = () if only or only is None else ("sharing group",)
    unclear = tuple(dict.fromkeys((*here.unclear, *there.unclear, *nobody)))
    return Part(one.marks.within(other.marks), Around(here.creator, only or None, unclear))


def _with(value: Mapping[str, Any], part: Part) -> dict[str, Any]:
    plain = {name: member for name, member in value.items() if name not in _MARKS}
    marks: Marks = part.marks
    marking = refs(marks.tlps, marks.paps)
    around = Around(part.around.creator, part.around.only, (*part.around.unclear, *marks.unclear))
    return plain | ({"object_marking_refs": list(marking)} if marking else {}) | properties(around)


def _plain(value: Any) -> Any:
    """The event without what was deleted in it, and without its distribution, which is ours to read."""
    if isinstance(value, list):
        kept = [one for one in value if not (isinstance(one, dict) and one.get("deleted") not in (None, False, "0", 0))]
        return [_plain(one) for one in kept]
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items() if name not in _REACH}
    return value
