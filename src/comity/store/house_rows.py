"""What a house row means: the line a leaf covers, the values a record's mac covers, the value it becomes."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from comity.core import instants, strictjson
from comity.records import Fact, LogEntry, Record, RecordState
from comity.release.kind import Reference
from comity.store.batch import Row as Values
from comity.store.batch import Value
from comity.store.columns import AnyRow, AnySelect, instant, maybe_instant
from comity.store.house_tables import class_, fact, log, record
from comity.store.mac import row_mac

NAME = "house"


def line(n: int, entry: str, by: str, at: int) -> bytes:
    """The canonical JSON of [n, entry, by, at], which leaf `n` covers. `entry` is canonical JSON already."""
    return _line(n, entry, strictjson.canonical(by).decode(), instants.text(instant(at)))


def lines(first: int, entries: Iterable[str], by: str, at: int) -> list[bytes]:
    """As `line`, for many that one principal wrote at one instant."""
    who, when = strictjson.canonical(by).decode(), instants.text(instant(at))
    return [_line(n, entry, who, when) for n, entry in enumerate(entries, first)]


def _line(n: int, entry: str, by: str, at: str) -> bytes:
    return f'[{n},{entry},{by},"{at}"]'.encode()


def record_mac(key: bytes, columns: Sequence[Value], class_canonical: str) -> str:
    """What the log says of a record: a mac over its row and its class in words.

    `columns` are rid, identity, kind, source, ext_id, ext_ver, bid, state, handle, sid, proof, why.
    """
    return row_mac(key, "record", (*columns, class_canonical)).hex()


def edges_mac(key: bytes, rid: str, edges: Iterable[Values]) -> str:
    """What the log says of a record's references: a mac over (role, target, single, marking) of each, in order."""
    return row_mac(key, "edge", (rid, *(value for edge in edges for value in edge))).hex()


def edge_values(references: Iterable[Reference]) -> list[Values]:
    return [(one.role, one.target, one.single, one.marking) for one in references]


def fact_mac(key: bytes, one: Fact, valid_from: int, valid_until: int | None) -> str:
    return row_mac(key, "fact", (one.fid, one.kind, one.scope, valid_from, valid_until)).hex()


def taken(rid: str, row: str, refs: str) -> str:
    """The log entry of a record taken in, as canonical JSON: all values are hex, so nothing needs escaping."""
    return f'{{"act":"taken","refs":"{refs}","rid":"{rid}","row":"{row}"}}'


RECORD: AnySelect = select(*[column for column in record.c if column.name != "identity"], class_.c.canonical).join_from(
    record, class_
)


def as_record(row: Sequence[Any]) -> Record:
    (rid, kind, source, ext_id, ext_ver, bid, class_id, state, n, handle, sid, proof, why, canonical) = row
    return Record(
        rid, kind, source, ext_id, ext_ver, bid, class_id, canonical, RecordState(state), n, handle, sid, proof, why
    )


FACT: AnySelect = select(
    fact.c.fid, fact.c.kind, fact.c.scope, fact.c.valid_from, fact.c.valid_until, fact.c.bytes
).order_by(fact.c.n)


def as_fact(row: AnyRow) -> Fact:
    fid, kind, scope, valid_from, valid_until, raw = row
    return Fact(fid, kind, scope, instant(valid_from), maybe_instant(valid_until), raw)


LOG: AnySelect = select(log.c.n, log.c.entry, log.c.by, log.c.at).order_by(log.c.n)


def as_entry(row: AnyRow) -> LogEntry:
    n, entry, by, at = row
    return LogEntry(n, strictjson.parse(entry.encode(), f"line {n} of the house log"), by, instant(at))
