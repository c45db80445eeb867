"""`Cursor`: a value, where it stands, and in which form it was written, so that every refusal says where and why.

YAML arrives with every scalar a string; JSON arrives typed. The same readers serve both, and neither form may stand
in for the other: a JSON `"21"` is not an integer.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from whenever import Date

from comity.core import instants
from comity.core.errors import Malformed

T = TypeVar("T")

MAX_TEXT = 20_000
MAX_ITEMS = 2_000
_HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Controls, bidirectional overrides, lone surrogates: what one reader shows and another hides."""

_INTEGER = re.compile(r"0|[1-9]\d{0,8}")


@dataclass(frozen=True, slots=True)
class Cursor:
    """`plain` says that scalars are strings still to be typed (YAML)."""

    value: Any
    where: str
    plain: bool = False

    def refuse(self, wanted: str) -> Malformed:
        return Malformed(f"{self.where} must be {wanted}, not {str(self.value)[:60]!r}")

    def members(self, needed: Collection[str], allowed: Collection[str] = ()) -> None:
        """Check that this is an object with every `needed` member and none outside both sets."""
        if not isinstance(self.value, dict):
            raise self.refuse("an object")
        if missing := sorted(set(needed) - set(self.value)):
            raise Malformed(f"{self.where} lacks {missing[0]!r}")
        if unknown := sorted(set(self.value) - set(needed) - set(allowed)):
            raise Malformed(f"{self.where} has a member we do not know: {unknown[0][:60]!r}")

    def get(self, name: str) -> "Cursor | None":
        """The member, or `None` where it is absent or null."""
        value = self.value.get(name)
        at = Cursor(value, f"{self.where}, {name}", self.plain)
        return None if at.is_null() else at

    def at(self, name: str) -> "Cursor":
        return Cursor(self.value.get(name), f"{self.where}, {name}", self.plain)

    def optional(self, name: str, read: "Callable[[Cursor], T]") -> T | None:
        at = self.get(name)
        return None if at is None else read(at)

    def is_null(self) -> bool:
        return self.value is None or (self.plain and self.value == "null")

    def items(self) -> "Iterator[Cursor]":
        if not isinstance(self.value, list) or len(self.value) > MAX_ITEMS:
            raise self.refuse(f"a list of at most {MAX_ITEMS} entries")
        for n, value in enumerate(self.value, start=1):
            yield Cursor(value, f"{self.where} {n}", self.plain)

    def entries(self) -> "Iterator[tuple[str, Cursor]]":
        if not isinstance(self.value, dict) or len(self.value) > MAX_ITEMS:
            raise self.refuse(f"an object of at most {MAX_ITEMS} members")
        for name, value in self.value.items():
            if not name or len(name) > MAX_TEXT or _HIDDEN.search(name):
                raise Malformed(f"{self.where} has a member without a proper name")
            yield name, Cursor(value, f"{self.where}, {name[:60]}", self.plain)

    def text(self) -> str:
        """A text that says something: not empty, without leading or trailing space, at most 20,000 characters."""
        value = self.value
        if not isinstance(value, str) or not value or value != value.strip() or len(value) > MAX_TEXT:
            raise self.refuse(f"a text of 1 to {MAX_TEXT:,} characters without outer spaces")
        if _HIDDEN.search(value):
            raise Malformed(f"{self.where} contains characters that cannot be seen and could change how it reads")
        return value

    def integer(self) -> int:
        """A whole number from 0 to 999,999,999."""
        if self.plain and isinstance(self.value, str) and _INTEGER.fullmatch(self.value):
            return int(self.value)
        if self.plain or type(self.value) is not int or not 0 <= self.value <= 999_999_999:
            raise self.refuse("a whole number from 0 to 999999999")
        return self.value

    def boolean(self) -> bool:
        if self.plain and self.value in ("true", "false"):
            return bool(self.value == "true")
        if self.plain or type(self.value) is not bool:
            raise self.refuse("true or false")
        return self.value

    def date(self) -> str:
        """A date as written, like 2027-03-01."""
        value = self.text()
        try:
            if len(value) == 10 and Date.parse_iso(value).format_iso() == value:
                return value
        except ValueError:
            pass
        raise self.refuse("a date like 2027-03-01")

    def moment(self) -> str:
        """A date, or an instant like 2027-03-02T09:00:00Z, as written."""
        value = self.text()
        if "T" not in value:
            return self.date()
        instants.parse(value, self.where)
        return value

    def texts(self) -> tuple[str, ...]:
        found = tuple(item.text() for item in self.items())
        if len(set(found)) != len(found):
            raise Malformed(f"{self.where} names one thing twice")
        return found

    def text_map(self) -> dict[str, str]:
        return {name: item.text() for name, item in self.entries()}
