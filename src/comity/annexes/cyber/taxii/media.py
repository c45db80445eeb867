"""Media types and content negotiation (sections 1.6.8 and 3.1; RFC 7231, sections 3.1.1 and 5.3.2)."""

import re
from collections.abc import Iterator
from functools import lru_cache

TAXII = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"
"""What the collections hold, and nothing else."""

_TYPE, _SUBTYPE, _VERSION = "application", "taxii+json", "2.1"
_WORD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
MAX = 2000
"""Characters of a header that are read; more is taken for none of ours."""
_WEIGHT = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")

Range = tuple[str, str, dict[str, str]]


@lru_cache(maxsize=256)
def acceptable(accept: str) -> bool:
    """Whether an answer in TAXII 2.1 may be sent to who wrote this Accept header; an empty one takes anything.

    The most specific range that fits decides: one with our version, then our type, then `application/*`, then `*/*`.
    """
    if not accept.strip():
        return True
    best, weight = -1, 0.0
    for kind, subtype, parameters in _ranges(accept):
        fit = _fit(kind, subtype, parameters)
        if fit is None or fit < best:
            continue
        said = parameters.get("q", "1")
        told = float(said) if _WEIGHT.fullmatch(said) else 0.0
        best, weight = fit, max(weight, told) if fit == best else told
    return weight > 0


@lru_cache(maxsize=256)
def is_taxii(content_type: str) -> bool:
    """Whether a body of this Content-Type is read: TAXII, of version 2.1 where a version is named, in UTF-8."""
    ranges = [*_ranges(content_type)]
    if len(ranges) != 1:
        return False
    kind, subtype, parameters = ranges[0]
    return (
        (kind, subtype) == (_TYPE, _SUBTYPE)
        and parameters.get("version", _VERSION) == _VERSION
        and parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")
    )


def _fit(kind: str, subtype: str, parameters: dict[str, str]) -> int | None:
    """How closely a range names what we send; `None` where it names something else."""
    if (kind, subtype) == ("*", "*"):
        return 0
    if kind != _TYPE:
        return None
    if subtype == "*":
        return 1
    if subtype != _SUBTYPE or parameters.get("version", _VERSION) != _VERSION:
        return None
    return 3 if "version" in parameters else 2


def _ranges(header: str) -> Iterator[Range]:
    """Each range of a header, in small letters. What is not written as one is passed over: it names nothing."""
    if len(header) > MAX:
        return
    for one in _split(header, ","):
        named, *rest = _split(one, ";")
        kind, _, subtype = named.strip().lower().partition("/")
        parameters = _parameters(rest)
        if _WORD.fullmatch(kind) and _WORD.fullmatch(subtype) and parameters is not None:
            yield kind, subtype, parameters


def _parameters(parts: list[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for part in parts:
        if not part.strip():
            continue
        name, _, value = (piece.strip() for piece in part.partition("="))
        name = name.lower()
        if name in found or not _WORD.fullmatch(name):
            return None
        if _QUOTED.fullmatch(value):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        elif not _WORD.fullmatch(value):
            return None
        found[name] = value
    return found


def _split(text: str, separator: str) -> list[str]:
    """`text` at each separator that stands in no quoted text."""
    parts, begin, quoted, escaped = [], 0, False, False
    for at, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == separator and not quoted:
            parts.append(text[begin:at])
            begin = at + 1
    return [*parts, text[begin:]]
