"""What people said about referred releases, as a follower meets it: approvals and mandates, read once a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comity.acts import housefact, mandates
from comity.acts.node import Node
from comity.acts.ports import HouseReader
from comity.core import ids
from comity.records import Record
from comity.release import approval
from comity.release.approval import PAYLOAD_TYPE, Approval, Case
from comity.release.mandate import Mandates

FACT = "approval"


@dataclass(frozen=True, slots=True)
class Words:
    """Approvals, refusals and emergencies under one agreement, by case and by fact; and every mandate."""

    by_case: Mapping[str, tuple[Approval, ...]] = field(default_factory=dict)
    by_fact: Mapping[str, Approval] = field(default_factory=dict)
    mandates: Mandates = field(default_factory=Mandates)


def words(node: Node, house: HouseReader, agreement_id: str) -> Words:
    """Everything said so far. Raises `Broken` for a fact that this node did not sign."""
    facts = house.facts(FACT, agreement_id)
    by_fact = {fact.fid: approval.from_json(housefact.value_of(node, fact, PAYLOAD_TYPE)) for fact in facts}
    by_case: dict[str, tuple[Approval, ...]] = {}
    for one in by_fact.values():
        by_case[one.case] = (*by_case.get(one.case, ()), one)
    return Words(by_case, by_fact, mandates.known(node, house))


def case_of(node: Node, agreement_id: str, record: Record, decision: str, raw: bytes | None) -> Case:
    """The case of one record: `raw` is the release copy, where it is not the record's own bytes.

    Both copies are named by the house's keyed digest, since no unsalted digest of content is kept (DECISIONS 3).
    """
    copy = ids.digest_of(record.rid)
    if raw is not None:
        copy = ids.identity(node.vault.identity_key, record.kind, record.source, raw)
    return Case(agreement_id, record.rid, decision, copy)


def editors(house: HouseReader, record: Record) -> frozenset[str]:
    """Who made the record what it is: gave it its label, or brought a new version of what was here before."""
    entry = next(iter(house.log_after(record.n - 1, 1)), None)
    if entry is None:
        return frozenset()
    relabelled = entry.entry["act"] == "relabelled"
    before = any(other.n < record.n for other in house.find(record.source, record.ext_id)) if record.ext_id else False
    return frozenset({entry.by}) if relabelled or before else frozenset()
