"""Two texts that cannot both be kept for a thing stop it, and are found by what each owes and bars of its class."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from comity.agreement.instrument import Agreement, Term
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release import opposed
from comity.release.decide import decide
from comity.release.decision import Decision
from comity.release.facts import Facts
from comity.release.question import Act, Outcome
from tests.release.fiction import at, clause, memorandum, question, subject

THING = subject(Label.of(OriginLabel("BO", level="VISOKO"), OriginLabel("AR", tlp=Tlp.GREEN)))
KEEP = clause("30", "comity-retention", must="keep", date="2030-01-01")
DESTROY = clause("31", "comity-retention", must="destroy", date="2028-01-01")
RETURN = clause("32", "return-or-destroy")
NEVER = clause("33", "destroy-forbidden", levels_en=["SECRET"])
ARCHIVE = clause("34", "comity-retention", must="archive", date="2028-01-01")
NO_ARCHIVE = clause("35", "archive")
NOTICE = clause("36", "comity-public-notice")
SECRET = clause("37", "third-party")
LATE = clause("38", "comity-retention", must="destroy", date="2031-01-01")
BACK = clause("39", "comity-retention", must="return", date="2028-01-01")
BY_CONSENT = clause("40", "destroy-consent", requires="prior-written-consent", consent_from="originator")
RESIST = clause("41", "legal-disclosure", deadline="immediately")


def texts(own: Term, beside: Term) -> tuple[Agreement, Agreement]:
    return memorandum(own), replace(memorandum(beside), id="AR-BO-OLD")


def asked(pair: tuple[Agreement, Agreement], act: Act = Act.RELEASE) -> Decision:
    facts = Facts(holder="AR", disclosure="officer:dana")
    asks = replace(question(THING, facts=facts), bound_by=frozenset({pair[1].ref}), act=act)
    return decide(asks, {one.ref: one for one in pair}, at())


def both(found: Decision) -> set[str]:
    return {one.cite for one in found.findings if one.code == opposed.CODE}


OPPOSED = [
    ("return when no longer needed, keep until a date", RETURN, KEEP),
    ("destroy by a date, keep until a later one", DESTROY, KEEP),
    ("return by a date, keep until a later one", BACK, KEEP),
    ("destroy by a date, never destroy at this level", DESTROY, NEVER),
    ("destroy by a date, return by a date", DESTROY, BACK),
    ("archive by a date, destroy by a date", ARCHIVE, DESTROY),
    ("archive by a date, no archive", ARCHIVE, NO_ARCHIVE),
    ("tell the public, tell no third party", NOTICE, SECRET),
    ("tell the public, resist disclosure", NOTICE, RESIST),
]


@pytest.mark.parametrize(("name", "own", "beside"), OPPOSED, ids=[row[0] for row in OPPOSED])
def test_what_one_owes_and_the_other_bars_stops_the_thing_and_both_are_cited(
    name: str, own: Term, beside: Term
) -> None:  # the row's name
    for first, second in ((own, beside), (beside, own)):
        found = asked(texts(first, second))
        assert found.outcome is Outcome.DENY
        assert both(found) == {f"agreement:{first.article}@1", f"agreement:AR-BO-OLD#{second.article}@1"}
        assert ("consult", "AR") in {(one.duty, one.actor) for one in found.obligations}


KEPT_TOGETHER = [
    ("return or destroy, never destroy: it is returned", RETURN, NEVER),
    ("keep until a date, destroy by a later one", KEEP, LATE),
    ("return or destroy, destroy only by consent", RETURN, BY_CONSENT),
    ("destroy by a date, destroy only by consent", DESTROY, BY_CONSENT),
    ("the same twice", KEEP, replace(KEEP, article="42")),
    ("keep, archive in time", KEEP, ARCHIVE),
    ("keep, and nothing of archives", KEEP, NO_ARCHIVE),
    ("tell no third party, resist disclosure", SECRET, RESIST),
]


@pytest.mark.parametrize(("name", "own", "beside"), KEPT_TOGETHER, ids=[row[0] for row in KEPT_TOGETHER])
def test_two_texts_that_leave_something_to_do_are_both_kept(
    name: str, own: Term, beside: Term
) -> None:  # the row's name
    assert not both(asked(texts(own, beside)))
    assert not opposed.between(*texts(own, beside), at())


@pytest.mark.parametrize("act", sorted(opposed.STOPS))
def test_nothing_is_done_by_the_one_that_the_other_would_undo(act: Act) -> None:
    assert both(asked(texts(DESTROY, KEEP), act)) == {"agreement:31@1", "agreement:AR-BO-OLD#30@1"}


def test_a_text_that_gives_way_opposes_nothing() -> None:
    own, old = texts(DESTROY, KEEP)
    yields = clause("98", "comity-relation", agreement="AR-BO-MOC", prevails="other")
    gives = replace(old, terms=(*old.terms, yields))
    assert not both(asked((own, gives)))
    assert not opposed.between(own, gives, at())


def test_only_the_things_of_which_both_speak_are_stopped() -> None:
    """A duty for one kind of record and a bar for another meet nowhere."""
    other = replace(DESTROY, params={**DESTROY.params, "kinds": ("intelligence.*",)})
    assert not both(asked(texts(other, KEEP)))
    assert both(asked(texts(replace(DESTROY, params={**DESTROY.params, "kinds": ("cyber.*",)}), KEEP)))


def test_months_count_from_the_day_it_is_passed() -> None:
    quick = clause("43", "comity-retention", must="destroy", months=6)
    slow = clause("44", "comity-retention", must="keep", months=12)
    assert both(asked(texts(quick, slow)))
    assert not both(asked(texts(replace(quick, params={**quick.params, "months": 18}), slow)))


@pytest.mark.parametrize(("name", "own", "beside"), OPPOSED, ids=[row[0] for row in OPPOSED])
def test_both_parties_find_the_same_from_the_texts_alone(name: str, own: Term, beside: Term) -> None:  # the row's name
    """Whatever a node holds: the classes are those that the texts can tell apart (law 4)."""
    one, other = texts(own, beside)
    found = {frozenset(term.article for term in pair) for pair in opposed.between(one, other, at())}
    turned = {frozenset(term.article for term in pair) for pair in opposed.between(other, one, at())}
    assert found == turned == {frozenset({own.article, beside.article})}


def test_an_hour_is_the_grain_of_what_the_texts_are_asked() -> None:
    pair = texts(DESTROY, KEEP)
    assert opposed.between(*pair, datetime(2029, 12, 31, 23, 59, tzinfo=UTC))
    assert not opposed.between(*pair, datetime(2030, 1, 1, 0, 1, tzinfo=UTC))
