"""Writing to a collection: each object for itself, in the house ledger when it is answered; and taking things out.

What has to be parsed at a cost, and is beyond what one post may spend, is kept with the post's status and read behind
`pending`: a flood of it makes the one who sent it wait, and nobody else.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from comity.acts import agreements, housefact, showing
from comity.acts.covering import purpose_for
from comity.acts.intake import Making, definitions, drafted
from comity.acts.keeping import check_room
from comity.acts.node import Node
from comity.acts.offering import NATIONAL, drawn
from comity.acts.ports import HouseTx
from comity.acts.showing import CHANGE, CHANGE_TYPE
from comity.core.errors import Malformed, Refused
from comity.labels.profile import Profile
from comity.records import NewRecord, Principal, RecordState
from comity.release.collection import Caller, Collection, Holder, State, Status, Verdict
from comity.release.kind import Piece
from comity.release.shown import PostedRow

COSTLY = 100
"""Patterns never seen before that one post may have parsed while it is waited for; so many in one later turn, too."""
PART = 500
"""Things of a post that are kept together."""
HELD = "kept in quarantine, unseen, until an officer has labelled it: "
CLASH = "another object has this id and version with other bytes; that one stays"


@dataclass(slots=True)
class _One:
    """One object of a post. `rid` is set once it is in the house, `raw` while it is still to be read."""

    ext_id: str
    version: str | None
    failure: str | None = None
    rid: str | None = None
    raw: bytes | None = None


def post(node: Node, caller: Caller, collection: Collection, raw: bytes) -> Status:
    """Takes every object of an envelope in, as from the collection's source. Raises `Malformed` for one broken as a
    whole, `Refused` where the source is not there any more, `Unreachable` where there is no room."""
    profile = _source(node, collection)
    pieces = _pieces(node, raw, COSTLY)
    check_room(node)
    things = [_One(piece.claim.ext_id, piece.claim.ext_ver or None, piece.fault) for piece in pieces]
    for thing, piece in zip(things, pieces, strict=True):
        thing.raw = piece.raw if piece.later else None
    upto = _take(node, caller, collection, profile, pieces, things)
    return _settle(node, collection, _rows(node, caller, collection, things, upto))


def read_later(node: Node, store: str) -> int:
    """Reads some of what posts left to be read, a turn for each of the oldest; answers how many objects."""
    count = 0
    with node.views(store).reader() as reader:
        open_posts = reader.unread(20)
    for row in open_posts:
        value = msgspec.json.decode(row.body)
        caller, collection = _from_json(value)
        things = [_thing(one) for one in value["things"]]
        chosen = [thing for thing in things if thing.raw is not None][: max(1, COSTLY // len(open_posts))]
        pieces = [_reread(node, thing) for thing in chosen]
        try:
            upto = _take(node, caller, collection, _source(node, collection), pieces, chosen)
        except Refused as error:
            upto = row.upto
            for thing in chosen:
                thing.failure = error.message
        for thing in chosen:
            thing.raw = None
        left = sum(thing.raw is not None for thing in things)
        body = _body(caller, collection, things)
        with node.views(store).begin() as tx:
            tx.put_posted(replace(row, upto=max(upto, row.upto), unread=left, body=body))
        count += len(chosen)
    return count


def status(node: Node, caller: Caller, stores: Sequence[str], status_id: str) -> Status | None:
    """What became of a post of this credential's own."""
    for store in stores:
        with node.views(store).reader() as reader:
            rows = reader.posted(status_id)
            if not rows or rows[0].by != caller.credential:
                continue
            value = msgspec.json.decode(rows[0].body)
            view = reader.view(str(value["collection"]["view"]))
        inbox = value["collection"]["store"] != NATIONAL
        upto = max(row.upto for row in rows)
        return _status(rows, passed=inbox or (view is not None and view.upto >= upto))
    return None


