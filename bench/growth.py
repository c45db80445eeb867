"""What grows with the number of objects: a node's memory while it takes in and follows, and the time of a page."""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.joined import DANA, Pair, joined

from bench.corpus import indicators
from bench.row import Row
from comity.acts import follow, intake
from comity.store.agreement_reads import AgreementReader

FEW, SOME, MANY = 1_000, 20_000, 60_000
BUNDLE = 10_000
PAGE = 100
READS = 51


def rows() -> list[Row]:
    done = subprocess.run([sys.executable, "-m", "bench.growth"], check=True, capture_output=True)
    found = json.loads(done.stdout)
    some, many, small, large = found["peak"][str(SOME)], found["peak"][str(MANY)], found["few"], found["many"]
    return [
        Row(
            f"peak memory, take and follow {MANY:,} objects in bundles of {BUNDLE:,} (MB)",
            f"{many:.0f}",
            f"{SOME:,} objects {some:.0f}",
            many / some,
            "does not grow",
        ),
        Row(
            f"page of {PAGE} releases, store of {MANY:,} (ms)",
            f"{large:.2f}",
            f"store of {FEW:,}: {small:.2f}",
            large / small,
            "≤ 1.3",
        ),
    ]


def _measure() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, joined(Path(folder)) as pair:
        peak: dict[str, float] = {}
        _add(pair, 0, FEW)
        few = _page(pair, FEW)
        done = FEW
        while done < MANY:
            step = min(BUNDLE, MANY - done, SOME - done if done < SOME else MANY)
            _add(pair, done, step)
            done += step
            peak[str(done)] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"peak": peak, "few": few, "many": _page(pair, MANY)}


def _add(pair: Pair, start: int, count: int) -> None:
    intake.take(pair.il, indicators(count, start), "misp-galaxy", DANA)
    follow.follow(pair.il, pair.agreement)


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


if __name__ == "__main__":
    print(json.dumps(_measure()))
