"""Runs every measurement and prints the table; `--write` puts it into docs/performance.md with machine and date."""

import sys

from bench import deciding, growth, intake, journey, page, start
from bench.row import table
from comity.wiring import collect_rarely


def main() -> None:
    collect_rarely()
    rows = [row for part in (start, intake, deciding, journey, growth) for row in part.rows()]
    text = table(rows)
    print(text)
    if "--write" in sys.argv[1:]:
        page.write(own=text)


main()