def delete(node: Node, caller: Caller, collection: Collection, ext_id: str, seqs: set[int]) -> bool:
    """Takes these rows out of the collection: a fact in the house ledger. False where there are none."""
    with node.views(collection.store).reader() as reader:
        view = reader.view(collection.view)
        rows = [] if view is None else [row for row in reader.of(view.id, [ext_id]) if row.seq in seqs]
    if not rows or collection.store != NATIONAL:
        return False
    with node.house.begin() as tx:
        _change(node, tx, caller, collection, [row.rid for row in rows], left=True)
    showing.follow_national(node)
    return True


def _source(node: Node, collection: Collection) -> Profile:
    """Our own source profile; for a partner's inbox the partner itself, whose silence means nothing."""
    if collection.store == NATIONAL:
        profile = node.profiles.get(collection.profile or "")
        if profile is None:
            raise Refused("what is written to this collection comes from no source that this node knows")
        return profile
    text = agreements.held(node, collection.store).at(node.clock())
    shelves = [(annex.shelf, kind.name) for annex in node.annexes for kind in annex.kinds if annex.shelf is not None]
    kinds = frozenset(kind for shelf, kind in shelves if shelf(kind, "", "") is not None)
    purposes = {purpose for kind in kinds if (purpose := purpose_for(text, kind)) is not None}
    return Profile(
        name=str(collection.profile),
        origin=str(collection.profile),
        licence="",
        licence_text="",
        kinds=kinds,
        annex="",
        purpose=min(purposes, default=""),
        reading="bundle",
        public=False,
    )


def _pieces(node: Node, raw: bytes, costly: int) -> Sequence[Piece]:
    reading = next((annex.written for annex in node.annexes if annex.written is not None), None)
    if reading is None:
        raise Malformed("nothing that this node reads is written to collections")
    return reading(raw, costly)


def _reread(node: Node, thing: _One) -> Piece:
    assert thing.raw is not None
    return _pieces(node, b'{"objects":[' + thing.raw + b"]}", 1)[0]


def _take(
    node: Node,
    caller: Caller,
    collection: Collection,
    profile: Profile,
    pieces: Sequence[Piece],
    things: Sequence[_One],
) -> int:
    """Keeps what can be kept; answers the line of the house log that the view must have passed."""
    drafts: dict[str, list[tuple[NewRecord, _One]]] = {}
    known = definitions(node, profile.name)
    for piece, thing in zip(pieces, things, strict=True):
        thing.failure = piece.fault
        if piece.fault is None and not piece.later:
            one = drafted(node, piece, profile.name, profile, Making(), known)
            drafts.setdefault(one.identity, []).append((one, thing))
    if not drafts:
        return 0
    by = Principal(caller.by)
    with node.house.begin() as tx:
        here = tx.known(list(drafts))
        fresh = [same[0][0] for identity, same in drafts.items() if identity not in here]
        kept = list(_unlike(tx, profile.name, fresh))
        rids = dict(zip((one.identity for one in kept), tx.take(kept, by, node.clock()), strict=True))
        there = tx.records(here.values())
        for identity, same in drafts.items():
            rid = here.get(identity) or rids.get(identity)
            state = there[rid].state if rid in there else same[0][0].state
            for one, thing in same:
                _judge(thing, one, rid, state)
        back = [rid for identity, rid in here.items() if there[rid].state is RecordState.LIVE]
        if collection.store == NATIONAL and (gone := showing.removed_from(node, tx, collection.view) & set(back)):
            _change(node, tx, caller, collection, sorted(gone), left=False)
        return tx.log_size()


def _judge(thing: _One, one: NewRecord, rid: str | None, state: RecordState) -> None:
    if rid is None:
        thing.failure = CLASH
    elif state is RecordState.QUARANTINED:
        thing.failure = HELD + (one.why or "its marking is not clear")
    elif state is not RecordState.LIVE:
        thing.failure = "it was destroyed here, and is not taken again"
    else:
        thing.rid = rid


def _unlike(tx: HouseTx, source: str, fresh: Sequence[NewRecord]) -> Sequence[NewRecord]:
    """Those whose id and version nobody has yet, also not one before them in the same post."""
    versions = {(one.ext_id, one.ext_ver) for one in fresh if one.ext_id}
    taken = tx.clashes(source, versions) if versions else set()
    kept: list[NewRecord] = []
    for one in fresh:
        version = (one.ext_id, one.ext_ver)
        if version not in taken:
            taken.add(version)
            kept.append(one)
    return kept


