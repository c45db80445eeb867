"""What a level allows: one row a reading of ceilings, of levels without equivalent, of requests and of changes."""

from typing import Any

import pytest

from tests.release.fiction import ACCESS, person, term, thing
from tests.release.test_rules import CONSENT, DE, Row, answers_as_read, yes

MARKED: dict[str, Any] = {"level": {"AR": "PEAK"}, "mark_as": {"BO": "Arland PEAK"}}
TOP = term("no-equivalent", "4", level={"AR": "PEAK"}, requires="arrangement")
CHANGE = term("classification-change", "2", **CONSENT)
NOTICE = term("notify-classification-change", "6")
ASKED = term("handling-request", "2", direction="up-only")


def lower(to: str | None, by: str = "BO", **more: Any) -> dict[str, Any]:
    return {"context": {"requested_by": by, **({} if to is None else {"to_level": to}), **more}}


def ask_for(level: str, by: str = "AR") -> dict[str, Any]:
    return {"context": {"request": {"by": by, "apply_level": level}}}


def changed(**event: Any) -> dict[str, Any]:
    return {"context": {"event": {"kind": "classification-changed", **event}}}


# fmt: off
ROWS: list[Row] = [
    # ceilings
    ("below the ceiling", "release", [term("max-level", "3", max_en="SECRET"), ACCESS], {}, "allow", "3", [], set()),
    ("above the ceiling", "release", [term("max-level", "3", max_en="CONFIDENTIAL"), ACCESS], {}, "deny", "3", [],
     set()),
    ("no ceiling in use", "use", [term("max-level", "3", max_en="CONFIDENTIAL"), ACCESS], {}, "allow", "5", [],
     set()),
    ("no ceiling for what is not classified", "release", [term("max-level", "3", max_en="CONFIDENTIAL"), ACCESS],
     {"about": thing(None)}, "allow", "5", [], set()),
    ("only levels of the table", "release", [term("max-level", "3", levels_closed=True), ACCESS],
     {"about": thing("PEAK")}, "deny", "3", [], set()),
    ("a level of the table", "release", [term("max-level", "3", levels_closed=True), ACCESS], {}, "allow", "3", [],
     set()),
    # without equivalent
    ("another level than the one spoken of", "release", [term("no-equivalent", "4", **MARKED), ACCESS], {}, "allow",
     "5", [], set()),
    ("back to whose it is", "release", [term("no-equivalent", "4", **MARKED), ACCESS], {"about": thing("PEAK"),
     "reader": person("AR"), "context": {"sender": "BO"}}, "allow", "5", [], set()),
    ("marked, and more", "release", [term("no-equivalent", "4", plus="Annex V", **MARKED), term(
     "no-equivalent-access", "4b", min_clearance={"BO": "SREDNE"}), ACCESS], {"about": thing("PEAK")}, "allow", "4",
     [], {("mark", "BO"), ("locked-storage", "BO"), ("extra-measures", "BO")}),
    ("an arrangement of nobody named", "release", [TOP], {"about": thing("PEAK")}, "needs-consent", "4",
     ["AR", "BO"], set()),
    ("an arrangement by consent", "release", [TOP, ACCESS], {"about": thing("PEAK"), "context": {
     "consents": [yes("AR", "arrangement"), yes("BO", "arrangement")]}}, "allow", "4", [],
     {("record-consent", "AR")}),
    ("an arrangement of one side", "release", [TOP], {"about": thing("PEAK"), "context": {
     "consents": [yes("AR", "arrangement")]}}, "needs-consent", "4", ["BO"], set()),
    ("no equivalent, and no way", "release", [term("no-equivalent", "4", level={"AR": "PEAK"}), ACCESS],
     {"about": thing("PEAK")}, "deny", "4", [], set()),
    ("no equivalent, its own to a third", "release", [term("no-equivalent", "4", level={"AR": "PEAK"}), ACCESS],
     {"about": thing("PEAK"), "reader": DE}, "allow", "5", [], set()),
    # requests
    ("asked for the same", "use", [ASKED], {"about": thing("MID"), **ask_for("SREDNE")}, "allow", "2", [],
     {("protect-as", "BO")}),
    ("asked in its own words", "use", [ASKED], {"about": thing("MID"), **ask_for("HIGH")}, "deny", "2", [], set()),
    ("asked for lower", "use", [ASKED], {"about": thing("MID"), **ask_for("NIZKO")}, "deny", "2", [], set()),
    ("the recipient asks", "use", [ASKED], {"about": thing("MID"), **ask_for("HIGH", "BO")}, "allow", "2", [],
     {("protect-as", "AR")}),
    ("the recipient asks for lower", "use", [ASKED], {"about": thing("MID"), **ask_for("LOW", "BO")}, "deny", "2", [],
     set()),
    ("asked of what is not classified", "use", [ASKED], {"about": thing(None), **ask_for("NIZKO")}, "allow", "2", [],
     {("protect-as", "BO")}),
    ("asked of what nobody can place", "use", [ASKED], {"about": thing("MOONLIGHT"), **ask_for("VISOKO")}, "deny",
     "2", [], set()),
    ("nothing is asked", "use", [ASKED, ACCESS], {}, "allow", "5", [], set()),
    # changes
    ("lowering one's own", "downgrade", [CHANGE], {"about": thing("VISOKO", "BO"), **lower("NIZKO")}, "allow", "2",
     [], set()),
    ("lowering another's", "downgrade", [CHANGE], lower("NIZKO"), "needs-consent", "2", ["AR"], set()),
    ("lowering another's, agreed", "downgrade", [CHANGE], lower("NIZKO", consents=[yes("AR", "downgrade:NIZKO")]),
     "allow", "2", [], {("re-mark", "BO"), ("record-consent", "BO")}),
    ("lifting another's, agreed", "declassify", [CHANGE], lower(None, consents=[yes("AR", "declassify")]), "allow",
     "2", [], {("re-mark", "BO"), ("record-consent", "BO")}),
    ("lifting another's, where only lowering was agreed", "declassify", [CHANGE], lower(None,
     consents=[yes("AR", "downgrade:NIZKO")]), "needs-consent", "2", ["AR"], set()),
    ("lowering, of whom is not said", "downgrade", [term("classification-change", "2",
     requires="prior-written-consent")], lower("NIZKO"), "needs-consent", "2", ["AR"], set()),
    ("using is no lowering", "use", [CHANGE, ACCESS], {}, "allow", "5", [], set()),
    # notices
    ("changed, and not told", "use", [NOTICE], changed(by="AR", to="LOW", notified=False), "duty", "6", [],
     {("notify-classification-change", "AR"), ("re-mark", "BO")}),
    ("changed, and told", "use", [NOTICE], changed(by="AR", to="LOW", notified=True), "duty", "6", [],
     {("re-mark", "BO")}),
    ("changed, to what is not said", "use", [NOTICE], changed(by="AR"), "duty", "6", [],
     {("notify-classification-change", "AR")}),
    ("changed, by whom is not said", "use", [NOTICE], changed(to="LOW"), "duty", "6", [], {("re-mark", "BO")}),
    ("changed, within a time", "use", [term("notify-classification-change", "6", deadline="30 days")],
     changed(by="AR", to="LOW", notified=False), "duty", "6", [], {("notify-classification-change", "AR")}),
    ("changed by who did not make it", "use", [NOTICE], changed(by="FR", to="LOW", notified=True), "duty", "6", [],
     set()),
    ("changed by who has it", "use", [NOTICE], {"about": thing("VISOKO", "BO"), **changed(by="BO", to="NIZKO",
     notified=True)}, "duty", "6", [], {("re-mark", "AR")}),
    ("changed by the originator", "use", [NOTICE], {"context": {"event": {"kind": "originator-changed-level",
     "by": "AR", "to": "LOW"}}}, "duty", "6", [], {("re-mark", "BO")}),
    ("notice, and consent", "downgrade", [term("notify-classification-change", "6", **CONSENT)], lower("NIZKO"),
     "needs-consent", "6", ["AR"], set()),
    ("notice of lowering one's own", "downgrade", [NOTICE], lower("MID", "AR"), "allow", "6", [],
     {("notify-classification-change", "AR")}),
    ("renamed, by whom is not said", "use", [term("level-change-notice", "3(3)")],
     {"context": {"event": {"kind": "level-renamed"}}}, "duty", "3(3)", [], {("notify-depositary", "AR")}),
    # unmarked
    ("unmarked and doubtful", "use", [ACCESS, term("unmarked", "13", default_en="CONFIDENTIAL")],
     {"about": thing(None, marking=None)}, "allow", "13", [], {("protect-as", "BO"), ("query-originator", "BO")}),
    ("unmarked, indicated", "use", [ACCESS, term("unmarked", "13", default_en="RESTRICTED")], {"about": thing(None,
     marking=None, indicated_classified="CONFIDENTIAL")}, "allow", "13", [], {("protect-as", "BO")}),
    ("marked", "use", [ACCESS, term("unmarked", "13", default_en="SECRET")], {}, "allow", "5", [], set()),
    # protected though unclassified
    ("another mark than that", "use", [ACCESS, term("unclassified-protected", "5.2", mark={"AR": "IN HOUSE",
     "BO": "DOMESTIC"})], {}, "allow", "5", [], set()),
    ("no mark of the recipient's", "use", [ACCESS, term("unclassified-protected", "5.2", mark={"AR": "IN HOUSE"})],
     {"about": thing("IN HOUSE")}, "allow", "5", [], set()),
    # by reference
    ("levels left to other texts", "release", [term("protection-by-reference", "3"), ACCESS], {}, "allow", None, [],
     set()),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)
