"""Equivalence: a relation between parties' levels, never a function (DECISIONS 1).

Two levels may fold into one and one may unfold into two; a level may have no equivalent. Levels are compared only
inside one table, at one version.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Equivalence:
    """The rows of one table, highest first, and each party's own levels, lowest first."""

    levels: Mapping[str, tuple[str, ...]]
    rows: tuple[Mapping[str, str | None], ...]

    @classmethod
    def of(cls, levels: Mapping[str, Sequence[str]], rows: Sequence[Mapping[str, Any]]) -> "Equivalence":
        return cls({party: tuple(names) for party, names in levels.items()}, tuple(dict(row) for row in rows))
