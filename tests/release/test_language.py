"""Every language tells every code with the same parameters; who has no table gets English, and is told."""

import string

import pytest

from comity.agreement.span import Unit
from comity.agreement.vocabulary import KINDS
from comity.core.errors import Malformed
from comity.release.codes import CODES
from comity.release.decide import decide
from comity.release.explain import explain
from comity.release.language import ENGLISH, GROUPS, Sentences, from_json, sentences, tables
from comity.release.question import Outcome
from comity.release.register import SETTLED_BY, Evidence, State
from tests.release.fiction import at, memorandum, question, subject

TABLES = sorted(tables().values(), key=lambda one: one.language)


def params(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_english_has_every_code_and_no_other() -> None:
    english = sentences()
    assert set(english.codes) == set(CODES)
    assert set(english.outcomes) == {one.text for one in Outcome}
    assert set(english.states) > set(english.outcomes)
    produced = {duty for kind in KINDS.values() for duty in kind.produces}
    assert produced | set(SETTLED_BY) <= set(english.duties)
    assert {one.value for one in (*State, *Evidence)} <= set(english.register)
    assert {unit.value for unit in Unit} <= set(english.units)


@pytest.mark.parametrize("one", TABLES, ids=lambda one: one.language)
def test_each_language_says_what_english_says_with_the_same_parameters(one: Sentences) -> None:
    for group in GROUPS:
        theirs, english = getattr(one, group), getattr(sentences(), group)
        assert set(theirs) == set(english), group
        assert {name: params(text) for name, text in theirs.items()} == {
            name: params(text) for name, text in english.items()
        }, group


@pytest.mark.parametrize("one", [table for table in TABLES if table.language != ENGLISH], ids=lambda one: one.language)
def test_no_table_is_english_under_another_name(one: Sentences) -> None:
    same = [code for code, text in one.codes.items() if text == sentences().codes[code]]
    assert same == []


@pytest.mark.parametrize(("tag", "language"), [("en", "en"), ("en-GB", "en"), ("EN", "en"), ("tlh", "en"), ("", "en")])
def test_a_tag_is_looked_up_part_by_part(tag: str, language: str) -> None:
    assert sentences(tag).language == language


def test_without_a_table_the_sentences_are_english_and_the_articles_the_readers() -> None:
    text = memorandum()
    lines = explain(decide(question(subject()), {text.ref: text}, at()), "xx", {text.ref: text})
    assert lines[0] == "It may go, discharging what is owed."
    assert any("zumzum" in line for line in lines)


@pytest.mark.parametrize("raw", [b"[]", b'{"language": "xx"}', b"{", b'{"language": "xx", "codes": 1}'])
def test_a_table_that_is_not_whole_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        from_json(raw)
