"""Approvals only ever settle referrals: fewer of them never open more, a refusal stands, a bar is never lifted."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.errors import Malformed
from comity.labels.label import Label, OriginLabel
from comity.release import approval, mandate
from comity.release.approval import Approval, Case, Settled, Verdict, digest, referrals, settle
from comity.release.decide import decide
from comity.release.decision import Decision
from comity.release.facts import Facts
from comity.release.mandate import Mandate, Mandates
from comity.release.policy import Matched, Policy, Rule, findings, under
from comity.release.question import Outcome
from tests.release.fiction import at, memorandum, question, subject

NOW = at()
TEXT = memorandum()
THING = replace(subject(Label.of(OriginLabel("AR", "LOW"))), annex="cyber")
ASKED = question(THING, facts=Facts(holder="AR", disclosure="d"))
PEOPLE = ("ann", "ben", "cem")
RULES = {
    "one": Rule("one", "r", None, "chief", 1),
    "two": Rule("two", "r", None, "chief", 2),
    "desk": Rule("desk", "r", None, "desk", 1),
    "bar": Rule("bar", "r"),
}
GIVEN = {
    f"{person}-{role}": Mandate(person, role, NOW - timedelta(days=1), NOW + timedelta(days=1), frozenset({"cyber"}),
                                "noa", "SECRET", emergency=person == "cem")
    for person in PEOPLE
    for role in ("chief", "desk", "general")
}  # fmt: skip
MANDATES = Mandates(GIVEN)


def decided(*ids: str) -> Decision:
    """As after the agreement's terms, which allow: what these rules of the policy make of it."""
    allowed = replace(decide(ASKED, {TEXT.ref: TEXT}, NOW), outcome=Outcome.ALLOW, findings=())
    policy = Policy("d", "e", RULES, lambda _seen: Matched(frozenset(ids)))
    return under(allowed, findings(policy, ASKED, TEXT))


def word(person: str, role: str = "chief", verdict: Verdict = Verdict.APPROVE, held: str | None = None) -> Approval:
    named = f"{person}-{role}" if held is None else held
    return Approval("c", "a", "r", "d", "k", person, role, named, verdict, "why", ("chief",), NOW)


def settled(
    decision: Decision, words: Iterable[Approval], editors: frozenset[str] = frozenset(), mandates: Mandates = MANDATES
) -> Settled:
    return settle(decision, words, mandates, editors, THING, TEXT.equivalence, NOW)


WORDS = st.builds(
    word, st.sampled_from(PEOPLE), st.sampled_from(["chief", "desk", "general"]), st.sampled_from(Verdict)
)


@given(st.sets(st.sampled_from(sorted(RULES))), st.lists(WORDS, max_size=6), st.data())
def test_taking_words_away_opens_nothing_but_what_was_refused(
    ids: set[str], words: list[Approval], data: st.DataObject
) -> None:
    decision = decided(*ids)
    fewer = [one for one in words if one.verdict is Verdict.REFUSE or data.draw(st.booleans())]
    assert settled(decision, fewer).outcome >= settled(decision, words).outcome


@given(st.sets(st.sampled_from(sorted(RULES))), st.lists(WORDS, max_size=6), WORDS)
def test_a_word_never_makes_more_of_a_bar_or_less_of_a_refusal(
    ids: set[str], words: list[Approval], more: Approval
) -> None:
    decision = decided(*ids)
    found = settled(decision, [*words, more])
    if decision.outcome is not Outcome.REFER:
        assert found.outcome is decision.outcome
    elif any(one.verdict is Verdict.REFUSE for one in [*words, more]):
        assert found.outcome is Outcome.DENY


@given(st.lists(WORDS.filter(lambda one: one.verdict is not Verdict.EMERGENCY), max_size=6))
def test_two_are_two_different_people(words: list[Approval]) -> None:
    chiefs = {one.by for one in words if one.role == "chief" and one.verdict is Verdict.APPROVE}
    if settled(decided("two"), words).outcome is Outcome.ALLOW:
        assert len(chiefs) >= 2


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ([], Outcome.REFER),
        ([word("ann")], Outcome.REFER),
        ([word("ann"), word("ann")], Outcome.REFER),
        ([word("ann"), word("ben")], Outcome.REFER),
        ([word("ann"), word("ben"), word("ann", "desk")], Outcome.ALLOW),
        ([word("cem", "general", Verdict.EMERGENCY)], Outcome.ALLOW),
        ([word("ann", "general", Verdict.EMERGENCY)], Outcome.REFER),
        ([word("ann"), word("ben"), word("ann", "desk"), word("cem", "chief", Verdict.REFUSE)], Outcome.DENY),
    ],
)
def test_every_referral_is_settled_by_its_own_role(words: list[Approval], outcome: Outcome) -> None:
    assert settled(decided("two", "desk"), words).outcome is outcome


