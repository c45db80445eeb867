"""What we say back about things that a partner gave, and what it says about ours, for whoever writes or reads it."""

from dataclasses import dataclass

from comity.acts import agreements, worth
from comity.acts.explaining import agreement_with
from comity.acts.finding import found
from comity.acts.node import Node
from comity.acts.worth import Said
from comity.core.errors import Absent, Refused
from comity.records import Record, ReleaseState

PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Received:
    """Something a partner gave us: the record, its handle, and the agreement under which its giver is reached."""

    record: Record
    handle: str
    agreement: str


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing said, under which agreement. `ruling`: what became of a proposed correction, where it was decided."""

    agreement: str
    said: Said
    ruling: str | None = None


def received(node: Node, text: str) -> Received:
    """What a partner gave under this name. Raises `Refused` for what nobody gave us: there is nobody to be told."""
    record = found(node, text)
    if record.handle is None:
        raise Refused(f"record {record.rid[:16]} came from nobody who could be told what it was worth")
    return Received(record, record.handle, agreement_with(node, record.source))


def proposed(node: Node, text: str) -> Received:
    """A partner's proposal to correct something of ours. Raises `Refused` where it is not ours alone."""
    proposal = received(node, text)
    with node.agreements(proposal.agreement).reader() as reader, node.house.reader() as house:
        said = worth.about(node, proposal.record.kind, house.body(proposal.record.bid))
        if said is None or said.word != PROPOSED or said.handle is None:
            raise Refused(
                f"{proposal.handle[:16]} proposes no correction", "`comity feedback list` shows those that do"
            )
        row = reader.release_by_handle(said.handle)
        thing = None if row is None or row.state is not ReleaseState.LIVE else house.record(row.rid)
    if thing is None:
        raise Absent(f"what {proposal.handle[:16]} would correct is not here any more")
    others = sorted(worth.originators(thing) - {node.party})
    if others:
        raise Refused(
            f"record {thing.rid[:16]} is not ours alone: it is information of {', '.join(others)}",
            "only the originator decides on a correction; propose it there",
        )
    return proposal


def listed(node: Node) -> list[Remark]:
    """Everything said under every agreement, in the order in which it was said."""
    remarks: list[Remark] = []
    for agreement_id in agreements.agreement_ids(node):
        with node.agreements(agreement_id).reader() as reader:
            said = worth.said_under(reader)
        rulings = {one.about: one.word for one in said}
        remarks += [
            Remark(agreement_id, one, rulings.get(one.handle) if one.word == PROPOSED else None) for one in said
        ]
    return remarks
