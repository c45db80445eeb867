"""A disk that fails under a node: an ext4 of its own that is told of an error, as its driver tells a real one.

The system then takes no more writes, also of files that are open, and may still say that the disk is mounted for
writing. It needs root and a loop device; where a machine lends none, those tests are left out, and the run says so.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

MIB = 1024 * 1024
WHY = "no loop device to be mounted here: nothing was tested on a disk that fails"


class Disk:
    """Mounted at `place`, with room for a small node and its reserve."""

    def __init__(self, place: Path, image: Path) -> None:
        self.place = place
        self._image = image
        with image.open("wb") as file:
            file.truncate(160 * MIB)
        _call("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,nodiscard", "-m", "0", str(image))
        place.mkdir(exist_ok=True)
        self._mount()
        shutil.rmtree(place / "lost+found")

    def fail(self) -> None:
        """What was written is on it; nothing more will be."""
        _call("sync", "-f", str(self.place))
        device = _call("findmnt", "-no", "SOURCE", str(self.place)).strip()
        Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("a test\n", "ascii")

    def mend(self) -> None:
        """Unmounted, checked and mounted again: nothing of it may be open."""
        _call("umount", str(self.place))
        subprocess.run(["e2fsck", "-fy", str(self._image)], check=False, capture_output=True)
        self._mount()

    def end(self) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=False, capture_output=True)

    def _mount(self) -> None:
        _call("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.place))
        self.place.chmod(0o700)


@contextmanager
def disk(place: Path) -> Iterator[Disk]:
    with tempfile.TemporaryDirectory(prefix="comity-disk-") as folder:
        one = Disk(place, Path(folder) / "image")
        try:
            yield one
        finally:
            one.end()


@cache
def possible() -> bool:
    """Whether this machine lets us."""
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4") or not Path("/sys/fs/ext4").is_dir():
        return False
    try:
        with tempfile.TemporaryDirectory(prefix="comity-disk-") as folder, disk(Path(folder)) as one:
            one.fail()
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _call(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
