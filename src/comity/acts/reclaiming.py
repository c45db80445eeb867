"""What a restored house released and forgot: taken back from the partner's copies, and known as released again.

A thing that is in the house still is only matched. One that is not comes back as the copy that went, under this party
as its source; the same id and version taken in again is not sent again (`follow`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from comity.acts.cases import note
from comity.acts.judging import Bench, asked, definition
from comity.acts.node import Node, kind_named
from comity.acts.ports import AgreementTx, HouseReader
from comity.acts.releasing import STEP
from comity.acts.sending import DECISIONS
from comity.acts.worth import Entry
from comity.core import ids
from comity.exchange.statement import Item
from comity.ledger import leaf
from comity.records import (
    NewRecord,
    OutcomeRow,
    Principal,
    Record,
    RecordState,
    ReleaseRow,
    ReleaseState,
)
from comity.release.kind import Identity
from comity.release.question import Outcome, Subject


@dataclass(frozen=True, slots=True)
class Back:
    """An item of an envelope of ours, and the record it is a copy of. `lost`: the house had forgotten it."""

    item: Item
    rid: str
    who: Identity
    subject: str
    class_id: int
    whole: bool
    lost: bool


def take_back(node: Node, partner: str, items: Iterable[Item]) -> list[Back]:
    """The record of each item, taken back into the house where it is not there. Doing it again keeps nothing twice."""
    backs: list[Back] = []
    drafts: dict[str, NewRecord] = {}
    lost: list[str] = []
    now = node.clock()
    with node.house.begin() as tx:
        for item in items:
            back, draft = _back(node, tx, partner, item)
            backs.append(back)
            lost.append("" if draft is None else draft.identity)
            if draft is not None:
                drafts.setdefault(draft.identity, draft)
        rids = dict(zip(drafts, tx.take(list(drafts.values()), Principal(f"node:{node.party}"), now), strict=True))
    return [replace(back, rid=rids.get(identity, back.rid)) for back, identity in zip(backs, lost, strict=True)]


def put_releases(bench: Bench, tx: AgreementTx, backs: Sequence[Back], now: datetime) -> int:
    """Makes the follower see each as released; answers how many it had forgotten.

    The decision is the one that the class gets today: the first one is lost with the log of decisions, which nobody
    else had. What went, went; nothing is sent by this.
    """
    fresh = [back for back in backs if tx.release_by_handle(back.item.handle) is None]
    if not fresh:
        return 0
    partner, number = bench.reader.party, tx.log_size(DECISIONS)
    rows = [asked(bench, back.class_id, back.subject, None).row for back in fresh]
    outcomes = [
        OutcomeRow(number, pos, back.rid, row.did, (Outcome.ALLOW if back.whole else Outcome.SANITISE).text)
        for pos, (back, row) in enumerate(zip(fresh, rows, strict=True))
    ]
    releases = _releases(tx, partner, fresh, [row.did for row in rows], (number, now))
    tx.put_decisions(list({row.did: row for row in rows}.values()))
    tx.put_outcomes(outcomes)
    tx.drop_waiting(partner, [back.rid for back in fresh])
    tx.put_releases(releases)
    root = tx.batch_root(outcomes, releases)
    tx.append(DECISIONS, [leaf.write(leaf.Followed(tx.cursor(), tx.cursor(), len(outcomes), root))])
    sent = [Entry(back.rid, back.item.handle, back.item.kind, back.item.text.encode()) for back in fresh]
    note(bench.node, tx, bench.texts[bench.ref], sent, bench.node.party)
    return len(fresh)


def _releases(
    tx: AgreementTx, partner: str, fresh: Sequence[Back], dids: Sequence[str], batch: tuple[int, datetime]
) -> list[ReleaseRow]:
    number, now = batch
    seq, last = tx.next_seq(partner), tx.last_added(partner)
    first = now if last is None else max(now, last + STEP)
    return [
        ReleaseRow(
            view=partner,
            seq=seq + i,
            handle=back.item.handle,
            rid=back.rid,
            copy=tx.put_bodies([back.item.text.encode()], sealed=not back.item.label.public)[0],
            did=did,
            kind=back.item.kind,
            ext_id=back.who.ext_id,
            ext_ver=back.who.ext_ver,
            added=first + i * STEP,
            state=ReleaseState.LIVE,
            batch=number,
        )
        for i, (back, did) in enumerate(zip(fresh, dids, strict=True))
    ]


def _back(node: Node, house: HouseReader, partner: str, item: Item) -> tuple[Back, NewRecord | None]:
    raw = item.text.encode()
    kind = kind_named(node.annexes, item.kind)
    parsed = kind.parse(raw)
    who = kind.identity(parsed)
    marked = kind.marked(parsed, node.party, lambda ext_id: definition(house, node.party, ext_id))
    rest = marked.remaining(marked.label, item.label)
    subject = Subject.of(item.kind, item.label, None, marked.purpose, marked.portions, rest).canonical()
    record = _record(node, house, partner, item, who)
    if record is not None:
        whole = ids.identity(node.vault.identity_key, item.kind, record.source, raw) == ids.digest_of(record.rid)
        return Back(item, record.rid, who, subject, record.class_id, whole, record.source == node.party), None
    draft = NewRecord(
        identity=ids.identity(node.vault.identity_key, item.kind, node.party, raw),
        kind=item.kind,
        source=node.party,
        ext_id=who.ext_id,
        ext_ver=who.ext_ver,
        raw=raw,
        class_canonical=subject,
        state=RecordState.LIVE,
        handle=None,
        edges=kind.references(parsed),
        sealed=not item.label.public,
    )
    return Back(item, "", who, subject, 0, True, True), draft


def _record(node: Node, house: HouseReader, partner: str, item: Item, who: Identity) -> Record | None:
    """The record of ours of which the item is a copy, the very bytes first. None where the house has it no more."""
    raw = item.text.encode()
    sources = (node.party, *sorted(node.profiles))
    whole = house.known([ids.identity(node.vault.identity_key, item.kind, source, raw) for source in sources])
    if whole:
        return house.record(next(iter(whole.values())))
    if not who.ext_id:
        return None
    same = [one for one in house.by_ext_id(who.ext_id) if (one.kind, one.ext_ver) == (item.kind, who.ext_ver)]
    return next((one for one in same if one.source != partner and one.state is RecordState.LIVE), None)
