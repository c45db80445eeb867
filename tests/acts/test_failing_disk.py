"""A disk that fails under a running node: it reads on, keeps and acknowledges nothing, says so, and loses nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.acts import accept, follow
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.acts.node import Node
from comity.core.errors import Unreachable
from comity.store.room import takes_writes
from comity.wiring import check_node
from tests import loopdisk
from tests.acts.crossing import outbox
from tests.acts.things import holds, stix, take
from tests.cli.terminal import typed
from tests.joined import AGREEMENT, Pair, joined, opened
from tests.loopdisk import Disk

pytestmark = pytest.mark.slow


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Disk]:
    """Where Israel's node will be."""
    with loopdisk.disk(tmp_path / "IL") as disk:
        yield disk


def ringing(pair: Pair, node: Node) -> set[str]:
    return {alarm.code for alarm in alarms(gather(node, Known()), pair.clock.now)}


def test_nothing_is_acknowledged_the_alarm_rings_and_ends_with_its_cause(failing: Disk, tmp_path: Path) -> None:
    with joined(tmp_path) as pair:
        take(pair.il, stix("malware", "before"))
        take(pair.jp, stix("malware", "theirs"))
        follow.follow(pair.jp, AGREEMENT)
        assert "disk-read-only" not in ringing(pair, pair.il)
        failing.fail()
        for _ in range(2):
            assert "disk-read-only" in ringing(pair, pair.il), "also where there is nothing to be kept"
            with pytest.raises(Unreachable, match="nothing was kept") as told:
                take(pair.il, stix("malware", "refused"))
            assert told.value.code == "read-only"
            with pytest.raises(Unreachable, match="nothing was kept"):
                accept.accept(pair.il, outbox(pair.jp, AGREEMENT)[0].raw)
            with pair.il.house.reader() as house:
                assert house.counts() == {"live": 1}, "what is here can still be read"
    said = typed("comity status --data IL", tmp_path)
    assert (said.code, "! disk-read-only" in said.text) == (0, True), said.text
    assert typed("comity ledger fsck --data IL", tmp_path).text == "Sound.\n"
    failing.mend()
    with opened(tmp_path) as pair:
        assert "disk-read-only" not in ringing(pair, pair.il)
        pair.clock.forward(hours=1)
        pair.settle()
        assert (len(holds(pair.jp, "IL")), len(holds(pair.il, "JP"))) == (1, 1)
    assert check_node(tmp_path / "IL") == []


def test_it_takes_no_writes_whatever_the_system_says(failing: Disk) -> None:
    (failing.place / "comity.toml").touch()
    assert takes_writes(failing.place / "comity.toml")
    assert takes_writes(failing.place)
    failing.fail()
    assert not takes_writes(failing.place / "comity.toml")
    assert not takes_writes(failing.place)
