"""Envelopes in every lane, as followers would queue them: what a lane carries is for the kinds to say."""

from comity.acts import agreements, sending
from comity.acts.node import Node
from comity.core import ids
from comity.exchange.lane import Lane
from comity.labels.label import Label, OriginLabel, Tlp
from tests.acts.things import raw, stix

CLEAR = Label.of(OriginLabel("IL", tlp=Tlp.CLEAR))


def queue_in(node: Node, agreement: str, lane: Lane, name: str, count: int = 1) -> list[str]:
    """One envelope with `count` things; their external ids."""
    text = agreements.held(node, agreement).newest
    things = [stix("malware", f"{lane} {name} {n}", Tlp.CLEAR) for n in range(count)]
    copies = [
        sending.Copy(ids.handle(node.entropy(16)), "cyber.stix/1", CLEAR, raw(one), lane, sealed=False)
        for one in things
    ]
    with node.agreements(agreement).begin() as tx:
        assert sending.send(node, tx, text, agreements.partner_of(node, text), copies) == 1
    return [one["id"] for one in things]
