"""What came back about what was given: kept by thing, in the agreement, as records that say so are sent and received.

One row a document, so that a later version takes the place of an earlier one; one tally a party, of things given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from comity.acts.node import Node, annex_of
from comity.acts.ports import AgreementReader, AgreementTx, HouseReader
from comity.core import instants, strictjson
from comity.records import CaseRow, Record, RecordState, ReleaseRow, ReleaseState
from comity.release.kind import About
from comity.release.question import Subject

CASE = "worth"
TALLY = "given"
WITHDRAWN = "withdrawn"
NOT_GIVEN = "about-not-given"
"""The partner speaks of something under a handle that we never gave it."""
NOT_ITS_OWN = "not-the-originator"
"""The partner rules on a correction of something that is not its own."""


class Entry(msgspec.Struct, frozen=True):
    """A record that went or came: its id here, its handle between the two, its kind and bytes."""

    rid: str
    handle: str
    kind: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """One document about one thing, as it stands. `handle` and `rid` are the document's own, `about` and `thing` the
    handle and the record of what it speaks of.

    `party` said it, `word` is what. `since` is when the thing was given, `at` when this was said, both by our clock.
    """

    handle: str
    rid: str
    about: str
    thing: str
    party: str
    word: str
    count: int | None
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class _Thing:
    """What a document is about: its handle, its record here, and when it went or came."""

    handle: str
    rid: str
    since: datetime


def note(node: Node, tx: AgreementTx, entries: Sequence[Entry], party: str, other: str) -> dict[str, str]:
    """Keeps what `entries`, which `party` gave, say of things that the `other` gave; counts those that say nothing.
    Answers which thing each speaks of: the document's handle by the thing's."""
    spoken: dict[str, str] = {}
    remarks = {entry.handle: about(node, entry.kind, entry.raw) for entry in entries}
    _count(tx, party, sum(said is None for said in remarks.values()))
    for entry in entries:
        said = remarks[entry.handle]
        if said is None:
            continue
        with node.house.reader() as house:
            record = house.record(entry.rid)
            thing = None if record is None else _thing(node, tx, house, said, (party, other))
            if record is not None and thing is not None:
                now = node.clock()
                one = Said(
                    handle=entry.handle,
                    rid=entry.rid,
                    about=thing.handle,
                    thing=thing.rid,
                    party=party,
                    word=said.word,
                    count=said.count,
                    since=thing.since,
                    at=now,
                )
                _keep(tx, one, record)
                spoken[thing.handle] = entry.handle
    return spoken


def forget(node: Node, tx: AgreementTx, gone: Sequence[ReleaseRow]) -> None:
    """Takes back what we said and gave in releases that were withdrawn before they went."""
    _count(tx, node.party, -sum(about(node, row.kind, tx.body(row.copy)) is None for row in gone))
    rids = {row.rid for row in gone}
    for row in tx.cases(CASE) if rids else ():
        body = strictjson.parse(row.body)
        if body["rid"] in rids and row.state != WITHDRAWN:
            tx.put_case(CaseRow(CASE, row.id, row.version + 1, WITHDRAWN, row.body))


def refusal(node: Node, reader: AgreementReader, house: HouseReader, said: About, sender: str) -> str | None:
    """Why what `sender` says is not taken, as a code: it speaks of what it never got, or decides what is not its own.

    The answer turns on what was given to the sender and on nothing else (law 4).
    """
    if said.handle is None:
        return None
    row = reader.release_by_handle(said.handle)
    if row is None or row.view != sender or row.state is not ReleaseState.LIVE:
        return NOT_GIVEN
    if not said.rules:
        return None
    proposal = house.record(row.rid)
    corrected = None if proposal is None else _spoken_of(node, house, proposal)
    if corrected is None or originators(corrected) != {sender}:
        return NOT_ITS_OWN
    return None


def about(node: Node, kind: str, raw: bytes) -> About | None:
    """What an accepted record says of a thing that its reader gave, by whichever field it is of."""
    annex = annex_of(node.annexes, kind)
    return None if annex is None else annex.about(kind, raw)


def originators(record: Record) -> frozenset[str]:
    """Whose information a record is; nobody's, where it has no label."""
    if record.state is RecordState.QUARANTINED:
        return frozenset()
    return frozenset(Subject.from_json(strictjson.parse(record.class_canonical.encode())).originators)


