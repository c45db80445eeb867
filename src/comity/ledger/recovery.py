"""A log beside what the other side holds of it: which leaves to take back, or why the two are not one history (law 7).

Pure values. `told` are leaves by position, each from a signed envelope or receipt; `notes` are verified checkpoints.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from comity.core.merkle import Tree, leaf_hash
from comity.ledger import leaf
from comity.ledger.note import Checkpoint


@dataclass(frozen=True, slots=True)
class Side:
    """One history: how many leaves, and the root over them in hex; empty where only the size is known."""

    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Fork:
    """Two histories of one log. `what` is the first thing in which they differ, for two people."""

    log: str
    what: str
    ours: Side
    theirs: Side


@dataclass(frozen=True, slots=True)
class History:
    """A log as it stands here: its name, its tree, a leaf by position, the tree over its first leaves."""

    origin: str
    tree: Tree
    leaf_at: Callable[[int], bytes | None]
    tree_at: Callable[[int], Tree]

    @property
    def side(self) -> Side:
        return Side(self.tree.size, self.tree.root.hex())


@dataclass(frozen=True, slots=True)
class Recovered:
    """The first `kept` leaves stay; `added` follow them, and at the positions `lost` only say that they are lost."""

    kept: int
    added: tuple[bytes, ...]
    lost: tuple[int, ...] = ()


def forked(here: History, told: Mapping[int, bytes], notes: Sequence[Checkpoint]) -> Fork | None:
    """Whether what is told contradicts what is here. Leaves that are not here yet contradict nothing."""
    differing = _differing(here, told)
    if differing is not None:
        return Fork(here.origin, f"leaf {differing} is not the same on both sides", here.side, _side(told, notes))
    size, end = here.tree.size, _end(here.tree.size, told)
    added = [told[n] for n in range(size, end)]
    return _unrooted(here.origin, _longer(here, size, added), end, here.side, notes)


def recover(
    here: History, told: Mapping[int, bytes], notes: Sequence[Checkpoint], *, adopt: bool = False
) -> Recovered | Fork:
    """What our own log must become to be the one that the other side mirrors.

    With `adopt` two people have decided that the other side's history stands: ours ends where the two part, and leaves
    that were signed and that neither side holds any more are said to be lost, each at its position. Without, both are
    a fork: a root was signed over them.
    """
    kept = here.tree.size
    differing = _differing(here, told)
    if differing is not None:
        if not adopt:
            return Fork(here.origin, f"leaf {differing} is not the same on both sides", here.side, _side(told, notes))
        kept = differing
    size = max([kept, *(n + 1 for n in told), *(note.size for note in notes)])
    lost = tuple(n for n in range(kept, size) if n not in told)
    if lost and not adopt:
        gap = next((n for n in range(lost[0], size) if n in told), size)
        what = f"leaves {lost[0]} to {gap - 1} were signed here, and neither side holds them any more"
        return Fork(here.origin, what, here.side, _side(told, notes))
    added = tuple(told.get(n) or leaf.write(leaf.Lost(n)) for n in range(kept, size))
    whole = lost[0] if lost else size
    return _unrooted(here.origin, _longer(here, kept, added), whole, here.side, notes) or Recovered(kept, added, lost)


def _end(size: int, told: Mapping[int, bytes]) -> int:
    """How far the first `size` leaves go on without a gap in what is told."""
    while size in told:
        size += 1
    return size


def _longer(here: History, kept: int, added: Sequence[bytes]) -> Callable[[int], Tree]:
    """The trees over the first `kept` leaves here and the leaves `added` to them."""

    def tree_at(size: int) -> Tree:
        if size <= kept:
            return here.tree_at(size)
        return here.tree_at(kept).extend(leaf_hash(raw) for raw in added[: size - kept])

    return tree_at


def _differing(here: History, told: Mapping[int, bytes]) -> int | None:
    """The first position where both sides have a leaf, and not the same one."""
    return next((n for n in sorted(told) if (here.leaf_at(n) or told[n]) != told[n]), None)


def _unrooted(
    origin: str, tree_at: Callable[[int], Tree], size: int, ours: Side, notes: Sequence[Checkpoint]
) -> Fork | None:
    for note in notes:
        if note.size <= size and tree_at(note.size).root != note.root:
            what = f"the root signed over the first {note.size} leaves is not that of the leaves here"
            return Fork(origin, what, ours, Side(note.size, note.root.hex()))
    return None


def _side(told: Mapping[int, bytes], notes: Sequence[Checkpoint]) -> Side:
    if notes:
        newest = max(notes, key=lambda note: note.size)
        return Side(newest.size, newest.root.hex())
    return Side(max(told) + 1, "")
