"""What a watch officer sees first: agreements, what went, what waits, what is owed, what needs a person."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from comity.acts import agreements, contacts
from comity.acts.node import Node
from comity.acts.sending import OUT
from comity.agreement.life import status_at
from comity.core import instants
from comity.records import OutboxState


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """One agreement in figures. `withheld` counts records by the article cited first."""

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
    receipts: int
    logs: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Report:
    """One node in figures; `alarms` say what is wrong and what to do."""

    party: str
    mode: str
    at: str
    records: dict[str, int]
    quarantined: int
    unconfirmed: tuple[str, ...]
    agreements: tuple[AgreementReport, ...]
    alarms: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return members | {"agreements": [one.as_json() for one in self.agreements]}


def report(node: Node) -> Report:
    """The node as it stands."""
    with node.house.reader() as house:
        counts, quarantined = house.counts(), len(house.quarantined())
    held = tuple(_agreement(node, agreement_id) for agreement_id in agreements.agreement_ids(node))
    unconfirmed = tuple(sorted(contacts.waiting(node)))
    alarms = [f"{one.id}: {one.refused} envelopes were refused by {one.partner}" for one in held if one.refused]
    alarms += [f"{party}: compare the words of its card and confirm them" for party in unconfirmed]
    if quarantined:
        alarms.append(f"{quarantined} records are in quarantine: `comity quarantine list`")
    return Report(
        party=node.party,
        mode=node.mode.value,
        at=instants.text(node.clock()),
        records=counts,
        quarantined=quarantined,
        unconfirmed=unconfirmed,
        agreements=held,
        alarms=tuple(alarms),
    )


def _agreement(node: Node, agreement_id: str) -> AgreementReport:
    text = agreements.held(node, agreement_id).newest
    partner, now = agreements.partner_of(node, text), node.clock()
    status = status_at(text, now)
    with node.house.reader() as house:
        size = house.log_size()
    with node.agreements(agreement_id).reader() as reader:
        outcomes = reader.outcome_counts()
        outgoing = list(reader.all_outgoing())
        incoming = sum(1 for _ in reader.all_incoming())
        queued = [row for row in outgoing if row.receipt is None]
        withheld: Counter[str] = Counter()
        for (outcome, cite), count in outcomes.items():
            if outcome not in ("allow", "sanitise", "waiting"):
                withheld[cite] += count
        return AgreementReport(
            id=agreement_id,
            version=text.version,
            partner=partner,
            state=status.state.value,
            cites=tuple(status.cites),
            behind=size - reader.cursor(),
            released=sum(count for (outcome, _), count in outcomes.items() if outcome in ("allow", "sanitise")),
            sanitised=sum(count for (outcome, _), count in outcomes.items() if outcome == "sanitise"),
            waiting=len(reader.all_waiting(partner)),
            withheld=dict(withheld),
            received=incoming,
            queued=len(queued),
            oldest_queued=instants.text(min(row.next_at for row in queued)) if queued else None,
            refused=sum(row.state is OutboxState.REFUSED for row in outgoing),
            receipts=sum(row.receipt is not None for row in outgoing),
            logs={"ours": reader.log_size(OUT), "theirs": reader.log_size("in")},
        )
