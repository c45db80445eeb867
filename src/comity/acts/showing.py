"""The followers of views: what a view serves is decided here, once, by one writer (DECISIONS 12, 13).

A party's view shows what was released to it. A national view shows what its audience may see of what the house holds;
nobody's closure applies to one's own people (DECISIONS 14). Each pass reads on from where the view stands and commits
with it, so that repeating one shows nothing twice. Where what the answers rest on has changed, everything before is
asked again, batch by batch.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from comity.acts import agreements, grounds, housefact, searching
from comity.acts.grounds import Came, Grounds
from comity.acts.keeping import full
from comity.acts.node import Node
from comity.acts.offering import NATIONAL, offered_in
from comity.acts.ports import AgreementReader, HouseReader, ViewTx
from comity.agreement.instrument import AgreementRef
from comity.core import strictjson
from comity.records import Record, RecordState, ReleaseRow
from comity.release.collection import place_of, written
from comity.release.decision import Decision
from comity.release.kind import Shelf
from comity.release.offered import Definition
from comity.release.own_people import decide_access, ladder_of
from comity.release.question import Act, Facts, Outcome, Question, Subject
from comity.release.shown import PostedRow, ShownRow, ViewRow

BATCH = 1000
BATCHES = 4
"""How many more a post lets its view catch up with at once; beyond, the follower does it."""
KEPT = timedelta(days=7)
"""How long a status can be asked for."""
STEP = timedelta(microseconds=1)
CHANGE = "collection-change"
CHANGE_TYPE = "application/vnd.comity.collection-change+json"
"""A fact that takes records out of one collection, or puts them back."""


@dataclass
class Look:
    """What every answer of one pass over the national views has in common."""

    node: Node
    house: HouseReader
    now: datetime
    size: int
    grounds: Grounds
    ladder: tuple[str, ...]
    asked: dict[tuple[str, str, Came | None], Decision] = field(default_factory=dict)


def stores(node: Node) -> frozenset[str]:
    """The stores in which somebody has a collection: those of agreements, by id, and our own people's."""
    with node.house.reader() as house:
        return frozenset(one.agreement or NATIONAL for one in offered_in(node, house).definitions)


def follow(node: Node, store: str) -> int:
    """Brings the views of one store up to what it holds; answers how many lines or releases were passed."""
    if full(node.room()):
        return 0
    return follow_national(node) if store == NATIONAL else follow_party(node, store)


def follow_national(node: Node) -> int:
    """Brings every national view up to the end of the house log; answers how many lines were passed."""
    passed, behind, chosen, now = 0, True, _national(node), node.clock()
    while chosen and behind:
        read, behind = _batch(node, chosen, now)
        passed += read
    return passed


def catch_up(node: Node, post: PostedRow) -> bool:
    """Keeps what became of a post, and goes some way towards the end of the house log; whether it was reached."""
    behind, chosen, now = True, _national(node), node.clock()
    with node.views(NATIONAL).begin() as tx:
        tx.put_posted(post)
        tx.drop_posted(post.at - KEPT)
        if chosen:
            behind = _turns(node, tx, chosen, now)[1]
    for _ in range(BATCHES):
        if behind and chosen:
            behind = _batch(node, chosen, now)[1]
    return not behind


def _national(node: Node) -> list[Definition]:
    with node.house.reader() as house:
        return [one for one in offered_in(node, house).definitions if one.audience is not None]


def _batch(node: Node, chosen: Sequence[Definition], now: datetime) -> tuple[int, bool]:
    with node.views(NATIONAL).begin() as tx:
        return _turns(node, tx, chosen, now)


def _turns(node: Node, tx: ViewTx, chosen: Sequence[Definition], now: datetime) -> tuple[int, bool]:
    """One batch for each view: how many lines were passed, and whether there are more."""
    wanted = {one.id for one in chosen}
    with node.house.reader() as house:
        look = look_now(node, house, now)
        for view in tx.views():
            if view.name not in wanted:
                tx.drop_view(view.id)
        turns = [_turn(look, tx, one) for one in chosen]
    return sum(read for read, _ in turns), any(left for _, left in turns)


def follow_party(node: Node, agreement_id: str) -> int:
    """Shows what was released under one agreement since the last call; answers how many releases were passed."""
    with node.house.reader() as house:
        chosen = [
            one
            for one in offered_in(node, house).definitions
            if one.agreement == agreement_id and not one.inbox and one.party is not None
        ]
    passed = 0
    for party in sorted({str(one.party) for one in chosen}):
        while (read := _released(node, agreement_id, party)) > 0:
            passed += read
    return passed


