"""The processes of one node: a supervisor, the node process it keeps, and the commands typed beside them."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 40.0
ENOUGH = resource.RLIM_INFINITY


class Reaper:
    """Kills what is left when this process is gone, or hangs for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "soak.reaper", str(os.getpid()), str(seconds)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def tell(self, group: int) -> None:
        """Of a group of ours; a negative one has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{group}\n".encode())
        self._process.stdin.flush()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def spawn(line: list[str], log: Path, reaper: Reaper) -> "subprocess.Popen[bytes]":
    """One `comity` command as a process group of its own; what it says goes to `log`."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "comity", *line],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    reaper.tell(process.pid)
    return process


def finish(process: "subprocess.Popen[bytes]", reaper: Reaper) -> int:
    """Kills the whole group, if anything of it is left; its exit code."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    code = process.wait()
    reaper.tell(-process.pid)
    return code


@dataclass
class Serving:
    """`comity serve` on `directory`, which may move when the node is restored."""

    party: str
    directory: Path
    log: Path
    reaper: Reaper
    refused: int = 0
    """Starts that ended by themselves: a node that may run here must run."""
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _old: "list[subprocess.Popen[bytes]]" = field(default_factory=list, repr=False)

    def ensure(self) -> None:
        """Starts it where no supervisor runs."""
        if self._process is not None and self._process.poll() is not None:
            self.refused += 1
            self.log.open("a").write(f"serve ended with {self._process.returncode}\n")
            self._process = None
        if self._process is None:
            self._process = spawn(["serve", "--data", str(self.directory)], self.log, self.reaper)

    def node(self) -> int | None:
        """The node process, if there is one just now."""
        if self._process is None:
            return None
        try:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text("ascii").split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def signal_node(self, number: int) -> bool:
        """Whether there was one to signal."""
        pid = self.node()
        with contextlib.suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, number)
                return True
        return False

    def kill_supervisor(self) -> bool:
        """The node process is left to find out by itself, while the next supervisor starts."""
        if self._process is None or self._process.poll() is not None:
            return False
        self._process.kill()
        self._process.wait()
        self._old.append(self._process)
        self._process = None
        return True

    def limit_writes(self, size: int) -> bool:
        """No file of the node process may grow beyond `size` bytes: what would be a full disk fails the same way."""
        pid = self.node()
        with contextlib.suppress(OSError, ProcessLookupError):
            if pid is not None:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, ENOUGH))
                return True
        return False

    def stop(self) -> int:
        """SIGTERM, and its exit code; then nothing of it is left."""
        code = 0
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(timeout=STOP_SECONDS)
            finish(self._process, self.reaper)
            self._process = None
        self._sweep()
        return code

    def kill(self) -> None:
        """Everything at once, as when the power fails."""
        if self._process is not None:
            finish(self._process, self.reaper)
            self._process = None
        self._sweep()

    def _sweep(self) -> None:
        """Node processes whose supervisor was killed end by themselves; those that do not are killed."""
        end = time.monotonic() + STOP_SECONDS
        for old in self._old:
            while time.monotonic() < end and _alive(old.pid):
                time.sleep(0.05)
            finish(old, self.reaper)
        self._old.clear()


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
