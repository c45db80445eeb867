"""`keys.db`: the wrapped keys of sealed bodies, and nothing else.

It stands outside every archived backup: only its newest copy is kept, so that what was destroyed stays destroyed
when yesterday's data is restored (DECISIONS 3).
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import delete, insert, select

from comity.store import migrate, rows, sqlite
from comity.store.key_tables import HEAD, doomed, key, nameplate
from comity.store.sqlite import Database

FILE = "keys.db"
NAME = "keys"
PAGE = 1000
"""Keys in one statement, read as the driver reads them: for a page of sealed bodies a layer less is felt."""
CHUNK = 500
"""Values in one `IN` list."""

T = TypeVar("T")


class Cipher(Protocol):
    """What a store needs of the vault: a key for macs, and a wrapping key behind a handle."""

    @property
    def identity_key(self) -> bytes: ...

    def wrap(self, key: bytes, name: bytes) -> bytes:
        """`key`, sealed so that it opens only under the same `name`."""
        ...

    def unwrap(self, wrapped: bytes, name: bytes) -> bytes:
        """Raises `Broken` where it does not open."""
        ...


class Keys:
    """Wrapped keys by body id. Every change is durable, and committed on its own, before the caller goes on."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def create(cls, directory: Path) -> "Keys":
        sqlite.make_file(directory / FILE)
        database = Database(directory / FILE, forgets=True)
        with database.writing() as connection:
            migrate.create(connection, NAME, nameplate, NAME)
        return cls(database)

    @classmethod
    def open(cls, directory: Path) -> "Keys":
        migrate.require(directory / FILE, "`comity init` makes a node; keys.db is never restored from an old backup")
        database = Database(directory / FILE, forgets=True)
        with database.reading() as connection:
            migrate.check(connection, HEAD, nameplate, NAME, FILE)
        return cls(database)

    def put(self, wrapped: Sequence[tuple[str, bytes]], dooming: Collection[str] = ()) -> None:
        """Keeps these keys; an older one of the same body, left behind by a crash, gives way.

        The keys of `dooming` stay until `drop`; should it never come, whoever opens their store next knows of them.
        """
        if not wrapped and not dooming:
            return
        with self.database.writing() as connection:
            for part in chunks(bid for bid, _ in wrapped):
                connection.execute(delete(key).where(key.c.bid.in_(part)))
            rows.add(connection, key, [{"bid": bid, "wrapped": value} for bid, value in wrapped])
            for part in chunks(dooming):
                connection.execute(delete(doomed).where(doomed.c.bid.in_(part)))
            if dooming:
                connection.execute(insert(doomed), [{"bid": bid} for bid in dooming])

    def doomed(self) -> set[str]:
        """Bodies of any store whose destruction was begun, and not ended."""
        with self.database.reading() as connection:
            return set(connection.execute(select(doomed.c.bid)).scalars())

    def get(self, bids: Collection[str]) -> dict[str, bytes]:
        """The wrapped keys of these bodies, where there are any."""
        found: dict[str, bytes] = {}
        with self.database.reading() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            for part in chunks(bids, PAGE):
                marks = ", ".join("?" * len(part))
                found.update(raw.cursor().execute(f"SELECT bid, wrapped FROM key WHERE bid IN ({marks})", part))  # noqa: S608  # only marks
        return found

    def drop(self, bids: Collection[str]) -> None:
        """Destroys these keys: overwritten in the file, and nothing of them left in its log. Safe to repeat."""
        if not bids:
            return
        with self.database.writing() as connection:
            for part in chunks(bids):
                connection.execute(delete(key).where(key.c.bid.in_(part)))
                connection.execute(delete(doomed).where(doomed.c.bid.in_(part)))
        self.database.forget_log()

    def close(self) -> None:
        self.database.close()


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists short enough for one statement."""
    iterator = iter(values)
    while part := list(islice(iterator, size)):
        yield part
