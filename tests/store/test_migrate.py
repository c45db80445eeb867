"""Schemas are known by their revision; what the program works with is what its migrations make."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from comity.core.errors import Broken, Refused
from comity.store import agreement_tables, house_tables, key_tables, migrate, sqlite, view_tables
from comity.store import database as databases
from comity.store.database import Database
from comity.store.house import House
from tests import postgres
from tests.store.conftest import BACKENDS
from tests.store.scene import Small

ROOMS = {"house": house_tables, "agreement": agreement_tables, "keys": key_tables, "views": view_tables}


@pytest.fixture(params=sorted(ROOMS))
def room(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=BACKENDS)
def made(request: pytest.FixtureRequest, room: str, tmp_path: Path) -> Iterator[Database]:
    """An empty store as the room's migrations make it."""
    with postgres.database() if request.param == "postgres" else nullcontext() as dsn:
        database = databases.make(tmp_path / "node" / "x.db", dsn, "x")
        with database.writing() as connection:
            migrate.create(connection, room, ROOMS[room].nameplate, "x")
        yield database
        database.close()


def test_metadata_equals_migrations(room: str, made: Database) -> None:
    """Not a column, index or constraint apart."""
    with made.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, ROOMS[room].METADATA)
    assert found == []


def test_every_text_is_ordered_by_code_points(room: str, made: Database) -> None:
    """Pages and prefixes go by the order of texts, so it must not depend on where a server was set up."""
    with made.reading() as connection:
        if connection.dialect.name == "postgresql":
            query = "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema()"
            texts = f"{query} AND data_type = 'text'"
            assert connection.exec_driver_sql(f"{texts} AND collation_name IS DISTINCT FROM 'C'").scalar_one() == 0
            assert connection.exec_driver_sql(texts).scalar_one() > 0
        else:
            text = connection.exec_driver_sql("SELECT group_concat(sql) FROM sqlite_schema").scalar_one()
            assert "COLLATE" not in text


def test_the_head_is_the_one_that_opening_expects(room: str) -> None:
    """One head, and the constant that spares opening the cost of alembic says it."""
    assert ScriptDirectory(str(migrate.MIGRATIONS / room)).get_heads() == [ROOMS[room].HEAD]


def test_every_constraint_and_index_is_named(room: str) -> None:
    """An unnamed one could never be changed by a later migration."""
    metadata: MetaData = ROOMS[room].METADATA
    for table in metadata.tables.values():
        assert all(index.name for index in table.indexes)
        assert all(c.name or isinstance(c, CheckConstraint) for c in table.constraints), table.name


def test_the_same_tables_can_stand_in_postgresql(room: str) -> None:
    """Nothing in the tables is SQLite's alone: 64-bit numbers, bytes and texts have their PostgreSQL types."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    for table in ROOMS[room].METADATA.sorted_tables:
        text = str(CreateTable(table).compile(dialect=dialect))
        assert "INTEGER" not in text
        assert "BLOB" not in text


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_another_schema_is_refused_and_untouched(small: Small, revision: str) -> None:
    """An unknown or older one needs another program, or an upgrade; opening never changes it."""
    small.close()
    small.raw("house").run("UPDATE alembic_version SET version_num = ?", revision)
    with pytest.raises(Refused, match=revision):
        small.another_house()


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to have a header of one\n" * 30])
def test_a_file_that_is_no_database_of_ours_is_broken(embedded: Small, content: bytes) -> None:
    """An empty file and any other are told apart from a house."""
    small = embedded
    small.close()
    for suffix in ("", "-wal", "-shm"):
        (small.directory / f"house.db{suffix}").unlink(missing_ok=True)
    (small.directory / "house.db").write_bytes(content)
    with pytest.raises(Broken, match=r"house\.db"):
        House.open(small.directory, small.vault)


@pytest.mark.parametrize(("found", "refused"), [((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False)])
def test_an_sqlite_that_can_corrupt_is_refused(found: tuple[int, ...], refused: bool) -> None:
    """Before 3.51.3 two processes can corrupt a database in WAL mode."""
    if refused:
        with pytest.raises(Refused, match=r"too old"):
            sqlite.require_version(found)
    else:
        sqlite.require_version(found)


def test_settings_hold_on_every_connection(embedded: Small) -> None:
    """Durable, referential, and keys.db overwrites what it forgets."""
    small = embedded
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    for database, forgets in (
        (small.house.database, 0),
        (small.store.database, 0),
        (small.house.safe.keys.database, 1),
    ):
        with database.reading() as connection:
            for pragma, value in (expected | {"secure_delete": forgets}).items():
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value
