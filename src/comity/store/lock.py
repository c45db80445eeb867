"""One node in a directory at a time: a lock that the supervisor holds and the kernel lets go when it dies.

Several may share a directory whose house stands in PostgreSQL: there the server says who works on what.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.core.errors import Absent, Refused

FILE = "node.lock"


@contextmanager
def held(directory: Path, *, shared: bool = False) -> Iterator[None]:
    """Holds the directory while the block runs. Raises `Refused` naming the process that has it, `Absent` for none.

    Who holds it `shared` holds it beside others who do, never beside one who does not.
    """
    try:
        descriptor = os.open(directory / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise Absent(f"there is no directory {directory}", "`comity init` makes a node") from None
    try:
        _lock(descriptor, directory, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, directory: Path, kind: int) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
        raise Refused(
            f"another node is running in {directory} (process {holder})",
            "stop it first, or use the running one",
        ) from None
