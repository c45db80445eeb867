"""What the query of a request asks for (section 3.4). What is malformed or not known is refused, never skipped."""

import re
from collections.abc import Callable
from enum import Enum
from urllib.parse import unquote_to_bytes

from comity.annexes.cyber.taxii import cursor, instants
from comity.core.errors import Malformed
from comity.release.collection import EVERY, FIRST, LAST, MAX_PAGE, Wanted

DEFAULT_LIMIT = 1000
"""Objects in a page where the request names no limit, and at most."""

_ID = re.compile(r"[a-z0-9_-]{1,250}--[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TYPE = re.compile(r"[a-z0-9_-]{1,250}")
_SPEC = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")
_LIMIT = re.compile(r"[0-9]{1,15}")
_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")


_PAGED = frozenset({"added_after", "limit", "next"})
_MATCHED = frozenset({"match[id]", "match[type]", "match[version]", "match[spec_version]"})


class Filters(Enum):
    """Which parameters an endpoint takes, and which versions it means where the request names none."""

    NONE = (frozenset[str](), LAST)
    READ = (_PAGED | _MATCHED, LAST)
    OBJECT = (_PAGED | _MATCHED - {"match[id]"}, LAST)
    VERSIONS = (_PAGED | _MATCHED - {"match[id]"}, EVERY)
    DELETE = (frozenset({"match[version]", "match[spec_version]"}), EVERY)

    @property
    def names(self) -> frozenset[str]:
        return self.value[0]

    @property
    def versions(self) -> frozenset[str]:
        return frozenset({self.value[1]})


_NOTHING = {filters: Wanted(versions=filters.versions, limit=DEFAULT_LIMIT) for filters in Filters}


def parse(raw: bytes, filters: Filters) -> Wanted:
    """What `raw` asks of an endpoint. Raises `Malformed`: the server answers 400 (section 3.4)."""
    if not raw:
        return _NOTHING[filters]
    given = _pairs(raw, filters)
    limit = _limit(given["limit"]) if "limit" in given else DEFAULT_LIMIT
    return Wanted(
        added_after=instants.parse(given["added_after"], "added_after") if "added_after" in given else None,
        after=cursor.parse(given["next"]) if "next" in given else 0,
        ids=_listed(given, "match[id]", _ID.fullmatch),
        types=_listed(given, "match[type]", _TYPE.fullmatch),
        spec_versions=_listed(given, "match[spec_version]", _SPEC.fullmatch),
        versions=_versions(given["match[version]"]) if "match[version]" in given else filters.versions,
        limit=limit,
    )


def is_id(text: str) -> bool:
    """Whether `text` has the form of a STIX identifier (STIX 2.1, section 2.9)."""
    return _ID.fullmatch(text) is not None


def _pairs(raw: bytes, filters: Filters) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in raw.split(b"&"):
        name, equals, value = (_decoded(piece) for piece in part.partition(b"="))
        if name not in filters.names:
            raise Malformed(_unknown(filters))
        if not equals or not value:
            raise Malformed(f"the query parameter {name} has no value")
        if name in given:
            raise Malformed(f"the query parameter {name} stands more than once")
        given[name] = value
    return given


def _unknown(filters: Filters) -> str:
    known = ", ".join(sorted(filters.names))
    return f"a query parameter is not known here; known are {known}" if known else "no query parameter is taken here"


def _decoded(piece: bytes) -> str:
    if _BROKEN.search(piece):
        raise Malformed("an escape in the query is broken")
    try:
        return unquote_to_bytes(piece.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("the query is not UTF-8") from None


def _limit(text: str) -> int:
    if not _LIMIT.fullmatch(text) or int(text) < 1:
        raise Malformed("limit is not an integer greater than zero")
    return min(int(text), DEFAULT_LIMIT, MAX_PAGE)


def _listed(given: dict[str, str], name: str, good: Callable[[str], object]) -> frozenset[str]:
    if name not in given:
        return frozenset()
    values = given[name].split(",")
    if not all(map(good, values)):
        raise Malformed(f"a value of {name} is not of its form")
    return frozenset(values)


def _versions(text: str) -> frozenset[str]:
    values = [
        one if one in (LAST, FIRST, EVERY) else instants.canonical(one, "a version in match[version]")
        for one in text.split(",")
    ]
    if len(set(values)) != len(values):
        raise Malformed("a version stands twice in match[version]")
    if EVERY in values and len(values) > 1:
        raise Malformed("match[version] names versions beside all")
    return frozenset(values)
