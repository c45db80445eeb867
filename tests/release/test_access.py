"""Who may see it: one row a reading of need to know, clearance, briefing, function and rank; firms and authorities."""

from dataclasses import replace
from typing import Any

import pytest

from comity.agreement.instrument import Authority
from comity.core import instants
from comity.labels.label import Label, OriginLabel
from comity.release.decide import decide
from comity.release.question import Facts, Outcome
from comity.release.reader import Clearance, Contractor, OrgReader, PersonReader
from tests.release.fiction import ACCESS, at, memorandum, person, question, subject, term, thing
from tests.release.test_rules import Row, answers_as_read

BRIEFED = {**ACCESS, "briefed": True}
ORIGIN = term("access-origin", "5.4", origin="AR", function_suffices=True)
RANK = term("access-rank", "7(1)", rank_insufficient=True)
BRIEFING = term("briefing", "5(3)", briefed=True, acknowledged=True)
PEAK = [term("no-equivalent", "4", level={"AR": "PEAK"}, mark_as={"BO": "Arland PEAK"}),
        term("no-equivalent-access", "4b", min_clearance={"BO": "SREDNE"}), ACCESS]  # fmt: skip
CHANGE = term("clearance-change", "9", actor="both")


def cleared(level: str, party: str = "BO", until: str = "2030-01-01") -> dict[str, Any]:
    return {"party": party, "level": level, "valid_until": until}


def withdrawn(by: str) -> dict[str, Any]:
    return {"event": {"kind": "clearance-withdrawn", "by": by}}


# fmt: off
ROWS: list[Row] = [
    ("cleared", "use", [ACCESS], {}, "allow", "5", [], set()),
    ("too low", "use", [ACCESS], {"reader": person(clearance=cleared("NIZKO"))}, "deny", "5", [], set()),
    ("on its last day over", "use", [ACCESS], {"reader": person(clearance=cleared("VISOKO", until="2026-05-01"))},
     "deny", "5", [], set()),
    ("none", "use", [ACCESS], {"reader": person(clearance=None)}, "deny", "5", [], set()),
    ("its own", "use", [ACCESS], {"about": thing("VISOKO", "BO"), "reader": person(clearance=None)}, "allow", "5", [],
     set()),
    ("not needed", "use", [ACCESS], {"reader": person(need_to_know=False)}, "deny", "5", [], set()),
    ("need to know not asked", "use", [{**ACCESS, "need_to_know": False}], {"reader": person(need_to_know=False)},
     "allow", "5", [], set()),
    ("briefing in the article itself", "use", [BRIEFED], {"reader": person(briefed=False)}, "deny", "5", [],
     {("brief", "BO")}),
    ("briefed as the article asks", "use", [BRIEFED], {}, "allow", "5", [], set()),
    ("briefing not asked", "use", [ACCESS], {"reader": person(briefed=False)}, "allow", "5", [], set()),
    ("a national of either", "release", [{**ACCESS, "nationals_only": True}], {"reader": person(nationality=["AR"])},
     "allow", "5", [], set()),
    # one origin
    ("one origin, cleared", "use", [ACCESS, ORIGIN], {}, "allow", "5.4", [], set()),
    ("one origin, neither", "use", [ACCESS, ORIGIN], {"reader": person(clearance=None)}, "deny", "5.4", [], set()),
    ("one origin, lapsed", "use", [ACCESS, ORIGIN], {"reader": person(clearance=cleared("VISOKO",
     until="2026-01-01"))}, "deny", "5.4", [], set()),
    ("one origin, no threshold reached", "use", [{**ACCESS, "clearance_from_level": "CONFIDENTIAL"}, ORIGIN],
     {"about": thing("LOW"), "reader": person(clearance=None)}, "allow", "5", [], set()),
    ("another origin", "use", [ACCESS, term("access-origin", "5.4", origin="FR")], {}, "allow", "5", [], set()),
    ("one origin, its own reader", "use", [ACCESS, ORIGIN], {"about": thing(sources=[{"id": "s", "origin": "BO",
     "level": "NIZKO"}]), "reader": person("AR")}, "allow", "5", [], set()),
    ("only one origin is spoken of", "use", [ORIGIN], {"reader": person(clearance=None)}, "deny", "5.4", [], set()),
    ("function of one origin, both in it", "use", [ACCESS, ORIGIN], {"about": thing(sources=[{"id": "s",
     "origin": "FR", "level": "X"}]), "reader": person(clearance=None, entitled_by_function=True)}, "deny", "5", [],
     set()),
    # rank
    ("a rank that is cleared", "use", [ACCESS, RANK], {"reader": person(role="general")}, "allow", "5", [], set()),
    ("a rank in the place of a clearance", "use", [ACCESS, RANK], {"reader": person(role="general",
     clearance=None)}, "deny", "7(1)", [], set()),
    ("no rank", "use", [ACCESS, RANK], {"reader": person(clearance=None)}, "deny", "5", [], set()),
    ("a rank where no clearance is asked", "use", [{**ACCESS, "clearance_from_level": "CONFIDENTIAL"}, RANK],
     {"about": thing("LOW"), "reader": person(role="general", clearance=None)}, "allow", "5", [], set()),
    # without equivalent
    ("without equivalent", "use", PEAK, {"about": thing("PEAK"), "reader": person(clearance=cleared("SREDNE"))},
     "allow", "4b", [], set()),
    ("without equivalent, lapsed", "use", PEAK, {"about": thing("PEAK"), "reader": person(clearance=cleared("VISOKO",
     until="2026-01-01"))}, "deny", "4b", [], set()),
    ("without equivalent, not needed", "use", PEAK[:2], {"about": thing("PEAK"),
     "reader": person(need_to_know=False)}, "deny", "4b", [], set()),
    ("without equivalent, cleared elsewhere", "use", PEAK, {"about": thing("PEAK"),
     "reader": person(clearance=cleared("MID", "AR"))}, "deny", "4b", [], set()),
    ("without equivalent, not cleared", "use", PEAK, {"about": thing("PEAK"), "reader": person(clearance=None)},
     "deny", "4b", [], set()),
    # briefing
    ("briefed and acknowledged", "use", [ACCESS, BRIEFING], {}, "allow", "5(3)", [], set()),
    ("acknowledgement not asked", "use", [ACCESS, term("briefing", "5(3)", briefed=True)],
     {"reader": person(acknowledged=False)}, "allow", "5(3)", [], set()),
    ("briefing is asked where nothing is said", "use", [ACCESS, term("briefing", "5(3)")],
     {"reader": person(briefed=False)}, "deny", "5(3)", [], {("brief", "BO")}),
    ("only acknowledgement is asked", "use", [ACCESS, term("briefing", "5(3)", briefed=False, acknowledged=True)],
     {"reader": person(briefed=False, acknowledged=True)}, "allow", "5(3)", [], set()),
    # withdrawn
    ("withdrawn from the reader", "release", [ACCESS, CHANGE], {"context": withdrawn("BO")}, "deny", "9", [],
     {("revoke-access", "AR"), ("notify-clearance-change", "BO"), ("revoke-access", "BO")}),
    ("withdrawn at the other side", "release", [ACCESS, CHANGE], {"context": withdrawn("AR")}, "allow", "9", [],
     {("revoke-access", "AR"), ("notify-clearance-change", "AR")}),
    ("withdrawn, and no article says what follows", "use", [ACCESS], {"context": withdrawn("BO")}, "deny", "5", [],
     {("revoke-access", "BO")}),
    ("somebody else's is withdrawn", "use", [ACCESS], {"context": withdrawn("AR")}, "allow", "5", [], set()),
    ("protected though unclassified, and not needed", "use", [ACCESS, term("unclassified-protected", "5.2",
     mark={"AR": "IN HOUSE", "BO": "DOMESTIC"})], {"about": thing("IN HOUSE"), "reader": person(need_to_know=False)},
     "deny", "5", [], set()),
    ("withdrawn, by whom is not said", "use", [CHANGE], {"context": {"event": {"kind": "clearance-withdrawn"}}},
     "duty", "9", [], {("revoke-access", "BO"), ("notify-clearance-change", "BO")}),
    # recognised
    ("cleared by the other side", "use", [ACCESS, term("clearance-recognition", "8")],
     {"reader": person(clearance=cleared("HIGH", "AR"))}, "allow", "8", [], set()),
    ("cleared by its own side", "use", [ACCESS, term("clearance-recognition", "8")], {}, "allow", "5", [], set()),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)