def _change(
    node: Node, tx: HouseTx, caller: Caller, collection: Collection, rids: Sequence[str], *, left: bool
) -> None:
    value = {"collection": collection.id, "records": list(rids), "left": left, "draw": node.entropy(8).hex()}
    housefact.put(node, tx, CHANGE, collection.id, CHANGE_TYPE, value, Principal(caller.by))


def fault_of(row: PostedRow) -> str | None:
    """What is wrong with the kept status of a post, for the check of the books; its verdicts have no other source."""
    strange = "this status is not one that Comity wrote"
    try:
        value = msgspec.json.decode(row.body)
        caller, _ = _from_json(value)
        things = [_thing(one) for one in value["things"]]
        again = _body(*_from_json(value), things)
    except (KeyError, TypeError, ValueError, AttributeError):
        return strange
    left = sum(thing.raw is not None for thing in things)
    if again != row.body or caller.credential != row.by or not things:
        return strange
    return None if left == row.unread else f"{left} things of it are still to be read, and it says {row.unread}"


def _settle(node: Node, collection: Collection, rows: Sequence[PostedRow]) -> Status:
    """Keeps the status; where the view is near its end, it is brought there at once. An inbox has no view."""
    if collection.store == NATIONAL:
        passed = showing.catch_up(node, rows)
    else:
        passed = True
        with node.views(collection.store).begin() as tx:
            for row in rows:
                tx.put_posted(row)
            tx.drop_posted(rows[0].at - showing.KEPT)
    return _status(rows, passed=passed)


def _rows(node: Node, caller: Caller, collection: Collection, things: Sequence[_One], upto: int) -> list[PostedRow]:
    """A post in parts, each of which is written again whenever some of it has been read."""
    name, now = drawn(node), node.clock()
    rows: list[PostedRow] = []
    for start in range(0, len(things), PART):
        part = things[start : start + PART]
        left = sum(thing.raw is not None for thing in part)
        body = _body(caller, collection, part)
        rows.append(PostedRow(name, len(rows), caller.credential, now, upto, left, body))
    return rows


def _status(rows: Sequence[PostedRow], *, passed: bool) -> Status:
    things = [_thing(one) for row in rows for one in msgspec.json.decode(row.body)["things"]]
    return Status(rows[0].id, rows[0].at, [_verdict(one, passed=passed) for one in things])


def _verdict(thing: _One, *, passed: bool) -> Verdict:
    if thing.failure is not None:
        return Verdict(thing.ext_id, thing.version, State.FAILURE, thing.failure)
    done = passed and thing.raw is None
    return Verdict(thing.ext_id, thing.version, State.SUCCESS if done else State.PENDING)


def _body(caller: Caller, collection: Collection, things: Sequence[_One]) -> bytes:
    return msgspec.json.encode(
        {
            "caller": {"credential": caller.credential, "holder": caller.holder.value, "name": caller.name},
            "collection": {
                "id": collection.id,
                "store": collection.store,
                "view": collection.view,
                "profile": collection.profile,
            },
            "things": [
                [
                    one.ext_id,
                    one.version,
                    one.failure,
                    one.rid,
                    None if one.raw is None else base64.b64encode(one.raw).decode(),
                ]
                for one in things
            ],
        }
    )


def _from_json(value: Mapping[str, Any]) -> tuple[Caller, Collection]:
    said, at = value["caller"], value["collection"]
    holder = Holder(said["holder"])
    caller = Caller(said["credential"], holder, said["name"], f"{holder}:{said['name']}")
    return caller, Collection(at["id"], "", None, None, True, True, at["store"], at["view"], at["profile"])


def _thing(value: Sequence[Any]) -> _One:
    ext_id, version, failure, rid, raw = value
    return _One(ext_id, version, failure, rid, None if raw is None else base64.b64decode(raw))
