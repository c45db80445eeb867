"""Nothing that a soak started outlives it, stopped or not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from soak.serving import Reaper

SLEEPER = [sys.executable, "-c", "import signal; print(1, flush=True); signal.pause()"]


@pytest.mark.slow
def test_what_is_left_is_killed_when_the_soak_ends(tmp_path: Path) -> None:
    """One that was stopped, too; one that was said to have ended is left alone."""
    left, other = (
        subprocess.Popen(SLEEPER, stdout=subprocess.PIPE, start_new_session=True, cwd=tmp_path) for _ in range(2)
    )
    with left, other:
        reaper = Reaper(60)
        for one in (left, other):
            assert one.stdout is not None
            assert one.stdout.readline() == b"1\n"
            reaper.tell(one.pid)
        os.kill(left.pid, signal.SIGSTOP)
        reaper.tell(-other.pid)
        reaper.close()
        assert left.wait(timeout=20) == -signal.SIGKILL
        assert other.poll() is None
        other.kill()
