"""One agreement's store checked: rows against their macs, batches, envelopes and leaves against digests and trees."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from comity.core import instants
from comity.core.errors import ComityError
from comity.core.merkle import Tree, leaf_hash
from comity.ledger import leaf as leaves
from comity.ledger.leaf import Followed
from comity.records import CheckpointRow, InboxRow, OutboxRow
from comity.store import agreement_tables as tables
from comity.store.agreement import AgreementStore
from comity.store.agreement_reads import AgreementReader
from comity.store.agreement_rows import CHECKPOINT, as_checkpoint
from comity.store.batch import Row, rows_root
from comity.store.columns import instant, maybe_instant
from comity.store.faults import (
    Fault,
    body_faults,
    mac_faults,
    nameplate_faults,
    paired,
    raw_rows,
    row_name,
    stored_trees,
)
from comity.store.leaves import MIRROR

DECISIONS = "decisions"
MACS = (
    tables.cursor,
    tables.decision,
    tables.release,
    tables.waiting,
    tables.refused,
    tables.outbox,
    tables.inbox,
    tables.checkpoint,
    tables.duty,
    tables.case,
)


@dataclass(frozen=True, slots=True)
class Signatures:
    """How signatures are checked, which is not the store's to know: each answers what is wrong, or `None`."""

    outgoing: Callable[[OutboxRow], str | None]
    incoming: Callable[[InboxRow], str | None]
    checkpoint: Callable[[CheckpointRow], str | None]


def faults(store: AgreementStore, signatures: Signatures | None) -> Iterator[Fault]:
    """Every fault of one agreement's store."""
    name = store.name
    with store.database.reading_anything() as connection:
        found = store.database.integrity(connection, tables.METADATA)
        yield from (Fault(f"{name}.pages", "", what) for what in found)
        yield from nameplate_faults(connection, tables.nameplate, name, name)
        for table in MACS:
            yield from mac_faults(connection, table, store.safe.cipher.identity_key, name)
        yield from body_faults(connection, tables.body, store.safe, name)
        yield from _digest_faults(connection, name)
        yield from _leaf_faults(connection, name)
        yield from _batch_faults(connection, name)
        yield from _gap_faults(connection, name)
    with store.reader() as reader:
        yield from _envelope_faults(reader, name, signatures)


def _digest_faults(connection: Connection, store: str) -> Iterator[Fault]:
    for row in raw_rows(connection, tables.decision):
        if hashlib.sha256(row["bytes"]).hexdigest() != row["did"]:
            yield Fault(f"{store}.decision", row_name(tables.decision, row), "its bytes do not fit its id")


def _leaf_faults(connection: Connection, store: str) -> Iterator[Fault]:
    """Leaves against their hashes, each log against its stored tree. Only the mirror may have gaps."""
    said = stored_trees(connection, tables.stack)
    known = set(said)
    grouped = groupby(
        raw_rows(connection, tables.leaf, tables.leaf.c.log, tables.leaf.c.n), key=lambda row: str(row["log"])
    )
    for log, rows in grouped:
        tree, whole, changed = Tree(), True, 0
        for row in rows:
            name = row_name(tables.leaf, row)
            if row["n"] != tree.size and whole:
                whole = False
                if log != MIRROR:
                    yield Fault(f"{store}.leaf", name, "leaves before this one are missing, or it was moved")
            if leaf_hash(row["bytes"]) != row["hash"]:
                changed += 1
                yield Fault(f"{store}.leaf", name, "its bytes do not give the hash stored beside them")
            if whole:
                tree = tree.append(leaf_hash(row["bytes"]))
        stored = said.pop(log, None)
        if stored != tree:
            cut = log not in known or (stored is not None and stored.size > tree.size)
            table = "leaf" if changed or cut else "stack"
            yield Fault(f"{store}.{table}", log, f"the log has {tree.size} leaves whose tree is not the stored one")
    yield from (Fault(f"{store}.stack", log, "this tree has no leaves") for log in said)


