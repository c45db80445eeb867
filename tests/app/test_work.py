"""Each agreement is followed and delivered in a thread of its own: one that hangs or fails holds up no other."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from comity.acts.node import Node
from comity.acts.ports import Meter
from comity.app.work import MAX_THREADS, Worker
from comity.core.errors import Unreachable
from comity.release.subscription import Answer, Call, Subscription
from comity.settings import Settings
from comity.wiring import create_node, open_node
from tests.acts.feeds import PROFILE
from tests.joined import Clock

SECONDS = 5.0


class Turns(Worker):
    """Counts the turns of each agreement instead of working; one hangs, one fails."""

    def __init__(self, node: Node, names: list[str], hangs: str = "", fails: str = "") -> None:
        super().__init__(node)
        self.names, self.hangs, self.fails = names, hangs, fails
        self.let_go = threading.Event()
        self.turns: Counter[str] = Counter()
        self.at_work: dict[str, set[int]] = {}
        self.carriers: dict[str, set[int]] = {}
        self.all = threading.Event()

    def _agreements(self) -> list[str]:
        return self.names

    def _deliver(self, agreement: str) -> bool:
        self.carriers.setdefault(agreement, set()).add(threading.get_ident())
        return False

    def _follow(self, agreement: str) -> bool:
        self.turns[agreement] += 1
        self.at_work.setdefault(agreement, set()).add(threading.get_ident())
        if agreement == self.hangs:
            self.let_go.wait(SECONDS)
        if agreement == self.fails:
            raise Unreachable("nobody answers")
        if all(self.turns[name] > 1 for name in self.names if name not in (self.hangs, self.fails)):
            self.all.set()
        return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_node(tmp_path / "node", Settings(party="AA"))
    return tmp_path / "node"


def test_an_agreement_that_hangs_holds_up_no_other(folder: Path) -> None:
    with open_node(folder) as node:
        worker = Turns(node, ["slow", "quick", "broken", "other"], hangs="slow", fails="broken")
        with worker.running():
            worker.wake()
            assert worker.all.wait(SECONDS)
            worker.let_go.set()
    assert worker.turns["slow"] >= 1
    assert all(len(threads) == 1 for threads in worker.at_work.values())


def test_threads_are_bounded_and_each_agreement_stays_with_one(folder: Path) -> None:
    with open_node(folder) as node:
        worker = Turns(node, [f"agreement-{n}" for n in range(2 * MAX_THREADS + 3)])
        with worker.running():
            assert worker.all.wait(SECONDS)
            assert len(worker._threads) == 2 * MAX_THREADS + 1
    assert all(len(threads) == 1 for threads in worker.at_work.values())
    assert not any(thread.is_alive() for thread in worker._threads)


def test_an_agreement_imported_meanwhile_gets_its_thread(folder: Path) -> None:
    with open_node(folder) as node:
        worker = Turns(node, ["first"])
        with worker.running():
            assert worker.all.wait(SECONDS)
            worker.all.clear()
            worker.names = ["first", "second"]
            worker.wake()
            assert worker.all.wait(SECONDS)
    assert worker.turns["second"] >= 1


def test_the_running_node_notices_that_its_clock_was_set(folder: Path) -> None:
    """It looks at two clocks, of which one is never set."""
    clock, looked = Clock(), threading.Semaphore(0)

    def steady() -> float:
        looked.release()
        return 0.0

    with open_node(folder) as opened:
        node = replace(opened, clock=clock)
        with Worker(node, steady=steady).running():
            assert looked.acquire(timeout=SECONDS)
            clock.forward(days=1)
            assert all(looked.acquire(timeout=SECONDS) for _ in range(2))
        assert node.meter.readings().stepped == timedelta(days=1)


def test_what_others_serve_is_read_in_a_thread_of_its_own_and_a_failure_rings_until_it_is_over(folder: Path) -> None:
    """The first answers say that the server is busy; then it serves one thing, and nothing more."""
    heard, read, answers = threading.Event(), threading.Event(), [Answer(503, {}, b"")]

    def fetch(_call: Call) -> Answer:
        if answers:
            return answers.pop()
        heard.wait(SECONDS)
        read.set()
        return Answer(200, {}, b"{}")

    one = Subscription("feed", "https://feed.example/c/", PROFILE.name, timedelta(milliseconds=10), fetch)
    with open_node(folder) as opened:
        node = replace(opened, subscriptions={"feed": one}, profiles={PROFILE.name: PROFILE})
        troubles: list[str] = []
        node = replace(node, meter=cast(Meter, Noting(node.meter, troubles, heard)))
        with Worker(node).running():
            assert read.wait(SECONDS)
    assert troubles[:2] == ["met feed: the server cannot take it now (503)", "passed feed"]


class Noting:
    """A meter that also notes what subscriptions tell it."""

    def __init__(self, meter: Meter, told: list[str], heard: threading.Event) -> None:
        self._meter, self._told, self._heard = meter, told, heard

    def met(self, where: str, name: str, code: str, sentence: str, now: datetime) -> None:
        self._told += [f"met {name}: {sentence}"] if where == "sources" else []
        self._heard.set()
        self._meter.met(where, name, code, sentence, now)

    def passed(self, where: str, name: str) -> None:
        self._told += [f"passed {name}"] if where == "sources" else []
        self._meter.passed(where, name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._meter, name)
