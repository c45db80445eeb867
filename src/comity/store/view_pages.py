"""Pages of a view: each is found from its place on by an index, however many rows there are.

Hand-written, since it is one of the two paths where a layer less is felt: rows come as the driver reads them, and the
bytes of a page as the database joins them. A page is the merge of a few keysets, one for each rank, instant and type
that is asked for. Those of ranks and types have no row in common, so the database merges them and stops at the limit.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from comity.core import instants
from comity.core.errors import Malformed
from comity.release.collection import EVERY, FIRST, LAST, Contents, Wanted
from comity.release.shown import ViewRow
from comity.store.columns import Ask, instant, maybe_instant, micros

ENTRIES, BODIES = "seq, ext_id, version, added, spec", "seq, added, bid, raw"
AFTER = "SELECT seq FROM shown WHERE view = ? AND added <= ? ORDER BY added DESC LIMIT 1"
RANKS = {LAST: (3, 1), FIRST: (3, 2)}
BY_NAME, BY_PLACE = "ix_shown_view_ext_id_rank_place", "ix_shown_view_place_seq"
BY_ADDED, BY_TYPE = "ix_shown_view_added", "ix_shown_view_type_rank_seq"
SEVERAL = 400
"""Names in one statement."""
MERGED = 20
"""Keysets in one statement."""

JOINED = {"sqlite": "CAST(group_concat(raw, ',') AS BLOB)", "postgresql": "string_agg(raw, ','::bytea)"}
"""How bytes are joined."""
WITHIN = "view = ? AND seq > ?"

Row = tuple[Any, ...]
"""As `ENTRIES`; as `BODIES` where bytes are asked for, with no bytes where they do not stand here."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """One condition beside view and sequence, and its values; its rows are in the order of their sequence.

    `index` is the one that finds them from their place on: SQLite would walk the view and look at each row. `alone`:
    its rows may be another's, too, or come in no order.
    """

    condition: str
    values: tuple[Any, ...]
    index: str | None = None
    alone: bool = False

    def rows(self, columns: str, wanted: Wanted, dialect: str) -> str:
        index = f" INDEXED BY {self.index}" if self.index and dialect == "sqlite" else ""
        return f"SELECT {columns} FROM shown{index} WHERE {WITHIN}{self.condition}{_spec(wanted)}"  # noqa: S608  # names of ours


class Pages:
    """One consistent snapshot of a store's pages."""

    def __init__(self, ask: Ask, dialect: str) -> None:
        self._ask = ask
        self._dialect = dialect

    def standing(self, name: str) -> ViewRow | None:
        """The view of this name."""
        found = self._ask("SELECT * FROM view WHERE name = ?", (name,))
        return as_view(found[0]) if found else None

    def rows(self, view: ViewRow, wanted: Wanted, places: Sequence[str], *, bodies: bool) -> list[Row]:
        """The rows after the place that is asked for, one more than the limit. `places` are the versions that are
        instants.

        What is asked of one thing costs what it has versions; everything else costs what it answers.
        """
        after, limit = self._after(view.id, wanted), wanted.limit + 1
        if after >= view.seq:
            return []
        found = [
            self._ask(*self._merged(part, BODIES if bodies else ENTRIES, view.id, after, wanted, limit))
            for part in _together(keysets(wanted, places))
        ]
        if len(found) == 1:
            return found[0]
        rows = {row[0]: row for part in found for row in part}
        return [rows[seq] for seq in sorted(rows)[:limit]]

    def contents(self, view: ViewRow, wanted: Wanted, places: Sequence[str]) -> Contents | None:
        """The bytes of the same rows, joined by the database: a third of what it costs to join them here. `None` where
        some are sealed, or rows may be found twice."""
        after = self._after(view.id, wanted)
        if after >= view.seq:
            return Contents()
        parts = [*_together(keysets(wanted, places))]
        if len(parts) != 1:
            return None
        text, values = self._merged(parts[0], "seq, added, raw", view.id, after, wanted, wanted.limit)
        said = f"{JOINED[self._dialect]}, count(*), count(raw), min(added), max(added), max(seq)"
        ((joined, count, clear, first, last, seq),) = self._ask(f"SELECT {said} FROM ({text}) AS one", values)  # noqa: S608  # as above
        if clear < count:
            return None
        if not count:
            return Contents()
        more = count == wanted.limit and bool(self._ask(*self._merged(parts[0], "seq", view.id, seq, wanted, 1)))
        return Contents(joined, more, seq, first, last)

    def _after(self, view: int, wanted: Wanted) -> int:
        """The place behind which what is asked for begins."""
        if wanted.added_after is None:
            return wanted.after
        last = self._ask(AFTER, (view, micros(wanted.added_after)))
        return max(wanted.after, last[0][0]) if last else wanted.after

    def _merged(
        self, part: Sequence[Keyset], columns: str, view: int, after: int, wanted: Wanted, limit: int
    ) -> tuple[str, list[Any]]:
        text = " UNION ALL ".join(one.rows(columns, wanted, self._dialect) for one in part)
        specs = sorted(wanted.spec_versions)
        values = [value for one in part for value in (view, after, *one.values, *specs)]
        return f"{text} ORDER BY seq LIMIT ?", [*values, limit]


