"""An agreement's logs: leaves by index from 0, and where each tree stands.

"out" holds what we told the partner, "decisions" what each follower batch decided; both are only appended to. "in"
mirrors the partner's log and may have gaps: its tree is known as far as it is whole from the first leaf.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from comity.core.errors import Broken, Malformed
from comity.core.merkle import Tree, leaf_hash
from comity.records import CheckpointRow
from comity.store import rows, trees
from comity.store.agreement_rows import CHECKPOINT, as_checkpoint
from comity.store.agreement_tables import body, checkpoint, leaf, stack
from comity.store.bodies import Bodies, Safe
from comity.store.mac import with_mac

MIRROR = "in"
MAX_LEAF = 1024
"""Bytes; a leaf is a salted digest and what it is about, never content (DECISIONS 15)."""


class LogReader:
    """The logs and checkpoints of one store, inside one transaction."""

    def __init__(self, connection: Connection, safe: Safe) -> None:
        self.connection = connection
        self._safe = safe
        self._key = safe.cipher.identity_key
        self._bodies = Bodies(connection, body, safe)
        self._trees: dict[str, Tree] = {}

    def tree(self, log: str) -> Tree:
        """The tree over the leaves of `log` that are there without a gap, resumed without hashing."""
        if log not in self._trees:
            self._trees[log] = trees.load(self.connection, stack, log)
        return self._trees[log]

    def log_size(self, log: str) -> int:
        return self.tree(log).size

    def root(self, log: str) -> bytes:
        return self.tree(log).root

    def leaves(self, log: str, start: int, stop: int) -> list[tuple[int, bytes]]:
        """The leaves with indexes from `start` up to, not including, `stop`; a mirror's gaps are left out."""
        query = select(leaf.c.n, leaf.c.bytes).where(leaf.c.log == log, leaf.c.n >= start, leaf.c.n < stop)
        return [(n, raw) for n, raw in self.connection.execute(query.order_by(leaf.c.n))]

    def leaf_hashes(self, log: str, start: int, stop: int) -> list[bytes]:
        """As `leaves`, the hashes only, for proofs."""
        query = select(leaf.c.hash).where(leaf.c.log == log, leaf.c.n >= start, leaf.c.n < stop)
        return list(self.connection.execute(query.order_by(leaf.c.n)).scalars())

    def checkpoint(self, log: str, *, cosigned: bool) -> CheckpointRow | None:
        """The newest one of `log`; with `cosigned`, the newest that the other side signed too."""
        query = CHECKPOINT.where(checkpoint.c.log == log)
        if cosigned:
            query = query.where(checkpoint.c.cosigned)
        row = self.connection.execute(query.order_by(checkpoint.c.size.desc()).limit(1)).one_or_none()
        return None if row is None else as_checkpoint(row)

    def checkpoints(self, log: str) -> list[CheckpointRow]:
        """All of `log`, by size."""
        query = CHECKPOINT.where(checkpoint.c.log == log).order_by(checkpoint.c.size)
        return [as_checkpoint(row) for row in self.connection.execute(query)]


class LogTx(LogReader):
    """Where the trees stand is written once, with `save_trees`, before the transaction is committed."""

    def __init__(self, connection: Connection, safe: Safe) -> None:
        super().__init__(connection, safe)
        self._grown: set[str] = set()

    def append(self, log: str, leaves: Sequence[bytes]) -> int:
        """Adds leaves to a log of ours; answers the index of the first."""
        if log == MIRROR:
            raise ValueError("the mirror holds what the partner wrote: use put_mirror")
        if any(len(raw) > MAX_LEAF for raw in leaves):
            raise ValueError(f"a leaf is at most {MAX_LEAF} bytes")
        tree = self.tree(log)
        self._put_tree(log, tree.extend(self._insert(log, list(enumerate(leaves, tree.size)))))
        return tree.size

    def put_mirror(self, log: str, first: int, leaves: Sequence[bytes]) -> None:
        """Keeps what the partner says stands at index `first` and after; what is known already must be the same.

        Raises `Malformed` for a leaf that is too long, `Broken` where the partner's log was rewritten.
        """
        if first < 0 or any(len(raw) > MAX_LEAF for raw in leaves):
            raise Malformed(f"a leaf of the partner's log is longer than {MAX_LEAF} bytes, or stands before the first")
        known = dict(self.leaves(log, first, first + len(leaves)))
        for n, raw in enumerate(leaves, first):
            if known.get(n, raw) != raw:
                raise Broken(
                    f"the partner's log says something else now at position {n} than it did before",
                    "keep this database and the last checkpoint: they prove it",
                )
        hashes = self._insert(log, [(n, raw) for n, raw in enumerate(leaves, first) if n not in known])
        tree = self.tree(log)
        if first == tree.size and not known:
            tree = tree.extend(hashes)
        if first <= tree.size:
            self._put_tree(log, tree.extend(self._whole_from(log, tree.size)))

    def put_checkpoint(self, row: CheckpointRow) -> None:
        """Keeps a checkpoint; one of the same log and size is replaced, as when the other side's line is added."""
        values = {"log": row.log, "size": row.size, "note": row.note, "cosigned": row.cosigned}
        same = (checkpoint.c.log == row.log) & (checkpoint.c.size == row.size)
        self.connection.execute(checkpoint.delete().where(same))
        rows.add(self.connection, checkpoint, [with_mac(self._key, checkpoint, values)])

    def save_trees(self) -> None:
        for log in sorted(self._grown):
            trees.save(self.connection, stack, log, self._trees[log])
        self._grown.clear()

    def _put_tree(self, log: str, tree: Tree) -> None:
        self._trees[log] = tree
        self._grown.add(log)

    def _insert(self, log: str, leaves: Sequence[tuple[int, bytes]]) -> list[bytes]:
        hashes = [leaf_hash(raw) for _, raw in leaves]
        values = [
            {"log": log, "n": n, "hash": digest, "bytes": raw} for (n, raw), digest in zip(leaves, hashes, strict=True)
        ]
        rows.add(self.connection, leaf, values)
        return hashes

    def _whole_from(self, log: str, start: int) -> Iterator[bytes]:
        query = select(leaf.c.n, leaf.c.hash).where(leaf.c.log == log, leaf.c.n >= start).order_by(leaf.c.n)
        for expected, (n, digest) in enumerate(self.connection.execute(query), start):
            if n != expected:
                return
            yield digest
