"""One node in a directory at a time: a lock that the supervisor and its node process hold together.

The kernel lets go when both are dead: a node process that outlives its supervisor for a moment still has its directory.

Several may share a directory whose house stands in PostgreSQL: there the server says who works on what.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.core.errors import Absent, Refused, Unreachable

FILE = "node.lock"
ENDING_SECONDS = 40.0
"""So long a node process without its supervisor may take to end: its requests, then its work."""
LOOK_SECONDS = 0.05


@contextmanager
def held(directory: Path, *, shared: bool = False) -> Iterator[int]:
    """Holds the directory while the block runs, and longer in a child that is given the descriptor answered.

    Who holds it `shared` holds it beside others who do, never beside one who does not. Where the process that took it
    is dead and its child is still ending, this waits for it. Raises `Refused` naming the process that has it, `Absent`
    for no directory, `Unreachable` on a disk that takes no writes.
    """
    try:
        descriptor = os.open(directory / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise Absent(f"there is no directory {directory}", "`comity init` makes a node") from None
    except OSError as error:
        words = error.strerror.lower() if error.strerror else type(error).__name__
        raise Unreachable(f"{directory} cannot be held by a node: {words}", "df -h; then try again") from None
    try:
        _lock(descriptor, directory, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path, kind: int) -> None:
    end = time.monotonic() + ENDING_SECONDS
    while not _taken(descriptor, kind):
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        if _lives(holder):
            raise Refused(
                f"another node is running in {directory} (process {holder})",
                "stop it first, or use the running one",
            )
        if time.monotonic() > end:
            raise Refused(
                f"a node process still runs in {directory}; its supervisor (process {holder}) is dead",
                "find it with `fuser`, or `ps`, and stop it",
            )
        time.sleep(LOOK_SECONDS)


def _taken(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(holder: str) -> bool:
    """Whether that process is there. One that cannot be known is taken to be."""
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OverflowError, PermissionError):
        return True
    return True
