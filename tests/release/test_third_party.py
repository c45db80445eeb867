"""Who asks first, and whom: one row a reading of the terms on third parties, inventions and joint work."""

import pytest

from comity.labels.label import Label, OriginLabel
from comity.release.decide import decide
from comity.release.facts import Consent
from comity.release.question import Facts, Finding, Outcome
from tests.release.fiction import ACCESS, at, memorandum, person, question, subject, term, thing
from tests.release.test_rules import CONSENT, DE, THIRD, Row, answers_as_read, yes

HELD = {"holder": "BO"}
FOREGROUND = term("foreground-third-party", "11", requires="prior-written-consent", consent_from="other-party")
JOINT = term("joint-products", "7", requires="prior-written-consent", consent_from="other-party")
OURS = thing("HIGH", "joint", classification={"party": "AR", "level": "HIGH"}, owners=["AR", "BO"])
DEFINED = term("definition", "1", "third: whoever is not a party")
REVIEW = term("publication-review", "13", working_days=60)

# fmt: off
ROWS: list[Row] = [
    ("to show needs a word too", "access", [THIRD], {"reader": DE, "context": HELD}, "needs-consent", "6", ["AR"],
     set()),
    ("who lets it be seen lets no copy go", "onward-release", [THIRD], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "access:DE")]}}, "needs-consent", "6", ["AR"], set()),
    ("who lets it be used lets no copy go", "onward-release", [THIRD], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "use:DE")]}}, "needs-consent", "6", ["AR"], set()),
    ("who lets it be seen lets it be seen", "access", [THIRD], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "access:DE")]}}, "allow", "6", [], {("record-consent", "BO")}),
    ("who lets it be used lets it be used", "use", [THIRD], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "use:DE")]}}, "allow", "6", [], {("record-consent", "BO")}),
    ("who lets a copy go lets it be seen", "access", [THIRD], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "release:DE")]}}, "allow", "6", [], {("record-consent", "BO")}),
    ("a consent to copy lets nothing go", "onward-release", [THIRD], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "copy:DE")]}}, "needs-consent", "6", ["AR"], set()),
    ("an outsider's is nobody's own", "onward-release", [THIRD], {"reader": DE, "about": thing(None, "FR"),
     "context": HELD}, "needs-consent", "6", ["FR"], set()),
    ("no giver named: its originator", "onward-release", [term("third-party", "6", requires="prior-written-consent")],
     {"reader": DE, "context": HELD}, "needs-consent", "6", ["AR"], set()),
    ("bound to purpose only once it may go", "onward-release", [term("third-party", "6",
     third_party_bound_to_purpose=True, **CONSENT)], {"reader": DE, "context": HELD}, "needs-consent", "6", ["AR"],
     set()),
    ("reviewed for the public", "release", [THIRD, REVIEW], {"about": thing(None, "AR"),
     "reader": person("public", kind="public"), "context": {"publication": True, "review": {"sent": "2026-01-06",
     "working_days_elapsed": 80, "objection": None}}}, "allow", "13", [], set()),
    ("what is classified has no review", "release", [THIRD, REVIEW], {"about": thing("MID"),
     "reader": person("public", kind="public"), "context": {"publication": True, "sender": "BO",
     "review": {"sent": "2026-01-06", "working_days_elapsed": 80, "objection": None}}}, "needs-consent", "6", ["AR"],
     set()),
    # a text that asks nobody: the originator is asked all the same (law 5)
    ("no word on third parties", "onward-release", [ACCESS], {"reader": DE, "context": HELD}, "needs-consent", "5",
     ["AR"], set()),
    ("a word given on the end use is enough", "onward-release", [ACCESS, term("end-use-third-party", "3",
     requires="prior-consent", consent_from="other-party")], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "onward-release:DE")]}}, "allow", "3", [], {("record-consent", "BO")}),
    ("a word given on disclosure is enough", "onward-release", [ACCESS, term("use-disclosure", "3", **CONSENT)],
     {"reader": DE, "context": {**HELD, "consents": [yes("AR", "onward-release:DE")]}}, "allow", "3", [],
     {("record-consent", "BO")}),
    ("only a definition", "onward-release", [DEFINED], {"reader": DE, "context": HELD}, "needs-consent", "1", ["AR"],
     set()),
    ("only a definition, to show", "access", [DEFINED], {"reader": DE, "context": HELD}, "needs-consent", "1", ["AR"],
     set()),
    # another text that binds the same thing: the strictest wins
    ("a copy that another text of the same parties guards", "copy", [ACCESS], {"context": {**HELD, "other_agreements":
     [{"id": "AR-BO-2", "article": "8", "rule": "copy-consent", "from_en": "SECRET"}]}}, "needs-consent", "8", ["AR"],
     set()),
    ("one below its threshold", "copy", [ACCESS], {"about": thing("LOW"), "context": {**HELD, "other_agreements":
     [{"id": "AR-BO-2", "article": "8", "rule": "copy-consent", "from_en": "SECRET"}]}}, "allow", "5", [], set()),
    ("only on claims", "onward-release", [term("no-claim", "6")], {"reader": DE, "context": HELD}, "needs-consent",
     "6", ["AR"], set()),
    ("only on lifting secrecy", "onward-release", [term("secrecy-lift", "3")], {"reader": DE, "context": HELD},
     "needs-consent", "3", ["AR"], set()),
    ("only on joint work, and this is not", "onward-release", [JOINT], {"reader": DE, "context": HELD},
     "needs-consent", "7", ["AR"], set()),
    ("only on letting joint work out, to show", "access", [JOINT], {"reader": DE, "about": OURS, "context": HELD},
     "needs-consent", "7", ["AR"], set()),
    ("no word on third parties, the originator's", "onward-release", [ACCESS], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "onward-release:DE")]}}, "allow", "5", [], set()),
    ("no word on third parties, by word of mouth", "onward-release", [ACCESS], {"reader": DE, "context": {**HELD,
     "consents": [yes("AR", "onward-release:DE", written=False)]}}, "needs-consent", "5", ["AR"], set()),
    ("an outsider's word", "onward-release", [THIRD], {"reader": DE, "about": thing(None, "FR"), "context": {**HELD,
     "consents": [yes("FR", "onward-release:DE")]}}, "allow", None, [], set()),
    ("an outsider's word to use it", "onward-release", [THIRD], {"reader": DE, "about": thing(None, "FR"),
     "context": {**HELD, "consents": [yes("FR", "use:DE")]}}, "needs-consent", "6", ["FR"], set()),
    ("no word on third parties, in copying", "copy", [ACCESS], {"reader": DE, "context": HELD}, "allow", None, [],
     set()),
    ("reviewed for the public, of another", "release", [REVIEW], {"about": thing(None, "AR"),
     "reader": person("public", kind="public"), "context": {"publication": True, "sender": "BO", "review":
     {"sent": "2026-01-06", "working_days_elapsed": 80, "objection": None}}}, "allow", "13", [], set()),
    # claims
    ("own information, claimed", "release", [term("no-claim", "6"), ACCESS], {"context": {"sender": "AR",
     "claim": "agreement"}}, "allow", "5", [], set()),
    ("a third's, claimed by nobody here", "release", [term("no-claim", "6"), ACCESS], {"about": thing(None, "GB"),
     "reader": DE, "context": {"sender": "AR", "claim": "agreement"}}, "needs-consent", None, ["GB"], set()),
    ("a third's, claimed in order to use it", "use", [term("no-claim", "6")], {"about": thing(None, "GB"),
     "context": {"sender": "AR", "claim": "agreement"}}, "allow", None, [], set()),
    # foreground
    ("foreground", "onward-release", [FOREGROUND], {"reader": DE, "about": thing(None, type="foreground-report"),
     "context": HELD}, "needs-consent", "11", ["AR"], set()),
    ("equipment", "onward-release", [FOREGROUND], {"reader": DE, "about": thing(None, type="equipment"),
     "context": HELD}, "needs-consent", "11", ["AR"], set()),
    ("background is none of it", "onward-release", [FOREGROUND], {"reader": DE, "about": thing(None,
     type="background-information"), "context": HELD}, "needs-consent", None, ["AR"], set()),
    ("foreground in use", "use", [FOREGROUND], {"reader": DE, "about": thing(None, type="foreground-report"),
     "context": HELD}, "needs-consent", None, ["AR"], set()),
    ("foreground to a party", "release", [FOREGROUND, ACCESS], {"about": thing(None, type="foreground-report")},
     "allow", "5", [], set()),
    # joint
    ("joint, to a third", "onward-release", [JOINT], {"reader": DE, "about": OURS, "context": HELD}, "needs-consent",
     "7", ["AR"], set()),
    ("joint, to a party", "release", [JOINT, ACCESS], {"about": OURS}, "allow", "5", [], set()),
    ("one owner is not joint", "downgrade", [JOINT, term("classification-change", "2", **CONSENT)],
     {"about": thing(owners=["AR"]), "context": {"requested_by": "AR", "to_level": "MID"}}, "allow", "2", [], set()),
    ("joint, with no route", "downgrade", [term("joint-products", "7"), term("classification-change", "2",
     **CONSENT)], {"about": OURS, "context": {"requested_by": "AR", "to_level": "MID"}}, "needs-consent", "2",
     ["BO"], set()),
    # definitions
    ("who is third", "onward-release", [THIRD, DEFINED], {"reader": DE, "context": HELD}, "needs-consent", "6", ["AR"],
     set()),
    ("who is third, to a party", "release", [THIRD, DEFINED, ACCESS], {}, "allow", "5", [], set()),
    ("who is third, of its own", "onward-release", [THIRD, DEFINED], {"reader": DE, "about": thing("VISOKO", "BO"),
     "context": HELD}, "allow", "6", [], set()),
    ("who is third, in copying", "copy", [THIRD, DEFINED, term("copy", "8")], {"reader": DE, "context": HELD},
     "allow", "8", [], set()),
    ("another definition", "onward-release", [THIRD, term("definition", "1", "document: any record")],
     {"reader": DE, "context": HELD}, "needs-consent", "6", ["AR"], set()),
    ("what was indicated as classified", "use", [term("definition", "1", "classified: marked or indicated"), ACCESS],
     {"about": thing(None, marking=None, indicated_classified="CONFIDENTIAL")}, "allow", "5", [], set()),
    ("what was not indicated", "use", [term("definition", "1", "classified: marked or indicated"), ACCESS], {},
     "allow", "5", [], set()),
    ("indicated, and no word on it", "use", [term("definition", "1", "classified: marked"), ACCESS],
     {"about": thing(None, marking=None, indicated_classified="CONFIDENTIAL")}, "allow", "5", [], set()),
    # inventions
    ("a secret invention abroad", "onward-release", [THIRD, term("secrecy", "2")], {"reader": DE,
     "about": thing("HIGH", type="invention"), "context": {**HELD,
     "consents": [yes("AR", "onward-release:DE")]}}, "deny", "2", [], set()),
    ("a document is no invention", "onward-release", [THIRD, term("secrecy", "2")], {"reader": DE, "context": HELD},
     "needs-consent", "6", ["AR"], set()),
    ("a text on inventions alone", "onward-release", [term("secrecy", "2")], {"reader": DE, "context": HELD}, "deny",
     "2", [], set()),
    ("a document's level beside secrecy", "declassify", [term("classification-change", "3", **CONSENT),
     term("secrecy", "2"), term("secrecy-lift", "2(2)")], {"context": {"requested_by": "BO"}}, "needs-consent", "3",
     ["AR"], set()),
    ("a secret invention in use", "use", [term("secrecy", "2"), ACCESS], {}, "allow", "5", [], set()),
    ("a secret invention to a party", "release", [term("secrecy", "2"), ACCESS], {"context": {"sender": "BO"}},
     "allow", "5", [], set()),
    ("its own invention abroad", "onward-release", [THIRD, term("secrecy", "2")], {"reader": DE,
     "about": thing("VISOKO", "BO"), "context": HELD}, "allow", "6", [], set()),
    ("secrecy lifted by the wrong one", "declassify", [term("secrecy-lift", "3", notice_days=42)],
     {"context": {"requested_by": "BO"}}, "deny", "3", [], set()),
    ("secrecy lifted without notice", "declassify", [term("secrecy-lift", "3")], {"context": {"requested_by": "AR"}},
     "duty", "3", [], {("notify-intention", "AR"), ("wait-until", "AR")}),
]
# fmt: on


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]} ({row[1]})" for row in ROWS])
def test_each_reading(row: Row) -> None:
    answers_as_read(row)


def test_an_outsiders_consent_is_named_where_it_opens() -> None:
    given = Consent("acme", "release", at("2026-04-01T00:00:00Z"), written=True, id="consent-7")
    facts = Facts(holder="AR", disclosure="officer:dana", consents=frozenset({given}))
    text = memorandum()
    found = decide(question(subject(Label.of(OriginLabel("acme"))), facts=facts), {text.ref: text}, at())
    named = Finding("consent-given", "agreement:6(1)@1", Outcome.ALLOW, (("consents", "consent-7"),))
    assert named in found.findings
    assert "originator-not-asked" not in {one.code for one in found.findings}
