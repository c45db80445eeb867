"""`ViewStore`: `views/<store>.db`, what the views of one agreement, or the national ones, serve."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from comity.release.shown import PostedRow, ShownRow, ViewRow
from comity.store import database as databases
from comity.store import migrate, rows
from comity.store.columns import ask_of, instant, maybe_micros, micros
from comity.store.database import Database
from comity.store.keys import chunks
from comity.store.view_pages import Pages, as_view
from comity.store.view_tables import HEAD, nameplate, posted, seen, shown, view

FOLDER = "views"
ROOM = "views"
ONLY, MIDDLE = 3, 0
RANKS = (0, 1, 2, 3)
IS_LAST, IS_FIRST = 1, 2


class ViewReader:
    """One consistent snapshot of the views."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def pages(self) -> Pages:
        """The pages of this snapshot."""
        return Pages(ask_of(self.connection), self.connection.dialect.name)

    def views(self) -> list[ViewRow]:
        return [as_view(row) for row in self.connection.execute(select(view).order_by(view.c.id))]

    def view(self, name: str) -> ViewRow | None:
        row = self.connection.execute(select(view).where(view.c.name == name)).one_or_none()
        return None if row is None else as_view(row)

    def of(self, view_id: int, ext_ids: Collection[str]) -> list[ShownRow]:
        """Every row of these things in the view."""
        found: list[ShownRow] = []
        for part in chunks(ext_ids):
            query = select(shown).where(shown.c.view == view_id, shown.c.ext_id.in_(part))
            found += [as_shown(row) for row in self.connection.execute(query)]
        return found

    def rids_of(self, view_id: int, ext_ids: Collection[str]) -> set[str]:
        """The records behind the rows of these things in the view."""
        found: set[str] = set()
        for part in chunks(ext_ids):
            query = select(shown.c.rid).where(shown.c.view == view_id, shown.c.ext_id.in_(part))
            found.update(self.connection.execute(query).scalars())
        return found

    def seen(self, view_id: int, keys: Collection[int], limit: int) -> list[ShownRow]:
        """The rows that stand under any of these keys, the newest first, `limit` at most."""
        under = select(seen.c.seq).where(seen.c.view == view_id, seen.c.key.in_(keys)).distinct()
        numbers = list(self.connection.execute(under.order_by(seen.c.seq.desc()).limit(limit)).scalars())
        found: list[ShownRow] = []
        for part in chunks(numbers):
            here = (shown.c.view == view_id) & shown.c.rank.in_(RANKS) & shown.c.seq.in_(part)
            found += [as_shown(row) for row in self.connection.execute(select(shown).where(here))]
        return sorted(found, key=lambda one: -one.seq)

    def posted(self, post_id: str) -> list[PostedRow]:
        """The parts of a post, in order; none where there is no such post."""
        query = select(posted).where(posted.c.id == post_id).order_by(posted.c.part)
        return [as_posted(row) for row in self.connection.execute(query)]

    def unread(self, limit: int) -> list[PostedRow]:
        """Of posts of which something is still to be read the first such part, the oldest first."""
        other = posted.alias()
        before = exists().where(other.c.id == posted.c.id, other.c.part < posted.c.part, other.c.unread > 0)
        query = select(posted).where(posted.c.unread > 0, ~before).order_by(posted.c.at, posted.c.id).limit(limit)
        return [as_posted(row) for row in self.connection.execute(query)]


