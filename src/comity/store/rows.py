"""Many rows at once: the statement as SQLAlchemy writes it for the database, the values as the driver takes them.

Our columns hold plain numbers, texts and bytes, so nothing needs converting value by value; in bulk that is a third of
the time.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Table, bindparam, insert

from comity.store.columns import AnyRow, AnySelect
from comity.store.keys import chunks

MANY = 20
"""Rows from which on a stream is quicker than statements."""
CHOSEN = "chosen"
_LIST = f"IN (__[POSTCOMPILE_{CHOSEN}])"


def is_chosen(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition by which a query for `chosen` says which column has the values."""
    return column.in_(bindparam(CHOSEN, expanding=True))


def chosen(connection: Connection, query: AnySelect, values: Iterable[Any], **beside: Any) -> Iterator[AnyRow]:
    """The rows of `query` for any number of values, some hundred at a time; `beside` are its other parameters.

    The query is a constant of its module: it is written for a database once. Its rows are as the driver has them.
    """
    text, order, fixed = _query(connection.dialect, query)
    given = {**fixed, **beside}
    for part in chunks(values):
        if order is None:
            yield from connection.exec_driver_sql(text, {**given, CHOSEN: part}).all()
        else:
            listed = text.replace(_LIST, f"IN ({', '.join('?' * len(part))})")
            placed = [part if name == CHOSEN else [given[name]] for name in order]
            yield from connection.exec_driver_sql(listed, tuple([value for one in placed for value in one])).all()


def add(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts the rows, each with every column of the table; none is no statement."""
    if not rows:
        return
    if len(rows) >= MANY and connection.dialect.name == "postgresql":
        from comity.store import postgres

        postgres.fill(connection, table, rows)
        return
    text, order = _statement(connection.dialect, table)
    values = rows if order is None else list(map(itemgetter(*order), rows))
    connection.exec_driver_sql(text, list(values))


@cache
def _query(dialect: Dialect, query: AnySelect) -> tuple[str, list[str] | None, dict[str, Any]]:
    """As `_statement`, and the values that stand in it; where they are told apart by name, a list is one value."""
    compiled = query.compile(dialect=dialect)
    order = compiled.positiontup
    text = str(compiled) if order is not None else str(compiled).replace(_LIST, f"= ANY(%({CHOSEN})s)")
    return text, order, dict(compiled.params)


@cache
def _statement(dialect: Dialect, table: Table) -> tuple[str, tuple[str, ...] | None]:
    """The text, and the order of its values where they are told apart by their place."""
    compiled = insert(table).compile(dialect=dialect)
    order = compiled.positiontup
    return str(compiled), None if order is None else tuple(order)
