"""Small MISP events of fictional organisations."""

import json
from typing import Any

ORG, OTHER = "55f6ea5e-2c60-40e5-964f-47a8950d210f", "5a2c9b7d-1e84-4f3a-a6d5-8c0b2f4e6d05"
EVENT, ONE, TWO, THREE = (f"5b2c000{n}-3c40-4f0a-8a3f-5d8c1b7e2a02" for n in range(4))
AT = "1763600000"


def attribute(uuid: str = ONE, *tags: str, **members: Any) -> dict[str, Any]:
    own = {"type": "domain", "category": "Network activity", "value": f"{uuid[:8]}.example", "to_ids": True}
    return {"uuid": uuid, "timestamp": AT, "distribution": "5", "comment": "", "Tag": named(*tags), **own, **members}


def thing(uuid: str, *attributes: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A file object."""
    own = {"name": "file", "meta-category": "file", "template_uuid": "688c46fb-5edb-40a3-8273-1af7923e2215"}
    own |= {"template_version": "24", "timestamp": AT, "distribution": "5"}
    return {"uuid": uuid, **own, "Attribute": list(attributes), **members}


def event(*attributes: dict[str, Any], tags: tuple[str, ...] = ("tlp:amber",), **members: Any) -> dict[str, Any]:
    own = {"uuid": EVENT, "info": "FICTIONAL. Paper Lantern", "date": "2025-11-20", "timestamp": AT, "published": True}
    own |= {"publish_timestamp": AT, "analysis": "2", "threat_level_id": "2", "distribution": "1"}
    own |= {"Orgc": {"name": "Fictional CERT", "uuid": ORG}, "Tag": named(*tags), "Attribute": list(attributes)}
    return {"Event": own | members}


def group(*organisations: str) -> dict[str, Any]:
    return {"name": "FICTIONAL", "SharingGroupOrg": [{"Organisation": {"uuid": one}} for one in organisations]}


def named(*tags: str) -> list[dict[str, str]]:
    return [{"name": name} for name in tags]


def raw(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


GALAXY = {
    "name": "Threat Actor",
    "type": "threat-actor",
    "uuid": "698774c7-8022-42c4-917f-8d6e4f06ada3",
    "description": "FICTIONAL.",
    "version": "3",
    "GalaxyCluster": [
        {
            "uuid": "5b4ee3ea-eee3-4c8e-8323-85ae32658754",
            "type": "threat-actor",
            "value": "Paper Lantern",
            "tag_name": 'misp-galaxy:threat-actor="Paper Lantern"',
            "description": "FICTIONAL.",
            "meta": {"synonyms": ["PL"]},
        }
    ],
}
