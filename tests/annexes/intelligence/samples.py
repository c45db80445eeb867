"""The golden documents of the intelligence annex, and the example's reports."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
VECTORS = ROOT / "tests" / "vectors" / "intelligence"
REPORTS = ROOT / "examples" / "israel-japan" / "reports"


@cache
def good() -> dict[str, dict[str, Any]]:
    lines = (VECTORS / "good.jsonl").read_text(encoding="utf-8").splitlines()
    return {line["name"]: line["document"] for line in map(json.loads, lines)}


def returned() -> Iterator[dict[str, Any]]:
    """The documents that come back about a thing, which every field has: those of threat data."""
    for value in good().values():
        if value["format"].partition(".")[2] in ("feedback/1", "correction/1", "ruling/1"):
            yield {**value, "format": value["format"].replace("intelligence.", "cyber.")}


@cache
def bad() -> dict[str, tuple[dict[str, Any], str]]:
    """Name → the document, made from a good one by `set` and `drop`, and what its refusal must say."""
    found = {}
    for case in map(json.loads, (VECTORS / "bad.jsonl").read_text(encoding="utf-8").splitlines()):
        value = {**good()[case["from"]], **case["set"]}
        found[case["name"]] = ({name: part for name, part in value.items() if name not in case["drop"]}, case["says"])
    return found


def raw(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
