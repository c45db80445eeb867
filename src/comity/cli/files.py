"""Files a person names: read within a bound, written for their owner only, every fault in an officer's words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.core.errors import Absent, Broken, Malformed, Refused


def read(path: Path, limit: int) -> bytes:
    """The file's bytes. Its size is looked at before anything is read."""
    with _told(path), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise Malformed(f"{path} is too large: {size:,} bytes, at most {limit:,} are read")
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise Malformed(f"{path} is too large: more than the {limit:,} bytes that are read")
    return raw


def write_new(path: Path, raw: bytes) -> None:
    """A new file. Raises `Refused` where there is one: what was signed or exported is never overwritten."""
    try:
        with _told(path), os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise Refused(f"there is a file {path} already", "choose another name, or remove it first") from None


def check_free(path: Path) -> None:
    """Raises `Refused` where there is a file: an act is not done and then left without a place for its result."""
    if path.exists():
        raise Refused(f"there is a file {path} already", "choose another name, or remove it first")


def write_over(path: Path, raw: bytes) -> None:
    """The file as it now has to be, complete or not at all, in folders made for it."""
    with _told(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".part")
        fresh.unlink(missing_ok=True)
        write_new(fresh, raw)
        fresh.replace(path)


def folder(path: Path) -> None:
    """A new or empty folder for its owner only. Raises `Refused` where something is in it."""
    with _told(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise Refused(f"the folder {path} is not empty", "name a new one")


def below(path: Path, suffix: str = "") -> list[Path]:
    """The files below a folder that end in `suffix`, by name. Raises `Absent` where there is no such folder."""
    if not path.is_dir():
        raise Absent(f"there is no folder {path}")
    with _told(path):
        return sorted(file for file in path.rglob("*" + suffix) if file.is_file())


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise
    except FileNotFoundError:
        raise Absent(f"there is no file or folder {path}") from None
    except IsADirectoryError:
        raise Malformed(f"{path} is a folder, and a file is wanted") from None
    except NotADirectoryError:
        raise Malformed(f"{path} is a file, and a folder is wanted") from None
    except PermissionError:
        raise Refused(f"{path} may not be read or written by this account", "ls -ld shows whose it is") from None
    except OSError as error:
        raise Broken(f"{path} cannot be used: {error.strerror or error}") from None
