"""One's own people see what every axis lets them see: what nobody understands, nobody is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from comity.agreement.instrument import AgreementRef
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release.decision import Decision
from comity.release.offered import Audience
from comity.release.own_people import Own, decide_access, ladder_of
from comity.release.policy import Matched, Policy, Rule
from comity.release.policyview import ACCESS, Seen
from comity.release.question import Act, Facts, Outcome, Question, Subject
from tests.joined import example

NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)
TEXT = example()
LADDER = TEXT.levels["IL"]
LOW, HIGH = LADDER[0], LADDER[-1]
CITE = "policy:collection-1"
PEOPLE = frozenset({"dana"})
BOUND = frozenset({TEXT.ref})


def decided(
    label: OriginLabel,
    audience: Audience,
    origins: frozenset[AgreementRef] = frozenset(),
    policy: Policy | None = None,
) -> Decision:
    question = Question(
        agreement=AgreementRef("national", 1),
        status_key="national",
        act=Act.ACCESS,
        subject=Subject.of("cyber.stix/1", Label.of(label), None, "network-defence"),
        reader=audience.reader("IL"),
        facts=Facts(holder="IL"),
        bound_by=origins,
        policy=None if policy is None else policy.key,
    )
    return decide_access(question, {TEXT.ref: TEXT}, Own(CITE, BOUND), NOW, policy)


def cleared(level: str | None, until: datetime | None = None, **more: object) -> Audience:
    return Audience("army", people=PEOPLE, level=level, until=until, **more)  # type: ignore[arg-type]  # as named


ARMY, FIRM = Audience("army"), Audience("shop", "company")
TABLE: list[tuple[OriginLabel, Audience, str | None]] = [
    (OriginLabel("IL"), ARMY, None),
    (OriginLabel("MITRE", tlp=Tlp.CLEAR), FIRM, None),
    (OriginLabel("IL", level=LOW), ARMY, "no-clearance"),
    (OriginLabel("IL", level=LOW), cleared(LOW), None),
    (OriginLabel("IL", level=HIGH), cleared(HIGH), None),
    (OriginLabel("IL", level=HIGH), cleared(LOW), "clearance-too-low"),
    (OriginLabel("IL", level=LOW), cleared(HIGH, NOW), "clearance-expired"),
    (OriginLabel("IL", level="COSMIC"), cleared(HIGH), "level-not-in-table"),
    (OriginLabel("XX", level=LOW), cleared(HIGH), "level-not-in-table"),
    (OriginLabel("IL", tlp=Tlp.RED), cleared(HIGH), "tlp-too-narrow"),
    (OriginLabel("IL", tlp=Tlp.AMBER_STRICT), ARMY, None),
    (OriginLabel("IL", tlp=Tlp.AMBER), FIRM, "tlp-too-narrow"),
    (OriginLabel("IL", tlp=Tlp.GREEN), FIRM, None),
    (OriginLabel("IL", caveats=frozenset({"NO CONTRACTORS"})), ARMY, None),
    (OriginLabel("IL", caveats=frozenset({"NO CONTRACTORS"})), FIRM, "caveat-no-contractors"),
    (OriginLabel("IL", caveats=frozenset({"EYES ONLY IL"})), ARMY, None),
    (OriginLabel("IL", caveats=frozenset({"EYES ONLY FR"})), ARMY, "caveat-nationality"),
    (OriginLabel("IL", caveats=frozenset({"REL TO FR"})), ARMY, None),
    (OriginLabel("FR", caveats=frozenset({"REL TO FR"})), ARMY, "caveat-nationality"),
    (OriginLabel("IL", caveats=frozenset({"BURN AFTER READING"})), ARMY, "caveat-unknown"),
    (OriginLabel("FR", rel_to=frozenset({"FR", "DE"})), ARMY, "not-releasable-to"),
    (OriginLabel("FR", rel_to=frozenset({"FR", "IL"})), ARMY, None),
]


@pytest.mark.parametrize(("label", "audience", "code"), TABLE)
def test_an_axis_lets_it_be_seen_or_says_why_not(label: OriginLabel, audience: Audience, code: str | None) -> None:
    """Every answer cites: what the house defined, or the law that bars."""
    found = decided(label, audience)
    assert found.outcome is (Outcome.ALLOW if code is None else Outcome.DENY)
    assert [one.code for one in found.findings] == [code or "cleared"]
    assert found.articles == ((CITE,) if code is None else ("house:1",))


def test_what_a_partner_gave_is_asked_of_its_agreement_too() -> None:
    """The strictest wins: the text wants people cleared, and an organisation as such holds no clearance."""
    level = TEXT.levels["JP"][0]
    theirs = OriginLabel("JP", level=level)
    barred = decided(theirs, ARMY, BOUND)
    assert barred.outcome is Outcome.DENY
    assert all(cite.startswith("agreement:") for cite in barred.articles)
    seen = decided(theirs, cleared(HIGH, briefed=True, nationality=frozenset({"IL"})), BOUND)
    assert seen.outcome is Outcome.ALLOW


def test_a_text_that_is_not_at_hand_bars() -> None:
    missing = frozenset({AgreementRef("lost", 1)})
    assert decided(OriginLabel("JP"), ARMY, missing).outcome is Outcome.DENY


def test_an_answer_ends_with_the_clearance() -> None:
    until = NOW + timedelta(days=3)
    assert decided(OriginLabel("IL", level=LOW), cleared(HIGH, until)).good_until == until


def test_texts_that_disagree_about_our_levels_give_no_ladder() -> None:
    """Then nothing classified is shown to anybody."""
    assert ladder_of("IL", [TEXT]) == tuple(LADDER)
    assert ladder_of("XX", [TEXT]) == ()


BARS, REFERS = Rule("bars", "a fictional reason"), Rule("refers", "another", refer="chief")


def ruled(*rules: Rule, failed: bool = False, seen: list[Seen] | None = None) -> Policy:
    def match(one: Seen) -> Matched:
        if seen is not None:
            seen.append(one)
        return Matched(frozenset(rule.id for rule in rules), failed)

    return Policy("0" * 64, "engine/1", {one.id: one for one in rules}, match)


@pytest.mark.parametrize(
    ("policy", "outcome", "code"),
    [
        (ruled(), Outcome.ALLOW, "cleared"),
        (ruled(BARS), Outcome.DENY, "policy-bars"),
        (ruled(REFERS), Outcome.REFER, "policy-refers"),
        (ruled(failed=True), Outcome.DENY, "policy-failed"),
        (Policy("0" * 64, "engine/1", faults=("it does not parse",)), Outcome.DENY, "policy-fault"),
    ],
)
def test_a_partys_own_rules_are_asked_about_its_own_people(policy: Policy, outcome: Outcome, code: str) -> None:
    """What they bar, refer, or cannot answer is shown to nobody."""
    found = decided(OriginLabel("IL"), ARMY, policy=policy)
    assert found.outcome is outcome
    assert found.findings[-1].code == code


def test_own_rules_see_an_access_by_an_organisation_of_ours() -> None:
    """Another action than a release; a level stands where any text that we signed puts it, else above all."""
    seen: list[Seen] = []
    for label in (OriginLabel("IL", level=LOW), OriginLabel("XX", tlp=Tlp.GREEN)):
        decided(label, cleared(HIGH), policy=ruled(seen=seen))
    assert [(one.action, one.party, one.authority) for one in seen] == [(ACCESS, "IL", "army")] * 2
    assert [one.record["level"] for one in seen] == [TEXT.equivalence.rank("IL", LOW) // 2, 0]


def test_an_answer_under_another_policy_than_the_question_names_is_refused() -> None:
    question = Question(
        agreement=AgreementRef("national", 1),
        status_key="national",
        act=Act.ACCESS,
        subject=Subject.of("cyber.stix/1", Label.of(OriginLabel("IL")), None, "network-defence"),
        reader=ARMY.reader("IL"),
        facts=Facts(holder="IL"),
    )
    with pytest.raises(ValueError, match="under another"):
        decide_access(question, {}, Own(CITE, frozenset()), NOW, ruled())
