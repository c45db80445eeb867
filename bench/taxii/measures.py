"""What is measured of each server, at each size: figures by name."""

import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.taxii import corpus
from bench.taxii.client import MORE, NEXT, Failed, Line
from bench.taxii.servers import Running, megabytes

PAGE, SHORT = 1000, 100
LATE = "2099-01-01T00:00:00.000000Z"
IN_HUNDREDS = 20_000
"""So many at most come in envelopes of a hundred; the rest in thousands."""
SECONDS = 4.0
"""So long a latency is measured, and at least a few times."""


@dataclass
class Figures:
    """Rates in objects a second, times in milliseconds (medians), memory in megabytes."""

    server: str
    count: int
    values: dict[str, float] = field(default_factory=dict)


def ingest(server: Running, start: int, end: int, size: int) -> tuple[float, float]:
    """Objects a second in envelopes of `size`: as they are answered, and until all are complete."""
    bodies = [*corpus.envelopes(start, end, size)]
    with Line(server.port, server.authorization) as line:
        began = time.perf_counter()
        pending = []
        for body in bodies:
            status = json.loads(line.post(server.collection + "objects/", body))
            if status["failure_count"]:
                raise ValueError(f"{server.name} refused {status['failure_count']}: {status['failures'][0]}")
            if status["status"] != "complete":
                pending.append(status["id"])
        answered = time.perf_counter()
        for one in pending:
            while json.loads(line.get(f"{server.status}{one}/")[1])["status"] != "complete":
                time.sleep(0.05)
        done = time.perf_counter()
    return (end - start) / (answered - began), (end - start) / (done - began)


def read_all(server: Running, under: str, expected: int) -> tuple[float, float, str, str]:
    """Objects a second through all pages; the last page's milliseconds; an id and a time near the end."""
    with Line(server.port, server.authorization) as line:
        count, place, bodies, pages = 0, "", [], []
        began = time.perf_counter()
        while True:
            asked = time.perf_counter()
            head, body = line.get(f"{server.collection}{under}?limit={PAGE}{place}")
            pages.append(time.perf_counter() - asked)
            bodies.append((head, body))
            found = NEXT.search(body[:200]) or NEXT.search(body[-200:])
            if not MORE.search(body):
                break
            place = f"&next={found[1].decode()}" if found else f"&added_after={_last(head)}"
        seconds = time.perf_counter() - began
    ids = set()
    for _, body in bodies:
        listed = json.loads(body).get("objects", [])
        count += len(listed)
        ids |= {one["id"] for one in listed}
    if len(ids) != expected:
        raise ValueError(f"{server.name}: {len(ids):,} ids of {expected:,} were read")
    near = bodies[max(0, int(len(bodies) * 0.95) - 1)]
    return count / seconds, 1000 * pages[-1], next(iter(ids)), _last(near[0])


def _last(head: bytes) -> str:
    return head.lower().partition(b"x-taxii-date-added-last: ")[2].partition(b"\r\n")[0].decode().upper()


def latency(server: Running, target: str, clients: int = 1) -> tuple[float, float]:
    """The median in milliseconds, and requests a second, with so many clients at a time. A client whose server fails
    stops there: what it was answered until then counts."""
    times: list[float] = []
    lock = threading.Lock()
    end = time.perf_counter() + SECONDS

    def ask() -> None:
        mine: list[float] = []
        with Line(server.port, server.authorization) as line:
            while time.perf_counter() < end or len(mine) < 3:
                asked = time.perf_counter()
                try:
                    line.get(target)
                except Failed as error:
                    sys.stderr.write(f"{server.name}, {clients} clients: {str(error)[:120]}\n")
                    break
                mine.append(time.perf_counter() - asked)
        with lock:
            times.extend(mine)

    began = time.perf_counter()
    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return 1000 * statistics.median(times or [float("nan")]), len(times) / (time.perf_counter() - began)


def measured(server: Running, before: int, count: int, told: Callable[[str], None]) -> Figures:
    """Grows the collection from `before` objects to `count`, then asks it everything."""
    found = Figures(server.name, count)
    values = found.values
    middle = before + min((count - before) // 2, IN_HUNDREDS) // PAGE * PAGE
    for name, start, end, size in (
        ("ingest 100", before, middle or count, SHORT),
        ("ingest 1000", middle or count, count, PAGE),
    ):
        if end > start:
            values[name], values[f"{name}, complete"] = ingest(server, start, end, size)
            told(f"{name}: {values[name]:,.0f}/s")
    objects = server.collection + "objects/"
    values["read"], values["last page ms"], one, late = read_all(server, "objects/", corpus.ids(count))
    told(f"read: {values['read']:,.0f}/s")
    values["manifest"] = read_all(server, "manifest/", corpus.ids(count))[0]
    asked = {
        "page of 1000 ms": f"{objects}?limit={PAGE}",
        "filtered page ms": f"{objects}?match[type]=malware&limit={SHORT}",
        "deep added_after ms": f"{objects}?added_after={late}&limit={SHORT}",
        "by id ms": f"{objects}{one}/",
        "empty poll ms": f"{objects}?added_after={LATE}",
        "page of 100 ms": f"{objects}?limit={SHORT}",
    }
    for name, target in asked.items():
        values[name], _ = latency(server, target)
        told(f"{name}: {values[name]:.2f}")
    for name in ("by id", "page of 100"):
        values[f"{name}, 8 clients ms"], values[f"{name}, 8 clients /s"] = latency(server, asked[f"{name} ms"], 8)
    values["memory MB"] = megabytes(server.pid)
    return found
