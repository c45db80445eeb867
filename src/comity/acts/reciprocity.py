"""What an agreement is worth to both sides, in figures: given, used, and how long it took to act, of each.

From what was released, what came, and what was said of it. What is withheld is in no figure.
"""

import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from comity.acts import worth
from comity.acts.ports import AgreementReader
from comity.acts.worth import Said

ACTED = frozenset({"acted-on", "blocked", "sighted"})
"""Words that say that something was done with a thing."""
USED = ACTED | {"useful"}


@dataclass(frozen=True, slots=True)
class Side:
    """What one party gave, and what the other says it made of it.

    `given` counts every version; `used` things that were useful or acted on; `said` documents, by their word. `acted`
    is the median, in whole seconds, from when a thing was given until it was first said to be acted on, by our clock.
    """

    given: int = 0
    used: int = 0
    said: Mapping[str, int] = field(default_factory=dict)
    acted: timedelta | None = None

    def as_json(self) -> dict[str, Any]:
        seconds = None if self.acted is None else int(self.acted.total_seconds())
        return {"given": self.given, "used": self.used, "said": dict(self.said), "seconds_to_act": seconds}


@dataclass(frozen=True, slots=True)
class Reciprocity:
    """Both sides of one agreement: `ours` is what we gave, `theirs` what the partner gave."""

    ours: Side = field(default_factory=Side)
    theirs: Side = field(default_factory=Side)

    def as_json(self) -> dict[str, Any]:
        return {"ours": self.ours.as_json(), "theirs": self.theirs.as_json()}


def reciprocity(reader: AgreementReader, party: str, partner: str) -> Reciprocity:
    """The figures of the agreement between `party`, ourselves, and `partner`, as its store has them now."""
    said = worth.said_under(reader)
    return Reciprocity(
        ours=_side(worth.tally(reader, party), [one for one in said if one.party == partner]),
        theirs=_side(worth.tally(reader, partner), [one for one in said if one.party == party]),
    )


def _side(given: int, said: Sequence[Said]) -> Side:
    first: dict[str, datetime] = {}
    since: dict[str, datetime] = {}
    for one in said:
        if one.word in ACTED:
            first.setdefault(one.about, one.at)
            since[one.about] = one.since
    spans = [max((at - since[about]).total_seconds(), 0.0) for about, at in first.items()]
    return Side(
        given=given,
        used=len(_things(said, USED)),
        said=dict(sorted(Counter(one.word for one in said).items())),
        acted=timedelta(seconds=round(statistics.median(spans))) if spans else None,
    )


def _things(said: Sequence[Said], words: Collection[str]) -> set[str]:
    return {one.about for one in said if one.word in words}
