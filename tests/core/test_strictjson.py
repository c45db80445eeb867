"""JSON comes in with one meaning or not at all, and goes out in one spelling."""

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from comity.core import strictjson
from comity.core.errors import Malformed

WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)

ACCEPTED = {
    "a number": (b"0", 0),
    "white space around": (b" \t\r\n[1]\n", [1]),
    "brackets in a text are no depth": (b'["[[[[[[[[[[{{{{"]', ["[[[[[[[[[[{{{{"]),
    "an escaped quote before brackets": (b'["\\"[[[[[[[["]', ['"[[[[[[[[']),
    "a pair of surrogates is one character": (b'"\\ud83d\\ude00"', "\U0001f600"),
    "an escaped backslash is no surrogate": (b'"\\\\ud800"', "\\ud800"),
    "Hebrew and Japanese": ('{"א":"機密"}'.encode(), {"א": "機密"}),
    "a fraction": (b"1.5", 1.5),
}

REFUSED = {
    "nothing": (b"", "not JSON"),
    "a member twice": (b'{"a":1,"a":2}', "stands twice"),
    "a member twice, once escaped": (b'{"a":1,"\\u0061":2}', "stands twice"),
    "a member twice, deep": (b'[{"b":{"a":1,"a":2}}]', "stands twice"),
    "NaN": (b"NaN", "NaN is not a JSON number"),
    "Infinity": (b"[Infinity]", "Infinity is not"),
    "minus Infinity": (b"[-Infinity]", "-Infinity is not"),
    "a number beyond doubles": (b"1e999", "out of range"),
    "a whole number without end": (b"1" * 5000, "out of bounds"),
    "a leading zero": (b"01", "not JSON"),
    "a plus": (b"+1", "not JSON"),
    "Arabic digits": ("١".encode(), "not JSON"),
    "a byte-order mark": (b"\xef\xbb\xbf{}", "byte-order mark"),
    "UTF-16": ("{}".encode("utf-16"), "not valid UTF-8"),
    "half a character": (b'"\xc3"', "not valid UTF-8"),
    "a surrogate as bytes": (b'"\xed\xa0\x80"', "not valid UTF-8"),
    "half of a pair, escaped": (b'"\\ud800"', "surrogate"),
    "half of a pair as a name": (b'{"\\uDFFF":1}', "surrogate"),
    "a comma too many": (b"[1,]", "not JSON"),
    "two values": (b"1 2", "not JSON"),
    "a comment": (b"1 // one", "not JSON"),
    "single quotes": (b"'a'", "not JSON"),
    "a line break in a text": (b'"a\nb"', "not JSON"),
    "a text without end": (b'"' + b'\\"' * 50, "not JSON"),
    "a non-breaking space": ("\u00a01".encode(), "not JSON"),
    "too deep": (b"[" * 9 + b"]" * 9, "nested too deeply"),
    "too deep, mixed": (b'[{"a":' * 5 + b"1" + b"}]" * 5, "nested too deeply"),
    "too large": (b" " * 200 + b"1", "too large"),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_is_read(case: str) -> None:
    raw, value = ACCEPTED[case]
    assert strictjson.parse(raw, max_depth=8) == value


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case: str) -> None:
    raw, reason = REFUSED[case]
    with pytest.raises(Malformed, match=reason) as refusal:
        strictjson.parse(raw, "the form", max_depth=8, max_bytes=10_000 if b"1111" in raw else 200)
    assert refusal.value.message.startswith("the form")


def test_a_text_without_end_costs_no_more_than_its_length() -> None:
    """Twice a megabyte: with a scan that starts again at each quote this would take days, not milliseconds."""
    with pytest.raises(Malformed, match="not JSON"):
        strictjson.parse(b'"' + b'\\"' * 1_000_000)


@given(VALUES)
def test_what_was_written_is_read(value: Any) -> None:
    assert strictjson.parse(strictjson.canonical(value)) == value


