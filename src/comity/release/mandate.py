"""Mandates: which person may decide as which role, up to which level, for which annexes, from when until when.

A delegated mandate lives no longer and reaches no further than the one it came from. Rank alone opens nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from comity.core import instants
from comity.core.errors import Malformed, Refused
from comity.labels.equivalence import NEUTRAL, Equivalence, neutral_rank
from comity.release.subject import Subject

FORMAT = "comity-mandate/1"
PAYLOAD_TYPE = "application/vnd.comity.mandate+json"
_MEMBERS = frozenset(
    {
        "format",
        "person",
        "role",
        "valid_from",
        "valid_until",
        "up_to_level",
        "annexes",
        "emergency",
        "delegated_from",
        "by",
    }
)


@dataclass(frozen=True, slots=True)
class Mandate:
    """`up_to_level` is a neutral term; `None`: only what is unclassified. `emergency`: may release at once, and answer
    for it afterwards. `by` granted or delegated it."""

    person: str
    role: str
    valid_from: datetime
    valid_until: datetime
    annexes: frozenset[str]
    by: str
    up_to_level: str | None = None
    emergency: bool = False
    delegated_from: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "person": self.person,
            "role": self.role,
            "valid_from": instants.text(self.valid_from),
            "valid_until": instants.text(self.valid_until),
            "up_to_level": self.up_to_level,
            "annexes": sorted(self.annexes),
            "emergency": self.emergency,
            "delegated_from": self.delegated_from,
            "by": self.by,
        }

    @property
    def ceiling(self) -> int:
        return 0 if self.up_to_level is None else neutral_rank(self.up_to_level)

    def covers(self, subject: Subject, table: Equivalence) -> bool:
        """Whether annex and every level in it are within the ceiling; a level without a place is above it."""
        marks = [(label.origin, label.level) for label in subject.origins if label.level is not None]
        placed = all(table.find(origin, level) for origin, level in marks)
        within = all(table.rank(origin, level) <= self.ceiling for origin, level in marks)
        return subject.annex in self.annexes and placed and within


def from_json(value: object) -> Mandate:
    """Raises `Malformed`; an unknown member is refused, never skipped."""
    if not isinstance(value, dict) or set(value) != _MEMBERS or value["format"] != FORMAT:
        raise Malformed(f"this is not a mandate of format {FORMAT}")
    texts = [value[name] for name in ("person", "role", "by")]
    annexes, level, origin = value["annexes"], value["up_to_level"], value["delegated_from"]
    if not all(isinstance(one, str) and one for one in texts) or not isinstance(value["emergency"], bool):
        raise Malformed("a mandate names its person, its role and who gave it, and says whether it is for emergencies")
    if not isinstance(annexes, list) or not annexes or not all(isinstance(one, str) and one for one in annexes):
        raise Malformed("a mandate names at least one annex")
    if level is not None and level not in NEUTRAL:
        raise Malformed(f"a mandate's level is one of {', '.join(NEUTRAL)}, or there is none")
    if origin is not None and not isinstance(origin, str):
        raise Malformed("a mandate says which one it was delegated from, or that there is none")
    mandate = Mandate(
        person=value["person"],
        role=value["role"],
        valid_from=instants.parse(value["valid_from"], "a mandate's beginning"),
        valid_until=instants.parse(value["valid_until"], "a mandate's end"),
        annexes=frozenset(annexes),
        by=value["by"],
        up_to_level=level,
        emergency=value["emergency"],
        delegated_from=origin,
    )
    if mandate.valid_until <= mandate.valid_from:
        raise Malformed("a mandate ends after it begins")
    return mandate


@dataclass(frozen=True, slots=True)
class Mandates:
    """All that were ever given, by id, and which of them ended early, and when."""

    given: Mapping[str, Mandate] = field(default_factory=dict)
    ended: Mapping[str, datetime] = field(default_factory=dict)

    def why_not(self, name: str, now: datetime) -> str | None:
        """Why this mandate gives nothing at `now`; `None` where it does. What it was delegated from must hold too."""
        seen: set[str] = set()
        while True:
            mandate = self.given.get(name)
            if mandate is None or name in seen:
                return "it rests on a mandate that is not known"
            seen.add(name)
            end = min(mandate.valid_until, self.ended.get(name, mandate.valid_until))
            if now < mandate.valid_from:
                return f"it begins {instants.text(mandate.valid_from)}"
            if now >= end:
                return f"the mandate of {mandate.person} as {mandate.role} ended {instants.text(end)}"
            if mandate.delegated_from is None:
                return None
            name = mandate.delegated_from

    def of(self, person: str, now: datetime) -> Iterator[tuple[str, Mandate]]:
        """Those of a person that hold now."""
        for name, mandate in self.given.items():
            if mandate.person == person and self.why_not(name, now) is None:
                yield name, mandate

    def over(self, after: datetime, now: datetime) -> bool:
        """Whether one ended by time alone after `after`, up to and with `now`."""
        return any(after < mandate.valid_until <= now for mandate in self.given.values())


def check_delegation(parent: Mandate, child: Mandate) -> None:
    """Raises `Refused` where `child` would reach beyond the mandate it comes from."""
    if child.role != parent.role:
        raise Refused(f"a mandate as {parent.role} cannot be delegated as {child.role}")
    if child.person == parent.person:
        raise Refused("nobody delegates to themselves")
    if child.valid_until > parent.valid_until:
        raise Refused(f"the delegator's own mandate ends {instants.text(parent.valid_until)}", "--until no later")
    if child.ceiling > parent.ceiling:
        raise Refused(f"the delegator's own mandate reaches {parent.up_to_level or 'what is unclassified'} only")
    if beyond := sorted(child.annexes - parent.annexes):
        raise Refused(f"the delegator's own mandate does not cover the annex {beyond[0]}")
    if child.emergency and not parent.emergency:
        raise Refused("the delegator's own mandate is not for emergencies")
