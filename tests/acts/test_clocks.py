"""A wrong clock costs a wait and an alarm: nothing lapses by it unnoticed, no order breaks, and it heals by itself."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from comity.acts import clocks, deliver, follow, reconciling, standing
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.acts.node import Node
from comity.records import OutboxState, Principal, ReleaseRow
from tests.acts.crossing import outbox
from tests.acts.things import holds, stix, take
from tests.joined import DANA, NOW, Clock, Pair, standing_release

NODE = Principal("node:IL")
DAY = timedelta(days=1)


class Steady:
    """The machine's own seconds, which nobody sets."""

    seconds = 0.0

    def pass_by(self, pair: Pair, seconds: float = 1.0) -> None:
        """So much time passes, and Israel's node looks at both of its clocks."""
        self.seconds += seconds
        pair.il.meter.ticked(pair.il.clock(), self.seconds)


@pytest.fixture
def steady(pair: Pair) -> Steady:
    """Israel's node has just been started."""
    found = Steady()
    found.pass_by(pair)
    return found


def ringing(node: Node) -> set[str]:
    return {alarm.code for alarm in alarms(gather(node, Known()), node.clock())}


def releases(node: Node, agreement: str) -> list[ReleaseRow]:
    with node.agreements(agreement).reader() as reader:
        return reader.releases("JP", 0, 1000)


def states(node: Node, agreement: str) -> list[OutboxState]:
    return [row.state for row in outbox(node, agreement)]


def for_half_a_day(pair: Pair) -> None:
    """Israel releases only by a decision that ends in twelve hours."""
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    short = replace(standing_release(pair.il, "short", ("cyber.*",)), valid_until=NOW + DAY / 2)
    standing.sign(pair.il, short, DANA)


def turn(pair: Pair) -> None:
    """What the running node does once."""
    reconciling.reconcile_with_partner(pair.il, pair.agreement)
    standing.lapse(pair.il, pair.agreement, NODE)
    follow.follow(pair.il, pair.agreement)
    deliver.deliver_due(pair.il, pair.agreement)


# -- our own clock steps ----------------------------------------------------------------------------------------------


def test_time_that_passes_is_no_step(pair: Pair, steady: Steady) -> None:
    pair.clock.forward(days=3)
    steady.pass_by(pair, 3 * 86400)
    assert not clocks.in_doubt(pair.il)
    assert "clock-stepped" not in ringing(pair.il)


def test_a_step_forward_lets_nothing_lapse_until_it_is_known_to_be_right(pair: Pair, steady: Steady) -> None:
    """A day forward passes the end of what was decided: what is queued is not withdrawn, and nothing new is judged."""
    for_half_a_day(pair)
    pair.cables[0].cut = True
    take(pair.il, stix("malware", "queued"))
    follow.follow(pair.il, pair.agreement)
    pair.clock.forward(days=1)
    steady.pass_by(pair)
    take(pair.il, stix("malware", "new"))
    assert not standing.lapse(pair.il, pair.agreement, NODE)
    assert follow.follow(pair.il, pair.agreement).read == 0
    assert states(pair.il, pair.agreement) == [OutboxState.QUEUED]
    [alarm] = [one for one in alarms(gather(pair.il, Known()), pair.clock.now) if one.code == "clock-stepped"]
    assert "our clock was set forward by 23 hours" in alarm.sentence
    assert alarm.command == "timedatectl"
    pair.clock.forward(days=-1)
    steady.pass_by(pair)
    assert "clock-stepped" not in ringing(pair.il)
    pair.cables[0].cut = False
    turn(pair)
    assert len(holds(pair.jp, "IL")) == 2


def test_a_partners_time_can_confirm_a_step_and_then_what_has_expired_lapses(pair: Pair, steady: Steady) -> None:
    """The machine's clock had been a day slow: the partner's next receipt agrees with the new time."""
    for_half_a_day(pair)
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    pair.clock.forward(days=1)
    steady.pass_by(pair)
    assert clocks.in_doubt(pair.il)
    deliver.deliver_due(pair.il, pair.agreement)
    assert not clocks.in_doubt(pair.il)
    assert ringing(pair.il) == set()
    assert standing.lapse(pair.il, pair.agreement, NODE)
    take(pair.il, stix("malware", "two"))
    assert follow.follow(pair.il, pair.agreement).withheld >= 1


