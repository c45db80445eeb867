"""The check of a store names every altered row by table and number, and does not stop at the first."""

from collections.abc import Sequence

import pytest

from comity.core.merkle import leaf_hash
from comity.ledger import leaf
from comity.ledger.fsck import Fault, check_log
from tests.ledger.scene import KEYS, checkpoint, origin, released

NAME = origin("AL")
LEAVES = [leaf.write(released(1, n)) for n in range(9)]
Rows = list[tuple[int, bytes, bytes]]
Notes = list[tuple[int, bytes]]
ROWS: Rows = [(n, leaf_hash(raw), raw) for n, raw in enumerate(LEAVES)]
NOTES: Notes = [(size, checkpoint("AL", LEAVES[:size], cosigned=size != 6)) for size in (0, 3, 6, 9)]


def check(rows: Sequence[tuple[int, bytes, bytes]], notes: Sequence[tuple[int, bytes]] = NOTES) -> list[Fault]:
    return check_log(NAME, iter(rows), iter(notes), KEYS)


def test_what_nobody_touched_has_no_fault() -> None:
    assert check(ROWS) == []
    assert check(ROWS, NOTES[::-1]) == []
    assert check([], NOTES[:1]) == []
    assert check(ROWS, []) == []


def flipped(raw: bytes, position: int) -> bytes:
    return raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]


def altered(n: int, position: int, *, column: str, rehash: bool = False) -> Rows:
    rows = list(ROWS)
    _, hashed, raw = rows[n]
    if column == "hash":
        rows[n] = (n, flipped(hashed, position), raw)
    else:
        raw = flipped(raw, position)
        rows[n] = (n, leaf_hash(raw) if rehash else hashed, raw)
    return rows


@pytest.mark.slow
def test_one_altered_byte_of_a_leaf_or_its_hash_is_named() -> None:
    for n, (_, hashed, raw) in enumerate(ROWS):
        expected = [Fault(f"{NAME} leaf {n}", "its bytes do not give the hash stored beside them")]
        for position in range(len(raw)):
            assert check(altered(n, position, column="bytes")) == expected
        for position in range(len(hashed)):
            assert check(altered(n, position, column="hash")) == expected


@pytest.mark.parametrize(("n", "first"), [(0, 3), (2, 3), (3, 6), (8, 9)])
def test_a_leaf_altered_together_with_its_hash_breaks_every_later_root(n: int, first: int) -> None:
    faults = check(altered(n, 5, column="bytes", rehash=True))
    assert [fault.where for fault in faults] == [f"{NAME} checkpoint {size}" for size in (3, 6, 9) if size >= first]
    assert all("the root signed is" in fault.what for fault in faults)


@pytest.mark.parametrize("number", range(1, len(NOTES)))
def test_one_altered_byte_of_a_checkpoint_is_named(number: int) -> None:
    size, raw = NOTES[number]
    for position in range(len(raw)):
        notes = [*NOTES[:number], (size, flipped(raw, position)), *NOTES[number + 1 :]]
        assert [fault.where for fault in check(ROWS, notes)] == [f"{NAME} checkpoint {size}"]


def test_every_fault_is_reported() -> None:
    rows = altered(1, 5, column="bytes")
    rows[7] = altered(7, 5, column="hash")[7]
    faults = check(rows, [NOTES[1], (6, b"x"), NOTES[3]])
    assert [fault.where for fault in faults] == [
        f"{NAME} checkpoint 6", f"{NAME} leaf 1", f"{NAME} leaf 7", f"{NAME} checkpoint 9"
    ]  # fmt: skip


TABLES: dict[str, tuple[Rows, list[str]]] = {
    "a row taken out": ([*ROWS[:4], *ROWS[5:]], ["leaf 4", "checkpoint 6", "checkpoint 9"]),
    "the last rows taken out": (ROWS[:7], ["checkpoint 9"]),
    "all rows taken out": ([], ["checkpoint 3", "checkpoint 6", "checkpoint 9"]),
    "a row twice": ([*ROWS[:4], *ROWS[3:]], ["leaf 4", "checkpoint 6", "checkpoint 9"]),
    "two rows exchanged": (
        [ROWS[0], ROWS[2], ROWS[1], *ROWS[3:]],
        ["leaf 1", "leaf 3", "checkpoint 3", "leaf 2", "checkpoint 6", "checkpoint 9"],
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_rows_taken_out_moved_or_doubled_are_named(case: str) -> None:
    rows, where = TABLES[case]
    found = [fault.where.removeprefix(NAME + " ") for fault in check(rows)]
    assert sorted(found) == sorted(where)


def test_a_log_cut_short_says_where_it_ends() -> None:
    assert [fault.what for fault in check(ROWS[:7])] == ["the log ends at 7 leaves: those up to 9 are gone"]


def test_a_checkpoint_in_the_wrong_row_is_named() -> None:
    assert [f.where for f in check(ROWS, [(5, NOTES[2][1])])] == [f"{NAME} checkpoint 5"]
    assert [f.where for f in check(ROWS, [(3, checkpoint("BO", LEAVES[:3]))])] == [f"{NAME} checkpoint 3"]


def test_a_fork_that_the_owner_signed_is_named() -> None:
    other = checkpoint("AL", [b"another history", *LEAVES[1:6]])
    faults = check(ROWS, [*NOTES, (6, other)])
    assert [fault.where for fault in faults] == [f"{NAME} checkpoint 6"]


def test_a_long_log_streams_by() -> None:
    leaves = [b"%d" % n for n in range(10_000)]
    rows = [(n, leaf_hash(raw), raw) for n, raw in enumerate(leaves)]
    notes = [(size, checkpoint("AL", leaves[:size])) for size in (9_000, 5_000)]
    assert check(rows, notes) == []
    rows[9_500] = (9_500, bytes(32), leaves[9_500])
    assert [fault.where for fault in check(rows, notes)] == [f"{NAME} leaf 9500"]
