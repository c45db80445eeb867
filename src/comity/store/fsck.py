"""The check of everything a node keeps, trusting nothing that is stored beside what it describes (law 7)."""

from collections.abc import Iterable, Iterator

from comity.store import agreement_fsck, house_fsck
from comity.store.agreement import AgreementStore
from comity.store.agreement_fsck import Signatures
from comity.store.faults import Fault
from comity.store.house import House


def faults(house: House, agreements: Iterable[AgreementStore], signatures: Signatures | None = None) -> Iterator[Fault]:
    """Every fault, each naming its table and row; none hides the next, and nothing is repaired.

    One altered byte in any content table is found. Two columns of the outbox are bookkeeping and are not covered:
    when the next try is due, and how many there were. A mirrored leaf beyond a gap is covered once the gap is closed.
    """
    yield from house_fsck.faults(house)
    for store in agreements:
        yield from agreement_fsck.faults(store, signatures)
