"""How much room is left where a node keeps its databases."""

import shutil
from pathlib import Path


def room(directory: Path) -> tuple[int, int] | None:
    """Free bytes and all bytes of the file system under `directory`; `None` where nobody can say."""
    try:
        usage = shutil.disk_usage(directory)
    except OSError:
        return None
    return usage.free, usage.total
