"""One altered byte in any column of any row of any content table is found, and its table is named."""

import pytest

from comity.records import CheckpointRow, InboxRow, OutboxRow
from comity.store import agreement_fsck, fsck
from comity.store.agreement_fsck import Signatures
from tests.store.raw import cells
from tests.store.scene import AGREEMENT, AT, DANA, Small, new_record

UNCOVERED = {("outbox", "next_at"), ("outbox", "attempts")}
"""Bookkeeping: when the next try is due, and how many there were."""

STORES = ("house", "keys", AGREEMENT)


def flipped(value: object) -> list[object]:
    """The value with one byte or bit changed, in the ways to try."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value ^ 1, value ^ (1 << 20)]
    if isinstance(value, str):
        return [chr(ord(value[0]) ^ 1) + value[1:], value[:-1] + chr(ord(value[-1]) ^ 1)] if value else ["x"]
    if isinstance(value, bytes):
        return [bytes([value[0] ^ 1]) + value[1:], value[:-1] + bytes([value[-1] ^ 0x80])] if value else [b"x"]
    return ["x", b"x", 1]


BETWEEN = {"doomed"}
"""Empty but between two steps of one act, and believed only where a body says the same."""


def test_an_untouched_node_has_no_fault(full: Small) -> None:
    """What the store writes, its check accepts, also after reopening."""
    assert list(fsck.faults(full.house, [full.store])) == []
    full.reopen()
    assert list(fsck.faults(full.house, [full.store])) == []


def test_every_content_table_has_a_row(full: Small) -> None:
    """The next test would say nothing about an empty table."""
    for store in STORES:
        raw = full.raw(store)
        assert {table for table, *_ in cells(raw)} == set(raw.tables()) - BETWEEN


@pytest.mark.slow
@pytest.mark.parametrize("store", STORES)
def test_one_altered_byte_is_found_and_its_table_named(full: Small, store: str) -> None:
    """Every column of every row, by its first and its last byte."""
    raw = full.raw(store)
    missed, changes = [], 0
    moved: dict[tuple[str, object], object] = {}
    for table, column, first, value in list(cells(raw)):
        if (table, column) in UNCOVERED:
            continue
        for other in flipped(value):
            there = raw.put(table, column, moved.get((table, first), first), other)
            if there is None:
                continue
            changes += 1
            faults = agreement_fsck.faults(full.store, None) if store == AGREEMENT else fsck.faults(full.house, [])
            found = {fault.table for fault in faults}
            if f"{store}.{table}" not in found:
                missed.append((table, column, first, value, other, found))
            moved[table, first] = raw.put(table, column, there, value)
    assert missed == []
    assert changes > 10
    assert list(fsck.faults(full.house, [full.store])) == []


@pytest.mark.parametrize(
    ("store", "deleted", "named"),
    [
        ("house", "record WHERE n = 1", "record"),
        ("house", "log WHERE n = 8", "log"),
        ("house", "leaf WHERE n = 2", "leaf"),
        ("house", "edge WHERE rid = (SELECT min(rid) FROM edge)", "edge"),
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
    full.raw(store).run(f"DELETE FROM {deleted}")  # noqa: S608  # from the table above
    assert f"{store}.{named}" in {fault.table for fault in fsck.faults(full.house, [full.store])}


def test_a_log_cut_short_with_its_leaves_is_found(full: Small) -> None:
    """The stored tree still knows how long the log was."""
    raw = full.raw("house")
    raw.run("DELETE FROM log WHERE n = 7")
    raw.run("UPDATE log SET n = 7 WHERE n = 8")
    raw.run("DELETE FROM leaf WHERE n = 8")
    assert "house.log" in {fault.table for fault in fsck.faults(full.house, [])}


def test_a_record_set_back_to_an_older_line_is_found(full: Small) -> None:
    """A record that fits a line of the log, but not the last one about it, is a fault."""
    identity = new_record(full.vault, "one").identity
    with full.house.reader() as house:
        rid = house.known([identity])[identity]
    raw = full.raw("house")
    (before,) = raw.run("SELECT class, state, n, why FROM record WHERE rid = ?", rid)
    with full.house.begin() as tx:
        tx.relabel(rid, '{"level":"SECRET"}', DANA, AT, "it was too open")
    raw.run("UPDATE record SET class = ?, state = ?, n = ?, why = ? WHERE rid = ?", *before, rid)
    assert {fault.table for fault in fsck.faults(full.house, [])} == {"house.record"}


def test_text_that_is_not_utf8_any_more_is_named(embedded: Small) -> None:
    """Damage that no reader could decode does not stop the check. PostgreSQL keeps no such text."""
    embedded.populate()
    raw = embedded.raw("house")
    raw.run("UPDATE record SET source = CAST(x'ff66' AS TEXT) WHERE n = 1")
    raw.run("UPDATE log SET entry = CAST(x'ff66' AS TEXT) WHERE n = 2")
    assert {"house.record", "house.log"} <= {fault.table for fault in fsck.faults(embedded.house, [])}


def test_a_reference_to_nothing_is_named(full: Small) -> None:
    """What the database itself would never let in is found, whoever brought it in."""
    full.raw("house").run("DELETE FROM body WHERE bid = (SELECT bid FROM record WHERE n = 1)")
    found = [fault.what for fault in fsck.faults(full.house, []) if fault.table == "house.pages"]
    assert found == ["a row of record points at a row of body that is not there"]


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
