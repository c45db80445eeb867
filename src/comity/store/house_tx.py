"""Writing the house: all of a transaction or nothing, everything in bulk."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from comity.core import ids, strictjson
from comity.core.errors import Absent, Malformed
from comity.core.merkle import leaf_hash
from comity.records import Fact, NewRecord, Principal, Record, RecordState
from comity.store import rows, trees
from comity.store.bodies import Safe
from comity.store.columns import maybe_micros, micros
from comity.store.facts import Facts
from comity.store.house_reads import HouseReader
from comity.store.house_rows import NAME, edge_values, edges_mac, fact_mac, lines, record_mac, taken
from comity.store.house_tables import class_, edge, fact, leaf, log, record, stack, statement
from comity.store.keys import chunks
from comity.store.mac import with_mac


class HouseTx(HouseReader):
    """One house transaction. `finish` is the house's own last step before it commits."""

    def __init__(self, connection: Connection, safe: Safe, facts: Facts) -> None:
        super().__init__(connection, safe, facts)
        self._key = safe.cipher.identity_key
        self._tree = self.tree()
        self._start = self._tree.size

    def take(self, records: Sequence[NewRecord], by: Principal, at: datetime) -> list[str]:
        """Keeps these records, their bytes, references and leaves; answers their ids.

        None of them may be `known`. What was taken is one line and one leaf each, and the line's number begins the id.
        """
        if not records:
            return []
        bids = self._bodies.put([one.raw for one in records], [one.sealed for one in records])
        classes = self._classes({one.class_canonical for one in records})
        rids = [ids.placed(n, one.identity) for n, one in enumerate(records, self._tree.size + 1)]
        kept = list(zip(rids, records, bids, strict=True))
        ns = self._log([self._taken(rid, one, bid) for rid, one, bid in kept], by, at)
        rows.add(self._connection, record, [_row(*one, classes, n) for one, n in zip(kept, ns, strict=True)])
        rows.add(self._connection, edge, [row for rid, one, _ in kept for row in _edges(rid, one)])
        return rids

    def append(self, entry: Mapping[str, Any], by: Principal, at: datetime) -> int:
        """One line of any other act. Answers its position."""
        return self._log([strictjson.canonical(entry).decode()], by, at)[0]

    def relabel(self, rid: str, class_canonical: str, by: Principal, at: datetime, why: str) -> int:
        """A named person's way out of quarantine: sets the class, makes the record live, and logs both.

        The record moves to the new line, so that followers read it again. Raises `Absent` for an unknown one.
        """
        known = self.record(rid)
        if known is None:
            raise Absent(f"there is no record {rid}")
        class_id = self._classes({class_canonical})[class_canonical]
        columns = (*_columns(rid, known), known.bid, RecordState.LIVE.value, known.handle, known.sid, known.proof, None)
        row = record_mac(self._key, columns, class_canonical)
        refs = edges_mac(self._key, rid, edge_values(self.edges_of([rid])[rid]))
        n = self.append({"act": "relabelled", "rid": rid, "row": row, "refs": refs, "why": why}, by, at)
        changed = {"class": class_id, "state": RecordState.LIVE.value, "n": n, "why": None}
        self._connection.execute(update(record).where(record.c.rid == rid).values(changed))
        return n

    def put_fact(self, fact_: Fact, by: Principal, at: datetime) -> int:
        """Keeps a fact and logs it; one that is known already keeps its first position.

        Raises `Malformed` where the bytes do not fit the fact's id.
        """
        if hashlib.sha256(fact_.body).hexdigest() != fact_.fid:
            raise Malformed(f"the fact {fact_.fid} is not named by the digest of its bytes")
        known = self._connection.execute(select(fact.c.n).where(fact.c.fid == fact_.fid)).scalar_one_or_none()
        if known is not None:
            return int(known)
        start, end = micros(fact_.valid_from), maybe_micros(fact_.valid_until)
        mac = fact_mac(self._key, fact_, start, end)
        entry = {"act": "fact", "fid": fact_.fid, "kind": fact_.kind, "scope": fact_.scope, "row": mac}
        n = self.append(entry, by, at)
        row = {"fid": fact_.fid, "kind": fact_.kind, "scope": fact_.scope, "valid_from": start, "valid_until": end}
        rows.add(self._connection, fact, [row | {"bytes": fact_.body, "n": n}])
        self._facts, self._newest = Facts(), None  # nobody else may read it before it is committed
        return n

    def put_statements(self, statements: Mapping[str, bytes]) -> None:
        """Keeps origin statements by their digest; known ones stay. Raises `Malformed` for another's digest."""
        known: set[str] = set()
        for sid, raw in statements.items():
            if hashlib.sha256(raw).hexdigest() != sid:
                raise Malformed(f"the statement {sid} is not named by the digest of its bytes")
        for part in chunks(statements):
            known.update(self._connection.execute(select(statement.c.sid).where(statement.c.sid.in_(part))).scalars())
        fresh = [{"sid": sid, "bytes": raw} for sid, raw in statements.items() if sid not in known]
        rows.add(self._connection, statement, fresh)

    def destroy(self, rid: str, by: Principal, at: datetime, why: str) -> int:
        """Destroys a record's body for ever by dropping its key, in yesterday's backup too; marks the record, and logs
        it. What the record was called and how it was labelled stays.

        The same bytes taken from another source are another body. Raises `Absent` for an unknown record.
        """
        known = self.record(rid)
        if known is None:
            raise Absent(f"there is no record {rid}")
        self._bodies.destroy(known.bid)
        state = RecordState.DESTROYED.value
        columns = (*_columns(rid, known), known.bid, state, known.handle, known.sid, known.proof, why)
        row = record_mac(self._key, columns, known.class_canonical)
        refs = edges_mac(self._key, rid, edge_values(self.edges_of([rid])[rid]))
        n = self.append({"act": "destroyed", "rid": rid, "row": row, "refs": refs, "why": why}, by, at)
        self._connection.execute(update(record).where(record.c.rid == rid).values(state=state, n=n, why=why))
        return n

    @property
    def grew(self) -> bool:
        """Whether this transaction wrote a line of the log, which followers read."""
        return self._tree.size > self._start

    def finish(self) -> None:
        trees.save(self._connection, stack, NAME, self._tree)
        self._bodies.settle_keys()

    def committed(self) -> None:
        """The house's own first step after the commit."""
        self._bodies.drop_keys()

    def _taken(self, rid: str, one: NewRecord, bid: str) -> str:
        columns = (*_columns(rid, one), bid, one.state.value, one.handle, one.sid, one.proof, one.why)
        row = record_mac(self._key, columns, one.class_canonical)
        return taken(rid, row, edges_mac(self._key, rid, edge_values(one.edges)))

    def _log(self, entries: Sequence[str], by: Principal, at: datetime) -> list[int]:
        first, when = self._tree.size + 1, micros(at)
        hashes = [leaf_hash(text) for text in lines(first, entries, by.id, when)]
        ns = list(range(first, first + len(entries)))
        rows.add(
            self._connection,
            log,
            [{"n": n, "entry": entry, "by": by.id, "at": when} for n, entry in zip(ns, entries, strict=True)],
        )
        rows.add(self._connection, leaf, [{"n": n, "hash": digest} for n, digest in zip(ns, hashes, strict=True)])
        self._tree = self._tree.extend(hashes)
        return ns

    def _classes(self, canonicals: Iterable[str]) -> dict[str, int]:
        wanted = sorted(canonicals)
        numbers: dict[str, int] = {}
        for part in chunks(wanted):
            known = self._connection.execute(
                select(class_.c.canonical, class_.c.id).where(class_.c.canonical.in_(part))
            )
            numbers.update((canonical, class_id) for canonical, class_id in known)
        fresh = [canonical for canonical in wanted if canonical not in numbers]
        if fresh:
            last = self._connection.execute(select(func.max(class_.c.id))).scalar_one() or 0
            new = dict(zip(fresh, range(last + 1, last + 1 + len(fresh)), strict=True))
            named = [with_mac(self._key, class_, {"id": n, "canonical": canonical}) for canonical, n in new.items()]
            rows.add(self._connection, class_, named)
            numbers |= new
        return numbers


def _columns(rid: str, one: NewRecord | Record) -> tuple[str, str, str, str, str, str]:
    return rid, ids.digest_of(rid), one.kind, one.source, one.ext_id, one.ext_ver


def _row(rid: str, one: NewRecord, bid: str, classes: Mapping[str, int], n: int) -> dict[str, Any]:
    return {
        "rid": rid,
        "identity": one.identity,
        "kind": one.kind,
        "source": one.source,
        "ext_id": one.ext_id,
        "ext_ver": one.ext_ver,
        "bid": bid,
        "class": classes[one.class_canonical],
        "state": one.state.value,
        "n": n,
        "handle": one.handle,
        "sid": one.sid,
        "proof": one.proof,
        "why": one.why,
    }


def _edges(rid: str, one: NewRecord) -> list[dict[str, Any]]:
    return [
        {
            "rid": rid,
            "pos": pos,
            "role": reference.role,
            "target": reference.target,
            "single": reference.single,
            "marking": reference.marking,
        }
        for pos, reference in enumerate(one.edges)
    ]