class ViewTx(ViewReader):
    """One transaction. One writer gives out every sequence, in the order of commits (DECISIONS 13)."""

    def put_view(self, one: ViewRow) -> None:
        """Adds a view, or writes how far it has come."""
        values = {**_view_values(one), "name": one.name}
        if not self.connection.execute(update(view).where(view.c.id == one.id).values(values)).rowcount:
            self.connection.execute(insert(view).values(id=one.id, **values))

    def new_view(self, name: str) -> ViewRow:
        last = self.connection.execute(select(func.max(view.c.id))).scalar_one() or 0
        one = ViewRow(last + 1, name)
        self.put_view(one)
        return one

    def drop_view(self, view_id: int) -> None:
        self.connection.execute(delete(seen).where(seen.c.view == view_id))
        self.connection.execute(delete(shown).where(shown.c.view == view_id))
        self.connection.execute(delete(view).where(view.c.id == view_id))

    def show(self, view_id: int, fresh: Sequence[ShownRow]) -> None:
        """Adds rows, which come in the order of their sequence. A version that the view has already stays as it is."""
        names = [one.ext_id for one in fresh]
        there = self._known(view_id, set(names))
        simple: list[ShownRow] = []
        told: set[str] = set()
        others: list[ShownRow] = []
        for one in fresh:
            (others if one.ext_id in there or one.ext_id in told else simple).append(one)
            told.add(one.ext_id)
        rows.add(self.connection, shown, [_shown_values(view_id, one, ONLY) for one in simple])
        added = simple + [one for one in others if self._show_version(view_id, one)]
        under = [{"view": view_id, "key": key, "seq": one.seq} for one in added for key in one.keys]
        rows.add(self.connection, seen, sorted(under, key=lambda each: each["key"]))

    def hide(self, view_id: int, leaving: Iterable[ShownRow]) -> None:
        """Takes rows out; the versions that stay are the last and the first there are."""
        for one in leaving:
            here = (shown.c.view == view_id) & shown.c.rank.in_(RANKS) & (shown.c.seq == one.seq)
            rank = self.connection.execute(select(shown.c.rank).where(here)).scalar_one_or_none()
            if rank is None:
                continue
            self.connection.execute(delete(shown).where(here))
            self.connection.execute(delete(seen).where(seen.c.view == view_id, seen.c.seq == one.seq))
            if rank == IS_LAST:
                self._give(view_id, one.ext_id, IS_FIRST, IS_LAST)
            elif rank == IS_FIRST:
                self._give(view_id, one.ext_id, IS_LAST, IS_FIRST)

    def put_posted(self, one: PostedRow) -> None:
        """Keeps what became of a part of a post, or how it stands now."""
        here = (posted.c.id == one.id) & (posted.c.part == one.part)
        values = {"by": one.by, "at": micros(one.at), "upto": one.upto, "unread": one.unread, "bytes": one.body}
        if not self.connection.execute(update(posted).where(here).values(values)).rowcount:
            self.connection.execute(insert(posted).values(id=one.id, part=one.part, **values))

    def drop_posted(self, before: datetime) -> None:
        self.connection.execute(delete(posted).where(posted.c.at < micros(before)))

    def _known(self, view_id: int, ext_ids: Collection[str]) -> set[str]:
        """Those that the view has: each has exactly one row that is its last."""
        found: set[str] = set()
        for part in chunks(ext_ids):
            query = select(shown.c.ext_id).where(
                shown.c.view == view_id, shown.c.ext_id.in_(part), shown.c.rank.in_((IS_LAST, ONLY))
            )
            found.update(self.connection.execute(query).scalars())
        return found

    def _show_version(self, view_id: int, one: ShownRow) -> bool:
        """One more version of a thing: it is the last, the first, or between. False for one that stands there."""
        here = (shown.c.view == view_id) & (shown.c.ext_id == one.ext_id)
        same = select(shown.c.seq).where(here, shown.c.rank.in_(RANKS), shown.c.place == one.place)
        if self.connection.execute(same).first() is not None:
            return False
        ends = select(shown.c.rank, shown.c.place, shown.c.seq).where(here, shown.c.rank.in_((1, 2, 3)))
        by_rank = {rank: (place, seq) for rank, place, seq in self.connection.execute(ends)}
        last = by_rank.get(IS_LAST) or by_rank[ONLY]
        first = by_rank.get(IS_FIRST) or by_rank[ONLY]
        rank = MIDDLE
        if one.place > last[0]:
            rank = IS_LAST
            self._set(view_id, last[1], *((ONLY, IS_FIRST) if ONLY in by_rank else (IS_LAST, MIDDLE)))
        elif one.place < first[0]:
            rank = IS_FIRST
            self._set(view_id, first[1], *((ONLY, IS_LAST) if ONLY in by_rank else (IS_FIRST, MIDDLE)))
        rows.add(self.connection, shown, [_shown_values(view_id, one, rank)])
        return True

    def _give(self, view_id: int, ext_id: str, other: int, rank: int) -> None:
        """The rank that nobody has now goes to the next in the order of versions; one that is alone has both."""
        order = shown.c.place.desc() if rank == IS_LAST else shown.c.place
        here = (shown.c.view == view_id) & (shown.c.ext_id == ext_id)
        heir = self.connection.execute(
            select(shown.c.seq).where(here, shown.c.rank == MIDDLE).order_by(order).limit(1)
        ).scalar_one_or_none()
        if heir is not None:
            self._set(view_id, heir, MIDDLE, rank)
            return
        alone = self.connection.execute(select(shown.c.seq).where(here, shown.c.rank == other)).scalar_one()
        self._set(view_id, alone, other, ONLY)

    def _set(self, view_id: int, seq: int, before: int, rank: int) -> None:
        place = (shown.c.view == view_id) & (shown.c.rank == before) & (shown.c.seq == seq)
        self.connection.execute(update(shown).where(place).values(rank=rank))


