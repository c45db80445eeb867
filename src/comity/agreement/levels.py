"""Faults of the table of levels: a level nobody has, a level without equivalent, a neutral term that is in no row."""

from collections.abc import Iterator

from comity.agreement.instrument import Agreement
from comity.agreement.problem import ERROR, Problem

_NEUTRAL = ("from_en", "max_en", "default_en", "up_to_en")
_NEUTRALS = ("levels_en", "exempt_en")


def level_problems(agreement: Agreement) -> Iterator[Problem]:
    """Every fault of the table, and every neutral term used and not in it."""
    for party in agreement.party_ids:
        if not agreement.levels.get(party):
            yield Problem("", ERROR, f"{party} has no levels")
    for party in sorted(set(agreement.levels) - set(agreement.party_ids)):
        yield Problem("", ERROR, f"levels are given for {party}, which is not a party")
    for row in agreement.equivalence.rows:
        for party in agreement.party_ids:
            level = row.get(party)
            if level is not None and level not in agreement.levels.get(party, ()):
                yield Problem("", ERROR, f"the table gives {party} the level {level!r}, which it does not have")
    yield from _neutral_terms(agreement)
    yield from _without_equivalent(agreement)


def _neutral_terms(agreement: Agreement) -> Iterator[Problem]:
    known = {row.get("en") for row in agreement.equivalence.rows}
    used = [(term.article, term.params.get(name)) for term in agreement.terms for name in _NEUTRAL]
    used += [
        (term.article, level) for term in agreement.terms for name in _NEUTRALS for level in term.params.get(name, ())
    ]
    used += [("", authority.up_to_en) for authority in agreement.authorities]
    for article, level in used:
        if level is not None and level not in known:
            yield Problem(article, ERROR, f"the table has no row for {level!r}")


def _without_equivalent(agreement: Agreement) -> Iterator[Problem]:
    settled = {entry for term in agreement.of("no-equivalent") for entry in term.params["level"].items()}
    for party in agreement.party_ids:
        for other in agreement.party_ids:
            if other == party:
                continue
            for level in agreement.levels.get(party, ()):
                if (party, level) in settled or _cut(agreement, party, level):
                    continue
                if not _matched(agreement, party, level, other):
                    text = f"{party}'s level {level!r} has no equivalent of {other} and no article says what to do"
                    yield Problem("", ERROR, text)


def _matched(agreement: Agreement, party: str, level: str, other: str) -> bool:
    return any(
        level in (row.get(party), row.get(f"{party}_alt")) and row.get(other) is not None
        for row in agreement.equivalence.rows
    )


def _cut(agreement: Agreement, party: str, level: str) -> bool:
    """Whether `level` is above what may be exchanged at all, so that it needs no equivalent."""
    levels = agreement.levels[party]
    for term in agreement.of("max-level"):
        if term.params.get("levels_closed"):
            return True
        rows = [row for row in agreement.equivalence.rows if row.get("en") == term.params.get("max_en")]
        tops = [levels.index(row[party]) for row in rows if row.get(party) in levels]
        if tops and levels.index(level) > max(tops):
            return True
    return False
