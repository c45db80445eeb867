"""All that only PostgreSQL knows: connecting, its settings, its lock of the one writer, its byte stream, its words.

A store is a schema of its own, so that one address can hold a whole node. `pgwatch` has who is woken and who leads.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, MetaData, Table, create_engine, exists, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from comity.core.errors import Broken, ComityError, Malformed, Refused, Unreachable
from comity.store.columns import Ask, ask_of
from comity.store.pgwatch import Leader, watching

MINIMUM = 140000
"""PostgreSQL 14: the oldest that is still maintained."""

CONNECTIONS = (2, 6)
"""Kept and added for each store; a store never has more than eight, its leader's and its watcher's beside them."""

WAIT_SECONDS = 10
MAX_NAME = 63
"""Bytes of a name in PostgreSQL."""

# Pages follow an index from its key on; before the server has counted a table it would gather and sort all of the rest.
_SETTINGS = f"""
SET client_encoding = 'UTF8'; SET synchronous_commit = on;
SET enable_bitmapscan = off;
SET lock_timeout = '{WAIT_SECONDS}s'; SET idle_in_transaction_session_timeout = '120s';
SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3
"""
_WRITER = "SELECT pg_advisory_xact_lock(hashtextextended('comity/writer/' || current_schema(), 0))"
_DAMAGED = "SELECT coalesce(checksum_failures, 0) FROM pg_stat_database WHERE datname = current_database()"
COPIES = """
SELECT body.bid, body.bytes, body.state FROM (
  SELECT copy, seq FROM "release" WHERE view = %s AND seq > %s AND state = 'live' ORDER BY seq LIMIT %s
) AS page JOIN body ON body.bid = page.copy ORDER BY page.seq
"""


def schema_of(store: str) -> str:
    """The schema that a store stands in."""
    name = f"comity_{store}"
    return name if len(name) <= MAX_NAME else f"comity_{hashlib.sha256(store.encode()).hexdigest()[:32]}"


def name_of(dsn: str, store: str) -> str:
    """How a store is called before an officer: never with a user or a password."""
    parts = conninfo_to_dict(dsn)
    return f"{schema_of(store)} in PostgreSQL ({parts.get('dbname', '')} on {parts.get('host', 'this machine')})"


def connect(dsn: str, schema: str) -> psycopg.Connection:
    """One connection that commits each statement. Passwords come from the address, the environment or a pgpass file."""
    connection = psycopg.connect(
        dsn, autocommit=True, connect_timeout=5, application_name="comity", keepalives_idle=10, keepalives_interval=5
    )
    try:
        connection.execute(_SETTINGS)
        connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
    except BaseException:
        connection.close()
        raise
    return connection


def is_there(dsn: str, store: str) -> bool:
    with trouble_of(name_of(dsn, store)), connect(dsn, schema_of(store)) as connection:
        if connection.info.server_version < MINIMUM:
            raise Refused(f"PostgreSQL {connection.info.server_version // 10000} is too old", "14 or newer is needed")
        if connection.info.parameter_status("server_encoding") != "UTF8":
            raise Refused(f"{name_of(dsn, store)} does not keep UTF-8", "CREATE DATABASE … ENCODING 'UTF8'")
        found = connection.execute("SELECT to_regclass('nameplate') IS NOT NULL").fetchone()
        return bool(found and found[0])


def make(dsn: str, store: str) -> None:
    """An empty schema. Raises `Refused` where the store is there already."""
    if is_there(dsn, store):
        raise Refused(f"{name_of(dsn, store)} exists already; nothing was changed", "choose another database")
    schema = schema_of(store)
    with trouble_of(name_of(dsn, store)), connect(dsn, schema) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))


class Database:
    """One schema. Writers take turns by an advisory lock, readers see a snapshot that nobody changes."""

    def __init__(self, dsn: str, store: str) -> None:
        self.name = name_of(dsn, store)
        self.dialect = "postgresql"
        self._dsn = dsn
        self._schema = schema_of(store)
        size, more = CONNECTIONS
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect_pooled,
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=more,
            pool_timeout=WAIT_SECONDS,
            hide_parameters=True,
        )
        self._leader = Leader(self._connect)
        self.timer: Callable[[], float] = time.perf_counter
        self.took: Callable[[float], None] = lambda _: None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Begun by taking the writer's turn; each later statement sees all that was committed before it."""
        with trouble_of(self.name), self._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(_WRITER)
            yield connection
            began = self.timer()
        self.took(self.timer() - began)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with trouble_of(self.name), self._engine.connect() as plain:
            connection = plain.execution_options(**options)
            with connection.begin():
                yield connection

    def reading_anything(self) -> AbstractContextManager[Connection]:
        """As `reading`: PostgreSQL keeps no text that is not UTF-8."""
        return self.reading()

    @contextmanager
    def asking(self) -> Iterator[Ask]:
        with self.reading() as connection:
            yield ask_of(connection)

    def copies(self, connection: Connection, view: str, after_seq: int, limit: int) -> Iterator[tuple[str, bytes, str]]:
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, psycopg.Connection)
        with raw.cursor(binary=True) as cursor:
            yield from cursor.execute(COPIES, (view, after_seq, limit))

    def integrity(self, connection: Connection, tables: MetaData) -> list[str]:
        damaged = connection.exec_driver_sql(_DAMAGED).scalar_one()
        found = [f"PostgreSQL has met {damaged} damaged pages: see its log"] if damaged else []
        for table in tables.sorted_tables:
            for key in table.foreign_keys:
                there = exists().where(key.column == key.parent).correlate(table)
                lost = select(exists(select(1).select_from(table).where(key.parent.is_not(None), ~there)))
                if connection.execute(lost).scalar_one():
                    found.append(f"a row of {table.name} points at a row of {key.column.table.name} that is not there")
        return found

    def tell(self, connection: Connection) -> None:
        connection.exec_driver_sql("SELECT pg_notify(current_schema(), '')")

    def watch(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        return watching(self._connect, self._schema, wake)

    def changes(self) -> int:
        """By the newest line of the house's log, which is an index's end."""
        with self.reading() as connection:
            return int(connection.exec_driver_sql("SELECT coalesce(max(n), 0) FROM log").scalar_one())

    def leads(self) -> bool:
        with trouble_of(self.name):
            return self._leader.leads()

    def close(self) -> None:
        self._leader.close()
        self._engine.dispose()

    def _connect(self) -> psycopg.Connection:
        return connect(self._dsn, self._schema)

    def _connect_pooled(self) -> psycopg.Connection:
        connection = self._connect()
        connection.autocommit = False
        return connection


def fill(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts many rows as one stream."""
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, psycopg.Connection)
    names = table.columns.keys()
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    with raw.cursor() as cursor, cursor.copy(statement) as stream:
        for row in map(itemgetter(*names), rows):
            stream.write_row(row)


@contextmanager
def trouble_of(name: str) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, psycopg.Error) as error:
        raise trouble(error, name) from error


def trouble(error: Exception, what: str) -> ComityError:
    """PostgreSQL's words in an officer's: whether to try again, or to stop and call someone. Never shows a value."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    words = (cause.diag.message_primary if isinstance(cause, psycopg.Error) else None) or type(cause).__name__
    state = (isinstance(cause, psycopg.Error) and cause.sqlstate) or ""
    again = "try again; the same act twice does no harm"
    if isinstance(cause, psycopg.IntegrityError):
        return Broken(f"{what} refuses a row that contradicts what it holds; nothing was kept: {words}")
    if isinstance(cause, psycopg.DataError):
        return Malformed(f"{what} cannot keep a text with a NUL character, or so large a number; nothing was kept")
    if isinstance(cause, errors.LockNotAvailable | errors.SerializationFailure | errors.DeadlockDetected):
        return Unreachable(f"{what} is held by another writer; nothing was kept", again)
    if isinstance(error, PoolTimeoutError):
        return Unreachable(f"{what} is busy: every connection of this process is in use; nothing was kept", again)
    if isinstance(cause, errors.DiskFull):
        return Unreachable(f"there is no room left for {what}; nothing was kept", "free some space", code="no-room")
    if isinstance(cause, errors.InsufficientPrivilege):
        return Refused(f"{what} does not let this account that far: {words}", "see docs/store.md")
    if isinstance(cause, errors.ReadOnlySqlTransaction):
        return Unreachable(
            f"{what} takes no writes: it is a copy, or read-only", "try again when it was promoted", code="read-only"
        )
    if isinstance(cause, errors.IoError):
        return Unreachable(f"the disk under {what} gave an error; nothing was kept", "see its log", code="disk-error")
    if state[:2] in ("08", "53", "57") or state == "25P03" or _cut(cause, state):
        _, fatal, reason = str(cause).partition("FATAL:")
        said = f": {reason.strip().splitlines()[0]}" if fatal else "; what was not acknowledged may be repeated"
        return Unreachable(f"{what} cannot be reached, or went away{said}", again)
    return Broken(f"{what} cannot be read or written: {words}", "see the server's log, or run `comity ledger fsck`")


def _cut(cause: object, state: str) -> bool:
    """Whether the connection was lost or never came about: then nobody gave a code."""
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError) and not state
