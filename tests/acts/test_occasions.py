"""A signed notice of an event opens what the text attaches to it, alike on both sides; evidence alone settles it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comity.acts import agreements, announcing, discharging, duties, follow
from comity.agreement.clock import time_of
from comity.agreement.instrument import Term
from comity.core.errors import Refused
from comity.release.register import State
from tests.acts.duteous import both, rows, signed, standing, tell
from tests.joined import DANA, KEN, NOW, Pair, example, pair_in, sign

PAPER = b"FICTIONAL. What the two of us talked about."


@pytest.fixture
def bound(tmp_path: Path) -> Iterator[Pair]:
    """Both have signed the example with articles that attach duties to events."""
    with pair_in(tmp_path, signed=False) as pair:
        signed(pair)
        yield pair


def test_a_proposal_owes_an_answer_in_the_texts_time(pair: Pair) -> None:
    """Article 16(6): thirty days, of the party that did not propose."""
    told = tell(pair, pair.il, "amendment-proposed")
    pair.settle()
    [row] = both(pair)
    assert (row.duty, row.actor, row.article, row.about) == ("reply", "JP", "agreement:16(6)@1", told)
    assert (row.trigger, row.time) == (NOW, "2027-04-01")
    [ours], [theirs] = duties.register(pair.jp), duties.register(pair.il)
    assert (ours.ours, theirs.ours) == (True, False)


def test_an_objection_is_an_answer_and_so_is_the_next_version(pair: Pair) -> None:
    told = tell(pair, pair.il, "amendment-proposed")
    pair.settle()
    announcing.contest(pair.jp, told, "FICTIONAL. We do not agree.", KEN)
    pair.settle()
    assert ("reply", "JP", "settled") in standing(pair)
    tell(pair, pair.jp, "amendment-proposed")
    pair.settle()
    assert ("reply", "IL", "open") in standing(pair)
    text = example()
    sign(pair, replace(text, version=2))
    pair.settle()
    [answered] = [row for row in both(pair) if row.actor == "IL" and row.duty == "reply"]
    assert (answered.state, answered.evidence) == ("settled", "IL-JP-FICTION@2")


def test_no_word_of_the_proposer_settles_it(pair: Pair) -> None:
    """Only the answer of whoever owes it, or a discharge that it signed."""
    told = tell(pair, pair.il, "amendment-proposed")
    pair.settle()
    [row] = both(pair)
    announcing_twice = tell(pair, pair.il, "amendment-proposed")
    pair.settle()
    assert {one[2] for one in standing(pair)} == {"open"}
    with pytest.raises(Refused, match="only a notice signed by JP"):
        discharging.settle(pair.il, row.id, PAPER, DANA)
    discharging.settle(pair.jp, row.id, PAPER, KEN)
    pair.settle()
    by_about = {one.about: one.state for one in both(pair)}
    assert by_about == {told: "settled", announcing_twice: "open"}


def test_a_changed_law_is_told_by_its_notice_and_both_examine_the_text(pair: Pair) -> None:
    tell(pair, pair.jp, "law-changed", effect="FICTIONAL. A level was abolished.")
    pair.settle()
    assert standing(pair) == [
        ("examine-amendment", "IL", "open"),
        ("examine-amendment", "JP", "open"),
        ("notify-law-change", "JP", "settled"),
    ]


def test_a_change_of_law_to_come_is_owed_from_its_day_on(pair: Pair) -> None:
    tell(pair, pair.jp, "law-changed", on="2027-03-05", effect="FICTIONAL.")
    pair.settle()
    assert both(pair) == []
    pair.clock.forward(days=3)
    pair.settle()
    assert len(both(pair)) == 3


def test_a_changed_authority_is_told_once_its_successor_is_named(pair: Pair) -> None:
    tell(pair, pair.il, "authority-changed")
    pair.settle()
    assert standing(pair) == [("notify-authority-change", "IL", "open")]
    pair.clock.forward(hours=1)
    tell(pair, pair.jp, "authority-changed", new="FICTIONAL office")
    pair.settle()
    assert ("notify-authority-change", "IL", "open") in standing(pair), "another party's successor settles nothing"
    tell(pair, pair.il, "authority-changed", new="FICTIONAL office")
    pair.settle()
    assert {state for *_, state in standing(pair)} == {"settled"}


def test_what_the_partner_never_heard_happened_at_neither(pair: Pair) -> None:
    pair.cables[0].cut = True
    tell(pair, pair.il, "amendment-proposed")
    pair.settle()
    assert both(pair) == []
    pair.cables[0].cut = False
    pair.clock.forward(hours=1)
    pair.settle()
    assert [row.trigger for row in both(pair)] == [NOW]


def test_an_article_of_its_own_attaches_any_duty_to_any_event(bound: Pair) -> None:
    """Fictional articles: both consult within five days of a suspension; a notice of end is answered by the other."""
    tell(bound, bound.il, "suspension")
    bound.settle()
    assert standing(bound) == [("consult", "IL", "open"), ("consult", "JP", "open")]
    assert {row.due for row in both(bound)} == {NOW.replace(hour=0) + timedelta(days=6)}
    tell(bound, bound.il, "non-renewal-notice")
    bound.settle()
    [reply] = [row for row in both(bound) if row.duty == "reply"]
    assert (reply.actor, reply.article, reply.params) == ("JP", "agreement:15(5)@1", (("on", "non-renewal-notice"),))
    tell(bound, bound.il, "law-changed")
    bound.settle()
    [report] = [row for row in both(bound) if row.duty == "report-findings"]
    assert (report.actor, report.time) == ("IL", "2 months")


def test_a_consultation_held_is_shown_by_each_for_itself(bound: Pair) -> None:
    tell(bound, bound.il, "suspension")
    bound.settle()
    [own] = [one.row for one in duties.register(bound.il) if one.ours]
    discharging.settle(bound.il, own.id, PAPER, DANA)
    bound.settle()
    assert standing(bound) == [("consult", "IL", "settled"), ("consult", "JP", "open")]
    bound.clock.forward(days=7)
    assert [one.state for one in duties.register(bound.jp)] == [State.OVERDUE, State.SETTLED]


def test_the_same_notice_opens_nothing_twice_and_nothing_for_a_thing(bound: Pair) -> None:
    """A release under a text whose law has changed owes nothing more, however many things go."""
    from tests.acts.things import stix, take

    tell(bound, bound.il, "law-changed")
    bound.settle()
    before = rows(bound.il)
    take(bound.il, stix("indicator", "one"), stix("indicator", "two"))
    bound.settle()
    follow.follow(bound.il, bound.agreement)
    assert {row.duty for row in both(bound)} - {row.duty for row in before.values()} == {"return-or-destroy"}


def test_the_texts_own_review_is_owed_by_each_from_its_entry_into_force(strangers: Pair) -> None:
    """CH-DK 14.2: looked at again so many years after it entered into force."""
    text = example()
    words = dict.fromkeys(text.languages, "FICTIONAL. Reviewed after five years.")
    sign(strangers, replace(text, terms=(*text.terms, Term("16(7)", "review", {"years": 5}, words))))
    strangers.settle()
    for node in (strangers.il, strangers.jp):
        follow.follow(node, strangers.agreement)
    assert [(row.actor, row.time) for row in both(strangers)] == [("IL", "2031-01-15"), ("JP", "2031-01-15")]
    assert {row.about for row in both(strangers)} == {strangers.agreement}


def test_the_clock_of_an_attached_duty_is_its_articles(bound: Pair) -> None:
    for term in agreements.held(bound.il, bound.agreement).newest.of("comity-event-duty", "comity-receipt-duty"):
        assert time_of(term) is not None
