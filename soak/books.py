"""Whether two nodes that have come to rest agree about everything that crossed: what each kept, once, and can prove."""

from collections import Counter
from collections.abc import Iterator

from comity.acts import agreements, evidence
from comity.acts.node import Node
from comity.acts.ports import AgreementReader
from comity.acts.sending import IN, OUT
from comity.core.errors import ComityError
from comity.records import InboxRow, OutboxRow, Record, ReleaseState

ALL = 1 << 40


def faults(one: Node, other: Node, agreement: str) -> list[str]:
    """Every fault between the two, in a sentence each; none where nothing was lost and nothing is there twice."""
    found: list[str] = []
    for node, partner in ((one, other), (other, one)):
        with node.agreements(agreement).reader() as ours, partner.agreements(agreement).reader() as theirs:
            sent, come = list(ours.all_outgoing()), list(theirs.all_incoming())
            found += _crossed(node.party, sent, come)
            found += _numbers(node.party, sent)
            found += _logs(node.party, ours, theirs)
            found += _released(node, ours, partner.party)
        found += _evidence(node, agreement)
        found += [f"{node.party} holds {name} {count} times" for name, count in held(node).items() if count > 1]
    return found


def _crossed(party: str, sent: list[OutboxRow], come: list[InboxRow]) -> Iterator[str]:
    """Each envelope is on both sides with the same stored receipt."""
    there = {row.digest: row for row in come}
    for row in sent:
        name = f"envelope {row.lane} {row.epoch}-{row.seq} of {party}"
        arrived = there.pop(row.digest, None)
        if row.receipt is None:
            yield f"{name} has no receipt"
        elif arrived is None:
            yield f"{name} has a receipt, and the other side does not hold it"
        elif arrived.receipt != row.receipt or arrived.raw != row.raw:
            yield f"{name} or its receipt differs between the two sides"
    yield from (f"envelope {row.lane} {row.epoch}-{row.seq} came, and {party} never sent it" for row in there.values())


def _numbers(party: str, sent: list[OutboxRow]) -> Iterator[str]:
    """No number is missing and none stands twice."""
    chains: dict[tuple[str, str, int], list[int]] = {}
    for row in sent:
        chains.setdefault((row.mode, row.lane, row.epoch), []).append(row.seq)
    for (_, lane, epoch), numbers in chains.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"the numbers of {lane} {epoch} of {party} have a gap: {sorted(numbers)[:20]}"


def _logs(party: str, ours: AgreementReader, theirs: AgreementReader) -> Iterator[str]:
    """The log and its mirror are one."""
    log, mirror = ours.tree(OUT), theirs.tree(IN)
    if (log.size, log.root) != (mirror.size, mirror.root):
        yield f"the log of {party} has {log.size} leaves, and its mirror {mirror.size}, or the roots differ"


def _released(node: Node, ours: AgreementReader, partner: str) -> Iterator[str]:
    rows = ours.releases(partner, 0, ALL)
    live = Counter((row.rid, row.handle) for row in rows if row.state is ReleaseState.LIVE)
    twice = Counter(rid for rid, _ in live)
    yield from (f"{node.party} released record {rid} {count} times" for rid, count in twice.items() if count > 1)


def _evidence(node: Node, agreement: str) -> Iterator[str]:
    """What anybody could check from files alone."""
    try:
        report = evidence.check(
            evidence.gather(node, agreement), dict(agreements.held(node, agreement).newest.signers())
        )
    except ComityError as error:
        yield f"the evidence of {node.party}: {error.message}"
        return
    yield from (f"the evidence of {node.party}: {fault.where}: {fault.what}" for fault in report.faults)


def records(node: Node) -> list[Record]:
    """Every record that was ever taken in here."""
    with node.house.reader() as house:
        entries = [entry.entry for entry in house.log_after(0, ALL) if entry.entry["act"] == "taken"]
        return list(house.records([str(entry["rid"]) for entry in entries]).values())


def held(node: Node) -> Counter[tuple[str, str, str]]:
    """How often each version of each thing is held, by source."""
    return Counter((one.source, one.ext_id, one.ext_ver) for one in records(node) if one.ext_id)
