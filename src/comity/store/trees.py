"""Where a log's tree stands, as a row: resumed at once, whatever the log's length. fsck recomputes it."""

from sqlalchemy import Connection, Table, delete, insert, select

from comity.core.errors import Broken
from comity.core.merkle import HASH_BYTES, Tree


def load(connection: Connection, stack: Table, log: str) -> Tree:
    """The tree of `log` as far as it is whole from its first leaf. Raises `Broken` for a row that makes no tree."""
    row = connection.execute(select(stack.c.size, stack.c.peaks).where(stack.c.log == log)).one_or_none()
    if row is None:
        return Tree()
    try:
        return Tree(row.size, split(row.peaks))
    except ValueError:
        raise Broken(
            f"the stored tree of the log {log!r} has the wrong number of hashes", "run `comity fsck`"
        ) from None


def save(connection: Connection, stack: Table, log: str, tree: Tree) -> None:
    connection.execute(delete(stack).where(stack.c.log == log))
    connection.execute(insert(stack).values(log=log, size=tree.size, peaks=b"".join(tree.peaks)))


def split(peaks: bytes) -> tuple[bytes, ...]:
    return tuple(peaks[i : i + HASH_BYTES] for i in range(0, len(peaks), HASH_BYTES))
