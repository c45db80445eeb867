"""A set can outrank its parts: what would complete it is withheld, and a text without such a term pays nothing."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.agreement.check import check
from comity.agreement.instrument import Term
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release import aggregation
from comity.release.decide import decide
from comity.release.decision import Decision
from comity.release.facts import Facts
from comity.release.question import Outcome, Subject
from tests.release.fiction import ask, at, clause, memorandum, question, subject, term, thing

FACTS = Facts(holder="AR", disclosure="officer:dana")


def sets(**params: Any) -> Term:
    return clause("8(1)", "comity-aggregation", **({"count": 3, "kinds": ["cyber.*"]} | params))


def asked(one: Term, held: int | None, about: Subject | None = None) -> Decision:
    text = memorandum(one)
    counts = None if held is None else aggregation.holdings((one,), {one.article: held})
    facts = replace(FACTS, holdings=counts)
    return decide(question(about or subject(), facts=facts), {text.ref: text}, at())


ROWS: list[tuple[str, Term, int | None, Outcome]] = [
    ("nothing held", sets(outcome="deny"), 0, Outcome.ALLOW),
    ("one fewer than the set", sets(outcome="deny"), 1, Outcome.ALLOW),
    ("the one that completes it", sets(outcome="deny"), 2, Outcome.DENY),
    ("all after it", sets(outcome="deny"), 9, Outcome.DENY),
    ("nobody counted", sets(outcome="deny"), None, Outcome.DENY),
    ("a person decides", sets(outcome="refer"), 2, Outcome.REFER),
    ("held to a level that may go", sets(level_en="SECRET"), 2, Outcome.ALLOW),
    ("held to a level that may not", sets(level_en="TOP SECRET"), 2, Outcome.DENY),
    ("of another kind", sets(outcome="deny", kinds=["warning.*"]), 9, Outcome.ALLOW),
    ("of another annex", sets(outcome="deny", annex="B"), 9, Outcome.ALLOW),
    ("of this annex", sets(outcome="deny", annex="A"), 9, Outcome.DENY),
    ("below its TLP", sets(outcome="deny", from_tlp="AMBER"), 9, Outcome.ALLOW),
    ("from its TLP", sets(outcome="deny", from_tlp="GREEN"), 9, Outcome.DENY),
    ("below its level", sets(outcome="deny", from_en="CONFIDENTIAL"), 9, Outcome.ALLOW),
]


@pytest.mark.parametrize(("name", "one", "held", "outcome"), ROWS, ids=[row[0] for row in ROWS])
def test_what_completes_a_set(name: str, one: Term, held: int | None, outcome: Outcome) -> None:  # the row's name
    got = asked(one, held)
    assert got.outcome is outcome
    if outcome is not Outcome.ALLOW:
        assert got.cite == "agreement:8(1)@1"


def test_a_level_counts_from_where_the_term_says() -> None:
    secret = subject(Label.of(OriginLabel("AR", level="HIGH")))
    assert asked(sets(outcome="deny", from_en="CONFIDENTIAL"), 2, secret).outcome is Outcome.DENY


def test_a_set_that_may_go_is_protected_as_the_set() -> None:
    owed = [one for one in asked(sets(level_en="SECRET"), 2).obligations if one.duty == "protect-set"]
    assert [(one.actor, dict(one.params)) for one in owed] == [("BO", {"to": "SECRET"})]


def test_holdings_are_two_values_for_each_term_however_many_are_held() -> None:
    one = sets(outcome="deny", count=100)
    facts = {aggregation.holdings((one,), {"8(1)": held}) for held in range(1000)}
    assert facts == {frozenset({("8(1)", 0)}), frozenset({("8(1)", 99)})}


def test_without_such_a_term_nothing_is_counted() -> None:
    assert aggregation.terms(memorandum(), at()) == ()
    assert aggregation.terms(memorandum(sets(outcome="deny")), at()) == (sets(outcome="deny"),)


def test_the_format_of_the_cases_counts_by_article() -> None:
    rule = term("comity-aggregation", "8(1)", count=3, kinds=["document"], outcome="deny")
    few, full = (ask("release", rule, about=thing(None), context={"holdings": {"8(1)": held}}) for held in (1, 2))
    assert (few["decision"], full["decision"]) == ("allow", "deny")
    assert ask("release", rule, about=thing(None))["decision"] == "deny"


CHECKED = [
    ("a set of one", sets(count=1, outcome="deny"), "counts from 2"),
    ("a level nobody knows", sets(level_en="COSMIC"), "neutral level"),
    ("a threshold nobody knows", sets(outcome="deny", from_en="COSMIC"), "neutral level"),
    ("two answers", sets(outcome="deny", level_en="SECRET"), "says twice"),
    ("no answer", sets(), "needs outcome or level_en"),
    ("everything", clause("8(1)", "comity-aggregation", count=3, outcome="deny"), "needs kinds or annex"),
]


@pytest.mark.parametrize(("name", "one", "says"), CHECKED, ids=[row[0] for row in CHECKED])
def test_a_text_that_does_not_say_what_a_set_is_stays_unsigned(
    name: str, one: Term, says: str
) -> None:  # the row's name
    assert any(says in problem.text for problem in check(memorandum(one)) if problem.severity == "error")


tlps = st.sampled_from([None, *Tlp])
terms = st.builds(
    lambda count, outcome, tlp: sets(
        count=count, **outcome, **({} if tlp is None else {"from_tlp": tlp.name.replace("_", "+")})
    ),
    st.integers(2, 5),
    st.sampled_from([{"outcome": "deny"}, {"outcome": "refer"}, {"level_en": "SECRET"}, {"level_en": "TOP SECRET"}]),
    tlps,
)


@given(terms, st.integers(0, 8), tlps)
@settings(deadline=None)
def test_the_rule_only_withholds_and_more_held_opens_nothing(one: Term, held: int, tlp: Tlp | None) -> None:
    about = subject(Label.of(OriginLabel("AR", tlp=tlp)))
    text = memorandum()
    without = decide(question(about, facts=FACTS), {text.ref: text}, at())
    few, more = asked(one, held, about), asked(one, held + 1, about)
    assert without.outcome <= few.outcome <= more.outcome
