"""The house checked from its first line: log, leaves and tree; records, references, classes, facts, bodies, keys."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, MetaData, RowMapping, Table, select

from comity.core import strictjson
from comity.core.errors import ComityError
from comity.core.merkle import Tree, leaf_hash
from comity.store import house_tables, key_tables
from comity.store import keys as key_store
from comity.store.database import Database
from comity.store.faults import (
    PART,
    Fault,
    body_faults,
    key_faults,
    mac_faults,
    nameplate_faults,
    paired,
    raw_rows,
    stored_trees,
)
from comity.store.house import House
from comity.store.house_rows import NAME, edges_mac, line, record_mac
from comity.store.house_tables import body, class_, edge, fact, leaf, log, nameplate, record, stack, statement
from comity.store.keys import CHUNK, chunks
from comity.store.mac import row_mac

Said = dict[str, Any]
"""A line of the house log, parsed; empty where it cannot be."""

COVERED = ("rid", "identity", "kind", "source", "ext_id", "ext_ver", "bid", "state", "handle", "sid", "proof", "why")


def faults(house: House) -> Iterator[Fault]:
    """Every fault of house.db and keys.db."""
    key = house.safe.cipher.identity_key
    with house.safe.keys.database.reading_anything() as connection:
        yield from _pages(house.safe.keys.database, connection, key_tables.METADATA, key_store.NAME)
        yield from nameplate_faults(connection, key_tables.nameplate, key_store.NAME, key_store.NAME)
        yield from key_faults(connection, key_tables.key, house.safe, key_store.NAME)
    with house.database.reading_anything() as connection:
        yield from _pages(house.database, connection, house_tables.METADATA, NAME)
        yield from nameplate_faults(connection, nameplate, NAME, NAME)
        yield from _log_faults(connection)
        yield from mac_faults(connection, class_, key, NAME)
        yield from body_faults(connection, body, house.safe, NAME)
        yield from _digest_faults(connection)
        yield from _record_faults(connection, key)
        yield from _fact_faults(connection, key)


def _pages(database: Database, connection: Connection, tables: MetaData, store: str) -> Iterator[Fault]:
    return (Fault(f"{store}.pages", "", what) for what in database.integrity(connection, tables))


def _log_faults(connection: Connection) -> Iterator[Fault]:
    """Lines against leaves, leaves against the stored tree; the tree tells which of two was changed."""
    lines, leaves = Tree(), Tree()
    unlike: list[int] = []
    pairs = paired(_by_n(connection, log), _by_n(connection, leaf))
    for part in chunks(pairs, PART):
        for expected, (n, one, other) in enumerate(part, lines.size + 1):
            if n != expected or one is None or other is None:
                table = "log" if (one is not None) is (n != expected) else "leaf"
                yield Fault(f"{NAME}.{table}", str(expected), "a line of the log or its leaf is missing or was moved")
                return
        computed = [_line_hash(one) for _, one, _ in part if one is not None]
        stored = [bytes(other["hash"]) for _, _, other in part if other is not None]
        unlike += [n for (n, _, _), one, other in zip(part, computed, stored, strict=True) if one != other]
        lines, leaves = lines.extend(computed), leaves.extend(stored)
    said = stored_trees(connection, stack)
    tree = said.get(NAME, Tree())
    if tree is not None and tree.size > lines.size:
        yield Fault(f"{NAME}.log", str(lines.size), f"the log ends here: its lines up to {tree.size} are gone")
    elif tree not in (lines, leaves) or set(said) - {NAME}:
        yield Fault(f"{NAME}.stack", NAME, "the tree over the house log is not the one that was stored")
    if tree != leaves or tree == lines:
        yield from (Fault(f"{NAME}.leaf", str(n), "this leaf is not that of its line") for n in unlike)
    if tree != lines:
        yield from (Fault(f"{NAME}.log", str(n), "this line was changed: its leaf is another") for n in unlike)


def _by_n(connection: Connection, table: Table) -> Iterator[tuple[int, RowMapping]]:
    return ((row["n"], row) for row in raw_rows(connection, table, table.c.n))


def _line_hash(row: RowMapping) -> bytes:
    try:
        return leaf_hash(line(row["n"], row["entry"], row["by"], row["at"]))
    except (ComityError, ValueError, TypeError, OverflowError):
        return b""


def _digest_faults(connection: Connection) -> Iterator[Fault]:
    for table, name in ((statement, "sid"), (fact, "fid")):
        for row in raw_rows(connection, table):
            if hashlib.sha256(row["bytes"]).hexdigest() != row[name]:
                yield Fault(f"{NAME}.{table.name}", str(row[name]), "its bytes do not fit its id")


def _record_faults(connection: Connection, key: bytes) -> Iterator[Fault]:
    """Records and references against the line that last spoke of each; then lines that speak of no record."""
    classes = {row["id"]: str(row["canonical"]) for row in raw_rows(connection, class_)}
    edges = groupby(raw_rows(connection, edge, edge.c.rid, edge.c.pos), key=lambda row: str(row["rid"]))
    referring = ((rid, [_reference(row) for row in group]) for rid, group in edges)
    records = ((str(row["rid"]), row) for row in raw_rows(connection, record, record.c.rid))
    for part in chunks(paired(records, referring), PART):
        said = _said_at(connection, [row["n"] for _, row, _ in part if row is not None])
        for rid, row, refs in part:
            if row is None:
                yield Fault(f"{NAME}.edge", rid, "these references are of no record")
                continue
            line_ = said.get(row["n"], {})
            columns = [row[name] for name in COVERED]
            mac = record_mac(key, columns, classes.get(row["class"], ""))
            if (line_.get("rid"), line_.get("row")) != (rid, mac):
                yield Fault(f"{NAME}.record", rid, f"this record is not what line {row['n']} of the house log says")
            if _edges_mac(key, rid, refs or []) != line_.get("refs"):
                yield Fault(f"{NAME}.edge", rid, f"its references are not what line {row['n']} of the house log says")
    yield from _lost_faults(connection)


def _lost_faults(connection: Connection) -> Iterator[Fault]:
    for part in chunks(_said(connection), CHUNK):
        about = [
            (n, str(said.get("rid"))) for n, said in part if said.get("act") in ("taken", "relabelled", "destroyed")
        ]
        rows = connection.execute(select(record.c.rid, record.c.n).where(record.c.rid.in_([rid for _, rid in about])))
        found = {str(rid): n for rid, n in rows}
        for n, rid in about:
            if found.get(rid, 0) < n:
                yield Fault(f"{NAME}.record", rid, f"line {n} speaks of a record that is gone, or was set back")


def _reference(row: RowMapping) -> tuple[Any, ...]:
    return row["pos"], row["role"], row["target"], row["single"], row["marking"]


def _edges_mac(key: bytes, rid: str, refs: Sequence[tuple[Any, ...]]) -> str:
    if [one[0] for one in refs] != list(range(len(refs))):
        return ""
    return edges_mac(key, rid, [one[1:] for one in refs])


def _said_at(connection: Connection, ns: Sequence[int]) -> dict[int, Said]:
    found: dict[int, Said] = {}
    for part in chunks(ns):
        for n, entry in connection.execute(select(log.c.n, log.c.entry).where(log.c.n.in_(part))):
            found[n] = _parsed(entry)
    return found


def _said(connection: Connection) -> Iterator[tuple[int, Said]]:
    return ((row["n"], _parsed(row["entry"])) for row in raw_rows(connection, log, log.c.n))


def _parsed(entry: object) -> Said:
    try:
        said = strictjson.parse(str(entry).encode(), "a line of the house log")
    except (ComityError, UnicodeError):
        return {}
    return said if isinstance(said, dict) else {}


def _fact_faults(connection: Connection, key: bytes) -> Iterator[Fault]:
    said = {n: one for n, one in _said(connection) if one.get("act") == "fact"}
    for row in raw_rows(connection, fact):
        columns = [row[name] for name in ("fid", "kind", "scope", "valid_from", "valid_until")]
        line_ = said.pop(row["n"], {})
        if line_.get("fid") != row["fid"] or row_mac(key, "fact", columns).hex() != line_.get("row"):
            yield Fault(f"{NAME}.fact", str(row["fid"]), "this fact is not what the house log says it is")
    yield from (
        Fault(f"{NAME}.fact", str(one.get("fid")), f"line {n} speaks of a fact that is gone") for n, one in said.items()
    )
