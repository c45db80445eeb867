"""One altered byte in any column of any row of any content table is found, and its table is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from comity.records import CheckpointRow, InboxRow, OutboxRow
from comity.store import agreement_fsck, fsck
from comity.store.agreement_fsck import Signatures
from tests.store.scene import AGREEMENT, AT, DANA, Small, new_record

UNCOVERED = {("outbox", "next_at"), ("outbox", "attempts")}
"""Bookkeeping: when the next try is due, and how many there were."""

FILES = {"house": "house.db", "keys": "keys.db", AGREEMENT: f"agreements/{AGREEMENT}.db"}


def tables(path: Path) -> list[str]:
    with dbapi2.connect(path) as raw:
        query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'alembic_version' ORDER BY name"
        return [name for (name,) in raw.execute(query)]


def flipped(value: object) -> list[object]:
    """The value with one byte or bit changed, in the ways to try."""
    if isinstance(value, int):
        return [value ^ 1, value ^ (1 << 20)]
    if isinstance(value, str):
        return [chr(ord(value[0]) ^ 1) + value[1:], value[:-1] + chr(ord(value[-1]) ^ 1)] if value else ["x"]
    if isinstance(value, bytes):
        return [bytes([value[0] ^ 1]) + value[1:], value[:-1] + bytes([value[-1] ^ 0x80])] if value else [b"x"]
    return ["x"]


def cells(path: Path) -> Iterator[tuple[str, str, int, object]]:
    with dbapi2.connect(path) as raw:
        for table in tables(path):
            cursor = raw.execute(f'SELECT rowid, * FROM "{table}"')  # noqa: S608  # names from the schema
            names = [column[0] for column in cursor.description][1:]
            for row in cursor.fetchall():
                for name, value in zip(names, row[1:], strict=True):
                    yield table, name, row[0], value


def write(path: Path, table: str, column: str, rowid: int, value: object) -> int | None:
    """The row's id afterwards, which may be the very column; `None` where the database itself refuses the value."""
    raw = dbapi2.connect(path)
    try:
        raw.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (value, rowid))  # noqa: S608  # as above
        raw.commit()
        there = raw.execute(f'SELECT 1 FROM "{table}" WHERE rowid = ?', (rowid,)).fetchone()  # noqa: S608  # as above
    except dbapi2.IntegrityError:
        return None
    finally:
        raw.close()
    return rowid if there or not isinstance(value, int) else value


def test_an_untouched_node_has_no_fault(full: Small) -> None:
    """What the store writes, its check accepts, also after reopening."""
    assert list(fsck.faults(full.house, [full.store])) == []
    full.reopen()
    assert list(fsck.faults(full.house, [full.store])) == []


def test_every_content_table_has_a_row(full: Small) -> None:
    """The next test would say nothing about an empty table."""
    for file in FILES.values():
        seen = {table for table, *_ in cells(full.directory / file)}
        assert seen == set(tables(full.directory / file))


@pytest.mark.slow
@pytest.mark.parametrize("store", sorted(FILES))
def test_one_altered_byte_is_found_and_its_table_named(full: Small, store: str) -> None:
    """Every column of every row, by its first and its last byte."""
    path = full.directory / FILES[store]
    missed, changes = [], 0
    for table, column, rowid, value in list(cells(path)):
        if (table, column) in UNCOVERED:
            continue
        for other in flipped(value):
            now_at = write(path, table, column, rowid, other)
            if now_at is None:
                continue
            changes += 1
            faults = agreement_fsck.faults(full.store, None) if store == AGREEMENT else fsck.faults(full.house, [])
            found = {fault.table for fault in faults}
            if f"{store}.{table}" not in found:
                missed.append((table, column, rowid, value, other, found))
            write(path, table, column, now_at, value)
    assert missed == []
    assert changes > 10
    assert list(fsck.faults(full.house, [full.store])) == []


