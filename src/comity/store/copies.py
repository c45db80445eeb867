"""Copies of a node's databases: made while it runs, and made to forget what was destroyed since (DECISIONS 3).

Agreements are copied before the house and keys last, so that nothing in a copy points ahead of another: a cursor never
stands beyond the house log, and every sealed body of that instant has its key. A copy is a file, wherever its original
stands: a file is copied page by page, a schema of a server row by row and compared.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import select, update

from comity.core.errors import Absent
from comity.core.merkle import Tree
from comity.store import agreement_tables, house, house_tables, keys, moving, sqlite, trees
from comity.store.agreement import FOLDER, names, path_of
from comity.store.bodies import DESTROYED, SEALED
from comity.store.key_tables import key
from comity.store.sqlite import Database

HOUSE = house.FILE
KEYS = keys.FILE
OLD = ".old"
Addresses = tuple[str | None, Mapping[str, str]]
"""Where the settings say that the house stands, and each agreement; a file where they name none."""
Heads = dict[str, dict[str, tuple[int, bytes]]]
"""File → log → size and root, as they stand in the copy."""


def size_of(directory: Path, at: Addresses) -> int | None:
    """Bytes that a copy of a node's databases will have, nearly; `None` where a server keeps any of them."""
    places = moving.places(directory, *at, None)
    if any(place.source is not None for place in places):
        return None
    return sum(place.path.stat().st_size for place in places if place.path.is_file())


def copy_stores(directory: Path, at: Addresses, into: Path, watch: Callable[[int], None]) -> Heads:
    """Copies house and agreements into an empty folder, each as it stands at one instant, while the node runs.

    Raises `Absent` or `Unreachable` where one of them is not to be had, `Broken` where a copy is not the same.
    """
    done, heads, known = 0, Heads(), None
    sqlite.make_directory(into / FOLDER)
    while known != (known := moving.places(directory, *at, None)):  # one that was imported meanwhile is copied too
        for place in [*known[1:], known[0]]:
            name = place.path.relative_to(directory).as_posix()
            (into / name).unlink(missing_ok=True)
            heads[name] = _copied(place, into / name, lambda more, before=done: watch(before + more))  # type: ignore[misc]  # the default binds it now
            done += (into / name).stat().st_size
    return heads


def replace_keys(source: Path, folder: Path) -> Path:
    """The newest copy of keys.db takes the place of the one before, which is overwritten: only one is ever kept."""
    sqlite.make_directory(folder)
    target, fresh, old = folder / KEYS, folder / f"{KEYS}.part", folder / f"{KEYS}{OLD}"
    fresh.unlink(missing_ok=True)
    sqlite.snapshot(source, fresh, lambda _: None)
    if target.exists():
        target.replace(old)
    fresh.replace(target)
    sqlite.sync(folder)
    if old.exists():
        _overwrite(old)
        old.unlink()
        sqlite.sync(folder)
    return target


def copy_keys(source: Path, into: Path) -> None:
    """A copy of keys.db for a restored node. Raises `Absent` where there is none."""
    if not source.is_file():
        raise Absent(f"there is no {source}", "name today's keys.db with --keys; without it nothing sealed can be read")
    sqlite.snapshot(source, into / KEYS, lambda _: None)


def forget(directory: Path) -> int:
    """Marks every sealed body as destroyed whose key is not in keys.db: it was destroyed after this copy was made.

    Answers how many. The bytes go too: a copy without its key says nothing, and is not kept either.
    """
    wrapped = Database(directory / KEYS, forgets=True)
    count = 0
    places = [(directory / HOUSE, house_tables.body)]
    places += [(path_of(directory, name), agreement_tables.body) for name in names(directory)]
    with wrapped.reading() as reading:
        known = set(reading.execute(select(key.c.bid)).scalars())
    wrapped.close()
    for path, body in places:
        database = Database(path)
        with database.writing() as connection:
            sealed = list(connection.execute(select(body.c.bid).where(body.c.state == SEALED)).scalars())
            for bid in (one for one in sealed if one not in known):
                connection.execute(update(body).where(body.c.bid == bid).values(bytes=b"", state=DESTROYED))
                count += 1
        database.close()
    return count


def _copied(place: moving.Place, target: Path, watch: Callable[[int], None]) -> dict[str, tuple[int, bytes]]:
    """Where each log stands in the copy."""
    if place.source is None:
        found = sqlite.snapshot(place.path, target, watch)
        standing = {log: Tree(size, trees.split(peaks)) for log, size, peaks in found}
        return {log: (tree.size, tree.root) for log, tree in standing.items()}
    copied = moving.copy(place._replace(path=target), lambda _rows: watch(target.stat().st_size))
    sqlite.close_log(target)
    return {root.log: (root.size, bytes.fromhex(root.root)) for root in copied.logs}


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
