"""Collections held in memory: what the door asks for, kept in lists, for tests of the door alone."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from comity.annexes.cyber.taxii import instants
from comity.core.errors import Malformed
from comity.release.collection import (
    EPOCH,
    EVERY,
    FIRST,
    LAST,
    Basic,
    Caller,
    Collection,
    Contents,
    Credential,
    Entry,
    Holder,
    Page,
    State,
    Status,
    Token,
    Verdict,
    Wanted,
)

BEGIN = datetime(2027, 3, 2, 9, 0, 0, tzinfo=UTC)
DANA, KEN, NOBODY = Basic("dana", "open:sesame"), Token("ken-token"), Basic("noa", "other")
PENDING = "malware"
"""Objects of this type are told as pending until `settle`."""


def uuid(n: int) -> str:
    return str(UUID(int=n, version=4))


@dataclass(frozen=True)
class Row:
    entry: Entry
    kind: str
    raw: bytes


@dataclass
class Shelf:
    """`callers` by credential; `rights`: (credential, collection) → (can read, can write)."""

    callers: dict[Credential, Caller] = field(default_factory=dict)
    named: dict[str, Collection] = field(default_factory=dict)
    rights: dict[tuple[str, str], tuple[bool, bool]] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    statuses: dict[tuple[str, str], Status] = field(default_factory=dict)
    made: int = 0

    # -- what a test makes ------------------------------------------------------------------------------------------

    def person(self, credential: Credential, name: str) -> Caller:
        self.callers[credential] = Caller(name, Holder.PERSON, name, f"person:{name}")
        return self.callers[credential]

    def add(self, name: str, alias: str | None = None, **rights: tuple[bool, bool]) -> Collection:
        self.made += 1
        one = Collection(uuid(self.made), name, None, alias, False, False, "store", name)
        self.named[one.id] = one
        self.rows[one.id] = []
        self.rights |= {(person, one.id): right for person, right in rights.items()}
        return one

    def put(self, collection: Collection, *raws: bytes) -> None:
        for raw in raws:
            value = json.loads(raw)
            rows = self.rows[collection.id]
            seq = rows[-1].entry.seq + 1 if rows else 1
            added = BEGIN + timedelta(microseconds=seq)
            version = value.get("modified") or value.get("created") or instants.text(added)
            micros = (added - EPOCH) // timedelta(microseconds=1)
            entry = Entry(seq, value["id"], version, micros, value.get("spec_version", "2.1"))
            rows.append(Row(entry, value["type"], raw))

    def settle(self) -> None:
        for key, one in self.statuses.items():
            done = [Verdict(each.ext_id, each.version, State.SUCCESS) for each in one.verdicts]
            self.statuses[key] = Status(one.id, one.at, done)

    # -- what the door asks -----------------------------------------------------------------------------------------

    def caller(self, credential: Credential) -> Caller | None:
        return self.callers.get(credential)

    def collections(self, caller: Caller) -> list[Collection]:
        found = (self.collection(caller, name) for name in self.named)
        return [one for one in found if one is not None]

    def collection(self, caller: Caller, name: str) -> Collection | None:
        one = next((each for each in self.named.values() if name in (each.id, each.alias)), None)
        right = None if one is None else self.rights.get((caller.credential, one.id))
        if one is None or right is None:
            return None
        return Collection(one.id, one.title, None, one.alias, *right, one.store, one.view)

    def contents(self, collection: Collection, wanted: Wanted) -> Contents:
        rows, more = self._page(collection, wanted)
        if not rows:
            return Contents()
        first, last = rows[0].entry, rows[-1].entry
        return Contents(b",".join(row.raw for row in rows), more, last.seq, first.micros, last.micros)

    def page(self, collection: Collection, wanted: Wanted) -> Page:
        rows, more = self._page(collection, wanted)
        return Page([row.entry for row in rows], more)

    def versions(self, collection: Collection, ext_id: str, wanted: Wanted) -> Page:
        assert wanted.ids == {ext_id}
        return self.page(collection, wanted)

    def post(self, caller: Caller, collection: Collection, raw: bytes) -> Status:
        try:
            objects = json.loads(raw)["objects"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Malformed("this is not an envelope") from None
        if not isinstance(objects, list) or not objects:
            raise Malformed("this is not an envelope with objects")
        self.made += 1
        verdicts = [self._take(collection, one) for one in objects]
        status = Status(uuid(self.made), BEGIN, verdicts)
        self.statuses[caller.credential, status.id] = status
        return status

    def status(self, caller: Caller, status_id: str) -> Status | None:
        return self.statuses.get((caller.credential, status_id))

    def delete(self, caller: Caller, collection: Collection, ext_id: str, wanted: Wanted) -> bool:
        assert caller.credential
        named = Wanted(ids=frozenset({ext_id}), versions=wanted.versions, spec_versions=wanted.spec_versions)
        gone = [*self._versions(collection, named)]
        self.rows[collection.id] = [row for row in self.rows[collection.id] if row not in gone]
        return bool(gone)

    def _take(self, collection: Collection, value: object) -> Verdict:
        if not isinstance(value, dict) or not isinstance(value.get("id"), str) or "type" not in value:
            return Verdict("unknown", None, State.FAILURE, "it has no id and type")
        raw = json.dumps(value).encode()
        version = value.get("modified") or value.get("created")
        if all(row.raw != raw for row in self.rows[collection.id]):
            self.put(collection, raw)
        return Verdict(value["id"], version, State.PENDING if value["type"] == PENDING else State.SUCCESS)

    def _page(self, collection: Collection, wanted: Wanted) -> tuple[list[Row], bool]:
        found = [row for row in self._versions(collection, wanted) if _after(row.entry, wanted)]
        return found[: wanted.limit], len(found) > wanted.limit

    def _versions(self, collection: Collection, wanted: Wanted) -> Iterator[Row]:
        rows = self.rows[collection.id]
        for row in rows:
            entry = row.entry
            if wanted.ids and entry.ext_id not in wanted.ids:
                continue
            if wanted.types and row.kind not in wanted.types:
                continue
            if wanted.spec_versions and entry.spec_version not in wanted.spec_versions:
                continue
            if _chosen(row, [each for each in rows if each.entry.ext_id == entry.ext_id], wanted.versions):
                yield row


def _after(entry: Entry, wanted: Wanted) -> bool:
    return entry.seq > wanted.after and (wanted.added_after is None or entry.added > wanted.added_after)


def _chosen(row: Row, all_of_it: Sequence[Row], versions: frozenset[str]) -> bool:
    ordered = sorted(all_of_it, key=lambda one: instants.parse(one.entry.version, "a version"))
    return (
        EVERY in versions
        or (LAST in versions and row is ordered[-1])
        or (FIRST in versions and row is ordered[0])
        or instants.canonical(row.entry.version, "a version") in versions
    )
