"""What the schemas cannot say: order of instants, languages, selectors, custom properties, standard markings.

Sections are those of STIX 2.1 (OASIS Standard, 10 June 2021). Every function returns sentences, never raises.
"""

import re
from collections.abc import Iterator
from typing import Any

from comity.annexes.cyber import pattern, schema, selector
from comity.annexes.cyber.markings import standard_fault

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|x(-[A-Za-z0-9]{1,8})+")
_ORDER = (
    ("created", "modified", False),  # 3.6
    ("valid_from", "valid_until", True),  # 4.7
    ("first_seen", "last_seen", False),  # 4.2, 4.8, 4.9, 4.11, 4.17, 5.2
    ("first_observed", "last_observed", False),  # 4.14
    ("start_time", "stop_time", True),  # 5.1
    ("start", "end", False),  # 6.12
    ("analysis_started", "analysis_ended", False),  # 4.12
)
_TOP_LEVEL = "toplevel-property-extension"


def faults(value: dict[str, Any], kind: str) -> list[str]:
    """What is wrong with `value` beyond its schema, which it has passed."""
    found = [*_order(value), *_languages(value), *_custom(value, kind)]
    if "granular_markings" in value:
        found += _granular(value)
    if value.get("spec_version", "2.1") != "2.1":
        found.append("`spec_version` must be 2.1: STIX 2.0 objects are not read")
    if kind == "indicator" and value["pattern_type"] == "stix" and (wrong := pattern.fault(value["pattern"])):
        found.append(f"`pattern` {wrong}")
    if kind == "marking-definition" and (wrong := standard_fault(value)):
        found.append(wrong)
    if str(value["id"]).partition("--")[0] != kind:
        found.append(f"`id` is not an identifier of the type {kind}")
    return found


def _order(value: dict[str, Any]) -> Iterator[str]:
    for first, then, strictly in _ORDER:
        if first in value and then in value:
            before, after = value[first], value[then]
            if not isinstance(before, str) or not isinstance(after, str):
                continue
            left, right = _rank(before), _rank(after)
            if right < left or (strictly and right == left):
                word = "later than" if strictly else "at or after"
                yield f"`{then}` ({after[:40]}) must be {word} `{first}` ({before[:40]})"


def _rank(instant: str) -> tuple[str, str]:
    """Comparable without losing digits: STIX allows any number of decimals, a `datetime` six."""
    return instant[:19], instant[19:].strip(".Z").rstrip("0")


def _languages(value: dict[str, Any]) -> Iterator[str]:
    lang = value.get("lang")
    if lang is not None and not (isinstance(lang, str) and _TAG.fullmatch(lang)):
        yield f"`lang` is not a language tag (RFC 5646): {str(lang)[:40]!r}"
    if value["type"] == "language-content":
        for tag in value["contents"]:
            if not _TAG.fullmatch(tag):
                yield f"`contents` has a key that is not a language tag (RFC 5646): {tag[:40]!r}"


def _custom(value: dict[str, Any], kind: str) -> Iterator[str]:
    """Policy: what the standard does not name must say that it is custom, by `x_` or by an extension (11.1, 7.3).

    A type that the standard does not define has its properties from whoever defined it.
    """
    if kind not in schema.types():
        return
    strangers = [name for name in value.keys() - schema.properties(kind) if not name.startswith("x_")]
    if not strangers:
        return
    extensions = value.get("extensions", {}).values()
    if any(isinstance(one, dict) and one.get("extension_type") == _TOP_LEVEL for one in extensions):
        return
    for name in sorted(strangers):
        yield f"`{name[:80]}` is not a property of the type {kind}; custom ones start with x_ or come with an extension"


def _granular(value: dict[str, Any]) -> Iterator[str]:
    for marking in value["granular_markings"]:
        tag = marking.get("lang")
        if tag is not None and not _TAG.fullmatch(tag):
            yield f"`granular_markings` has a `lang` that is not a language tag (RFC 5646): {tag[:40]!r}"
        for one in marking["selectors"]:
            if one.split(".")[0] in {"granular_markings", "object_marking_refs"}:
                yield f"`granular_markings` has a selector that marks a marking: {one[:80]!r}"
            elif not selector.resolves(value, one):
                yield f"`granular_markings` has a selector that names nothing: {one[:80]!r}"
