"""A log that grows, and the other side's log as it arrives here: what may be countersigned, and what is a fork.

Pure values. A store keeps leaves and notes; these say what the next rows are and what they prove (DECISIONS 15).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from comity.core.errors import Broken, Malformed, Refused
from comity.core.merkle import Tree, leaf_hash
from comity.ledger.note import MAX_SIZE, Checkpoint

MAX_AHEAD = 1_000_000
"""How far beyond the leaves still missing a mirror takes others; a sender further ahead has to be asked."""


def extend(tree: Tree, leaves: Sequence[bytes]) -> tuple[Tree, list[bytes]]:
    """The tree after these leaves' bytes, and their hashes for the rows `tree.size`, `tree.size + 1`, …"""
    hashes = [leaf_hash(leaf) for leaf in leaves]
    return tree.extend(hashes), hashes


@dataclass(frozen=True, slots=True)
class Mirror:
    """The other side's log as far as it is known here.

    `signed` is the tree at the size countersigned last (empty before the first); `later` the hashes of leaves from
    there on, by position, perhaps with gaps: lanes overtake each other, so leaves may come in any order.
    """

    origin: str
    signed: Tree = field(default_factory=Tree)
    later: Mapping[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, origin: str, rows: Iterable[tuple[int, bytes]], countersigned: int) -> "Mirror":
        """The mirror a store remembers: rows (position, leaf hash) in order, and the size countersigned last.

        Raises `Broken` when a row below that size is missing: it had been there.
        """
        signed: list[bytes] = []
        later: dict[int, bytes] = {}
        for n, hashed in rows:
            if n >= countersigned:
                later[n] = hashed
            elif n == len(signed):
                signed.append(hashed)
            else:
                break
        if len(signed) != countersigned:
            raise Broken(f"{origin}: leaf {len(signed)} is missing, though {countersigned} leaves were countersigned")
        return cls(origin, Tree().extend(signed), later)

    @property
    def size(self) -> int:
        """How many leaves are here without a gap."""
        size = self.signed.size
        while size in self.later:
            size += 1
        return size

    def take(self, first: int, hashes: Sequence[bytes]) -> "Mirror":
        """This mirror and the leaves at `first`, `first + 1`, … The same leaf twice is nothing new.

        Raises `Broken` for another leaf at a position that is taken, or one countersigned already (compare those with
        the stored rows before); `Malformed` for positions no log can have reached.
        """
        if first < 0 or first + len(hashes) > min(self.signed.size + len(self.later) + MAX_AHEAD, MAX_SIZE):
            raise Malformed(f"{self.origin}: leaves at position {first} are out of all bounds")
        later = dict(self.later)
        for n, hashed in enumerate(hashes, first):
            if n < self.signed.size:
                raise Broken(
                    f"{self.origin}: leaf {n} comes again, though the log was countersigned up to {self.signed.size}",
                    "the other side may have restored an old backup: speak with its office before anything goes on",
                )
            if later.setdefault(n, hashed) != hashed:
                raise Broken(
                    f"{self.origin}: two different leaves were sent for position {n}",
                    "keep both envelopes: together they prove it",
                )
        return Mirror(self.origin, self.signed, later)

    def countersigned(self, size: int) -> "Mirror":
        """This mirror once the checkpoint at `size` (see `countersign_at`) bears one's own line."""
        if not self.signed.size <= size <= self.size:
            raise ValueError(f"the mirror does not reach from {self.signed.size} to {size} without a gap")
        later = {n: hashed for n, hashed in self.later.items() if n >= size}
        return Mirror(self.origin, self.tree_at(size), later)

    def tree_at(self, size: int) -> Tree:
        """The tree over the first `size` leaves, between the size countersigned last and the first gap."""
        return self.signed.extend(self.later[n] for n in range(self.signed.size, size))


def countersign_at(mirror: Mirror, checkpoint: Checkpoint) -> int | None:
    """The size at which to put one's own line: the leaves here reproduce the checkpoint and begin with all signed yet.

    `None` while leaves below it are still on their way, and for one older than the last countersigned: no line then.
    Raises `Refused` for another log's checkpoint, `Broken` for a fork, naming both sizes and roots. The caller has
    verified the owner's signature (`note.verify`).
    """
    if checkpoint.origin != mirror.origin:
        raise Refused(f"this is a checkpoint of {checkpoint.origin}, not of {mirror.origin}")
    if checkpoint.size < mirror.signed.size or checkpoint.size > mirror.size:
        return None
    ours = mirror.tree_at(checkpoint.size)
    if ours.root != checkpoint.root:
        signed = mirror.signed
        raise Broken(
            f"{mirror.origin} has two histories: at {checkpoint.size} leaves its owner signed the root "
            f"{checkpoint.root.hex()}, but the leaves sent here give {ours.root.hex()} (countersigned last: "
            f"{signed.size} leaves, root {signed.root.hex()})",
            "keep the note and the envelopes: together they prove it",
        )
    return checkpoint.size
