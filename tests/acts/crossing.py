"""Envelopes as a partner could make them: honest ones from its outbox, and any other that its keys can sign."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from comity.acts import accept, agreements
from comity.acts.node import Node
from comity.core import dsse
from comity.core.keys import Signer
from comity.exchange import envelope, receipt, statement
from comity.exchange.body import Body, Items
from comity.exchange.envelope import NOTHING, Header
from comity.exchange.lane import Lane, Mode
from comity.exchange.receipt import Receipt
from comity.exchange.statement import Draft
from comity.labels.label import Label, OriginLabel, Tlp
from comity.records import OutboxRow, Record
from comity.wiring import open_node
from tests.joined import NOW, Pair, introduce, make

GREEN = Label.of(OriginLabel("JP", tlp=Tlp.GREEN))


def outbox(node: Node, agreement: str, lane: Lane = Lane.ROUTINE) -> list[OutboxRow]:
    with node.agreements(agreement).reader() as reader:
        return reader.outgoing_after(node.mode, lane, 0, 0, 1000)


def payload(raw: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(dsse.parse(raw).payload)
    return value


def read_receipt(pair: Pair, raw: bytes, *, by: str = "IL") -> Receipt:
    """The receipt, as whoever it is for reads it."""
    giver, reader = (pair.il, "JP") if by == "IL" else (pair.jp, "IL")
    return receipt.unseal(raw, reader, {by: (giver.vault.public,)})


def let_in(pair: Pair, sent: bytes) -> Receipt:
    """Israel's answer to an envelope of Japan's."""
    return read_receipt(pair, accept.accept(pair.il, sent))


def records(node: Node, source: str) -> list[Record]:
    """What `source` brought into the house."""
    with node.house.reader() as house:
        entries = [entry.entry for entry in house.log_after(0, 10_000) if entry.entry["act"] == "taken"]
        found = house.records([str(entry["rid"]) for entry in entries])
    return [one for one in found.values() if one.source == source]


def third(pair: Pair) -> Node:
    """A third state with a node of its own, confirmed by Israel, and party to nothing."""
    make(pair.folder / "XX", "XX")
    with open_node(pair.folder / "XX") as opened:
        node = replace(opened, clock=pair.clock)
        introduce(pair.il, node)
    return node


@dataclass
class Forge:
    """What Japan's keys can sign, right or wrong. It keeps its own chain and log, beside those of the node."""

    pair: Pair
    signer: Signer | None = None
    sequence: int = 0
    previous: str = NOTHING
    leaves: int = 0

    def items(self, *things: tuple[str, bytes], label: Label = GREEN) -> Items:
        """Items that Japan states: (kind, bytes) each."""
        drafts = [Draft(os.urandom(16).hex(), kind, label, raw.decode()) for kind, raw in things]
        return self.stated(drafts)

    def stated(self, drafts: Sequence[Draft]) -> Items:
        vault = self.pair.jp.vault
        signed, items = statement.state("JP", drafts, vault, NOW, [os.urandom(16) for _ in drafts])
        return Items((signed,), items)

    def stix(self, *values: dict[str, Any], label: Label = GREEN) -> Items:
        return self.items(*(("cyber.stix/1", json.dumps(value).encode()) for value in values), label=label)

    def header(self, **changed: Any) -> Header:
        ref = agreements.held(self.pair.jp, self.pair.agreement).newest.ref
        at = self.pair.clock.now
        header = Header(
            "JP", "IL", ref, Mode.ACTUAL, Lane.ROUTINE, 1, self.sequence + 1, self.previous, at, self.leaves
        )
        return replace(header, **changed)

    def send(self, body: Body, **changed: Any) -> bytes:
        """The next envelope of the chain, `changed` where the test says so; the chain moves on."""
        header = self.header(**changed)
        raw = envelope.seal(envelope.draft(header, body), self.signer or self.pair.jp.vault)
        self.sequence, self.previous = header.sequence, envelope.digest(raw)
        self.leaves += len(body.items) if isinstance(body, Items) else 1
        return raw


class PowerCut(Exception):
    """The process is gone: no code of it runs any more."""


@dataclass
class Fuse:
    """Counts the transactions of a node and cuts the power at one of them, before or after it commits."""

    at: int
    committed: bool
    seen: int = 0

    @contextmanager
    def burn(self, inner: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
        self.seen += 1
        mine = self.seen
        with inner() as tx:
            yield tx
            if mine == self.at and not self.committed:
                raise PowerCut
        if mine == self.at:
            raise PowerCut


@dataclass(frozen=True)
class Fused:
    """A store whose transactions burn a fuse."""

    inner: Any
    fuse: Fuse
    reader: Any = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", self.inner.reader)

    def begin(self) -> AbstractContextManager[Any]:
        return self.fuse.burn(self.inner.begin)

    def changes(self) -> int:
        return int(self.inner.changes())

    def pages(self) -> AbstractContextManager[Any]:
        return self.inner.pages()  # type: ignore[no-any-return]  # whatever it is


def fused(node: Node, fuse: Fuse) -> Node:
    """The same node, which dies where the fuse says."""
    return replace(
        node,
        house=Fused(node.house, fuse),
        agreements=lambda agreement: Fused(node.agreements(agreement), fuse),
        views=lambda store: Fused(node.views(store), fuse),
    )