def said_under(reader: AgreementReader) -> list[Said]:
    """Every document that stands, in the order in which they were said."""
    found = [_said(row) for row in reader.cases(CASE) if row.state != WITHDRAWN]
    return sorted(found, key=lambda one: (one.at, one.handle))


def tally(reader: AgreementReader, party: str) -> int:
    """How many things `party` gave under this agreement, every version counted; what speaks of others' is none."""
    row = reader.case(TALLY, party)
    return 0 if row is None else int(row.state)


def _spoken_of(node: Node, house: HouseReader, proposal: Record) -> Record | None:
    said = about(node, proposal.kind, house.body(proposal.bid))
    return None if said is None or said.handle is None else house.by_handle(said.handle)


def _thing(node: Node, tx: AgreementTx, house: HouseReader, said: About, parties: tuple[str, str]) -> _Thing | None:
    """The thing as the other party gave it to whom speaks; `None` where it did not."""
    speaks, giver = parties
    return _went(tx, house, said, speaks) if giver == node.party else _came(house, said, giver)


def _went(tx: AgreementTx, house: HouseReader, said: About, to: str) -> _Thing | None:
    """As we released it to them: of what bears an id of its own, the first version."""
    if said.handle is not None:
        named = tx.release_by_handle(said.handle)
        rows = [] if named is None or named.view != to else [named]
    else:
        assert said.ext_id is not None
        rids = house.named([said.ext_id]).get(said.ext_id, [])
        rows = [row for rid in rids if (row := tx.release_of(to, rid)) is not None]
    live = [row for row in rows if row.state is ReleaseState.LIVE]
    first = min(live, key=lambda row: row.seq, default=None)
    return None if first is None else _Thing(first.handle, first.rid, first.added)


def _came(house: HouseReader, said: About, giver: str) -> _Thing | None:
    """As it came from them, and when."""
    if said.handle is not None:
        named = house.by_handle(said.handle)
        records = [] if named is None or named.source != giver else [named]
    else:
        assert said.ext_id is not None
        records = house.find(giver, said.ext_id)
    first = min(records, key=lambda record: record.n, default=None)
    if first is None or first.handle is None:
        return None
    [taken] = house.log_after(first.n - 1, 1)
    return _Thing(first.handle, first.rid, taken.at)


def _keep(tx: AgreementTx, one: Said, record: Record) -> None:
    """Unless a later version of the document stands already."""
    key = f"{one.party}:{record.ext_id}"
    held = tx.case(CASE, key)
    stands = held is not None and held.state != WITHDRAWN
    if held is not None and stands and strictjson.parse(held.body)["version"] >= record.ext_ver:
        return
    body = {
        "handle": one.handle,
        "rid": one.rid,
        "about": one.about,
        "thing": one.thing,
        "party": one.party,
        "count": one.count,
        "since": instants.text(one.since),
        "at": instants.text(one.at),
        "version": record.ext_ver,
    }
    version = 1 if held is None else held.version + 1
    tx.put_case(CaseRow(CASE, key, version, one.word, strictjson.canonical(body)))


def _said(row: CaseRow) -> Said:
    body: Mapping[str, Any] = strictjson.parse(row.body)
    return Said(
        handle=body["handle"],
        rid=body["rid"],
        about=body["about"],
        thing=body["thing"],
        party=body["party"],
        word=row.state,
        count=body["count"],
        since=instants.parse(body["since"], "a stored time"),
        at=instants.parse(body["at"], "a stored time"),
    )


def _count(tx: AgreementTx, party: str, more: int) -> None:
    if not more:
        return
    row = tx.case(TALLY, party)
    count, version = (more, 1) if row is None else (int(row.state) + more, row.version + 1)
    tx.put_case(CaseRow(TALLY, party, version, str(max(count, 0)), b"{}"))
