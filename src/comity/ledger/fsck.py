"""The check of what a store keeps, from the first leaf: every fault is a value, and none hides the next (law 7)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from comity.core.errors import ComityError
from comity.core.merkle import Tree, leaf_hash
from comity.ledger import note as notes
from comity.ledger.note import Checkpoint, Keys

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
