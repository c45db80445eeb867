"""`comity serve`: a supervisor, and the node process it keeps alive; both hold the directory's lock (DECISIONS 24).

It imports next to nothing: what it has in memory it has for as long as the node runs.
"""

import argparse
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from comity import settings
from comity.cli.output import Output
from comity.core.errors import ComityError
from comity.store import lock

GRACE_SECONDS = 20.0
RESTART_SECONDS = (0.2, 1.0, 5.0, 15.0)


def serve(args: argparse.Namespace, out: Output) -> int:
    """Runs until stopped. A node process that dies is started again; a second `serve` here is refused.

    Where the house stands in PostgreSQL several may run: each has its own ports, and one of them follows and delivers.
    """
    directory: Path = args.data.resolve()
    shared = settings.read(directory).store.house is not None
    ports = [str(-1 if port is None else port) for port in (args.partners_port, args.house_port)]
    stopping = threading.Event()
    child: subprocess.Popen[bytes] | None = None

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        if child is not None:
            child.terminate()

    with lock.held(directory, shared=shared) as descriptor:
        previous = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            tries = 0
            while not stopping.is_set():
                started = time.monotonic()
                child = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                    [sys.executable, "-m", "comity", "serve-node", str(directory), *ports],
                    stdin=subprocess.PIPE,
                    pass_fds=[descriptor],
                )
                code = _wait(child, stopping)
                if child.stdin is not None:
                    child.stdin.close()
                if stopping.is_set():
                    return 0
                if code in (65, 66, 77):
                    out.error(ComityError("the node process refused to start", "comity status says why"))
                    return code
                tries = 0 if time.monotonic() - started > 60 else min(tries + 1, len(RESTART_SECONDS))
                _tell(code, tries)
                stopping.wait(RESTART_SECONDS[max(0, tries - 1)])
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
    return 0


def _wait(child: subprocess.Popen[bytes], stopping: threading.Event) -> int:
    while True:
        try:
            return child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if not stopping.is_set():
                continue
        try:
            return child.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def _tell(code: int, tries: int) -> None:
    """That the node process ended. What writes it is imported when it is needed, which is seldom."""
    from comity.api.events import Event, Events

    Events(sys.stderr).tell(Event.NODE_ENDED, exit=code & 0xFF, tries=tries)
