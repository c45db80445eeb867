"""What came in an envelope, into the house: each item kept, live or in quarantine, or refused with a code."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from comity.acts import notifying, worth
from comity.acts.covering import purpose_for
from comity.acts.judging import definition
from comity.acts.node import Node, kind_named
from comity.acts.ports import HouseTx
from comity.acts.worth import Entry
from comity.agreement.instrument import AgreementRef
from comity.core import ids
from comity.core.errors import Malformed
from comity.exchange import acceptance, statement
from comity.exchange.acceptance import Version
from comity.exchange.body import Items, Notices
from comity.exchange.envelope import Envelope
from comity.exchange.receipt import ItemAnswer, ItemVerdict
from comity.exchange.signature import Keys
from comity.exchange.statement import Item, Place
from comity.records import NewRecord, Principal, RecordState
from comity.release.kind import Identity, Kind, Lookup, Marked
from comity.release.question import Subject

CLASH = "version-clash"
HANDLE_TAKEN = "handle-taken"
"""Another record has this handle: whoever sends chooses it, and it must name one thing."""


@dataclass(frozen=True, slots=True)
class _Read:
    """An item and what its bytes say; `parsed` is `None` where they cannot be read.

    `place` is where it stands in its statement, or the code that says why it does not.
    """

    item: Item
    place: Place | str
    raw: bytes
    kind: Kind[Any] | None
    parsed: Any
    who: Identity


@dataclass(frozen=True, slots=True)
class Arrived:
    """One verdict an item, and those that are live here."""

    verdicts: tuple[ItemVerdict, ...]
    kept: tuple[Entry, ...] = ()


def receive(
    node: Node, envelope: Envelope, keys: Keys, known: Mapping[AgreementRef, Version], at: datetime | None = None
) -> Arrived:
    """One verdict an item or notice, in the envelope's order. Doing it again keeps nothing twice, answers the same.

    `at`: when it came, where that was before now.
    """
    if isinstance(envelope.body, Notices):
        texts = {ref: version.agreement for ref, version in known.items()}
        return Arrived(notifying.receive(node, envelope, envelope.body, texts, at))
    if not isinstance(envelope.body, Items):
        return Arrived(())
    body, sender = envelope.body, envelope.header.sender
    places = statement.proven(body.statements, body.items, keys)
    sids = [hashlib.sha256(raw).hexdigest() for raw in body.statements]
    reads = [_read(node, item, place) for item, place in zip(body.items, places, strict=True)]
    under = known.get(envelope.header.agreement)
    purposes = {kind: None if under is None else purpose_for(under.agreement, kind) for kind in body.kinds}
    barred = {kind: _barred(kind, envelope, known) for kind in body.kinds}
    here = {read.who.ext_id: read.raw for read in reads if read.who.ext_id}
    misplaced = _misplaced(node, envelope, reads)
    verdicts: list[ItemVerdict] = []
    kept: list[tuple[str, _Read]] = []
    drafts: dict[str, NewRecord] = {}
    with node.house.begin() as tx:

        @cache
        def lookup(ext_id: str) -> bytes | None:
            return here.get(ext_id) or definition(tx, sender, ext_id)

        clashing = tx.clashes(sender, {(read.who.ext_id, read.who.ext_ver) for read in reads if read.who.ext_id})
        named = tx.handles([item.handle for item in body.items])
        for read in reads:
            fault = read.place if isinstance(read.place, str) else None
            draft = _draft(node, sender, read, sids, lookup, purposes[read.item.kind])
            taken = HANDLE_TAKEN if named.get(read.item.handle, draft.identity) != draft.identity else None
            code = fault or barred[read.item.kind] or taken or misplaced.get(read.item.handle)
            if code is not None:
                verdicts.append(ItemVerdict(read.item.handle, ItemAnswer.REFUSED, code))
                continue
            draft = _settled(tx, draft, clashing, drafts)
            drafts[draft.identity] = draft
            verdicts.append(_verdict(read.item, draft))
            if draft.state is RecordState.LIVE:
                kept.append((draft.identity, read))
        rids = _keep(node, tx, sender, list(drafts.values()), dict(zip(sids, body.statements, strict=True)))
    entries = (Entry(rids[identity], read.item.handle, read.item.kind, read.raw) for identity, read in kept)
    return Arrived(tuple(verdicts), tuple(entries))


def _keep(
    node: Node, tx: HouseTx, sender: str, drafts: Sequence[NewRecord], statements: Mapping[str, bytes]
) -> dict[str, str]:
    """The record of each identity, kept now or before."""
    there = tx.known([draft.identity for draft in drafts])
    fresh = [draft for draft in drafts if draft.identity not in there]
    if not fresh:
        return there
    tx.put_statements(statements)
    rids = tx.take(fresh, Principal(f"node:{sender}"), node.clock())
    return there | {draft.identity: rid for draft, rid in zip(fresh, rids, strict=True)}


def _barred(kind: str, envelope: Envelope, known: Mapping[AgreementRef, Version]) -> str | None:
    refusal = acceptance.kind_refusal(kind, envelope.header.agreement, known)
    return None if refusal is None else refusal.code


def _misplaced(node: Node, envelope: Envelope, reads: Sequence[_Read]) -> dict[str, str]:
    """The items that speak of what their sender never got, or rule on what is not its own, each with the code."""
    said = {
        read.item.handle: about
        for read in reads
        if read.parsed is not None and (about := worth.about(node, read.item.kind, read.raw)) is not None
    }
    if not said:
        return {}
    header = envelope.header
    with node.agreements(header.agreement.id).reader() as reader, node.house.reader() as house:
        codes = {handle: worth.refusal(node, reader, house, one, header.sender) for handle, one in said.items()}
    return {handle: code for handle, code in codes.items() if code is not None}


def _read(node: Node, item: Item, place: Place | str) -> _Read:
    raw = item.text.encode()
    try:
        kind = kind_named(node.annexes, item.kind)
        parsed = kind.parse(raw)
    except Malformed:
        return _Read(item, place, raw, None, None, Identity("", ""))
    return _Read(item, place, raw, kind, parsed, kind.identity(parsed))


def _draft(node: Node, sender: str, read: _Read, sids: Sequence[str], lookup: Lookup, purpose: str | None) -> NewRecord:
    """The item as a record of ours: the originator's label verbatim, its proof kept for whoever reads it last.

    `purpose` is what its kind is given for; what the thing says itself comes first.
    """
    item, kind = read.item, read.kind
    marked = None if kind is None else kind.marked(read.parsed, sender, lookup)
    unclear = marked is None or marked.problem is not None
    said = Marked(None) if marked is None or unclear else marked
    rest = said.remaining(said.label, item.label)
    what = Subject.of(item.kind, item.label, None, said.purpose or purpose, said.portions, rest)
    return NewRecord(
        identity=ids.identity(node.vault.identity_key, item.kind, sender, read.raw),
        kind=item.kind,
        source=sender,
        ext_id=read.who.ext_id,
        ext_ver=read.who.ext_ver,
        raw=read.raw,
        class_canonical=what.canonical(),
        state=RecordState.QUARANTINED if unclear else RecordState.LIVE,
        handle=item.handle,
        edges=() if kind is None else kind.references(read.parsed),
        sealed=unclear or not item.label.public,
        sid=sids[item.statement],
        proof=read.place.canonical() if isinstance(read.place, Place) else None,
        why="malformed" if marked is None else "marking-unclear" if unclear else None,
    )


def _settled(
    tx: HouseTx, draft: NewRecord, clashing: set[tuple[str, str]], drafts: Mapping[str, NewRecord]
) -> NewRecord:
    """The draft as it stands beside what is here: known before, or another's id and version, or simply new."""
    version = (draft.ext_id, draft.ext_ver)
    if draft.identity in drafts or version not in clashing:
        if draft.ext_id:
            clashing.add(version)
        return drafts.get(draft.identity, draft)
    known = tx.known([draft.identity])
    before = tx.record(known[draft.identity]) if known else None
    if before is not None:
        return replace(draft, state=before.state, why=before.why)
    if draft.state is RecordState.LIVE and draft.ext_id:
        return replace(draft, state=RecordState.QUARANTINED, sealed=True, why=CLASH)
    return draft


def _verdict(item: Item, draft: NewRecord) -> ItemVerdict:
    if draft.state is RecordState.QUARANTINED:
        return ItemVerdict(item.handle, ItemAnswer.QUARANTINED, draft.why)
    return ItemVerdict(item.handle, ItemAnswer.ACCEPTED)
