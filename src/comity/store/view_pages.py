"""Pages of a view: each is found from its place on by an index, however many rows there are.

Hand-written, since it is one of the two paths where a layer less is felt: rows come as the driver reads them. A page
is the merge of a few keysets, one for each rank, instant and type that is asked for.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from comity.core import instants
from comity.core.errors import Malformed
from comity.release.collection import EVERY, FIRST, LAST, Wanted
from comity.store.columns import micros

ROWS = "SELECT seq, ext_id, version, added, spec, bid{raw} FROM shown{index} WHERE view = ? AND seq > ?"
AFTER = "SELECT seq FROM shown WHERE view = ? AND added <= ? ORDER BY added DESC LIMIT 1"
RANKS = {LAST: (3, 1), FIRST: (3, 2)}
BY_NAME, BY_PLACE = "ix_shown_view_ext_id_rank_place", "ix_shown_view_place_seq"
BY_ADDED, BY_TYPE = "ix_shown_view_added", "ix_shown_view_type_rank_seq"
SEVERAL = 400
"""Names in one statement."""

Row = tuple[Any, ...]
"""seq, ext_id, version, added, spec, body; and its bytes where they were asked for and stand here."""


@dataclass(frozen=True, slots=True)
class Keyset:
    """One condition beside view and sequence, and its values; its rows are in the order of their sequence.

    `index` is the one that finds them from their place on: SQLite would walk the view and look at each row.
    """

    condition: str
    values: tuple[Any, ...]
    index: str | None = None


def page(connection: Connection, view: int, wanted: Wanted, places: Sequence[str], *, bodies: bool) -> list[Row]:
    """The rows after the place that is asked for, one more than the limit. `places` are the versions that are instants.

    What is asked of one thing costs what it has versions; everything else costs what it answers.
    """
    after, limit, raw = wanted.after, wanted.limit + 1, ", raw" if bodies else ""
    if wanted.added_after is not None:
        last = run(connection, AFTER, (view, micros(wanted.added_after))).fetchone()
        after = max(after, last[0] if last else 0)
    found: list[list[Row]] = []
    for keyset in keysets(wanted, places):
        index = f" INDEXED BY {keyset.index}" if keyset.index and connection.dialect.name == "sqlite" else ""
        text = f"{ROWS.format(index=index, raw=raw)}{keyset.condition}{_spec(wanted)} ORDER BY seq LIMIT ?"
        values = (view, after, *keyset.values, *sorted(wanted.spec_versions), limit)
        found.append(run(connection, text, values).fetchall())
    if len(found) == 1:
        return found[0]
    rows = {row[0]: row for part in found for row in part}
    return [rows[seq] for seq in sorted(rows)[:limit]]


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
                yield Keyset(condition, (*part, *one.values, *types), BY_NAME)
        return
    kinds: list[str | None] = [*types] or [None]
    for kind in kinds:
        for one in _versions(wanted, places, merged=False):
            if kind is None:
                yield one
            else:
                yield Keyset(f" AND type = ?{one.condition}", (kind, *one.values), one.index or BY_TYPE)


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
        yield from (Keyset(" AND place = ?", (place,), BY_PLACE) for place in places)
        yield from (Keyset(" AND place = '' AND added = ?", (added,), BY_ADDED) for added in _instants(wanted))


def _instants(wanted: Wanted) -> list[int]:
    """Those among the versions, in microseconds: what has no version of its own goes by when it was added."""
    found: list[int] = []
    for one in sorted(wanted.versions - RANKS.keys() - {EVERY}):
        with suppress(Malformed):
            found.append(micros(instants.parse(one)))
    return found


def run(connection: Connection, text: str, values: Sequence[Any]) -> Any:
    """A cursor of the driver's own."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    if connection.dialect.name == "postgresql":
        return raw.cursor(binary=True).execute(text.replace("?", "%s"), tuple(values))
    return raw.cursor().execute(text, tuple(values))


def _spec(wanted: Wanted) -> str:
    return f" AND spec IN ({_marks(sorted(wanted.spec_versions))})" if wanted.spec_versions else ""


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
