"""The golden STIX objects, good and bad, that several tests walk through."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "vectors" / "stix"


@cache
def good() -> dict[str, dict[str, Any]]:
    lines = (FOLDER / "good.jsonl").read_text(encoding="utf-8").splitlines()
    return {line["name"]: line["object"] for line in map(json.loads, lines)}


@cache
def bad() -> dict[str, tuple[dict[str, Any], str]]:
    """Name → the object, made from a good one by `set` and `drop`, and what its refusal must say."""
    lines = (FOLDER / "bad.jsonl").read_text(encoding="utf-8").splitlines()
    found = {}
    for case in map(json.loads, lines):
        value = {**good()[case["from"]], **case["set"]}
        found[case["name"]] = ({name: part for name, part in value.items() if name not in case["drop"]}, case["says"])
    return found


def raw(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
