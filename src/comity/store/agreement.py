"""`AgreementStore`: one file for each agreement, `agreements/<id>.db`. `create` makes it, `open` never does."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.core.errors import Malformed
from comity.store import database as databases
from comity.store import migrate
from comity.store.agreement_reads import AgreementReader
from comity.store.agreement_tables import HEAD, body, nameplate
from comity.store.agreement_tx import AgreementTx
from comity.store.bodies import Safe, end_destruction
from comity.store.database import Database
from comity.store.keys import Cipher, Keys

FOLDER = "agreements"
ROOM = "agreement"
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")


class AgreementStore:
    """Everything that one agreement's follower, lanes and ledger keep. Bodies are sealed with keys in keys.db."""

    def __init__(self, database: Database, name: str, keys: Keys, cipher: Cipher) -> None:
        self.database = database
        self.name = name
        self.safe = Safe(f"{ROOM}/{name}", cipher, keys)

    @classmethod
    def create(
        cls, directory: Path, agreement: str, keys: Keys, cipher: Cipher, dsn: str | None = None
    ) -> "AgreementStore":
        """An empty store, in a file or at `dsn`. Raises `Refused` where there is one already."""
        with databases.kept(databases.make(path_of(directory, agreement), dsn, store_of(agreement))) as database:
            with database.writing() as connection:
                migrate.create(connection, ROOM, nameplate, agreement)
            return cls(database, agreement, keys, cipher)

    @classmethod
    def open(
        cls, directory: Path, agreement: str, keys: Keys, cipher: Cipher, dsn: str | None = None
    ) -> "AgreementStore":
        """Raises `Absent` where there is none, `Refused` for another schema, `Broken` for another agreement's file."""
        hint = "`comity agreement import FILE` brings an agreement into this node"
        with databases.kept(databases.find(path_of(directory, agreement), dsn, store_of(agreement), hint)) as database:
            with database.reading() as connection:
                migrate.check(connection, HEAD, nameplate, agreement, database.name)
                store = cls(database, agreement, keys, cipher)
                end_destruction(connection, body, store.safe)
            return store

    @contextmanager
    def begin(self) -> Iterator[AgreementTx]:
        """One write transaction: committed, durable, at the end; nothing kept when the block fails."""
        with self.database.writing() as connection:
            tx = AgreementTx(connection, self.safe, self.database)
            yield tx
            tx.finish()
        tx.committed()

    @contextmanager
    def reader(self) -> Iterator[AgreementReader]:
        """One consistent snapshot, untouched by what is written meanwhile."""
        with self.database.reading() as connection:
            yield AgreementReader(connection, self.safe, self.database)

    def close(self) -> None:
        """Closes this file. keys.db belongs to the house."""
        self.database.close()


def path_of(directory: Path, agreement: str) -> Path:
    """Where an agreement's store is. Raises `Malformed` for an id that cannot name a file."""
    if not _ID.fullmatch(agreement):
        raise Malformed(
            f"the agreement's id cannot name a file: {agreement[:60]!r}",
            "letters, digits, dots, hyphens and underscores, at most 100",
        )
    return directory / FOLDER / f"{agreement}.db"


def is_there(directory: Path, agreement: str, dsn: str | None) -> bool:
    return databases.is_there(path_of(directory, agreement), dsn, store_of(agreement))


def store_of(agreement: str) -> str:
    """What the store is called beside others at one address; an agreement named `house` has its own."""
    return f"{ROOM}_{agreement}"


def names(directory: Path) -> list[str]:
    """The agreements that have a file in this node."""
    return sorted(path.stem for path in (directory / FOLDER).glob("*.db"))
