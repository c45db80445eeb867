"""The shape that both kinds of database have, and how one is chosen: a file of ours, or a PostgreSQL server by address.

All that only one of them knows stands in `sqlite` and in `postgres`; everything else in this room is one text for both.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, MetaData

from comity.core.errors import Absent
from comity.store import migrate, sqlite
from comity.store.columns import Ask


class Database(Protocol):
    """One store's tables. One writer at a time; readers never wait for it."""

    @property
    def name(self) -> str:
        """How it is called before an officer."""
        ...

    dialect: str
    """Whose SQL it speaks: `sqlite` or `postgresql`."""
    timer: Callable[[], float]
    """Seconds, of a clock that nobody sets."""
    took: Callable[[float], None]
    """Told how many seconds each commit took."""

    def writing(self) -> AbstractContextManager[Connection]:
        """One write transaction: the only one at its time, committed at the end, nothing kept when the block fails."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent snapshot."""
        ...

    def reading_anything(self) -> AbstractContextManager[Connection]:
        """A snapshot in which even damaged values can be read, to be named by fsck."""
        ...

    def asking(self) -> AbstractContextManager[Ask]:
        """One consistent snapshot, with as little around it as there can be: for short reads that come often."""
        ...

    def copies(self, connection: Connection, view: str, after_seq: int, limit: int) -> Iterator[tuple[str, bytes, str]]:
        """A page of a view's copies as the driver reads them: the one path where a layer less is felt."""
        ...

    def integrity(self, connection: Connection, tables: MetaData) -> list[str]:
        """What the database itself finds wrong with its pages, indexes and references."""
        ...

    def tell(self, connection: Connection) -> None:
        """Wakes whoever watches, once this transaction is committed."""
        ...

    def watch(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Calls `wake`, from another thread, when another process has told of something; a hint that may be lost."""
        ...

    def changes(self) -> int:
        """A number that is another one once anybody has committed something."""
        ...

    def leads(self) -> bool:
        """Whether this process is the one that works on this store now; the next one is when it dies."""
        ...

    def close(self) -> None: ...


def make(path: Path, dsn: str | None, store: str) -> Database:
    """An empty database of that store, at `dsn`, else in a file. Raises `Refused` where there is one already."""
    if dsn is None:
        sqlite.make_directory(path.parent)
        sqlite.make_file(path)
        return sqlite.Database(path)
    return _postgres(dsn, store, create=True)


def find(path: Path, dsn: str | None, store: str, hint: str) -> Database:
    """The database of that store. Raises `Absent` where there is none: opening never creates."""
    if dsn is None:
        migrate.require(path, hint)
        return sqlite.Database(path)
    with kept(_postgres(dsn, store, create=False)) as database:
        if not is_there(path, dsn, store):
            raise Absent(f"there is no {database.name}", f"{hint}; `comity store copy` brings an embedded one there")
        return database


def is_there(path: Path, dsn: str | None, store: str) -> bool:
    """Whether the store exists. Raises `Unreachable` where that cannot be known."""
    if dsn is None:
        return path.is_file()
    from comity.store import postgres

    return postgres.is_there(dsn, store)


@contextmanager
def kept(database: Database) -> Iterator[Database]:
    """Closes the database where the block fails; else whoever asked for it has it."""
    try:
        yield database
    except BaseException:
        database.close()
        raise


def _postgres(dsn: str, store: str, *, create: bool) -> Database:
    try:
        from comity.store import postgres
    except ModuleNotFoundError:
        raise Absent(
            "the settings name a PostgreSQL server, and its driver is not installed", "pip install 'comity[postgres]'"
        ) from None
    if create:
        postgres.make(dsn, store)
    return postgres.Database(dsn, store)
