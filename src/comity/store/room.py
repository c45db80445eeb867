"""How much room is left where a node keeps its databases, and whether anything can be written there."""

import os
from pathlib import Path

from comity.records import Room


def room(directory: Path) -> Room | None:
    """The file system under `directory`; `None` where nobody can say."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return None
    writable = not found.f_flag & os.ST_RDONLY
    return Room(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize, writable)
