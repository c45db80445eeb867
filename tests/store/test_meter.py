"""What a running node measures can be read beside it while it lives, and by nobody afterwards."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from comity.records import Readings, Trouble
from comity.store.meter import COMMITS, FOLDER, SIZE, Meter
from tests.store.scene import AT

HOUR = timedelta(hours=1)


def test_the_median_of_the_last_commits_is_told_and_of_few_none() -> None:
    meter = Meter(Path("nowhere"))
    for _ in range(COMMITS - 1):
        meter.committed(3.0)
    assert meter.readings().commit is None
    meter.committed(3.0)
    assert meter.readings().commit == timedelta(seconds=3)
    for _ in range(COMMITS):
        meter.committed(0.001)
    assert meter.readings().commit == timedelta(milliseconds=1)


def test_a_trouble_is_known_since_it_began_and_ends_when_it_has_passed() -> None:
    meter = Meter(Path("nowhere"))
    meter.met("links", "AA-BB", "no-answer", "nobody answers", AT)
    meter.met("links", "AA-BB", "no-answer", "still nobody", AT + HOUR)
    assert meter.readings().links == {"AA-BB": Trouble("no-answer", "still nobody", AT)}
    meter.met("links", "AA-BB", "busy", "it is busy", AT + HOUR)
    assert meter.readings().links == {"AA-BB": Trouble("busy", "it is busy", AT + HOUR)}
    meter.passed("links", "AA-BB")
    assert meter.readings() == Readings()


def test_another_process_reads_it_while_it_lives(tmp_path: Path) -> None:
    running, status = Meter(tmp_path), Meter(tmp_path)
    with running.published():
        running.met("work", "AA-BB", "no-room", "there is no room", AT)
        running.saw("BB", AT)
        running.publish()
        assert status.readings() == running.readings()
        assert status.readings().shown == {"BB": AT}
        [file] = (tmp_path / FOLDER).iterdir()
        assert (file.stat().st_mode & 0o777, file.stat().st_size) == (0o600, SIZE)
    assert status.readings() == Readings()
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_a_killed_process_left_is_read_by_nobody(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from comity.store.meter import Meter; meter = Meter(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(32): meter.committed(9.0)\n"
        "with meter.published(): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert list((tmp_path / FOLDER).iterdir())
    assert Meter(tmp_path).readings() == Readings()


def test_where_no_file_can_be_made_the_node_works_without(tmp_path: Path) -> None:
    (tmp_path / FOLDER).touch()
    meter = Meter(tmp_path)
    with meter.published():
        meter.met("work", "AA-BB", "no-room", "there is no room", AT)
        meter.publish()
        assert set(meter.readings().work) == {"AA-BB"}
