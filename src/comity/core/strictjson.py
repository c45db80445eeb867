"""JSON as it may come in, and the one form in which it is signed.

In: UTF-8 without a byte-order mark, no duplicate member, no NaN or Infinity, no lone surrogate, bounded size
and depth (RFC 8259; I-JSON, RFC 7493). Out: RFC 8785 canonical bytes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import msgspec
import rfc8785

from comity.core.errors import Malformed

Json = Any
"""A parsed JSON value. Shapes are checked by whoever reads it; this alias only says where it came from."""

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 64
SMALL = 16 * 1024
"""Characters; in a text no longer than this, counting brackets is quicker than looking at the values."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NESTED = frozenset({dict, list})
_UNSURE = object()
_decode = msgspec.json.Decoder().decode
_write = msgspec.json.Encoder(order="sorted").encode
"""Spells every text as RFC 8785 does (a test asks for each character), and names in the order of their bytes."""


def parse(raw: bytes, what: str = "the document", *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Json:
    """The value written in `raw`. `what` names it in the error. Raises `Malformed` and nothing else."""
    if len(raw) > max_bytes:
        raise Malformed(f"{what} is too large: {len(raw):,} bytes, at most {max_bytes:,} are read")
    value = _quick(raw, max_depth)
    return value if value is not _UNSURE else _slow(raw, what, max_depth)


def _quick(raw: bytes, max_depth: int) -> Json:
    """What `_slow` would find, from a quicker reader, which keeps the last of two members of one name; else `_UNSURE`.

    A text in which nothing stands twice has two quotation marks for each name and text that was found.
    """
    try:
        value = _decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _UNSURE
    depth, texts, layer = 0, 0, [value] if type(value) in _NESTED else []
    while layer:
        depth += 1
        inner: list[Json] = []
        for one in layer:
            texts += len(one) if type(one) is dict else 0
            for each in one.values() if type(one) is dict else one:
                kind = type(each)
                if kind is str:
                    texts += 1
                elif kind in _NESTED:
                    inner.append(each)
                elif kind is float:
                    return _UNSURE
        layer = inner
    plain = raw if b"\\\\" not in raw else raw.replace(b"\\\\", b"")
    quotes = plain.count(b'"') - (plain.count(b'\\"') if b"\\" in plain else 0)
    sure = 0 < depth <= max_depth and quotes == 2 * texts
    return value if sure else _UNSURE


def _slow(raw: bytes, what: str, max_depth: int) -> Json:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"{what} is not valid UTF-8: byte {error.start} cannot be read") from None
    if text.startswith("\ufeff"):
        raise Malformed(f"{what} starts with a byte-order mark, which JSON does not allow")
    try:
        value = _READER.decode(text)
    except _BadMember as error:
        raise Malformed(f"{what}: {error}") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"{what} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Malformed(f"{what} is nested too deeply: more than {max_depth} levels") from None
    except ValueError:
        raise Malformed(f"{what} is not JSON that can be read: a number is out of bounds") from None
    _check_depth(value, text, what, max_depth)
    if "\\u" in text and _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise Malformed(f"{what} has half of a surrogate pair, which no text may contain") from None
    return value


def canonical(value: Mapping[str, Json] | Sequence[Json] | str | int | bool | None) -> bytes:
    """The RFC 8785 bytes of `value`: the only form in which something we wrote is hashed or signed."""
    try:
        if _is_plain(value):
            return _write(value)
        _check_floats(value)
        return bytes(rfc8785.dumps(value))
    except UnicodeEncodeError:
        raise Malformed("this value has no canonical form: half of a surrogate pair stands in it") from None
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as error:
        raise Malformed(f"this value has no canonical form: {error}") from None


class _BadMember(Exception):
    pass


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _BadMember(f"the member {name!r} stands twice in one object")
            seen.add(name)
    return members


def _constant(name: str) -> NoReturn:
    raise _BadMember(f"{name} is not a JSON number")


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _BadMember(f"the number {text[:40]} is out of range")
    return number


_READER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)


def _check_depth(value: Json, text: str, what: str, max_depth: int) -> None:
    if len(text) <= SMALL and text.count("[") + text.count("{") <= max_depth:
        return
    depth, layer = 0, [value]
    while layer := [one for one in layer if isinstance(one, (dict, list))]:
        depth += 1
        if depth > max_depth:
            raise Malformed(f"{what} is nested too deeply: more than {max_depth} levels")
        layer = [inner for one in layer for inner in (one.values() if isinstance(one, dict) else one)]


def _is_plain(value: Json) -> bool:
    """Whether the standard writer spells `value` as RFC 8785 does: ASCII names sort alike, and no number is a float."""
    stack = [value]
    while stack:
        one = stack.pop()
        kind = type(one)
        if kind is dict:
            for name in one:
                if type(name) is not str or not name.isascii():
                    return False
            stack += one.values()
        elif kind is list:
            stack += one
        elif kind is int:
            if not -(2**53) < one < 2**53:
                return False
        elif kind is not str and kind is not bool and one is not None:
            return False
    return True


def _check_floats(value: object) -> None:
    """A whole float from 2^53 on is spelt as an integer that no reader could write again (RFC 8785 section 3.2.2.3);
    from 10^21 on it has an exponent."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, list | tuple):
            stack += one
        elif isinstance(one, float) and 2**53 <= abs(one) < 1e21:
            raise Malformed(f"this value has no canonical form: the number {one!r} is too large to be exact")