def look_now(node: Node, house: HouseReader, now: datetime) -> Look:
    """One instant for all batches of a call: where they are cut is moved by what is withheld (law 4)."""
    every = [agreements.held_in(node, house, one).at(now) for one in agreements.ids_in(house)]
    return Look(node, house, now, house.log_size(), grounds.gather_all(node, house), ladder_of(node.party, every))


def _turn(look: Look, tx: ViewTx, one: Definition) -> tuple[int, bool]:
    """One batch of new lines and one of old ones that are asked again: how many, and whether there are more."""
    view = tx.view(one.id) or tx.new_view(one.id)
    start = view
    terms = terms_of(look, one)
    lapsed = view.good_until is not None and view.good_until <= look.now
    if view.terms != terms or lapsed:
        view = replace(view, terms=terms, again=0, until=view.upto, good_until=None)
    removed, changes = changes_of(look.node, look.house, one.id)
    found = look.house.records_after(view.upto, BATCH)
    upto = found[-1].n if len(found) == BATCH else look.size
    gone = look.house.destroyed_between(view.upto, upto)
    if fresh := changes[view.gone :]:
        named = look.house.records({rid for rids, _ in fresh for rid in rids})
        gone = [*gone, *(row for rid, row in named.items() if rid in removed)]
        found = [*found, *named.values()]
    view = _hide(look, tx, view, one, gone, removed)
    view = _show(look, tx, view, one, [row for row in found if row.rid not in removed])
    passed = upto - view.upto
    view = replace(view, upto=upto, gone=len(changes))
    if view.again < view.until:
        view, more = _again(look, tx, view, one, removed)
        passed += more
    if view != start:
        tx.put_view(view)
    return passed, upto < look.size or view.again < view.until


def _again(look: Look, tx: ViewTx, view: ViewRow, one: Definition, removed: Collection[str]) -> tuple[ViewRow, int]:
    """Asks once more about what was read before: what may not be seen any more leaves, what may now comes in."""
    found = [row for row in look.house.records_after(view.again, BATCH) if row.n <= view.until]
    there = {row.rid for row in tx.of(view.id, {row.ext_id for row in found})}
    goes = {row.rid for row in found if row.rid not in removed and may_see(look, one, row) is not None}
    view = _hide(look, tx, view, one, [row for row in found if row.rid in there - goes], removed)
    view = _show(look, tx, view, one, [row for row in found if row.rid in goes - there])
    reached = found[-1].n if len(found) == BATCH else view.until
    return replace(view, again=reached), max(1, reached - view.again)


def _show(look: Look, tx: ViewTx, view: ViewRow, one: Definition, records: Sequence[Record]) -> ViewRow:
    going = [(row, decision) for row in records if (decision := may_see(look, one, row)) is not None]
    if not going:
        return view
    bids = [row.bid for row, _ in going]
    clear, raws = look.house.clear(bids), dict(zip(bids, look.house.serve(bids), strict=True))
    rows: list[ShownRow] = []
    seq, added, good = view.seq, view.added, view.good_until
    for row, decision in going:
        seq, added = seq + 1, max(look.now, added + STEP)
        shelf = shelf_of(look.node, row.kind, row.ext_id, row.ext_ver)
        assert shelf is not None
        raw, kept = raws[row.bid], (row.rid, row.bid, " ".join(decision.articles))
        keys = frozenset[int]() if raw is None else searching.keys(look.node, row.kind, raw)
        rows.append(row_of(shelf, row.ext_id, seq, added, kept, clear, keys))
        if decision.good_until is not None:
            good = decision.good_until if good is None else min(good, decision.good_until)
    tx.show(view.id, rows)
    return replace(view, seq=seq, added=added, good_until=good)


def _hide(
    look: Look, tx: ViewTx, view: ViewRow, one: Definition, records: Sequence[Record], removed: Collection[str]
) -> ViewRow:
    """Takes records out. Another source's same thing at the same version, which stood behind one, takes its place."""
    names = {row.rid: row.ext_id for row in records if row.ext_id}
    leaving = [row for row in tx.of(view.id, set(names.values())) if row.rid in names]
    if not leaving:
        return view
    tx.hide(view.id, leaving)
    behind = [row for name in {row.ext_id for row in leaving} for row in look.house.by_ext_id(name)]
    return _show(look, tx, view, one, [row for row in behind if row.rid not in names and row.rid not in removed])


def may_see(look: Look, one: Definition, record: Record) -> Decision | None:
    """The decision that lets this audience see a record; `None` where none does."""
    if record.state is not RecordState.LIVE or (one.sources and record.source not in one.sources):
        return None
    if not record.ext_id or shelf_of(look.node, record.kind, record.ext_id, record.ext_ver) is None:
        return None
    came = look.grounds.came(record)
    decision = look.asked.get((one.id, record.class_canonical, came))
    if decision is None:
        decision = look.asked[one.id, record.class_canonical, came] = _decide(look, one, record, came)
    return decision if decision.outcome is Outcome.ALLOW else None


