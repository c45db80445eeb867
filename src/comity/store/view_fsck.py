"""The views of one store checked: each row against what it is made from, ranks, order, and the index of what is found.

Nothing is said of rows that are missing: a view that shows too little is made again, and tells nobody anything.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby, pairwise
from typing import TypeAlias

from sqlalchemy import Connection, RowMapping, exists, select

from comity.release.shown import PostedRow, ShownRow, ViewRow
from comity.store.columns import micros
from comity.store.faults import PART, Fault, nameplate_faults, raw_rows, row_name
from comity.store.keys import chunks
from comity.store.view_pages import as_view
from comity.store.view_tables import METADATA, nameplate, posted, seen, shown, view
from comity.store.views import IS_FIRST, IS_LAST, RANKS, ViewStore, as_posted, as_shown

Answer: TypeAlias = tuple[str | None, frozenset[int] | None]
"""What is wrong with a row, and the keys under which it should be found; `None` where that cannot be said."""
Judge: TypeAlias = Callable[[ViewRow, Sequence[ShownRow]], Sequence[Answer]]
"""Compares rows of a view with what they are made from, which is not this store's to know: one answer each."""
Views: TypeAlias = Mapping[object, ViewRow]


def faults(
    store: ViewStore,
    judging: Callable[[], AbstractContextManager[Judge]],
    post_fault: Callable[[PostedRow], str | None] = lambda _row: None,
) -> Iterator[Fault]:
    """Every fault of one store of views. Its source is opened after it, so that the source is never the older one.

    `post_fault` reads what became of a post, which this store does not.
    """
    name = f"views/{store.name}"
    with store.database.reading_anything() as connection:
        views: dict[object, ViewRow] = {}
        for row in raw_rows(connection, view):
            try:
                views[row["id"]] = as_view(tuple(row.values()))
            except (TypeError, ValueError, OverflowError):
                yield Fault(f"{name}.view", row_name(view, row), "this row is not one that Comity wrote")
        found = store.database.integrity(connection, METADATA)
        yield from (Fault(f"{name}.pages", "", what) for what in found)
        yield from nameplate_faults(connection, nameplate, store.name, name)
        with judging() as judge:
            yield from _source_faults(connection, name, views, judge)
        yield from _rank_faults(connection, name)
        yield from _order_faults(connection, name, views)
        yield from _progress_faults(connection, name, views)
        yield from _post_faults(connection, name, post_fault)
        yield from _lost_faults(connection, name)


def _source_faults(connection: Connection, name: str, views: Views, judge: Judge) -> Iterator[Fault]:
    ordered = raw_rows(connection, shown, shown.c.view, shown.c.rank, shown.c.seq)
    for number, group in groupby(ordered, key=lambda row: row["view"]):
        for part in chunks(group, PART):
            good: list[ShownRow] = []
            names: list[str] = []
            for row in part:
                one = _read(row) if number in views else None
                if one is None:
                    what = "this row is not one that Comity wrote" if number in views else "there is no such view"
                    yield Fault(f"{name}.shown", row_name(shown, row), what)
                    continue
                good.append(one)
                names.append(row_name(shown, row))
            answers = judge(views[number], good) if good else []
            for said, (wrong, _) in zip(names, answers, strict=True):
                if wrong is not None:
                    yield Fault(f"{name}.shown", said, wrong)
            keys = {one.seq: keys for one, (_, keys) in zip(good, answers, strict=True) if keys is not None}
            yield from _key_faults(connection, name, number, keys)


def _read(row: RowMapping) -> ShownRow | None:
    if not all(isinstance(row[name], int) for name in ("rank", "seq", "added")):
        return None
    try:
        return as_shown(tuple(row.values()))
    except OverflowError:
        return None


