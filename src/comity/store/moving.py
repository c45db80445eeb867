"""Copying stores into another kind of database, with proof that nothing differs there before it is kept.

keys.db and the vault stay where they are: what is sealed here opens there with the same keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, MetaData, Table, func, select

from comity.core.errors import Broken, Refused
from comity.core.merkle import Tree
from comity.store import agreement, agreement_tables, house, house_rows, house_tables, migrate, rows, stores, trees
from comity.store import database as databases
from comity.store.database import Database

PART = 1000
"""Rows held at a time."""

Watch = Callable[[int], None]


class Root(NamedTuple):
    """What a log came to, from its leaves in the copy: the same as in the original."""

    log: str
    size: int
    root: str


class Copied(NamedTuple):
    store: str
    """`house`, or the agreement's id."""
    rows: int
    logs: tuple[Root, ...]


class Place(NamedTuple):
    """One store of a node, from where to where; an address of `None` is the file."""

    name: str
    store: str
    room: str
    head: str
    tables: MetaData
    path: Path
    source: str | None
    target: str | None


def places(directory: Path, house_at: str | None, agreements_at: Mapping[str, str], to: str | None) -> list[Place]:
    """The house and every agreement of the node in `directory`, each to be copied to `to`."""
    name = house_rows.NAME
    first = Place(name, name, name, house_tables.HEAD, house_tables.METADATA, directory / house.FILE, house_at, to)
    head, tables = agreement_tables.HEAD, agreement_tables.METADATA
    return [first] + [
        Place(
            one,
            agreement.store_of(one),
            agreement.ROOM,
            head,
            tables,
            agreement.path_of(directory, one),
            agreements_at.get(one),
            to,
        )
        for one in stores.names(directory, agreements_at)
    ]


def refuse_old(wanted: Iterable[Place]) -> None:
    """Raises `Refused` where any of the targets is there already: all are copied, or none is begun."""
    for place in wanted:
        if databases.is_there(place.path, place.target, place.store):
            raise Refused(
                f"the store of {place.name} is at the target already; nothing was copied",
                "choose another database, or move the old file or schema away",
            )


def count(place: Place) -> int:
    """How many rows are to be copied. Raises as opening does."""
    with _source(place) as source, source.reading() as reading:
        return sum(_count(reading, table) for table in place.tables.sorted_tables)


def copy(place: Place, watch: Watch) -> Copied:
    """Copies one store, compares every row and every log, and only then keeps it. Calls `watch` with the rows done.

    Raises `Refused` where the target is there already, `Broken` where anything differs; then nothing is kept.
    """
    target = databases.make(place.path, place.target, place.store)
    try:
        with target.writing() as writing, _source(place) as source, source.reading() as reading:
            migrate.create(writing, place.room, place.tables.tables["nameplate"], place.name)
            done = 0
            for table in place.tables.sorted_tables:
                done = _fill(reading, writing, table, done, watch)
            return Copied(place.name, done, compare(reading, writing, place))
    except BaseException:
        target.close()
        if place.target is None:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    place.path.with_name(place.path.name + suffix).unlink()
        raise
    finally:
        target.close()


@contextmanager
def _source(place: Place) -> Iterator[Database]:
    """The database that is copied, checked as at opening, closed at the end."""
    database = databases.find(place.path, place.source, place.store, "there is nothing to copy")
    try:
        with database.reading() as connection:
            nameplate = place.tables.tables["nameplate"]
            migrate.check(connection, place.head, nameplate, place.name, database.name)
        yield database
    finally:
        database.close()


def _fill(reading: Connection, writing: Connection, table: Table, done: int, watch: Watch) -> int:
    for part in _parts(reading, table):
        if table.name != "nameplate":
            rows.add(writing, table, [dict(zip(table.columns.keys(), row, strict=True)) for row in part])
        done += len(part)
        watch(done)
    return done


def compare(original: Connection, copied: Connection, place: Place) -> tuple[Root, ...]:
    """The logs that both have. Raises `Broken` naming the first table or log in which they differ."""
    for table in place.tables.sorted_tables:
        _compare(original, copied, table, place.name)
    return tuple(_roots(original, copied, place))


def _compare(reading: Connection, writing: Connection, table: Table, store: str) -> None:
    for n, (one, other) in enumerate(zip_longest(_rows(reading, table), _rows(writing, table)), 1):
        if one != other:
            raise Broken(f"{store}: row {n} of {table.name} is another one in the copy; nothing was kept there")


def _roots(reading: Connection, writing: Connection, place: Place) -> Iterator[Root]:
    """Every log from its leaves in the copy, against the tree that the original says it has."""
    leaf, stack = place.tables.tables["leaf"], place.tables.tables["stack"]
    found: dict[str, Tree] = {}
    first = 1 if "log" not in leaf.c else 0
    for log, leaves in groupby(_leaves(writing, leaf, place.name), key=lambda one: one[0]):
        whole = (digest for at, (_, n, digest) in enumerate(leaves, first) if n == at)
        found[log] = Tree().extend(whole)
    for log in reading.execute(select(stack.c.log).order_by(stack.c.log)).scalars():
        tree = trees.load(reading, stack, log)
        if found.get(log, Tree()) != tree:
            raise Broken(
                f"{place.name}: the leaves of the log {log!r} do not give the root it should have; nothing was kept",
                "run `comity ledger fsck` before you copy",
            )
        yield Root(log, tree.size, tree.root.hex())


def _leaves(connection: Connection, leaf: Table, only: str) -> Iterator[tuple[str, int, bytes]]:
    """Log, index and hash, in order; the house has one log, and does not name it."""
    columns = [leaf.c.log] if "log" in leaf.c else []
    query = select(*columns, leaf.c.n, leaf.c.hash).order_by(*columns, leaf.c.n).execution_options(yield_per=PART)
    with connection.execute(query) as result:
        for row in result:
            yield (row[0] if columns else only), row[-2], row[-1]


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    return (row for part in _parts(connection, table) for row in part)


def _parts(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=PART)
    with connection.execute(query) as result:
        for part in result.partitions():
            yield [tuple(row) for row in part]


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
