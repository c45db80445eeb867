"""Whether a STIX pattern is one (STIX 2.1, section 9). Verdicts are remembered by the pattern's SHA-256.

Parsing a pattern never seen before costs many times what the rest of an indicator costs. What most are, one property
compared with one text, is told without parsing.
"""

import hashlib
import re

from stix2patterns.exceptions import ParseException
from stix2patterns.v21.pattern import Pattern

_NAME = r"(?!(?:true|false)\b)[a-z][a-z0-9_]*"
_PLAIN = re.compile(
    rf"\[(?!(?:true|false)\b)[a-z][a-z0-9-]*:{_NAME}(?:\.(?:{_NAME}|MD5|'[A-Za-z0-9-]+'))* ?!?= ?"
    r"'(?:[^'\\\x00-\x1f]|\\['\\])*'\]"
)
"""Only forms that the grammar accepts; what is of none is parsed. No word of the grammar is written in small letters
but `true` and `false`."""
MAX_LENGTH = 32 * 1024
MAX_NESTING = 64
MAX_VERDICTS = 65_536

_verdicts: dict[bytes, str | None] = {}
"""A pure function's memory, oldest out first: what stands here can always be computed again."""


def fault(pattern: str) -> str | None:
    """What is wrong with `pattern`, or `None`. Raises nothing."""
    if len(pattern) > MAX_LENGTH:
        return f"is too long: {len(pattern):,} characters, at most {MAX_LENGTH:,} are read"
    if _PLAIN.fullmatch(pattern):
        return None
    digest = hashlib.sha256(pattern.encode()).digest()
    if digest not in _verdicts:
        while len(_verdicts) >= MAX_VERDICTS:
            _verdicts.pop(next(iter(_verdicts)), None)
        _verdicts[digest] = _judge(pattern)
    return _verdicts[digest]


def seen(pattern: str) -> bool:
    """Whether the verdict is at hand, or costs nothing."""
    return (
        len(pattern) > MAX_LENGTH
        or _PLAIN.fullmatch(pattern) is not None
        or hashlib.sha256(pattern.encode()).digest() in _verdicts
    )


def _judge(pattern: str) -> str | None:
    if max(pattern.count("("), pattern.count("[")) > MAX_NESTING and _nesting(pattern) > MAX_NESTING:
        return f"is nested too deeply: more than {MAX_NESTING} brackets"
    try:
        Pattern(pattern)
    except ParseException as error:
        return f"is not a STIX pattern: {str(error).splitlines()[0][:160]}"
    except RecursionError:
        return "is nested too deeply"
    return None


def _nesting(pattern: str) -> int:
    depth = deepest = 0
    for character in pattern:
        if character in "([":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]":
            depth -= 1
    return deepest
