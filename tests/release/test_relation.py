"""Several agreements on one thing: the strictest wins, each is cited, and only its parties' words set one aside."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.agreement.check import check
from comity.agreement.instrument import Agreement, Party, Term
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release import relation
from comity.release.decide import decide
from comity.release.decision import Decision
from comity.release.facts import Facts
from comity.release.question import Outcome
from tests.release.fiction import at, clause, memorandum, question, subject

THING = subject(Label.of(OriginLabel("BO", level="VISOKO"), OriginLabel("AR", tlp=Tlp.GREEN)))
LOW = clause("7(1)", "max-level", max_en="CONFIDENTIAL")


def says(prevails: str, of: str = "AR-BO-MOC", article: str = "20") -> Term:
    return clause(article, "comity-relation", agreement=of, prevails=prevails)


def two(*own: Term, beside: tuple[Term, ...] = (LOW,), **changes: Any) -> tuple[Agreement, Agreement]:
    """A memorandum, and a second text of the same parties that lets less go."""
    return memorandum(*own), replace(memorandum(*beside), **{"id": "AR-BO-OLD", **changes})


def asked(texts: tuple[Agreement, Agreement]) -> Decision:
    facts = Facts(holder="AR", disclosure="officer:dana")
    asks = replace(question(THING, facts=facts), bound_by=frozenset({texts[1].ref}))
    return decide(asks, {one.ref: one for one in texts}, at())


def test_the_strictest_of_both_wins_and_is_cited_by_its_own_name() -> None:
    got = asked(two())
    assert (got.outcome, got.cite) == (Outcome.DENY, "agreement:AR-BO-OLD#7(1)@1")
    both = asked(two(replace(LOW, article="7(9)")))
    assert {"agreement:7(9)@1", "agreement:AR-BO-OLD#7(1)@1"} <= set(both.articles)


PREVAILING = [
    ("it gives way by its own article", (), (LOW, says("other")), Outcome.ALLOW, "agreement:AR-BO-OLD#20@1"),
    ("the other takes precedence", (says("this", "AR-BO-OLD"),), (LOW,), Outcome.ALLOW, "agreement:20@1"),
    ("it prevails", (), (LOW, says("this")), Outcome.DENY, "agreement:AR-BO-OLD#7(1)@1"),
    ("the other gives way", (says("other", "AR-BO-OLD"),), (LOW,), Outcome.DENY, "agreement:AR-BO-OLD#7(1)@1"),
    ("it gives way to another", (), (LOW, says("other", "AR-BO-ELSE")), Outcome.DENY, "agreement:AR-BO-OLD#7(1)@1"),
]


@pytest.mark.parametrize(("name", "own", "beside", "outcome", "cite"), PREVAILING, ids=[row[0] for row in PREVAILING])
def test_a_text_is_set_aside_only_by_the_words_of_its_parties(
    name: str, own: tuple[Term, ...], beside: tuple[Term, ...], outcome: Outcome, cite: str
) -> None:  # the row's name
    got = asked(two(*own, beside=beside))
    assert got.outcome is outcome
    assert cite in {one.cite for one in got.findings}


@pytest.mark.parametrize(
    ("own", "beside"), [("this", "this"), ("other", "other")], ids=["both prevail", "both give way"]
)
def test_texts_that_contradict_each_other_let_nothing_go_and_both_are_cited(own: str, beside: str) -> None:
    got = asked(two(says(own, "AR-BO-OLD"), beside=(says(beside),)))
    assert got.outcome is Outcome.DENY
    conflict = [one.cite for one in got.findings if one.code == "texts-conflict"]
    assert conflict == ["agreement:20@1", "agreement:AR-BO-OLD#20@1"]


def test_no_words_of_two_set_aside_what_a_third_state_signed() -> None:
    """A text with other parties is never set aside, whatever either says."""
    more = replace(memorandum(), parties=(*memorandum().parties, Party("CO", {"en": "Coland"}))).parties
    for own, beside in ((says("this", "AR-BO-OLD"), LOW), (LOW, says("other"))):
        texts = two(own, beside=(LOW, replace(beside, article="21")), parties=more)
        assert relation.gives_way(texts[1], texts[0], at()) is None
        assert asked(texts).outcome is Outcome.DENY


@given(st.sampled_from(["this", "other", None]), st.sampled_from(["this", "other", None]))
def test_both_sides_read_the_relation_alike(own: str | None, beside: str | None) -> None:
    first = memorandum(*([says(own, "AR-BO-OLD")] if own else []))
    second = replace(memorandum(*([says(beside)] if beside else [])), id="AR-BO-OLD")
    assert bool(relation.gives_way(first, second, at())) + bool(relation.gives_way(second, first, at())) <= 1
    conflict = relation.conflict(first, second, at())
    assert (conflict is None) == (relation.conflict(second, first, at()) is None)
    assert conflict is None or not (relation.gives_way(first, second, at()) or relation.gives_way(second, first, at()))


def test_a_text_cannot_prevail_over_itself() -> None:
    text = memorandum(says("this"))
    assert any("this very text" in problem.text for problem in check(text) if problem.severity == "error")
