"""What a partner's receipt refuses leaves its view with its reason, and is asked again only for cause or on a word."""

import hashlib
from collections.abc import Callable

import pytest

from comity.acts import (
    cases,
    explaining,
    follow,
    notifying,
    refusals,
    standing,
)
from comity.acts.posting import Progress
from comity.acts.reasons import REASONS, reason
from comity.acts.refusals import OLD_STORY, Word
from comity.acts.reporting import report
from comity.acts.worth import NOT_GIVEN, NOT_ITS_OWN
from comity.core.errors import Absent
from comity.exchange.chain import Link
from comity.records import NOTICE, Fact, RefusedState
from tests.acts import policied
from tests.acts.refusing import (
    alarm,
    as_whole,
    items,
    live,
    once,
    refused,
    suspension,
    taking,
    told,
)
from tests.acts.things import holds, question, stix, take, write
from tests.joined import DANA, Pair, release

ONE, TWO = stix("malware", "one"), stix("malware", "two")
CLOSING = sorted(set(REASONS))


# -- the table of reasons --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CLOSING)
def test_what_is_refused_leaves_the_view_with_the_reason(pair: Pair, code: str) -> None:
    take(pair.il, ONE)
    pair.cables[0].twist = as_whole(pair, code)
    assert once(pair).refused == 1
    assert live(pair) == []
    [row] = refused(pair)
    assert (row.code, row.kind, row.lane.value, row.seq) == (code, "cyber.stix/1", "ROUTINE", 1)
    rung = alarm(pair)
    assert rung is not None
    assert f"JP refused 1 record: {reason(code)}" in rung.sentence
    assert REASONS[code][1] in rung.sentence
    assert rung.command == "comity outbox refused"


@pytest.mark.parametrize("code", CLOSING)
def test_it_is_sent_again_on_an_officers_word_and_never_by_itself(pair: Pair, code: str) -> None:
    take(pair.il, ONE)
    pair.cables[0].twist = as_whole(pair, code)
    once(pair)
    once(pair)
    sent = len(pair.cables[0].posts)
    for _ in range(3):
        pair.clock.forward(days=1)
        standing.lapse(pair.il, pair.agreement, DANA)
        once(pair)
    assert len(pair.cables[0].posts) == sent, "nothing goes round in a circle"
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    once(pair)
    assert len(refused(pair)) == 1, "refused again, it is kept once"
    assert alarm(pair) is not None
    pair.cables[0].twist = taking
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    follow.follow(pair.il, pair.agreement)
    assert alarm(pair) is not None, "sent again is not accepted yet"
    pair.settle()
    assert (refused(pair), alarm(pair)) == ([], None)
    assert live(pair) == [ONE["id"]]
    assert holds(pair.jp, "IL").keys() == {ONE["id"]}


def test_every_reason_a_node_gives_has_words() -> None:
    """The codes of acceptance, of items and of chains, but those that are told again or name a fork."""
    given = {link.value for link in Link} - {"next", "duplicate", Link.GAP.value} - OLD_STORY
    given |= {"no-such-agreement", "key-not-named", "wrong-mode", "agreement-suspended", "agreement-ended"}
    given |= {"agreement-not-yet", "kind-not-covered", "sealed-unreadable"}
    given |= {"statement-unverified", "item-unproven", "handle-taken", NOT_GIVEN, NOT_ITS_OWN}
    assert given == set(REASONS)
    assert reason("of-its-own") == "of a reason of its own (of-its-own)"


def test_a_refused_item_goes_back_and_those_beside_it_stay(pair: Pair) -> None:
    take(pair.il, ONE, TWO)
    pair.cables[0].twist = items(pair, "handle-taken", [1])
    once(pair)
    assert live(pair) == [ONE["id"]]
    assert [row.code for row in refused(pair)] == ["handle-taken"]
    pair.cables[0].twist = taking
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    assert (sorted(live(pair)), refused(pair)) == (sorted([ONE["id"], TWO["id"]]), [])


def test_what_is_in_quarantine_there_was_given(pair: Pair) -> None:
    take(pair.il, stix("marking-definition", "m", definition={"statement": "x"}), ONE)
    pair.settle()
    assert refused(pair) == []


def test_what_points_at_it_waits_for_it(pair: Pair) -> None:
    take(pair.il, ONE)
    pair.cables[0].twist = as_whole(pair, "kind-not-covered")
    once(pair)
    take(pair.il, stix("relationship", "r", source_ref=ONE["id"], target_ref=ONE["id"]))
    follow.follow(pair.il, pair.agreement)
    assert live(pair) == []
    pair.cables[0].twist = taking
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    assert len(live(pair)) == 2


# -- what makes it be asked again ------------------------------------------------------------------------------------


def from_partner(pair: Pair) -> None:
    told(pair, pair.jp)
    pair.settle()


def time_passed_over_a_decision(pair: Pair) -> None:
    """As `standing.lapse` notes it: of which decision, only this house knows."""
    fact = Fact(hashlib.sha256(b"{}").hexdigest(), "review", pair.agreement, pair.clock(), None, b"{}")
    with pair.il.house.begin() as tx:
        tx.put_fact(fact, DANA, pair.clock())


