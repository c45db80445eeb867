"""Exactly these members, each of its type: the strictness all formats of this room share. Raises only `Malformed`."""

import re
from enum import StrEnum
from typing import TypeVar

from comity.agreement.instrument import AgreementRef
from comity.core.errors import Malformed
from comity.core.strictjson import Json

MAX_NOTE = 8192
"""Bytes of one checkpoint note, countersignatures included."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/-]{0,98}[A-Za-z0-9])?")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,63}")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

E = TypeVar("E", bound=StrEnum)


def members(value: Json, what: str, need: frozenset[str], may: frozenset[str] = frozenset()) -> dict[str, Json]:
    """`value` as an object that has all of `need`, perhaps some of `may`, and nothing else."""
    if not isinstance(value, dict):
        raise Malformed(f"{what} must be an object")
    if value.keys() == need:
        return value
    if missing := sorted(need - value.keys()):
        raise Malformed(f"{what} lacks the member {missing[0]!r}")
    if unknown := sorted(value.keys() - need - may):
        raise Malformed(f"{what} has a member we do not know: {unknown[0][:80]!r}")
    return value


def fixed(value: Json, what: str, expected: str) -> None:
    """The format's own name and version."""
    if value != expected:
        raise Malformed(f"{what} is not of the format {expected}: {str(value)[:80]!r}")


def name(value: Json, what: str) -> str:
    """A party, an agreement, a kind: at most 100 characters of plain ASCII."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Malformed(f"{what} is not a name: {str(value)[:80]!r}")
    return value


def code(value: Json, what: str) -> str:
    """A reason code: lower case and hyphens."""
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise Malformed(f"{what} is not a code of lower-case words and hyphens: {str(value)[:80]!r}")
    return value


def text(value: Json, what: str, most: int = 200) -> str:
    """One line that a person reads: not empty, no control characters, at most `most` characters."""
    if not isinstance(value, str) or not value or len(value) > most or _CONTROL.search(value):
        raise Malformed(f"{what} must be one line of 1 to {most} characters")
    return value


def note(value: Json, what: str) -> str:
    """The text of a C2SP signed note, carried and not read here."""
    if not isinstance(value, str) or not value.endswith("\n") or len(value.encode()) > MAX_NOTE:
        raise Malformed(f"{what} must be the text of a signed note, at most {MAX_NOTE:,} bytes, ending in a newline")
    return value


def whole(value: Json, what: str, least: int = 0) -> int:
    """A whole number from `least` to 2^53 - 1, the range that every JSON reader agrees on."""
    if type(value) is not int or not least <= value < 2**53:
        raise Malformed(f"{what} must be a whole number, at least {least}")
    return value


def hexed(value: Json, what: str, size: int | None = None) -> bytes:
    """The bytes written in lower-case hex; `size` of them where it is given."""
    if isinstance(value, str) and (size is None or len(value) == 2 * size):
        try:
            raw = bytes.fromhex(value)
        except ValueError:
            raw = b""
        if raw.hex() == value:
            return raw
    raise Malformed(f"{what} must be {'' if size is None else f'{size} bytes in '}lower-case hex")


def listed(value: Json, what: str, most: int) -> list[Json]:
    """A list of at most `most` entries."""
    if not isinstance(value, list):
        raise Malformed(f"{what} must be a list")
    if len(value) > most:
        raise Malformed(f"{what} has {len(value):,} entries; at most {most:,} are taken")
    return value


def chosen(kind: type[E], value: Json, what: str) -> E:
    """One of an enumeration's values, to the letter."""
    try:
        return kind(value)
    except ValueError:
        raise Malformed(f"{what} must be one of {', '.join(kind)}, not {str(value)[:40]!r}") from None


def agreement(value: Json, what: str) -> AgreementRef:
    """`ID@version`"""
    if not isinstance(value, str):
        raise Malformed(f"{what} must name an agreement and a version, like IL-JP@1")
    head, _, version = value.rpartition("@")
    if not _VERSION.fullmatch(version):
        raise Malformed(f"{what} must name an agreement and a version, like IL-JP@1, not {value[:80]!r}")
    return AgreementRef(name(head, what), int(version))
