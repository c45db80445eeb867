"""Old decisions asked again: from the bytes kept, the texts held and the instant of then, to the same answer or not."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from comity.acts import accesses, agreements, events, policies
from comity.acts.node import Node
from comity.acts.offering import NATIONAL
from comity.agreement.instrument import Agreement
from comity.core.errors import Absent, Malformed
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
    """Every decision meant: `ALL`, or those whose digest begins with `what`; of one agreement, or of every one held and
    of what our own people were let see, which goes by the name `national`.

    Nothing is written. `tell` is told how many were asked. Raises `Absent` for a decision that is not here.
    """
    every = agreements.agreement_ids(node)
    with node.house.reader() as house:
        held = tuple(text for one in every for text in events.history(node, house, agreements.texts(house, one)))
    chosen = [*every, NATIONAL] if agreement_id is None else [agreement_id]
    policy_of = cache(partial(policies.by_key, node))
    count = 0
    for one in chosen:
        for did, body in decisions_of(node, one):
            if what == ALL or did.startswith(what):
                count += 1
                yield again(did, body, one, held, policy_of)
                tell(count)
    if not count and what != ALL:
        raise Absent(f"there is no decision {what[:64]} here", "comity explain shows what was decided of a record")


def decisions_of(node: Node, name: str) -> Iterator[tuple[str, bytes]]:
    """Every decision kept under an agreement, or of our own people's: its digest and its bytes."""
    if name == NATIONAL:
        with node.house.reader() as house:
            yield from accesses.decisions(house)
    else:
        with node.agreements(name).reader() as reader:
            yield from ((row.did, row.body) for row in reader.all_decisions())


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
