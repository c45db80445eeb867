"""What every document that an officer writes has in common: its head, and strict reading with limits."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.core import instants, strictjson
from comity.core.errors import Malformed
from comity.core.strictjson import Json
from comity.labels.label import Label
from comity.release.kind import Identity, Kind, Piece

MAX_BYTES = 1024 * 1024
MAX_TEXT = 64 * 1024
MAX_LINE = 300
MAX_VERSION = 999_999

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202d\u202e]")
"""Control characters, and the two that turn the direction of everything after them."""

HEAD = ("format", "id", "version", "at", "language", "label")


@dataclass(frozen=True, slots=True)
class Head:
    """`id` and `version` name the document among its producer's; `at` is when it was written.

    `label` is the label of a document without portions; `None` where it says nothing.
    """

    id: str
    version: int
    at: datetime
    language: str
    label: Label | None = None

    @property
    def identity(self) -> Identity:
        """Versions sort as texts."""
        return Identity(self.id, f"{self.version:06}")

    def as_json(self, kind: str) -> dict[str, Any]:
        members: dict[str, Any] = {
            "format": kind,
            "id": self.id,
            "version": self.version,
            "at": instants.text(self.at),
            "language": self.language,
        }
        return members if self.label is None else members | {"label": self.label.as_json()}


def read(raw: bytes, kind: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> tuple[Head, "Fields"]:
    """The head and the kind's own members. Raises `Malformed`: an unknown or a missing member is refused."""
    value = strictjson.parse(raw, f"the {noun(kind)}", max_bytes=MAX_BYTES, max_depth=16)
    if not isinstance(value, dict) or value.get("format") != kind:
        raise Malformed(f"this is not a document of the format {kind}")
    allowed = {*HEAD, *required, *optional}
    if unknown := sorted(value.keys() - allowed):
        raise Malformed(f"the {noun(kind)} has a member we do not know: {unknown[0][:60]!r}")
    if missing := [name for name in (*HEAD[:-1], *required) if name not in value]:
        raise Malformed(f"the {noun(kind)} lacks the member `{missing[0]}`")
    fields = Fields(value, noun(kind))
    head = Head(
        id=fields.name("id"),
        version=fields.number("version", 1, MAX_VERSION),
        at=fields.instant("at"),
        language=fields.language("language"),
        label=Label.from_json(value["label"]) if "label" in value else None,
    )
    return head, fields


def pieces(raw: bytes, kinds: Mapping[str, Kind[Any]]) -> Iterable[Piece] | None:
    """The one document in `raw`, told by its `format`; `None` where that is none of `kinds`."""
    if len(raw) > MAX_BYTES or b'"format"' not in raw:
        return None
    try:
        value = strictjson.parse(raw, max_bytes=MAX_BYTES)
    except Malformed:
        return None
    named = value.get("format") if isinstance(value, dict) else None
    kind = kinds.get(named) if isinstance(named, str) else None
    if kind is None:
        return None
    try:
        return (Piece(kind, raw, kind.parse(raw)),)
    except Malformed as error:
        return (Piece(kind, raw, None, error.message),)


def noun(kind: str) -> str:
    """`intelligence.report/1` → `report`."""
    return kind.partition(".")[2].partition("/")[0]


@dataclass(frozen=True, slots=True)
class Fields:
    """Typed access to one JSON object's members; every refusal names `what` and the member."""

    members: Mapping[str, Json]
    what: str

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def text(self, name: str, limit: int = MAX_LINE) -> str:
        value = self.members[name]
        if not isinstance(value, str) or not value.strip():
            raise Malformed(f"the {self.what}'s `{name}` must be a text that says something")
        if len(value) > limit:
            raise Malformed(f"the {self.what}'s `{name}` is too long: at most {limit:,} characters are read")
        if found := _CONTROL.search(value):
            raise Malformed(f"the {self.what}'s `{name}` has a character that must not stand in it: {found[0]!r}")
        return value

    def name(self, name: str) -> str:
        value = self.members[name]
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise Malformed(f"the {self.what}'s `{name}` must be letters, digits, dots, dashes, at most 64")
        return value

    def language(self, name: str) -> str:
        value = self.members[name]
        if not isinstance(value, str) or not _TAG.fullmatch(value):
            raise Malformed(f"the {self.what}'s `{name}` is not a language tag (RFC 5646)")
        return value

    def instant(self, name: str) -> datetime:
        return instants.parse(self.members[name], f"the {self.what}'s `{name}`")

    def number(self, name: str, low: int, high: int) -> int:
        value = self.members[name]
        if type(value) is not int or not low <= value <= high:
            raise Malformed(f"the {self.what}'s `{name}` must be a whole number from {low} to {high}")
        return value

    def word(self, name: str, words: tuple[str, ...]) -> str:
        value = self.members[name]
        if not isinstance(value, str) or value not in words:
            raise Malformed(f"the {self.what}'s `{name}` must be one of: {', '.join(words)}")
        return value

    def list_of(self, name: str, most: int) -> list[Json]:
        value = self.members[name]
        if not isinstance(value, list) or not value or len(value) > most:
            raise Malformed(f"the {self.what}'s `{name}` must be a list of 1 to {most}")
        return value
