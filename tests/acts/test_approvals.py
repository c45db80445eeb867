"""What is referred goes when the people asked for approve this very copy of this very decision, and only then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from comity.acts import explaining, follow, mandates, quarantine, referred, standing
from comity.agreement.instrument import Term
from comity.core.errors import Absent, Refused
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release.approval import Verdict
from tests.acts.officers import AVI, GIL, NOA, TAL, grant, say, the_case, waiting
from tests.acts.policied import rule, write
from tests.acts.things import BEYOTER, SHAMUR, holds, origin, portion, report, stix, take, take_report
from tests.joined import DANA, NOW, Pair, example, release, sign, standing_release

CYBER = 'resource.field == "cyber"'


@pytest.fixture
def one(pair: Pair) -> Pair:
    """A thing that one chief must approve."""
    write(pair, rule("ask", CYBER, refer="chief", reason="a chief looks at it"))
    take(pair.il, stix("malware", "one"))
    return pair


@pytest.fixture
def two(pair: Pair) -> Pair:
    """A thing that two chiefs must approve."""
    write(pair, rule("ask", CYBER, refer="chief", people="2"))
    take(pair.il, stix("malware", "one"))
    return pair


def gone(pair: Pair) -> int:
    pair.settle()
    return len(holds(pair.jp, "IL"))


# -- the way it goes --------------------------------------------------------------------------------------------------


def test_a_case_says_what_to_whom_and_why(one: Pair) -> None:
    case = the_case(one)
    assert (case.party, case.summary.title if case.summary else "") == ("JP", "one")
    [referral] = case.referrals
    assert (referral.cite, referral.role, referral.people) == ("policy:ask", "chief", 1)
    assert referral.reason == "a chief looks at it"
    assert case.missing == (("chief", 1),)


def test_an_approval_lets_it_go_and_names_who_gave_it(one: Pair) -> None:
    grant(one, AVI)
    say(one, the_case(one), AVI)
    assert gone(one) == 1
    assert waiting(one) == []
    shown = explaining.explain(one.il, stix("malware", "one")["id"], "JP")
    assert (shown.outcome, "Approved by person:avi as chief." in shown.sentences) == ("released", True)
    with one.il.house.reader() as house:
        assert house.facts(referred.FACT, one.agreement)[0].body.startswith(b'{"payload"')


def test_an_approval_speaks_of_one_record_and_of_no_other_of_its_class(one: Pair) -> None:
    grant(one, AVI)
    say(one, the_case(one), AVI)
    take(one.il, stix("malware", "two"))
    assert gone(one) == 1
    assert len(waiting(one)) == 1


def test_a_refusal_keeps_it_whatever_else_is_said(two: Pair) -> None:
    for who in (AVI, TAL):
        grant(two, who)
    case = the_case(two)
    say(two, case, AVI)
    say(two, case, TAL, Verdict.REFUSE)
    assert gone(two) == 0
    assert waiting(two) == []
    with pytest.raises(Absent):
        say(two, case, TAL)
    assert explaining.explain(two.il, stix("malware", "one")["id"], "JP").outcome == "deny"


def test_what_a_standing_release_leaves_to_a_person_goes_by_one_officers_act(strangers: Pair) -> None:
    sign(strangers)
    low = replace(standing_release(strangers.il, "low", ("cyber.*",)), up_to_tlp=Tlp.CLEAR, refer=frozenset({"tlp"}))
    standing.sign(strangers.il, low, DANA)
    take(strangers.il, stix("malware", "green"), stix("malware", "red", Tlp.RED))
    grant(strangers, AVI, "release-officer")
    say(strangers, the_case(strangers), AVI)
    assert gone(strangers) == 1


def test_the_copy_is_what_is_approved(pair: Pair) -> None:
    write(pair, rule("ask", "true", refer="chief"))
    low, high = (
        portion("a", origin(SHAMUR), text="FICTIONAL LOW."),
        portion("b", origin(BEYOTER), text="FICTIONAL HIGH."),
    )
    take_report(pair.il, report("R-1", low, high, tear_line=["a"]))
    grant(pair, AVI)
    case = the_case(pair)
    assert not case.case.record.endswith(case.case.copy)
    assert b"HIGH" not in case.raw
    assert explaining.preview(pair.il, "R-1", "JP").raw is None
    say(pair, case, AVI)
    pair.settle()
    assert holds(pair.jp, "IL") == {"R-1": case.raw}


# -- two people -------------------------------------------------------------------------------------------------------


def test_two_people_are_two_people(two: Pair) -> None:
    for who in (AVI, TAL):
        grant(two, who)
    case = the_case(two)
    say(two, case, AVI)
    assert gone(two) == 0
    assert the_case(two).missing == (("chief", 1),)
    with pytest.raises(Refused, match="approved this already"):
        say(two, case, AVI)
    say(two, case, TAL)
    assert gone(two) == 1


def test_two_mandates_make_no_second_person(two: Pair) -> None:
    """Whatever was written into the house: the follower counts people."""
    grant(two, AVI)
    case = the_case(two)
    say(two, case, AVI)
    grant(two, AVI)
    mandates.revoke(two.il, next(iter(_given(two))), "superseded", NOA)
    say(two, case, AVI)
    assert gone(two) == 0


def _given(pair: Pair) -> dict[str, object]:
    with pair.il.house.reader() as house:
        return dict(mandates.known(pair.il, house).given)


def test_who_labelled_it_does_not_approve_it(pair: Pair) -> None:
    write(pair, rule("ask", CYBER, refer="chief"))
    [(rid, _)] = take(pair.il, stix("malware", "one", None)).quarantined
    green = Label.of(OriginLabel("IL", tlp=Tlp.GREEN))
    quarantine.relabel(pair.il, rid, green, AVI, "forgotten by the author", "cyber-defence")
    for who in (AVI, TAL):
        grant(pair, who)
    case = the_case(pair)
    with pytest.raises(Refused, match="labelled or edited"):
        say(pair, case, AVI)
    say(pair, case, TAL)
    assert gone(pair) == 1


def test_who_brought_a_new_version_does_not_approve_it(one: Pair) -> None:
    grant(one, DANA)
    take(one.il, stix("malware", "one", modified="2027-03-01T09:00:00.000Z"))
    newer = next(case for case in waiting(one) if case.record.ext_ver.startswith("2027-03-01T09"))
    with pytest.raises(Refused, match="labelled or edited"):
        say(one, newer, DANA)


# -- who may ----------------------------------------------------------------------------------------------------------


def test_without_a_mandate_nobody_decides(one: Pair) -> None:
    with pytest.raises(Refused, match="no mandate as chief"):
        say(one, the_case(one), AVI)


@pytest.mark.parametrize(
    ("role", "more", "why"),
    [
        ("general", {}, "no mandate as chief"),
        ("chief", {"annexes": ("intelligence",)}, "does not reach"),
        ("chief", {"until": NOW + timedelta(hours=1)}, "no mandate as chief"),
    ],
    ids=["a higher rank", "another annex", "over"],
)
def test_a_mandate_must_hold_and_reach(one: Pair, role: str, more: dict[str, object], why: str) -> None:
    grant(one, AVI, role, **more)
    one.clock.forward(hours=2)
    with pytest.raises(Refused, match=why):
        say(one, the_case(one), AVI)


@pytest.mark.parametrize(("level", "may"), [(None, False), ("RESTRICTED", False), ("CONFIDENTIAL", True)])
def test_a_ceiling_is_read_in_the_agreements_table(pair: Pair, level: str | None, may: bool) -> None:
    write(pair, rule("ask", "true", refer="chief"))
    take_report(pair.il, report("R-1", portion("a", origin(SHAMUR))))
    grant(pair, AVI, level=level)
    case = the_case(pair)
    if may:
        say(pair, case, AVI)
    else:
        with pytest.raises(Refused, match="does not reach"):
            say(pair, case, AVI)
    assert gone(pair) == int(may)


# -- whatever changes voids it ----------------------------------------------------------------------------------------


def test_a_mandate_that_ends_before_the_second_approval_counts_no_more(two: Pair) -> None:
    grant(two, AVI, until=NOW + timedelta(hours=1))
    grant(two, TAL)
    case = the_case(two)
    say(two, case, AVI)
    two.clock.forward(hours=2)
    say(two, case, TAL)
    assert gone(two) == 0
    grant(two, GIL)
    say(two, the_case(two), GIL)
    assert gone(two) == 1


@pytest.mark.parametrize("how", ["revoked", "clearance", "ended"])
def test_an_approval_that_fell_while_it_was_queued_withdraws_it(one: Pair, how: str) -> None:
    name = grant(one, AVI, until=NOW + timedelta(hours=1))
    say(one, the_case(one), AVI)
    assert follow.follow(one.il, one.agreement).released == 1
    if how == "revoked":
        mandates.revoke(one.il, name, "not any more", NOA)
    elif how == "clearance":
        mandates.revoke_person(one.il, AVI.id, "clearance withdrawn", NOA)
    else:
        one.clock.forward(hours=2)
        assert standing.lapse(one.il, one.agreement, DANA) is True
    assert gone(one) == 0
    assert [case.missing for case in waiting(one)] == [(("chief", 1),)]


def test_what_was_delegated_falls_with_the_mandate_it_came_from(one: Pair) -> None:
    name = grant(one, AVI)
    mandates.delegate(one.il, name, replace(mandates.named(one.il, name), person=TAL.id), AVI)
    say(one, the_case(one), TAL)
    assert follow.follow(one.il, one.agreement).released == 1
    mandates.revoke(one.il, name, "not any more", NOA)
    assert gone(one) == 0


def test_another_policy_is_another_case(one: Pair) -> None:
    grant(one, AVI)
    say(one, the_case(one), AVI)
    assert follow.follow(one.il, one.agreement).released == 1
    write(one, rule("ask", CYBER, refer="chief", reason="other words"))
    assert gone(one) == 0
    assert the_case(one).approvals == ()


def test_another_standing_release_is_another_decision(one: Pair) -> None:
    """Bound to what was asked and answered: a fact that changes the question makes another case."""
    grant(one, AVI)
    case = the_case(one)
    standing.sign(one.il, standing_release(one.il, "wider", ("cyber.*",)), DANA)
    with pytest.raises(Absent):
        say(one, case, AVI)
    assert the_case(one).case.id != case.case.id


def test_another_copy_is_another_case(pair: Pair) -> None:
    """The same record, sanitised otherwise: what was approved was the other copy."""
    write(pair, rule("ask", "true", refer="chief"))
    a, b = portion("a", origin(SHAMUR)), portion("b", origin("סודי"), text="FICTIONAL HIGHER.")
    take_report(pair.il, report("R-1", a, b, portion("c", origin(BEYOTER)), tear_line=["a", "b"]))
    grant(pair, AVI)
    case = the_case(pair)
    say(pair, case, AVI)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    standing.sign(pair.il, replace(standing_release(pair.il, "low", ("intelligence.*",)), up_to_level=SHAMUR), DANA)
    assert gone(pair) == 0
    assert the_case(pair).case.copy != case.case.copy


def test_an_approval_lifts_no_bar(one: Pair) -> None:
    """Approved, and then barred by another rule: it stays, and nobody is asked."""
    grant(one, AVI, emergency=True)
    say(one, the_case(one), AVI, Verdict.EMERGENCY)
    write(one, rule("no", CYBER), name="other.cedar")
    assert gone(one) == 0
    assert waiting(one) == []


def test_an_approval_decides_nothing_else(one: Pair) -> None:
    """A chief approved by the policy; that its originator releases it at all is another matter, for another role."""
    grant(one, AVI)
    say(one, the_case(one), AVI)
    standing.withdraw(one.il, one.agreement, "standing-il", DANA)
    assert gone(one) == 0
    assert the_case(one).missing == (("chief", 1), ("release-officer", 1))


def test_raising_a_rank_changes_nothing(one: Pair) -> None:
    grant(one, AVI, "general", level="TOP SECRET")
    assert gone(one) == 0
    assert the_case(one).missing == (("chief", 1),)


# -- two people whom an article asks for ------------------------------------------------------------------------------


ARTICLE = {"role": "chief", "kinds": ("cyber.*",)}


@pytest.fixture
def by_article(strangers: Pair) -> Pair:
    """A memorandum whose article 99 asks for two chiefs, and a thing it speaks of."""
    text = example()
    words = dict.fromkeys(text.languages, "FICTIONAL: two chiefs.")
    sign(strangers, replace(text, terms=(*text.terms, Term("99", "comity-two-persons", ARTICLE, words))))
    release(strangers.il, "standing-il", ("cyber.*",))
    take(strangers.il, stix("malware", "one"))
    for who in (AVI, TAL):
        grant(strangers, who)
    return strangers


def test_two_people_by_article_are_asked_with_its_citation(by_article: Pair) -> None:
    case = the_case(by_article)
    assert [(each.cite, each.role, each.people) for each in case.referrals] == [("agreement:99@1", "chief", 2)]
    say(by_article, case, AVI)
    assert gone(by_article) == 0
    say(by_article, case, TAL)
    assert gone(by_article) == 1


@pytest.mark.parametrize(
    ("people", "role", "missing"), [("1", "chief", {"chief": 2}), ("1", "desk", {"chief": 2, "desk": 1})]
)
def test_article_and_policy_are_counted_together(
    by_article: Pair, people: str, role: str, missing: dict[str, int]
) -> None:
    """The greater number of one role; of two roles, both."""
    write(by_article, rule("ask", CYBER, refer=role, people=people))
    case = the_case(by_article)
    assert dict(case.missing) == missing
    for who in (AVI, TAL):
        say(by_article, case, who)
    assert gone(by_article) == int(role == "chief")


def test_no_emergency_replaces_whom_an_article_asks_for(by_article: Pair) -> None:
    grant(by_article, GIL, "duty-officer", emergency=True)
    with pytest.raises(Refused, match=r"article 99 asks for 2 people of chief"):
        say(by_article, the_case(by_article), GIL, Verdict.EMERGENCY)
    assert gone(by_article) == 0
