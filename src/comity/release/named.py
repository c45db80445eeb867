"""What two texts name between them: parties, offices, levels, kinds of term, the values of parameters; in one order
whichever text is the older.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from comity.agreement.instrument import Agreement, Term

OUTSIDER = "XX"
"""Whoever is a party to neither text."""

HOLDER, RECIPIENT, FITTING = "@holder", "@recipient", "@fitting"
"""Read as whoever holds it, whoever would get it, and what the annex in question covers."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its words, and what a rule can read of it, by field."""

    words: str
    fields: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Names:
    """What both texts speak of, in one order whichever of them is the older."""

    texts: tuple[Agreement, Agreement]
    now: datetime

    @property
    def parties(self) -> tuple[str, ...]:
        return tuple(sorted({party for text in self.texts for party in text.party_ids}))

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for text in self.texts for term in text.terms)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(term.rule for term in self.terms)

    def params(self, *names: str) -> list[Any]:
        """Every value of these parameters in either text, lists taken apart."""
        found: set[Any] = set()
        for term in self.terms:
            for name in names:
                found |= set(_flat(term.params.get(name)))
        return sorted(found, key=str)

    def levels(self, party: str) -> list[str]:
        """The levels of `party` in either text and their second terms, lowest first."""
        named = [level for text in self.texts for level in text.levels.get(party, ())]
        rows = [row for text in self.texts for row in text.equivalence.rows]
        second = sorted({str(row[f"{party}_alt"]) for row in rows if row.get(f"{party}_alt")})
        return list(
            dict.fromkeys((*sorted(named, key=lambda level: (_place(self.texts, party, level), level)), *second))
        )

    def offices(self, party: str) -> list[str]:
        """The authorities of `party` in either text, those that may receive first."""
        found: dict[str, bool] = {}
        for one in (one for text in self.texts for one in text.authorities if one.party == party):
            found[one.id] = found.get(one.id, False) or "receive" in one.may
        return sorted(found, key=lambda name: (not found[name], name))


def _flat(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [*value, *(one for one in value.values() if isinstance(one, str | int))]
    if isinstance(value, tuple | list | frozenset):
        return list(value)
    return () if value is None or isinstance(value, bool) else (value,)


def _place(texts: tuple[Agreement, Agreement], party: str, level: str) -> int:
    return max(text.levels[party].index(level) if level in text.levels.get(party, ()) else -1 for text in texts)
