"""What our own people were let see, in the house ledger: each decision as a fact, and a line for each step of a view.

The line is written before what it speaks of can be read: whoever dies between the two has said too much, never too
little. A record is named by the line of the log that last said what it is.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from comity.acts.node import Node
from comity.acts.ports import HouseReader
from comity.acts.seeing import Seeing
from comity.records import Fact, LogEntry, Principal

FACT = "access"
SHOWN = "shown"
PAGE = 1000


@dataclass
class Step:
    """What one step over one collection's view let be seen, by decision, and what it took away."""

    collection: str
    seen: dict[str, tuple[Seeing, list[int]]] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)

    def lets(self, seeing: Seeing, n: int) -> None:
        self.seen.setdefault(seeing.did, (seeing, []))[1].append(n)

    @property
    def entry(self) -> dict[str, Any]:
        """The line of the log: numbers of lines as spans, both ends included."""
        seen = {did: _spans(lines) for did, (_, lines) in self.seen.items()}
        return {"act": SHOWN, "collection": self.collection, "seen": seen, "left": _spans(self.left)}


def enter(node: Node, steps: Iterable[Step]) -> None:
    """Keeps what these steps say, in the node's name; nothing where they say nothing."""
    telling = [one for one in steps if one.seen or one.left]
    if not telling:
        return
    now, by = node.clock(), Principal(f"node:{node.party}")
    with node.house.begin() as tx:
        for step in telling:
            for seeing, _ in step.seen.values():
                made = seeing.decision.made_at
                tx.put_fact(Fact(seeing.did, FACT, step.collection, made, None, seeing.body), by, now)
            tx.append(step.entry, by, now)


def decisions(house: HouseReader) -> Iterator[tuple[str, bytes]]:
    """Every decision that let our own people see something: its digest and its bytes."""
    return ((fact.fid, fact.body) for fact in house.facts(FACT))


def known(house: HouseReader, collection: str) -> frozenset[str]:
    """The decisions kept about one collection whose bytes are those that were decided."""
    facts = house.facts(FACT, collection)
    return frozenset(fact.fid for fact in facts if hashlib.sha256(fact.body).hexdigest() == fact.fid)


def lines(house: HouseReader) -> Iterator[LogEntry]:
    """Every line of the house log that says what was shown."""
    last = 0
    while found := house.log_after(last, PAGE):
        last = found[-1].n
        yield from (one for one in found if one.entry["act"] == SHOWN)


def _spans(numbers: Iterable[int]) -> list[list[int]]:
    spans: list[list[int]] = []
    for one in sorted(set(numbers)):
        if spans and spans[-1][1] == one - 1:
            spans[-1][1] = one
        else:
            spans.append([one, one])
    return spans
