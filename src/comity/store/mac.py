"""Row macs: what stands in a row, bound to its table under the house's identity key.

A mac says nothing to whoever lacks the key, and whoever lacks the key cannot alter a row and make it fit again.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table

from comity.core import keyed
from comity.store.batch import Value, encoded
from comity.store.columns import MUTABLE

MAC = "mac"


def row_mac(key: bytes, table: str, values: Iterable[Value]) -> bytes:
    """HMAC-SHA-256 over the table's name and the values, in the order of the table's columns."""
    return keyed.digest(key, b"comity/row/1/" + table.encode() + b"\x00" + encoded(values))


@cache
def covered(table: Table) -> tuple[str, ...]:
    """The columns that a table's row mac covers: all but the mac itself and mutable bookkeeping."""
    return tuple(column.name for column in table.columns if column.name != MAC and not column.info.get(MUTABLE))


def with_mac(key: bytes, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its mac. Every covered column must be in it."""
    return {**row, MAC: row_mac(key, table.name, (row[name] for name in covered(table)))}
