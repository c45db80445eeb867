"""Tree hashing of RFC 9162, section 2.1, with SHA-256.

A tree is known by its root; two short lists of hashes prove that a leaf is in it, or that an older tree is its
beginning. Everything works on leaf *hashes*: who hashes a leaf once never needs its bytes here again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (section 2.1.1)."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes. The prefix keeps anybody from passing two hashes off as a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """An append-only tree, kept as the roots of its complete subtrees: one for each bit of `size`, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError("a tree has one peak for each bit of its size")

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> "Tree":
        """The tree over the leaves' bytes, from the first one on."""
        return cls().extend(map(leaf_hash, leaves))

    def append(self, leaf: bytes) -> "Tree":
        """This tree and one leaf hash more."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> "Tree":
        """This tree and more leaf hashes, in their order. About a microsecond a leaf."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            peaks.append(leaf)
            size += 1
            merge = size
            while not merge & 1:  # each trailing zero bit says that two subtrees of one height have become one
                right = peaks.pop()
                peaks[-1] = node_hash(peaks[-1], right)
                merge >>= 1
        return Tree(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The subtrees joined from the right, where the smallest stand."""
        if not self.peaks:
            return EMPTY
        return reduce(lambda right, left: node_hash(left, right), reversed(self.peaks))


def root_of(hashes: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    return Tree().extend(hashes).root


def inclusion_proof(hashes: Sequence[bytes], index: int, size: int) -> list[bytes]:
    """What proves leaf `index` to be in the tree of the first `size` leaves (section 2.1.3.1): its siblings, upwards.

    `ValueError` when there is no such leaf: what to prove is our own choice.
    """
    if not 0 <= index < size <= len(hashes):
        raise ValueError(f"there is no leaf {index} in a tree of {size} leaves")
    return _siblings(_levels(hashes[:size]), index)


def inclusion_paths(hashes: Sequence[bytes]) -> list[bytes]:
    """Each leaf's proof in the tree of all of them, its hashes joined; every node is hashed once."""
    return _paths(_levels(hashes))


def consistency_proof(hashes: Sequence[bytes], old: int, new: int) -> list[bytes]:
    """What proves the tree of `old` leaves to be the beginning of that of `new` (section 2.1.4.1).

    Empty where nothing needs proof: the two are one, or the older is the empty tree.
    """
    if not 0 <= old <= new <= len(hashes):
        raise ValueError(f"there is no proof from {old} to {new} leaves: only {len(hashes)} are known")
    if old == 0:
        return []
    proof: list[bytes] = []
    start, end, whole = 0, new, True  # `whole`: the old tree itself is this subtree, so its root is known already
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(root_of(hashes[middle:end]))
            end = middle
        else:
            proof.append(root_of(hashes[start:middle]))
            start, whole = middle, False
    if not whole:
        proof.append(root_of(hashes[start:end]))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` leads from the leaf hash to `root` (section 2.1.3.2). Never raises."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    sides = _sides(index, size - 1)
    if len(sides) != len(proof):
        return False
    computed = leaf
    for left, sibling in zip(sides, proof, strict=True):
        computed = node_hash(sibling, computed) if left else node_hash(computed, sibling)
    return computed == root


def proven_paths(
    leaves: Sequence[bytes], indexes: Sequence[int], size: int, paths: Sequence[bytes | None], root: bytes
) -> list[bytes | None]:
    """For each of many leaves of one tree the path that proves it, its hashes joined; `None` where nothing does.

    Where all leaves are there in their order, each node is hashed once, and a path may be left out: `None`. A path that
    was left out of anything less proves nothing.
    """
    if leaves and len(leaves) == size and list(indexes) == list(range(size)):
        levels = _levels(leaves)
        if levels[-1] == [root]:
            return [ours if path in (None, ours) else None for path, ours in zip(paths, _paths(levels), strict=True)]
    return [
        path if path is not None and verify_inclusion(leaf, index, size, _split_path(path), root) else None
        for leaf, index, path in zip(leaves, indexes, paths, strict=True)
    ]


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether `proof` shows the old tree to be the beginning of the new (section 2.1.4.2). Never raises."""
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old in (0, new):  # nothing needs proof: every tree begins empty, and with itself
        return not proof and old_root == (new_root if old == new else EMPTY)
    node, last = old - 1, new - 1
    while node & 1:  # up to the largest complete subtree in which the old tree ends
        node, last = node >> 1, last >> 1
    path = list(proof) if node else [old_root, *proof]  # a complete old tree is itself that subtree
    sides = _sides(node, last)
    if len(sides) != len(path) - 1:
        return False
    as_old = as_new = path[0]
    for left, sibling in zip(sides, path[1:], strict=True):
        if left:  # what stands on the left of the old tree's edge is in both trees
            as_old, as_new = node_hash(sibling, as_old), node_hash(sibling, as_new)
        else:
            as_new = node_hash(as_new, sibling)
    return as_old == old_root and as_new == new_root


def _sides(node: int, last: int) -> list[bool]:
    """The way from a node to the root, where `last` is the last node at its height: whether each sibling is left."""
    sides: list[bool] = []
    while last:
        if node & 1 or node < last:
            sides.append(bool(node & 1))
        node, last = node >> 1, last >> 1  # a lone right edge has no sibling at this height: it only rises
    return sides


def _levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """All nodes by height: a node without a right neighbour rises as it is, which is the split of section 2.1.1."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        levels.append(above + below[len(above) * 2 :])
    return levels


def _paths(levels: Sequence[Sequence[bytes]]) -> list[bytes]:
    *below, top = levels
    paths = [b""] * len(top)
    for nodes in reversed(below):  # from the root down: a node's sibling stands before its parent's path
        paths = [nodes[i ^ 1] + paths[i >> 1] if i ^ 1 < len(nodes) else paths[i >> 1] for i in range(len(nodes))]
    return paths


def _split_path(path: bytes) -> list[bytes]:
    return [path[i : i + HASH_BYTES] for i in range(0, len(path), HASH_BYTES)]


def _siblings(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    places = (index >> height ^ 1 for height in range(len(levels)))
    return [nodes[place] for nodes, place in zip(levels, places, strict=True) if place < len(nodes)]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
