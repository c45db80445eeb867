"""One MISP event, read strictly where it matters: its ids, its tags, who may have it (MISP core format, 2.4).

What is only carried is left to the conversion. Nothing that says who may have a part is skipped: what cannot be read is
unclear, and the part goes to quarantine.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.annexes.cyber.misp.around import ORGANISATION, Around
from comity.annexes.cyber.misp.tags import Marks, read
from comity.core.errors import Malformed

MAX_BYTES = 16 * 1024 * 1024
MAX_PARTS = 10_000
"""Attributes and objects of one event."""
OWN_ONLY, SHARING_GROUP, INHERIT = 0, 4, 5
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_WORDS = {"0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}


@dataclass(frozen=True, slots=True)
class Part:
    """How one part of an event, or the event itself, may be handled."""

    marks: Marks
    around: Around


@dataclass(frozen=True, slots=True)
class Event:
    """`value` is the event as it came; `parts` are its attributes and objects by UUID, `whole` is the event."""

    value: Mapping[str, Any]
    uuid: str
    whole: Part
    parts: Mapping[str, Part]


def of(value: Mapping[str, Any]) -> Event:
    """The inside of `{"Event": …}`. Raises `Malformed`."""
    uuid = _uuid(value, "the event")
    if not isinstance(value.get("info"), str):
        raise Malformed(f"the event {uuid} has no `info`")
    creator = _organisation(value.get("Orgc"), f"the event {uuid}: Orgc")
    top = Around(creator, *_reach(value, creator, inherit=None))
    whole = Part(read(_tags(value)), top)
    parts: dict[str, Part] = {}
    for one in _parts(value, ("Attribute", "Object")):
        parts[_uuid(one, "a part of the event")] = _part(one, whole, creator)
        if len(parts) > MAX_PARTS:
            raise Malformed(f"the event {uuid} has too many parts: at most {MAX_PARTS:,} are read", "split it")
    return Event(value, uuid, whole, parts)


def _part(value: Mapping[str, Any], whole: Part, creator: str) -> Part:
    """A part, with the attributes in it where it is an object: it is as narrow as the narrowest."""
    only, unclear = _reach(value, creator, inherit=whole.around)
    part = Part(read(_tags(value)).within(whole.marks), Around(creator, only, unclear))
    for inner in _parts(value, ("Attribute",)):
        found = _part(inner, part, creator)
        part = Part(found.marks.within(part.marks), found.around)
    return part


def _reach(
    value: Mapping[str, Any], creator: str, inherit: Around | None
) -> tuple[frozenset[str] | None, tuple[str, ...]]:
    """Who alone may have it by its distribution, and what of that is unclear."""
    above, faults = (None, ()) if inherit is None else (inherit.only, inherit.unclear)
    said = _WORDS.get(str(value.get("distribution", "5" if inherit is not None else "")))
    if said is None or (said == INHERIT and inherit is None):
        return above, (*faults, f"distribution {str(value.get('distribution'))[:20]}")
    if said == INHERIT or said not in (OWN_ONLY, SHARING_GROUP):
        return above, faults
    members = frozenset({creator}) if said == OWN_ONLY else _members(value.get("SharingGroup"))
    if members is not None and above is not None:
        members &= above
    if not members:
        return above, (*faults, "sharing group")
    return members, faults


def _members(group: object) -> frozenset[str] | None:
    """The organisations of a sharing group, where the file says them."""
    listed = group.get("SharingGroupOrg") if isinstance(group, dict) else None
    if not isinstance(listed, list) or not listed:
        return None
    found = [one.get("Organisation") if isinstance(one, dict) else None for one in listed]
    try:
        return frozenset(_organisation(one, "a sharing group") for one in found)
    except Malformed:
        return None


def _organisation(value: object, what: str) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("uuid"), str) or not _UUID.fullmatch(value["uuid"]):
        raise Malformed(f"{what}: it does not say which organisation, by its UUID")
    return ORGANISATION + str(value["uuid"]).lower()


def _parts(value: Mapping[str, Any], names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    for name in names:
        listed = value.get(name, [])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise Malformed(f"the event's `{name}` must be a list of objects")
        yield from (one for one in listed if one.get("deleted") in (None, False, "0", 0))


def _tags(value: Mapping[str, Any]) -> list[str]:
    names = []
    for tag in _parts(value, ("Tag",)):
        if not isinstance(tag.get("name"), str):
            raise Malformed("a tag of the event has no name")
        names.append(str(tag["name"]))
    return names


def _uuid(value: Mapping[str, Any], what: str) -> str:
    found = value.get("uuid")
    if not isinstance(found, str) or not _UUID.fullmatch(found):
        raise Malformed(f"{what} has no UUID")
    return found.lower()
