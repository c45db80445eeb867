"""Every reading gives its reasons: which rule spoke, by which article, about whom, what is owed, by whom and by when.

`reasons.txt` holds them, one block a reading. `python -m tests.release.test_reasons` writes it anew: what changed there
is what a person will be told, and is read as such.
"""

from pathlib import Path
from typing import Any

import pytest

from comity.core import instants
from comity.release.cases import read_question
from comity.release.decide import decide
from comity.release.question import Duty, Finding
from tests.release import (
    test_access,
    test_firms,
    test_handling,
    test_keeping,
    test_levels,
    test_life_rules,
    test_own_kinds,
    test_practice,
    test_rules,
    test_third_party,
    test_uses,
)
from tests.release.fiction import case

PARTS = (
    test_rules,
    test_third_party,
    test_access,
    test_levels,
    test_handling,
    test_firms,
    test_uses,
    test_life_rules,
    test_own_kinds,
    test_keeping,
)
FILE = Path(__file__).with_name("reasons.txt")


def _cite(cite: str) -> str:
    """The article; with the agreement where it is another one, and the version where it is not the first."""
    return cite.removeprefix("agreement:").removesuffix("@1")


def _params(params: tuple[tuple[str, str], ...]) -> str:
    return "".join(f" {name}={value}" for name, value in params)


def _found(one: Finding) -> str:
    return f"  {one.outcome.text}: {one.code} [{_cite(one.cite)}]{_params(one.params)}"


def _owed(one: Duty) -> str:
    due = "" if one.due is None else f" by {one.due}"
    return f"  owed: {one.actor} {one.duty} [{_cite(one.cite)}]{due}{_params(one.params)}"


def reasons(asked: dict[str, Any]) -> str:
    question, agreement, now = read_question(asked)
    got = decide(question, {agreement.ref: agreement}, now)
    lines = [f"{got.outcome.text} [{', '.join(map(_cite, got.articles))}]"]
    lines += [_found(one) for one in got.findings]
    lines += [_owed(one) for one in got.obligations]
    lines += [f"  asked: {who}" for who in got.consent_from]
    lines += [f"  level: {party} {level}" for party, level in sorted(got.effective_level.items())]
    if got.good_until is not None:
        lines.append(f"  good until {instants.text(got.good_until)}")
    return "\n".join(lines)


def _readings() -> dict[str, dict[str, Any]]:
    found = {}
    for name, act, terms, more, *_ in (row for part in PARTS for row in part.ROWS):
        found[f"{name} ({act})"] = case(act, *terms, **test_rules.given(act, more))
    return found | {f"practice {asked['id']}": asked for asked, _ in test_practice.CASES}


READINGS = _readings()
KEPT = dict(block.split("\n", 1) for block in FILE.read_text("utf-8").strip().split("\n\n")) if FILE.exists() else {}


@pytest.mark.parametrize("name", READINGS)
def test_the_reasons_are_the_ones_that_were_read(name: str) -> None:
    assert reasons(READINGS[name]) == KEPT.get(f"# {name}"), "read it, then write the reasons anew"


def test_every_reading_has_a_name_of_its_own() -> None:
    names = [f"{row[0]} ({row[1]})" for part in PARTS for row in part.ROWS]
    assert len(names) == len(set(names))


def test_no_reason_is_kept_of_a_reading_that_is_gone() -> None:
    assert set(KEPT) == {f"# {name}" for name in READINGS}


if __name__ == "__main__":
    FILE.write_text("\n\n".join(f"# {name}\n{reasons(asked)}" for name, asked in READINGS.items()) + "\n", "utf-8")
