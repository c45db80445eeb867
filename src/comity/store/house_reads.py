"""Reading the house: one consistent snapshot, or the transaction that is being written."""

from collections.abc import Collection, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from comity.core.errors import Broken
from comity.core.merkle import Tree
from comity.records import Fact, LogEntry, Record, RecordState
from comity.release.kind import Reference
from comity.store import rows, trees
from comity.store.bodies import Bodies, Safe
from comity.store.facts import Facts
from comity.store.house_rows import FACT, LOG, NAME, RECORD, as_entry, as_fact, as_record
from comity.store.house_tables import body, edge, fact, leaf, log, record, stack, statement
from comity.store.rows import is_chosen

MAX_PREFIX_HITS = 20

_RECORDS = RECORD.where(is_chosen(record.c.rid))
_HANDLES = select(record.c.handle, record.c.identity).where(is_chosen(record.c.handle))
_KNOWN = select(record.c.identity, record.c.rid).where(is_chosen(record.c.identity))
_VERSIONS = select(record.c.ext_id, record.c.ext_ver).where(
    is_chosen(record.c.ext_id), record.c.source == bindparam("source")
)
_FIRST = select(record.c.ext_id, func.min(record.c.n)).where(is_chosen(record.c.ext_id)).group_by(record.c.ext_id)
_NAMED = select(record.c.ext_id, record.c.rid).where(is_chosen(record.c.ext_id))
_EDGES = (
    select(edge.c.rid, edge.c.role, edge.c.target, edge.c.single, edge.c.marking)
    .where(is_chosen(edge.c.rid))
    .order_by(edge.c.rid, edge.c.pos)
)


