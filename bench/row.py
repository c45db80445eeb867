"""One line of a table of ratios, and the table."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`ratio` is ours to the floor's (`beside`), in the same run; `target` what DESIGN.md section 10 asks, in words."""

    what: str
    ours: str
    beside: str
    ratio: float | None
    target: str


def table(rows: Iterable[Row]) -> str:
    lines = ["| what | ours | beside | ratio | target |", "| --- | ---: | --- | ---: | --- |"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(f"| {row.what} | {row.ours} | {row.beside} | {ratio} | {row.target} |")
    return "\n".join(lines)
