"""Objects to measure with: the real ICS ATT&CK bundle, and any number of indicators like those of a feed."""

import json
import lzma
import uuid
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
_SPACE = uuid.UUID("6f1f1e9a-58a5-4d53-9d5a-0d4a3c2b1a00")


def attack() -> bytes:
    """The bundle as MITRE publishes it."""
    return lzma.decompress((EXAMPLES / "data" / "ics-attack-18.1.json.xz").read_bytes())


def indicators(count: int, start: int = 0, marking: str = CLEAR) -> bytes:
    """A bundle of `count` indicators of about 2 KB, each its own; TLP:CLEAR if nothing else is said."""
    objects = []
    for n in range(start, start + count):
        objects.append(
            {
                "type": "indicator",
                "spec_version": "2.1",
                "id": f"indicator--{uuid.uuid5(_SPACE, str(n))}",
                "created": "2027-03-01T08:00:00.000Z",
                "modified": "2027-03-01T08:00:00.000Z",
                "name": f"Indicator {n}",
                "description": "seen at a fictional sensor; " * 55,
                "indicator_types": ["malicious-activity"],
                "pattern": f"[domain-name:value = 'host-{n % 100}.example']",
                "pattern_type": "stix",
                "valid_from": "2027-03-01T08:00:00.000Z",
                "object_marking_refs": [marking],
            }
        )
    bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid5(_SPACE, f'{start}-{count}')}", "objects": objects}
    return json.dumps(bundle).encode()