def test_yesterdays_signature_does_not_confirm_a_clock_set_back_by_a_day(pair: Pair, steady: Steady) -> None:
    written = pair.clock.now
    pair.clock.forward(days=1)
    steady.pass_by(pair, 86400)
    take(pair.il, stix("malware", "one"))
    pair.clock.forward(days=-1)
    steady.pass_by(pair)
    clocks.compare(pair.il, written)
    assert clocks.in_doubt(pair.il)
    assert {"clock-stepped", "clock-before-log"} <= ringing(pair.il)
    pair.clock.forward(days=1)
    steady.pass_by(pair)
    assert not {"clock-stepped", "clock-before-log"} & ringing(pair.il)


def test_after_a_step_back_numbers_and_times_of_release_still_rise(pair: Pair) -> None:
    """The node was started again under the earlier clock: nothing that was written is contradicted."""
    take(pair.il, stix("malware", "one"))
    pair.settle()
    pair.clock.forward(days=-1)
    take(pair.il, stix("malware", "two"))
    pair.settle()
    found = releases(pair.il, pair.agreement)
    assert [one.seq for one in found] == [1, 2]
    assert all(later.added > earlier.added for earlier, later in pairwise(found))
    assert len(holds(pair.jp, "IL")) == 2
    assert "clock-before-log" not in ringing(pair.jp)


def test_after_a_step_back_no_try_waits_for_a_time_far_ahead(pair: Pair) -> None:
    """The next try was set by a clock that was a day ahead: it is made now, not tomorrow."""
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    pair.cables[0].cut = True
    pair.clock.forward(days=1)
    assert deliver.deliver_due(pair.il, pair.agreement).failed == 1
    assert deliver.deliver_due(pair.il, pair.agreement).failed == 0, "it is not due yet"
    pair.clock.forward(days=-1)
    pair.cables[0].cut = False
    assert deliver.deliver_due(pair.il, pair.agreement).settled == 1
    assert len(holds(pair.jp, "IL")) == 1


def test_what_a_wrong_clock_noted_for_a_time_to_come_hides_no_expiry(pair: Pair) -> None:
    """A review dated tomorrow does not count today: what ends in between still lapses when its time comes."""
    for_half_a_day(pair)
    take(pair.il, stix("malware", "one"))
    pair.settle()
    pair.clock.forward(days=2)
    assert standing.lapse(pair.il, pair.agreement, NODE)
    pair.clock.forward(days=-2)
    pair.settle()
    pair.clock.forward(hours=13)
    assert standing.lapse(pair.il, pair.agreement, NODE)


# -- the two clocks differ --------------------------------------------------------------------------------------------


@pytest.fixture
def ahead(pair: Pair) -> Clock:
    """Israel's clock, a day ahead of Japan's."""
    clock = Clock(NOW + DAY)
    pair.il = replace(pair.il, clock=clock)
    pair.cables[1].other = pair.il
    return clock


@pytest.mark.usefixtures("ahead")
def test_what_is_early_stays_queued_and_both_sides_are_told(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    turn(pair)
    assert states(pair.il, pair.agreement) == [OutboxState.QUEUED]
    assert "clock-ahead" in ringing(pair.il)
    assert "clock-behind" in ringing(pair.jp)
    assert holds(pair.jp, "IL") == {}


@pytest.mark.slow
def test_once_our_clock_is_right_everything_goes_at_once(pair: Pair, ahead: Clock) -> None:
    """The lanes begin a new epoch with the partner: nothing waits a day for the time it was dated with."""
    for name in ("one", "two"):
        take(pair.il, stix("malware", name))
        turn(pair)
    assert holds(pair.jp, "IL") == {}
    ahead.now = pair.clock.now + timedelta(minutes=20)
    pair.clock.now = ahead.now
    for _ in range(4):
        turn(pair)
    assert {stix("malware", name)["id"] for name in ("one", "two")} <= set(holds(pair.jp, "IL"))
    assert not {"clock-ahead", "not-reconciled", "fork"} & ringing(pair.il)
    assert "clock-behind" not in ringing(pair.jp)
    with pair.jp.house.reader() as house:
        assert house.counts()["live"] == len(holds(pair.jp, "IL"))


def test_once_the_partners_clock_is_right_the_same_bytes_are_let_in(pair: Pair, ahead: Clock) -> None:
    take(pair.il, stix("malware", "one"))
    turn(pair)
    pair.clock.now = ahead.now
    ahead.forward(minutes=20)
    turn(pair)
    assert states(pair.il, pair.agreement) == [OutboxState.SETTLED]
    assert len(set(pair.cables[0].posts)) == 1
    assert "clock-ahead" not in ringing(pair.il)
    assert "clock-behind" not in ringing(pair.jp)