class ViewStore:
    """The views of one store. What stands here is made from house and agreement, and can be made again."""

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = name

    @classmethod
    def open(cls, directory: Path, name: str, dsn: str | None = None) -> "ViewStore":
        """Makes an empty one where there is none. Raises `Refused` for another schema."""
        path, store = path_of(directory, name), f"{ROOM}_{name}"
        if not is_there(directory, name, dsn):
            with databases.kept(databases.make(path, dsn, store)) as database:
                with database.writing() as connection:
                    migrate.create(connection, ROOM, nameplate, name)
                return cls(database, name)
        with databases.kept(databases.find(path, dsn, store, "")) as database:
            with database.reading() as connection:
                migrate.check(connection, HEAD, nameplate, name, database.name)
            return cls(database, name)

    @contextmanager
    def begin(self) -> Iterator[ViewTx]:
        with self.database.writing() as connection:
            yield ViewTx(connection)

    @contextmanager
    def pages(self) -> Iterator[Pages]:
        with self.database.asking() as ask:
            yield Pages(ask, self.database.dialect)

    @contextmanager
    def reader(self) -> Iterator[ViewReader]:
        with self.database.reading() as connection:
            yield ViewReader(connection)

    def close(self) -> None:
        self.database.close()


def path_of(directory: Path, name: str) -> Path:
    return directory / FOLDER / f"{name}.db"


def is_there(directory: Path, name: str, dsn: str | None) -> bool:
    """Whether these views have been made."""
    return databases.is_there(path_of(directory, name), dsn, f"{ROOM}_{name}")


def _view_values(one: ViewRow) -> dict[str, object]:
    return {
        "terms": one.terms,
        "seq": one.seq,
        "added": micros(one.added),
        "upto": one.upto,
        "again": one.again,
        "until": one.until,
        "gone": one.gone,
        "good_until": maybe_micros(one.good_until),
    }


def as_posted(row: Sequence[Any]) -> PostedRow:
    number, part, by, at, upto, unread, raw = row
    return PostedRow(number, part, by, instant(at), upto, unread, raw)


def as_shown(row: Sequence[Any]) -> ShownRow:
    _, _, seq, ext_id, kind, version, place, spec, added, rid, bid, why, raw = row
    return ShownRow(seq, instant(added), ext_id, kind, version, place, spec, rid, bid, why, raw)


def _shown_values(view_id: int, one: ShownRow, rank: int) -> dict[str, object]:
    return {
        "view": view_id,
        "seq": one.seq,
        "ext_id": one.ext_id,
        "type": one.type,
        "version": one.version,
        "place": one.place,
        "spec": one.spec,
        "rank": rank,
        "added": micros(one.added),
        "rid": one.rid,
        "bid": one.bid,
        "why": one.why,
        "raw": one.raw,
    }