SECRET = subject(Label.of(OriginLabel("AR", "HIGH")))
FACTS = Facts(holder="AR", disclosure="officer:dana")
TEXT = memorandum()


@pytest.mark.parametrize(
    ("held", "code"),
    [
        (None, "no-clearance"),
        (Clearance("BO", "SREDNE"), "clearance-too-low"),
        (Clearance("BO", "VISOKO", instants.parse("2026-05-01T00:00:00Z")), "clearance-expired"),
        (Clearance("BO", "VISOKO"), None),
    ],
)
def test_a_firm_is_cleared_by_its_facility_clearance(held: Clearance | None, code: str | None) -> None:
    firm = OrgReader("BO", "acme", "contractor", Contractor(facility_clearance=held), frozenset({"BO"}))
    found = decide(question(SECRET, reader=firm, facts=FACTS), {TEXT.ref: TEXT}, at())
    own = [one.code for one in found.findings if one.cite == "agreement:5(1)@1"]
    assert own == [code or "cleared"]
    assert code is None or found.outcome is Outcome.DENY


def test_an_organisation_of_which_no_firm_is_known_holds_no_clearance() -> None:
    found = decide(question(SECRET, reader=OrgReader("BO", "grid", "utility"), facts=FACTS), {TEXT.ref: TEXT}, at())
    assert found.outcome is Outcome.DENY
    assert "no-clearance" in {one.code for one in found.findings}


def test_a_person_is_no_organisation() -> None:
    """The clearance of a firm is none of its people."""
    held = Contractor(facility_clearance=Clearance("BO", "VISOKO"))
    reader = PersonReader("BO", "acme", "contractor", frozenset({"BO"}), None, True, True, True, held)
    found = decide(question(SECRET, reader=reader, facts=FACTS), {TEXT.ref: TEXT}, at())
    assert "no-clearance" in {one.code for one in found.findings}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"may": frozenset({"consent"})}, "authority-may-not-receive"),
        ({"party": "AR"}, "authority-may-not-receive"),
        ({"id": "BO-OTHER"}, "authority-may-not-receive"),
        ({"annexes": frozenset({"B"})}, "authority-not-for-annex"),
        ({"up_to_en": "CONFIDENTIAL"}, "authority-level-too-low"),
        ({"up_to_en": None}, "authority-level-too-low"),
        ({}, None),
        ({"annexes": frozenset({"A"})}, None),
    ],
)
def test_an_authority_receives_what_the_text_lets_it(change: dict[str, Any], code: str | None) -> None:
    office = Authority("BO-CERT", "BO", {"en": "CERT"}, frozenset({"receive"}), "SECRET")
    text = memorandum(authorities=(replace(office, **change),))
    found = decide(question(SECRET, facts=FACTS), {text.ref: text}, at())
    denied = {one.code: one.cite for one in found.findings if one.outcome is Outcome.DENY}
    assert set(denied) == ({code} if code else set())
    assert found.outcome is (Outcome.DENY if code else Outcome.ALLOW)
