"""What grows with the number of objects: memory, the time of a page, the pace of taking, following and asking again.

`COMITY_BENCH_OBJECTS` says how many the largest store has; a million takes a quarter of an hour and 8 GB of disk.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.joined import DANA, Pair, joined

from bench.corpus import RED, indicators
from bench.row import Row
from comity.acts import agreements, follow, intake
from comity.agreement import signed, text
from comity.core import dsse
from comity.store.agreement_reads import AgreementReader
from comity.wiring import collect_rarely

FEW, SOME = 1_000, 20_000
MANY = int(os.environ.get("COMITY_BENCH_OBJECTS", "100000"))
BUNDLE = 10_000
PAGE = 100
READS = 101
WITHHELD = 20_000


def rows() -> list[Row]:
    done = subprocess.run([sys.executable, "-m", "bench.growth"], check=True, capture_output=True)
    found = json.loads(done.stdout)
    some, many = found["at"][str(SOME)], found["at"][str(MANY)]
    return [
        Row(
            f"peak memory, take and follow {MANY:,} objects in bundles of {BUNDLE:,} (MB)",
            f"{many['peak']:.0f}",
            f"{SOME:,} objects {some['peak']:.0f}",
            many["peak"] / some["peak"],
            "does not grow",
        ),
        Row(
            f"page of {PAGE} releases, store of {MANY:,} (ms)",
            f"{many['page']:.2f}",
            f"store of {FEW:,}: {found['few']:.2f}",
            many["page"] / found["few"],
            "≤ 1.3",
        ),
        Row(
            f"take, the last {BUNDLE:,} of {MANY:,} (objects/s)",
            f"{many['take']:,.0f}",
            f"of {SOME:,}: {some['take']:,.0f}",
            many["take"] / some["take"],
            "holds",
        ),
        Row(
            f"decide, copy, sign, queue, the last {BUNDLE:,} of {MANY:,} (objects/s)",
            f"{many['follow']:,.0f}",
            f"of {SOME:,}: {some['follow']:,.0f}",
            many["follow"] / some["follow"],
            "holds",
        ),
        Row(
            f"an amendment enters into force, {WITHHELD:,} withheld asked again (objects/s)",
            f"{found['again']:,.0f}",
            "",
            None,
            "",
        ),
    ]


def _measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, joined(Path(folder)) as pair:
        _add(pair, 0, FEW)
        few, done = _page(pair, FEW), FEW
        at: dict[str, dict[str, float]] = {}
        while done < MANY:
            step = min(BUNDLE, MANY - done, SOME - done if done < SOME else MANY)
            paces = _add(pair, done, step)
            done += step
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            at[str(done)] = paces | {"peak": peak}
            if done in (SOME, MANY):
                at[str(done)]["page"] = _page(pair, done)
        return {"few": few, "at": at, "again": _again(pair)}


def _add(pair: Pair, start: int, count: int) -> dict[str, float]:
    raw = indicators(count, start)
    began = time.perf_counter()
    intake.take(pair.il, raw, "misp-galaxy", DANA)
    taken = time.perf_counter()
    follow.follow(pair.il, pair.agreement)
    return {"take": count / (taken - began), "follow": count / (time.perf_counter() - taken)}


def _page(pair: Pair, size: int) -> float:
    """Milliseconds for a page, the median of pages all over the view."""
    times = []
    for n in range(READS):
        began = time.perf_counter()
        with pair.il.agreements(pair.agreement).reader() as reader:
            assert isinstance(reader, AgreementReader)
            assert len(list(reader.stream_bytes("JP", n * (size - PAGE) // READS, PAGE))) == PAGE
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def _again(pair: Pair) -> float:
    """Objects a second: what was withheld is asked again because another version binds."""
    for start in range(0, WITHHELD, BUNDLE):
        intake.take(pair.il, indicators(BUNDLE, 10**9 + start, RED), "misp-galaxy", DANA)
    assert follow.follow(pair.il, pair.agreement).withheld == WITHHELD
    second = replace(agreements.held(pair.il, pair.agreement).newest, version=2)
    both = dsse.seal(signed.PAYLOAD_TYPE, text.canonical(second), [pair.il.vault, pair.jp.vault])
    agreements.bring_in(pair.il, both, DANA)
    began = time.perf_counter()
    assert follow.follow(pair.il, pair.agreement).withheld == WITHHELD
    return WITHHELD / (time.perf_counter() - began)


if __name__ == "__main__":
    collect_rarely()
    print(json.dumps(_measure()))
