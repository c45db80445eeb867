"""Firms and visits: what a text asks before a firm gets anything, and before anybody comes, one row a reading."""

from typing import Any

import pytest

from tests.release.fiction import person, term, thing
from tests.release.test_rules import CONSENT, Row, answers_as_read, firm, yes

SECURITY = "a security agreement with the state of the contractor is in force"
NSA = term("competent-authorities", "3", authorities={"AR": "NSA", "BO": "NSA"})


def asks(*requires: str, **more: Any) -> list[dict[str, Any]]:
    return [term("contractor", "9", requires=list(requires), **more)]


def to(**contractor: Any) -> dict[str, Any]:
    return {"reader": firm(**contractor)}


def sub(country: str | None = None, **more: Any) -> dict[str, Any]:
    return {"reader": firm("subcontractor", **({} if country is None else {"country": country})), **more}


def joins(*approved: str, **context: Any) -> dict[str, Any]:
    return {"reader": firm("participant", approved_by=list(approved)), "context": context}


def visit(**more: Any) -> dict[str, Any]:
    """A visit to Borland by somebody of Arland, asked for on 1 April for 4 May 2026."""
    asked = {"date": "2026-05-04", **more.pop("request", {})}
    context = {"host": "BO", "submitted": "2026-04-01", "request": asked, **more}
    reader = context.pop("reader", person("AR"))
    about = context.pop("about", thing(None, "BO"))
    return {"reader": reader, "about": about, "context": {k: v for k, v in context.items() if v is not None}}


def urgent(**more: Any) -> dict[str, Any]:
    return visit(urgent=True, submitted="2026-04-29", **more)


COMES = [term("visit", "8(1)")]
LEAD = term("visit-lead-time", "8(2)", lead_working_days={"BO": 20})
DAYS = term("visit-lead-time", "8(2)", lead_days=30)