@pytest.mark.parametrize(
    ("store", "deleted", "named"),
    [
        ("house", "record WHERE n = 1", "record"),
        ("house", "log WHERE n = 8", "log"),
        ("house", "leaf WHERE n = 2", "leaf"),
        ("house", "edge WHERE rowid = 1", "edge"),
        ("house", "fact", "fact"),
        (AGREEMENT, "outcome WHERE pos = 3", "outcome"),
        (AGREEMENT, "release WHERE seq = 3", "outcome"),
        (AGREEMENT, "leaf WHERE log = 'out' AND n = 4", "leaf"),
        (AGREEMENT, "leaf WHERE log = 'decisions'", "stack"),
        (AGREEMENT, "outbox WHERE lane = 'ROUTINE' AND seq = 1", "outbox"),
    ],
)
def test_a_row_that_is_gone_is_missed(full: Small, store: str, deleted: str, named: str) -> None:
    """What a log, a batch or a chain speaks of cannot simply be left out."""
    raw = dbapi2.connect(full.directory / FILES[store])
    raw.execute(f"DELETE FROM {deleted}")  # noqa: S608  # from the table above
    raw.commit()
    raw.close()
    assert f"{store}.{named}" in {fault.table for fault in fsck.faults(full.house, [full.store])}


def test_a_log_cut_short_with_its_leaves_is_found(full: Small) -> None:
    """The stored tree still knows how long the log was."""
    raw = dbapi2.connect(full.directory / "house.db")
    raw.execute("DELETE FROM log WHERE n = 7")
    raw.execute("UPDATE log SET n = 7 WHERE n = 8")
    raw.execute("DELETE FROM leaf WHERE n = 8")
    raw.commit()
    raw.close()
    assert "house.log" in {fault.table for fault in fsck.faults(full.house, [])}


def test_a_record_set_back_to_an_older_line_is_found(full: Small) -> None:
    """A record that fits a line of the log, but not the last one about it, is a fault."""
    record = new_record(full.vault, "one")
    path = full.directory / "house.db"
    raw = dbapi2.connect(path)
    before = raw.execute("SELECT class, state, n, why FROM record WHERE rid = ?", (record.rid,)).fetchone()
    with full.house.begin() as tx:
        tx.relabel(record.rid, '{"level":"SECRET"}', DANA, AT, "it was too open")
    raw.execute("UPDATE record SET class = ?, state = ?, n = ?, why = ? WHERE rid = ?", (*before, record.rid))
    raw.commit()
    raw.close()
    assert {fault.table for fault in fsck.faults(full.house, [])} == {"house.record"}


def test_text_that_is_not_utf8_any_more_is_named(full: Small) -> None:
    """Damage that no reader could decode does not stop the check."""
    raw = dbapi2.connect(full.directory / "house.db")
    raw.execute("UPDATE record SET source = CAST(x'ff66' AS TEXT) WHERE n = 1")
    raw.execute("UPDATE log SET entry = CAST(x'ff66' AS TEXT) WHERE n = 2")
    raw.commit()
    raw.close()
    assert {"house.record", "house.log"} <= {fault.table for fault in fsck.faults(full.house, [])}


def test_signatures_are_checked_by_whoever_knows_how(full: Small) -> None:
    """The store asks; each envelope and checkpoint is shown once, and what is answered is a fault of its row."""
    seen: list[object] = []

    def outbox(row: OutboxRow) -> str | None:
        seen.append(row.digest)
        return "not signed by us" if row.seq == 2 else None

    def inbox(row: InboxRow) -> str | None:
        seen.append(row.digest)
        return None

    def checkpoint(row: CheckpointRow) -> str | None:
        seen.append(row.size)
        return "not signed by them"

    faults = list(fsck.faults(full.house, [full.store], Signatures(outbox, inbox, checkpoint)))
    assert [(fault.table, fault.what) for fault in faults] == [
        (f"{AGREEMENT}.outbox", "not signed by us"),
        (f"{AGREEMENT}.checkpoint", "not signed by them"),
    ]
    assert len(seen) == 6
