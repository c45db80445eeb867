"""What every store's check has in common: rows read as they stand, macs, bodies, trees. Nothing is repaired."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, select, type_coerce
from sqlalchemy.types import NullType

from comity.core.errors import ComityError
from comity.core.merkle import Tree
from comity.store import trees
from comity.store.bodies import DESTROYED, SEALED, Safe, fits, unseal
from comity.store.columns import AnySelect
from comity.store.keys import chunks
from comity.store.mac import MAC, covered, row_mac

PART = 1000
"""Rows held at a time."""

L = TypeVar("L")
R = TypeVar("R")


class Fault(NamedTuple):
    """One thing that does not fit: the table (`house.record`), the row's key, and what is wrong, for an officer."""

    table: str
    row: str
    what: str


def raw_rows(
    connection: Connection, table: Table, *order: ColumnElement[Any], only: Sequence[Column[Any]] | None = None
) -> Iterator[RowMapping]:
    """Every row with its values, or `only` some of them, as they are stored, whatever they have become."""
    columns = table.columns if only is None else only
    query: AnySelect = select(*[type_coerce(column, NullType()).label(column.name) for column in columns])
    streamed = query.order_by(*order).execution_options(yield_per=PART)
    with connection.execute(streamed) as result:
        for part in result.mappings().partitions():
            yield from part


def row_name(table: Table, row: RowMapping) -> str:
    """The row's primary key, readable even where it was damaged."""
    values = (str(row[column.name]) for column in table.primary_key.columns)
    return ", ".join(value.encode("utf-8", "backslashreplace").decode() for value in values)


def mac_faults(connection: Connection, table: Table, key: bytes, store: str) -> Iterator[Fault]:
    """Rows whose mac is not the one that the house's identity key gives."""
    names = covered(table)
    for row in raw_rows(connection, table):
        if row_mac(key, table.name, (row[name] for name in names)) != row[MAC]:
            yield Fault(f"{store}.{table.name}", row_name(table, row), "this row was changed: its mac does not fit")


def nameplate_faults(connection: Connection, table: Table, name: str, store: str) -> Iterator[Fault]:
    found = [str(row["name"]) for row in raw_rows(connection, table)]
    if found != [name]:
        yield Fault(f"{store}.nameplate", ", ".join(found), f"this file should be the store of {name}")


def body_faults(connection: Connection, table: Table, safe: Safe, store: str) -> Iterator[Fault]:
    """Bodies that do not open, do not fit their id, or have lost their key."""
    for part in chunks(raw_rows(connection, table), PART):
        sealed = [str(row["bid"]) for row in part if row["state"] == SEALED]
        wrapped = safe.keys.get(sealed)
        for row in part:
            what = _body_fault(row, safe, wrapped)
            if what is not None:
                yield Fault(f"{store}.{table.name}", row_name(table, row), what)


def _body_fault(row: RowMapping, safe: Safe, wrapped: dict[str, bytes]) -> str | None:
    bid, kept, state = row["bid"], row["bytes"], row["state"]
    if state == DESTROYED:
        return None if kept == b"" else "this body was destroyed, and there are bytes in its row"
    if state == SEALED and bid not in wrapped:
        return "its key is not in keys.db: it was destroyed after this copy of the store was made, or was lost"
    try:
        raw = unseal(safe, bid, kept, state, wrapped.get(bid))
    except (ComityError, TypeError, ValueError, UnicodeError) as error:
        return error.message if isinstance(error, ComityError) else "this row is not one that Comity wrote"
    return None if fits(safe, bid, raw, state) else "its bytes do not fit its id"


def key_faults(connection: Connection, table: Table, safe: Safe, store: str) -> Iterator[Fault]:
    """Wrapped keys that do not open under the body they are named for."""
    for row in raw_rows(connection, table):
        try:
            safe.cipher.unwrap(row["wrapped"], bytes.fromhex(row["bid"]))
        except (ComityError, TypeError, ValueError, UnicodeError):
            yield Fault(f"{store}.{table.name}", row_name(table, row), "this key does not open: it was changed")


def stored_trees(connection: Connection, table: Table) -> dict[str, Tree | None]:
    """Where each log's tree is said to stand; `None` for a row that makes no tree."""
    found: dict[str, Tree | None] = {}
    for row in raw_rows(connection, table):
        try:
            found[str(row["log"])] = Tree(row["size"], trees.split(row["peaks"]))
        except (TypeError, ValueError, AttributeError):
            found[str(row["log"])] = None
    return found


def paired(left: Iterable[tuple[Any, L]], right: Iterable[tuple[Any, R]]) -> Iterator[tuple[Any, L | None, R | None]]:
    """Two streams in the order of their keys, side by side; `None` where one lacks the key."""
    lefts, rights = iter(left), iter(right)
    one, two = next(lefts, None), next(rights, None)
    while one is not None or two is not None:
        if two is None or (one is not None and one[0] < two[0]):
            assert one is not None
            yield one[0], one[1], None
            one = next(lefts, None)
        elif one is None or two[0] < one[0]:
            yield two[0], None, two[1]
            two = next(rights, None)
        else:
            yield one[0], one[1], two[1]
            one, two = next(lefts, None), next(rights, None)
