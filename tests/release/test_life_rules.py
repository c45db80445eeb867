"""The life of the text as a rule sees it, and what a compromise brings: one row a reading."""

from typing import Any

import pytest

from tests.release.fiction import ACCESS, person, term, thing
from tests.release.test_rules import Row, answers_as_read

LOST = {"context": {"event": {"kind": "loss", "by": "BO", "on": "2026-05-01T10:00:00Z",
                              "discovered": "2026-05-02T08:00:00Z"}}}  # fmt: skip
TWO = {"about": thing(sources=[{"id": "s", "origin": "FR"}])}
TIERS = [term("compromise", "11.1", levels_en=["CONFIDENTIAL", "SECRET"], deadline="immediately"),
         term("compromise-low", "11.3", levels_en=["RESTRICTED"])]  # fmt: skip


def happened(kind: str, **more: Any) -> dict[str, Any]:
    return {"events": [{"kind": kind, **more}]}


def over(**more: Any) -> dict[str, Any]:
    """After the end of the text, by a notice of its termination."""
    ended = {"kind": "termination-notice", "by": "BO", "dated": "2025-01-01", "received": "2025-01-01"}
    return {**more, "events": [ended, *more.pop("events", [])]}


END = term("termination", "20", notice_months=6)
KEEP = term("survival", "20(6)")

