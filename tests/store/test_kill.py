"""Whatever was acknowledged before a kill -9 is there afterwards, whole (law 6)."""

import subprocess
import sys
from pathlib import Path

import pytest

from comity.store import fsck
from comity.store.agreement import AgreementStore
from comity.store.house import House
from comity.vault import Vault
from tests.store.scene import AGREEMENT, AT, DANA, VIEW, Small, new_record

WRITER = """
import sys
from pathlib import Path
from tests.store.kill_writer import write
write(Path(sys.argv[1]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 7, 23])
def test_what_was_acknowledged_is_readable_after_a_kill(tmp_path: Path, after: int) -> None:
    """A process that takes in and releases is killed in the middle of its work; every line it printed is kept."""
    Small(tmp_path).close()
    acknowledged: list[bytes] = []
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            acknowledged.append(line.strip())
            if len(acknowledged) == after:
                writer.kill()
        writer.wait()
    vault = Vault.open(tmp_path / "vault")
    house = House.open(tmp_path / "node", vault)
    store = AgreementStore.open(tmp_path / "node", AGREEMENT, house.safe.keys, vault)
    assert list(fsck.faults(house, [store])) == []
    with house.reader() as reader:
        records = reader.records_after(0, 10_000)
        bodies = reader.bodies([one.bid for one in records])
    kept = {bodies[one.bid] for one in records}
    assert {text for text in acknowledged if not text.startswith(b"released")} <= kept
    with store.reader() as reader:
        released = {b"released " + raw for raw in reader.stream_bytes(VIEW, 0, 10_000)}
        assert reader.next_seq(VIEW) == len(released) + 1
    assert {text for text in acknowledged if text.startswith(b"released")} <= released
    with house.begin() as tx:
        tx.take([new_record(vault, "after the restart", sealed=True)], DANA, AT)
    house.close()
    store.close()
