"""Codes become sentences at the door, next to the article's own words; every code is documented."""

import re
from pathlib import Path

import pytest

from comity.labels.label import Label, OriginLabel
from comity.release.codes import BARS, CODES, PERMITS, SUPPORTS, TRIGGERS
from comity.release.decide import decide
from comity.release.explain import explain
from tests.release.fiction import at, memorandum, question, subject

ROOT = Path(__file__).parents[2]
TEXT = memorandum()
TEXTS = {TEXT.ref: TEXT}


def test_a_denial_in_words() -> None:
    found = decide(question(subject(Label.of(OriginLabel("AR", "PEAK")))), TEXTS, at())
    lines = explain(found, "xx", TEXTS)
    assert lines[0] == "It may not go."
    assert "It is above the annex's level. [2(1): zumzum 2(1)]" in lines


def test_a_language_that_the_text_lacks_falls_back_on_the_prevailing_one() -> None:
    lines = explain(decide(question(subject()), TEXTS, at()), "ja", TEXTS)
    assert "The annex covers it (A). [2(1): words of 2(1)]" in lines


def test_consents_and_duties_are_named() -> None:
    found = decide(question(subject(Label.of(OriginLabel("acme")))), TEXTS, at())
    assert any("acme" in line and "[6(1): words of 6(1)]" in line for line in explain(found, "en", TEXTS))


def test_house_laws_have_words() -> None:
    lines = explain(decide(question(subject()), {}, at()), "en", {})
    assert lines[-1].endswith("[house:2: Nothing is decided without a text.]")


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    page = (ROOT / "docs" / "decisions-explained.md").read_text()
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))
    assert documented == set(CODES)


def test_codes_are_of_one_group_only() -> None:
    groups = (TRIGGERS, BARS, SUPPORTS, PERMITS)
    assert sum(map(len, groups)) + 1 == len(CODES)


@pytest.mark.parametrize("path", sorted((ROOT / "src/comity/release").rglob("*.py")), ids=lambda path: path.name)
def test_no_rule_uses_a_code_without_words(path: Path) -> None:
    used = set(re.findall(r'(?:finding|Finding|needs)\(\s*(?:term, matter, )?"([a-z-]+)"', path.read_text()))
    used |= set(re.findall(r'(?:Owes|Cited|OnEvent|UnlessFact|UnlessConsent)\(\s*"([a-z-]+)"', path.read_text()))
    assert used <= set(CODES)
