"""`House`: house.db and keys.db in one directory. `create` makes them, `open` never does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.store import migrate, sqlite
from comity.store.bodies import Safe
from comity.store.house_reads import HouseReader
from comity.store.house_rows import NAME
from comity.store.house_tables import HEAD, nameplate
from comity.store.house_tx import HouseTx
from comity.store.keys import Cipher, Keys
from comity.store.sqlite import Database

FILE = "house.db"


class House:
    """What one party holds. One writer at a time; readers never wait for it."""

    def __init__(self, database: Database, keys: Keys, cipher: Cipher) -> None:
        self.database = database
        self.safe = Safe(NAME, cipher, keys)

    @classmethod
    def create(cls, directory: Path, cipher: Cipher) -> "House":
        """An empty house. Raises `Refused` where there is one already or others can enter the directory."""
        sqlite.make_directory(directory)
        sqlite.make_file(directory / FILE)
        keys = Keys.create(directory)
        database = Database(directory / FILE)
        with database.writing() as connection:
            migrate.create(connection, NAME, nameplate, NAME)
        return cls(database, keys, cipher)

    @classmethod
    def open(cls, directory: Path, cipher: Cipher) -> "House":
        """Raises `Absent` where there is none, `Refused` for another schema, `Broken` for a file that is no house."""
        migrate.require(directory / FILE, "`comity init` makes a node here")
        keys = Keys.open(directory)
        database = Database(directory / FILE)
        with database.reading() as connection:
            migrate.check(connection, HEAD, nameplate, NAME, FILE)
        return cls(database, keys, cipher)

    @contextmanager
    def begin(self) -> Iterator[HouseTx]:
        """One write transaction: committed, durable, at the end; nothing kept when the block fails.

        Raises `Unreachable` when it can be tried again (another writer, no room), `Broken` when it must not.
        """
        with self.database.writing() as connection:
            tx = HouseTx(connection, self.safe)
            yield tx
            tx.finish()

    @contextmanager
    def reader(self) -> Iterator[HouseReader]:
        """One consistent snapshot, untouched by what is written meanwhile."""
        with self.database.reading() as connection:
            yield HouseReader(connection, self.safe)

    def close(self) -> None:
        self.database.close()
        self.safe.keys.close()
