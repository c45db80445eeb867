"""A set can outrank its parts: what counts towards a set, and how much of it a recipient may hold.

A decision sees what the recipient holds as a fact, counted from what was released to it. The fact is cut off where
more makes no difference, so that it is small and a decision is remembered. The rule only ever withholds, and the
recipient is told nothing of it (law 4).
"""

from collections.abc import Mapping
from datetime import datetime

from comity.agreement.instrument import Agreement, Term
from comity.agreement.life import terms_at
from comity.labels.equivalence import Equivalence, neutral_rank
from comity.labels.label import Tlp
from comity.release.standing import covers_kind
from comity.release.subject import Subject

RULE = "comity-aggregation"
Holdings = frozenset[tuple[str, int]]
"""How many things of each term's set the recipient holds, by article; at most one fewer than the term lets go."""


def belongs(term: Term, subject: Subject, table: Equivalence) -> bool:
    """Whether a thing counts towards the term's set: on every axis that the term names."""
    params = term.params
    kinds, annex, tlp, level = (params.get(name) for name in ("kinds", "annex", "from_tlp", "from_en"))
    if kinds is not None and not any(covers_kind(str(kind), subject.kind) for kind in kinds):
        return False
    if annex is not None and annex != subject.annex:
        return False
    if tlp is not None and not any(one.tlp is not None and one.tlp >= Tlp.of(str(tlp)) for one in subject.origins):
        return False
    if level is None:
        return True
    marks = [(one.origin, one.level) for one in subject.origins if one.level is not None]
    return any(table.rank(*mark) >= neutral_rank(str(level)) for mark in marks)


def last(term: Term) -> int:
    """How many the recipient may hold before the next one makes it a set."""
    return int(term.params["count"]) - 1


def terms(text: Agreement, now: datetime) -> tuple[Term, ...]:
    """The aggregation terms in force; most texts have none, and their questions carry nothing of this."""
    return tuple(term for term in terms_at(text, now) if term.rule == RULE)


def holdings(sets: tuple[Term, ...], counts: Mapping[str, int]) -> Holdings:
    """The fact: full sets at their last, all others as empty, so that a million releases are two questions."""
    return frozenset((term.article, last(term) if counts.get(term.article, 0) >= last(term) else 0) for term in sets)
