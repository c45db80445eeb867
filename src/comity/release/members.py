"""Exactly these members, each of its type: how the bodies of notices are read. Raises only `Malformed`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from comity.core.errors import Malformed
from comity.core.strictjson import Json

MAX_TEXT = 500
MAX_LIST = 50


def members(value: Json, what: str, need: set[str], may: set[str]) -> Mapping[str, Any]:
    """`value` as an object that has all of `need`, perhaps some of `may`, and nothing else."""
    if not isinstance(value, dict):
        raise Malformed(f"{what} must be an object")
    if wrong := sorted((need - value.keys()) | (value.keys() - need - may)):
        raise Malformed(f"{what} lacks, or has beyond its format: {wrong[0][:80]!r}")
    return value


def line(value: Json, what: str) -> str:
    """One line that a person reads."""
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT or not value.isprintable():
        raise Malformed(f"{what} must be one line of 1 to {MAX_TEXT} characters")
    return value


def lines(value: Json, what: str) -> list[str]:
    """A list of at most `MAX_LIST` of them."""
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise Malformed(f"{what} must be a list of at most {MAX_LIST} texts")
    return [line(item, what) for item in value]


def names(value: Json, what: str) -> tuple[str, ...]:
    """The same, with nothing twice."""
    found = lines(value, what)
    if len(set(found)) != len(found):
        raise Malformed(f"{what} names one thing twice")
    return tuple(found)


def day(value: Json, what: str) -> date:
    """A day, as `2027-04-01` and in no other spelling."""
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.isoformat() != value:
        raise Malformed(f"{what} must be a day, as 2027-04-01")
    return found


def flag(value: Json, what: str) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"{what} must be true or false")
    return value
