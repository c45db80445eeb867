"""Two capitals, one in PostgreSQL and one in files; and several processes of one capital on one PostgreSQL."""

import json
import lzma
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest

from comity.acts import intake
from comity.core.errors import Refused
from comity.store import lock
from comity.wiring import check_node, open_node
from tests.acts.things import stix, take
from tests.joined import AGREEMENT, DANA, EXAMPLES, Pair, joined, make

PATIENCE = 30.0
FOLLOWER = "import sys, pathlib; from tests.app.follower import run; run(pathlib.Path(sys.argv[1]))"


def traffic(pair: Pair) -> dict[str, Any]:
    """Real threat data one way, fictional reports the other; what each side has and told at the end."""
    packed = EXAMPLES / "data" / "ics-attack-18.1.json.xz"
    intake.take(pair.il, lzma.decompress(packed.read_bytes()), "mitre-attack", DANA)
    for report in sorted((EXAMPLES / "israel-japan" / "reports").glob("*.json")):
        intake.take(pair.jp, report.read_bytes(), "own-intelligence", DANA)
    pair.settle()
    found: dict[str, Any] = {}
    for node in (pair.il, pair.jp):
        with node.house.reader() as house, node.agreements(AGREEMENT).reader() as reader:
            found[node.party] = (house.counts(), reader.outcome_counts(), reader.log_size("out"), reader.log_size("in"))
            assert not reader.due(node.clock(), 10)
    return found


@pytest.mark.slow
def test_two_nodes_on_two_databases_exchange_as_on_one(tmp_path: Path, dsn: str) -> None:
    """The same is taken, decided, released, refused and received, whichever of the two stands where."""
    with joined(tmp_path / "files") as pair:
        expected = traffic(pair)
    with joined(tmp_path / "mixed", on={"IL": dsn}) as pair:
        assert traffic(pair) == expected
    assert expected["IL"][2] > 1000
    for party in ("IL", "JP"):
        assert check_node(tmp_path / "mixed" / party) == []
    assert not list((tmp_path / "mixed" / "IL").rglob("house.db"))


class Follower:
    """A process that follows; what it said, as it says it."""

    def __init__(self, directory: Path) -> None:
        command = [sys.executable, "-c", FOLLOWER, str(directory)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._lines: Queue[dict[str, Any]] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def followed(self, wait: float) -> int:
        """How many records it released in the next batch that it tells of; 0 where it tells of none."""
        try:
            while (said := self._lines.get(timeout=wait))["event"] != "followed":
                assert said["event"] != "step-failed", said
        except Empty:
            return 0
        return int(said["released"])

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.mark.slow
def test_a_killed_follower_is_followed_by_another(tmp_path: Path, dsn: str) -> None:
    """Two processes on one node: one decides, told at once; after kill -9 the other goes on, and nothing goes twice."""
    with joined(tmp_path, on={"IL": dsn}):
        pass
    with ExitStack() as stack:
        followers = [Follower(tmp_path / "IL") for _ in range(2)]
        for one in followers:
            stack.callback(one.kill)
        node = stack.enter_context(open_node(tmp_path / "IL"))
        take(node, stix("malware", "one"))
        first, second = followers if followers[0].followed(PATIENCE / 6) else followers[::-1]
        if first is followers[1]:
            assert first.followed(PATIENCE)
        for text in ("two", "three"):
            take(node, stix("malware", text))
            assert first.followed(PATIENCE) == 1
        assert second.followed(0.0) == 0
        first.process.send_signal(signal.SIGKILL)
        take(node, stix("malware", "four"), stix("malware", "five"))
        assert second.followed(PATIENCE) == 2
        with node.agreements(AGREEMENT).reader() as reader:
            assert [row.seq for row in reader.releases("JP", 0, 100)] == [1, 2, 3, 4, 5]
    assert check_node(tmp_path / "IL") == []


@contextmanager
def serving(directory: Path, *words: str) -> Iterator[dict[str, Any]]:
    """`comity serve`; what it says once both listeners answer."""
    command = [sys.executable, "-m", "comity", "serve", "--data", str(directory), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0


@pytest.mark.slow
def test_two_may_serve_where_the_house_stands_in_postgresql(tmp_path: Path, dsn: str) -> None:
    """Each on its own ports; whoever needs the directory alone, as a copy or a restore does, is refused meanwhile."""
    make(tmp_path / "IL", "IL", dsn=dsn)
    ports = ("--partners-port", "0", "--house-port", "0")
    with serving(tmp_path / "IL", *ports) as one, serving(tmp_path / "IL", *ports) as other:
        assert one["ready"]
        assert other["ready"]
        assert len({said[door] for said in (one, other) for door in ("partners", "house")}) == 4
        with pytest.raises(Refused, match="another node is running"), lock.held(tmp_path / "IL"):
            pass
    with lock.held(tmp_path / "IL"):
        pass
