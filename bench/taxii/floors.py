"""What the machine allows: the same bytes from memory through a bare server, and the same rows in raw SQLite."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from pysqlite3 import dbapi2 as sqlite3

from bench.taxii import corpus
from bench.taxii.measures import PAGE, SHORT, Figures, latency
from bench.taxii.servers import Running, answers, free_port

_HEADERS = [(b"content-type", b"application/taxii+json;version=2.1")]


def figures(folder: Path, count: int) -> list[Figures]:
    """The bare server's and SQLite's, of `count` objects."""
    raws = [body[12:-2] for body in corpus.envelopes(0, count, 1)]
    return [_bare(raws, count), _raw(folder, raws)]


def _bare(raws: list[bytes], count: int) -> Figures:
    found = Figures("a bare uvicorn, from memory", count)
    pages = {
        b"/1000": b'{"objects":[' + b",".join(raws[:PAGE]) + b"]}",
        b"/100": b'{"objects":[' + b",".join(raws[:SHORT]) + b"]}",
        b"/1": b'{"objects":[' + raws[0] + b"]}",
        b"/0": b"{}",
    }
    with _served(pages) as port:
        at = Running(found.server, port, "", "", "", 0)
        page, _ = latency(at, "/1000")
        found.values["read"] = min(PAGE, len(raws)) * 1000 / page
        names = {"page of 1000 ms": "/1000", "by id ms": "/1", "empty poll ms": "/0", "page of 100 ms": "/100"}
        for name, target in names.items():
            found.values[name] = latency(at, target)[0]
        for name, target in (("by id", "/1"), ("page of 100", "/100")):
            found.values[f"{name}, 8 clients ms"], found.values[f"{name}, 8 clients /s"] = latency(at, target, 8)
    return found


@contextmanager
def _served(pages: dict[bytes, bytes]) -> Iterator[int]:
    port = free_port()
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(pages, port), daemon=True)
    process.start()
    answers(port)
    try:
        yield port
    finally:
        process.terminate()
        process.join()


def _serve(pages: dict[bytes, bytes], port: int) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        body = pages[scope["raw_path"]]
        headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    config = uvicorn.Config(
        application, port=port, log_config=None, access_log=False, lifespan="off", ws="none", http="httptools"
    )
    asyncio.run(uvicorn.Server(config).serve())


def _raw(folder: Path, raws: list[bytes]) -> Figures:
    found = Figures("raw SQLite, one process", len(raws))
    store = sqlite3.connect(folder / "raw.db", isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE one (seq INTEGER PRIMARY KEY, id TEXT, raw BLOB)")
    half = len(raws) // 2
    for name, part, size in (("ingest 100", raws[:half], SHORT), ("ingest 1000", raws[half:], PAGE)):
        began = time.perf_counter()
        for first in range(0, len(part), size):
            store.execute("BEGIN IMMEDIATE")
            store.executemany(
                "INSERT INTO one (id, raw) VALUES (?, ?)", ((raw[50:90], raw) for raw in part[first : first + size])
            )
            store.execute("COMMIT")
        found.values[name] = found.values[f"{name}, complete"] = len(part) / (time.perf_counter() - began)
    began, after = time.perf_counter(), 0
    while True:
        rows = store.execute("SELECT seq, raw FROM one WHERE seq > ? ORDER BY seq LIMIT ?", (after, PAGE)).fetchall()
        if not rows:
            break
        b",".join(raw for _, raw in rows)
        after = rows[-1][0]
    found.values["read"] = len(raws) / (time.perf_counter() - began)
    store.close()
    return found
