"""Runs every measurement and prints the table; `--write` puts it into docs/performance.md with machine and date."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import deciding, growth, intake, journey, start
from bench.row import Row

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
LIMITS = Path(__file__).with_name("limits.md")
HEAD = """# Performance

Ratios in one run; absolute figures move with the machine and its neighbours. Printed by `make bench`; this page keeps
the latest. Targets are those of the design.

"""


def main() -> None:
    rows = [row for part in (start, intake, deciding, journey, growth) for row in part.rows()]
    text = table(rows)
    print(text)
    if "--write" in sys.argv[1:]:
        today = datetime.now(UTC).date().isoformat()  # noqa: TID251  # the page says when it was measured
        machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {today}"
        limits = LIMITS.read_text(encoding="utf-8")
        PAGE.write_text(f"{HEAD}Measured on {machine}.\n\n{text}\n\n{limits}", encoding="utf-8")


def table(rows: list[Row]) -> str:
    lines = ["| what | ours | beside | ratio | target |", "| --- | ---: | --- | ---: | --- |"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(f"| {row.what} | {row.ours} | {row.beside} | {ratio} | {row.target} |")
    return "\n".join(lines)


main()
