"""What a running node process measures, in memory and in a small file of its own, so that `comity status` can tell it.

The file is locked while its process lives and has its full size from the start: it can be written on a full disk, and
what a dead process left is read by nobody.
"""

import fcntl
import os
import statistics
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

import msgspec

from comity.records import Readings, Trouble

FOLDER = "readings"
SIZE = 16 * 1024
COMMITS = 32
"""Commits of which the median is told; of fewer none is."""


class Meter:
    """Fed by the hands and by whoever runs the node; read by the alarms. Measures, and judges nothing."""

    def __init__(self, directory: Path) -> None:
        self._folder = directory / FOLDER
        self._commits: deque[float] = deque(maxlen=COMMITS)
        self._start: tuple[datetime, float] | None = None
        self._kept: dict[str, dict[str, Trouble]] = {"work": {}, "links": {}, "early": {}, "sources": {}}
        self._shown: dict[str, datetime] = {}
        self._stepped = timedelta(0)
        self._file: int | None = None
        self._written = b""
        self._lock = Lock()

    def committed(self, seconds: float) -> None:
        """How long one commit took."""
        with self._lock:
            self._commits.append(seconds)

    def ticked(self, wall: datetime, steady: float) -> None:
        """The clock, and in the same moment seconds of one that nobody sets: together they show a step."""
        with self._lock:
            if self._start is None:
                self._start = wall, steady
            first, began = self._start
            self._stepped = (wall - first) - timedelta(seconds=steady - began)

    def agreed(self) -> None:
        """Another clock confirmed ours: what it did before does not matter any more."""
        with self._lock:
            self._start, self._stepped = None, timedelta(0)

    def met(self, where: str, name: str, code: str, sentence: str, now: datetime) -> None:
        """A trouble, known since it first had this code. `where` is `work`, `links`, `early` or `sources`."""
        with self._lock:
            before = self._kept[where].get(name)
            since = before.since if before is not None and before.code == code else now
            self._kept[where][name] = Trouble(code, sentence, since)

    def passed(self, where: str, name: str) -> None:
        """That trouble is over."""
        with self._lock:
            self._kept[where].pop(name, None)

    def saw(self, party: str, until: datetime) -> None:
        """Until when the certificate holds that a partner showed."""
        with self._lock:
            self._shown[party] = until

    def readings(self) -> Readings:
        """Ours, and those of every other node process that lives in this directory."""
        found = self._own()
        for other in _others(self._folder, None if self._file is None else str(os.getpid())):
            found = _both(found, other)
        return found

    @contextmanager
    def published(self) -> Iterator[None]:
        """While it is open, `publish` has a file. Where none can be made the node works without."""
        path = self._folder / str(os.getpid())
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pass
        try:
            self.publish()
            yield
        finally:
            if self._file is not None:
                path.unlink(missing_ok=True)
                os.close(self._file)
                self._file = None

    def publish(self) -> None:
        """Writes what changed. Whatever fails here changes nothing but what `comity status` can tell."""
        raw = msgspec.json.encode(self._own())
        if self._file is None or raw == self._written or len(raw) > SIZE:
            return
        try:
            os.pwrite(self._file, raw.ljust(SIZE), 0)
        except OSError:
            return
        self._written = raw

    def _own(self) -> Readings:
        with self._lock:
            enough = len(self._commits) == COMMITS
            commit = timedelta(seconds=statistics.median(self._commits)) if enough else None
            kept = {where: dict(troubles) for where, troubles in self._kept.items()}
            return Readings(commit=commit, stepped=self._stepped, shown=dict(self._shown), **kept)


def _others(folder: Path, own: str | None) -> Iterator[Readings]:
    for path in sorted(folder.glob("*")):
        if path.name == own or not _lives(path):
            continue
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Readings)
        except (OSError, msgspec.DecodeError):
            continue


def _lives(path: Path) -> bool:
    """Whether the process that writes this file still holds it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _both(one: Readings, other: Readings) -> Readings:
    """Of two processes on one machine: the slower commits, the larger step, every trouble."""
    return replace(
        one,
        commit=max((each for each in (one.commit, other.commit) if each is not None), default=None),
        stepped=max(one.stepped, other.stepped, key=abs),
        work=_all(one.work, other.work),
        links=_all(one.links, other.links),
        early=_all(one.early, other.early),
        sources=_all(one.sources, other.sources),
        shown={**one.shown, **other.shown},
    )


def _all(one: Mapping[str, Trouble], other: Mapping[str, Trouble]) -> dict[str, Trouble]:
    return {**one, **other}
