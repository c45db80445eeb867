"""A partner that was silent for a day gets everything at once: what is urgent first, in each lane the oldest first."""

import pytest

from comity.acts import deliver, follow
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.exchange.lane import Lane
from comity.records import OutboxRow, OutboxState
from tests.acts.crossing import outbox
from tests.acts.lanes import queue_in
from tests.acts.things import holds
from tests.joined import Pair

ENVELOPES = 20
THINGS = 25
"""Twenty envelopes of 25 things in each of four lanes: 2,000 releases."""


@pytest.mark.slow
def test_a_days_backlog_drains_by_precedence_and_the_oldest_first(pair: Pair) -> None:
    follow.follow(pair.il, pair.agreement)
    pair.cables[0].cut = True
    expected: set[str] = set()
    for hour in range(ENVELOPES):
        for lane in reversed(Lane):
            expected |= set(queue_in(pair.il, pair.agreement, lane, str(hour), THINGS))
        assert deliver.deliver_due(pair.il, pair.agreement).settled == 0
        pair.clock.forward(hours=24 / ENVELOPES)
    told = {alarm.code: alarm for alarm in alarms(gather(pair.il, Known()), pair.clock.now)}
    assert set(told) == {"partner-silent", "queue-late"}
    assert told["partner-silent"].sentence == (
        "JP has answered nothing for 1 day (memory://partner/exchange/v1/envelopes did not answer): "
        "ask it over another channel; 80 envelopes wait and will go by precedence"
    )

    pair.cables[0].cut = False
    pair.cables[0].posts.clear()
    reads = []
    while deliver.deliver_due(pair.il, pair.agreement).settled:
        reads.append(len(pair.cables[0].posts))
    assert pair.cables[0].posts == [row.raw for lane in Lane for row in outbox(pair.il, pair.agreement, lane)]
    assert max(later - before for before, later in zip([0, *reads], reads, strict=False)) <= deliver.LIMIT
    assert set(holds(pair.jp, "IL")) == expected
    assert len(expected) == 4 * ENVELOPES * THINGS
    assert alarms(gather(pair.il, Known()), pair.clock.now) == ()


def test_what_becomes_urgent_while_a_backlog_drains_goes_next(pair: Pair) -> None:
    for n in range(2 * deliver.LIMIT):
        queue_in(pair.il, pair.agreement, Lane.ROUTINE, str(n))
    deliver.deliver_due(pair.il, pair.agreement)
    queue_in(pair.il, pair.agreement, Lane.FLASH, "warning")
    pair.cables[0].posts.clear()
    deliver.deliver_due(pair.il, pair.agreement)
    [flash] = outbox(pair.il, pair.agreement, Lane.FLASH)
    assert flash.state is OutboxState.SETTLED
    assert pair.cables[0].posts[0] == flash.raw


def test_bytes_in_memory_for_one_partner_are_bounded_whatever_waits(pair: Pair) -> None:
    """Of a page as many envelopes as the bound takes, and always one; of what is due none before it goes."""
    for n in range(4):
        queue_in(pair.il, pair.agreement, Lane.ROUTINE, str(n))
    sizes = [len(row.raw) for row in outbox(pair.il, pair.agreement)]
    with pair.il.agreements(pair.agreement).reader() as reader:

        def read(most: int) -> list[OutboxRow]:
            return reader.outgoing_after(pair.il.mode, Lane.ROUTINE, 0, 0, 8, most)

        assert [row.seq for row in read(sum(sizes) * 2)] == [1, 2, 3, 4]
        assert [row.seq for row in read(sum(sizes[:2]) + 200)] == [1, 2]
        assert [row.seq for row in read(1)] == [1]
        chain = (pair.il.mode, Lane.ROUTINE, 1, 1, 256)
        assert [row.seq for row in reader.outgoing_after(*chain, 1)] == [2]
        assert {row.raw for row in reader.due(pair.clock.now, 8, opened=False)} == {b""}
