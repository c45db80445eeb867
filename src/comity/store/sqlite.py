"""All that only SQLite knows: connecting, its version, its settings, its byte stream, its words for trouble."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from comity.core.errors import Broken, ComityError, Refused, Unreachable
from comity.store.columns import Ask
from comity.store.room import takes_writes
from comity.store.turns import Turns

MINIMUM = (3, 51, 3)
"""From 3.7.0 to 3.51.2 two connections that write and checkpoint can corrupt a database in WAL mode."""

BUSY_SECONDS = 10.0
CACHE_KIB = 16 * 1024
PAGE_BYTES = 8192
"""A thing of 2 KB leaves half of a page of 4 KB empty, and a page of releases is read in a third of the steps."""
LOG_PAGES = 2048
"""Pages of the write-ahead log before they are copied into the file: a page that many commits touch is copied once."""
STEP_PAGES = 2048
"""Pages copied between two looks at a progress bar."""
_WRITES = "comity_writes"


def require_version(found: tuple[int, ...] = dbapi2.sqlite_version_info) -> None:
    """Raises `Refused` for an SQLite that can corrupt what it keeps."""
    if found < MINIMUM:
        raise Refused(
            f"SQLite {'.'.join(map(str, found))} is too old: before {'.'.join(map(str, MINIMUM))} it can corrupt a "
            "database that two processes write",
            "install a newer pysqlite3",
        )


class Database:
    """One file, opened read-write. `forgets`: deleted bytes are overwritten, in the file and in its log."""

    def __init__(self, path: Path, *, forgets: bool = False) -> None:
        require_version()
        self.path = path
        self.name = path.name
        self.dialect = "sqlite"
        self._engine = _engine(path, forgets=forgets)
        self._turns = Turns()
        self._watching = Lock()
        self._watcher: PoolProxiedConnection | None = None
        self.timer: Callable[[], float] = time.perf_counter
        self.took: Callable[[float], None] = lambda _: None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction: begun at once, committed at the end, nothing kept when the block fails."""
        with self._own_turn(), self._trouble(), self._engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection
                began = self.timer()
            self.took(self.timer() - began)

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        """Threads of one process take turns, in order: SQLite would look again now and then, and in no order."""
        if not self._turns.acquire(BUSY_SECONDS):
            raise Unreachable(f"{self.name} is held by another writer; nothing was kept", "try again")
        try:
            yield
        finally:
            self._turns.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent snapshot."""
        with self._trouble(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def reading_anything(self) -> Iterator[Connection]:
        """A snapshot in which texts that are not UTF-8 any more can still be read, to be named by fsck."""
        with self.reading() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            kept = raw.text_factory
            raw.text_factory = _lenient
            try:
                yield connection
            finally:
                raw.text_factory = kept

    def forget_log(self) -> None:
        """Copies the write-ahead log into the file and empties it, so that deleted bytes are nowhere."""
        with self._trouble(), self._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise Unreachable(
                f"{self.path.name}: the write-ahead log could not be emptied because somebody is reading",
                "the key is deleted; try again, so that no trace is left in the log",
            )

    def copies(self, connection: Connection, view: str, after_seq: int, limit: int) -> Iterator[tuple[str, bytes, str]]:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        cursor = raw.cursor()
        cursor.execute(COPIES, (view, after_seq, limit))
        while rows := cursor.fetchmany(500):
            yield from rows
        cursor.close()

    def integrity(self, connection: Connection, tables: MetaData) -> list[str]:  # noqa: ARG002  # SQLite knows its tables
        pages = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
        references = [
            f"a row of {row[0]} points at a row of {row[2]} that is not there"
            for row in connection.exec_driver_sql("PRAGMA foreign_key_check")
        ]
        return pages + references

    def tell(self, connection: Connection) -> None:
        """Nobody watches a file: whoever follows it looks again every quarter of a second."""

    @contextmanager
    def watch(self, wake: Callable[[], None]) -> Iterator[None]:  # noqa: ARG002  # as `tell`
        yield

    def changes(self) -> int:
        """Microseconds, and no transaction."""
        with self._watching:
            if self._watcher is not None:
                with suppress(dbapi2.Error):
                    return int(self._watcher.driver_connection.execute(CHANGES).fetchone()[0])  # type: ignore[union-attr]  # it is open
        with self._watched() as raw:
            return int(raw.execute(CHANGES).fetchone()[0])

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        with self._watched() as raw:
            raw.execute("BEGIN")
            yield lambda text, values: raw.execute(text, values).fetchall()
            raw.execute("COMMIT")

    @contextmanager
    def _watched(self) -> Iterator[Any]:
        """A connection that is kept, one thread at a time. One on which something failed is not used again."""
        with self._watching, self._trouble():
            if self._watcher is None:
                self._watcher = self._engine.raw_connection()
            try:
                yield self._watcher.driver_connection
            except BaseException:
                self._watcher.invalidate()
                self._watcher = None
                raise

    def leads(self) -> bool:
        """Always: one node runs in a directory at a time (`lock`)."""
        return True

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
        self._engine.dispose()

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, dbapi2.Error) as error:
            found = trouble(error, self.name)
            if found.code == "read-only":
                self._engine.dispose()  # connections made now are of the disk as it was
            raise found from error


def trouble(error: Exception, what: str) -> ComityError:
    """SQLite's words in an officer's: whether to try again, or to stop and call someone. Never shows a value."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = str(cause)
    if isinstance(cause, dbapi2.IntegrityError):
        return Broken(f"{what} refuses a row that contradicts what it holds; nothing was kept: {words}")
    if "locked" in words or "busy" in words:
        return Unreachable(f"{what} is held by another writer; nothing was kept", "try again")
    if "full" in words:
        return Unreachable(
            f"there is no room left for {what}; nothing was kept", "free some space and try again", code="no-room"
        )
    if "readonly" in words:
        return Unreachable(f"{what} can only be read; nothing was kept", "mount the disk for writing", code="read-only")
    if "I/O" in words:
        return Unreachable(
            f"the disk under {what} gave an error; nothing was kept", "look at the disk: dmesg", code="disk-error"
        )
    if "unable to open" in words:
        hint = "where the disk is read-only, copy the directory to one that takes writes, and look there"
        return Broken(f"{what} cannot be read or written: {words}", hint)
    if isinstance(cause, dbapi2.Error):
        return Broken(f"{what} cannot be read or written: {words}", "restore the newest backup, or run `comity fsck`")
    return Broken(f"{what} cannot be used: {type(error).__name__}")