@pytest.mark.parametrize(
    "words",
    [
        [word("ann", held="ben-chief")],
        [word("ann", "chief", held="ann-desk")],
        [word("ann", held="nobody's")],
        [replace(word("ann", "general"), role="general")],
    ],
    ids=["another's mandate", "another role's mandate", "no mandate", "a higher rank"],
)
def test_a_word_counts_by_its_own_mandate_only(words: list[Approval]) -> None:
    assert settled(decided("one"), words).outcome is Outcome.REFER


def test_a_word_counts_while_its_mandate_holds_and_never_by_an_editor() -> None:
    words = [word("ann")]
    assert settled(decided("one"), words).outcome is Outcome.ALLOW
    assert settled(decided("one"), words, frozenset({"ann"})).outcome is Outcome.REFER
    assert settled(decided("one"), words, mandates=Mandates(GIVEN, {"ann-chief": NOW})).outcome is Outcome.REFER


@pytest.mark.parametrize(
    ("level", "annex", "covers"),
    [
        ("LOW", "cyber", True),
        ("HIGH", "cyber", True),
        ("PEAK", "cyber", False),
        ("LOW", "crisis", False),
        ("LOW", None, False),
    ],
)
def test_a_mandate_covers_up_to_its_ceiling(level: str, annex: str | None, covers: bool) -> None:
    """A level that has no place in the agreement's table is above every ceiling."""
    thing = replace(subject(Label.of(OriginLabel("AR", level))), annex=annex)
    assert GIVEN["ann-chief"].covers(thing, TEXT.equivalence) is covers


def test_a_chain_that_turns_round_holds_for_nobody() -> None:
    turned = {
        "a": replace(GIVEN["ann-chief"], delegated_from="b"),
        "b": replace(GIVEN["ben-chief"], delegated_from="a"),
    }
    assert "not known" in str(Mandates(turned).why_not("a", NOW))


def test_a_decision_asked_again_later_has_the_same_digest() -> None:
    """What was approved is still what was approved an hour later; another question is not."""
    before = decided("one")
    later = replace(before, made_at=NOW + timedelta(hours=1), good_until=NOW + timedelta(days=1))
    assert digest(ASKED, before) == digest(ASKED, later)
    assert digest(ASKED, before) != digest(ASKED, decided("two"))
    assert digest(ASKED, before) != digest(replace(ASKED, status_key="suspended"), before)


def test_each_member_of_a_case_makes_another() -> None:
    plain = Case("a", "r", "d", "c")
    others = [replace(plain, **{name: "x"}) for name in ("agreement", "record", "decision", "copy")]
    assert len({one.id for one in (plain, *others)}) == 5


def test_what_is_kept_is_read_back_strictly() -> None:
    one, given_one = word("ann"), GIVEN["cem-chief"]
    assert approval.from_json(one.as_json()) == one
    assert mandate.from_json(given_one.as_json()) == given_one
    wrong: list[object] = [{**one.as_json(), "more": 1}, {**given_one.as_json(), "more": 1}, {}, [], None]
    for bad in wrong:
        with pytest.raises(Malformed):
            approval.from_json(bad)
        with pytest.raises(Malformed):
            mandate.from_json(bad)


def test_a_standing_releases_referral_is_the_release_officers() -> None:
    undecided = decide(replace(ASKED, facts=Facts(holder="AR")), {TEXT.ref: TEXT}, NOW)
    assert {one.role for one in referrals(undecided)} == {approval.OFFICER}


def test_a_word_counts_only_for_what_its_mandate_reaches() -> None:
    """Asked again whenever the thing would go: what was said before its level was known counts no more."""
    high = replace(THING, label=Label.of(OriginLabel("AR", "PEAK")))
    found = settle(decided("one"), [word("ann")], MANDATES, (), high, TEXT.equivalence, NOW)
    assert found.outcome is Outcome.REFER
