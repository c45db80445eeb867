"""The practice cases are answered right, decision and citation and all, with no unsafe error."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from comity.core import strictjson
from comity.release.cases import answer, score

FILE = Path(__file__).parents[1] / "data" / "agreements" / "practice.jsonl"
LINES = FILE.read_bytes().splitlines()
CASES = [(strictjson.parse(line), line) for line in LINES]


def test_the_cases_are_the_ones_that_were_given() -> None:
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert digest in (FILE.parent / "README.md").read_text()
    assert len(CASES) == 54


@pytest.mark.parametrize(("case", "line"), CASES, ids=[case["id"] for case, _ in CASES])
def test_each_practice_case(case: dict[str, Any], line: bytes) -> None:
    got = answer(line)
    assert score(got, case["expect"]) == dict.fromkeys(
        ("decision", "citation", "consent_from", "obligations", "effective_level"), True
    ), got
    assert set(got) == {"id", "decision", "articles", "consent_from", "obligations", "effective_level"}


@pytest.mark.parametrize(("case", "line"), CASES, ids=[case["id"] for case, _ in CASES])
def test_no_answer_is_unsafe(case: dict[str, Any], line: bytes) -> None:
    got, expect = answer(line), case["expect"]
    assert got["decision"] != "allow" or "allow" in expect["decision_any_of"]
    owed = {duty["duty"] for duty in got["obligations"]}
    assert "notify-originator" in owed or all(duty["duty"] != "notify-originator" for duty in expect["obligations"])
    for party, level in expect.get("effective_level", {}).items():
        names = case["given"]["agreement"]["levels"][party]
        assert names.index(got["effective_level"][party]) >= names.index(level)


def _with(case: dict[str, Any], part: str, **members: Any) -> bytes:
    given = {**case["given"], part: {**case["given"].get(part, {}), **members}}
    return strictjson.canonical({**case, "given": given})


ALLOWED = next(case for case, _ in CASES if case["expect"]["decision"] == "allow")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "malformed"),
        (b"[]", "malformed"),
        (b"{", "malformed"),
        (b'{"id": "a", "id": "b"}', "malformed"),
        (_with(ALLOWED, "object", colour="red"), "malformed"),
        (_with(ALLOWED, "recipient", colour="red"), "malformed"),
        (_with(ALLOWED, "recipient", need_to_know="yes"), "malformed"),
        (strictjson.canonical({**ALLOWED, "given": {**ALLOWED["given"], "action": "dance"}}), "malformed"),
        (strictjson.canonical({**ALLOWED, "given": {**ALLOWED["given"], "now": "2024-05-02"}}), "malformed"),
        (_with(ALLOWED, "agreement", terms=[{"article": "9", "rule": "moonlight", "text": "x"}]), "malformed"),
        (_with(ALLOWED, "context", consents=[{"by": "IL", "scope": "release", "colour": "red"}]), "malformed"),
    ],
)
def test_what_cannot_be_read_is_denied_and_never_raised(line: bytes, reason: str) -> None:
    got = answer(line)
    assert (got["decision"], got["reason"], got["articles"]) == ("deny", reason, [])


@pytest.mark.parametrize(
    "line",
    [_with(ALLOWED, "context", weather="fine"), _with(ALLOWED, "recipient", contractor={"mood": "good"})],
)
def test_a_fact_that_nobody_understands_denies(line: bytes) -> None:
    got = answer(line)
    assert got["decision"] == "deny"
    assert got["articles"]
