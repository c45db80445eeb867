"""`House`: house.db and keys.db in one directory. `create` makes them, `open` never does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.store import database as databases
from comity.store import migrate, sqlite
from comity.store.bodies import Safe, end_destruction
from comity.store.database import Database
from comity.store.facts import Facts
from comity.store.house_reads import HouseReader
from comity.store.house_rows import NAME
from comity.store.house_tables import HEAD, body, nameplate
from comity.store.house_tx import HouseTx
from comity.store.keys import Cipher, Keys

FILE = "house.db"


class House:
    """What one party holds. One writer at a time; readers never wait for it."""

    def __init__(self, database: Database, keys: Keys, cipher: Cipher) -> None:
        self.database = database
        self.safe = Safe(NAME, cipher, keys)
        self._facts = Facts()

    @classmethod
    def create(cls, directory: Path, cipher: Cipher, dsn: str | None = None) -> "House":
        """An empty house, in a file or at `dsn`; keys.db is a file. Raises `Refused` where there is one already.

        Also where others can enter the directory.
        """
        sqlite.make_directory(directory)
        with databases.kept(databases.make(directory / FILE, dsn, NAME)) as database:
            keys = Keys.create(directory)
            with database.writing() as connection:
                migrate.create(connection, NAME, nameplate, NAME)
            return cls(database, keys, cipher)

    @classmethod
    def open(cls, directory: Path, cipher: Cipher, dsn: str | None = None) -> "House":
        """Raises `Absent` where there is none, `Refused` for another schema, `Broken` for a file that is no house."""
        with databases.kept(databases.find(directory / FILE, dsn, NAME, "`comity init` makes a node here")) as database:
            keys = Keys.open(directory)
            with database.reading() as connection:
                migrate.check(connection, HEAD, nameplate, NAME, database.name)
                house = cls(database, keys, cipher)
                end_destruction(connection, body, house.safe)
            return house

    @contextmanager
    def begin(self) -> Iterator[HouseTx]:
        """One write transaction: committed, durable, at the end; nothing kept when the block fails.

        Raises `Unreachable` when it can be tried again (another writer, no room), `Broken` when it must not.
        """
        with self.database.writing() as connection:
            tx = HouseTx(connection, self.safe, self._facts)
            yield tx
            tx.finish()
            if tx.grew:
                self.database.tell(connection)
        tx.committed()

    @contextmanager
    def reader(self) -> Iterator[HouseReader]:
        """One consistent snapshot, untouched by what is written meanwhile."""
        with self.database.reading() as connection:
            yield HouseReader(connection, self.safe, self._facts)

    def changes(self) -> int:
        """A number that is another one once anybody has committed something here."""
        return self.database.changes()

    def close(self) -> None:
        self.database.close()
        self.safe.keys.close()
