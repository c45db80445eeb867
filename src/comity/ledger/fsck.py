"""The check of what a store keeps, from the first leaf: every fault is a value, and none hides the next (law 7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from comity.core.errors import ComityError, Malformed
from comity.core.merkle import Tree, leaf_hash
from comity.ledger import leaf as leaves_of
from comity.ledger import note as notes
from comity.ledger.leaf import Followed, House
from comity.ledger.note import Checkpoint, Keys

L = TypeVar("L")

RUN = 4096
"""How many hashes are held at a time while a log streams by."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not fit. `where` names the table and the row, or the file; `what` is for an officer."""

    where: str
    what: str


def check_log(
    name: str,
    leaves: Iterable[tuple[int, bytes, bytes]],
    checkpoints: Iterable[tuple[int, bytes]],
    keys: Keys,
) -> list[Fault]:
    """Every fault of the log `name` (its origin line): rows (n, hash, bytes), in order, against all notes over it.

    A note must be signed by the log's owner, and by whoever else has a line on it, under `keys`. Each leaf is hashed
    anew: what is stored beside it is only compared.
    """
    faults: list[Fault] = []
    seen = sorted(_read_notes(name, checkpoints, keys, faults), key=lambda checkpoint: checkpoint.size)
    counted, stored = Tree(), Tree()
    rows = _check_rows(name, leaves, faults)
    for checkpoint in seen:
        counted, stored = _advance(rows, counted, stored, checkpoint.size)
        where = f"{name} checkpoint {checkpoint.size}"
        if counted.size < checkpoint.size:
            faults.append(
                Fault(where, f"the log ends at {counted.size} leaves: those up to {checkpoint.size} are gone")
            )
        elif checkpoint.root not in (counted.root, stored.root):
            # Where the stored hashes fit, a leaf's bytes were changed, and that leaf is named already.
            faults.append(
                Fault(where, f"the root signed is {checkpoint.root.hex()}, the leaves give {counted.root.hex()}")
            )
    _advance(rows, counted, stored, None)
    return faults


def check_decisions(
    name: str, leaves: Iterable[tuple[int, bytes]], outcomes: Mapping[int, Sequence[tuple[str, str, str]]]
) -> list[Fault]:
    """Every fault of a log of decisions: its leaves (n, bytes) against the rows (rid, did, outcome) of batch n.

    Batch n is the one whose `Followed` leaf stands at position n; each begins where the one before ended.
    """
    faults: list[Fault] = []
    cursor: int | None = None
    known = set()
    for n, raw in leaves:
        known.add(n)
        where, rows = f"{name} leaf {n}", list(outcomes.get(n, ()))
        leaf = _read_leaf(where, raw, Followed, faults)
        if leaf is None:
            cursor = None
            continue
        if leaf.upto < leaf.after or (cursor is not None and leaf.after != cursor):
            faults.append(
                Fault(where, f"it decides entries {leaf.after} to {leaf.upto}, but the last one ended at {cursor}")
            )
        cursor = leaf.upto
        if leaf.count != len(rows):
            faults.append(Fault(f"{name} batch {n}", f"it has {len(rows)} outcomes, its leaf says {leaf.count}"))
        elif leaves_of.batch_root(rows) != leaf.root:
            faults.append(Fault(f"{name} batch {n}", "an outcome in it was changed: its leaf has another root"))
    faults += [Fault(f"{name} batch {n}", "no leaf speaks of these outcomes") for n in sorted(set(outcomes) - known)]
    return faults


def check_house(name: str, leaves: Iterable[tuple[int, bytes]], rows: Mapping[int, bytes], key: bytes) -> list[Fault]:
    """Every fault of the house log: its leaves (position, bytes) against the rows' exact bytes by entry number."""
    faults: list[Fault] = []
    known = set()
    for position, raw in leaves:
        where = f"{name} leaf {position}"
        leaf = _read_leaf(where, raw, House, faults)
        if leaf is None:
            continue
        known.add(leaf.n)
        row = rows.get(leaf.n)
        if row is None:
            faults.append(Fault(f"{name} entry {leaf.n}", "the entry is gone, but its leaf is there"))
        elif leaves_of.row_mac(key, row) != leaf.row:
            faults.append(Fault(f"{name} entry {leaf.n}", "the entry was changed: its leaf has another digest"))
    faults += [Fault(f"{name} entry {n}", "no leaf speaks of this entry") for n in sorted(set(rows) - known)]
    return faults


def _read_notes(
    name: str, checkpoints: Iterable[tuple[int, bytes]], keys: Keys, faults: list[Fault]
) -> Iterator[Checkpoint]:
    for size, raw in checkpoints:
        where = f"{name} checkpoint {size}"
        try:
            checkpoint = notes.verify(notes.parse(raw), keys)
        except ComityError as error:
            faults.append(Fault(where, error.message))
            continue
        if (checkpoint.origin, checkpoint.size) != (name, size):
            faults.append(Fault(where, f"this row holds the checkpoint {checkpoint.size} of {checkpoint.origin}"))
        else:
            yield checkpoint


def _check_rows(
    name: str, leaves: Iterable[tuple[int, bytes, bytes]], faults: list[Fault]
) -> Iterator[tuple[bytes, bytes]]:
    """Each leaf's hash as computed and as stored; a gap or a wrong hash is a fault and goes on."""
    awaited = 0
    for n, stored, raw in leaves:
        if n != awaited:
            faults.append(
                Fault(f"{name} leaf {awaited}", f"the next row is leaf {n}: rows are missing, twice or moved")
            )
        awaited = n + 1
        computed = leaf_hash(raw)
        if computed != stored:
            faults.append(Fault(f"{name} leaf {n}", "its bytes do not give the hash stored beside them"))
        yield computed, stored


def _advance(rows: Iterator[tuple[bytes, bytes]], counted: Tree, stored: Tree, size: int | None) -> tuple[Tree, Tree]:
    """Both trees at `size`, or as far as there are rows; `None` reads all that is left."""
    while size is None or counted.size < size:
        want = RUN if size is None else min(RUN, size - counted.size)
        run = [row for _, row in zip(range(want), rows, strict=False)]
        if not run:
            break
        counted = counted.extend(computed for computed, _ in run)
        stored = stored.extend(hashed for _, hashed in run)
    return counted, stored


def _read_leaf(where: str, raw: bytes, kind: type[L], faults: list[Fault]) -> L | None:
    try:
        leaf = leaves_of.parse(raw)
    except Malformed as error:
        faults.append(Fault(where, error.message))
        return None
    if not isinstance(leaf, kind):
        faults.append(Fault(where, "a leaf of this kind does not belong in this log"))
        return None
    return leaf
