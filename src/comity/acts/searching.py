"""Whether we or our partners have seen something, out of what the asker may see and out of nothing else.

Every view has an index of its own, under keyed digests: it says nothing without the house's key, and what an asker's
views do not show cannot change an answer (law 4).
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from comity.acts import seeing
from comity.acts.node import Node, kind_named
from comity.acts.offering import NATIONAL, offered_in
from comity.acts.ports import HouseReader
from comity.core.errors import Absent
from comity.records import Principal, Record
from comity.release import sought
from comity.release.offered import Definition
from comity.release.shown import ShownRow

MOST = 1000
"""Rows of a view that are compared for one answer, the newest first."""
KEY_BYTES = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One version of a thing: what it is called, who gave it, and which collections of the asker's show it."""

    ext_id: str
    version: str
    type: str
    title: str
    source: str
    record: str
    added: datetime
    collections: tuple[str, ...]


def key_of(node: Node, term: str) -> int:
    """The keyed digest under which a term stands in an index."""
    said = hmac.digest(node.vault.identity_key, b"comity/seen/1/" + term.encode("utf-8", "surrogatepass"), "sha256")
    return int.from_bytes(said[:KEY_BYTES], signed=True)


def observing(node: Node, kind: str) -> Callable[[str, bytes], Iterable[str]] | None:
    """How the field of a kind says what a thing shows."""
    return next((annex.observed for annex in node.annexes if annex.field == kind.partition(".")[0]), None)


def keys(node: Node, kind: str, raw: bytes) -> frozenset[int]:
    """Those under which a thing of this kind is found again; none for a field in which nothing is looked for."""
    seen = observing(node, kind)
    if seen is None:
        return frozenset()
    return frozenset(key_of(node, term) for text in seen(kind, raw) for term in sought.terms(text))


def find(node: Node, text: str, by: Principal, collection: str | None = None) -> list[Found]:
    """What shows `text`, the newest first, in the collections that name `by` among their people. Raises `Absent` where
    none does, `Malformed` for what is too wide to be looked for, `Unreachable` while one is being asked again."""
    wanted = [key_of(node, term) for term in sorted(sought.asked(text))]
    found: dict[tuple[str, str], Found] = {}
    with node.views(NATIONAL).reader() as reader, node.house.reader() as house:
        chosen, now = _open_to(node, house, by, collection), node.clock()
        terms = seeing.standing(node, house, chosen, now).terms
        for one in chosen:
            view = reader.view(one.id)
            if view is not None:
                seeing.check_stands(view, terms[one.id], now)
            rows = [] if view is None else reader.seen(view.id, wanted, MOST)
            records = house.records([row.rid for row in rows])
            for row, raw in zip(rows, house.serve([row.bid for row in rows]), strict=True):
                if raw is None or not _shows(node, records[row.rid], raw, text):
                    continue
                place = one.alias or one.title
                told = found.get((row.ext_id, row.version)) or _told(node, records[row.rid], row, raw)
                found[row.ext_id, row.version] = replace(told, collections=(*told.collections, place))
    return sorted(found.values(), key=lambda one: one.added, reverse=True)


def _open_to(node: Node, house: HouseReader, by: Principal, collection: str | None) -> list[Definition]:
    person = by.id.partition(":")[2]
    mine = [
        one for one in offered_in(node, house).definitions if one.audience is not None and person in one.audience.people
    ]
    chosen = [one for one in mine if collection is None or collection in (one.alias, one.id, one.title)]
    if not chosen:
        which = "no collection" if collection is None else f"no collection {collection!r}"
        raise Absent(f"{which} is open to {person}", "comity collection list; an operator adds people to one")
    return chosen


def _shows(node: Node, record: Record, raw: bytes, text: str) -> bool:
    """Whether the thing itself says so: digests that are cut short may agree by chance, networks by their size."""
    seen = observing(node, record.kind)
    return seen is not None and any(sought.meets(text, one) for one in seen(record.kind, raw))


def _told(node: Node, record: Record, row: ShownRow, raw: bytes) -> Found:
    kind = kind_named(node.annexes, record.kind)
    title = kind.describe(kind.parse(raw)).title
    return Found(row.ext_id, row.version, row.type, title, record.source, record.rid, row.added, ())
