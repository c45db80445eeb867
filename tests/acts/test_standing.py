"""Nothing goes without the originator's own decision: signed, within its own words, until it is withdrawn or ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from comity.acts import follow, standing
from comity.core.errors import Absent, Refused
from comity.exchange.lane import Lane, Mode
from comity.labels.label import Tlp
from comity.records import OutboxRow, OutboxState
from tests.acts.crossing import outbox
from tests.acts.things import holds, portion, report, stix, take, take_report
from tests.joined import DANA, NOW, Pair, sign, standing_release


@pytest.fixture
def undecided(strangers: Pair) -> Pair:
    """In force, and Israel has released nothing beforehand."""
    sign(strangers)
    return strangers


def test_without_one_nothing_goes(undecided: Pair) -> None:
    take(undecided.il, stix("malware", "one"))
    followed = follow.follow(undecided.il, undecided.agreement)
    assert (followed.released, followed.withheld) == (0, 1)


def test_signing_one_lets_what_was_withheld_go(undecided: Pair) -> None:
    """A fact decides again: nobody has to take the thing in anew."""
    value = stix("malware", "one")
    take(undecided.il, value)
    undecided.settle()
    assert holds(undecided.jp, "IL") == {}
    standing.sign(undecided.il, standing_release(undecided.il, "first", ("cyber.*",)), DANA)
    undecided.settle()
    assert set(holds(undecided.jp, "IL")) == {value["id"]}


def test_only_what_its_words_cover_goes(undecided: Pair) -> None:
    standing.sign(undecided.il, standing_release(undecided.il, "cyber only", ("cyber.*",)), DANA)
    take(undecided.il, stix("malware", "one"))
    take_report(undecided.il, report("R-1", portion("a", {"origin": "IL", "level": "שמור"})))
    followed = follow.follow(undecided.il, undecided.agreement)
    assert (followed.released, followed.withheld) == (1, 1)


def test_nobody_decides_for_another_party(undecided: Pair) -> None:
    theirs = replace(standing_release(undecided.il, "x", ("cyber.*",)), origin="JP")
    with pytest.raises(Refused, match="only JP decides"):
        standing.sign(undecided.il, theirs, DANA)


def test_an_office_that_may_receive_nothing_is_refused(undecided: Pair) -> None:
    strange = replace(standing_release(undecided.il, "x", ("cyber.*",)), to=frozenset({"JP-releasing-office"}))
    with pytest.raises(Refused, match="does not let JP-releasing-office receive"):
        standing.sign(undecided.il, strange, DANA)


def test_an_empty_audience_is_nobody(undecided: Pair) -> None:
    nobody = replace(standing_release(undecided.il, "x", ("cyber.*",)), to=frozenset())
    standing.sign(undecided.il, nobody, DANA)
    take(undecided.il, stix("malware", "one"))
    assert follow.follow(undecided.il, undecided.agreement).released == 0


def test_under_an_agreement_we_do_not_hold_there_is_nothing_to_sign(undecided: Pair) -> None:
    elsewhere = replace(standing_release(undecided.il, "x", ("cyber.*",)), agreement="IL-XX")
    with pytest.raises(Absent):
        standing.sign(undecided.il, elsewhere, DANA)


def test_an_id_is_given_once(pair: Pair) -> None:
    with pytest.raises(Refused, match="already"):
        standing.sign(pair.il, standing_release(pair.il, "standing-il", ("cyber.*",)), DANA)


def test_withdrawn_means_that_nothing_more_goes(pair: Pair) -> None:
    take(pair.il, stix("malware", "before"))
    pair.settle()
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    assert standing.listed(pair.il, pair.agreement) == ()
    take(pair.il, stix("malware", "after"))
    pair.settle()
    assert set(holds(pair.jp, "IL")) == {stix("malware", "before")["id"]}


def test_withdrawn_before_it_was_sent_it_never_goes(pair: Pair) -> None:
    """What is queued and was never tried is voided: a number without content, and the chain goes on."""
    take(pair.il, stix("malware", "queued"))
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    standing.sign(pair.il, standing_release(pair.il, "again", ("cyber.*",)), DANA)
    pair.settle()
    assert set(holds(pair.jp, "IL")) == {stix("malware", "queued")["id"]}


def test_what_stands_before_a_void_is_withdrawn_too(pair: Pair) -> None:
    """While the partner is silent first one class is withdrawn, then another that was queued before it: nothing of
    either goes, and the partner follows the chain and the log to their ends."""
    amber = replace(standing_release(pair.il, "amber", ("cyber.*",)), up_to_tlp=Tlp.AMBER)
    standing.sign(pair.il, amber, DANA)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    green = replace(standing_release(pair.il, "green", ("cyber.*",)), up_to_tlp=Tlp.GREEN)
    standing.sign(pair.il, green, DANA)
    take(pair.il, stix("malware", "green"))
    follow.follow(pair.il, pair.agreement)
    take(pair.il, stix("malware", "amber", Tlp.AMBER))
    follow.follow(pair.il, pair.agreement)
    for name, queued in {"amber": ["queued", "void"], "green": ["void", "void"]}.items():
        standing.withdraw(pair.il, pair.agreement, name, DANA)
        follow.follow(pair.il, pair.agreement)
        assert [str(row.state) for row in outbox(pair.il, pair.agreement)] == queued
    standing.sign(pair.il, standing_release(pair.il, "again", ("cyber.*",)), DANA)
    pair.settle()
    assert set(holds(pair.jp, "IL")) == {stix("malware", "green")["id"], stix("malware", "amber", Tlp.AMBER)["id"]}
    with pair.il.agreements(pair.agreement).reader() as il, pair.jp.agreements(pair.agreement).reader() as jp:
        assert il.root("out") == jp.root("in")


def test_however_long_the_chain_is_what_stands_at_its_end_is_withdrawn(pair: Pair) -> None:
    """A thousand envelopes settled before do not hide the one that may no longer go."""
    rows = [
        OutboxRow(
            Mode.ACTUAL, Lane.ROUTINE, 1, n, f"{n:064x}", b"%d" % n, 1, 0, OutboxState.SETTLED, NOW, 1, b"receipt"
        )
        for n in range(1, 1200)
    ]
    with pair.il.agreements(pair.agreement).begin() as tx:
        tx.put_outgoing(rows)
    take(pair.il, stix("malware", "queued"))
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    follow.follow(pair.il, pair.agreement)
    with pair.il.agreements(pair.agreement).reader() as reader:
        [last] = reader.outgoing_after(Mode.ACTUAL, Lane.ROUTINE, 1, 1199, 10)
    assert last.state is OutboxState.VOID


def test_one_that_is_not_there_cannot_be_withdrawn(pair: Pair) -> None:
    with pytest.raises(Absent, match="no standing release 'nothing'"):
        standing.withdraw(pair.il, pair.agreement, "nothing", DANA)


def test_its_end_is_kept_without_anybody_acting(pair: Pair) -> None:
    pair.clock.now = NOW + timedelta(days=366)
    take(pair.il, stix("malware", "late"))
    assert follow.follow(pair.il, pair.agreement).released == 0


def test_its_beginning_is_kept_too_and_then_asked_again(undecided: Pair) -> None:
    """When an answer is over by time alone, the lapse is noted once and the follower asks again."""
    later = replace(standing_release(undecided.il, "later", ("cyber.*",)), valid_from=NOW + timedelta(hours=1))
    standing.sign(undecided.il, later, DANA)
    take(undecided.il, stix("malware", "one"))
    assert follow.follow(undecided.il, undecided.agreement).released == 0
    assert standing.lapse(undecided.il, undecided.agreement, DANA) is False
    undecided.clock.forward(hours=1)
    assert standing.lapse(undecided.il, undecided.agreement, DANA) is True
    assert standing.lapse(undecided.il, undecided.agreement, DANA) is False
    assert follow.follow(undecided.il, undecided.agreement).released == 1


def test_one_that_waits_is_judged_by_what_holds_when_it_can_go(pair: Pair) -> None:
    """Allowed when it began to wait, barred when its reference came: it stays."""
    target = stix("malware", "target", None)
    relation = stix("relationship", "r", source_ref=target["id"], target_ref=target["id"])
    take(pair.il, relation)
    pair.settle()
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    narrow = replace(standing_release(pair.il, "narrow", ("cyber.*",)), up_to_tlp=Tlp.CLEAR)
    standing.sign(pair.il, narrow, DANA)
    take(pair.il, stix("malware", "target", Tlp.CLEAR))
    pair.settle()
    assert set(holds(pair.jp, "IL")) == {target["id"]}
