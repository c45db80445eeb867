"""A node's figures are what its stores hold, and gathering them again opens nothing that was read before."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from comity.acts import deliver, follow
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.acts.node import Node
from comity.acts.ports import AgreementReader
from comity.acts.reporting import report
from comity.core.errors import Broken
from comity.exchange.lane import Lane
from comity.labels.label import Tlp
from comity.records import OutboxState
from tests.acts.things import stix, take
from tests.joined import Pair


def taken(node: Node, count: int, tlp: Tlp = Tlp.GREEN) -> None:
    take(node, *(stix("malware", f"{tlp} {n}", tlp) for n in range(count)))


def test_they_are_what_the_stores_hold(pair: Pair) -> None:
    """Counted from indexes and ends of chains, they equal what opening every envelope gives."""
    taken(pair.il, 3)
    taken(pair.il, 2, Tlp.RED)
    pair.settle()
    pair.clock.forward(seconds=5)
    pair.cables[0].cut = True
    taken(pair.il, 4, Tlp.CLEAR)
    follow.follow(pair.il, pair.agreement)
    (one,) = gather(pair.il, Known()).agreements
    with pair.il.agreements(pair.agreement).reader() as reader:
        rows = list(reader.all_outgoing())
        assert one.received == len(list(reader.all_incoming()))
        assert one.waiting == len(reader.all_waiting("JP"))
        outcomes = reader.outcome_counts()
    counts = {lane.lane: lane.count for lane in one.lanes}
    assert {row.lane for row in rows} == set(counts)
    assert sum(count.queued for count in counts.values()) == sum(row.receipt is None for row in rows) > 0
    assert sum(count.answered for count in counts.values()) == sum(row.receipt is not None for row in rows) > 0
    assert sum(count.settled for count in counts.values()) == sum(row.state is OutboxState.SETTLED for row in rows)
    assert one.decided == {name: sum(n for (out, _), n in outcomes.items() if out == name) for name, _ in outcomes}
    assert one.released == 7
    assert one.behind == 0
    assert [lane.oldest for lane in one.lanes if lane.count.queued] == [pair.clock.now]


def test_what_was_decided_is_counted_on(pair: Pair) -> None:
    """A second look reads only the batches that came since."""
    known = Known()
    taken(pair.il, 3)
    follow.follow(pair.il, pair.agreement)
    assert gather(pair.il, known).agreements[0].decided == {"allow": 3}
    taken(pair.il, 2, Tlp.RED)
    follow.follow(pair.il, pair.agreement)
    assert gather(pair.il, known).agreements[0].decided == gather(pair.il, Known()).agreements[0].decided
    assert gather(pair.il, known).agreements[0].decided["allow"] == 3


@dataclass
class Watched:
    """A store that counts how often an envelope is opened."""

    store: Any
    opened: int = 0

    @contextmanager
    def reader(self) -> Iterator[AgreementReader]:
        with self.store.reader() as inner:
            yield _Counting(inner, self)


class _Counting:
    def __init__(self, inner: AgreementReader, watched: Watched) -> None:
        self._inner = inner
        self._watched = watched

    def __getattr__(self, name: str) -> Any:
        assert not name.startswith("all_"), f"{name} opens everything"
        self._watched.opened += name in {"outgoing_by_digest", "incoming", "due", "body", "bodies", "outgoing_after"}
        return getattr(self._inner, name)


def test_an_envelope_is_opened_once(pair: Pair) -> None:
    taken(pair.il, 3)
    pair.settle()
    pair.cables[0].cut = True
    taken(pair.il, 2, Tlp.CLEAR)
    follow.follow(pair.il, pair.agreement)
    store: Any = Watched(pair.il.agreements(pair.agreement))
    node, known = replace(pair.il, agreements=lambda _: store), Known()
    gather(node, known)
    first = store.opened
    assert 0 < first <= 2 * len(Lane)
    gather(node, known)
    assert store.opened == first


def test_an_agreement_that_cannot_be_read_hides_no_other(pair: Pair) -> None:
    def broken(_: str) -> Any:
        raise Broken("the disk said something")

    found = gather(replace(pair.il, agreements=broken), Known())
    assert (found.agreements, found.broken) == ((), {pair.agreement: "broken"})
    said = report(replace(pair.il, agreements=broken))
    assert [alarm.code for alarm in said.alarms] == ["agreement-unreadable"]
    assert "the disk said something" not in str(said)


def test_a_partner_that_does_not_answer_rings(pair: Pair) -> None:
    """What was sent and not answered for a quarter of an hour; what was answered is quiet again."""
    taken(pair.il, 1)
    pair.cables[0].cut = True
    follow.follow(pair.il, pair.agreement)
    deliver.deliver_due(pair.il, pair.agreement)
    assert ringing(pair) == set()
    pair.clock.forward(minutes=16)
    assert "partner-silent" in ringing(pair)
    pair.cables[0].cut = False
    pair.settle()
    assert ringing(pair) == set()


def test_a_clock_that_is_ahead_rings(pair: Pair) -> None:
    """The partner's receipt is dated before the envelope that it answers."""
    ahead = replace(pair.il, clock=lambda: pair.clock.now.replace(hour=pair.clock.now.hour + 1), skew_seconds=300)
    taken(pair.il, 1)
    follow.follow(ahead, pair.agreement)
    ours = replace(pair.jp, skew_seconds=7200)
    pair.cables[0].other = ours
    deliver.deliver_due(ahead, pair.agreement)
    assert "clock-ahead" in {alarm.code for alarm in alarms(gather(ahead, Known()), ahead.clock())}


def ringing(pair: Pair) -> Collection[str]:
    return {alarm.code for alarm in alarms(gather(pair.il, Known()), pair.clock.now)}
