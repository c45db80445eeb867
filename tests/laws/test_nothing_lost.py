"""Law 6: nothing acknowledged is lost, nothing is told twice, wherever a kill -9 hits two nodes at work."""

import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from comity.acts import evidence
from comity.acts.node import Node
from comity.wiring import check_node
from tests.acts.crossing import outbox, payload
from tests.joined import opened, pair_in

BUSY = """
import sys
from pathlib import Path
from tests.laws.busy_pair import run
run(Path(sys.argv[1]), int(sys.argv[2]))
"""
LIVES = 4


def live(folder: Path, number: int, after: int, more: float) -> list[list[str]]:
    """One life: `more` seconds after its line `after` it is killed. What it had acknowledged by then."""
    said: list[list[str]] = []
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, str(folder), str(number)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            said.append(line.split())
            if len(said) == after:
                threading.Timer(more, process.kill).start()
        process.wait()
        assert process.returncode == -9, process.stderr.read()
    return said


def brought(node: Node, source: str) -> Counter[str]:
    """How often each external id from `source` is a record of the house."""
    with node.house.reader() as house:
        entries = [entry.entry for entry in house.log_after(0, 1_000_000) if entry.entry["act"] == "taken"]
        records = house.records([str(entry["rid"]) for entry in entries])
        assert len(records) == len(entries), "a record stands twice in the log"
        for one in records.values():
            house.body(one.bid)
    return Counter(one.ext_id for one in records.values() if one.source == source)


@pytest.mark.slow
def test_whatever_was_acknowledged_is_there_once_after_any_kill(tmp_path: Path) -> None:
    """Four lives, each ended at a random instant of taking in, following, delivering or accepting."""
    with pair_in(tmp_path):
        pass
    chance = random.Random(20270302)  # when to kill, nothing secret
    said: list[list[str]] = []
    for number in range(1, LIVES + 1):
        said += live(tmp_path, number, chance.randint(2, 40), chance.random() * 0.08)
    with opened(tmp_path) as pair:
        pair.clock.forward(hours=LIVES + 1)
        pair.settle()
        for node, other in ((pair.il, pair.jp), (pair.jp, pair.il)):
            taken = brought(node, "own-cyber")
            acknowledged = {words[2] for words in said if words[:2] == ["taken", node.party]}
            assert acknowledged <= taken.keys()
            assert set(taken.values()) <= {1}
            assert brought(other, node.party) == taken, "all of it may go, and each went once"
            sent = outbox(node, pair.agreement)
            assert [row.state.value for row in sent] == ["settled"] * len(sent)
            assert {words[2] for words in said if words[:2] == ["settled", node.party]} <= {row.digest for row in sent}
            assert [payload(row.raw)["sequence"] for row in sent] == list(range(1, len(sent) + 1))
        for node in (pair.il, pair.jp):
            assert evidence.check(evidence.gather(node, pair.agreement)).faults == ()
    for party in ("IL", "JP"):
        assert check_node(tmp_path / party) == []
