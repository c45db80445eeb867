"""Every kind of the vocabulary and the rule that evaluates it: one row a kind (DECISIONS 8)."""

from collections.abc import Mapping

from comity.release.question import Act
from comity.release.rules import (
    access,
    aggregation,
    attached,
    comity,
    compromise,
    contracts,
    custody,
    handling,
    levels,
    life,
    national,
    publication,
    purpose,
    retention,
    scope,
    third_party,
    transmission,
    two_persons,
    visits,
)
from comity.release.rules.rule import Check, silent

ROWS: Mapping[str, Check] = {
    **life.ROWS,
    **scope.ROWS,
    **access.ROWS,
    **levels.ROWS,
    **handling.ROWS,
    **purpose.ROWS,
    **third_party.ROWS,
    **custody.ROWS,
    **retention.ROWS,
    **transmission.ROWS,
    **contracts.ROWS,
    **publication.ROWS,
    **visits.ROWS,
    **compromise.ROWS,
    **national.ROWS,
    **comity.ROWS,
    **aggregation.ROWS,
    **two_persons.ROWS,
    **attached.ROWS,
}

SILENT: Mapping[tuple[Act, bool], frozenset[str]] = {
    (act, event): frozenset(kind for kind, check in ROWS.items() if silent(check, act, event))
    for act in Act
    for event in (False, True)
}
"""The kinds that can have nothing to say of an act, with an event or without: a question does not ask them."""
