"""A pattern is judged by the grammar once, and bounded before that."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes.cyber import pattern


@pytest.mark.parametrize(
    "text",
    [
        "[ipv4-addr:value = '198.51.100.7']",
        "[file:hashes.'SHA-256' = 'aa'] FOLLOWEDBY [domain-name:value LIKE '%.example'] WITHIN 300 SECONDS",
        "([a:b = 1] OR [a:b = 2]) REPEATS 3 TIMES",
    ],
)
def test_a_pattern_is_one(text: str) -> None:
    assert pattern.fault(text) is None
    assert pattern.fault(text) is None


@settings(deadline=None)
@given(st.text(max_size=40) | st.text("[]()'=:ab 1", max_size=40))
def test_any_text_gets_a_verdict_and_the_same_one_again(text: str) -> None:
    assert pattern.fault(text) == pattern.fault(text)


@pytest.mark.parametrize("text", ["(" * 100_000, "[" * 30_000, "[" + "NOT " * 5_000 + "a:b = 1]"])
def test_what_would_exhaust_the_parser_is_a_fault_not_a_crash(text: str) -> None:
    assert pattern.fault(text) is not None


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.from_regex(pattern._PLAIN, fullmatch=True))
def test_what_is_told_without_parsing_is_what_the_grammar_accepts(text: str) -> None:
    """The quick answer is one of the grammar's own: no form is let in that it would refuse."""
    assert pattern._judge(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "[a:b = 'x'",
        "[a:b = 'x\\y']",
        "[a:b = 'x'y']",
        "[a: b = 'x'] x",
        "[a:b == 'x']]",
        "[a:b = 'x']\n]",
        "[true:a = 'b']",
    ],
)
def test_what_only_looks_like_a_plain_pattern_is_a_fault(text: str) -> None:
    assert pattern.fault(text) is not None
