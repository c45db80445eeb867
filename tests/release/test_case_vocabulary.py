"""The whole vocabulary is read: every kind, parameter, fact, member and event it names, at every value it shows."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from comity.agreement.published import from_published
from comity.core import strictjson
from comity.release.cases import answer, read_question
from comity.release.facts import EVENTS
from tests.release.test_own_cases import EVERY

PAGE = Path(__file__).parents[1] / "data" / "agreements" / "VOCABULARY.md"
MEMBER = re.compile(r"- `([a-z_-]+)`: (.*)")


@cache
def sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in PAGE.read_text("utf-8").split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        found[title] = body.splitlines()
    return found


def shown(line: str) -> Iterator[Any]:
    """The values a line shows. What the page cuts off is no value."""
    for text in re.findall(r"`([^`]*)`", line):
        try:
            yield json.loads(text)
        except ValueError:
            continue


def members(title: str) -> list[tuple[str, Any]]:
    matches = [found for line in sections()[title] if (found := MEMBER.match(line))]
    return [(found[1], value) for found in matches for value in shown(found[2])]


def kinds() -> dict[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    own: list[tuple[str, Any]] = []
    for line in sections()["Rule kinds"]:
        if line.startswith("### "):
            own = found.setdefault(line.strip("# `"), [])
        elif (match := MEMBER.match(line)) and not line.startswith("- text:"):
            own.extend((match[1], value) for value in shown(match[2]))
    return found


BASE: dict[str, Any] = next(case["given"] for case in EVERY if case["id"] == "D01")


def given(part: str, **more: Any) -> dict[str, Any]:
    return {"id": "v", "given": {**BASE, part: {**BASE.get(part, {}), **more}}}


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        (part, name, value)
        for part, title in (("object", "Object"), ("recipient", "Recipient"), ("context", "Facts in `context`"))
        for name, value in members(title)
    ],
    ids=str,
)
def test_every_member_is_read_at_every_value(part: str, name: str, value: Any) -> None:
    case = given(part, **{name: value})
    question, _, _ = read_question(case)
    assert question.facts.unknown == frozenset()
    assert "reason" not in answer(strictjson.canonical(case))


def instrument(*terms: dict[str, Any], **status: Any) -> dict[str, Any]:
    whole: dict[str, Any] = BASE["agreement"]
    return {**whole, "terms": [*whole["terms"], *terms], "status": {**whole["status"], **status}}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [(kind, name, value) for kind, params in kinds().items() for name, value in params or [("", None)]],
    ids=str,
)
def test_every_kind_is_read_with_every_parameter(kind: str, name: str, value: Any) -> None:
    meaningless_without: dict[str, dict[str, Any]] = {
        "no-equivalent": {"level": {"IL": "SODI"}},
        "caveat": {"marking": "EYES ONLY"},
        "destroy-forbidden": {"levels_en": ["SECRET"]},
    }
    needed = meaningless_without.get(kind, {})
    term = {"article": "99", "rule": kind, "text": "words", **needed, **({name: value} if name else {})}
    found = from_published(instrument(term)).terms[-1]
    assert found.rule == kind
    case = {"id": "v", "given": {**BASE, "agreement": instrument(term)}}
    assert "reason" not in answer(strictjson.canonical(case))


@pytest.mark.parametrize(("kind", "value"), members("Status events"), ids=str)
def test_every_status_event_is_read(kind: str, value: dict[str, Any]) -> None:
    assert from_published(instrument(events=[{"kind": kind, **value}])).life.events


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_every_event_of_a_case_is_read(kind: str) -> None:
    for action in ("use", "retain", "report-compromise", "release"):
        case = given(
            "context", event={"kind": kind, "by": "IL", "on": "2024-05-01", "discovered": "2024-05-01T08:00:00Z"}
        )
        case["given"]["action"] = action
        assert "reason" not in answer(strictjson.canonical(case))


@pytest.mark.parametrize(
    ("written", "years"),
    [
        ("until the phase-3 agreement, max 3y", 3),
        ("10y+extensions", None),
        ("10y, renewed for 5y at a time", None),
        ("5y then extensions", None),
        ("indefinite; reviewed after ten years", None),
    ],
)
def test_durations_in_other_words(written: str, years: int | None) -> None:
    """BASE is of 2012: what ended is denied, what goes on is allowed in 2024."""
    case = {"id": "v", "given": {**BASE, "agreement": instrument(duration=written)}}
    assert answer(strictjson.canonical(case))["decision"] == ("deny" if years else "allow")


@pytest.mark.parametrize("written", ["as long as it takes", "", "999y"])
def test_a_duration_that_says_nothing_is_refused(written: str) -> None:
    case = {"id": "v", "given": {**BASE, "agreement": instrument(duration=written)}}
    assert answer(strictjson.canonical(case))["reason"] == "malformed"


@pytest.mark.parametrize(
    ("rule_text", "computed"),
    [
        ("first-day-of-second-month-after-last-notification", "2014-11-01"),
        ("first-day-of-month-after-receipt-of-last-note", "2014-10-01"),
        ("on-receipt-of-last-notification", "2014-09-05"),
        ("when-the-moon-is-full", None),
    ],
)
def test_entry_into_force_in_other_words(rule_text: str, computed: str | None) -> None:
    entry = {"article": "99", "rule": "entry-into-force", "rule_text": rule_text, "text": "words"}
    notes = [
        {"kind": "notification", "by": "CH", "received": "2014-06-02"},
        {"kind": "notification", "by": "IL", "received": "2014-09-05"},
    ]
    whole = instrument(in_force_from=None, events=notes)
    whole["terms"] = [*(term for term in BASE["agreement"]["terms"] if term["rule"] != "entry-into-force"), entry]
    decisions = {}
    for day in ("2014-09-04", "2014-09-05", "2014-10-01", "2014-11-01"):
        case = {"id": "v", "given": {**BASE, "agreement": whole, "now": f"{day}T09:00:00Z"}}
        decisions[day] = answer(strictjson.canonical(case))["decision"]
    assert decisions == {day: "allow" if computed and day >= computed else "deny" for day in decisions}


def test_several_levels_in_one_term_and_several_terms_in_one_cell() -> None:
    term = {
        "article": "99",
        "rule": "no-equivalent",
        "level": {"IL": ["SODI", "SHAMUR"]},
        "treat_as": {"CH": "GEHEIM"},
        "text": "words",
    }
    found = [one.params["level"] for one in from_published(instrument(term)).of("no-equivalent")]
    assert found == [{"IL": "SODI"}, {"IL": "SHAMUR"}]
    rows = [{"en": "SECRET", "IL": ["SODI", "SECRET-IL"], "IL_alt": "S", "CH": "GEHEIM"}]
    table = from_published({**BASE["agreement"], "equivalence": rows}).equivalence
    assert [table.to("IL", name, "CH") for name in ("SODI", "secret-il", "S")] == ["GEHEIM"] * 3
    assert table.to("CH", "GEHEIM", "IL") == "SODI"