def _decide(look: Look, one: Definition, record: Record, came: Came | None) -> Decision:
    assert one.audience is not None
    subject = Subject.from_json(strictjson.parse(record.class_canonical.encode(), "a record's class"))
    origins = look.grounds.bound_by(subject, came)
    question = Question(
        agreement=AgreementRef(NATIONAL, 1),
        status_key=look.grounds.status_key(NATIONAL, origins),
        act=Act.ACCESS,
        subject=subject,
        reader=one.audience.reader(look.node.party),
        facts=look.grounds.consented(Facts(holder=look.node.party), subject, came),
    )
    return decide_access(question, origins, look.grounds.texts, look.ladder, f"policy:collection-{one.id}", look.now)


def terms_of(look: Look, one: Definition) -> str:
    """A digest of all that answers rest on beside the class of a thing."""
    status = sorted(f"{ref}={state}" for ref, state in look.grounds.status.items())
    said = [one.as_json(), status, sorted(look.grounds.notices), list(look.ladder)]
    return hashlib.sha256(strictjson.canonical(said)).hexdigest()


def removed_from(node: Node, house: HouseReader, collection: str) -> set[str]:
    """The records that were taken out of this collection and not put back."""
    return changes_of(node, house, collection)[0]


def changes_of(node: Node, house: HouseReader, collection: str) -> tuple[set[str], list[tuple[list[str], bool]]]:
    """What was taken out of this collection and not put back, and each change: records, and whether they left."""
    removed: set[str] = set()
    changes: list[tuple[list[str], bool]] = []
    for fact in house.facts(CHANGE, collection):
        value = housefact.value_of(node, fact, CHANGE_TYPE)
        rids, left = [str(rid) for rid in value["records"]], value["left"] is True
        removed = removed | set(rids) if left else removed - set(rids)
        changes.append((rids, left))
    return removed, changes


def _released(node: Node, agreement_id: str, party: str) -> int:
    with node.views(agreement_id).begin() as tx, node.agreements(agreement_id).reader() as store:
        view = tx.view(party) or tx.new_view(party)
        last = store.next_seq(party) - 1
        if last < view.upto:  # an older store has been brought back
            tx.drop_view(view.id)
            view = tx.new_view(party)
        found = store.releases(party, view.upto, BATCH)
        upto = found[-1].seq if len(found) == BATCH else last
        rows = list(_copies(node, store, found))
        tx.show(view.id, rows)
        if (gone := store.void_count(party)) != view.gone:
            tx.hide(view.id, _void(tx, view, store.voids(party)))
        newest = rows[-1] if rows else None
        moved = replace(
            view,
            upto=upto,
            gone=gone,
            seq=view.seq if newest is None else newest.seq,
            added=view.added if newest is None else newest.added,
        )
        if moved != view:
            tx.put_view(moved)
        return upto - view.upto


def _copies(node: Node, store: AgreementReader, found: Sequence[ReleaseRow]) -> Iterable[ShownRow]:
    clear = store.clear([one.copy for one in found])
    for one in found:
        shelf = shelf_of(node, one.kind, one.ext_id, one.ext_ver)
        if shelf is not None and one.ext_id:
            yield row_of(shelf, one.ext_id, one.seq, one.added, (one.rid, one.copy, one.did), clear)


def _void(tx: ViewTx, view: ViewRow, voids: Sequence[ReleaseRow]) -> list[ShownRow]:
    numbers = {one.seq for one in voids}
    return [row for row in tx.of(view.id, {one.ext_id for one in voids}) if row.seq in numbers]


def row_of(
    shelf: Shelf,
    ext_id: str,
    seq: int,
    added: datetime,
    kept: tuple[str, str, str],
    clear: Mapping[str, bytes],
    keys: frozenset[int] = frozenset(),
) -> ShownRow:
    rid, bid, why = kept
    version = written(added) if shelf.version is None else shelf.version
    place = "" if shelf.version is None else place_of(shelf.version)
    return ShownRow(seq, added, ext_id, shelf.type, version, place, shelf.spec, rid, bid, why, clear.get(bid), keys)


def shelf_of(node: Node, kind: str, ext_id: str, ext_ver: str) -> Shelf | None:
    name = kind.partition(".")[0]
    annex = next((one for one in node.annexes if one.field == name), None)
    return None if annex is None or annex.shelf is None else annex.shelf(kind, ext_id, ext_ver)