def _batch_faults(connection: Connection, store: str) -> Iterator[Fault]:
    """Each batch's outcomes and releases against the root in its leaf, which stands at the batch's number."""
    leaf_rows = _followed(connection)
    rows = paired(_by_batch(connection, tables.outcome), _by_batch(connection, tables.release))
    merged = paired(((batch, (one or [], other or [])) for batch, one, other in rows), leaf_rows)
    for batch, both, leaf in merged:
        outcomes, releases = both if both is not None else ([], [])
        where = Fault(f"{store}.outcome", f"batch {batch}", "")
        if leaf is None:
            yield where._replace(what="no leaf of the decisions log speaks of these outcomes or releases")
        elif leaf.count != len(outcomes):
            yield where._replace(what=f"the batch has {len(outcomes)} outcomes, and its leaf says {leaf.count}")
        elif _root(outcomes, releases) != leaf.root:
            yield where._replace(what="an outcome or release of this batch was changed: its leaf has another root")


def _followed(connection: Connection) -> Iterator[tuple[int, Followed]]:
    for row in raw_rows(connection, tables.leaf, tables.leaf.c.log, tables.leaf.c.n):
        if row["log"] != DECISIONS:
            continue
        try:
            leaf = leaves.parse(row["bytes"])
        except ComityError:
            continue
        if isinstance(leaf, Followed):
            yield row["n"], leaf


def _by_batch(connection: Connection, table: Table) -> Iterator[tuple[int, list[RowMapping]]]:
    order = [table.c.batch, *[table.c[name] for name in ("pos", "view", "seq") if name in table.c]]
    grouped = groupby(raw_rows(connection, table, *order), key=lambda row: row["batch"])
    return ((batch, list(group)) for batch, group in grouped)


def _root(outcomes: Iterable[RowMapping], releases: Iterable[RowMapping]) -> str:
    names = ("view", "seq", "handle", "rid", "copy", "did", "kind", "ext_id", "ext_ver")
    try:
        return rows_root(
            [(row["pos"], row["rid"], row["did"], row["outcome"]) for row in outcomes],
            [(*(row[name] for name in names), *_instants(row)) for row in releases],
        )
    except (TypeError, OverflowError):
        return ""


def _instants(row: RowMapping) -> Row:
    until = maybe_instant(row["valid_until"])
    return instants.text(instant(row["added"])), None if until is None else instants.text(until)


def _gap_faults(connection: Connection, store: str) -> Iterator[Fault]:
    """Numbers that are missing from a chain of ours: each is closed by an envelope or a void, never left out."""
    table = tables.outbox
    order = (table.c.mode, table.c.lane, table.c.epoch, table.c.seq)
    last: tuple[Any, ...] = ()
    seq = 0
    for row in raw_rows(connection, table, *order):
        chain = (row["mode"], row["lane"], row["epoch"])
        seq = seq + 1 if chain == last else 1
        if row["seq"] != seq:
            yield Fault(f"{store}.outbox", row_name(table, row), f"number {seq} of this chain is missing")
            seq = row["seq"]
        last = chain


def _envelope_faults(reader: AgreementReader, store: str, signatures: Signatures | None) -> Iterator[Fault]:
    """Envelopes against their digests, and every signature. Rows that cannot be read are named above already."""
    connection = reader.connection
    for table in (tables.outbox, tables.inbox):
        for digest in list(connection.execute(select(table.c.digest)).scalars()):
            what = _envelope_fault(reader, table, digest, signatures)
            if what is not None:
                yield Fault(f"{store}.{table.name}", digest, what)
    if signatures is not None:
        for row in connection.execute(CHECKPOINT):
            what = signatures.checkpoint(as_checkpoint(row))
            if what is not None:
                yield Fault(f"{store}.checkpoint", f"{row.log}, {row.size}", what)


def _envelope_fault(reader: AgreementReader, table: Table, digest: str, signatures: Signatures | None) -> str | None:
    try:
        row = reader.outgoing_by_digest(digest) if table is tables.outbox else reader.incoming(digest)
    except (ComityError, ValueError, OverflowError):
        return None
    if isinstance(row, InboxRow) and not row.raw and row.receipt is not None:
        return None
    if row is None or hashlib.sha256(row.raw).hexdigest() != digest:
        return "its bytes do not fit its digest"
    if signatures is None:
        return None
    return signatures.outgoing(row) if isinstance(row, OutboxRow) else signatures.incoming(row)
