"""What a door that serves views calls (`ports.Collections`): who asks, what there is for them, a page of it.

The read path parses and decides nothing: it finds rows and hands on stored bytes. What one may not see is not there:
every answer is made from the definitions that name the caller, and from the rows of their views (law 4).
"""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import Any

from comity.acts import agreements, seeing, writing
from comity.acts.node import Node
from comity.acts.offering import NATIONAL, digest_of, offered_in
from comity.acts.ports import HouseReader
from comity.acts.seeing import Standing
from comity.agreement.life import status_at
from comity.core.errors import ComityError
from comity.release.collection import (
    EVERY,
    FIRST,
    LAST,
    MAX_PAGE,
    Basic,
    Caller,
    Certificate,
    Collection,
    Contents,
    Credential,
    Entry,
    Holder,
    Page,
    Status,
    Wanted,
    place_of,
)
from comity.release.offered import Definition, Issued
from comity.release.shown import ViewRow

WORDS = frozenset({LAST, FIRST, EVERY})


@dataclass(frozen=True, slots=True)
class Known:
    """What is offered, as it stood when the house was at `changes` and its last fact was `facts`."""

    changes: int
    facts: int = -1
    definitions: tuple[Definition, ...] = ()
    by_mark: Mapping[str, Issued] = field(default_factory=dict)
    in_force: Mapping[str, tuple[bool, datetime | None]] = field(default_factory=dict)
    """By agreement: whether anything may be given under it, and until when that is so."""
    standing: Standing = field(default_factory=Standing)
    """What our own people's views must have been made under."""

    def good(self, now: datetime) -> bool:
        ends = [*(until for _, until in self.in_force.values()), self.standing.until]
        return all(until is None or now < until for until in ends)


