"""Comity's own kinds: what an annex covers, from when and how far; licences; sets. One row a reading."""

from typing import Any

import pytest

from comity.labels.label import Label, OriginLabel, Tlp
from comity.release.decide import decide
from comity.release.facts import Consent, Facts
from comity.release.question import Act, Outcome, PartyReader
from tests.release.fiction import ACCESS, at, memorandum, question, subject, term, thing
from tests.release.test_rules import Row, answers_as_read


def annex(**params: Any) -> dict[str, Any]:
    return term("comity-annex", "2", annex="A", field="cyber", purposes=["study"], **params)


def licence(**params: Any) -> dict[str, Any]:
    return term("comity-licence", "6", annex="A", **params)


def complete(level: str, **more: Any) -> dict[str, Any]:
    """The third of three documents that together are worth `level`; nobody counted what is held."""
    return term("comity-aggregation", "8", count=3, kinds=["document"], level_en=level, **more)


IN = {"about": thing(annex="A")}
OPEN = {"about": thing(None, annex="A")}

# fmt: off
ROWS: list[Row] = [
    ("an annex", "release", [annex(up_to_en="SECRET"), ACCESS], IN, "allow", "2", [], set()),
    ("an annex not yet in force", "release", [annex(up_to_en="SECRET", in_force_from="2026-06-01")], IN, "deny", "2",
     [], set()),
    ("an annex in force since today", "release", [annex(up_to_en="SECRET", in_force_from="2026-05-02")], IN, "allow",
     "2", [], set()),
    ("above an annex", "release", [annex(up_to_en="CONFIDENTIAL")], IN, "deny", "2", [], set()),
    ("an annex for what is not classified", "release", [annex()], IN, "deny", "2", [], set()),
    ("an annex without a level, and a thing without", "release", [annex()], OPEN, "allow", "2", [], set()),
    ("an annex for another kind", "release", [annex(up_to_en="SECRET", kinds=["cyber.*"])], IN, "deny", "2", [],
     set()),
    ("an annex for this kind", "release", [annex(up_to_en="SECRET", kinds=["document"])], IN, "allow", "2", [],
     set()),
    ("an annex for another purpose", "release", [term("comity-annex", "2", annex="A", field="cyber",
     purposes=["defence"], up_to_en="SECRET")], IN, "deny", "2", [], set()),
    ("an annex, and intended for something else", "release", [annex(up_to_en="SECRET")], {**IN, "context": {
     "intended_purpose": "sale"}}, "deny", "2", [], set()),
    ("an annex without people", "release", [annex()], {"about": thing(None, annex="A", personal_data=True)}, "deny",
     "2", [], set()),
    ("an annex with people", "release", [annex(personal_data=True)], {"about": thing(None, annex="A",
     personal_data=True)}, "allow", "2", [], set()),
    ("no annex covers it", "release", [annex(up_to_en="SECRET")], {"about": thing(annex="B")}, "deny", "2", [],
     set()),
    ("an annex, and what is here", "use", [annex(), ACCESS], IN, "allow", "5", [], set()),
    # licences
    ("licensed", "release", [licence(licence="L-7")], OPEN, "allow", "6", [], set()),
    ("licensed until later", "release", [licence(licence="L-7", until="2026-05-03")], OPEN, "allow", "6", [], set()),
    ("licensed until today", "release", [licence(licence="L-7", until="2026-05-02")], OPEN, "deny", "6", [], set()),
    ("without a licence", "release", [licence()], OPEN, "deny", "6", [], set()),
    ("a licence of another annex", "release", [licence(), ACCESS], {"about": thing(annex="B")}, "allow", "5", [],
     set()),
    ("without a licence, and used", "use", [licence(), ACCESS], IN, "allow", "5", [], set()),
    # sets
    ("a set at the text's ceiling", "release", [complete("SECRET"), term("max-level", "3", max_en="SECRET")],
     {"about": thing("MID")}, "allow", "8", [], {("protect-set", "BO")}),
    ("a set above the text's ceiling", "release", [complete("SECRET"), term("max-level", "3",
     max_en="CONFIDENTIAL")], {"about": thing("MID")}, "deny", "8", [], set()),
    ("a set at its annex's ceiling", "release", [complete("SECRET"), annex(up_to_en="SECRET")], {"about": thing("MID",
     annex="A")}, "allow", "8", [], {("protect-set", "BO")}),
    ("a set above its annex's ceiling", "release", [complete("SECRET"), annex(up_to_en="CONFIDENTIAL")],
     {"about": thing("MID", annex="A")}, "deny", "8", [], set()),
    ("a set above another annex's ceiling", "release", [complete("SECRET"), annex(up_to_en="SECRET"),
     term("comity-annex", "2b", annex="B", field="cyber", purposes=["study"], up_to_en="CONFIDENTIAL")], {
     "about": thing("MID", annex="A")}, "allow", "8", [], {("protect-set", "BO")}),
    ("a set above an annex that says no level", "release", [complete("RESTRICTED"), annex()], OPEN, "deny", "8", [],
     set()),
    ("a set counted by the article of another", "release", [complete("SECRET"), term("max-level", "3",
     max_en="CONFIDENTIAL")], {"about": thing("MID"), "context": {"holdings": {"9": 0}}}, "deny", "8", [], set()),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)


@pytest.mark.parametrize(
    ("tlp", "act", "expected"),
    [
        (Tlp.AMBER, Act.RELEASE, Outcome.ALLOW),
        (Tlp.RED, Act.RELEASE, Outcome.DENY),
        (Tlp.GREEN, Act.ONWARD_RELEASE, Outcome.ALLOW),
        (Tlp.AMBER, Act.ONWARD_RELEASE, Outcome.DENY),
    ],
)
def test_onward_it_goes_less_far(tlp: Tlp, act: Act, expected: Outcome) -> None:
    """The memorandum lets AMBER go to the party, and GREEN from there to others whom the originator let in."""
    text, onward = memorandum(), act is Act.ONWARD_RELEASE
    yes = Consent("AR", "onward-release:DE", at("2026-04-01T00:00:00Z"), written=True)
    asked = question(
        subject(Label.of(OriginLabel("AR", tlp=tlp))),
        act=act,
        reader=PartyReader("DE" if onward else "BO", "DE-CERT" if onward else "BO-CERT"),
        facts=Facts(holder="BO" if onward else "AR", disclosure="officer:dana", consents=frozenset({yes})),
    )
    assert decide(asked, {text.ref: text}, at()).outcome is expected
