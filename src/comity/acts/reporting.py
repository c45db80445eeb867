"""What a watch officer sees first: agreements, what went, what waits, what is owed, what needs a person."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.acts import agreements
from comity.acts.alarm import Alarm
from comity.acts.alarms import alarms
from comity.acts.figures import AgreementFigures, Known, gather
from comity.acts.node import Node
from comity.acts.reciprocity import Reciprocity
from comity.agreement.life import status_at
from comity.core import instants

GONE = ("allow", "sanitise")


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """One agreement in figures. `withheld` counts records by the article cited first.

    `refused` counts envelopes, `not_taken` the records that the partner refused: they are not among `released`.
    """

    id: str
    version: int
    partner: str
    state: str
    cites: tuple[str, ...]
    behind: int
    released: int
    sanitised: int
    waiting: int
    withheld: dict[str, int]
    received: int
    queued: int
    oldest_queued: str | None
    refused: int
    not_taken: int
    receipts: int
    logs: dict[str, int]
    reciprocity: Reciprocity

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return members | {"reciprocity": self.reciprocity.as_json()}


@dataclass(frozen=True, slots=True)
class Report:
    """One node in figures; `alarms` say what is wrong and what to do, the gravest first."""

    party: str
    mode: str
    at: str
    records: dict[str, int]
    quarantined: int
    unconfirmed: tuple[str, ...]
    agreements: tuple[AgreementReport, ...]
    alarms: tuple[Alarm, ...]

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        shown = {"agreements": [one.as_json() for one in self.agreements]}
        return members | shown | {"alarms": [alarm.as_json() for alarm in self.alarms]}


def report(node: Node) -> Report:
    """The node as it stands. An agreement that cannot be read is an alarm, and hides no other."""
    figures = gather(node, Known())
    with node.house.reader() as house:
        counts = house.counts()
    return Report(
        party=node.party,
        mode=node.mode.value,
        at=instants.text(node.clock()),
        records=counts,
        quarantined=figures.quarantined,
        unconfirmed=figures.unconfirmed,
        agreements=tuple(_agreement(node, one) for one in figures.agreements),
        alarms=alarms(figures, node.clock()),
    )


def _agreement(node: Node, one: AgreementFigures) -> AgreementReport:
    text = agreements.held(node, one.id).newest
    status = status_at(text, node.clock())
    with node.agreements(one.id).reader() as reader:
        outcomes = reader.outcome_counts()
    oldest = min((lane.oldest for lane in one.lanes if lane.oldest is not None), default=None)
    return AgreementReport(
        id=one.id,
        version=text.version,
        partner=one.partner,
        state=status.state.value,
        cites=tuple(status.cites),
        behind=one.behind,
        released=max(_went(outcomes, GONE) - one.not_taken, 0),
        sanitised=_went(outcomes, GONE[1:]),
        waiting=one.waiting,
        withheld=_withheld(outcomes),
        received=one.received,
        queued=sum(lane.count.queued for lane in one.lanes),
        oldest_queued=None if oldest is None else instants.text(oldest),
        refused=sum(lane.count.refused for lane in one.lanes),
        not_taken=one.not_taken,
        receipts=sum(lane.count.answered for lane in one.lanes),
        logs=dict(one.logs),
        reciprocity=one.reciprocity,
    )


def _went(outcomes: Mapping[tuple[str, str], int], which: tuple[str, ...]) -> int:
    return sum(count for (outcome, _), count in outcomes.items() if outcome in which)


def _withheld(outcomes: Mapping[tuple[str, str], int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (outcome, cite), count in outcomes.items():
        if outcome not in (*GONE, "waiting"):
            found[cite] += count
    return dict(found)
