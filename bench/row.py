"""One line of the table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`ratio` is ours to the floor's (`beside`), in the same run; `target` what DESIGN.md section 10 asks, in words."""

    what: str
    ours: str
    beside: str
    ratio: float | None
    target: str
