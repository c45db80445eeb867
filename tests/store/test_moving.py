"""A node goes into PostgreSQL and back, and nothing differs: no row, no root, no seal."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection

from comity.core import ids
from comity.core.errors import Absent, Broken, Refused
from comity.store import database as databases
from comity.store import fsck, moving
from comity.store.agreement import AgreementStore
from comity.store.house import House
from comity.store.moving import Copied, Place
from comity.vault import Vault
from tests.store.scene import AGREEMENT, AT, DANA, VIEW, Small, new_record


@dataclass
class Moved:
    """A node as it stands at some address, opened for a look."""

    directory: Path
    vault: Vault
    dsn: str | None

    def look(self) -> tuple[dict[str, int], bytes, list[bytes], list[bytes]]:
        house = House.open(self.directory, self.vault, self.dsn)
        store = AgreementStore.open(self.directory, AGREEMENT, house.safe.keys, self.vault, self.dsn)
        assert list(fsck.faults(house, [store])) == []
        with house.reader() as reader, store.reader() as other:
            records = reader.records_after(0, 100)
            bodies = [reader.body(one.bid) for one in records]
            found = reader.counts(), reader.tree().root, bodies, list(other.stream_bytes(VIEW, 0, 10))
        house.close()
        store.close()
        return found


def carry(small: Small, source: str | None, target: str | None) -> list[Copied]:
    at = {} if source is None else {AGREEMENT: source}
    seen: list[int] = []
    copied = [moving.copy(place, seen.append) for place in moving.places(small.directory, source, at, target)]
    assert max(seen) == max(one.rows for one in copied)
    return copied


def test_there_and_back_again(embedded: Small, dsn: str) -> None:
    """Every table of both stores; what is sealed opens with the same keys.db, and the books are sound on both sides."""
    embedded.populate()
    embedded.close()
    there = carry(embedded, None, dsn)
    assert [one.store for one in there] == ["house", AGREEMENT]
    assert [root.log for root in there[1].logs] == ["decisions", "in", "out"]
    here = Moved(embedded.directory, embedded.vault, None).look()
    assert Moved(embedded.directory, embedded.vault, dsn).look() == here
    for path in (embedded.directory / "house.db", embedded.directory / "agreements" / f"{AGREEMENT}.db"):
        path.rename(path.with_suffix(".old"))
    assert carry(embedded, dsn, None) == there
    assert Moved(embedded.directory, embedded.vault, None).look() == here


def test_the_node_goes_on_where_it_was_carried(embedded: Small, dsn: str) -> None:
    """The next record has the next number."""
    embedded.populate()
    embedded.close()
    carry(embedded, None, dsn)
    house = House.open(embedded.directory, embedded.vault, dsn)
    with house.begin() as tx:
        next_ = new_record(embedded.vault, "next", sealed=True)
        assert tx.take([next_], DANA, AT) == [ids.placed(9, next_.identity)]
    assert list(fsck.faults(house, [])) == []
    house.close()


def test_nothing_is_copied_over_anything(embedded: Small, dsn: str) -> None:
    """A target that has a store already is refused before anything is copied; without a store nothing is to copy."""
    embedded.populate()
    embedded.close()
    carry(embedded, None, dsn)
    for source, target in ((None, dsn), (dsn, None)):
        places = moving.places(embedded.directory, source, {AGREEMENT: dsn} if source else {}, target)
        with pytest.raises(Refused, match="nothing was copied"):
            moving.refuse_old(places)
        with pytest.raises(Refused, match="exists already"):
            moving.copy(places[0], lambda _: None)
    with pytest.raises(Absent):
        moving.count(moving.places(embedded.directory / "none", None, {}, dsn)[0])


def test_a_copy_that_fails_leaves_nothing(embedded: Small, dsn: str) -> None:
    """Neither a half-filled schema nor a half-filled file: the same can be tried again."""
    embedded.populate()
    embedded.close()

    def stop(done: int) -> None:
        if done > 10:
            raise ZeroDivisionError

    (place, _) = moving.places(embedded.directory, None, {}, dsn)
    with suppress(ZeroDivisionError):
        moving.copy(place, stop)
    assert not databases.is_there(place.path, dsn, place.store)
    moving.copy(place, lambda _: None)
    place.path.rename(place.path.with_suffix(".old"))
    back = place._replace(source=dsn, target=None)
    with suppress(ZeroDivisionError):
        moving.copy(back, stop)
    assert not place.path.exists()
    moving.copy(back, lambda _: None)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE record SET why = 'because' WHERE n = 1", "record"),
        ("DELETE FROM edge WHERE pos = 0 AND rid = (SELECT min(rid) FROM edge)", "edge"),
        ("UPDATE leaf SET hash = decode(repeat('00', 32), 'hex') WHERE n = 2", "leaf"),
        ("INSERT INTO statement (sid, bytes) VALUES ('0', '0')", "statement"),
    ],
)
def test_a_copy_that_differs_is_found(embedded: Small, dsn: str, change: str, named: str) -> None:
    """One value, one row less, one row more: the table is named."""
    embedded.populate()
    embedded.close()
    (place, _) = moving.places(embedded.directory, None, {}, dsn)
    moving.copy(place, lambda _: None)
    with both(place) as (original, copied):
        assert moving.compare(original, copied, place)
        copied.exec_driver_sql("SET LOCAL session_replication_role = replica")
        copied.exec_driver_sql(change)
        with pytest.raises(Broken, match=named):
            moving.compare(original, copied, place)


@pytest.mark.parametrize(("store", "which"), [("house", 0), (AGREEMENT, 1)])
def test_books_that_do_not_fit_are_not_copied(embedded: Small, dsn: str, store: str, which: int) -> None:
    """Every row would be the same, and wrong: the leaves must give the root that the log had."""
    embedded.populate()
    embedded.close()
    embedded.raw(store).run("UPDATE leaf SET hash = zeroblob(32) WHERE n = 1")
    place = moving.places(embedded.directory, None, {}, dsn)[which]
    with pytest.raises(Broken, match="do not give the root"):
        moving.copy(place, lambda _: None)
    assert not databases.is_there(place.path, dsn, place.store)


@contextmanager
def both(place: Place) -> Iterator[tuple[Connection, Connection]]:
    """The original and its copy, open beside each other."""
    here = databases.find(place.path, None, place.store, "")
    there = databases.find(place.path, place.target, place.store, "")
    with here.reading() as original, there.writing() as copied:
        yield original, copied
    here.close()
    there.close()
