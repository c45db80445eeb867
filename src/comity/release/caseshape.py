"""The shapes of a case's members: each reader returns a value or raises `Malformed`, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from comity.core import instants
from comity.core.errors import Malformed


def known(value: object, names: frozenset[str], what: str) -> dict[str, Any]:
    """The members of an object, none of them unknown. Raises `Malformed`."""
    if not isinstance(value, dict):
        raise Malformed(f"{what} must be an object")
    if unknown := sorted(set(value) - names):
        raise Malformed(f"{what} has a member we do not know: {unknown[0]!r}")
    return value


def mapping(value: object, what: str) -> dict[str, Any]:
    """An object whose members its reader picks."""
    if not isinstance(value, dict):
        raise Malformed(f"{what} must be an object")
    return value


def text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{what} must be a text")
    return value


def optional(value: object, what: str) -> str | None:
    return None if value is None else text(value, what)


def texts(value: object, what: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Malformed(f"{what} must be a list of texts")
    return frozenset(value)


def truth(value: object, what: str) -> bool:
    if not isinstance(value, bool):
        raise Malformed(f"{what} must be true or false")
    return value


def maybe(value: object, what: str) -> bool | None:
    return None if value is None else truth(value, what)


def items(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(f"{what} must be a list")
    return value


def day(value: object, what: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(text(value, what)[:10])
    except ValueError:
        raise Malformed(f"{what} is not a date") from None


def moment(value: object, what: str) -> datetime | None:
    """An instant, or the first one of a day."""
    if isinstance(value, str) and "T" in value:
        return instants.parse(value, what)
    start = day(value, what)
    return None if start is None else datetime(start.year, start.month, start.day, tzinfo=UTC)


def end_of(value: object, what: str) -> datetime | None:
    """The first instant after a day: until then what is valid until that day is valid."""
    start = moment(value, what)
    if start is None or (isinstance(value, str) and "T" in value):
        return start
    return start + timedelta(days=1)
