"""A corpus of STIX 2.1 objects of any size, the same at each call: a small one is the head of a large one.

Domain objects only, unmarked, with milliseconds in every time: what every peer takes without complaint. About 850 bytes
an object; one in fifty is a new version of an earlier one; every indicator has a pattern of its own.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

SEED = 7
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
KINDS = (
    *["indicator"] * 45, *["malware"] * 15, *["campaign"] * 10, *["attack-pattern"] * 10,
    *["vulnerability"] * 10, *["threat-actor"] * 5, *["tool"] * 5,
)  # fmt: skip
WORDS = (
    "actor", "access", "beacon", "botnet", "border", "campaign", "cipher", "cluster", "command", "component",
    "consular", "control", "credential", "dropper", "energy", "espionage", "facility", "finance", "firmware",
    "harbour", "hosted", "implant", "incident", "indicator", "loader", "logistics", "maritime", "ministry",
    "module", "network", "observed", "operator", "payload", "phishing", "port", "proxy", "relay", "report",
    "sector", "sensor", "server", "signal", "staging", "supply", "target", "telecom", "token", "traffic",
    "transport", "unit", "vendor", "vessel",
)  # fmt: skip


def objects(start: int, end: int) -> Iterator[dict[str, Any]]:
    """Those numbered from `start` up to, not with, `end`."""
    for number in range(start, end):
        yield _object(number)


def envelopes(start: int, end: int, size: int) -> Iterator[bytes]:
    """The same, in envelopes of `size`."""
    for first in range(start, end, size):
        yield json.dumps({"objects": [*objects(first, min(first + size, end))]}).encode()


def ids(count: int) -> int:
    """How many different ids the first `count` have."""
    return count - sum(_again(number) for number in range(count))


def _again(number: int) -> bool:
    """Whether it is a new version of an earlier one."""
    return number % 50 == 49


def _object(number: int) -> dict[str, Any]:
    made = number - 25 if _again(number) else number
    random = Random(SEED * 1_000_003 + made)  # noqa: S311  # chance that can be repeated
    kind = random.choice(KINDS)
    text = " ".join(random.choices(WORDS, k=70))
    created, modified = (BEGIN + timedelta(seconds=60 * each) for each in (made, number))
    value: dict[str, Any] = {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{UUID(int=random.getrandbits(128), version=4)}",
        "created": _time(created),
        "modified": _time(modified),
        "name": " ".join(random.choices(WORDS, k=3)),
        "description": text,
    }
    if kind == "indicator":
        host = f"{random.choice(WORDS)}-{made}.example"
        value |= {"pattern": f"[domain-name:value = '{host}']", "pattern_type": "stix", "valid_from": _time(created)}
    if kind == "malware":
        value["is_family"] = True
    return value


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