class Served:
    """The collections of one node. What is offered is read again when the house has changed."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._known = Known(-1)
        self._lock = Lock()

    def caller(self, credential: Credential) -> Caller | None:
        found = self._offered().by_mark.get(_mark(self.node, credential))
        if found is None or (found.until is not None and found.until <= self.node.clock()):
            return None
        if isinstance(credential, Basic) and not _same(found.user, credential.user):
            return None
        return Caller(found.id, found.holder, found.name, f"{found.holder}:{found.name}")

    def consumers(self) -> bool:
        """Whether anybody has a credential that counts now."""
        now = self.node.clock()
        return any(one.until is None or now < one.until for one in self._offered().by_mark.values())

    def collections(self, caller: Caller) -> list[Collection]:
        return list(self._for(caller))

    def collection(self, caller: Caller, name: str) -> Collection | None:
        return next((one for one in self._for(caller) if name in (one.id, one.alias)), None)

    def contents(self, collection: Collection, wanted: Wanted) -> Contents:
        wanted, places = _within(wanted)
        with self.node.views(collection.store).pages() as pages:
            view = pages.standing(collection.view)
            if view is None:
                return Contents()
            self._check(collection, view)
            contents = pages.contents(view, wanted, places)
        return self._opened(collection, wanted) if contents is None else contents

    def page(self, collection: Collection, wanted: Wanted) -> Page:
        rows, more = self._rows(collection, wanted, bodies=False)
        return Page([Entry._make(row) for row in rows], more)

    def versions(self, collection: Collection, ext_id: str, wanted: Wanted) -> Page:
        every = replace(wanted, ids=frozenset({ext_id}), types=frozenset(), versions=frozenset({EVERY}))
        return self.page(collection, every)

    def post(self, caller: Caller, collection: Collection, raw: bytes) -> Status:
        return writing.post(self.node, caller, collection, raw)

    def status(self, caller: Caller, status_id: str) -> Status | None:
        stores = sorted({one.store for one in self._for(caller) if one.can_write})
        return writing.status(self.node, caller, stores, status_id)

    def delete(self, caller: Caller, collection: Collection, ext_id: str, wanted: Wanted) -> bool:
        chosen = replace(wanted, ids=frozenset({ext_id}), types=frozenset(), after=0, limit=MAX_PAGE)
        found = self.page(collection, chosen)
        return writing.delete(self.node, caller, collection, ext_id, {entry.seq for entry in found.entries})

    def _rows(self, collection: Collection, wanted: Wanted, *, bodies: bool) -> tuple[list[tuple[Any, ...]], bool]:
        """The rows of a page, and whether there are more."""
        wanted, places = _within(wanted)
        with self.node.views(collection.store).pages() as pages:
            view = pages.standing(collection.view)
            if view is None:
                return [], False
            self._check(collection, view)
            rows = pages.rows(view, wanted, places, bodies=bodies)
        return rows[: wanted.limit], len(rows) > wanted.limit

    def _opened(self, collection: Collection, wanted: Wanted) -> Contents:
        """A page of which some is sealed."""
        rows, more = self._rows(collection, wanted, bodies=True)
        sealed = [bid for _, _, bid, raw in rows if raw is None]
        opened = dict(zip(sealed, self._serve(collection.store, sealed), strict=True))
        found = [(seq, added, opened[bid] if raw is None else raw) for seq, added, bid, raw in rows]
        kept = [row for row in found if row[2] is not None]  # else destroyed a moment ago; the view has not heard of it
        if not kept:
            return Contents()
        (_, first, _), (seq, last, _) = kept[0], kept[-1]
        return Contents(b",".join([raw for _, _, raw in kept if raw is not None]), more, seq, first, last)

    def _serve(self, store: str, bids: list[str]) -> list[bytes | None]:
        if store == NATIONAL:
            with self.node.house.reader() as house:
                return house.serve(bids)
        with self.node.agreements(store).reader() as reader:
            return reader.serve(bids)

    def _for(self, caller: Caller) -> Iterator[Collection]:
        known = self._offered()
        for one in known.definitions:
            found = _met(one, caller, known)
            if found is not None:
                yield found

    def _check(self, collection: Collection, view: ViewRow) -> None:
        """Raises `Unreachable` for a view of our own people in which a row has still to be asked again."""
        if collection.store == NATIONAL:
            now = self.node.clock()
            seeing.check_stands(view, self._offered().standing.terms.get(collection.view), now)

    def _offered(self) -> Known:
        """Only facts of the house can change it, and time."""
        changes, now = self.node.house.changes(), self.node.clock()
        known = self._known
        if changes == known.changes and known.good(now):
            return known
        with self._lock, self.node.house.reader() as house:
            facts = house.newest_fact()
            if facts == known.facts and known.good(now):
                self._known = known = replace(known, changes=changes)
            else:
                self._known = known = self._read(house, changes, facts, now)
        return known

    def _read(self, house: HouseReader, changes: int, facts: int, now: datetime) -> Known:
        offered = offered_in(self.node, house)
        inboxes = {one.agreement for one in offered.definitions if one.inbox and one.agreement is not None}
        force = {name: _force(self.node, house, name) for name in inboxes}
        marks = {one.digest or one.fingerprint or "": one for one in offered.credentials}
        standing = seeing.standing(self.node, house, offered.definitions, now)
        return Known(changes, facts, offered.definitions, marks, force, standing)


def _within(wanted: Wanted) -> tuple[Wanted, list[str]]:
    """What is asked, within our bounds, and where its versions stand in the order of instants."""
    limit = max(1, min(wanted.limit, MAX_PAGE))
    return replace(wanted, limit=limit), sorted({place_of(one) for one in wanted.versions - WORDS})


def _mark(node: Node, credential: Credential) -> str:
    if isinstance(credential, Certificate):
        return credential.fingerprint
    return digest_of(node, credential.secret)


def _same(user: str | None, said: str) -> bool:
    """A credential without a user is shown by its secret alone, whatever name stands beside it."""
    return user is None or hmac.compare_digest(user.encode(), said.encode("utf-8", "surrogatepass"))


def _met(one: Definition, caller: Caller, known: Known) -> Collection | None:
    """The collection as this caller meets it; `None` where it is not for them."""
    if one.audience is None:
        if (caller.holder, caller.name) != (Holder.PARTY, one.party) or one.agreement is None or one.party is None:
            return None
        writes = one.inbox and known.in_force[one.agreement][0]
        reads = not one.inbox
        return Collection(
            one.id, one.title, one.description, one.alias, reads, writes, one.agreement, one.party, one.party
        )
    named = one.audience.people
    mine = (
        caller.holder is Holder.PERSON and caller.name in named
        if named
        else caller.holder is Holder.ORGANISATION and caller.name == one.audience.organisation
    )
    if not mine:
        return None
    writes = one.profile is not None
    return Collection(one.id, one.title, one.description, one.alias, True, writes, NATIONAL, one.id, one.profile)


def _force(node: Node, house: HouseReader, agreement_id: str) -> tuple[bool, datetime | None]:
    try:
        now = node.clock()
        found = status_at(agreements.held_in(node, house, agreement_id).at(now), now)
    except ComityError:
        return False, None
    return found.provides, found.until