def as_view(row: Sequence[Any]) -> ViewRow:
    number, name, terms, seq, added, upto, again, until, gone, good = row
    return ViewRow(number, name, terms, seq, instant(added), upto, again, until, gone, maybe_instant(good))


def keysets(wanted: Wanted, places: Sequence[str]) -> Iterator[Keyset]:
    """The keysets that together hold everything that is asked for."""
    types = sorted(wanted.types)
    if wanted.ids:
        names = sorted(wanted.ids)
        for start in range(0, len(names), SEVERAL):
            part = names[start : start + SEVERAL]
            for one in _versions(wanted, places, merged=True):
                only = f" AND type IN ({_marks(types)})" if types else ""
                condition = f" AND ext_id IN ({_marks(part)}){one.condition}{only}"
                yield Keyset(condition, (*part, *one.values, *types), BY_NAME, alone=True)
        return
    kinds: list[str | None] = [*types] or [None]
    for kind in kinds:
        for one in _versions(wanted, places, merged=False):
            if kind is None:
                yield one
            else:
                yield Keyset(f" AND type = ?{one.condition}", (kind, *one.values), one.index or BY_TYPE, one.alone)


def _together(every: Iterator[Keyset]) -> Iterator[list[Keyset]]:
    """Those that one statement reads."""
    part: list[Keyset] = []
    for one in every:
        if one.alone or len(part) == MERGED:
            if part:
                yield part
            part = []
        part.append(one)
        if one.alone:
            yield part
            part = []
    if part:
        yield part


def _versions(wanted: Wanted, places: Sequence[str], *, merged: bool) -> Iterator[Keyset]:
    """A rank at a time where rows come from an index in order; all in one where they are few and sorted anyway."""
    if EVERY in wanted.versions:
        ranks: tuple[int, ...] = (0, 1, 2, 3)
    else:
        ranks = tuple(sorted({rank for word in wanted.versions & RANKS.keys() for rank in RANKS[word]}))
    if merged and ranks:
        yield Keyset(f" AND rank IN ({_marks(ranks)})", ranks)
    else:
        yield from (Keyset(" AND rank = ?", (rank,)) for rank in ranks)
    if EVERY not in wanted.versions:
        yield from (Keyset(" AND place = ?", (place,), BY_PLACE, alone=True) for place in places)
        yield from (
            Keyset(" AND place = '' AND added = ?", (added,), BY_ADDED, alone=True) for added in _instants(wanted)
        )


def _instants(wanted: Wanted) -> list[int]:
    """Those among the versions, in microseconds: what has no version of its own goes by when it was added."""
    found: list[int] = []
    for one in sorted(wanted.versions - RANKS.keys() - {EVERY}):
        with suppress(Malformed):
            found.append(micros(instants.parse(one)))
    return found


def _spec(wanted: Wanted) -> str:
    return f" AND spec IN ({_marks(sorted(wanted.spec_versions))})" if wanted.spec_versions else ""


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
