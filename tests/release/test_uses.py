"""What a thing may be used for, what the text covers, publication, national law: one row a reading."""

from typing import Any

import pytest

from tests.release.fiction import ACCESS, person, term, thing
from tests.release.test_rules import CONSENT, DE, Row, answers_as_read, yes

PUBLIC = person("public", kind="public", nationality=[], clearance=None)
OPEN = thing(None, "AR")
CUI = thing(None, marking="CUI")


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {"context": {"event": {"kind": kind, **more}}}


def intends(word: str, **more: Any) -> dict[str, Any]:
    return {"context": {"intended": word, **more}}


def review(days: int, objection: str | None = None, **context: Any) -> dict[str, Any]:
    sent = {"sent": "2026-01-05", "working_days_elapsed": days, "objection": objection}
    return {"about": OPEN, "reader": PUBLIC, "context": {"publication": True, "review": sent, **context}}


def owned(**more: Any) -> dict[str, Any]:
    return {"about": thing(owners=["AR"], **more)}


def background(**more: Any) -> dict[str, Any]:
    return {"about": thing(None, type="background-report", **more), "context": {"intended_purpose": "other"}}


# fmt: off
ROWS: list[Row] = [
    # purposes
    ("public, and not yet", "use", [term("purpose", "7", exception="public-domain")], {"about": thing(
     public_since="2026-06-01"), "context": {"intended_purpose": "x"}}, "deny", "7", [], set()),
    ("public, and the text knows no such exception", "use", [term("purpose", "7")], {"about": thing(
     public_since="2010-01-01"), "context": {"intended_purpose": "x"}}, "deny", "7", [], set()),
    ("the same purpose", "use", [term("purpose", "7", **CONSENT)], {"context": {"intended_purpose": "study"}},
     "allow", None, [], set()),
    ("a purpose of the text, not the thing's", "use", [term("purpose", "7", allowed_purposes=["defence"])],
     {"context": {"intended_purpose": "defence"}}, "allow", None, [], set()),
    ("the thing's purpose, and not of the text", "use", [term("purpose", "7", allowed_purposes=["defence"])], {},
     "deny", "7", [], set()),
    ("another purpose, to keep it", "retain", [term("purpose", "7")], {"context": {"intended_purpose": "x"}}, "allow",
     None, [], set()),
    *((f"another purpose, to {act}", act, [term("purpose", "7")], {"context": {"intended_purpose": "x"}}, "deny", "7",
       [], set()) for act in ("onward-release", "copy", "translate", "access")),
    ("another purpose, one's own", "release", [term("purpose", "7")], {"context": {"intended_purpose": "x"}}, "allow",
     None, [], set()),
    ("against the other, as a purpose", "use", [term("no-detriment", "4")], {"context": {
     "intended_purpose": "to the detriment of AR"}}, "deny", "4", [], set()),
    ("against the other, and kept", "retain", [term("no-detriment", "4")], intends("against-AR"), "allow", None, [],
     set()),
    ("not against the other", "use", [term("no-detriment", "4")], {}, "allow", None, [], set()),
    # unclassified, controlled
    ("controlled, for what it is for", "use", [term("cui-purpose", "11(3)")], {"about": CUI}, "allow", "11(3)", [],
     set()),
    ("controlled, for something else", "use", [term("cui-purpose", "11(3)")], {"about": CUI, "context": {
     "intended_purpose": "x"}}, "deny", "11(3)", [], set()),
    ("not controlled", "use", [term("cui-purpose", "11(3)")], {"about": thing(None, marking=None), "context": {
     "intended_purpose": "x"}}, "allow", None, [], set()),
    ("controlled by another mark", "use", [term("cui-purpose", "11(3)", applies_to="IN HOUSE")], {"about": thing(None,
     marking="IN HOUSE"), "context": {"intended_purpose": "x"}}, "deny", "11(3)", [], set()),
    ("controlled, in proceedings", "use", [term("cui-forbidden", "11(3)")], {"about": CUI, "context": {
     "intended": "court-proceedings"}}, "deny", "11(3)", [], set()),
    ("controlled, for proceedings", "use", [term("cui-forbidden", "11(3)")], {"about": CUI, "context": {
     "intended_purpose": "litigation"}}, "deny", "11(3)", [], set()),
    ("controlled, to another government", "onward-release", [term("cui-forbidden", "11(3)")], {"about": CUI,
     "reader": DE, "context": {"holder": "BO", "consents": [yes("AR", "onward-release:DE")]}}, "deny", "11(3)", [],
     set()),
    ("controlled, to a party's", "release", [term("cui-forbidden", "11(3)")], {"about": CUI}, "allow", None, [],
     set()),
    # owners
    ("a participant's, for something else", "use", [term("participant-background", "12(4)")], {"about": thing(None,
     furnished_by="participant:acme"), "context": {"intended_purpose": "x"}}, "needs-consent", "12(4)", ["acme"],
     set()),
    ("a participant's, with its leave", "use", [term("participant-background", "12(4)")], {"about": thing(None,
     furnished_by="participant:acme"), "context": {"intended_purpose": "x", "consents": [yes("acme", "use:x")]}},
     "allow", "12(4)", [], {("record-consent", "BO")}),
    ("a participant's, for what it is for", "use", [term("participant-background", "12(4)")], {"about": thing(None,
     furnished_by="participant:acme")}, "allow", None, [], set()),
    ("a participant's, to the other party", "release", [term("participant-background", "12(4)")], {"about": thing(
     None, furnished_by="participant:acme")}, "allow", None, [], set()),
    ("a participant's, to a third state", "onward-release", [term("participant-background", "12(4)",
     requires="prior-written-consent")], {"about": thing(None, furnished_by="participant:acme"), "reader": DE,
     "context": {"holder": "BO", "consents": [yes("acme", "onward-release:DE", written=False)]}}, "needs-consent",
     "12(4)", ["AR", "acme"], set()),
    ("its owner permits", "use", [term("proprietary", "5", requires="owner-consent")], {**owned(), "context": {
     "intended_purpose": "sale", "owner_consents": [yes("AR", "use:sale")]}}, "allow", "5", [], set()),
    ("its owner permits another use", "use", [term("proprietary", "5", requires="owner-consent")], {**owned(),
     "context": {"intended_purpose": "sale", "owner_consents": [yes("AR", "use:gift")]}}, "needs-consent", "5",
     ["AR"], set()),
    ("a firm's own, to a third state", "onward-release", [term("proprietary", "5", requires="owner-consent")],
     {"about": thing(None, furnished_by="participant:acme"), "reader": DE, "context": {"holder": "BO"}},
     "needs-consent", "5", ["AR", "acme"], set()),
    ("nobody's in particular: the parties are asked", "use", [term("proprietary", "5",
     requires="prior-written-consent")], {**owned(), "context": {"intended_purpose": "sale"}}, "needs-consent", "5",
     ["AR"], set()),
    ("rights that are only respected", "use", [term("proprietary", "5")], {**owned(), "context": {
     "intended_purpose": "sale"}}, "allow", None, [], set()),
    ("background of a party", "use", [term("background-information", "12")], background(), "needs-consent", "12",
     ["AR", "BO"], set()),
    ("background of a participant", "use", [term("background-information", "12")], background(
     furnished_by="participant:acme"), "allow", None, [], set()),
    ("abroad, with consent", "use", [term("territory", "8", requires="prior-consent", consent_from="originator")],
     {"context": {"place_of_use": "FI", "consents": [yes("AR", "territory:FI")]}}, "allow", "8", [], set()),
    ("at home", "use", [term("territory", "8", requires="prior-consent", consent_from="originator")], {"context": {
     "place_of_use": "BO"}}, "allow", None, [], set()),
    ("where it came from", "use", [term("territory", "8", requires="prior-consent", consent_from="originator")],
     {"context": {"place_of_use": "AR"}}, "allow", None, [], set()),
    # people
    ("personal, used", "use", [term("personal-data", "12", annexes_allowing=["C"])], {"about": thing(annex="B",
     personal_data=True)}, "deny", "12", [], set()),
    ("personal, kept", "retain", [term("personal-data", "12", annexes_allowing=["C"])], {"about": thing(annex="B",
     personal_data=True)}, "allow", None, [], set()),
    ("personal, no annex provides for it", "release", [term("personal-data", "12", requires="annex-provision")],
     {"about": thing(annex="B", personal_data=True)}, "deny", "12", [], set()),
    ("personal, no project", "release", [term("personal-data", "12", requires="project-decision")], {"about": thing(
     personal_data=True)}, "needs-consent", "12", ["AR", "BO"], set()),
    # what the text covers
    ("no annex at all", "release", [term("annexes", "2", annexes={"A": "x"})], {}, "deny", "2", [], set()),
    ("an annex of the text", "release", [term("annexes", "2", annexes={"A": "x"})], {"about": thing(annex="A")},
     "allow", "2", [], set()),
    ("a text without one annex", "release", [term("annexes", "2")], {"about": thing(annex="A")}, "deny", "2", [],
     set()),
    ("in scope", "release", [term("scope", "1")], {}, "allow", "1", [], set()),
    ("a service excluded at the other end", "release", [term("scope-exclusion", "10", excluded=["police"])],
     {"reader": person(organisation="police")}, "deny", "10", [], set()),
    ("a kind of service excluded", "release", [term("scope-exclusion", "10", excluded=["intelligence-services"])],
     {"reader": person(kind="intelligence-service")}, "deny", "10", [], set()),
    ("excluded in the plural", "release", [term("scope-exclusion", "10", excluded=["customs-service"])],
     {"about": thing(producer="customs-services")}, "deny", "10", [], set()),
    ("another service", "release", [term("scope-exclusion", "10", excluded=["police"])], {"about": thing(
     producer="customs")}, "allow", None, [], set()),
    ("an excluded service may use what it has", "use", [term("scope-exclusion", "10", excluded=["police"])],
     {"about": thing(producer="police")}, "allow", None, [], set()),
    ("a service with an arrangement of its own", "release", [term("scope-inclusion", "4", included=["police"])],
     {"about": thing(producer="police"), "context": {"other_arrangements": ["AR-BO-POLICE"]}}, "deny", "4", [],
     set()),
    ("… and what it has", "use", [term("scope-inclusion", "4", included=["police"])], {"about": thing(
     producer="police"), "context": {"other_arrangements": ["AR-BO-POLICE"]}}, "allow", "4", [], set()),
    ("included in the plural", "release", [term("scope-inclusion", "4", included=["customs-services"])],
     {"about": thing(producer="customs-service"), "context": {"other_arrangements": ["AR-BO-CUSTOMS"]}}, "deny", "4",
     [], set()),
    ("a service of which nothing is said", "release", [term("scope-inclusion", "4", included=["police"])],
     {"about": thing(producer="customs"), "context": {"other_arrangements": ["AR-BO-POLICE"]}}, "allow", None, [],
     set()),
    ("a subject inside", "release", [term("scope-subject", "1", subjects=["missile"])], {"about": thing(
     subject="missile")}, "allow", "1", [], set()),
    ("no subject stated", "release", [term("scope-subject", "1", subjects=["missile"])], {}, "deny", "1", [], set()),
    ("a subject outside, used", "use", [term("scope-subject", "1", subjects=["missile"])], {}, "allow", None, [],
     set()),
    ("made before the text was signed", "use", [term("supersedes", "16")], {"about": thing(created="2019-12-31")},
     "allow", "16", [], set()),
    ("made on the day it was signed", "use", [ACCESS, term("supersedes", "16")], {"about": thing(
     created="2020-01-01")}, "allow", "5", [], set()),
    # publication
    ("an objection", "release", [term("publication-review", "13", working_days=60)], review(90, "secret"),
     "needs-consent", "13", ["BO"], set()),
    ("on the last day", "release", [term("publication-review", "13", working_days=60)], review(60), "allow", "13",
     [], set()),
    ("a day before", "release", [term("publication-review", "13", working_days=60)], review(59), "deny", "13", [],
     set()),
    ("never sent for review", "release", [term("publication-review", "13", working_days=60)], {"about": OPEN,
     "reader": PUBLIC, "context": {"publication": True}}, "deny", "13", [], set()),
    ("to the public, whatever it is called", "release", [term("publication-review", "13", working_days=60)],
     {"about": OPEN, "reader": PUBLIC}, "deny", "13", [], set()),
    ("to a reader called the public", "release", [term("publication-review", "13", working_days=60)], {"about": OPEN,
     "reader": person("public", kind="company", clearance=None)}, "deny", "13", [], set()),
    ("to a body of the public", "release", [term("publication-review", "13", working_days=60)], {"about": OPEN,
     "reader": person("BO", kind="public")}, "deny", "13", [], set()),
    ("meant for the public", "release", [term("publication-review", "13", working_days=60)], {"about": OPEN,
     "context": {"publication": True}}, "deny", "13", [], set()),
    ("not for the public", "release", [term("publication-review", "13", working_days=60)], {"about": OPEN}, "allow",
     None, [], set()),
    ("published with both consents", "release", [term("publication", "4", requires="prior-written-consent",
     consent_from="both-parties")], {"about": OPEN, "reader": PUBLIC, "context": {"publication": True,
     "consents": [yes("AR", "publication"), yes("BO", "publication")]}}, "allow", "4", [], set()),
    ("an invention", "use", [term("invention", "III", max_months=6)], event("invention-made", by="AR",
     on="2026-03-31"), "duty", "III", [], {("disclose-invention", "AR")}),
    ("an invention held back", "use", [term("invention", "III", max_months=6)], {"context": {"event": {
     "kind": "invention-made", "by": "AR", "on": "2026-03-31"}, "delay_requested_by": "BO"}}, "duty", "III", [],
     {("delay-publication", "AR")}),
    ("an invention of nobody named", "use", [term("invention", "III", max_months=6)], event("invention-made"), "duty",
     "III", [], {("disclose-invention", "AR")}),
    ("not known before", "use", [ACCESS, term("already-known", "II")], {}, "allow", "5", [], set()),
    # national law
    ("a law that hinders", "use", [term("national-law", "13")], event("law-conflict"), "duty", "13", [],
     {("notify-law-conflict", "BO"), ("consult", "BO")}),
    ("a law that may compel, and only national law speaks", "use", [term("national-law", "13")], event(
     "foi-request"), "duty", "13", [], {("notify-originator", "BO"), ("resist-disclosure", "BO"),
     ("limit-to-legal-minimum", "BO")}),
    ("… and an article of its own", "use", [term("national-law", "13"), term("legal-disclosure", "4.2",
     deadline="at-once")], event("foi-request"), "duty", "4.2", [], {("resist-disclosure", "BO")}),
    ("several are told of it", "use", [term("legal-disclosure", "4.2")], {"about": thing(sources=[{"id": "s",
     "origin": "FR", "level": "X"}]), **event("legal-disclosure-likely")}, "duty", "4.2", [],
     {("notify-originator", "BO")}),
    ("a statute against an article named", "use", [ACCESS], {"context": {"statute": {"compels": "access",
     "conflicts_with": "5"}}}, "deny", "5", [], set()),
    ("a statute against a part of it", "use", [term("access", "5(2)", need_to_know=True)], {"context": {"statute": {
     "compels": "access", "conflicts_with": "5"}}}, "deny", "5(2)", [], set()),
    ("a statute against nothing named", "use", [ACCESS, term("disputes", "13")], {"context": {"statute": {
     "compels": "access"}}}, "deny", "13", [], {("consult", "both"), ("notify-law-conflict", "BO")}),
    ("statute first, for whom it does not entitle", "use", [ACCESS, term("precedence", "1(2)")], {"reader": person(
     clearance=None), "context": {"statute": {"compels": "access", "conflicts_with": "5"}}}, "deny", "5", [], set()),
    ("a law changes", "use", [term("law-change", "16.4", deadline="in-writing")], event("law-changed", by="BO"),
     "duty", "16.4", [], {("notify-law-change", "BO"), ("examine-amendment", "both"), ("keep-protecting", "BO"),
     ("keep-original-marking", "BO")}),
    ("a law has changed", "use", [term("law-change", "16.4")], {"events": [{"kind": "law-changed", "by": "AR",
     "on": "2026-05-01"}]}, "duty", "16.4", [], {("notify-law-change", "AR")}),
    ("a law will change", "use", [ACCESS, term("law-change", "16.4")], {"events": [{"kind": "law-changed", "by": "AR",
     "on": "2026-06-01"}]}, "allow", "5", [], set()),
    ("former rules of the other", "use", [term("law-freeze", "A4")], {"context": {"demand": {"by": "BO",
     "apply": "former"}}}, "duty", "A4", [], {("apply-former-rules", "AR")}),
    ("a dispute", "use", [term("disputes", "13")], {"context": {"dispute": {"open": True}}}, "allow", "13", [],
     set()),
    ("a dispute that is over", "use", [ACCESS, term("disputes", "13")], {"context": {"dispute": {"open": False}}},
     "allow", "5", [], set()),
    *((f"to {word}", "use", [term("disputes", "13")], intends(word), "deny", "13", [], {("consult", "both")})
      for word in ("court", "tribunal", "litigation", "lawsuit", "adjudication")),
    ("assigned", "use", [term("assignment", "XII")], intends("assign-to-acme"), "deny", "XII", [],
     set()),
    ("rights passed on", "use", [term("assignment", "XII", requires="prior-written-consent")],
     intends("transfer-of-rights"), "needs-consent", "XII", ["AR"], set()),
    ("assigned with consent", "use", [term("assignment", "XII", requires="prior-written-consent")], intends("assign",
     consents=[yes("AR", "assignment")]), "allow", "XII", [], set()),
    ("an intention that nobody understands", "use", [ACCESS], intends("a-party"), "deny", "5", [], set()),
    ("funds of nobody named", "use", [term("funds-notice", "10(6)")], event("funds-inadequate"), "duty", "10(6)", [],
     {("notify-funding", "BO"), ("consult", "BO")}),
    *((f"a {kind}", "use", [term("costs", "XIII")], {"about": thing(None, type=kind)}, "duty", "XIII", [],
       {("bear-own-costs", "AR"), ("bear-own-costs", "BO"), ("bear-own-costs", "both")})
      for kind in ("claim", "cost", "invoice", "cost-claim")),
    *((f"damage under {rule}", "use", [term(rule, "XIV")], {"about": thing(None, type="damage-claim")}, "allow", "XIV",
       [], set()) for rule in ("claims", "damages")),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)
