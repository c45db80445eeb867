"""One node in a directory at a time."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from comity.core.errors import Absent, Refused, Unreachable
from comity.store import lock


def test_a_second_node_is_refused_naming_the_first(tmp_path: Path) -> None:
    """The sentence names the process; the lock is free again afterwards."""
    with lock.held(tmp_path):
        with pytest.raises(Refused, match=f"process {os.getpid()}"), lock.held(tmp_path):
            pass
        with pytest.raises(Refused), lock.held(tmp_path):
            pass
    with lock.held(tmp_path):
        pass
    assert (tmp_path / lock.FILE).stat().st_mode & 0o777 == 0o600


def test_a_directory_that_cannot_be_written_is_told_as_that(tmp_path: Path) -> None:
    """As on a read-only disk: it may be tried again, and nobody is told that something unforeseen happened."""
    (tmp_path / lock.FILE).mkdir()
    with pytest.raises(Unreachable, match="cannot be held by a node: is a directory"), lock.held(tmp_path):
        pass


def test_no_directory_no_lock(tmp_path: Path) -> None:
    """Nothing is made."""
    with pytest.raises(Absent), lock.held(tmp_path / "absent"):
        pass
    assert not (tmp_path / "absent").exists()


@pytest.mark.slow
def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """The kernel lets go, whatever the file still says."""
    code = (
        "import sys, pathlib; from comity.store import lock\n"
        "with lock.held(pathlib.Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Refused, match=f"process {holder.pid}"), lock.held(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with lock.held(tmp_path):
        pass


@pytest.mark.slow
def test_a_child_that_outlives_its_killed_parent_still_has_the_directory(tmp_path: Path) -> None:
    """Whoever comes next waits for it to end, and is not let in before."""
    code = (
        "import sys, pathlib, subprocess; from comity.store import lock\n"
        "with lock.held(pathlib.Path(sys.argv[1])) as descriptor:\n"
        "    ending = [sys.executable, '-c', 'import sys; print(1, flush=True); sys.stdin.read()']\n"
        "    subprocess.run(ending, pass_fds=[descriptor])"
    )
    order: list[str] = []

    def next_one() -> None:
        with lock.held(tmp_path):
            order.append("the next has it")

    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        assert parent.stdout.readline() == b"1\n"
        parent.kill()
        parent.wait()
        assert taken(tmp_path)
        waiting = threading.Thread(target=next_one)
        waiting.start()
        order.append("the child may end")
        parent.stdin.close()
        waiting.join(timeout=30)
    assert order == ["the child may end", "the next has it"]


def taken(directory: Path) -> bool:
    """Whether somebody holds the lock just now."""
    with (directory / lock.FILE).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
