"""Disks that fail as real ones do: the database itself says so, by settings that SQLite has for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from comity.acts.node import Node
from comity.store.agreement import AgreementStore
from comity.store.house import House
from comity.store.sqlite import Database

UNLIMITED = 4294967294


def databases(node: Node, agreement: str) -> dict[str, Database]:
    """The three files of a node, each by what stands in it."""
    house, store = node.house, node.agreements(agreement)
    assert isinstance(house, House)
    assert isinstance(store, AgreementStore)
    found = {"house": house.database, "keys": house.safe.keys.database, "agreement": store.database}
    for one in found.values():
        assert isinstance(one, Database)
    return found  # type: ignore[return-value]  # as just asserted


@contextmanager
def full(*found: Database) -> Iterator[None]:
    """Not one page more is to be had, as on a full disk."""
    with _set(found, "max_page_count", 1, UNLIMITED):
        yield


@contextmanager
def read_only(*found: Database) -> Iterator[None]:
    """Every write is refused, as on a disk that the system has mounted read-only."""
    with _set(found, "query_only", 1, 0):
        yield


@contextmanager
def _set(found: tuple[Database, ...], name: str, now: int, afterwards: int) -> Iterator[None]:
    def made(value: int) -> Any:
        return lambda raw, _record, _proxy: raw.cursor().execute(f"PRAGMA {name} = {value}").close()

    for value, until in ((now, True), (afterwards, False)):
        listener = made(value)
        for one in found:
            event.listen(one._engine, "checkout", listener)
        if until:
            bad = listener
            try:
                yield
            finally:
                for one in found:
                    event.remove(one._engine, "checkout", bad)