class HouseReader:
    """What the house holds. Nothing here parses content or judges it."""

    def __init__(self, connection: Connection, safe: Safe, facts: Facts) -> None:
        self._connection = connection
        self._facts = facts
        self._newest: int | None = None
        self._bodies = Bodies(connection, body, safe)

    def record(self, rid: str) -> Record | None:
        return self._one(record.c.rid == rid)

    def records(self, rids: Collection[str]) -> dict[str, Record]:
        """Those of `rids` that the house has."""
        return {row[0]: as_record(row) for row in rows.chosen(self._connection, _RECORDS, rids)}

    def records_after(self, n: int, limit: int) -> list[Record]:
        """Live records whose log line is after `n`, in the log's order; quarantined ones never go to a follower."""
        query = RECORD.where(record.c.state == RecordState.LIVE, record.c.n > n).order_by(record.c.n).limit(limit)
        return [as_record(row) for row in self._connection.execute(query)]

    def destroyed_between(self, n: int, upto: int) -> list[Record]:
        """Records whose end stands in the log after `n`, up to and with `upto`."""
        query = RECORD.where(record.c.state == RecordState.DESTROYED, record.c.n > n, record.c.n <= upto)
        return [as_record(row) for row in self._connection.execute(query.order_by(record.c.n))]

    def by_prefix(self, prefix: str) -> list[Record]:
        """Records whose id begins so; at most twenty, since an officer who sees more must write more."""
        query = RECORD.where(record.c.rid >= prefix, record.c.rid < prefix + "g").order_by(record.c.rid)
        return [as_record(row) for row in self._connection.execute(query.limit(MAX_PREFIX_HITS))]

    def by_handle(self, handle: str) -> Record | None:
        return self._one(record.c.handle == handle)

    def handles(self, handles: Collection[str]) -> dict[str, str]:
        """Which of these handles name a record of the house, and its identity."""
        return dict(rows.chosen(self._connection, _HANDLES, handles))

    def by_ext_id(self, ext_id: str) -> list[Record]:
        """Every version of what goes by this name, from any source; each source's oldest version first."""
        query = RECORD.where(record.c.ext_id == ext_id).order_by(record.c.source, record.c.ext_ver, record.c.n)
        return [as_record(row) for row in self._connection.execute(query)]

    def find(self, source: str, ext_id: str) -> list[Record]:
        """Every version of one thing from one source, quarantined ones too, oldest version first."""
        query = RECORD.where(record.c.ext_id == ext_id, record.c.source == source)
        return [as_record(row) for row in self._connection.execute(query.order_by(record.c.ext_ver, record.c.n))]

    def known(self, identities: Collection[str]) -> dict[str, str]:
        """The ids of those records that the house has, by identity."""
        return dict(rows.chosen(self._connection, _KNOWN, identities))

    def clashes(self, source: str, versions: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those (id, version) that the house has from `source` already. Same bytes are `known`: ask that first."""
        ext_ids = {ext_id for ext_id, _ in versions}
        found = rows.chosen(self._connection, _VERSIONS, ext_ids, source=source)
        return {(ext_id, ext_ver) for ext_id, ext_ver in found}.intersection(versions)

    def resolve(self, ext_ids: Collection[str]) -> dict[str, int]:
        """Where in the house log each of these things first stands; one that the house lacks is not in the answer."""
        return dict(rows.chosen(self._connection, _FIRST, set(ext_ids)))

    def named(self, ext_ids: Collection[str]) -> dict[str, list[str]]:
        """The ids of all records that go by each of these names; a name that the house lacks is not in the answer."""
        found: dict[str, list[str]] = {}
        for ext_id, rid in rows.chosen(self._connection, _NAMED, set(ext_ids)):
            found.setdefault(ext_id, []).append(rid)
        return found

    def edges_of(self, rids: Collection[str]) -> dict[str, tuple[Reference, ...]]:
        """Each record's references, in the order in which they were taken."""
        found: dict[str, tuple[Reference, ...]] = dict.fromkeys(rids, ())
        for rid, group in groupby(rows.chosen(self._connection, _EDGES, rids), key=itemgetter(0)):
            found[rid] = tuple([Reference(row[1], row[2], bool(row[3]), bool(row[4])) for row in group])
        return found

    def quarantined(self) -> list[Record]:
        query = RECORD.where(record.c.state == RecordState.QUARANTINED).order_by(record.c.n)
        return [as_record(row) for row in self._connection.execute(query)]

    def body(self, bid: str) -> bytes:
        """Raises `Absent` for none or a destroyed one, `Broken` naming the body for altered bytes."""
        return self._bodies.read(bid)

    def bodies(self, bids: Collection[str]) -> dict[str, bytes]:
        """As `body`, for many at once."""
        return self._bodies.read_many(bids)

    def serve(self, bids: Sequence[str]) -> list[bytes | None]:
        """A page of bodies (`Bodies.serve`)."""
        return self._bodies.serve(bids)

    def clear(self, bids: Sequence[str]) -> dict[str, bytes]:
        """Those that are stored clear (`Bodies.clear`)."""
        return self._bodies.clear(bids)

    def facts(self, kind: str, scope: str | None = None) -> list[Fact]:
        """Facts of a kind, about one thing or about anything, in the order in which the house learnt them."""
        return list(self._facts.get(self.newest_fact(), (kind, scope), partial(self._facts_now, kind, scope)))

    def newest_fact(self) -> int:
        """The line of the log of the newest fact; 0 without one."""
        if self._newest is None:
            self._newest = self._connection.execute(select(func.max(fact.c.n))).scalar_one() or 0
        return self._newest

    def last_fact(self, kind: str, scope: str) -> Fact | None:
        """The newest of a kind about one thing."""
        columns = FACT.selected_columns
        query = FACT.where(columns.kind == kind, columns.scope == scope).order_by(None).order_by(fact.c.n.desc())
        row = self._connection.execute(query.limit(1)).first()
        return None if row is None else as_fact(row)

    def kept_by(self, fid: str) -> str | None:
        """In whose name a fact was kept; `None` for one that is not here."""
        query = select(log.c.by).join(fact, fact.c.n == log.c.n).where(fact.c.fid == fid)
        return self._connection.execute(query).scalar_one_or_none()

    def statement(self, sid: str) -> bytes | None:
        return self._connection.execute(select(statement.c.bytes).where(statement.c.sid == sid)).scalar_one_or_none()

    def log_after(self, n: int, limit: int) -> list[LogEntry]:
        return list(map(as_entry, self._connection.execute(LOG.where(log.c.n > n).limit(limit)).all()))

    def fact_lines(self, n: int) -> list[LogEntry]:
        """The lines after `n` by which a fact was kept."""
        query = LOG.join(fact, fact.c.n == log.c.n).where(fact.c.n > n)
        return list(map(as_entry, self._connection.execute(query)))

    def log_size(self) -> int:
        return self._connection.execute(select(func.max(log.c.n))).scalar_one() or 0

    def tree(self) -> Tree:
        """The house tree, resumed from its stored state. Raises `Broken` where log and tree are not of one length."""
        tree = trees.load(self._connection, stack, NAME)
        if tree.size != self.log_size():
            raise Broken("the house log and its tree are not of one length", "run `comity fsck`")
        return tree

    def leaf_hashes(self, start: int, stop: int) -> list[bytes]:
        """The hashes of the leaves with these indexes, from 0, as proofs count them."""
        query = select(leaf.c.hash).where(leaf.c.n > start, leaf.c.n <= stop).order_by(leaf.c.n)
        return list(self._connection.execute(query).scalars())

    def counts(self) -> dict[str, int]:
        """How many records are live and how many quarantined."""
        query = select(record.c.state, func.count()).group_by(record.c.state)
        return {str(state): int(count) for state, count in self._connection.execute(query)}

    def quarantine_count(self) -> int:
        query = select(func.count()).where(record.c.state == RecordState.QUARANTINED)
        return self._connection.execute(query).scalar_one()

    def _facts_now(self, kind: str, scope: str | None) -> tuple[Fact, ...]:
        query = FACT.where(FACT.selected_columns.kind == kind)
        if scope is not None:
            query = query.where(FACT.selected_columns.scope == scope)
        return tuple(as_fact(row) for row in self._connection.execute(query))

    def _one(self, condition: ColumnElement[bool]) -> Record | None:
        row = self._connection.execute(RECORD.where(condition)).one_or_none()
        return None if row is None else as_record(row)
