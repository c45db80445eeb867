"""What stands together in a MISP event: the things of a report; of the rest those of one day, originator and marking.

A thing whose label tags cannot say, or for which MISP has no place, is blocked with the reason (law 13). A thing stays
where it stood first: it joins a report that went before it or with it, and none that goes later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from comity.annexes.cyber.markings import STANDARD
from comity.annexes.cyber.misp import outward, tags
from comity.annexes.cyber.misp.outward import Parts, name_for, uuid_of
from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.labels.label import Label

APART = "MISP relates a thing to a cluster in the same event and under the same marking, and nothing else"


@dataclass(frozen=True, slots=True)
class Thing:
    """One release: its bytes as they went, its label, when it went first and in which batch."""

    raw: bytes
    label: Label
    added: datetime
    batch: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """What cannot stand in a feed, by its own id, and why."""

    ext_id: str
    why: str


@dataclass(slots=True)
class Event:
    """One event as it comes together: its parts by UUID. `whole` marks the event of a report."""

    uuid: str
    info: str
    label: Label
    date: str
    timestamp: int
    batch: int
    report: str = ""
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    galaxies: dict[str, dict[str, Any]] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    whole: bool = False

    @property
    def empty(self) -> bool:
        return not (self.whole or self.attributes or self.objects or self.galaxies)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where a thing went: its attributes in an event, or the tags of its clusters."""

    event: Event
    label: Label
    attributes: tuple[dict[str, Any], ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _One:
    """The newest version of a thing, with the batch and the day of its first."""

    value: Mapping[str, Any]
    label: Label
    batch: int
    day: str
    timestamp: str


def composed(things: Iterable[Thing], view: str) -> tuple[list[Event], list[Blocked]]:
    """The events of what went to `view`, in the order in which it went. Raises `Malformed` for what is no STIX."""
    newest, blocked = _newest(things)
    events = {one.uuid: one for one in map(_report, _of_type(newest, "report"))}
    homes = _homes(newest, events)
    placed: dict[str, _Placed] = {}
    for one in newest.values():
        if one.value["type"] in ("report", "relationship"):
            continue
        try:
            found = outward.parts(one.value, _beside(one, newest), one.timestamp)
            placed[str(one.value["id"])] = _put(_home(one, homes, events, view), found, one)
        except Refused as error:
            blocked.append(Blocked(str(one.value["id"]), error.message))
    lost = [one for one in _of_type(newest, "relationship") if not _relate(one, placed)]
    blocked += [Blocked(str(one.value["id"]), APART) for one in lost]
    whole = [event for _, event in sorted(events.items()) if not event.empty]
    return whole, sorted(blocked, key=lambda one: one.ext_id)


def _newest(things: Iterable[Thing]) -> tuple[dict[str, _One], list[Blocked]]:
    """The newest version of each thing that tags can mark."""
    found: dict[str, _One] = {}
    blocked: dict[str, Blocked] = {}
    for thing in things:
        value = strictjson.parse(thing.raw, "a released object")
        ext_id = value.get("id") if isinstance(value, dict) else None
        if not isinstance(ext_id, str):
            raise Malformed("a released object is no STIX object")
        if ext_id in STANDARD:
            continue
        before = found.pop(ext_id, None)
        blocked.pop(ext_id, None)
        try:
            _check(value)
            tags.written(thing.label)
        except Refused as error:
            blocked[ext_id] = Blocked(ext_id, error.message)
            continue
        timestamp = outward.seconds(value) or outward.seconds(value, "created") or str(int(thing.added.timestamp()))
        batch, day = (thing.batch, f"{thing.added:%Y-%m-%d}") if before is None else (before.batch, before.day)
        found[ext_id] = _One(value, thing.label, batch, day, timestamp)
    return found, list(blocked.values())


def _check(value: Mapping[str, Any]) -> None:
    """Raises `Refused` where an object carries what an event would lose: parts marked apart, terms of use."""
    if any("marking_ref" in one for one in value.get("granular_markings", ())):
        raise Refused("a part of it is marked apart, and MISP marks whole attributes")
    marking = value.get("object_marking_refs", ())
    if value["type"] == "marking-definition" or any(ref not in STANDARD for ref in marking):
        raise Refused("it carries terms of use, and MISP has no place for them")


def _of_type(newest: Mapping[str, _One], kind: str) -> list[_One]:
    return [one for one in newest.values() if one.value["type"] == kind]


def _report(one: _One) -> Event:
    value = one.value
    date = str(value.get("published", value["created"]))[:10]
    own = uuid_of(str(value["id"]))
    return Event(
        own,
        str(value["name"]),
        one.label,
        date,
        int(one.timestamp),
        one.batch,
        str(value.get("description", "")),
        whole=True,
    )


def _homes(newest: Mapping[str, _One], events: Mapping[str, Event]) -> dict[str, Event]:
    """To which report's event each thing belongs: the first that names it and went before it or with it."""
    homes: dict[str, Event] = {}
    for report in _of_type(newest, "report"):
        event = events[uuid_of(str(report.value["id"]))]
        for target in report.value.get("object_refs", ()):
            one = newest.get(target)
            if one is None or one.batch < event.batch or one.label.parties != event.label.parties:
                continue
            if tags.covers(one.label, event.label):
                homes.setdefault(target, event)
    return homes


def _home(one: _One, homes: Mapping[str, Event], events: dict[str, Event], view: str) -> Event:
    if (event := homes.get(str(one.value["id"]))) is not None:
        return event
    [origin] = one.label.parties
    marking = " ".join(tags.written(one.label))
    own = name_for("event", view, origin, one.day, marking)
    return events.setdefault(own, Event(own, f"{origin}, {one.day}, {marking}", one.label, one.day, 0, one.batch))


def _beside(whole: _One, newest: Mapping[str, _One]) -> Sequence[Mapping[str, Any]]:
    """What was observed, where it is marked alike: it would stand under the marking of whoever observed it."""
    if whole.value["type"] != "observed-data":
        return ()
    listed = (newest.get(ref) for ref in whole.value.get("object_refs", ()))
    return [one.value for one in listed if one is not None and one.label == whole.label]


def _put(event: Event, found: Parts, one: _One) -> _Placed:
    """Puts it in. Raises `Refused` for a galaxy under another marking than the event's: it has no tags of its own."""
    own = one.label == event.label
    if found.galaxies and not own:
        raise Refused("it would stand in an event under another marking, and a cluster has none of its own")
    for attribute in found.attributes:
        known = event.attributes.get(attribute["uuid"], attribute)
        if (known["type"], known["value"]) != (attribute["type"], attribute["value"]):
            raise Refused("another thing has its id in the same event")
    for part in (*found.attributes, *found.objects):
        if event.labels.setdefault(part["uuid"], one.label) != one.label:
            raise Refused("it shares its id with a thing under another marking")
    marking = [] if own else [{"name": name} for name in tags.written(one.label)]
    for attribute in found.attributes:
        fresh = attribute | {"Tag": [*attribute["Tag"], *marking]}
        held = event.attributes.setdefault(attribute["uuid"], fresh)
        held["to_ids"] = held["to_ids"] or attribute["to_ids"]
    for thing in found.objects:
        inner = [attribute | {"Tag": [*attribute["Tag"], *marking]} for attribute in thing["Attribute"]]
        event.objects.setdefault(thing["uuid"], thing | {"Attribute": inner})
    for galaxy in found.galaxies:
        shelf = event.galaxies.setdefault(galaxy["uuid"], galaxy | {"GalaxyCluster": []})
        shelf["GalaxyCluster"] += galaxy["GalaxyCluster"]
    event.timestamp = max(event.timestamp, int(one.timestamp))
    placed = [event.attributes[attribute["uuid"]] for attribute in found.attributes]
    placed += [attribute for thing in found.objects for attribute in event.objects[thing["uuid"]]["Attribute"]]
    clusters = tuple(cluster["tag_name"] for galaxy in found.galaxies for cluster in galaxy["GalaxyCluster"])
    return _Placed(event, one.label, tuple(placed), clusters)


def _relate(one: _One, placed: Mapping[str, _Placed]) -> bool:
    """Puts a relationship where MISP has a place for it: a cluster's tag on what it is about. Whether it did.

    An indicator and what it is based on are one attribute in MISP already, where they share their id.
    """
    source, target = (str(one.value[name]) for name in ("source_ref", "target_ref"))
    here, there = placed.get(source), placed.get(target)
    if here is None or there is None or here.event is not there.event:
        return False
    if one.value["relationship_type"] == "based-on" and uuid_of(source) == uuid_of(target):
        return True
    about, cluster = (here, there) if there.tags else (there, here)
    if not cluster.tags or about.tags or about.label != one.label:
        return False
    for attribute in about.attributes:
        attribute["Tag"] += [{"name": name} for name in cluster.tags if {"name": name} not in attribute["Tag"]]
    return True
