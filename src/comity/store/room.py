"""How much room is left where a node keeps its databases, and whether anything can be written there."""

import errno
import os
from pathlib import Path

from comity.records import Room

WITNESS = "comity.toml"
"""A file of every node that is no database: one that is opened and closed here would lose its locks."""
_REFUSED = {errno.EROFS, errno.EIO}


def room(directory: Path) -> Room | None:
    """The file system under `directory`; `None` where nobody can say."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return None
    return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize, takes_writes(directory / WITNESS))


def takes_writes(path: Path) -> bool:
    """Whether the disk under a file, or a folder, takes writes: what is mounted so that it does not, or failed.

    A disk that failed may still say that it takes them, so one is begun, and nothing is written.
    """
    try:
        if os.statvfs(path).f_flag & os.ST_RDONLY:
            return False
        os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC | (_UNNAMED if path.is_dir() else 0), 0o600))
    except OSError as error:
        return error.errno not in _REFUSED
    return True


_UNNAMED = getattr(os, "O_TMPFILE", 0)
"""A file without a name, gone when it is closed. Where the system has none, the folder is not opened, and passes."""
