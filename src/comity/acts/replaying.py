"""Old decisions asked again: from the bytes kept, the texts held and the instant of then, to the same answer or not."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from comity.acts import agreements, events, policies
from comity.acts.node import Node
from comity.acts.ports import AgreementReader
from comity.agreement.instrument import Agreement
from comity.core.errors import Absent, Malformed
from comity.records import DecisionRow
from comity.release.policy import Policy
from comity.release.recorded import Again, ask_again

ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One decision of one agreement, asked again. `again` is `None` where its bytes cannot be read."""

    did: str
    agreement: str
    again: Again | None
    differences: tuple[str, ...]


def replay(
    node: Node, what: str, agreement_id: str | None = None, tell: Callable[[int], None] = lambda _done: None
) -> Iterator[Replayed]:
    """Every decision meant: `ALL`, or those whose digest begins with `what`; of one agreement, or of every one held.

    Nothing is written. `tell` is told how many were asked. Raises `Absent` for a decision that is not here.
    """
    every = agreements.agreement_ids(node)
    with node.house.reader() as house:
        held = tuple(text for one in every for text in events.history(node, house, agreements.texts(house, one)))
    chosen = every if agreement_id is None else [agreement_id]
    policy_of = cache(partial(policies.by_key, node))
    count = 0
    for one in chosen:
        with node.agreements(one).reader() as reader:
            for row in _meant(reader, what):
                count += 1
                yield again(row.did, row.body, one, held, policy_of)
                tell(count)
    if not count and what != ALL:
        raise Absent(f"there is no decision {what[:64]} here", "comity explain shows what was decided of a record")


def _meant(reader: AgreementReader, what: str) -> Iterator[DecisionRow]:
    return (row for row in reader.all_decisions() if what == ALL or row.did.startswith(what))


def again(
    did: str, body: bytes, where: str, held: tuple[Agreement, ...], policy_of: Callable[[str], Policy | None]
) -> Replayed:
    """One decision that was kept, asked again; `where` it is from."""
    if hashlib.sha256(body).hexdigest() != did:
        return Replayed(did, where, None, ("its bytes are not those that were decided: they were altered",))
    try:
        found = ask_again(body, held, policy_of)
    except Malformed as error:
        return Replayed(did, where, None, (error.message,))
    return Replayed(did, where, found, found.differences)