# fmt: off
ROWS: list[Row] = [
    # what must be so before a firm gets anything
    ("a firm that nobody confirmed", "release", asks("facility-clearance"), to(confirmed=False), "deny", "9", [],
     set()),
    ("a firm that was confirmed", "release", asks("facility-clearance"), to(confirmed=True), "allow", "9", [], set()),
    ("nothing stated asks a facility clearance", "release", [term("contractor", "9")], to(facility_clearance=None),
     "deny", "9", [], set()),
    ("one condition, not in a list", "release", [term("contractor", "9", requires="capability")],
     to(capability=False), "deny", "9", [], set()),
    ("a register in the words", "release", [term("contractor", "9", "a register of contractors is kept",
     requires=["facility-clearance"])], to(), "allow", "9", [], {("register", "BO")}),
    ("inspected", "release", asks("inspections"), to(), "allow", "9", [], {("inspect", "BO"), ("register", "BO")}),
    ("not inspected", "release", asks("inspections"), to(inspected=False), "deny", "9", [], set()),
    ("its facility below the level", "release", asks("facility-clearance"), to(facility_clearance={"party": "BO",
     "level": "SREDNE"}), "deny", "9", [], set()),
    ("its facility cleared by its own state", "release", asks("facility-clearance"), to(facility_clearance={
     "level": "VISOKO"}), "allow", "9", [], set()),
    ("nobody assured its clearance", "release", asks("facility-clearance-assurance"), to(), "deny", "9", [],
     {("obtain-assurance", "AR")}),
    ("its clearance assured", "release", asks("facility-clearance-assurance"), to(assurance=True), "allow", "9", [],
     set()),
    ("its staff not cleared", "release", asks("personnel-clearance"), to(personnel_clearance=False), "deny", "9", [],
     set()),
    ("its staff cleared, the reader not", "release", asks("personnel-clearance"), {"reader": {**firm(),
     "clearance": None}}, "deny", "9", [], set()),
    ("its staff cleared", "release", asks("personnel-clearance"), to(), "allow", "9", [], set()),
    ("it cannot protect", "release", asks("capability"), to(capability=False), "deny", "9", [], set()),
    ("its reader need not know", "release", asks("need-to-know"), {"reader": {**firm(), "need_to_know": False}},
     "deny", "9", [], set()),
    ("it was not briefed", "release", asks("briefing"), {"reader": {**firm(briefed=False), "briefed": False}},
     "deny", "9", [], {("brief", "BO")}),
    ("its reader was", "release", asks("briefing"), to(briefed=False), "allow", "9", [], set()),
    ("without the clause", "release", asks("security-clause"), to(), "deny", "9", [], set()),
    ("with the clause", "release", asks("security-clause"), to(security_clause=True), "allow", "9", [], set()),
    ("a condition that nobody knows", "release", asks("host-approval"), to(), "deny", "9", [], set()),
    *((f"{word} by nobody", "release", asks(word), to(), "needs-consent", "9", ["BO"], set())
      for word in ("authority-approval", "dsa-approval", "approval")),
    ("approved by its state", "release", asks("approval"), to(approved_by=["BO"]), "allow", "9", [], set()),
    ("approved by the named authority", "release", [NSA, *asks("approval")], to(approved_by=["BO-NSA"]), "allow", "9",
     [], set()),
    ("approved beforehand", "release", asks("approval"), {"reader": firm(), "context": {"approvals": [{"by": "BO",
     "on": "2026-04-01"}]}}, "allow", "9", [], set()),
    ("approved later", "release", asks("approval"), {"reader": firm(), "context": {"approvals": [{"by": "BO",
     "on": "2026-06-01"}]}}, "needs-consent", "9", ["BO"], set()),
    ("the originator consents", "release", asks("originator-consent"), {"reader": firm(), "context": {"sender": "BO",
     "consents": [yes("AR", "contract")]}}, "allow", "9", [], {("record-consent", "BO")}),
    ("a body without a contractor's facts", "release", asks("facility-clearance"), {"reader": person("BO",
     kind="contractor")}, "deny", "9", [], set()),
    ("a participant is no contractor", "release", asks("facility-clearance"), {"reader": firm("participant",
     facility_clearance=None)}, "allow", None, [], set()),
    ("the firm reads on its own", "use", asks("facility-clearance"), to(facility_clearance=None), "deny", "9", [],
     set()),
    ("nothing is asked of a government", "release", asks("facility-clearance"), {}, "allow", None, [], set()),
    # the provider's consent
    ("a security agreement is lacking", "release", [term("contractor-consent", "8(1)", SECURITY, **CONSENT)],
     {"reader": firm(party="DE", clearance=None), "context": {"security_agreements_with": [],
     "consents": [yes("AR", "release:DE")]}}, "deny", "8(1)", [], set()),
    ("a security agreement is there", "release", [term("contractor-consent", "8(1)", SECURITY, **CONSENT)],
     {"reader": firm(party="DE"), "about": thing("VISOKO", "BO", sources=[{"id": "s", "origin": "AR",
     "level": "HIGH"}]), "context": {"sender": "BO", "security_agreements_with": ["DE"],
     "consents": [yes("AR", "contract"), yes("AR", "release:DE")]}}, "allow", "8(1)", [], {("record-consent", "BO")}),
    ("a form is not stated: in writing", "release", [term("contractor-consent", "8(1)")], {"reader": firm(),
     "context": {"sender": "BO", "consents": [yes("AR", "contract", written=False)]}}, "needs-consent", "8(1)", ["AR"],
     set()),
    ("… spoken, where the text takes it", "release", [term("contractor-consent", "8(1)", requires="prior-consent")],
     {"reader": firm(), "context": {"sender": "BO", "consents": [yes("AR", "contract", written=False)]}}, "allow",
     "8(1)", [], set()),
    ("a company that is no contractor", "release", [term("contractor-consent", "8(1)", **CONSENT)],
     {"reader": person("BO", kind="company"), "context": {"sender": "BO"}}, "needs-consent", "8(1)", ["AR"], set()),
    ("a government is no firm", "release", [term("contractor-consent", "8(1)", **CONSENT)], {"context": {
     "sender": "BO"}}, "allow", None, [], set()),
    # subcontractors
    *((f"a subcontract by {word}", "release", [term("subcontractor", "10", requires=word)], sub(), "needs-consent",
       "10", ["BO"], set()) for word in ("dsa-approval", "approval", "authority-approval")),
    ("an approved subcontract", "release", [term("subcontractor", "10", requires="approval")], {"reader": firm(
     "subcontractor", approved_by=["BO"])}, "allow", "10", [], set()),
    ("a subcontract abroad", "release", [term("subcontractor", "10", requires="prior-written-consent")],
     sub("FI", context={"sender": "BO"}), "needs-consent", "10", ["AR"], set()),
    ("… with consent", "release", [term("subcontractor", "10", requires="prior-written-consent")],
     sub("FI", context={"sender": "BO", "consents": [yes("AR", "subcontract")]}), "allow", "10", [], set()),
    ("… in another party's country", "release", [term("subcontractor", "10", requires="prior-written-consent")],
     sub("AR", context={"sender": "BO"}), "needs-consent", "10", ["AR"], set()),
    ("a subcontract at home", "release", [term("subcontractor", "10", requires="prior-written-consent")],
     sub("BO", context={"sender": "BO"}), "allow", None, [], set()),
    ("a subcontract under the same conditions", "release", [*asks("facility-clearance"), term("subcontractor", "10")],
     sub(), "allow", "9", [], set()),
    ("… by consent, where they ask it", "release", [*asks("originator-consent"), term("subcontractor", "10")],
     sub(context={"sender": "BO"}), "needs-consent", "9", ["AR"], set()),
    ("a subcontract, and no conditions to be the same", "release", [term("subcontractor", "10")], sub(), "allow", "10",
     [], set()),
    ("a contractor is no subcontractor", "release", [term("subcontractor", "10", requires="approval")], to(),
     "allow", None, [], set()),
    # control from abroad
    ("measures that the text does not ask for", "release", [term("foci", "10")], to(controlled_by="XX",
     measures=True), "deny", "10", [], set()),
    ("asked for, and not taken", "release", [term("foci", "10", requires="enforceable-measures")],
     to(controlled_by="XX"), "deny", "10", [], set()),
    ("controlled by nobody", "release", [term("foci", "10")], to(), "allow", None, [], set()),
    # the security annex
    ("no security annex", "release", [term("security-annex", "10")], to(security_annex=False), "deny", "10", [],
     {("security-annex", "contracting-authority")}),
    ("an annex that lacks a part", "release", [term("security-annex", "10", requires=["guide", "channels"])],
     to(security_annex=["guide"]), "deny", "10", [], {("security-annex", "contracting-authority")}),
    ("an annex with all of it", "release", [term("security-annex", "10", requires=["guide"])],
     to(security_annex=["guide", "channels"]), "allow", "10", [], set()),
    ("an annex, its parts not named", "release", [term("security-annex", "10", requires=["guide"])],
     to(security_annex=True), "allow", "10", [], set()),
    ("an annex that is still to be made", "release", [term("security-annex", "10", "its copy goes to the authorities"),
     NSA], to(), "allow", "10", [], {("security-annex", "contracting-authority"),
     ("copy-to-nsa", "contracting-authority")}),
    # participants, projects, committees
    ("a participant of nobody", "release", [term("participant-approval", "8(2)")], joins(), "needs-consent", "8(2)",
     ["AR", "BO"], set()),
    ("a participant of one side", "release", [term("participant-approval", "8(2)")], joins("AR"), "needs-consent",
     "8(2)", ["BO"], set()),
    ("a participant of both", "release", [term("participant-approval", "8(2)")], joins("AR", "BO"), "allow", "8(2)",
     [], set()),
    ("a participant by approval and consent", "release", [term("participant-approval", "8(2)")], joins(approvals=[
     {"by": "AR", "on": "2026-04-01"}], consents=[yes("BO", "contract")]), "allow", "8(2)", [], set()),
    ("a participant by word of mouth", "release", [term("participant-approval", "8(2)")], joins("AR", consents=[
     yes("BO", "contract", written=False)]), "needs-consent", "8(2)", ["BO"], set()),
    ("… where the text takes it", "release", [term("participant-approval", "8(2)", requires="prior-consent")],
     joins("AR", consents=[yes("BO", "contract", written=False)]), "allow", "8(2)", [], set()),
    ("a participant by one side's leave", "release", [term("participant-approval", "8(2)", consent_from="other-party")],
     joins("BO"), "allow", "8(2)", [], set()),
    ("a participant who promised silence", "release", [term("participant-nda", "8(3)")], {"reader": firm(
     "participant", nda=True)}, "allow", "8(3)", [], set()),
    ("nobody else need promise", "release", [term("participant-nda", "8(3)")], to(), "allow", None, [], set()),
    ("a project confirmed", "release", [term("project", "2")], {"context": {"project": {"id": "p",
     "confirmed_through_diplomatic_channel": True}}}, "allow", "2", [], set()),
    ("a project of which nothing is said", "release", [term("project", "2")], {"context": {"project": {"id": "p"}}},
     "needs-consent", "2", ["AR", "BO"], set()),
    ("a project by another form", "release", [term("project", "2", requires="joint-agreement")], {}, "needs-consent",
     "2", ["AR", "BO"], set()),
    ("a project and what is used", "use", [term("project", "2")], {}, "allow", None, [], set()),
    ("the committee has approved", "release", [term("joint-committee", "2")], {"context": {
     "joint_committee": "minute-4"}}, "allow", "2", [], set()),
    ("the committee has approved this", "release", [term("joint-committee", "2")], {"context": {"approvals": [
     {"by": "joint-committee", "on": "2026-04-01"}]}}, "allow", "2", [], set()),
    ("the committee consents", "release", [term("joint-committee", "2")], {"context": {"consents": [yes(
     "joint-committee", "release")]}}, "allow", "2", [], set()),
    ("the committee is silent, in any form", "release", [term("joint-committee", "2")], {}, "needs-consent", "2",
     ["joint-committee"], set()),
    ("the committee of another text", "use", [term("joint-committee", "2")], {}, "allow", None, [], set()),
    # visits: whose leave
    ("nobody's leave", "visit", COMES, visit(), "needs-consent", "8(1)", ["BO"], set()),
    ("the host's leave", "visit", COMES, visit(approvals=[{"by": "BO", "on": "2026-04-02"}]), "allow", "8(1)", [],
     set()),
    ("a spoken leave where a written one is asked", "visit", [term("visit", "8(1)", requires="prior-written-consent")],
     visit(consents=[yes("BO", "visit", written=False)]), "needs-consent", "8(1)", ["BO"], set()),
    ("a written one", "visit", [term("visit", "8(1)", requires="prior-written-consent")], visit(consents=[yes("BO",
     "visit")]), "allow", "8(1)", [], set()),
    ("the named authority's", "visit", [NSA, *COMES], visit(), "needs-consent", "8(1)", ["BO-NSA"], set()),
    ("both authorities'", "visit", [term("visit", "8(1)", consent_from="both-authorities")], visit(approvals=[
     {"by": "BO", "on": "2026-04-02"}]), "needs-consent", "8(1)", ["AR"], set()),
    ("a visitor who must be cleared, and is not", "visit", [term("visit", "8(1)", "each cleared visitor")],
     visit(reader=person("AR", clearance=None), approvals=[{"by": "BO", "on": "2026-04-02"}]), "deny", "8(1)", [],
     set()),
    ("… whose clearance has lapsed", "visit", [term("visit", "8(1)", "each cleared visitor")], visit(reader=person(
     "AR", clearance={"party": "AR", "level": "PEAK", "valid_until": "2026-01-01"}), approvals=[{"by": "BO",
     "on": "2026-04-02"}]), "deny", "8(1)", [], set()),
    ("… who is", "visit", [term("visit", "8(1)", "each cleared visitor")], visit(approvals=[{"by": "BO",
     "on": "2026-04-02"}]), "allow", "8(1)", [], set()),
    ("… whose clearance ends before the visit", "visit", [term("visit", "8(1)", "each cleared visitor")],
     visit(reader=person("AR", clearance={"party": "AR", "level": "PEAK", "valid_until": "2026-05-03"}), approvals=[
     {"by": "BO", "on": "2026-04-02"}]), "deny", "8(1)", [], set()),
    ("… whose clearance ends with it", "visit", [term("visit", "8(1)", "each cleared visitor")],
     visit(reader=person("AR", clearance={"party": "AR", "level": "PEAK", "valid_until": "2026-05-04"}), approvals=[
     {"by": "BO", "on": "2026-04-02"}]), "allow", "8(1)", [], set()),
    ("below the level that the text speaks of", "visit", [term("visit", "8(1)", from_en="SECRET")],
     visit(request={"level": "MID"}), "allow", None, [], set()),
    ("at the level that the text speaks of", "visit", [term("visit", "8(1)", from_en="SECRET")],
     visit(request={"level": "HIGH"}), "needs-consent", "8(1)", ["BO"], set()),
    ("at no level that anybody says", "visit", [term("visit", "8(1)", from_en="SECRET")], visit(), "needs-consent",
     "8(1)", ["BO"], set()),
    ("to see something below it", "visit", [term("visit", "8(1)", from_en="SECRET")], visit(about=thing("SREDNE",
     "BO")), "allow", None, [], set()),
    ("to see something at it", "visit", [term("visit", "8(1)", from_en="SECRET")], visit(about=thing("VISOKO", "BO")),
     "needs-consent", "8(1)", ["BO"], set()),
    ("a third country's national", "visit", [term("visit-third-nationals", "11.2")], visit(reader=person("AR",
     nationality=["PH"])), "needs-consent", "11.2", ["AR", "BO"], set()),
    ("a third country's national, on the request", "visit", [term("visit-third-nationals", "11.2",
     consent_from="other-party")], visit(request={"nationality": ["PH"]}), "needs-consent", "11.2", ["BO"], set()),
    ("a national of a party", "visit", [term("visit-third-nationals", "11.2")], visit(request={"nationality":
     ["AR", "PH"]}), "allow", None, [], set()),
    # visits: how long before
    ("in time by working days", "visit", [LEAD], visit(working_days_between=20), "allow", "8(2)", [], set()),
    ("a working day too late", "visit", [LEAD], visit(working_days_between=19), "deny", "8(2)", [], set()),
    ("in time by the calendar", "visit", [LEAD], visit(), "allow", "8(2)", [], set()),
    ("too late by the calendar", "visit", [LEAD], visit(submitted="2026-04-28"), "deny", "8(2)", [], set()),
    ("a host of whom the text says nothing has the longest", "visit", [term("visit-lead-time", "8(2)",
     lead_working_days={"AR": 5, "XX": 25})], visit(working_days_between=24), "deny", "8(2)", [], set()),
    ("in time by days", "visit", [DAYS], visit(submitted="2026-04-04"), "allow", "8(2)", [], set()),
    ("a day too late", "visit", [DAYS], visit(submitted="2026-04-05"), "deny", "8(2)", [], set()),
    ("no date, and nobody's leave", "visit", [LEAD], visit(submitted=None), "needs-consent", "8(2)", ["BO"], set()),
    ("no date, and the host's leave", "visit", [LEAD], visit(submitted=None, approvals=[{"by": "BO",
     "on": "2026-04-02"}]), "allow", None, [], set()),
    ("urgent, and no shorter time", "visit", [LEAD], urgent(), "deny", "8(2)", [], set()),
    ("urgent, and in time all the same", "visit", [LEAD], urgent(working_days_between=20), "allow", "8(2)", [],
     set()),
    ("urgent, within the shorter time", "visit", [term("visit-lead-time", "8(2)", lead_days=30, urgent_days=5)],
     urgent(), "allow", "8(2)", [], set()),
    ("urgent, after the shorter time", "visit", [term("visit-lead-time", "8(2)", lead_days=30, urgent_days=6)],
     urgent(), "deny", "8(2)", [], set()),
    ("urgent, by the host's word", "visit", [term("visit-lead-time", "8(2)", lead_days=30, urgent="coordination")],
     urgent(), "needs-consent", "8(2)", ["BO"], set()),
    ("urgent, and the host's word", "visit", [term("visit-lead-time", "8(2)", lead_days=30, urgent="coordination")],
     urgent(approvals=[{"by": "BO", "on": "2026-04-30"}]), "allow", "8(2)", [], set()),
    ("urgent, with an article of its own", "visit", [DAYS, term("visit-urgent", "8(3)", lead_days=5)], urgent(),
     "allow", "8(3)", [], set()),
    ("urgent, and late by its own article", "visit", [DAYS, term("visit-urgent", "8(3)", lead_days=6)], urgent(),
     "deny", "8(3)", [], set()),
    ("not urgent, under an article of the urgent", "visit", [DAYS, term("visit-urgent", "8(3)", lead_days=90)],
     visit(), "allow", "8(2)", [], set()),
    # visits: what the request says, and how long
    ("a request that lacks something", "visit", [term("visit-contents", "8(4)", required_fields=["date", "purpose",
     "name"])], visit(request={"purpose": "talks"}), "deny", "8(4)", [], set()),
    ("a request that has it all", "visit", [term("visit-contents", "8(4)", required_fields=["date", "purpose"])],
     visit(request={"purpose": "talks"}), "allow", "8(4)", [], set()),
    ("a list for as long as may be", "visit", [term("visit-duration", "8(5)", max_months=12)], visit(request={
     "period": ["2026-05-31", "2027-05-31"]}), "allow", "8(5)", [], set()),
    ("a day longer", "visit", [term("visit-duration", "8(5)", max_months=12)], visit(request={
     "period": ["2026-05-31", "2027-06-01"]}), "deny", "8(5)", [], set()),
    ("from the end of a long month", "visit", [term("visit-duration", "8(5)", max_months=1)], visit(request={
     "period": ["2026-01-31", "2026-02-28"]}), "allow", "8(5)", [], set()),
    ("… a day longer", "visit", [term("visit-duration", "8(5)", max_months=1)], visit(request={
     "period": ["2026-01-31", "2026-03-01"]}), "deny", "8(5)", [], set()),
    ("over the end of a year", "visit", [term("visit-duration", "8(5)", max_months=2)], visit(request={
     "period": ["2026-11-30", "2027-01-31"]}), "deny", "8(5)", [], set()),
    ("a visit of which nothing is known", "visit", COMES, {"reader": person("AR"), "about": thing(None, "BO")},
     "deny", "8(1)", [], set()),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)