def _key_faults(
    connection: Connection, name: str, number: object, expected: Mapping[int, frozenset[int]]
) -> Iterator[Fault]:
    """What these rows are found under against what they say."""
    missing = {seq: set(keys) for seq, keys in expected.items()}
    for part in chunks(expected):
        query = select(seen.c.key, seen.c.seq).where(seen.c.view == number, seen.c.seq.in_(part))
        for key, seq in connection.execute(query.execution_options(yield_per=PART)):
            missing[seq].discard(key)
            if key not in expected[seq]:
                yield Fault(f"{name}.seen", f"{number}, {key}, {seq}", "its row says nothing that has this key")
    for seq, keys in missing.items():
        yield from (
            Fault(f"{name}.seen", f"{number}, {key}, {seq}", "this key of a row that is shown is missing")
            for key in sorted(keys)
        )


def _rank_faults(connection: Connection, name: str) -> Iterator[Fault]:
    """Each thing's versions in order: the first, the last and those between, each version once."""
    columns = (shown.c.view, shown.c.ext_id, shown.c.place, shown.c.seq, shown.c.rank)
    before: tuple[object, ...] = ()
    rows = raw_rows(connection, shown, *columns[:4], only=columns)
    for row, after in pairwise(_ended(rows)):
        assert row is not None
        thing = (row["view"], row["ext_id"])
        first, last = before[:2] != thing, after is None or (after["view"], after["ext_id"]) != thing
        if row["rank"] != first * IS_FIRST + last * IS_LAST:
            yield Fault(f"{name}.shown", row_name(shown, row), "its rank is not its place among the versions")
        if before == (*thing, row["place"]):
            yield Fault(f"{name}.shown", row_name(shown, row), "this version stands here twice")
        before = (*thing, row["place"])


def _ended(rows: Iterator[RowMapping]) -> Iterator[RowMapping | None]:
    yield from rows
    yield None


def _order_faults(connection: Connection, name: str, views: Views) -> Iterator[Fault]:
    """What was added later has the higher number, and neither is beyond the last that was given out."""
    columns = (shown.c.view, shown.c.added, shown.c.seq, shown.c.rank)
    last: tuple[object, int, int] = (None, 0, 0)
    for row in raw_rows(connection, shown, *columns[:3], only=columns):
        number, added, seq = row["view"], row["added"], row["seq"]
        if not isinstance(added, int) or not isinstance(seq, int):
            continue
        if last[0] != number:
            last = (number, -1, 0)
        if added <= last[1] or seq <= last[2]:
            yield Fault(f"{name}.shown", row_name(shown, row), "its number and when it was added are not in one order")
        if number in views and (seq > views[number].seq or added > micros(views[number].added)):
            yield Fault(f"{name}.shown", row_name(shown, row), "the view has not given out this number yet")
        last = (number, added, seq)


def _progress_faults(connection: Connection, name: str, views: Views) -> Iterator[Fault]:
    """How far a view says it has come against itself; of what it leaves out nothing is said."""
    for row in raw_rows(connection, view):
        one = views.get(row["id"])
        if one is not None and not (0 <= one.again <= one.until <= one.upto and one.seq >= 0 and one.gone >= 0):
            yield Fault(f"{name}.view", row_name(view, row), "how far this view has come does not hold together")


def _post_faults(connection: Connection, name: str, post_fault: Callable[[PostedRow], str | None]) -> Iterator[Fault]:
    for row in raw_rows(connection, posted):
        try:
            wrong = post_fault(as_posted(tuple(row.values())))
        except (TypeError, ValueError, OverflowError):
            wrong = "this row is not one that Comity wrote"
        if wrong is not None:
            yield Fault(f"{name}.posted", row_name(posted, row), wrong)


def _lost_faults(connection: Connection, name: str) -> Iterator[Fault]:
    there = exists().where(shown.c.view == seen.c.view, shown.c.rank.in_(RANKS), shown.c.seq == seen.c.seq)
    query = select(seen.c.view, seen.c.key, seen.c.seq).where(~there)
    for row in connection.execute(query.execution_options(yield_per=PART)).mappings():
        yield Fault(f"{name}.seen", row_name(seen, row), "there is no row that this key finds")
