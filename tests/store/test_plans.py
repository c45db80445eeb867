"""What is asked for each record or each turn is found by an index, however large the store: nothing walks a view."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from comity.store.agreement_reads import AgreementReader
from comity.store.house_reads import HouseReader
from comity.store.sqlite import COPIES
from tests.store.scene import AT, VIEW, Small

READS: dict[str, Callable[[AgreementReader], object]] = {
    "unreleased": lambda reader: reader.unreleased(VIEW, "", 10),
    "unreleased since": lambda reader: reader.unreleased(VIEW, "", 10, 3),
    "released_of": lambda reader: reader.released_of(VIEW, ["a", "b"]),
    "release_of": lambda reader: reader.release_of(VIEW, "a"),
    "release_by_handle": lambda reader: reader.release_by_handle("a"),
    "decided_of": lambda reader: reader.decided_of(["a", "b"]),
    "waiting_on": lambda reader: reader.waiting_on(VIEW, ["a"]),
    "outcome_of": lambda reader: reader.outcome_of("a"),
    "due": lambda reader: reader.due(AT, 8),
}
HOUSE: dict[str, Callable[[HouseReader], object]] = {
    "known": lambda house: house.known(["a", "b"]),
    "named": lambda house: house.named(["a", "b"]),
    "records": lambda house: house.records(["a", "b"]),
    "edges_of": lambda house: house.edges_of(["a", "b"]),
    "clashes": lambda house: house.clashes("feed", [("a", "1")]),
    "handles": lambda house: house.handles(["a", "b"]),
    "log_after": lambda house: house.log_after(3, 10),
}


@pytest.fixture
def full(tmp_path: Path) -> Small:
    small = Small(tmp_path)
    small.populate()
    return small


def asked(connection: Connection, read: Callable[[], object]) -> list[tuple[str, Any]]:
    """What `read` asks the database, with its values."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        found.append((statement, values))

    event.listen(connection.engine, "before_cursor_execute", note)
    try:
        read()
    finally:
        event.remove(connection.engine, "before_cursor_execute", note)
    return [one for one in found if one[0].startswith("SELECT")]


def plans(connection: Connection, read: Callable[[], object]) -> list[str]:
    """How SQLite would look for what `read` asks."""
    return [
        str(row[3])
        for statement, values in asked(connection, read)
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    ]


def walks(step: str) -> bool:
    """Whether this step reads more than was asked for: a whole table, or all that one view ever got."""
    return (step.startswith("SCAN") and "CONSTANT" not in step and "VALUES" not in step) or step.endswith("(view=?)")


@pytest.mark.parametrize("name", READS)
def test_an_agreements_reads_are_found_by_an_index(full: Small, name: str) -> None:
    with full.store.reader() as reader:
        steps = plans(reader.connection, lambda: READS[name](reader))
    assert steps
    assert [step for step in steps if walks(step)] == []


@pytest.mark.parametrize("name", HOUSE)
def test_the_houses_reads_are_found_by_an_index(full: Small, name: str) -> None:
    with full.house.reader() as house:
        steps = plans(house._connection, lambda: HOUSE[name](house))
    assert steps
    assert [step for step in steps if walks(step)] == []


def test_a_page_is_read_from_its_place_on(full: Small) -> None:
    with full.store.reader() as reader:
        rows = reader.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {COPIES}", (VIEW, 5, 10))
        steps = [str(row[3]) for row in rows]
    assert [step for step in steps if walks(step)] == []
