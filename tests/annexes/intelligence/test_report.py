"""A sanitised report holds only what may stay, is labelled by that alone, and tells nothing of the rest."""

import json
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes.intelligence import REPORT
from comity.annexes.intelligence.report import Report
from comity.core.errors import Refused
from comity.labels.label import Label
from comity.labels.profile import builtin
from comity.release.kind import Removals
from tests.annexes.intelligence.samples import REPORTS, good, raw


def cut(value: dict[str, Any], portions: Collection[str] = (), *, personal: bool = False) -> Report:
    removals = Removals(portions=frozenset(portions), personal=personal)
    copy = REPORT.sanitise(REPORT.parse(raw(value)), removals)
    assert REPORT.sanitise(copy, removals) == copy
    assert REPORT.parse(REPORT.render(copy)) == copy
    return copy


def ids(report: Report) -> list[str]:
    return [portion.id for portion in report.body.portions]


def test_the_whole_is_labelled_by_the_join_of_its_parts() -> None:
    said = REPORT.marked(REPORT.parse(raw(good()["report"])), "irrelevant")
    assert said.label is not None
    assert said.label.parties == {"XX", "ZZ"}
    assert [part for part, _ in said.portions] == ["title", "summary", "source", "person", "joint"]


def test_what_remains_is_labelled_by_itself() -> None:
    said = REPORT.marked(cut(good()["report"], ["source", "person", "joint"]), "irrelevant")
    assert said.label == Label.from_json([{"origin": "XX", "level": "RESTRICTED"}])


def test_a_named_portion_leaves_nothing_behind() -> None:
    copy = cut(good()["report"], ["source"])
    assert ids(copy) == ["summary", "person", "joint"]
    shown = REPORT.render(copy).decode() + repr(REPORT.describe(copy))
    assert "fictional source" not in shown
    assert "source" not in shown


def test_personal_data_leaves_with_its_portion() -> None:
    assert ids(cut(good()["report"], personal=True)) == ["summary", "source", "joint"]


def test_a_title_of_its_own_stays_and_one_of_the_whole_goes() -> None:
    assert cut(good()["report"], ["source"]).body.title == "A fictional title"
    assert cut(good()["report"], ["source", "title"]).body.title is None
    unlabelled = {name: part for name, part in good()["report"].items() if name != "title_label"}
    copy = cut(unlabelled, ["source"])
    assert copy.body.title is None
    assert REPORT.describe(copy).title == "Report R-1"


def test_once_anything_leaves_only_the_tear_line_goes() -> None:
    copy = cut(good()["report with a tear line"], ["above"])
    assert ids(copy) == ["tear"]
    shown = REPORT.render(copy).decode() + repr(REPORT.describe(copy))
    assert not [word for word in ("above", "Classified", "title of the whole", "middle") if word in shown]


def test_a_report_that_may_go_whole_keeps_what_is_above_its_tear_line() -> None:
    record = REPORT.parse(raw(good()["report with a tear line"]))
    assert REPORT.sanitise(record, Removals(portions=frozenset({"elsewhere"}))) is record


@pytest.mark.parametrize(
    ("name", "portions"),
    [("report", ["summary", "source", "person", "joint"]), ("report with a tear line", ["tear"])],
)
def test_nothing_left_is_refused(name: str, portions: list[str]) -> None:
    with pytest.raises(Refused, match="nothing of this report would remain"):
        cut(good()[name], portions)


@settings(deadline=None)
@given(st.sets(st.sampled_from(["title", "summary", "source", "person", "joint"])), st.booleans(), st.data())
def test_what_is_withheld_cannot_be_seen_in_the_copy(gone: set[str], personal: bool, data: st.DataObject) -> None:
    """Law 4: reports that differ only in what is withheld have byte-identical copies."""
    one = good()["report"]
    text = data.draw(st.text("abc", min_size=1))
    left = [p for p in one["portions"] if p["id"] not in gone and not (personal and p["id"] == "person")]
    if not left or len(left) == len(one["portions"]):
        return
    portions = [p if p in left else {**p, "text": text, "heading": text} for p in one["portions"]]
    other = {**one, "portions": portions, "title": text if "title" in gone else one["title"]}
    assert REPORT.render(cut(one, gone, personal=personal)) == REPORT.render(cut(other, gone, personal=personal))


def test_without_any_label_nothing_is_said_and_with_some_the_gap_is_a_problem() -> None:
    said = REPORT.marked(REPORT.parse(raw(good()["report that nobody marked"])), "XX")
    assert (said.label, said.problem) == (None, None)
    value = json.loads(raw(good()["report"]))
    del value["portions"][0]["label"]
    said = REPORT.marked(REPORT.parse(raw(value)), "XX")
    assert said.problem == "the portion 'summary' carries no label, although other parts do"


@pytest.mark.parametrize(
    ("stem", "origins"), [("01-phishing-wave", {"IL"}), ("07-third-state", {"IL", "XX"}), ("08-unmarked", None)]
)
def test_the_examples_are_labelled_or_held(stem: str, origins: set[str] | None) -> None:
    record = REPORT.parse((REPORTS / f"{stem}.json").read_bytes())
    label = builtin("own-intelligence", "IL").label(REPORT.marked(record, "IL"))
    assert (None if label is None else label.parties) == origins
