"""The published instruments among the examples contradict nothing and answer their cases as their articles say."""

from pathlib import Path
from typing import Any

import pytest

from comity.agreement.check import check
from comity.agreement.instrument import Agreement
from comity.agreement.problem import ERROR
from comity.agreement.text import from_yaml
from comity.core import strictjson
from comity.release.cases import answer, score
from tests.release.test_own_cases import unsafe

EXAMPLES = Path(__file__).parents[2] / "examples"
PUBLISHED = ("switzerland-israel", "eu-member-states")
TEXTS = {name: from_yaml((EXAMPLES / name / "agreement.yaml").read_bytes()) for name in PUBLISHED}
CASES = [
    (TEXTS[name], strictjson.parse(line), line)
    for name in PUBLISHED
    for line in (EXAMPLES / name / "cases.jsonl").read_bytes().splitlines()
]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_instrument_contradicts_nothing_and_can_never_be_signed(name: str) -> None:
    text = TEXTS[name]
    assert [problem for problem in check(text, published=True) if problem.severity == ERROR] == []
    assert any("no key" in problem.text for problem in check(text))
    assert any("no annex" in problem.text for problem in check(text))


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_paraphrase_says_that_it_binds_nobody_and_where_the_law_stands(name: str) -> None:
    text, readme = TEXTS[name], (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    assert not text.fictional
    assert "paraphrase that binds nobody" in text.title["en"]
    url = text.source.rpartition(" ")[2]
    assert url.startswith("https://")
    assert url in readme
    assert "binds nobody" in readme


@pytest.mark.parametrize(("text", "case", "line"), CASES, ids=[case["id"] for _, case, _ in CASES])
def test_each_case_under_a_published_instrument(text: Agreement, case: dict[str, Any], line: bytes) -> None:
    got = answer(line, text)
    assert "reason" not in got, got
    assert score(got, case["expect"]) == dict.fromkeys(
        ("decision", "citation", "consent_from", "obligations", "effective_level"), True
    ), got
    given = {**case["given"], "agreement": {"levels": text.levels}}
    assert unsafe(got, {**case, "given": given}) == []


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_outcome_is_among_the_cases_and_cites_an_article_of_the_text(name: str) -> None:
    articles = {term.article for term in TEXTS[name].terms}
    cases = [case for text, case, _ in CASES if text is TEXTS[name]]
    assert {case["expect"]["decision"] for case in cases} == {"allow", "deny", "needs-consent", "sanitise", "duty"}
    assert all(set(case["expect"]["article_any_of"]) <= articles for case in cases)
