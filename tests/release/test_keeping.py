"""Copies, translations, destruction, return and archives: what a holder may and must do, one row a reading."""

from typing import Any

import pytest

from tests.release.fiction import ACCESS, person, term, thing
from tests.release.test_rules import CONSENT, DE, Row, answers_as_read, firm, yes


def translates(**more: Any) -> dict[str, Any]:
    return {"context": {"target_language": "xx", **more}}


def asked_back(**more: Any) -> dict[str, Any]:
    return {"context": {"event": {"kind": "return-requested", "on": "2026-04-01"}, **more}}


OVER = {"reader": firm(contract_end="2026-01-01")}
NEVER = term("destroy-forbidden", "8", levels_en=["TOP SECRET"])

# fmt: off
ROWS: list[Row] = [
    # copies and translations
    ("a copy by one who is not cleared", "copy", [term("translator-clearance", "7.3")], {"context": {
     "translator_clearance": None}}, "deny", "7.3", [], set()),
    ("a copy by one who is", "copy", [term("translator-clearance", "7.3")], {"context": {
     "translator_clearance": "VISOKO"}}, "allow", "7.3", [], set()),
    ("a translation by one who is not cleared", "translate", [term("translator-clearance", "7.3")],
     translates(translator_clearance=None), "deny", "7.3", [], set()),
    ("a translation by one cleared below it", "translate", [term("translator-clearance", "7.3")],
     translates(translator_clearance="SREDNE"), "deny", "7.3", [], set()),
    ("a translator of whom the text asks nothing", "translate", [term("translation", "15")],
     translates(translator_clearance=None), "allow", "15", [], {("translation-note", "BO"), ("carry-marking", "BO")}),
    ("one's own, by anybody", "translate", [term("translator-clearance", "7.3")], {"about": thing("VISOKO", "BO"),
     **translates(translator_clearance=None)}, "allow", "7.3", [], set()),
    ("not classified, by anybody", "translate", [term("translator-clearance", "7.3"), term("copy", "8")], {
     "about": thing(None), **translates(translator_clearance=None)}, "allow", "8", [], set()),
    ("a translation under a rule of copies in the language", "translate", [term("copies-marking", "8",
     "a note in the language of translation")], translates(), "allow", "8", [], {("translation-note", "BO"),
     ("carry-marking", "BO")}),
    ("a copy under it", "copy", [term("copies-marking", "8", "a note in the language of translation")], {}, "allow",
     "8", [], {("carry-marking", "BO")}),
    ("a translation under a rule of copies", "translate", [term("copy", "8")], translates(), "allow", "8", [],
     {("carry-marking", "BO"), ("limit-copies", "BO")}),
    ("copied with consent", "copy", [term("copy-consent", "8", **CONSENT)], {"context": {"consents": [yes("AR",
     "copy")]}}, "allow", "8", [], {("record-consent", "BO")}),
    ("an instruction that nobody understands", "copy", [term("copy", "8")], {"about": thing(handling=["BURN"])},
     "deny", "8", [], set()),
    ("one's own instruction", "copy", [term("copy", "8")], {"about": thing("VISOKO", "BO", handling=["NO COPY"])},
     "allow", "8", [], set()),
    # destruction
    ("above every level that is never destroyed", "destroy", [NEVER], {"about": thing("PEAK")}, "deny", "8", [],
     {("return", "BO")}),
    ("below what is never destroyed", "destroy", [NEVER, term("destroy", "8b")], {}, "allow", "8b", [],
     {("destroy-irreversibly", "BO")}),
    ("no level is ever destroyed", "destroy", [term("destroy-forbidden", "8")], {"about": thing("LOW")}, "deny", "8",
     [], {("return", "BO")}),
    ("one's own is destroyed", "destroy", [NEVER, term("destroy", "8b")], {"about": thing("VISOKO", "BO")}, "allow",
     "8b", [], set()),
    ("destroyed with consent", "destroy", [term("destroy-consent", "8(4)", **CONSENT)], {"context": {"consents": [yes(
     "AR", "destroy")]}}, "allow", "8(4)", [], {("destroy-irreversibly", "BO")}),
    ("destroyed with consent, and told", "destroy", [term("destroy-consent", "8(4)", "both are informed", **CONSENT)],
     {"context": {"consents": [yes("AR", "destroy")]}}, "allow", "8(4)", [], {("destroy-irreversibly", "BO"),
     ("notify-originator", "BO")}),
    ("not destroyed without it", "destroy", [term("destroy-consent", "8(4)", **CONSENT)], {}, "needs-consent", "8(4)",
     ["AR"], {("return", "BO")}),
    ("destroyed, and certified", "destroy", [term("return-or-destroy", "8.1", certificate_days=30)], {}, "allow",
     "8.1", [], {("destroy-irreversibly", "BO"), ("destruction-certificate", "BO")}),
    ("certified", "destroy", [term("destruction-certificate", "8.4")], {}, "allow", "8.4", [],
     {("destruction-certificate", "BO")}),
    # return
    ("asked back", "retain", [term("return-or-destroy", "8.1")], asked_back(), "duty", "8.1", [], {("return", "BO"),
     ("return-or-destroy", "BO")}),
    ("asked back, to be certified", "retain", [term("return-or-destroy", "8.1", certificate_days=30)], asked_back(),
     "duty", "8.1", [], {("return", "BO"), ("destruction-certificate", "BO")}),
    ("told to return it", "retain", [term("return-or-destroy", "8.1")], {"context": {"event": {
     "kind": "purpose-ended"}, "originator_instruction": "return"}}, "duty", "8.1", [], {("return", "BO")}),
    ("asked back, and needed for materiel", "retain", [term("return-or-destroy", "8.1"), term("contract-end",
     "10(4)")], asked_back(still_needed_for="upkeep"), "allow", "10(4)", [], {("keep-protecting", "BO")}),
    ("asked back, and needed, under a text that knows no need", "retain", [term("return-or-destroy", "8.1")],
     asked_back(still_needed_for="upkeep"), "duty", "8.1", [], {("return", "BO")}),
    ("asked back at the end of a contract", "retain", [term("contract-end", "10(4)")], asked_back(), "duty", "10(4)",
     [], {("return", "BO")}),
    ("a contract is over", "retain", [term("contract-end", "10(4)")], OVER, "allow", "10(4)", [],
     {("keep-protecting", "BO")}),
    ("a contract is over, and it is used", "use", [ACCESS, term("contract-end", "10(4)")], OVER, "allow", "5", [],
     set()),
    ("a contract is not over", "retain", [term("contract-end", "10(4)"), term("survival", "20")], {"reader": firm(
     contract_end="2027-01-01")}, "allow", None, [], set()),
    # archives
    ("to an archive", "retain", [term("archive", "5(4)", **CONSENT)], {"reader": person(
     organisation="state-archives")}, "needs-consent", "5(4)", ["AR"], set()),
    ("to a kind of archive", "use", [term("archive", "5(4)", **CONSENT)], {"reader": person(kind="archive")},
     "needs-consent", "5(4)", ["AR"], set()),
    ("to an archive, with consent", "retain", [term("archive", "5(4)", **CONSENT)], {"reader": person(
     organisation="state-archives"), "context": {"consents": [yes("AR", "archive")]}}, "allow", "5(4)", [],
     {("record-consent", "BO")}),
    ("one's own to an archive", "retain", [term("archive", "5(4)", **CONSENT)], {"about": thing("VISOKO", "BO"),
     "reader": person(organisation="state-archives")}, "allow", None, [], set()),
    ("to an archive abroad", "onward-release", [term("archive", "5(4)", **CONSENT)], {"reader": {**DE,
     "organisation": "archives"}, "context": {"holder": "BO"}}, "needs-consent", "5(4)", ["AR"], set()),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)
