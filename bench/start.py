"""How soon the command answers: beside an interpreter that does nothing."""

import statistics
import subprocess
import sys
import time

from bench.row import Row

RUNS = 11


def rows() -> list[Row]:
    ours = _median([sys.executable, "-m", "comity", "--version"])
    floor = _median([sys.executable, "-c", "pass"])
    return [
        Row(
            "`comity --version` (ms)",
            f"{ours:.0f}",
            f"the interpreter alone {floor:.0f}",
            ours / floor,
            "≤ 150 ms",
        )
    ]


def _median(command: list[str]) -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
