"""What a STIX object says was seen, or is to be looked for: values, digests, names, the literals of its pattern."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from comity.core import strictjson

MOST = 64
"""Texts of one object that are found again; what has more is a list, not a sighting."""
_NAMED = (
    "value",
    "name",
    "path",
    "key",
    "subject",
    "issuer",
    "serial_number",
    "user_id",
    "account_login",
    "display_name",
)
_LITERAL = re.compile(r"'((?:[^'\\]|\\.)*)'")
_ESCAPE = re.compile(r"\\(.)")


def texts(raw: bytes) -> tuple[str, ...]:
    """The texts, each once, in the order of the object; at most `MOST`."""
    value = strictjson.parse(raw, "the STIX object")
    found: dict[str, None] = {}
    for text in _texts(value):
        if text.strip():
            found[text] = None
        if len(found) == MOST:
            break
    return tuple(found)


def _texts(value: Mapping[str, Any]) -> Iterator[str]:
    pattern = value.get("pattern")
    if isinstance(pattern, str) and value.get("pattern_type") == "stix":
        yield from (_ESCAPE.sub(r"\1", match[1]) for match in _LITERAL.finditer(pattern))
    for name in _NAMED:
        if isinstance(value.get(name), str):
            yield value[name]
    for name in ("hashes", "file_header_hashes"):
        if isinstance(value.get(name), dict):
            yield from (one for one in value[name].values() if isinstance(one, str))
    if isinstance(value.get("aliases"), list):
        yield from (one for one in value["aliases"] if isinstance(one, str))
    for reference in value.get("external_references", ()):
        if isinstance(reference, dict) and isinstance(reference.get("external_id"), str):
            yield reference["external_id"]
