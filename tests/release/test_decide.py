"""What permits is a text in force, an annex, the originator's own decision and no bar; every answer cites."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from comity.agreement.instrument import AgreementRef, Life
from comity.agreement.life import status_at
from comity.agreement.vocabulary import KINDS, Cls
from comity.labels.label import ALL, Label, OriginLabel, Pap, Tlp
from comity.release import rules
from comity.release.codes import CODES
from comity.release.decide import answers_of, decide
from comity.release.decision import Decision, bare
from comity.release.facts import Consent, Facts, Transmission
from comity.release.kind import Removals
from comity.release.matter import Matter
from comity.release.question import Act, Finding, OrgReader, Outcome, PartyReader
from tests.release.fiction import at, clause, memorandum, question, subject

TEXT = memorandum()
OFFICER = Facts(holder="AR", disclosure="officer:dana", sanitisable=True)
UNDECIDED = replace(OFFICER, disclosure=None)
BY_BAG = memorandum(clause("7", "transmission", approved_channels=["bag"]))
NEXT_YEAR = Life(signed="2026-01-01", in_force_from="2027-01-01")
PUBLIC = OriginLabel("mitre", tlp=Tlp.CLEAR, rel_to=ALL)


def asked(about: object, text: object = TEXT, **changes: object) -> Decision:
    memo = text if isinstance(text, type(TEXT)) else TEXT
    return decide(question(about, **changes), {memo.ref: memo}, at())  # type: ignore[arg-type]  # a table of any change


def own(**axes: object) -> Label:
    return Label.of(OriginLabel("AR", **axes))  # type: ignore[arg-type]  # one row names one axis


ROWS = [
    ("plain", subject(), {}, Outcome.ALLOW, "2(1)"),
    ("classified", subject(own(level="HIGH")), {}, Outcome.ALLOW, "2(1)"),
    ("above the authority", subject(own(level="PEAK")), {}, Outcome.DENY, "2(1)"),
    ("other annex", subject(annex="B"), {}, Outcome.DENY, "2(1)"),
    ("no annex", subject(annex=None), {}, Outcome.DENY, "2(1)"),
    ("other kind", subject(kind="warning.alert/1"), {}, Outcome.DENY, "2(1)"),
    ("other purpose", subject(purpose="sport"), {}, Outcome.DENY, "2(1)"),
    ("TLP within", subject(own(tlp=Tlp.AMBER)), {}, Outcome.ALLOW, "3(1)"),
    ("TLP beyond", subject(own(tlp=Tlp.AMBER_STRICT)), {}, Outcome.DENY, "3(1)"),
    ("PAP without a term", subject(own(pap=Pap.AMBER)), {}, Outcome.DENY, "2(1)"),
    ("REL TO others", subject(own(rel_to=frozenset({"FR"}))), {}, Outcome.DENY, "3(2)"),
    ("REL TO them", subject(own(rel_to=frozenset({"BO"}))), {}, Outcome.ALLOW, "2(1)"),
    ("their purposes", subject(own(purposes=frozenset({"sport"}))), {}, Outcome.DENY, "2(1)"),
    ("caveat nobody knows", subject(own(caveats=frozenset({"MOONLIGHT"}))), {}, Outcome.DENY, "5(1)"),
    ("personal", subject(own(personal=True)), {}, Outcome.SANITISE, "2(1)"),
    ("public", subject(Label.of(PUBLIC)), {}, Outcome.ALLOW, "3(3)"),
    ("a company's", subject(Label.of(OriginLabel("acme", tlp=Tlp.GREEN))), {}, Outcome.NEEDS_CONSENT, "6(1)"),
    ("a company's, silent", subject(Label.of(OriginLabel("acme"))), {}, Outcome.NEEDS_CONSENT, "6(1)"),
    ("CLEAR but not for all", subject(Label.of(OriginLabel("acme", tlp=Tlp.CLEAR, rel_to=frozenset({"BO"})))), {},
     Outcome.NEEDS_CONSENT, "6(1)"),
    ("undecided", subject(), {"facts": UNDECIDED}, Outcome.REFER, "2(1)"),
    ("refused", subject(), {"facts": replace(OFFICER, disclosure=False)}, Outcome.DENY, "2(1)"),
    ("public, undecided", subject(Label.of(PUBLIC)), {"facts": UNDECIDED}, Outcome.REFER, "2(1)"),
    ("unknown authority", subject(), {"reader": PartyReader("BO", "BO-ZOO")}, Outcome.DENY, "2(1)"),
    ("their authority, our party", subject(), {"reader": PartyReader("BO", "AR-CERT")}, Outcome.DENY, "2(1)"),
    ("a third party", subject(), {"reader": PartyReader("FR", "FR-CERT")}, Outcome.DENY, "2(1)"),
    ("a firm", subject(own(level="LOW")), {"reader": OrgReader("BO", "grid", "utility")}, Outcome.DENY, "5(1)"),
    ("no channel chosen", subject(own(level="LOW")), {"text": BY_BAG},
     Outcome.DENY, "7"),
    ("no term on TLP", subject(), {"text": replace(TEXT, terms=TEXT.terms[:1])}, Outcome.DENY, "2(1)"),
    ("not yet", subject(), {"text": memorandum(life=NEXT_YEAR)}, Outcome.DENY,
     "2(1)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("about", "changes", "outcome", "article"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_what_permits(about: object, changes: dict[str, object], outcome: Outcome, article: str) -> None:
    found = asked(about, **changes)
    assert found.outcome is outcome
    assert article in {bare(cite) for cite in found.articles}
    assert 1 <= len(found.articles) <= 3
    assert {one.code for one in found.findings} <= set(CODES)


def test_the_permit_cites_the_annex_first() -> None:
    assert asked(subject(own(level="HIGH"))).articles[0] == "agreement:2(1)@1"


def test_portions_that_may_not_go_stay_behind() -> None:
    parts = (("intro", own(level="LOW")), ("sources", own(level="PEAK")), ("names", own(level="LOW", personal=True)))
    found = asked(subject(own(level="PEAK"), portions=parts))
    assert (found.outcome, found.removals) == (Outcome.SANITISE, Removals(frozenset({"sources"}), personal=True))
    assert found.effective_level == {"BO": "NIZKO"}
    assert {("remove-portion", "AR"), ("remove-personal-data", "AR")} <= {(d.duty, d.actor) for d in found.obligations}


def test_what_no_portion_holds_keeps_its_level_when_people_are_left_out() -> None:
    parts = (("intro", own(level="LOW")), ("sources", own(level="PEAK")))
    whole = own(level="PEAK", personal=True)
    found = asked(subject(whole, portions=parts, rest=own(level="HIGH", personal=True)))
    assert (found.outcome, found.removals) == (Outcome.SANITISE, Removals(frozenset({"sources"}), personal=True))
    assert found.effective_level == {"BO": "VISOKO"}


def test_nothing_is_sanitised_away_whole() -> None:
    found = asked(subject(own(level="PEAK"), portions=(("all", own(level="PEAK")),)))
    assert found.outcome is Outcome.DENY


OTHER = replace(
    memorandum(),
    id="AR-FR-MOC",
    parties=(TEXT.parties[0], replace(TEXT.parties[1], id="FR")),
    levels={"AR": TEXT.levels["AR"], "FR": ("BAS", "HAUT")},
    equivalence=replace(
        TEXT.equivalence,
        levels={"AR": TEXT.levels["AR"], "FR": ("BAS", "HAUT")},
        rows=({"en": "SECRET", "AR": "HIGH", "FR": "HAUT"}, {"en": "RESTRICTED", "AR": "LOW", "FR": "BAS"}),
    ),
)
MIXED = subject(Label.of(OriginLabel("AR", "LOW"), OriginLabel("FR", "HAUT")))


def test_other_agreements_bind_and_the_strictest_wins() -> None:
    bound = question(MIXED, bound_by=frozenset({OTHER.ref}))
    found = decide(bound, {TEXT.ref: TEXT, OTHER.ref: OTHER}, at())
    assert (found.outcome, found.consent_from) == (Outcome.NEEDS_CONSENT, ("FR",))
    assert found.articles[0] == "agreement:AR-FR-MOC#6(1)@1"
    assert bare(found.articles[0]) == "6(1)"

    def consented(scope: str) -> Decision:
        yes = Consent("FR", scope, at("2026-03-01T00:00:00Z"), written=True)
        given = replace(bound, facts=replace(OFFICER, consents=frozenset({yes})))
        return decide(given, {TEXT.ref: TEXT, OTHER.ref: OTHER}, at())

    again = consented("onward-release:BO")
    assert (again.outcome, again.effective_level) == (Outcome.ALLOW, {"BO": "VISOKO"})
    assert consented("release:BO").outcome is Outcome.NEEDS_CONSENT  # under FR's own text it goes to a third


def test_a_text_that_is_not_at_hand_denies() -> None:
    found = decide(question(subject(), bound_by=frozenset({AgreementRef("AR-FR-MOC", 9)})), {TEXT.ref: TEXT}, at())
    assert (found.outcome, found.articles) == (Outcome.DENY, ("house:2",))
    assert [one.params for one in found.findings if one.code == "text-missing"] == [(("agreement", "AR-FR-MOC@9"),)]
    assert decide(question(subject()), {}, at()).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        (OFFICER, None),
        (
            replace(
                OFFICER,
                consents=frozenset({Consent("acme", "release", at(), written=True, until=at("2026-06-01T00:00:00Z"))}),
            ),
            "2026-06-01T00:00:00Z",
        ),
    ],
)
def test_a_decision_holds_until_its_first_fact_ends(facts: Facts, until: str | None) -> None:
    about = subject(Label.of(OriginLabel("acme"))) if until else subject()
    found = asked(about, facts=facts)
    assert found.outcome is Outcome.ALLOW
    assert found.good_until == (None if until is None else at(until))


def _matter(act: Act) -> Matter:
    asked_for = question(subject(), act=act, facts=replace(OFFICER, transmission=Transmission("approved")))
    return Matter(asked_for, TEXT, TEXT.terms, status_at(TEXT, at()), at(), act, asked_for.subject)


@pytest.mark.parametrize("kind", sorted(kind.name for kind in KINDS.values() if kind.cls is Cls.BAR))
def test_a_bar_without_a_rule_denies_its_acts_and_says_so(kind: str) -> None:
    for act in Act:
        found = list(answers_of(clause("99", kind), _matter(act), {}))
        barred = [Finding("not-evaluated", "agreement:99@1", Outcome.DENY, (("rule", kind),))]
        assert found == (barred if act.value in KINDS[kind].acts else [])


def test_a_kind_that_nobody_knows_denies_everything() -> None:
    found = asked(subject(), text=memorandum(clause("99", "moonlight")))
    assert (found.outcome, found.articles[0]) == (Outcome.DENY, "agreement:99@1")


def test_every_kind_of_the_vocabulary_has_its_rule() -> None:
    assert set(rules.ROWS) == set(KINDS)


def _broken(_term: object, _matter: object) -> Iterator[Finding]:
    raise KeyError("oops")
    yield


def test_a_rule_that_fails_denies() -> None:
    found = list(answers_of(clause("99", "purpose"), _matter(Act.USE), {"purpose": _broken}))
    assert found == [Finding("rule-error", "agreement:99@1", Outcome.DENY, (("error", "KeyError"),))]