# fmt: off
ROWS: list[Row] = [
    # force
    ("after the end", "release", [END, ACCESS], over(), "deny", "20", [], set()),
    ("after the end, back to whose it is", "release", [END, ACCESS], over(about=thing("VISOKO", "BO"), context={
     "sender": "AR"}), "allow", None, [], set()),
    ("after the end, a visit", "visit", [END, term("visit", "8(1)")], over(reader=person("AR"), about=thing(None,
     "BO"), context={"host": "BO", "request": {"date": "2026-05-04"}, "approvals": [{"by": "BO",
     "on": "2026-04-02"}]}), "deny", "20", [], set()),
    ("after the end, what is here", "use", [END, KEEP, ACCESS], over(), "allow", "20(6)", [],
     {("keep-protecting", "BO")}),
    ("before the end", "use", [END, KEEP, ACCESS], {}, "allow", "5", [], set()),
    ("after the end, asked back", "retain", [END, KEEP], over(context={"event": {"kind": "return-requested"}}),
     "allow", "20(6)", [], {("return", "BO"), ("keep-protecting", "BO")}),
    ("released from the duty", "use", [END, term("survival", "20(6)", until="released")], over(events=[
     {"kind": "released-from-duty", "by": "AR", "on": "2026-02-01"}]), "allow", "20(6)", [], set()),
    ("released by one of two", "use", [END, term("survival", "20(6)", until="released")], over(about=TWO["about"],
     events=[{"kind": "released-from-duty", "by": "AR", "on": "2026-02-01"}]), "allow", "20(6)", [],
     {("keep-protecting", "BO")}),
    ("an activity not finished", "use", [END, term("termination-activities", "20(4)")], over(context={"project": {
     "id": "p"}}), "allow", "20(4)", [], set()),
    ("an activity not begun", "use", [END, term("termination-activities", "20(4)"), KEEP], over(), "allow", "20(6)",
     [], set()),
    # events of the text itself
    ("leaving", "use", [term("withdrawal", "47")], happened("withdrawal-notice", by="BO", dated="2026-01-31",
     received="2026-01-31"), "duty", "47", [], {("pay-share", "BO")}),
    ("leaving, with a time of its own", "use", [term("withdrawal", "47", notice_months=1)], happened(
     "withdrawal-notice", by="BO", dated="2026-01-31", received="2026-01-31"), "duty", "47", [],
     {("pay-share", "BO")}),
    ("leaving later", "use", [ACCESS, term("withdrawal", "47")], happened("withdrawal-notice", by="BO",
     dated="2026-06-01", received="2026-06-01"), "allow", "5", [], set()),
    ("an amendment proposed", "use", [term("amendment-reply", "14(2)")], happened("amendment-proposed", by="AR",
     dated="2026-05-02", received="2026-05-02"), "duty", "14(2)", [], {("reply", "BO")}),
    ("an amendment proposed, with a time of its own", "use", [term("amendment-reply", "14(2)", reply_days=10)],
     happened("amendment-proposed", by="AR", dated="2026-04-30", received="2026-04-30"), "duty", "14(2)", [],
     {("reply", "BO")}),
    ("an amendment not yet received", "use", [ACCESS, term("amendment-reply", "14(2)")], happened(
     "amendment-proposed", by="AR", dated="2026-05-03", received="2026-05-03"), "allow", "5", [], set()),
    ("another authority", "use", [term("authority-change", "4(2)")], happened("authority-changed", by="AR",
     on="2026-05-02"), "duty", "4(2)", [], {("notify-authority-change", "AR")}),
    ("another authority, and told", "use", [ACCESS, term("authority-change", "4(2)")], happened("authority-changed",
     by="AR", on="2026-05-02", notified=True), "allow", "5", [], set()),
    ("another authority from tomorrow", "use", [ACCESS, term("authority-change", "4(2)")], happened(
     "authority-changed", by="AR", on="2026-05-03"), "allow", "5", [], set()),
    ("looked at again, a year before", "use", [term("review", "14.2")], {"in_force_from": "2017-05-03"}, "duty",
     "14.2", [], {("review", "both")}),
    ("looked at again, too soon", "use", [ACCESS, term("review", "14.2")], {"in_force_from": "2017-05-04"}, "allow",
     "5", [], set()),
    ("looked at again, after years of its own", "use", [term("review", "14.2", years=5)], {"in_force_from":
     "2021-05-02"}, "duty", "14.2", [], {("review", "both")}),
    *((f"when is the {kind} to be looked at again", "use", [term("review", "14.2")], {"about": thing(None,
       type=kind)}, "duty", "14.2", [], {("review", "both")}) for kind in ("review", "agreement")),
    # a compromise
    ("from when it was found", "report-compromise", [term("compromise", "11", first_hours=24, report_days=30)], LOST,
     "duty", "11", [], {("notify-originator", "BO"), ("investigate", "BO"), ("report-findings", "BO"),
     ("corrective-measures", "BO")}),
    ("from when it was", "report-compromise", [term("compromise", "11", first_hours=24, report_days=30)], {"context":
     {"event": {"kind": "loss", "on": "2026-05-01T10:00:00Z"}}}, "duty", "11", [], {("notify-originator", "BO")}),
    ("no event, and reported", "report-compromise", [term("compromise", "11", first_hours=24)], {}, "duty", "11", [],
     {("notify-originator", "BO")}),
    ("no term says when", "report-compromise", [term("compromise", "11")], LOST, "duty", "11", [],
     {("notify-originator", "BO")}),
    ("every originator is told", "report-compromise", [term("compromise", "11")], {**LOST, **TWO}, "duty", "11", [],
     {("notify-originator", "BO")}),
    ("lost by whose it is", "report-compromise", [term("compromise", "11")], {"about": thing("VISOKO", "BO"), **LOST},
     "duty", "11", [], {("notify-originator", "AR")}),
    ("sent to a third country", "report-compromise", [term("compromise", "10")], {"context": {"transmitted_by": "AR",
     "event": {"kind": "breach-in-third-country"}}}, "duty", "10", [], {("investigate", "AR")}),
    ("sent by nobody known", "report-compromise", [term("compromise", "10")], {"context": {"event": {
     "kind": "breach-in-third-country"}}}, "duty", "10", [], {("investigate", "BO")}),
    ("a loss elsewhere, sent by one", "report-compromise", [term("compromise", "10")], {"context": {
     "transmitted_by": "AR", "event": {"kind": "loss"}}}, "duty", "10", [], {("investigate", "BO")}),
    ("the high tier", "report-compromise", TIERS, LOST, "duty", "11.1", [], {("notify-originator", "BO"),
     ("report-findings", "BO")}),
    ("the low tier, without a time", "report-compromise", TIERS, {"about": thing("LOW"), **LOST}, "duty", "11.3", [],
     {("notify-originator", "BO"), ("investigate", "BO")}),
    ("no tier fits: the faster one", "report-compromise", TIERS, {"about": thing("PEAK"), **LOST}, "duty", "11.1", [],
     {("notify-originator", "BO")}),
    ("a tier for every level fits", "report-compromise", [*TIERS, term("compromise", "11")], {"about": thing("PEAK"),
     **LOST}, "duty", "11", [], {("notify-originator", "BO")}),
    ("above the only tier", "report-compromise", TIERS[1:], LOST, "duty", "11.3", [], {("notify-originator", "BO")}),
    ("the low tier, by one of its originators", "report-compromise", TIERS[1:], {"about": thing("NIZKO", "BO",
     sources=[{"id": "s", "origin": "AR", "level": "LOW"}]), "context": {**LOST["context"], "holder": "BO"}}, "duty",
     "11.3", [], {("notify-originator", "BO")}),
    ("not classified, in tiers", "report-compromise", TIERS, {"about": thing(None), **LOST}, "duty", "11.1", [],
     {("notify-originator", "BO")}),
    ("an inquiry", "report-compromise", [term("compromise-investigate", "13.2", deadline="in-writing")], LOST, "duty",
     "13.2", [], {("investigate", "BO"), ("report-findings", "BO"), ("notify-originator", "BO")}),
    ("an inquiry without a time", "report-compromise", [term("compromise-investigate", "13.2")], LOST, "duty", "13.2",
     [], {("report-findings", "BO")}),
    ("who pays", "report-compromise", [term("compromise", "10(1)"), term("compromise-cost", "10(2)")], LOST, "duty",
     "10(1)", [], {("bear-own-costs", "BO")}),
    ("nothing happened, and it is used", "use", [ACCESS, term("compromise", "10"), term("compromise-cost", "10(2)"),
     term("compromise-investigate", "13.2"), term("compromise-low", "11.3")], {}, "allow", "5", [], set()),
    ("something else happened", "use", [ACCESS, term("compromise", "10")], {"context": {"event": {"kind": "received"}}},
     "allow", "5", [], set()),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)