def snapshot(source: Path, target: Path, watch: Callable[[int], None]) -> list[tuple[str, int, bytes]]:
    """Copies a database as it stands at one instant into a new file, while others write it; `watch` gets bytes copied.

    The copy is one file without a write-ahead log, durable when this returns. Answers where each log's tree stands in
    it. Raises as `trouble`, and `Refused` where the target is there already.
    """
    require_version()
    make_file(target)
    reader = dbapi2.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)
    writer = dbapi2.connect(f"{target.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)
    try:
        reader.isolation_level = None
        size = reader.execute("PRAGMA page_size").fetchone()[0]
        reader.execute("BEGIN")  # one snapshot for every step: what others commit meanwhile does not start it over
        names = {row[0] for row in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        reader.backup(writer, pages=STEP_PAGES, progress=lambda _, left, total: watch((total - left) * size))
        writer.execute("PRAGMA journal_mode=DELETE")
        found = writer.execute("SELECT log, size, peaks FROM stack ORDER BY log").fetchall() if "stack" in names else []
    except dbapi2.Error as error:
        raise trouble(error, source.name) from error
    finally:
        writer.close()
        reader.close()
    sync(target)
    return found


def close_log(path: Path) -> None:
    """Makes one file of a database that nobody uses: without a write-ahead log, durable when this returns."""
    connection = dbapi2.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
    except dbapi2.Error as error:
        raise trouble(error, path.name) from error
    finally:
        connection.close()
    sync(path)


def sync(path: Path) -> None:
    """Waits until a file or a folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(directory: Path) -> None:
    """A folder that only its owner can enter. Raises `Refused` where it is there already and open to others."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = directory.stat().st_mode & 0o777
    if mode & 0o077:
        raise Refused(f"{directory} can be entered by others (mode {mode:04o})", f"chmod 700 {directory}")


def make_file(path: Path) -> None:
    """An empty file that only its owner can read. Raises `Refused` where there is one already."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise Refused(f"{path} exists already; nothing was changed", "choose another directory") from None


CHANGES = "PRAGMA data_version"
COPIES = """
SELECT body.bid, body.bytes, body.state FROM "release" JOIN body ON body.bid = "release".copy
WHERE "release".view = ? AND "release".seq > ? AND "release".state = 'live' ORDER BY "release".seq LIMIT ?
"""


def _engine(path: Path, *, forgets: bool) -> Engine:
    def connect() -> Any:
        address = f"{path.absolute().as_uri()}?{_mode(path)}"
        return dbapi2.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    engine = create_engine(
        "sqlite://", module=dbapi2, creator=connect, poolclass=QueuePool, pool_use_lifo=True, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def settings(raw: Any, _: Any) -> None:
        cursor = raw.cursor()
        if takes_writes(path.parent):
            cursor.execute(f"PRAGMA page_size={PAGE_BYTES}")  # counts for an empty file only
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA trusted_schema=OFF")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        cursor.execute(f"PRAGMA secure_delete={'ON' if forgets else 'OFF'}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _mode(path: Path) -> str:
    """Never creates a database by accident. On a disk that takes no writes nobody can change it while it is read."""
    if takes_writes(path.parent):
        return "mode=rw"
    log = path.with_name(f"{path.name}-wal")
    return "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"


def _lenient(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
