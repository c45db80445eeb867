"""Cases from invented instruments, of kinds that the others do not have, answered by hand before they were asked."""

import hashlib
from typing import Any

import pytest

from comity.agreement.vocabulary import KINDS
from comity.core import strictjson
from comity.release.cases import answer, score
from tests.release.test_own_cases import FOLDER, unsafe

AGREEMENTS = strictjson.parse((FOLDER / "fictional-agreements.json").read_bytes())


def whole(case: dict[str, Any]) -> dict[str, Any]:
    """The case with the agreement that it names, in the status that it states."""
    given = dict(case["given"])
    agreement = AGREEMENTS[given["agreement"]]
    status = {**agreement["status"], **given.pop("status", {})}
    return {**case, "given": {**given, "agreement": {**agreement, "status": status}}}


CASES = [whole(strictjson.parse(line)) for line in (FOLDER / "fictional-cases.jsonl").read_bytes().splitlines()]


def test_the_cases_are_as_they_were_argued() -> None:
    for name in ("fictional-agreements.json", "fictional-cases.jsonl"):
        digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        assert digest in (FOLDER / "README.md").read_text(), name
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert all(case["expect"]["reason"] and "fictional" in case["tags"] for case in CASES)
    assert all(text["title"].startswith("FICTIONAL") for text in AGREEMENTS.values())


def test_they_have_every_kind_of_the_vocabulary() -> None:
    """Every kind of published texts; our own (`comity-`) are in none."""
    written = {term["rule"] for text in AGREEMENTS.values() for term in text["terms"]}
    assert written == {kind for kind in KINDS if not kind.startswith("comity-")}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_each_case(case: dict[str, Any]) -> None:
    got = answer(strictjson.canonical(case))
    assert "reason" not in got, got
    assert unsafe(got, case) == []
    assert score(got, case["expect"]) == dict.fromkeys(
        ("decision", "citation", "consent_from", "obligations", "effective_level"), True
    ), got
    for wanted in case["expect"]["obligations"]:
        same = [one for one in got["obligations"] if (one["duty"], one["actor"]) == (wanted["duty"], wanted["actor"])]
        for name, value in wanted.items():
            assert value is None or any(one.get(name) == value for one in same), (name, value, same)
