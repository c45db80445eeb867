"""Taking in, durable, validated, labelled, in the ledger: beside raw durable inserts of the same rows."""

import sqlite3
import tempfile
import time
from pathlib import Path

from tests.joined import DANA, joined

from bench.corpus import attack, indicators
from bench.row import Row
from comity.acts import intake
from comity.acts.node import Node

COUNT = 5000


def rows() -> list[Row]:
    return [
        _row("take, ICS ATT&CK 18.1 (objects/s)", attack(), "mitre-attack"),
        _row("take, a feed of 2 KB indicators (objects/s)", indicators(COUNT), "misp-galaxy"),
    ]


def _row(what: str, raw: bytes, source: str) -> Row:
    with tempfile.TemporaryDirectory() as folder, joined(Path(folder)) as pair:
        ours, floor = _take(pair.il, raw, source), _raw(Path(folder))
    return Row(what, f"{ours:,.0f}", f"raw inserts of the same rows {floor:,.0f}", ours / floor, "≥ 0.25")


def _take(node: Node, raw: bytes, source: str) -> float:
    began = time.perf_counter()
    taken = intake.take(node, raw, source, DANA)
    return taken.taken / (time.perf_counter() - began)


def _raw(folder: Path) -> float:
    """The rows that the feed became, copied table by table into a fresh file in transactions of 1,000 objects."""
    source = sqlite3.connect(folder / "IL" / "house.db")
    tables = [
        (name, sql)
        for name, sql in source.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name IN "
            "('log', 'leaf', 'body', 'record', 'edge', 'class')"
        )
    ]
    total = source.execute("SELECT count(*) FROM record").fetchone()[0]
    target = sqlite3.connect(folder / "raw.db", isolation_level=None)
    target.execute("PRAGMA journal_mode = WAL")
    target.execute("PRAGMA synchronous = FULL")
    for _, sql in tables:
        target.execute(sql)
    for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall():
        if any(f" ON {name} (" in sql or f' ON "{name}" (' in sql for name, _ in tables):
            target.execute(sql)
    contents = {name: source.execute(f'SELECT * FROM "{name}"').fetchall() for name, _ in tables}  # noqa: S608  # our names
    began = time.perf_counter()
    for start in range(0, total, intake.BATCH):
        target.execute("BEGIN IMMEDIATE")
        for name, found in contents.items():
            share = len(found) * intake.BATCH // total + 1
            part = found[start // intake.BATCH * share : (start // intake.BATCH + 1) * share]
            if part:
                marks = ",".join("?" * len(part[0]))
                target.executemany(f'INSERT INTO "{name}" VALUES ({marks})', part)  # noqa: S608  # our names
        target.execute("COMMIT")
    return float(total / (time.perf_counter() - began))
