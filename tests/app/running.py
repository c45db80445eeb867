"""A node that really serves: a process of its own, told apart by its ready line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

ROOT = Path(__file__).parents[2]
POOL = urllib3.PoolManager(retries=False, timeout=10)


@dataclass
class Running:
    """`ready` is what the node said when it could be reached."""

    process: "subprocess.Popen[str]"
    ready: dict[str, Any]

    def get(self, path: str, *, listener: str = "house") -> urllib3.BaseHTTPResponse:
        return POOL.request("GET", self.ready[listener] + path)

    def post(self, path: str, raw: bytes, **headers: str) -> urllib3.BaseHTTPResponse:
        return POOL.request("POST", self.ready["partners"] + path, body=raw, headers=headers)

    def children(self) -> list[int]:
        """The node processes that the supervisor keeps."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii")
        return [int(word) for word in text.split()]

    def next_ready(self) -> None:
        """Waits for another ready line: after a restart the ports may be others."""
        self.ready = _ready(self.process)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        POOL.clear()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def started(folder: Path, *words: str, **env: str) -> "subprocess.Popen[str]":
    line = [sys.executable, "-m", "comity", *(words or ("serve", "--data", str(folder)))]
    return subprocess.Popen(
        line,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "default", **env},
    )


def refused(folder: Path) -> tuple[int, str]:
    """The exit code and the words of a node that does not start."""
    with started(folder) as process:
        _, told = process.communicate(timeout=30)
    return process.returncode, told


@contextmanager
def serving(folder: Path) -> Iterator[Running]:
    """`comity serve` in `folder`, once it is ready; ended at the end, whatever happened."""
    with started(folder) as process:
        try:
            yield Running(process, _ready(process))
        finally:
            POOL.clear()
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()


def _ready(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        assert process.stderr is not None
        raise AssertionError(f"it did not start: {process.stderr.read()}")
    ready: dict[str, Any] = json.loads(line)
    return ready
