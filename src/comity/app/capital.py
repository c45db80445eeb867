"""One party in the demonstration: a directory, a serving process, and the commands its officers type."""

import argparse
import io
import json
import lzma
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from comity.cli.commands import STARTERS, run
from comity.cli.output import Output
from comity.core.errors import Absent, Broken, Unreachable

T = TypeVar("T")
PATIENCE = 180.0
"""Seconds after which the demonstration gives up on a node that does not get on."""


@dataclass
class Capital:
    party: str
    name: str
    directory: Path
    partners_port: int
    house_port: int
    _node: "subprocess.Popen[str] | None" = field(default=None, repr=False)

    @property
    def place(self) -> str:
        return f"https://127.0.0.1:{self.partners_port}"

    def comity(self, *words: str | Path, expect: int = 0) -> dict[str, Any]:
        """Types one command here; its JSON answer. Raises `Broken` with what the command said when it went wrong.

        The command line runs in this process: only the two nodes are processes of their own.
        """
        line = [*map(str, words), "--json", "--data", str(self.directory)]
        line += ["--by", f"person:{self.party.lower()}-officer"]
        said, complained = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(complained):
            code = run(line, dict.fromkeys(STARTERS, _not_typed))
        if code != expect:
            what = (complained.getvalue() or said.getvalue()).strip()[-600:]
            raise Broken(f"{self.party}: `comity {' '.join(line[:3])}` ended with {code}: {what}")
        answer: dict[str, Any] = json.loads(said.getvalue().strip().splitlines()[-1])
        return answer

    @property
    def log(self) -> Path:
        """What the node process says, line by line."""
        return self.directory / "node.log"

    def init(self, other: "Capital") -> None:
        ports = ("--partners-port", str(self.partners_port), "--house-port", str(self.house_port))
        self.comity(
            "init",
            "--party",
            self.party,
            "--name",
            self.name,
            *ports,
            "--partner",
            f"{other.party}={other.place}",
            "--tls",
        )
        for profile in (examples() / "israel-japan" / "profiles").glob("*.yaml"):
            shutil.copy(profile, self.directory / "profiles" / profile.name)

    def start(self) -> None:
        """Serves; returns once both listeners answer."""
        with self.log.open("a") as log:
            self._node = subprocess.Popen(  # noqa: S603  # our own module
                [sys.executable, "-m", "comity", "serve", "--data", str(self.directory)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._node.stdout is not None
        if not self._node.stdout.readline():
            last = "".join(self.log.read_text("utf-8").splitlines()[-1:])
            raise Unreachable(f"the node of {self.party} did not start: {last}")

    def wait(self) -> None:
        if self._node is not None:
            try:
                self._node.wait()
            except KeyboardInterrupt:
                return

    def stop(self) -> None:
        if self._node is not None and self._node.poll() is None:
            self._node.send_signal(signal.SIGTERM)
            try:
                self._node.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._node.kill()

    def until(self, look: Callable[[], T], good: Callable[[T], bool]) -> T:
        """Looks again and again until it is good. Raises `Unreachable` when patience ends."""
        end = time.monotonic() + PATIENCE
        while True:
            seen = look()
            if good(seen):
                return seen
            if time.monotonic() > end:
                raise Unreachable(f"{self.party} did not get there in {PATIENCE:.0f} seconds: {str(seen)[:300]}")
            time.sleep(0.3)

    def unpacked(self, path: Path, folder: Path) -> Path:
        """The data file as its source publishes it."""
        target = folder / path.stem
        target.write_bytes(lzma.decompress(path.read_bytes()))
        return target

    def alter(self, evidence: Path, copy: Path) -> str:
        """A copy of the evidence with one bit of one envelope changed; the altered file's name."""
        shutil.copytree(evidence, copy, dirs_exist_ok=True)
        path = sorted((copy / "envelopes").rglob("*.json"))[0]
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.chmod(0o600)
        path.write_bytes(raw)
        return path.relative_to(copy).as_posix()


def _not_typed(_args: argparse.Namespace, _out: Output) -> int:
    raise Broken("the demonstration starts processes itself")


def examples() -> Path:
    """The examples: beside a checkout, or inside an installed package. Raises `Absent`."""
    for place in (Path(__file__).parents[3] / "examples", Path(str(files("comity") / "examples"))):
        if (place / "israel-japan" / "agreement.yaml").is_file():
            return place
    raise Absent("the examples are not here", "run the demonstration from a checkout")


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
