"""Column types and values that mean the same in every database, and names for every constraint."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Connection, Integer, MetaData, Row, Select, Text

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""Sequences, sizes and instants: 64 bits everywhere."""

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts in the order of their code points everywhere, whatever language a server was set up in."""

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
Ask: TypeAlias = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Asks one statement, `?` for each value; rows come as the driver reads them."""
AnySelect: TypeAlias = Select[*tuple[Any, ...]]

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

MUTABLE = "mutable"
"""Key of a column's `info`: bookkeeping that no row mac covers."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def metadata() -> MetaData:
    return MetaData(naming_convention=NAMES)


def ask_of(connection: Connection) -> Ask:
    """Asks within the transaction of this connection."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    if connection.dialect.name == "postgresql":
        return lambda text, values: list(
            raw.cursor(binary=True).execute(text.replace("?", "%s"), tuple(values)).fetchall()
        )
    return lambda text, values: list(raw.cursor().execute(text, tuple(values)).fetchall())


def micros(instant: datetime) -> int:
    """Microseconds since 1970, UTC: exact, and in the order of time. A naive instant is a mistake of ours."""
    if instant.tzinfo is None:
        raise ValueError("an instant must carry its zone")
    return (instant - _EPOCH) // _MICROSECOND


def instant(stored: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stored)


def maybe_micros(value: datetime | None) -> int | None:
    return None if value is None else micros(value)


def maybe_instant(stored: int | None) -> datetime | None:
    return None if stored is None else instant(stored)
