"""A disk that is full, read-only or slow: nothing is acknowledged that was not kept, and it goes on by itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import pytest

from comity.acts import accept, deliver, follow
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.acts.keeping import RESERVE
from comity.acts.node import Node
from comity.acts.reporting import report
from comity.api import answers
from comity.app.work import Worker
from comity.core.errors import Unreachable
from comity.exchange.lane import Lane
from comity.records import OutboxState, Room
from tests.acts.crossing import outbox
from tests.acts.disks import databases, full, read_only
from tests.acts.lanes import queue_in
from tests.acts.things import holds, stix, take
from tests.joined import Pair

Fault = Callable[..., AbstractContextManager[None]]
FAULTS = pytest.mark.parametrize(
    ("fault", "code", "alarm"),
    [(full, "no-room", "disk-full"), (read_only, "read-only", "disk-read-only")],
    ids=["full", "read-only"],
)


COUNT = 120


def many(name: str) -> list[dict[str, object]]:
    """More than fits into what a page has left."""
    return [stix("malware", f"{name} {n}", description="x" * 4000) for n in range(COUNT)]


def counts(node: Node) -> dict[str, int]:
    with node.house.reader() as house:
        return house.counts()


def ringing(pair: Pair, node: Node) -> set[str]:
    return {alarm.code for alarm in alarms(gather(node, Known()), pair.clock.now)}


# -- taking in ------------------------------------------------------------------------------------------------------


@FAULTS
@pytest.mark.parametrize("which", ["house", "keys"])
def test_what_is_not_kept_is_not_acknowledged(pair: Pair, which: str, fault: Fault, code: str, alarm: str) -> None:
    before = counts(pair.il)
    with fault(databases(pair.il, pair.agreement)[which]):
        with pytest.raises(Unreachable, match="nothing was kept") as told:
            take(pair.il, *many("one"))
        assert counts(pair.il) == before, "what is here can still be read"
    assert (told.value.code, told.value.exit_code) == (code, 69)
    assert take(pair.il, *many("one")).taken == COUNT
    assert alarm not in ringing(pair, pair.il)


@FAULTS
@pytest.mark.parametrize("which", ["house", "keys", "agreement"])
def test_a_partners_envelope_waits_until_there_is_room(
    pair: Pair, which: str, fault: Fault, code: str, alarm: str
) -> None:
    """Whichever of the three steps has no room: no receipt, and the same bytes later are let in once."""
    take(pair.il, *many("one"))
    follow.follow(pair.il, pair.agreement)
    with fault(databases(pair.jp, pair.agreement)[which]):
        with pytest.raises(Unreachable) as told:
            accept.accept(pair.jp, outbox(pair.il, pair.agreement)[0].raw)
        assert (answers.told(told.value).status_code, told.value.code) == (503, code)
        assert deliver.deliver_due(pair.il, pair.agreement).failed == 1
        assert report(pair.jp).party == "JP", "what is here can still be read"
    assert {row.state for row in outbox(pair.il, pair.agreement)} == {OutboxState.QUEUED}
    pair.clock.forward(hours=1)
    pair.settle()
    assert {row.state for row in outbox(pair.il, pair.agreement)} == {OutboxState.SETTLED}
    assert counts(pair.jp) == {"live": COUNT}
    assert alarm not in ringing(pair, pair.jp)


# -- what the running node does --------------------------------------------------------------------------------------


def worked(node: Node, agreement: str) -> None:
    """One turn of the node's own worker, which never waits here."""
    worker = Worker(node)
    worker._stop.set()
    worker._guarded(agreement, worker._follow)
    worker._guarded(agreement, worker._deliver)


@FAULTS
def test_the_follower_tells_goes_on_and_the_alarm_ends(pair: Pair, fault: Fault, code: str, alarm: str) -> None:
    assert code
    take(pair.il, *many("one"))
    with fault(databases(pair.il, pair.agreement)["agreement"]):
        worked(pair.il, pair.agreement)
        assert alarm in ringing(pair, pair.il)
        worked(pair.il, pair.agreement)
    worked(pair.il, pair.agreement)
    assert alarm not in ringing(pair, pair.il)
    assert len(holds(pair.jp, "IL")) == COUNT


def test_the_last_of_the_room_is_kept_for_what_was_acknowledged(pair: Pair) -> None:
    """Nothing new is taken, let in or decided; what is queued still goes, and its receipt is kept."""
    take(pair.il, stix("malware", "queued"))
    follow.follow(pair.il, pair.agreement)
    take(pair.il, stix("malware", "undecided"))
    take(pair.jp, stix("malware", "theirs"))
    follow.follow(pair.jp, pair.agreement)
    small = Room(RESERVE - 1, 100 * RESERVE)
    tight = replace(pair.il, room=lambda: small)
    with pytest.raises(Unreachable, match="disk is full"):
        take(tight, stix("malware", "new"))
    with pytest.raises(Unreachable, match="disk is full"):
        accept.accept(tight, outbox(pair.jp, pair.agreement)[0].raw)
    assert follow.follow(tight, pair.agreement).read == 0
    assert deliver.deliver_due(tight, pair.agreement).settled == 1
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 2
    assert len(holds(pair.il, "JP")) == 1


def test_a_repeated_envelope_gets_its_receipt_also_on_a_full_disk(pair: Pair) -> None:
    take(pair.jp, stix("malware", "theirs"))
    follow.follow(pair.jp, pair.agreement)
    [row] = outbox(pair.jp, pair.agreement)
    first = accept.accept(pair.il, row.raw)
    assert accept.accept(replace(pair.il, room=lambda: Room(0, RESERVE)), row.raw) == first


# -- slow -----------------------------------------------------------------------------------------------------------


@dataclass
class Slow:
    """A clock by which everything that is timed takes as long as one is told."""

    seconds: float
    now: float = 0.0

    def __call__(self) -> float:
        self.now += self.seconds
        return self.now


@pytest.mark.slow
def test_on_a_slow_disk_flash_goes_first_and_the_alarm_ends_with_it(pair: Pair) -> None:
    found = databases(pair.il, pair.agreement)
    for one in found.values():
        one.timer = Slow(2.0)
    expected = set()
    for lane in (Lane.ROUTINE, Lane.PRIORITY, Lane.FLASH):
        for n in range(6):
            expected |= set(queue_in(pair.il, pair.agreement, lane, str(n)))
    while deliver.deliver_due(pair.il, pair.agreement).settled:
        pass
    assert "disk-slow" in ringing(pair, pair.il)
    assert set(holds(pair.jp, "IL")) == expected
    flash = [row.raw for row in outbox(pair.il, pair.agreement, Lane.FLASH)]
    assert pair.cables[0].posts[:6] == flash
    for one in found.values():
        one.timer = Slow(0.001)
    for n in range(COUNT):
        take(pair.il, stix("malware", f"quick {n}"))
    assert "disk-slow" not in ringing(pair, pair.il)
