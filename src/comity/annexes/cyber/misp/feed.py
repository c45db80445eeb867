"""Released STIX objects as the files of a MISP feed, which any MISP can pull.

Pure and stable: the same releases are the same bytes, and more of them change only the events that they belong to.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from comity.annexes.cyber.misp import tags
from comity.annexes.cyber.misp.composing import Blocked, Event, Thing, composed
from comity.annexes.cyber.misp.outward import name_for
from comity.core import strictjson

MANIFEST, HASHES = "manifest.json", "hashes.csv"
_SHOWN = ("Orgc", "Tag", "info", "date", "analysis", "threat_level_id", "timestamp")


@dataclass(frozen=True, slots=True)
class Feed:
    """The files by name, the manifest and the digests among them; and what is not in them."""

    files: Mapping[str, bytes]
    blocked: tuple[Blocked, ...]
    events: int


def feed(things: Iterable[Thing], view: str) -> Feed:
    """The feed of what went to `view`, in the order in which it went. Raises `Malformed` for bytes that are no STIX."""
    events, blocked = composed(things, view)
    built = {one.uuid: _built(one) for one in events}
    return Feed(_files(built), tuple(blocked), len(built))


def _built(event: Event) -> dict[str, Any]:
    [origin] = event.label.parties
    marking = [{"name": name} for name in tags.written(event.label)]
    clusters = [one for galaxy in event.galaxies.values() for one in galaxy["GalaxyCluster"]]
    named = [{"name": name} for name in sorted({one["tag_name"] for one in clusters})]
    value: dict[str, Any] = {
        "uuid": event.uuid,
        "info": event.info,
        "date": event.date,
        "timestamp": str(event.timestamp),
        "publish_timestamp": str(event.timestamp),
        "published": True,
        "analysis": "2",
        "threat_level_id": "4",
        "distribution": "0",
        "Orgc": {"name": origin, "uuid": name_for("organisation", origin)},
        "Tag": [*marking, *named],
        "Attribute": [event.attributes[name] for name in sorted(event.attributes)],
        "Object": [event.objects[name] for name in sorted(event.objects)],
        "Galaxy": [event.galaxies[name] for name in sorted(event.galaxies)],
    }
    if event.report:
        told = {
            "uuid": name_for("report", event.uuid),
            "name": event.info,
            "content": event.report,
            "distribution": "5",
        }
        value["EventReport"] = [told | {"timestamp": str(event.timestamp), "deleted": False}]
    return value


def _files(built: Mapping[str, dict[str, Any]]) -> dict[str, bytes]:
    """Every event in a file of its own, what a puller reads first, and the digests by which it correlates."""
    files = {f"{name}.json": strictjson.canonical({"Event": event}) for name, event in sorted(built.items())}
    manifest = {name: {one: event[one] for one in _SHOWN} for name, event in sorted(built.items())}
    lines = sorted({f"{digest},{name}" for name, event in built.items() for digest in _digests(event)})
    return files | {MANIFEST: strictjson.canonical(manifest), HASHES: "".join(f"{one}\n" for one in lines).encode()}


def _digests(event: Mapping[str, Any]) -> Iterable[str]:
    """The MD5 of each value, and of both halves of a composite one, as MISP's own feed generator writes them."""
    inner = (attribute for thing in event["Object"] for attribute in thing["Attribute"])
    for attribute in (*event["Attribute"], *inner):
        values = attribute["value"].split("|") if "|" in attribute["type"] else [attribute["value"]]
        for value in values:
            yield hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()
