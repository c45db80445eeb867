"""A database past everything of ours: to alter it as an intruder with the disk, or a failing disk, would."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from pysqlite3 import dbapi2


class Raw(Protocol):
    """Statements with `?` for values, each kept at once; nothing that the schema forbids to us is forbidden here."""

    place: str
    """The column that says where a row stands, whatever its key has become."""

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]: ...
    def put(self, table: str, column: str, place: object, value: object) -> object | None:
        """Alters one value; where its row stands then. `None` where the database itself refuses the value."""
        ...

    def tables(self) -> list[str]: ...


class RawSqlite:
    place = "rowid"

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        raw = dbapi2.connect(self._path)
        try:
            rows: list[tuple[Any, ...]] = raw.execute(statement, values).fetchall()
            raw.commit()
        finally:
            raw.close()
        return rows

    def put(self, table: str, column: str, place: object, value: object) -> object | None:
        text = f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ? RETURNING rowid'  # noqa: S608  # names of ours
        try:
            return self.run(text, value, place)[0][0]  # type: ignore[no-any-return]  # a place is a number
        except dbapi2.IntegrityError:
            return None

    def tables(self) -> list[str]:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'alembic_version' ORDER BY name"
        return [name for (name,) in self.run(query)]


class RawPostgres:
    place = "ctid"

    def __init__(self, dsn: str, schema: str) -> None:
        self._dsn = dsn
        self._schema = schema

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._dsn, autocommit=True) as raw:
            raw.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(self._schema)))
            raw.execute("SET session_replication_role = replica")  # references are not looked at
            cursor = raw.execute(statement.replace("?", "%s").encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def put(self, table: str, column: str, place: object, value: object) -> object | None:
        text = f'UPDATE "{table}" SET "{column}" = ? WHERE ctid = ? RETURNING ctid'  # noqa: S608  # names of ours
        try:
            return self.run(text, value, place)[0][0]  # type: ignore[no-any-return]  # a place is a text
        except (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError):
            return None

    def tables(self) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = ? AND tablename <> 'alembic_version' ORDER BY 1"
        return [name for (name,) in self.run(query, self._schema)]


def cells(raw: Raw) -> Iterator[tuple[str, str, object, object]]:
    """Every value: its table, column, place and what it is."""
    for table in raw.tables():
        columns = _columns(raw, table)
        listed = ", ".join(f'"{column}"' for column in columns)
        for place, *row in raw.run(f'SELECT {raw.place}, {listed} FROM "{table}"'):  # noqa: S608  # names of ours
            for column, value in zip(columns, row, strict=True):
                yield table, column, place, value


def content(raw: Raw) -> bytes:
    """All that stands in it, one value after the other."""
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for _, _, _, value in cells(raw))


def _columns(raw: Raw, table: str) -> list[str]:
    if isinstance(raw, RawSqlite):
        return [row[1] for row in raw.run(f'PRAGMA table_info("{table}")')]
    query = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(?) AND attnum > 0 ORDER BY attnum"
    return [name for (name,) in raw.run(query, f'"{table}"')]
