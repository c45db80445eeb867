"""Changing what was read before into what nobody meant: bytes, lines, and the values of a JSON text."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**53, 2**63, -(2**64), 10**30, 0.5, 1e308, "", " ", "a" * 300, "\x00", "\u202e",
    "\ud800", "\ufeff", "İ", "Ⅲ", "²", "٣", "IL", "ALL", "null", "true", "2027-03-02T09:00:00Z", "9999-12-31",
    "0001-01-01T00:00:00Z", "P999999999Y", "[1]", "a.[99999999999999999999]", "IL-JP@1", "=", "%2E%2E", [], {}, [[]],
    [None], [{}], {"": ""}, {"a": {}}, ["x", "x"], [0],
)  # fmt: skip
TOKENS = (b"\n", b"\n\n", b"\r", b"\x00", b"\xff", b"\xed\xa0\x80", b'"', b"\\", b"\\u0000", b"\\ud800", b"{", b"[",
          b"- ", b": ", b"&a ", b"*a", b"!!", b"%", b"#", b"'", b",", b"1e999", b"-0", b"9" * 20)  # fmt: skip


def mutated(raw: bytes, random: Random) -> bytes:
    """`raw`, changed in one to four ways."""
    for _ in range(random.randint(1, 4)):
        raw = random.choice((_bytes, _bytes, _lines, _json, _json, _json))(raw, random)
    return raw


def _bytes(raw: bytes, random: Random) -> bytes:
    at, to = sorted((random.randint(0, len(raw)), random.randint(0, len(raw))))
    to = min(to, at + 40)
    match random.randrange(5):
        case 0:
            return raw[:at] + raw[to:]
        case 1:
            return raw[:to] + raw[at:]
        case 2:
            return raw[:at] + random.choice(TOKENS) + raw[at:]
        case 3:
            return raw[:at]
    return raw[:at] + bytes([random.randrange(256)]) + raw[at + 1 :]


def _lines(raw: bytes, random: Random) -> bytes:
    lines = raw.split(b"\n")
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(3):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            lines.insert(other, lines[one])
        case 2:
            del lines[one]
    return b"\n".join(lines)


def _json(raw: bytes, random: Random) -> bytes:
    """Another value somewhere in the text; bytes that are no JSON stay as they are."""
    try:
        value = json.loads(raw)
        changed = _changed(value, random)
        return json.dumps(changed, ensure_ascii=random.random() < 0.3, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return raw


def _changed(value: Any, random: Random) -> Any:
    places = list(_places(value))
    if not places:
        return random.choice(ODD)
    inside, key = random.choice(places)
    _, from_key = other = random.choice(places)
    match random.randrange(6):
        case 0:
            del inside[key]
        case 1 if isinstance(inside, dict):
            inside[str(random.choice(ODD))] = inside[key]
        case 1:
            inside.insert(random.randrange(len(inside) + 1), inside[key])
        case 2:
            inside[key] = json.loads(json.dumps(other[0][from_key]))
        case 3:
            inside[key] = [inside[key]]
        case 4 if isinstance(inside[key], str):
            inside[key] = random.choice(_TEXTS)(inside[key], random)
        case _:
            inside[key] = random.choice(ODD)
    return value


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


_TEXTS: tuple[Callable[[str, Random], str], ...] = (
    lambda text, random: text[: random.randint(0, len(text))],
    lambda text, _: text + text,
    lambda text, _: text.swapcase(),
    lambda text, random: text + str(random.choice(ODD)),
    lambda text, random: str(random.choice(ODD)) + text,
    lambda text, random: text.replace(text[len(text) // 2 : len(text) // 2 + 1], str(random.choice(ODD)), 1),
)
