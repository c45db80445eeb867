"""What is asked, frozen: the key under which a decision may be remembered (DECISIONS 4)."""

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import Enum, IntEnum, StrEnum
from typing import Any

from comity.agreement.instrument import AgreementRef
from comity.core import instants, strictjson
from comity.labels.label import Label
from comity.release.facts import Facts
from comity.release.reader import OrgReader, PartyReader, PersonReader, Reader
from comity.release.subject import Subject

__all__ = [
    "Act",
    "Duty",
    "Facts",
    "Finding",
    "OrgReader",
    "Outcome",
    "PartyReader",
    "PersonReader",
    "Question",
    "Reader",
    "Subject",
]


class Outcome(IntEnum):
    """From free to barred. `REFER` exists only inside the house: a person must decide."""

    ALLOW = 0
    SANITISE = 1
    REFER = 2
    NEEDS_CONSENT = 3
    DENY = 4

    @property
    def text(self) -> str:
        return self.name.lower().replace("_", "-")


class Act(StrEnum):
    """What can be done with a thing, as agreements speak of it."""

    RELEASE = "release"
    ONWARD_RELEASE = "onward-release"
    USE = "use"
    COPY = "copy"
    TRANSLATE = "translate"
    DOWNGRADE = "downgrade"
    DECLASSIFY = "declassify"
    DESTROY = "destroy"
    VISIT = "visit"
    RETAIN = "retain"
    REPORT_COMPROMISE = "report-compromise"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's answer: a code, the citation that carries it, and parameters. No prose (DECISIONS 5)."""

    code: str
    cite: str
    outcome: Outcome
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """Something now owed. `due` is an ISO date or instant, a time word of the text, or `None`."""

    duty: str
    actor: str
    cite: str
    due: str | None = None
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """`status_key` names the agreement's status (its events) as it was known when this was asked.

    `bound_by`: other agreements under which any of its origins was received; all are evaluated, strictest wins.
    `policy` names the asking party's own rules and the version of what evaluates them; `None` where it has none.
    """

    agreement: AgreementRef
    status_key: str
    act: Act
    subject: Subject
    reader: Reader
    facts: Facts
    bound_by: frozenset[AgreementRef] = frozenset()
    policy: str | None = None
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        values = (self.agreement, self.status_key, self.act, self.subject, self.reader, self.facts, self.bound_by)
        object.__setattr__(self, "_hash", hash((values, self.policy)))

    def __hash__(self) -> int:
        return self._hash

    def canonical(self) -> bytes:
        """The question in bytes: equal questions are equal bytes. What is at its default is left out."""
        private = {} if self.policy is None else {"policy": self.policy}
        return strictjson.canonical(
            {
                "agreement": str(self.agreement),
                "status": self.status_key,
                "act": self.act.value,
                "subject": self.subject.as_json(),
                "reader": {"as": type(self.reader).__name__, **_plain(self.reader)},
                "facts": _plain(self.facts),
                "bound_by": sorted(str(ref) for ref in self.bound_by),
                **private,
            }
        )


def _plain(value: Any) -> Any:
    """A frozen value as canonical JSON: sets sorted by their bytes, instants as text."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        members = {entry.name: getattr(value, entry.name) for entry in fields(value) if entry.init}
        plain = {entry.name: entry.default for entry in fields(value) if entry.init}
        return {name: _plain(member) for name, member in members.items() if member != plain[name]}
    if isinstance(value, datetime):
        return instants.text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Label):
        return value.as_json()
    if isinstance(value, frozenset):
        return sorted((_plain(item) for item in value), key=strictjson.canonical)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