AGAIN: dict[str, Callable[[Pair], object]] = {
    "a standing release": lambda pair: release(pair.il, "another", ("cyber.*",)),
    "an event that the partner told": from_partner,
    "a notice of ours, answered": suspension,
}
NOT_AGAIN: dict[str, Callable[[Pair], object]] = {
    "another policy": lambda pair: policied.write(pair, policied.rule("fiction", "false")),
    "time": lambda pair: pair.clock.forward(days=30),
    "time over a decision": time_passed_over_a_decision,
    "another thing": lambda pair: take(pair.il, TWO),
}


@pytest.mark.parametrize("cause", AGAIN)
def test_a_change_that_both_sides_know_of_asks_again(pair: Pair, cause: str) -> None:
    take(pair.il, ONE)
    pair.cables[0].twist = as_whole(pair, "agreement-suspended")
    once(pair)
    pair.cables[0].twist = taking
    AGAIN[cause](pair)
    pair.settle()
    assert (live(pair), refused(pair)) == ([ONE["id"]], [])


@pytest.mark.parametrize("cause", NOT_AGAIN)
def test_nothing_else_does(pair: Pair, cause: str) -> None:
    take(pair.il, ONE)
    pair.cables[0].twist = as_whole(pair, "agreement-suspended")
    once(pair)
    pair.cables[0].twist = taking
    NOT_AGAIN[cause](pair)
    standing.lapse(pair.il, pair.agreement, DANA)
    pair.settle()
    assert ONE["id"] not in live(pair)
    assert len(refused(pair)) == 1


def test_decided_again_it_may_be_withheld_and_nothing_rings(pair: Pair) -> None:
    take(pair.il, ONE)
    pair.cables[0].twist = as_whole(pair, "agreement-suspended")
    once(pair)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    assert (live(pair), refused(pair), alarm(pair)) == ([], [], None)


def test_withdrawn_on_its_second_way_it_is_decided_like_anything(pair: Pair) -> None:
    take(pair.il, ONE)
    pair.cables[0].twist = as_whole(pair, "agreement-suspended")
    once(pair)
    pair.cables[0].twist = taking
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    follow.follow(pair.il, pair.agreement)
    assert (live(pair), refused(pair)) == ([], [])
    release(pair.il, "again", ("cyber.*",))
    pair.settle()
    assert live(pair) == [ONE["id"]]


# -- what an officer says ---------------------------------------------------------------------------------------------


def test_what_is_left_rings_no_more_and_only_a_retry_takes_it_up(pair: Pair) -> None:
    take(pair.il, ONE)
    pair.cables[0].twist = as_whole(pair, "kind-not-covered")
    once(pair)
    pair.cables[0].twist = taking
    said = refusals.say(pair.il, pair.agreement, Word.LEAVE, DANA)
    assert (said.records, said.notices) == (1, 0)
    pair.settle()
    assert alarm(pair) is None
    assert [row.state for row in refused(pair)] == [RefusedState.LEFT]
    release(pair.il, "another", ("cyber.*",))
    pair.settle()
    assert live(pair) == []
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    assert (live(pair), refused(pair)) == ([ONE["id"]], [])


def test_there_is_nothing_to_say_of_nothing(pair: Pair) -> None:
    with pytest.raises(Absent):
        refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)


def test_a_refused_notice_is_given_again_on_a_word(pair: Pair) -> None:
    suspension(pair)
    pair.cables[0].twist = as_whole(pair, "sealed-unreadable")
    once(pair)
    [row] = refused(pair)
    assert row.kind == NOTICE
    rung = alarm(pair)
    assert rung is not None
    assert "1 notice:" in rung.sentence
    pair.cables[0].twist = taking
    pair.settle()
    assert len(refused(pair)) == 1, "its answer is a fact, and asks for nothing"
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    [given] = notifying.given(pair.il, pair.agreement)
    assert given.progress is Progress.ACCEPTED
    assert refused(pair) == []


# -- what else knows of it --------------------------------------------------------------------------------------------


def test_a_refused_question_is_no_case(pair: Pair) -> None:
    write(pair.il, question("Q-1", "IL"))
    pair.cables[0].twist = as_whole(pair, "kind-not-covered")
    once(pair)
    assert cases.cases(pair.il, pair.agreement) == []
    pair.cables[0].twist = taking
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    [view] = cases.cases(pair.il, pair.agreement)
    assert view.opened_by == "IL"


def test_figures_count_it_as_refused_and_not_as_given(pair: Pair) -> None:
    take(pair.il, ONE, TWO)
    pair.cables[0].twist = items(pair, "item-unproven", [0])
    once(pair)
    [one] = report(pair.il).agreements
    assert (one.released, one.not_taken, one.refused) == (1, 1, 0)
    said = explaining.explain(pair.il, str(ONE["id"]), "JP")
    assert said.outcome == "partner-refused"
    assert any("(item-unproven)" in sentence for sentence in said.sentences)


def test_a_story_that_forked_takes_nothing_back(pair: Pair) -> None:
    """Two people decide what went, not a receipt."""
    for code in sorted(OLD_STORY):
        take(pair.il, stix("malware", code))
        pair.cables[0].twist = as_whole(pair, code)
        once(pair)
    assert len(live(pair)) == 1, "stopped after the first"
    assert refused(pair) == []
