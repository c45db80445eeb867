"""What is queued goes by precedence, the same bytes on every try, and only the partner's own answer settles it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from comity.acts import accept, deliver, follow, intake, standing
from comity.core.errors import Absent, Malformed, Refused
from comity.exchange import receipt
from comity.exchange.lane import Lane, Mode
from comity.records import OutboxState
from tests.acts.crossing import PowerCut, outbox, read_receipt
from tests.acts.disks import databases, read_only
from tests.acts.refusing import as_whole
from tests.acts.things import holds, raw, stix, take
from tests.joined import DANA, Pair


def queue(pair: Pair, *names: str) -> None:
    """One envelope for each name."""
    for name in names:
        take(pair.il, stix("malware", name))
        follow.follow(pair.il, pair.agreement)


def states(pair: Pair) -> list[str]:
    return [row.state.value for row in outbox(pair.il, pair.agreement)]


def test_a_signed_receipt_settles_an_envelope(pair: Pair) -> None:
    queue(pair, "one")
    delivered = deliver.deliver_due(pair.il, pair.agreement)
    assert (delivered.settled, delivered.refused, delivered.failed) == (1, 0, 0)
    [row] = outbox(pair.il, pair.agreement)
    assert row.state is OutboxState.SETTLED
    assert row.receipt is not None
    assert read_receipt(pair, row.receipt, by="JP").envelope == row.digest


def test_what_is_settled_is_not_sent_again(pair: Pair) -> None:
    queue(pair, "one")
    deliver.deliver_due(pair.il, pair.agreement)
    pair.clock.forward(days=30)
    deliver.deliver_due(pair.il, pair.agreement)
    assert len(pair.cables[0].posts) == 1


def test_every_try_sends_the_same_bytes(pair: Pair) -> None:
    queue(pair, "one")
    pair.cables[0].cut = True
    for _ in range(4):
        assert deliver.deliver_due(pair.il, pair.agreement).failed == 1
        pair.clock.forward(hours=1)
    pair.cables[0].cut = False
    assert deliver.deliver_due(pair.il, pair.agreement).settled == 1
    assert len(pair.cables[0].posts) == 5
    assert set(pair.cables[0].posts) == {outbox(pair.il, pair.agreement)[0].raw}


def test_after_a_failure_it_waits_longer_each_time(pair: Pair) -> None:
    queue(pair, "one")
    pair.cables[0].cut = True
    waits = []
    for _ in range(4):
        deliver.deliver_due(pair.il, pair.agreement)
        [row] = outbox(pair.il, pair.agreement)
        waits.append(row.next_at - pair.clock.now)
        assert deliver.deliver_due(pair.il, pair.agreement).failed == 0, "it is not due yet"
        pair.clock.now = row.next_at
    assert all(later > earlier for earlier, later in pairwise(waits))


def test_a_lost_answer_is_asked_for_again_and_nothing_is_kept_twice(pair: Pair) -> None:
    queue(pair, "one")
    pair.cables[0].deaf = True
    assert deliver.deliver_due(pair.il, pair.agreement).failed == 1
    assert len(holds(pair.jp, "IL")) == 1
    pair.cables[0].deaf = False
    pair.clock.forward(hours=1)
    assert deliver.deliver_due(pair.il, pair.agreement).settled == 1
    with pair.jp.house.reader() as house:
        assert house.counts() == {"live": 1}


def test_a_cut_line_ends_the_round_for_its_lane(pair: Pair) -> None:
    """Nothing overtakes in a chain: what stands behind the failed one is not tried."""
    queue(pair, "one", "two", "three")
    pair.cables[0].cut = True
    assert deliver.deliver_due(pair.il, pair.agreement).failed == 1
    assert len(pair.cables[0].posts) == 1
    assert [row.attempts for row in outbox(pair.il, pair.agreement)] == [1, 0, 0]


def test_a_partner_without_an_address_is_reached_by_file_only(pair: Pair) -> None:
    queue(pair, "one")
    alone = replace(pair.il, partners={})
    assert deliver.deliver_due(alone, pair.agreement).failed == 0
    assert pair.cables[0].posts == []


def test_a_refusal_closes_its_number_and_the_chain_goes_on(pair: Pair) -> None:
    queue(pair, "early")
    pair.cables[0].other = replace(pair.jp, mode=Mode.TEST)
    delivered = deliver.deliver_due(pair.il, pair.agreement)
    assert (delivered.settled, delivered.refused) == (1, 1)
    pair.cables[0].other = pair.jp
    queue(pair, "late")
    for _ in range(2):
        deliver.deliver_due(pair.il, pair.agreement)
    assert states(pair) == ["refused", "settled", "void"], "a void tells what the other mode did not keep"
    assert set(holds(pair.jp, "IL")) == {stix("malware", "late")["id"]}


def test_after_a_gap_the_lane_pauses(pair: Pair) -> None:
    """The partner has lost the first: behind it nothing is tried that would only be refused again."""
    queue(pair, "one", "two", "three")
    pair.cables[0].cut = True
    assert deliver.deliver_due(pair.il, pair.agreement).failed == 1
    pair.cables[0].cut = False
    with pair.il.agreements(pair.agreement).begin() as tx:
        tx.settle(outbox(pair.il, pair.agreement)[0].digest, b"{}", OutboxState.SETTLED)
    asked = len(pair.cables[0].posts)
    delivered = deliver.deliver_due(pair.il, pair.agreement)
    assert (delivered.settled, delivered.failed) == (0, 0)
    assert len(pair.cables[0].posts) == asked + 1
    assert deliver.deliver_due(pair.il, pair.agreement).settled == 0
    assert len(pair.cables[0].posts) == asked + 1, "nothing before it is due again, and nothing behind it"


def test_a_gap_is_closed_by_what_was_missing(pair: Pair) -> None:
    """The partner lost what it had: its receipt names the gap, and the envelope stays queued."""
    queue(pair, "one", "two")
    first, second = outbox(pair.il, pair.agreement)
    early = accept.accept(pair.jp, second.raw)
    assert deliver.record_receipt(pair.il, pair.agreement, early) is OutboxState.QUEUED
    assert states(pair) == ["queued", "queued"]
    pair.clock.forward(hours=1)
    assert deliver.deliver_due(pair.il, pair.agreement).settled == 2
    assert first.seq == 1


# -- one on its way while another is written down -------------------------------------------------------------------


@dataclass
class Seen:
    """A wire that says how the outbox stands whenever an envelope leaves.

    From envelope `unwritten` on its way until its answer is waited for, nothing can be written down.
    """

    pair: Pair
    seen: list[list[str]] = field(default_factory=list)
    unwritten: int = -1
    disk: ExitStack = field(default_factory=ExitStack)

    def begin(self, url: str, raw: bytes, *, max_bytes: int = 0) -> Callable[[], bytes]:
        self.seen.append(states(self.pair))
        wait = self.pair.cables[0].begin(url, raw, max_bytes=max_bytes)
        if len(self.seen) == self.unwritten:
            self.disk.enter_context(read_only(databases(self.pair.il, self.pair.agreement)["agreement"]))

        def waits() -> bytes:
            self.disk.close()
            return wait()

        return waits


def sends(pair: Pair, wire: Seen) -> deliver.Delivered:
    return deliver.deliver_due(replace(pair.il, wire=wire), pair.agreement)  # type: ignore[arg-type]  # all that is asked of it


def test_the_next_one_leaves_while_the_receipt_of_one_is_written_down(pair: Pair) -> None:
    """Never two without an answer, and everything is settled in its order."""
    queue(pair, "one", "two", "three")
    assert sends(pair, wire := Seen(pair)).settled == 3
    assert wire.seen == [
        ["queued", "queued", "queued"],
        ["queued", "queued", "queued"],
        ["settled", "queued", "queued"],
    ]


def test_behind_a_refusal_the_next_one_waits_until_it_is_written_down(pair: Pair) -> None:
    queue(pair, "one", "two")
    pair.cables[0].twist = as_whole(pair, "not-in-force")
    assert sends(pair, wire := Seen(pair)).refused == 2
    assert wire.seen == [["queued", "queued"], ["refused", "queued", "void"]], "the void tells the leaves of the first"


def test_what_was_not_sent_after_all_was_never_tried(pair: Pair) -> None:
    """Its try was noted with the receipt before; the line was cut, and so it can still be withdrawn."""
    queue(pair, "one", "two", "three", "four")

    def once(answer: bytes) -> bytes:
        pair.cables[0].cut = True
        return answer

    pair.cables[0].twist = once
    delivered = deliver.deliver_due(pair.il, pair.agreement)
    assert (delivered.settled, delivered.failed) == (1, 1)
    assert [row.attempts for row in outbox(pair.il, pair.agreement)] == [1, 1, 0, 0]
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    follow.follow(pair.il, pair.agreement)
    assert states(pair) == ["settled", "queued", "void", "void"]


def test_what_could_not_be_written_down_is_asked_again_before_what_came_after_it(pair: Pair) -> None:
    queue(pair, "one", "two", "three")
    assert sends(pair, Seen(pair, unwritten=2)).settled == 0
    assert states(pair) == ["queued", "queued", "queued"]
    assert len(holds(pair.jp, "IL")) == 2
    pair.clock.forward(hours=1)
    assert sends(pair, Seen(pair)).settled == 3
    assert len(set(pair.cables[0].posts)) == 3
    with pair.jp.house.reader() as house:
        assert house.counts() == {"live": 3}


# -- receipts that settle nothing -----------------------------------------------------------------------------------


def test_the_same_receipt_again_changes_nothing(pair: Pair) -> None:
    queue(pair, "one")
    answer = accept.accept(pair.jp, outbox(pair.il, pair.agreement)[0].raw)
    for _ in range(3):
        assert deliver.record_receipt(pair.il, pair.agreement, answer) is OutboxState.SETTLED
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert reader.log_size("in") == 1


def test_a_receipt_for_another_envelope_settles_nothing(pair: Pair) -> None:
    queue(pair, "one", "two")
    first, second = outbox(pair.il, pair.agreement)
    answer = read_receipt(pair, accept.accept(pair.jp, first.raw), by="JP")
    moved = receipt.seal(replace(answer, envelope=second.digest), pair.jp.vault)
    with pytest.raises(Refused, match="another envelope"):
        deliver.record_receipt(pair.il, pair.agreement, moved)
    assert states(pair) == ["queued", "queued"]


def test_a_receipt_for_an_envelope_nobody_sent_is_absent(pair: Pair) -> None:
    queue(pair, "one")
    answer = read_receipt(pair, accept.accept(pair.jp, outbox(pair.il, pair.agreement)[0].raw), by="JP")
    strange = receipt.seal(replace(answer, envelope="ab" * 32), pair.jp.vault)
    with pytest.raises(Absent):
        deliver.record_receipt(pair.il, pair.agreement, strange)


def test_a_receipt_must_judge_every_item(pair: Pair) -> None:
    queue(pair, "one")
    answer = read_receipt(pair, accept.accept(pair.jp, outbox(pair.il, pair.agreement)[0].raw), by="JP")
    with pytest.raises(Refused, match="one verdict for each item"):
        deliver.record_receipt(pair.il, pair.agreement, receipt.seal(replace(answer, items=()), pair.jp.vault))


def test_nobody_gives_itself_a_receipt(pair: Pair) -> None:
    queue(pair, "one")
    answer = read_receipt(pair, accept.accept(pair.jp, outbox(pair.il, pair.agreement)[0].raw), by="JP")
    with pytest.raises(Refused):
        deliver.record_receipt(pair.il, pair.agreement, receipt.seal(answer, pair.il.vault))


def test_an_altered_answer_leaves_the_envelope_queued_and_is_told(pair: Pair) -> None:
    queue(pair, "one")
    pair.cables[0].twist = lambda answer: answer.replace(b"payload", b"payl0ad", 1)
    with pytest.raises(Malformed):
        deliver.deliver_due(pair.il, pair.agreement)
    assert states(pair) == ["queued"]
    pair.cables[0].twist = lambda answer: answer
    pair.clock.forward(hours=1)
    assert deliver.deliver_due(pair.il, pair.agreement).settled == 1


# -- what left is never replaced ------------------------------------------------------------------------------------


def test_what_a_dying_process_may_have_sent_is_never_voided(pair: Pair) -> None:
    """The power goes between the partner's acceptance and our note of it. One story is told, whatever comes."""
    queue(pair, "one")

    def dies(_answer: bytes) -> bytes:
        raise PowerCut

    pair.cables[0].twist = dies
    with pytest.raises(PowerCut):
        deliver.deliver_due(pair.il, pair.agreement)
    pair.cables[0].twist = lambda answer: answer
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    pair.clock.forward(hours=1)
    pair.settle()
    assert states(pair) == ["settled"]


def test_what_is_urgent_goes_first(pair: Pair) -> None:
    queue(pair, "one")
    request = {
        "format": "intelligence.request/1",
        "id": "Q-1",
        "version": 1,
        "at": "2027-03-02T08:00:00Z",
        "language": "en",
        "label": [{"origin": "IL", "level": "שמור"}],
        "question": "FICTIONAL?",
        "needed_by": "2027-03-04T08:00:00Z",
        "purpose": "defence",
        "priority": "PRIORITY",
    }
    intake.take(pair.il, raw(request), "own-intelligence", DANA)
    follow.follow(pair.il, pair.agreement)
    deliver.deliver_due(pair.il, pair.agreement)
    urgent = outbox(pair.il, pair.agreement, Lane.PRIORITY)
    assert pair.cables[0].posts == [urgent[0].raw, outbox(pair.il, pair.agreement)[0].raw]
