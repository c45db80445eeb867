"""What the rows of views should be, told again from house and agreement: for the check of the books (law 7).

What the follower of a view has still to read is no fault, where its next pass puts it right by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace

from comity.acts import accesses, searching, seeing, showing
from comity.acts.node import Node
from comity.acts.offering import NATIONAL, offered_in
from comity.acts.ports import AgreementReader, HouseReader
from comity.core.errors import ComityError
from comity.records import Record, RecordState, ReleaseRow, ReleaseState
from comity.release.shown import ShownRow, ViewRow

Answer = tuple[str | None, frozenset[int] | None]
Judge = Callable[[ViewRow, Sequence[ShownRow]], list[Answer]]
DAMAGED = (ComityError, ValueError, TypeError, OverflowError)
NOTHING: frozenset[int] = frozenset()
"""The keys of a partner's view: nobody looks for anything in it."""


@contextmanager
def judging(node: Node, store: str) -> Iterator[Judge]:
    """What is wrong with rows of a store's views, and the keys they should have; `None` where that cannot be said."""
    if store == NATIONAL:
        with node.house.reader() as house:
            yield _each(_own_people(node, house))
    else:
        with node.agreements(store).reader() as reader:
            yield _each(Released(node, reader).answers)


class Released:
    """A partner's view shows live releases of that view, and nothing else."""

    def __init__(self, node: Node, reader: AgreementReader) -> None:
        self._node = node
        self._reader = reader

    def answers(self, view: ViewRow, rows: Sequence[ShownRow]) -> list[Answer]:
        found = self._reader.releases_at(view.name, {row.seq for row in rows})
        settled = view.gone == self._reader.void_count(view.name)
        clear = self._reader.clear([one.copy for one in found.values()])
        return [(self._fault(row, found.get(row.seq), clear, settled=settled), NOTHING) for row in rows]

    def _fault(
        self, row: ShownRow, release: ReleaseRow | None, clear: Mapping[str, bytes], *, settled: bool
    ) -> str | None:
        if release is None:
            return "nothing was released to this view under its number"
        if release.state is ReleaseState.VOID and settled:
            return "this release was taken back"
        shelf = seeing.shelf_of(self._node, release.kind, release.ext_id, release.ext_ver)
        if shelf is None:
            return "nothing of its kind is shown"
        named = (release.rid, release.copy, release.did)
        expected = showing.row_of(shelf, release.ext_id, release.seq, release.added, named, clear)
        return _unlike(row, expected, bytes_stand=release.state is ReleaseState.LIVE)


class OwnPeople:
    """A national view shows what is live in the house and what its audience may see, decided again here."""

    def __init__(self, node: Node, house: HouseReader) -> None:
        self._look = seeing.look_now(node, house, node.clock())
        self._known: dict[str, frozenset[str]] = {}
        self._open = {one.id: one for one in offered_in(node, house).definitions if one.audience is not None}

    def answers(self, view: ViewRow, rows: Sequence[ShownRow]) -> list[Answer]:
        look = self._look
        records = look.house.records({row.rid for row in rows})
        bids = [one.bid for one in records.values()]
        clear, raws = look.house.clear(bids), dict(zip(bids, look.house.serve(bids), strict=True))
        removed = self._removed(view)
        answers: list[Answer] = []
        for row in rows:
            record = records.get(row.rid)
            raw = None if record is None else raws[record.bid]
            keys = None if record is None or raw is None else searching.keys(look.node, record.kind, raw)
            answers.append((self._fault(view, row, record, clear, removed), keys))
        return answers

    def _fault(
        self, view: ViewRow, row: ShownRow, record: Record | None, clear: Mapping[str, bytes], removed: set[str]
    ) -> str | None:
        if record is None:
            return "the house has no such record"
        live = record.state is RecordState.LIVE
        if not live and record.n <= view.upto:
            return "its record is not live"
        shelf = seeing.shelf_of(self._look.node, record.kind, record.ext_id, record.ext_ver)
        if shelf is None:
            return "nothing of its kind is shown"
        named = (record.rid, record.bid, row.why)
        expected = showing.row_of(shelf, record.ext_id, row.seq, row.added, named, clear)
        if (unlike := _unlike(row, expected, bytes_stand=live)) is not None:
            return unlike
        if not self._may_stand(view, record, removed):
            return "its audience may not see this"
        return None if row.why in self._decided(view.name) else "no decision in the house ledger lets this be seen"

    def _decided(self, name: str) -> frozenset[str]:
        if name not in self._known:
            self._known[name] = accesses.known(self._look.house, name)
        return self._known[name]

    def _may_stand(self, view: ViewRow, record: Record, removed: set[str]) -> bool:
        """The decision of today, unless the follower has still to ask it: then the next pass takes the row away.

        A collection that has ended is served to nobody."""
        one = self._open.get(view.name)
        if one is None or record.n > view.upto or view.again < record.n <= view.until:
            return True
        lapsed = view.good_until is not None and view.good_until <= self._look.now
        if lapsed or view.terms != seeing.terms_of(self._look.rests, one):
            return True
        return record.rid not in removed and seeing.may_see(self._look, one, record) is not None

    def _removed(self, view: ViewRow) -> set[str]:
        removed, changes = showing.changes_of(self._look.node, self._look.house, view.name)
        return removed - {rid for rids, _ in changes[view.gone :] for rid in rids}


def _unlike(row: ShownRow, expected: ShownRow, *, bytes_stand: bool) -> str | None:
    if not bytes_stand:
        expected = replace(expected, raw=row.raw)
    told = (one.name for one in fields(ShownRow) if one.name != "keys")
    unlike = [name for name in told if getattr(row, name) != getattr(expected, name)]
    return f"not what it was made from: {', '.join(unlike)}" if unlike else None


def _each(judge: Judge) -> Judge:
    """The same, where one row of many whose source is damaged hides nothing about the others."""

    def answers(view: ViewRow, rows: Sequence[ShownRow]) -> list[Answer]:
        try:
            return judge(view, rows)
        except DAMAGED as error:
            if len(rows) > 1:
                return [answer for row in rows for answer in answers(view, [row])]
            return [_unread(error)]

    return answers


def _own_people(node: Node, house: HouseReader) -> Judge:
    """Where what every decision rests on is damaged, every row says so, and the check goes on."""
    try:
        return OwnPeople(node, house).answers
    except DAMAGED as error:
        answer = _unread(error)
        return lambda _, rows: [answer for _ in rows]


def _unread(error: Exception) -> Answer:
    said = error.message if isinstance(error, ComityError) else "it is damaged"
    return f"what it was made from cannot be read: {said}", None
