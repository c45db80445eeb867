"""The followers of views: what a view serves is decided here, once, by one writer (DECISIONS 12, 13).

A party's view shows what was released to it. A national view shows what its audience may see of what the house holds;
nobody's closure applies to one's own people (DECISIONS 14). Each pass reads on from where the view stands and commits
with it, so that repeating one shows nothing twice. Where what the answers rest on has changed, everything before is
asked again, batch by batch.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from comity.acts import accesses, housefact, policies, searching
from comity.acts.accesses import Step
from comity.acts.keeping import full
from comity.acts.node import Node
from comity.acts.offering import NATIONAL, offered_in
from comity.acts.ports import AgreementReader, HouseReader, ViewTx
from comity.acts.seeing import Look, Seeing, look_now, may_see, shelf_of, terms_of
from comity.records import Record, ReleaseRow
from comity.release.collection import place_of, written
from comity.release.kind import Shelf
from comity.release.offered import Definition
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
    if chosen:
        policies.note(node)
    while chosen and behind:
        read, behind = _batch(node, chosen, now)
        passed += read
    return passed


def catch_up(node: Node, post: Sequence[PostedRow]) -> bool:
    """Keeps what became of a post, and goes some way towards the end of the house log; whether it was reached."""
    behind, chosen, now = True, _national(node), node.clock()
    with node.views(NATIONAL).begin() as tx:
        for part in post:
            tx.put_posted(part)
        tx.drop_posted(post[0].at - KEPT)
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
    """One batch for each view: how many lines were passed, and whether there are more. The house ledger comes first."""
    wanted = {one.id for one in chosen}
    with node.house.reader() as house:
        look = look_now(node, house, now)
        for view in tx.views():
            if view.name not in wanted:
                tx.drop_view(view.id)
        turns = [_Turn(look, tx, one) for one in chosen]
        passed = [_pass(one) for one in turns]
    accesses.enter(node, [one.step for one in turns])
    return sum(read for read, _ in passed), any(left for _, left in passed)


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


@dataclass
class _Turn:
    """One batch of one view: what it is for, and what it has done so far."""

    look: Look
    tx: ViewTx
    one: Definition
    step: Step = field(init=False)
    removed: Collection[str] = ()

    def __post_init__(self) -> None:
        self.step = Step(self.one.id)


def _pass(turn: _Turn) -> tuple[int, bool]:
    """One batch of new lines and one of old ones that are asked again: how many, and whether there are more."""
    look, tx, one = turn.look, turn.tx, turn.one
    view = tx.view(one.id) or tx.new_view(one.id)
    if view.upto > look.size:  # an older house has been brought back
        tx.drop_view(view.id)
        view = tx.new_view(one.id)
    start = view
    terms = terms_of(look.rests, one)
    lapsed = view.good_until is not None and view.good_until <= look.now
    if view.terms != terms or lapsed:
        view = replace(view, terms=terms, again=0, until=view.upto, good_until=None)
    turn.removed, changes = changes_of(look.node, look.house, one.id)
    found = look.house.records_after(view.upto, BATCH)
    upto = found[-1].n if len(found) == BATCH else look.size
    gone = look.house.destroyed_between(view.upto, upto)
    if fresh := changes[view.gone :]:
        named = look.house.records({rid for rids, _ in fresh for rid in rids})
        gone = [*gone, *(row for rid, row in named.items() if rid in turn.removed)]
        found = [*found, *named.values()]
    view = _hide(turn, view, gone)
    view = _show(turn, view, [row for row in found if row.rid not in turn.removed])
    passed = upto - view.upto
    view = replace(view, upto=upto, gone=len(changes))
    if view.again < view.until:
        view, more = _again(turn, view)
        passed += more
    if view != start:
        tx.put_view(view)
    return passed, upto < look.size or view.again < view.until


def _again(turn: _Turn, view: ViewRow) -> tuple[ViewRow, int]:
    """Asks once more about what was read before: what may not be seen any more leaves, what may now comes in."""
    found = [row for row in turn.look.house.records_after(view.again, BATCH) if row.n <= view.until]
    there = turn.tx.rids_of(view.id, {row.ext_id for row in found})
    stays, comes, leaves = list[Seeing](), list[Record](), list[Record]()
    for row in found:
        seeing = None if row.rid in turn.removed else may_see(turn.look, turn.one, row)
        if seeing is None:
            leaves += [row] if row.rid in there else []
        elif row.rid in there:
            turn.step.lets(seeing, row.n)
            stays.append(seeing)
        else:
            comes.append(row)
    view = _hide(turn, view, leaves)
    view = _show(turn, replace(view, good_until=_until(view, stays)), comes)
    reached = found[-1].n if len(found) == BATCH else view.until
    return replace(view, again=reached), max(1, reached - view.again)


def _until(view: ViewRow, seen: Iterable[Seeing]) -> datetime | None:
    """When the first of the answers behind a view may change by itself."""
    ends = {view.good_until, *(one.decision.good_until for one in seen)}
    return min((end for end in ends if end is not None), default=None)


def _show(turn: _Turn, view: ViewRow, records: Sequence[Record]) -> ViewRow:
    look = turn.look
    going = [(row, seeing) for row in records if (seeing := may_see(look, turn.one, row)) is not None]
    if not going:
        return view
    bids = [row.bid for row, _ in going]
    clear = look.house.clear(bids)
    sealed = [bid for bid in bids if bid not in clear]
    raws = {**clear, **dict(zip(sealed, look.house.serve(sealed), strict=True))}
    rows: list[ShownRow] = []
    seq, added = view.seq, view.added
    for row, seeing in going:
        seq, added = seq + 1, max(look.now, added + STEP)
        shelf = shelf_of(look.node, row.kind, row.ext_id, row.ext_ver)
        assert shelf is not None
        raw, kept = raws[row.bid], (row.rid, row.bid, seeing.did)
        keys = frozenset[int]() if raw is None else searching.keys(look.node, row.kind, raw)
        rows.append(row_of(shelf, row.ext_id, seq, added, kept, clear, keys))
        turn.step.lets(seeing, row.n)
    turn.tx.show(view.id, rows)
    return replace(view, seq=seq, added=added, good_until=_until(view, (seeing for _, seeing in going)))


def _hide(turn: _Turn, view: ViewRow, records: Sequence[Record]) -> ViewRow:
    """Takes records out. Another source's same thing at the same version, which stood behind one, takes its place."""
    named = {row.rid: row for row in records if row.ext_id}
    leaving = [row for row in turn.tx.of(view.id, {row.ext_id for row in named.values()}) if row.rid in named]
    if not leaving:
        return view
    turn.tx.hide(view.id, leaving)
    turn.step.left += [named[row.rid].n for row in leaving]
    behind = [row for name in {row.ext_id for row in leaving} for row in turn.look.house.by_ext_id(name)]
    return _show(turn, view, [row for row in behind if row.rid not in named and row.rid not in turn.removed])


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
