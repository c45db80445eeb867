"""Every YAML scalar is a text, and whatever two readers could read in two ways is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import yamltext
from comity.core.errors import Malformed

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff")
)
TREES = st.recursive(
    TEXT, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=10
)

ACCEPTED = {
    "a country, an article, a time": (b"{a: NO, b: 4.10, c: 12:30}", {"a": "NO", "b": "4.10", "c": "12:30"}),
    "words other readers turn into values": (b"[yes, null, ~, 0x10, 1e3, 2027-03-02, .inf]", None),
    "an empty value": (b"a:\nb: ''", {"a": "", "b": ""}),
    "a merge key is a key like any other": (b"<<: {a: b}", {"<<": {"a": "b"}}),
    "a folded text": (b"a: >\n  one\n  two\n", {"a": "one two\n"}),
    "one document with its marks": (b"---\na: b\n...\n", {"a": "b"}),
    "comments": (b"# of the office\na: b # or c", {"a": "b"}),
    "Hebrew and Japanese": ("שם: 機密".encode(), {"שם": "機密"}),
}

REFUSED = {
    "nothing": (b"", "is empty"),
    "only a comment": (b"# nothing", "is empty"),
    "a key twice": (b"a: 1\nb: 2\na: 3", "stands twice, again at line 3"),
    "a key twice, spelt in two ways": (b"a: 1\n'a': 2", "stands twice"),
    "a key twice, deep": (b"x:\n- {a: 1, a: 2}", "stands twice"),
    "an anchor": (b"a: &x 1", "anchor or alias"),
    "an alias": (b"a: &x 1\nb: *x", "anchor or alias"),
    "a tag": (b"a: !!str 1", "a tag"),
    "a tag of a language": (b"a: !!python/object:os.system x", "a tag"),
    "the empty tag": (b"a: ! b", "a tag"),
    "two documents": (b"--- a\n--- b", "another document"),
    "a list as a key": (b"? [a]\n: b", "key that is not a text"),
    "a tab as indentation": (b"a:\n\tb: c", "not YAML"),
    "a bracket without end": (b"{a: b", "not YAML"),
    "not UTF-8": (b"a: \xff", "not valid UTF-8"),
    "too deep, in blocks": (b"\n".join(b" " * n + b"a:" for n in range(40)), "nested too deeply"),
    "too deep, in brackets": (b"[" * 40 + b"]" * 40, "nested too deeply"),
    "too large": (b"#" * (yamltext.MAX_BYTES + 1), "too large"),
    "a control character": (b"a: \x07", "not YAML"),
    "a NUL": (b"a: \x00", "not YAML"),
    "a non-character": ("a: \ufffe".encode(), "not YAML"),
    "an escape beyond Unicode": (b'a: "\\U00110000"', "not YAML"),
    "an escape far beyond": (b'a: "\\UFFFFFFFF"', "not YAML"),
    "half of a surrogate pair": (b'a: "\\ud800"', "half of a surrogate pair"),
    "a version directive": (b"%YAML 1.1\n---\na: b", "a directive"),
    "a tag directive": (b"%TAG ! tag:x\n---\na: b", "a directive"),
    "brackets without end": (b"[" * 1_000_000, "nested too deeply"),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_is_read(case: str) -> None:
    raw, value = ACCEPTED[case]
    assert yamltext.parse(raw) == (value or ["yes", "null", "~", "0x10", "1e3", "2027-03-02", ".inf"])


@pytest.mark.parametrize(
    "case", REFUSED
)  # fmt: skip
def test_what_is_refused(case: str) -> None:
    raw, reason = REFUSED[case]
    with pytest.raises(Malformed, match=reason) as refusal:
        yamltext.parse(raw, "the draft")
    assert refusal.value.message.startswith("the draft")


@given(TREES)
def test_what_json_writes_is_read_the_same(tree: Any) -> None:
    assert yamltext.parse(json.dumps(tree, ensure_ascii=False).encode()) == tree


@given(st.binary(max_size=40) | st.text("a-:{}[]'\"\\U0&*!%\n #>|?\x07\ufeff", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = yamltext.parse(raw)
    except Malformed:
        return
    json.dumps(value, ensure_ascii=False).encode()
