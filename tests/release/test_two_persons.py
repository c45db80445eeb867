"""Where an article asks for two people, two different people of the role it names approve, and no emergency does."""

from dataclasses import replace
from typing import Any

import pytest

from comity.agreement.check import check
from comity.agreement.instrument import Term
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release.amendment import FREES, OWES, compare
from comity.release.approval import referrals
from comity.release.decide import decide
from comity.release.explain import explain
from comity.release.facts import Consent, Facts
from comity.release.question import Outcome, Subject
from tests.release.fiction import ask, at, clause, memorandum, question, subject, term, thing

SECRET = subject(Label.of(OriginLabel("AR", "HIGH")))


def two(article: str = "8(1)", **params: Any) -> Term:
    return clause(article, "comity-two-persons", **({"role": "chief"} | params))


ROWS: list[tuple[str, Term, Subject, Outcome]] = [
    ("everything", two(), subject(), Outcome.REFER),
    ("this act", two(acts=("release",)), subject(), Outcome.REFER),
    ("another act", two(acts=("onward-release",)), subject(), Outcome.ALLOW),
    ("this kind", two(kinds=("cyber.*",)), subject(), Outcome.REFER),
    ("another kind", two(kinds=("warning.*",)), subject(), Outcome.ALLOW),
    ("this annex", two(annex="A"), subject(), Outcome.REFER),
    ("another annex", two(annex="B"), subject(), Outcome.ALLOW),
    ("from its level", two(from_en="SECRET"), SECRET, Outcome.REFER),
    ("below its level", two(from_en="TOP SECRET"), SECRET, Outcome.ALLOW),
    ("unclassified", two(from_en="RESTRICTED"), subject(), Outcome.ALLOW),
    ("from its TLP", two(from_tlp="GREEN"), subject(), Outcome.REFER),
    ("below its TLP", two(from_tlp="AMBER"), subject(), Outcome.ALLOW),
]


@pytest.mark.parametrize(("name", "one", "about", "outcome"), ROWS, ids=[row[0] for row in ROWS])
def test_what_the_article_speaks_of_waits_for_two(
    name: str, one: Term, about: Subject, outcome: Outcome
) -> None:  # the row's name
    text = memorandum(one)
    got = decide(question(about), {text.ref: text}, at())
    assert got.outcome is outcome
    asked = [(each.cite, each.role, each.people) for each in referrals(got)]
    assert asked == ([("agreement:8(1)@1", "chief", 2)] if outcome is Outcome.REFER else [])
    if outcome is Outcome.REFER:
        assert got.cite == "agreement:8(1)@1"


def test_explain_says_how_many_and_whom() -> None:
    text = memorandum(two())
    lines = explain(decide(question(subject()), {text.ref: text}, at()), "en", {text.ref: text})
    assert lines[1] == "An article asks for 2 different people of the role chief to approve it. [8(1): words of 8(1)]"


def test_a_bar_is_no_matter_for_two_people() -> None:
    """Whoever approves: what an article bars stays barred."""
    text = memorandum(two())
    got = decide(question(subject(Label.of(OriginLabel("AR", tlp=Tlp.RED)))), {text.ref: text}, at())
    assert got.outcome is Outcome.DENY


def test_the_text_under_which_it_came_asks_too() -> None:
    """Passing on what came under another agreement: that agreement's two people are asked for, with its name."""
    own, other = memorandum(), memorandum(two(acts=("onward-release",), annex="A"), id="AR-CO-MOC")
    other = replace(other, parties=(other.parties[0], replace(other.parties[1], id="CO")))
    came = replace(subject(Label.of(OriginLabel("CO", tlp=Tlp.CLEAR))), annex="B")
    facts = Facts(
        holder="AR", disclosure="d", consents=frozenset({Consent("CO", "onward-release", at(), written=True)})
    )
    asked = replace(question(came, facts=facts), bound_by=frozenset({other.ref}))
    got = decide(asked, {own.ref: own, other.ref: other}, at())
    assert [each.cite for each in referrals(got)] == ["agreement:AR-CO-MOC#8(1)@1"]


def test_the_published_form_knows_no_referral_so_a_case_is_denied_by_the_article() -> None:
    rule = term("comity-two-persons", "8(1)", role="chief", from_en="SECRET")
    high, low = (ask("release", rule, about=thing(level)) for level in ("HIGH", "LOW"))
    assert (high["decision"], high["articles"][0]) == ("deny", "8(1)")
    assert low["decision"] == "allow"
    assert ask("copy", rule, about=thing("HIGH"))["decision"] == "allow"


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (two(from_en="COSMIC"), "neutral level"),
        (two(annex="Z"), "annex Z, which is not in the text"),
        (two(role=" "), "names no role"),
        (two(acts=()), "names no act"),
    ],
)
def test_a_text_that_asks_nobody_stays_unsigned(one: Term, says: str) -> None:
    assert any(says in problem.text for problem in check(memorandum(one)) if problem.severity == "error")


def small(*terms: Term) -> Any:
    plain = memorandum()
    return replace(plain, terms=(*(one for one in plain.terms if one.article == "2(1)"), *terms))


@pytest.mark.slow
def test_an_amendment_is_shown_with_whom_it_asks() -> None:
    asked = compare(small(), small(two(from_tlp="CLEAR")))
    assert {(one.becomes, one.becomes_by) for one in asked.of("bars") if not one.alone} >= {("refer", ("8(1)",))}
    other = compare(small(two()), small(two(role="minister")))
    assert any("approval by 2 of minister" in one.becomes for one in other.of(OWES))
    assert any("approval by 2 of chief" in one.was for one in other.of(FREES))
