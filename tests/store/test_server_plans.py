"""A server, too, finds by an index what is asked for each record or each turn, once it has counted many rows."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import BigInteger, Connection, MetaData, Table
from sqlalchemy.dialects import postgresql

from comity.store import agreement_tables, house_tables, postgres
from comity.store.agreement import store_of
from comity.store.postgres import schema_of
from tests.store.raw import RawPostgres
from tests.store.scene import VIEW, Small
from tests.store.test_plans import HOUSE, READS, asked

pytestmark = pytest.mark.slow

COUNT = 2000
"""Rows made of each row: enough for a walk to cost more than an index."""
SAME = {"view", "mode", "lane", "state", "kind", "log", "source", "code", "outcome", "name", "mac"}
"""What many rows have in common in a real store."""
FEW = {"cursor", "stack", "nameplate"}
"""Tables that are small by their nature."""
Asked = list[tuple[str, Any]]


def more(table: Table) -> str:
    """SQL that makes many rows of each row, every one with keys of its own."""
    quote = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]  # untyped there
    values = []
    for column in table.columns:
        name = quote(column.name)
        if column.name in SAME or column.type.python_type not in (str, int):
            values.append(name)
        elif isinstance(column.type, BigInteger):
            values.append(f"{name} + 1000 * i")
        else:
            values.append(f"md5({name} || i)")
    answered = " WHERE receipt IS NOT NULL" if table.name == "outbox" else ""  # nearly all are, in a store that works
    return f"INSERT INTO {quote(table.name)} SELECT {', '.join(values)} FROM {quote(table.name)}, many{answered}"  # noqa: S608  # names of ours


def grow(small: Small, schema: str, tables: MetaData) -> None:
    """References are not looked at: these rows point nowhere."""
    assert small.dsn is not None
    many = f"CREATE TEMPORARY TABLE many AS SELECT generate_series(1, {COUNT}) AS i"
    rows = [more(table) for table in tables.sorted_tables if table.name not in FEW]
    RawPostgres(small.dsn, schema).run("; ".join([many, *rows, "ANALYZE"]))


def walks(connection: Connection, queries: Asked) -> Iterator[str]:
    """The tables that are read whole, or from a view's beginning."""
    for statement, values in queries:
        (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
        for node in nodes(plan["Plan"]):
            condition = node.get("Index Cond", "")
            if "Relation Name" in node and (not condition or condition.startswith("(view = ")):
                yield f"{node['Node Type']} of {node['Relation Name']}: {statement}"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def test_reads_on_a_server_are_found_by_an_index(served: Small) -> None:
    served.populate()
    with served.store.reader() as reader, served.house.reader() as house:
        agreement = {name: asked(reader.connection, lambda read=read: read(reader)) for name, read in READS.items()}  # type: ignore[misc]  # bound now
        of_house = {name: asked(house._connection, lambda read=read: read(house)) for name, read in HOUSE.items()}  # type: ignore[misc]  # bound now
    grow(served, schema_of(store_of(served.store.name)), agreement_tables.METADATA)
    grow(served, schema_of("house"), house_tables.METADATA)
    page = [(postgres.COPIES, (VIEW, 5, 10))]
    with served.store.reader() as reader, served.house.reader() as house:
        found = {name: list(walks(reader.connection, queries)) for name, queries in {**agreement, "page": page}.items()}
        found |= {name: list(walks(house._connection, queries)) for name, queries in of_house.items()}
        assert {name: steps for name, steps in found.items() if steps} == {}
        assert [*walks(reader.connection, [("SELECT rid FROM outcome", ())])] != [], "what walks is seen"
        assert [*walks(reader.connection, [("SELECT * FROM release WHERE view = 'LY' AND state = 'live'", ())])] != []
