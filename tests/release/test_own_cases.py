"""Our own cases, from other instruments than the practice ones: every answer right, none unsafe, nothing unread."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from comity.agreement.life import status_at, terms_at
from comity.core import strictjson
from comity.release import rules
from comity.release.cases import answer, read_question, score
from comity.release.matter import Matter
from comity.release.question import Act
from comity.release.rules.rule import Of

FOLDER = Path(__file__).parents[1] / "data" / "agreements"
LINES = (FOLDER / "own-cases.jsonl").read_bytes().splitlines()
CASES = [(strictjson.parse(line), line) for line in LINES]
PRACTICE = [strictjson.parse(line) for line in (FOLDER / "practice.jsonl").read_bytes().splitlines()]
EVERY = PRACTICE + [case for case, _ in CASES]


def named(cases: list[tuple[dict[str, Any], bytes]]) -> list[str]:
    return [case["id"] for case, _ in cases]


def unsafe(got: dict[str, Any], case: dict[str, Any]) -> list[str]:
    """What would make a whole result unsafe (agreements/README, "Never")."""
    expect, levels = case["expect"], case["given"]["agreement"]["levels"]
    found = []
    if got["decision"] == "allow" and "allow" not in expect["decision_any_of"]:
        found.append("allowed")
    told = {(duty["duty"], duty.get("to")) for duty in got["obligations"]}
    for duty in expect["obligations"]:
        if duty["duty"] == "notify-originator" and not any(
            name == duty["duty"] and to in (None, duty.get("to", to)) for name, to in told
        ):
            found.append("a notice left out")
    for party, level in expect.get("effective_level", {}).items():
        answered = got["effective_level"].get(party)
        if answered in levels[party] and level in levels[party]:
            found += ["a level too low"] * (levels[party].index(answered) < levels[party].index(level))
    return found


def test_the_cases_are_as_they_were_argued() -> None:
    for name in ("own-cases.jsonl", "VOCABULARY.md"):
        digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        assert digest in (FOLDER / "README.md").read_text(), name
    assert len({case["id"] for case, _ in CASES}) == len(CASES) >= 120
    assert all("own" in case["tags"] and case["expect"]["reason"] for case, _ in CASES)


@pytest.mark.parametrize(("case", "line"), CASES, ids=named(CASES))
def test_each_case_of_our_own(case: dict[str, Any], line: bytes) -> None:
    got = answer(line)
    assert "reason" not in got, got
    assert score(got, case["expect"]) == dict.fromkeys(
        ("decision", "citation", "consent_from", "obligations", "effective_level"), True
    ), got
    assert unsafe(got, case) == []
    for wanted in case["expect"]["obligations"]:
        same = [
            duty for duty in got["obligations"] if (duty["duty"], duty["actor"]) == (wanted["duty"], wanted["actor"])
        ]
        for name, value in wanted.items():
            assert value is None or any(duty.get(name) == value for duty in same), (name, value, same)


HARMLESS = [
    ("object", {"id": "obj-1", "note": "n", "context_note": "n", "item": "coastal-radar", "handling": []}),
    ("recipient", {"role": "vice-minister", "entitled_by_function": False, "entitled_by_statute": False}),
    ("context", {"approvals": [], "arrangements": [], "consents": [], "owner_consents": [], "copies": 2}),
    ("context", {"extract": True, "history": [], "recipient_assurance": True, "sanitising_possible": False}),
    ("context", {"other_agreements": [], "other_arrangements": [], "security_agreements_with": []}),
    ("context", {"joint_committee": None, "agreed_procedure": None, "still_needed_for": None, "crisis": False}),
    ("context", {"submitted": "2024-05-02", "encryption": "none", "publication": False, "target_language": "de"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("part", "members"), HARMLESS, ids=lambda value: value if isinstance(value, str) else "")
def test_what_adds_nothing_changes_nothing(part: str, members: dict[str, Any]) -> None:
    for case in EVERY:
        said = case["given"].get(part) or {}
        more = {**case, "given": {**case["given"], part: {**members, **said}}}
        assert answer(strictjson.canonical(more))["decision"] == answer(strictjson.canonical(case))["decision"], case[
            "id"
        ]


def test_no_permit_outlives_its_reader() -> None:
    """Without clearance and need to know nobody sees what the text asks them for."""
    for case in EVERY:
        given = case["given"]
        rules = {term["rule"] for term in given["agreement"]["terms"]}
        marked = (given["object"].get("classification") or {}).get("level") is not None
        if (
            given["action"] in {"use", "release"}
            and marked
            and "access" in rules
            and "statute" not in given.get("context", {})
        ):
            poor = {**given["recipient"], "need_to_know": False, "clearance": None}
            if poor["party"] in given["agreement"]["parties"] and poor["party"] != given["object"]["origin"]:
                got = answer(strictjson.canonical({**case, "given": {**given, "recipient": poor}}))
                assert got["decision"] != "allow", case["id"]


@pytest.mark.parametrize("act", Act)
def test_a_kind_that_is_not_asked_of_an_act_would_have_said_nothing(act: Act) -> None:
    """Not asking saves time and changes no answer: the rule behind each declaration is asked all the same."""
    for case in EVERY[::3]:
        question, text, now = read_question(case)
        matter = Matter(question, text, terms_at(text, now), status_at(text, now), now, act, question.subject)
        for term in matter.terms:
            if term.rule in rules.SILENT[act, question.facts.event is not None]:
                row = rules.ROWS[term.rule]
                said = [*row.check(term, matter)] if isinstance(row, Of) else [*row(term, matter)]
                assert said == [], (case["id"], term)
