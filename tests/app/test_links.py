"""A line that is cut, half open, slow or without a name holds nobody up for long, and says what it is."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from comity.acts import deliver, follow
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.app.work import Worker
from comity.core.errors import Unreachable
from comity.records import OutboxState
from comity.wire import Patience, Wire
from tests.acts.crossing import outbox
from tests.acts.things import holds, stix, take
from tests.joined import NOW, Pair, pair_in

IMPATIENT = Patience(connect=0.5, silence=0.2, answer=0.5)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_in(tmp_path) as made:
        yield made


@contextmanager
def listening(answer: bytes | None = None) -> Iterator[str]:
    """A partner that connects, says `answer` and no more, and never closes."""
    lines: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def say() -> None:
            line, _ = server.accept()
            lines.append(line)
            line.sendall(answer or b"")

        thread = threading.Thread(target=say, daemon=True)
        if answer is not None:
            thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            for line in lines:
                line.close()


def failed(place: str, steady: Callable[[], float] = lambda: 0.0) -> Unreachable:
    wire = Wire(lambda: NOW, patience=IMPATIENT, steady=steady)
    try:
        with pytest.raises(Unreachable) as told:
            wire.post(place, b"an envelope")
    finally:
        wire.close()
    return told.value


def test_a_cut_line_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"http://127.0.0.1:{server.getsockname()[1]}"
    assert failed(place).code == "no-answer"


def test_a_half_open_line_is_given_up_after_its_silence() -> None:
    """It takes the connection and never answers."""
    with listening() as place:
        assert failed(place).code == "no-answer"


def test_an_answer_that_stops_in_the_middle_is_given_up() -> None:
    with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") as place:
        error = failed(place)
    assert error.code == "no-answer"
    assert "stopped answering" in error.message


def test_an_answer_that_drips_is_given_up_as_a_whole() -> None:
    """However short each pause is: the whole answer has its time."""
    with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") as place:
        assert "took too long" in failed(place, count().__next__).message


def test_a_name_that_is_not_found_is_told_as_that() -> None:
    """`.invalid` is reserved: no name service knows it (RFC 2606)."""
    error = failed("http://comity.invalid:7410")
    assert (error.code, error.message) == ("name-not-found", "the name comity.invalid is not found")


def test_the_officer_is_told_that_names_are_gone_and_the_alarm_ends_with_the_fault(pair: Pair) -> None:
    wire = Wire(pair.clock, patience=IMPATIENT)
    lost = replace(pair.il, wire=wire, partners={"JP": "http://comity.invalid:7410"})
    take(lost, stix("malware", "one"))
    follow.follow(lost, pair.agreement)
    assert deliver.deliver_due(lost, pair.agreement).failed == 1
    wire.close()
    [alarm] = list(alarms(gather(lost, Known()), pair.clock.now))
    assert (alarm.code, alarm.command) == ("name-not-found", "comity outbox export DIR")
    assert "the name comity.invalid is not found" in alarm.sentence
    pair.clock.forward(minutes=10)
    pair.settle()
    assert alarms(gather(pair.il, Known()), pair.clock.now) == ()
    assert len(holds(pair.jp, "IL")) == 1


def test_a_half_open_partner_holds_up_no_other(pair: Pair) -> None:
    """Two partners in two threads: one never answers, the other has everything meanwhile."""
    take(pair.il, stix("malware", "one"))
    settled = threading.Event()

    class Two(Worker):
        """One agreement's step hangs in a half-open line; the other's is the real one."""

        def _agreements(self) -> list[str]:
            return ["XX", pair.agreement]

        def _follow(self, agreement: str) -> bool:
            return agreement != "XX" and super()._follow(agreement)

        def _deliver(self, agreement: str) -> bool:
            if agreement == "XX":
                failed(dead)
                return False
            done = super()._deliver(agreement)
            if OutboxState.SETTLED in {row.state for row in outbox(pair.il, pair.agreement)}:
                settled.set()
            return done

    with listening() as dead:
        worker = Two(pair.il)
        with worker.running():
            assert settled.wait(5.0)
    assert len(holds(pair.jp, "IL")) == 1
