"""One STIX object as parts of a MISP event: its shape by `misp-stix`, its ids and times ours, the same at every call.

An object for which MISP has no place is refused with the reason: it is never half there.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comity.annexes.cyber.misp import library
from comity.annexes.cyber.misp.around import CREATOR, ONLY, UNCLEAR
from comity.core import instants
from comity.core.errors import Refused

NAMESPACE = uuid.UUID("0c4a3b5e-6f0d-5d8e-9a55-2f6f8f0e7c11")
"""Under which ids are made for what MISP names and STIX does not."""
_LEFT_OUT = frozenset({"object_marking_refs", "granular_markings", CREATOR, ONLY, UNCLEAR})
_CARRIED = ("category", "comment", "first_seen", "last_seen", "object_relation", "to_ids", "type", "value")
_SHELF = ("description", "icon", "name", "namespace", "type", "uuid", "version")
_CLUSTER = ("description", "meta", "type", "value")


@dataclass(frozen=True, slots=True)
class Parts:
    """What one object comes to: attributes, objects, and galaxies with their clusters."""

    attributes: tuple[dict[str, Any], ...] = ()
    objects: tuple[dict[str, Any], ...] = ()
    galaxies: tuple[dict[str, Any], ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.attributes or self.objects or self.galaxies)


def name_for(*words: str) -> str:
    """A UUID that is the same for the same words, for ever."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(words)))


def uuid_of(ext_id: str) -> str:
    """The UUID in a STIX id."""
    return ext_id.partition("--")[2].lower()


def seconds(value: Mapping[str, Any], name: str = "modified") -> str | None:
    """A time of an object in seconds of POSIX, as MISP writes it."""
    said = value.get(name)
    return str(int(instants.parse(said, name).timestamp())) if isinstance(said, str) else None


def parts(value: Mapping[str, Any], beside: Sequence[Mapping[str, Any]], timestamp: str) -> Parts:
    """The parts of `value`; `beside` are things it is made of (what was observed). Raises `Refused` where none is."""
    if value["type"] == "x-misp-attribute":
        return Parts((_own_attribute(value, timestamp),))
    event = library.event_of([_plain(one) for one in (value, *beside)])
    deleted = bool(value.get("revoked"))
    attributes = [_attribute(one, timestamp, deleted=deleted) for one in event.get("Attribute", [])]
    objects = [_object(value, n, one, timestamp, deleted=deleted) for n, one in enumerate(event.get("Object", []))]
    found = Parts(tuple(attributes), tuple(objects), tuple(map(_galaxy, event.get("Galaxy", []))))
    if not found:
        raise Refused(f"MISP has no place for a {value['type']}")
    return found


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """Without markings, which are tags of ours, and without what only we read."""
    return {name: part for name, part in value.items() if name not in _LEFT_OUT}


def _own_attribute(value: Mapping[str, Any], timestamp: str) -> dict[str, Any]:
    """An attribute that came from MISP and has no other form in STIX."""
    members = {name: value.get(f"x_misp_{name}") for name in ("type", "category", "value")}
    if not all(isinstance(one, str) for one in members.values()):
        raise Refused("it says not what kind of attribute it is")
    raw = {"uuid": uuid_of(str(value["id"])), **members, "comment": value.get("x_misp_comment", ""), "to_ids": False}
    return _attribute(raw, timestamp, deleted=bool(value.get("revoked")))


def _attribute(value: Mapping[str, Any], timestamp: str, *, deleted: bool) -> dict[str, Any]:
    kept = {name: value[name] for name in _CARRIED if value.get(name) is not None}
    tags = [{"name": one["name"]} for one in value.get("Tag", [])]
    kept |= {"uuid": value["uuid"], "timestamp": timestamp, "distribution": "5", "deleted": deleted}
    kept.setdefault("comment", "")
    return kept | {"Tag": tags}


def _object(
    whole: Mapping[str, Any], place: int, value: Mapping[str, Any], timestamp: str, *, deleted: bool
) -> dict[str, Any]:
    own = uuid_of(str(whole["id"]))
    name = own if place == 0 else name_for(own, str(place))
    inner = [
        _attribute(one, timestamp, deleted=deleted) | {"uuid": name_for(name, str(n), str(one.get("object_relation")))}
        for n, one in enumerate(value.get("Attribute", []))
    ]
    kept = {one: value[one] for one in ("name", "meta-category", "template_uuid", "template_version") if one in value}
    kept |= {"uuid": name, "timestamp": timestamp, "distribution": "5", "deleted": deleted}
    return kept | {"comment": str(value.get("comment", "")), "description": "", "Attribute": inner}


def _galaxy(value: Mapping[str, Any]) -> dict[str, Any]:
    """A galaxy with the clusters that the object is, named by what they say."""
    kept = {
        one: value[one]
        for one in ("description", "icon", "name", "namespace", "type", "uuid", "version")
        if one in value
    }
    return kept | {"distribution": "0", "GalaxyCluster": [_cluster(one) for one in value.get("GalaxyCluster", [])]}


def _cluster(value: Mapping[str, Any]) -> dict[str, Any]:
    tag = f'misp-galaxy:{value["type"]}="{value["value"]}"'
    kept = {name: value[name] for name in _CLUSTER if name in value}
    return kept | {"uuid": value["uuid"], "distribution": "0", "tag_name": tag}
