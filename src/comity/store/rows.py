"""Inserting many rows: the statement as SQLAlchemy writes it for the database, the values as the driver takes them.

Our columns hold plain numbers, texts and bytes, so nothing needs converting value by value; in bulk that is a third of
the time.
"""

from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert

MANY = 20
"""Rows from which on a stream is quicker than statements."""


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
def _statement(dialect: Dialect, table: Table) -> tuple[str, tuple[str, ...] | None]:
    """The text, and the order of its values where they are told apart by their place."""
    compiled = insert(table).compile(dialect=dialect)
    order = compiled.positiontup
    return str(compiled), None if order is None else tuple(order)
