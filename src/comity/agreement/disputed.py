"""Two events of one party that cannot both hold. Neither is dropped: both are shown, and the safer reading applied."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from comity.agreement.dates import instant_of
from comity.agreement.events import Told, moment_of

LEAVING = frozenset({"termination-notice", "withdrawal-notice"})
FORCE = frozenset({"suspension", "comity-suspension-lifted"})


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`what` is a code; the two are in the order in which they were made."""

    what: str
    first: Told
    second: Told


def contradictions(told: Iterable[Told]) -> tuple[Contradiction, ...]:
    """Every pair of events that contradict each other. What both parties say of one thing is no contradiction."""
    ordered = sorted(told, key=lambda one: (one.made, one.id))
    found = ((_what(one, two), one, two) for one, two in combinations(ordered, 2) if one.by == two.by)
    return tuple(Contradiction(what, one, two) for what, one, two in found if what is not None)


def contested(told: Iterable[Told]) -> tuple[Told, ...]:
    """The events, those contested that contradict another: an end is disputed, and nothing is opened by them."""
    known = tuple(told)
    doubtful = {one.id for found in contradictions(known) for one in (found.first, found.second)}
    return tuple(replace(one, contested=True) if one.id in doubtful else one for one in known)


def _what(one: Told, two: Told) -> str | None:
    kinds = {one.event["kind"], two.event["kind"]}
    if kinds <= LEAVING:
        return None if _effect(one) == _effect(two) else "two-endings"
    if kinds == FORCE:
        first, second = (frozenset(each.event.get("articles", ())) for each in (one, two))
        return "suspended-and-lifted" if _effect(one) == _effect(two) and first == second else None
    if kinds == {"notification"} and one.version == two.version:
        return None if moment_of(one.event) == moment_of(two.event) else "two-notes"
    if kinds == {"authority-changed"} and moment_of(one.event) == moment_of(two.event):
        return None if one.event.get("new") == two.event.get("new") else "two-authorities"
    return None


def _effect(told: Told) -> object:
    return instant_of(str(told.event.get("effective") or moment_of(told.event)))