def exact(number: float) -> bool:
    """Whether it is not one of those that would be spelt as a whole number which nobody could write again."""
    return not 2**53 <= abs(number) < 1e21


@given(
    VALUES
    | st.floats(allow_nan=False, allow_infinity=False).filter(exact)
    | st.dictionaries(TEXT, st.floats(-1e6, 1e6), max_size=3)
)
def test_the_canonical_form_is_that_of_an_independent_writer(value: Any) -> None:
    assert strictjson.canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_one_value_has_one_spelling(value: Any) -> None:
    raw = strictjson.canonical(value)
    assert strictjson.canonical(strictjson.parse(raw)) == raw
    assert strictjson.canonical(json.loads(json.dumps(value))) == raw


NAMES = st.sampled_from(["a", "b", '"', "\\", '\\"', "\u05d0", "\n"])
WRITTEN = st.recursive(
    NAMES.map(json.dumps) | st.sampled_from(["1", "-0", "1.5", "true", "null", '"\\u05d0"']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
        | st.lists(st.tuples(NAMES.map(json.dumps), inner), max_size=3).map(
            lambda pairs: "{" + " , ".join(f"{name} :{value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=12,
)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@given(WRITTEN)
def test_no_name_stands_twice_in_an_object_however_it_is_escaped(text: str) -> None:
    """What is read is what a slow and simple reader finds; what that one refuses is refused."""
    try:
        expected = json.loads(text, object_pairs_hook=once)
    except AssertionError:
        with pytest.raises(Malformed, match="twice"):
            strictjson.parse(text.encode())
    else:
        assert strictjson.parse(text.encode()) == expected


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()[:40]))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = strictjson.parse(raw)
    except Malformed:
        return
    json.dumps(value, ensure_ascii=False).encode()


CANONICAL: dict[str, tuple[Any, bytes]] = {
    "members in the order of UTF-16": ({"\U0001f600": 1, "\ufb33": 2}, '{"\U0001f600":1,"\ufb33":2}'.encode()),
    "no space": ({"b": [1, None, True], "a": ""}, b'{"a":"","b":[1,null,true]}'),
    "the short escapes": ('\b\t\n\f\r"\\/\x1f', b'"\\b\\t\\n\\f\\r\\"\\\\/\\u001f"'),
    "the largest number": (2**53 - 1, b"9007199254740991"),
}


@pytest.mark.parametrize("case", CANONICAL)
def test_the_canonical_form(case: str) -> None:
    value, raw = CANONICAL[case]
    assert strictjson.canonical(value) == raw


def test_each_character_has_the_canonical_form_of_an_independent_writer() -> None:
    for start in range(0, 0x110000, 256):
        text = "".join(map(chr, range(start, start + 256)))
        if not 0xD800 <= start <= 0xDFFF:
            assert strictjson.canonical([text]) == rfc8785.dumps([text])


def test_depth_counts_in_a_long_text_too() -> None:
    """Short texts are judged by their brackets, long ones by their values: with one outcome."""
    filler = " " * strictjson.SMALL
    for depth in (8, 9):
        raw = ("[" * depth + filler + "]" * depth).encode()
        if depth == 8:
            assert strictjson.parse(raw, max_depth=8) == strictjson.parse(b"[" * 8 + b"]" * 8, max_depth=8)
        else:
            with pytest.raises(Malformed, match="nested too deeply"):
                strictjson.parse(raw, max_depth=8)


@pytest.mark.parametrize(
    "value",
    [
        2**53,
        -(2**53),
        2.0**53,
        [-1e20],
        float("nan"),
        float("inf"),
        "\ud800",
        {"\ud800": 1},
        {1: 2},
        b"bytes",
        {"a": object()},
    ],
    ids=[
        "2^53",
        "-2^53",
        "2^53 as a float",
        "-10^20 in a list",
        "NaN",
        "Infinity",
        "half a pair",
        "half a pair as a name",
        "a number as a name",
        "bytes",
        "?",
    ],
)
def test_what_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(Malformed, match="no canonical form"):
        strictjson.canonical(value)
