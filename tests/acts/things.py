"""Small things to take in: STIX objects under a TLP level, reports in portions, and what asks about them."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from comity.acts import intake
from comity.acts.intake import Taken
from comity.acts.node import Node
from comity.annexes.cyber.markings import to_markings
from comity.labels.label import Label, OriginLabel, Tlp
from comity.records import Record
from tests.joined import DANA

AT = "2027-03-01T07:00:00.000Z"
SHAMUR, SODI, BEYOTER = "שמור", "סודי", "סודי ביותר"
"""Israel's levels, lowest first; the example stops at the second."""


def stix_id(kind: str, name: str) -> str:
    return f"{kind}--{uuid.uuid5(uuid.NAMESPACE_URL, kind + name)}"


def stix(kind: str, name: str, tlp: Tlp | None = Tlp.GREEN, **members: Any) -> dict[str, Any]:
    """One object of our own, valid and small. `tlp` `None` leaves it unmarked."""
    value: dict[str, Any] = {"type": kind, "spec_version": "2.1", "id": stix_id(kind, name)}
    value |= {"created": AT, "modified": AT}
    if tlp is not None:
        value["object_marking_refs"] = list(to_markings(Label.of(OriginLabel("IL", tlp=tlp))))
    return value | _OWN[kind](name) | members


_OWN: dict[str, Callable[[str], dict[str, Any]]] = {
    "identity": lambda name: {"name": name, "identity_class": "organization"},
    "malware": lambda name: {"name": name, "is_family": True},
    "intrusion-set": lambda name: {"name": name},
    "campaign": lambda name: {"name": name},
    "indicator": lambda name: {
        "name": name,
        "pattern": f"[domain-name:value = '{name}.example']",
        "pattern_type": "stix",
        "valid_from": AT,
    },
    "note": lambda name: {"content": name},
    "report": lambda name: {"name": name, "published": AT},
    "artifact": lambda _: {"payload_bin": "QUFB", "mime_type": "text/plain"},
    "email-message": lambda _: {"is_multipart": True},
    "marking-definition": lambda name: {"definition_type": "statement", "definition": {"statement": name}},
    "sighting": lambda _: {},
    "relationship": lambda _: {"relationship_type": "related-to"},
}


def relation(name: str, source: dict[str, Any], target: dict[str, Any], **members: Any) -> dict[str, Any]:
    return stix("relationship", name, source_ref=source["id"], target_ref=target["id"], **members)


def note(name: str, about: list[dict[str, Any]], **members: Any) -> dict[str, Any]:
    return stix("note", name, object_refs=[one["id"] for one in about], **members)


def bundle(*objects: dict[str, Any]) -> bytes:
    value = {"type": "bundle", "id": stix_id("bundle", "any"), "objects": list(objects)}
    return json.dumps(value, ensure_ascii=False).encode()


def raw(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def take(node: Node, *objects: dict[str, Any], source: str = "own-cyber") -> Taken:
    """The objects, taken in as one bundle."""
    return intake.take(node, bundle(*objects), source, DANA)


def origin(level: str | None, **axes: Any) -> dict[str, Any]:
    """One origin label of Israel's, as documents write it."""
    return {"origin": "IL", **({} if level is None else {"level": level}), **axes}


def report(name: str, *portions: dict[str, Any], **members: Any) -> bytes:
    value = {
        "format": "intelligence.report/1",
        "id": name,
        "version": 1,
        "at": "2027-03-01T08:00:00Z",
        "language": "en",
        "producer": "Fictional Directorate of Analysis, Israel",
        "purpose": "defence",
        "portions": list(portions),
    }
    return raw(value | members)


def portion(name: str, *labels: dict[str, Any], text: str = "FICTIONAL.") -> dict[str, Any]:
    return {"id": name, "text": text, **({"label": list(labels)} if labels else {})}


def take_report(node: Node, document: bytes) -> Taken:
    return intake.take(node, document, "own-intelligence", DANA)


def record(node: Node, rid: str) -> Record:
    with node.house.reader() as house:
        found = house.record(rid)
    assert found is not None
    return found


def body(node: Node, rid: str) -> bytes:
    """A record's bytes, as the house keeps them."""
    with node.house.reader() as house:
        return house.body(record(node, rid).bid)


def holds(node: Node, source: str) -> dict[str, bytes]:
    """Everything that `source` brought, by external id: its bytes."""
    with node.house.reader() as house:
        entries = [entry.entry for entry in house.log_after(0, 100_000) if entry.entry["act"] == "taken"]
        records = house.records([str(entry["rid"]) for entry in entries])
        return {one.ext_id: house.body(one.bid) for one in records.values() if one.source == source}


def document(kind: str, name: str, party: str = "IL", **members: Any) -> bytes:
    """One record of the intelligence annex that is labelled as a whole, at the party's lowest level."""
    level = {"IL": SHAMUR, "JP": "秘"}[party]
    value = {
        "format": f"intelligence.{kind}/1",
        "id": name,
        "version": 1,
        "at": "2027-03-02T08:00:00Z",
        "language": "en",
    }
    if kind not in ("report", "answer"):
        value["label"] = [{"origin": party, "level": level}]
    return raw(value | members)


def question(name: str = "Q-1", party: str = "JP", **members: Any) -> bytes:
    own = {"question": f"FICTIONAL. {name}?", "needed_by": "2027-03-05T08:00:00Z"}
    return document("request", name, party, **(own | {"purpose": "defence", "priority": "PRIORITY"} | members))


def write(node: Node, whole: bytes) -> str:
    """Takes in what an officer of this node wrote; the record's id."""
    result = intake.take(node, whole, "own-intelligence", DANA)
    assert result.taken == 1, result.quarantined
    return result.rids[0]
