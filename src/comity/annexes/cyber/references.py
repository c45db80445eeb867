"""Every reference out of a STIX object, standard or custom, at any depth; and what only a walk can see.

A property whose name ends in `_ref` points at one thing, in `_refs` at a list (STIX 2.1, section 3.1). The walk also
finds null, empty lists, whole numbers out of range (section 2.8) and days that do not exist. Custom properties are
known to hold an empty list deep inside, or an empty text for a reference: both point at nothing and are let be.
"""

import re
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Any

from comity.annexes.cyber import schema
from comity.release.kind import Reference

IDENTIFIER = re.compile(
    r"[a-z][a-z0-9-]+[a-z0-9]--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d+)?Z")
_MAX_INTEGER = 2**53 - 1
SHORT = 200
"""Characters: what is longer is not remembered, so that nobody fills the memory with it."""

MARKING_LISTS = frozenset({"object_marking_refs", "granular_markings"})
_MARKING_NAMES = frozenset({"object_marking_refs", "marking_ref"})

FREE = frozenset(
    {"additional_header_fields", "contents", "definition", "document_info_dict", "environment_variables", "exif_tags"}
    | {"hashes", "ipfix", "objects", "options", "request_header", "startup_info"}
)
"""Dictionaries whose keys are data, not property names: there a value that is no identifier is just a text."""

TARGETS: dict[str, frozenset[str]] = {
    name: frozenset(kinds.split())
    for name, kinds in {
        "created_by_ref": "identity",
        "object_marking_refs": "marking-definition",
        "marking_ref": "marking-definition",
        "observed_data_refs": "observed-data",
        "where_sighted_refs": "identity location",
        "sample_refs": "file artifact",
        "sample_ref": "file artifact network-traffic",
        "host_vm_ref": "software",
        "operating_system_ref": "software",
        "operating_system_refs": "software",
        "installed_software_refs": "software",
        "parent_directory_ref": "directory",
        "content_ref": "artifact",
        "belongs_to_ref": "user-account",
        "belongs_to_refs": "autonomous-system",
        "from_ref": "email-addr",
        "sender_ref": "email-addr",
        "to_refs": "email-addr",
        "cc_refs": "email-addr",
        "bcc_refs": "email-addr",
        "raw_email_ref": "artifact",
        "body_raw_ref": "artifact file",
        "src_payload_ref": "artifact",
        "dst_payload_ref": "artifact",
        "encapsulates_refs": "network-traffic",
        "encapsulated_by_ref": "network-traffic",
        "opened_connection_refs": "network-traffic",
        "message_body_data_ref": "artifact",
        "creator_user_ref": "user-account",
        "image_ref": "file",
        "parent_ref": "process",
        "child_refs": "process",
        "service_dll_refs": "file",
    }.items()
}
"""What the standard lets these properties point at."""


class Walk:
    """One pass over an object: `found` references in order, `faults` in sentences."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.faults: list[str] = []
        self._found: dict[tuple[str, str], bool] = {}
        self._struct(value, "", listed=False, free=False)

    @property
    def found(self) -> tuple[Reference, ...]:
        return tuple(_pointing(role, target, single) for (role, target), single in self._found.items())

    def _struct(self, struct: dict[str, Any], path: str, *, listed: bool, free: bool) -> None:
        for name, value in struct.items():
            kind, use = type(value), _use(name)
            if kind is str:
                if use is not None:
                    self._text(use, name, value, path + name, listed=listed, free=free)
                continue
            if kind is list:
                self._list(name, value, path + name, use=use, free=free)
            elif kind is dict:
                self._struct(value, path + name + ".", listed=listed, free=free or name in FREE)
            elif kind is not bool:
                self._scalar(value, path + name)
            if use is _Use.REF and not free:
                self.faults.append(f"`{path + name}` must be one identifier")
            elif use is _Use.REFS and kind is not list and not free:
                self.faults.append(f"`{path + name}` must be a list of identifiers")

    def _text(self, use: "_Use", name: str, value: str, path: str, *, listed: bool, free: bool) -> None:
        if use is _Use.REF:
            self._reference(name, value, path, single=not listed, free=free)
        elif use is _Use.INSTANT:
            self._instant(value, path)
        elif not free:
            self.faults.append(f"`{path}` must be a list of identifiers")

    def _list(self, name: str, values: list[Any], path: str, *, use: "_Use | None", free: bool) -> None:
        if not values and not path.startswith("x_"):
            self.faults.append(f"`{path}` is an empty list, which STIX does not allow: leave the property out")
        inside = path + "[]"
        for value in values:
            kind = type(value)
            if use is _Use.REFS and kind is str:
                self._reference(name, value, inside, single=False, free=free)
            elif use is _Use.REFS and not free:
                self.faults.append(f"`{path}` must be a list of identifiers")
            elif kind is dict:
                self._struct(value, inside + ".", listed=True, free=free)
            elif kind is list:
                self._list("", value, inside, use=None, free=free)
            elif kind is not str:
                self._scalar(value, path)

    def _reference(self, name: str, target: str, role: str, *, single: bool, free: bool) -> None:
        kind = _kind_of(target)
        if kind is None:
            if not free and (target or not name.startswith("x_")):
                self.faults.append(f"`{role}` is not a STIX identifier (type--UUID): {target[:80]!r}")
            return
        allowed = TARGETS.get(name)
        if allowed and kind not in allowed:
            self.faults.append(f"`{role}` must point at {' or '.join(sorted(allowed))}, not at {kind}")
        if name in _MARKING_NAMES and not _is_marking(role):
            self.faults.append(f"`{role}` marks a part from the inside: only the object itself may carry markings")
        self._found[role, target] = single

    def _instant(self, text: str, path: str) -> None:
        match = _INSTANT.fullmatch(text)
        if match:
            try:
                date.fromisoformat(match[1])
            except ValueError:
                self.faults.append(f"`{path}` is a day that does not exist: {text[:40]!r}")

    def _scalar(self, value: object, path: str) -> None:
        if value is None:
            self.faults.append(f"`{path}` is null, which STIX does not allow: leave the property out")
        elif type(value) is int and abs(value) > _MAX_INTEGER:
            self.faults.append(f"`{path}` is a whole number out of range (STIX 2.1, section 2.8)")


class _Use(Enum):
    """What a property's name says about its value."""

    REF = 1
    REFS = 2
    INSTANT = 3


@lru_cache(maxsize=4096)
def _use(name: str) -> _Use | None:
    if name.endswith("_ref"):
        return _Use.REF
    if name.endswith("_refs"):
        return _Use.REFS
    return _Use.INSTANT if name in schema.timestamps() else None


def _kind_of(target: str) -> str | None:
    """The type that an identifier names; `None` for what is none. The same few are pointed at again and again."""
    return _read(target) if len(target) <= SHORT else _read.__wrapped__(target)


@lru_cache(maxsize=8192)
def _read(target: str) -> str | None:
    return target.partition("--")[0] if IDENTIFIER.fullmatch(target) else None


def _pointing(role: str, target: str, single: bool) -> Reference:
    made = _made if len(role) + len(target) <= SHORT else _made.__wrapped__
    return made(role, target, single)


@lru_cache(maxsize=8192)
def _made(role: str, target: str, single: bool) -> Reference:
    return Reference(role, target, single, _is_marking(role))


def _is_marking(role: str) -> bool:
    return role in ("object_marking_refs[]", "granular_markings[].marking_ref")
