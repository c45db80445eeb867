"""Whatever was acknowledged before a kill -9 is there afterwards, whole (law 6)."""

import subprocess
import sys

import pytest

from comity.store import fsck
from tests.store.scene import AT, DANA, VIEW, Small, new_record

WRITER = """
import sys
from pathlib import Path
from tests.store.kill_writer import write
write(Path(sys.argv[1]), *(sys.argv[2:] or [None]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 7, 23])
def test_what_was_acknowledged_is_readable_after_a_kill(small: Small, after: int) -> None:
    """A process that takes in and releases is killed in the middle of its work; every line it printed is kept."""
    small.close()
    acknowledged: list[bytes] = []
    command = [sys.executable, "-c", WRITER, str(small.directory.parent), *([small.dsn] if small.dsn else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if not line.endswith(b"\n"):
                break  # the kill cut this line short: nothing was acknowledged by it
            acknowledged.append(line.strip())
            if len(acknowledged) == after:
                writer.kill()
        writer.wait()
    small.reopen()
    assert list(fsck.faults(small.house, [small.store])) == []
    with small.house.reader() as reader:
        records = reader.records_after(0, 10_000)
        bodies = reader.bodies([one.bid for one in records])
    kept = {bodies[one.bid] for one in records}
    assert {text for text in acknowledged if not text.startswith(b"released")} <= kept
    with small.store.reader() as reader:
        released = {b"released " + raw for raw in reader.stream_bytes(VIEW, 0, 10_000)}
        assert reader.next_seq(VIEW) == len(released) + 1
    assert {text for text in acknowledged if text.startswith(b"released")} <= released
    with small.house.begin() as tx:
        tx.take([new_record(small.vault, "after the restart", sealed=True)], DANA, AT)
