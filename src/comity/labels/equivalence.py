"""Equivalence: a relation between parties' levels, never a function (DECISIONS 1).

Two levels may fold into one and one may unfold into two; a level may have no equivalent. Levels are compared only
inside one table, at one version. What is ambiguous is read as the higher; what is in no row has no equivalent, and
whoever asks must fail closed.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

NEUTRAL = ("RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET")
"""The neutral terms in which thresholds are written, lowest first."""

ABOVE_ALL = 2 * len(NEUTRAL) + 2
"""The rank of what cannot be placed: above every threshold, so that it is never treated as low."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """One key for the spellings of one term: width, case, spaces and Roman numerals written as one character."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Equivalence:
    """The rows of one table, highest first, and each party's own levels, lowest first.

    A row maps `en` to the neutral term, a party to its level or `None` (no equivalent), `XX_alt` to a second term of
    party XX, `XX_latin` to a romanised spelling. A cell may join spellings with `/`; one of the party's own levels
    that stands alone in a cell (HEMLIG) is not also read as a part of another (HEMLIG/TOP SECRET).
    """

    levels: Mapping[str, tuple[str, ...]]
    rows: tuple[Mapping[str, Any], ...]
    _places: Mapping[tuple[str, str], tuple[int, ...]] = field(init=False, repr=False, compare=False)
    _ladder: Mapping[tuple[str, str], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places: dict[tuple[str, str], list[int]] = {}
        cells = [(row, _party(member), cell) for row, cells in enumerate(self.rows) for member, cell in cells.items()]
        own = {(party, fold(name)) for party, names in self.levels.items() for name in names}
        written = own & {(party, fold(text)) for _, party, cell in cells for text in _texts(cell)}
        for row, party, cell in cells:
            for spelling in _spellings(cell):
                where = places.setdefault((party, spelling), [])
                stands = (party, spelling) not in written or spelling in map(fold, _texts(cell))
                if stands and row not in where:
                    where.append(row)
        ladder = {
            (party, spelling): rank
            for party, names in self.levels.items()
            for rank, name in enumerate(names)
            for spelling in _spellings(name)
        }
        ladder |= {(party, fold(name)): rank for party, names in self.levels.items() for rank, name in enumerate(names)}
        object.__setattr__(self, "_places", {key: tuple(found) for key, found in places.items()})
        object.__setattr__(self, "_ladder", ladder)

    @classmethod
    def of(cls, levels: Mapping[str, Sequence[str]], rows: Sequence[Mapping[str, Any]]) -> "Equivalence":
        """The table, its rows put highest first where every row has a neutral term."""
        ordered = [dict(row) for row in rows]
        if all(row.get("en") in NEUTRAL for row in ordered):
            ordered.sort(key=lambda row: -NEUTRAL.index(row["en"]))
        return cls({party: tuple(names) for party, names in levels.items()}, tuple(ordered))

    def find(self, party: str, level: str, en: str | None = None) -> tuple[int, ...]:
        """The rows in which `level` of `party` stands, highest first; empty where it has no equivalent.

        A stated neutral term `en` selects among them. One that contradicts the level adds its rows, so that the
        higher reading wins. A neutral term may itself stand for the level.
        """
        rows = self._places.get((party, fold(level))) or self._places.get(("en", fold(level)), ())
        if en is None or not rows:
            return rows
        named = self._places.get(("en", fold(en)), ())
        return tuple(row for row in rows if row in named) or tuple(sorted({*rows, *named}))

    def anywhere(self, text: str) -> tuple[int, ...]:
        """The rows in which any party, or the neutral column, has `text`."""
        key = fold(text)
        return tuple(sorted({row for (_, spelling), rows in self._places.items() if spelling == key for row in rows}))

    def to(self, party: str, level: str, target: str, en: str | None = None) -> str | None:
        """The level of `target` that corresponds to `level` of `party`: the highest one, or `None`."""
        if party == target:
            return self.native(party, level)
        rows = self.find(party, level, en)
        cell = self.rows[rows[0]].get(target) if rows else None
        return cell if isinstance(cell, str) else None

    def native(self, party: str, level: str) -> str | None:
        """`level` as `party` itself writes it, or the term of its row; `None` where the party has no such level."""
        rank = self._ladder.get((party, fold(level)))
        if rank is not None:
            return self.levels[party][rank]
        rows = self.find(party, level)
        cell = self.rows[rows[0]].get(party) if rows else None
        return cell if isinstance(cell, str) else None

    def position(self, party: str, level: str) -> int | None:
        """How high `level` stands among `party`'s own, 0 lowest; `None` where it is not one of them."""
        name = self.native(party, level)
        return None if name is None else self._ladder.get((party, fold(name)))

    def highest(self, party: str, names: Sequence[str]) -> str | None:
        """The highest of `party`'s own levels among `names`; `None` if one of them cannot be placed, or of none."""
        places = [(self.position(party, name), name) for name in names]
        ranks = [(place, name) for place, name in places if place is not None]
        return max(ranks)[1] if ranks and len(ranks) == len(places) else None

    def neutral(self, party: str, level: str, en: str | None = None) -> str | None:
        """The neutral term of the highest row of `level`."""
        rows = self.find(party, level, en)
        term = self.rows[rows[0]].get("en") if rows else None
        return term if isinstance(term, str) else None

    def rank(self, party: str, level: str, en: str | None = None) -> int:
        """Where `level` stands on the neutral ladder, doubled so that what lies between two rungs has a place.

        A level in no row is placed just below the next level of its party that has one; above all where none has.
        """
        term = self.neutral(party, level, en)
        if term is not None:
            return neutral_rank(term)
        own = self.position(party, level)
        if own is None:
            return ABOVE_ALL
        above = [self.neutral(party, name) for name in self.levels[party][own + 1 :]]
        return min((neutral_rank(term) - 1 for term in above if term is not None), default=ABOVE_ALL)


@lru_cache(maxsize=1024)
def neutral_rank(en: str) -> int:
    """The place of a neutral term on the doubled ladder: 2 for RESTRICTED; above all for one we do not know."""
    key = fold(en)
    return next((2 * rank for rank, name in enumerate(NEUTRAL, 1) if fold(name) == key), ABOVE_ALL)


def _party(member: str) -> str:
    return member.removesuffix("_alt").removesuffix("_latin")


def _texts(cell: object) -> Iterator[str]:
    return (text for text in (cell if isinstance(cell, list | tuple) else (cell,)) if isinstance(text, str) and text)


def _spellings(cell: object) -> Iterator[str]:
    for text in _texts(cell):
        yield fold(text)
        if "/" in text:
            yield from (fold(part) for part in text.split("/") if part.strip())
