"""What the receipt of things sets off in the register: the same rows at who took them and at who gave them.

The clock runs from the signed receipt. A duty about one thing is named by its handle, one about more by their envelope.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from comity.acts import agreements, letting, things
from comity.acts.covering import annex_for, purpose_for
from comity.acts.duties import open_duties
from comity.acts.node import Node
from comity.acts.ports import AgreementTx
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core import strictjson
from comity.exchange.body import Items
from comity.exchange.envelope import Envelope
from comity.exchange.receipt import ItemAnswer, Receipt
from comity.labels.label import Label
from comity.ledger import leaf
from comity.release import arrival, relation
from comity.release.arrival import Thing
from comity.release.provenance import carried
from comity.release.question import Subject

Texts = Mapping[AgreementRef, Agreement]


def taken(node: Node, tx: AgreementTx, texts: Texts, envelope: Envelope, answer: Receipt) -> None:
    """Opens what the recipient of `envelope` owes by `answer`, at either side, from the envelope itself."""
    text = texts.get(envelope.header.agreement)
    if text is None or not isinstance(envelope.body, Items) or (beside := _asking(node, text, answer)) is None:
        return
    took = {one.handle for one in answer.items if one.verdict is not ItemAnswer.REFUSED}
    annexes = {kind: annex_for(text, kind, purpose_for(text, kind)) for kind in envelope.body.kinds}
    items = (one for one in envelope.body.items if one.handle in took)
    found = [Thing(one.handle, one.kind, one.label, annexes[one.kind]) for one in items]
    _open(tx, text, beside, answer, found, node.clock())


def given(
    node: Node, tx: AgreementTx, texts: Texts, ref: AgreementRef, leaves: Sequence[bytes], answer: Receipt
) -> None:
    """The same at the giver, which cannot open what it sealed: from its own releases and what was decided of each."""
    text = texts.get(ref)
    if text is None or not leaves or not answer.items or leaf.glance(leaves[0]).leaf != "released":
        return
    if (beside := _asking(node, text, answer)) is None:
        return
    handles = [one.handle for one in answer.items if one.verdict is not ItemAnswer.REFUSED]
    went = tx.decided_of(handles)
    labels = {did: _label(tx, did) for did in {did for _, did in went.values()}}
    annexes = {kind: annex_for(text, kind, purpose_for(text, kind)) for kind in {kind for kind, _ in went.values()}}
    found = [Thing(handle, kind, labels[did], annexes[kind]) for handle in handles for kind, did in (went[handle],)]
    _open(tx, text, beside, answer, found, node.clock())


def _asking(node: Node, text: Agreement, answer: Receipt) -> Texts | None:
    """The texts that protect beside it by reference; `None` where none of them asks anything of a recipient."""
    if not any(relation.protecting(text, answer.at)):
        return {} if arrival.asks(text, answer.at) else None
    with node.house.reader() as house:
        beside = agreements.protecting(node, house, text, answer.at)
    return beside if any(arrival.asks(one, answer.at) for one in (text, *beside.values())) else None


def _open(
    tx: AgreementTx, text: Agreement, beside: Texts, answer: Receipt, took: Iterable[Thing], now: datetime
) -> None:
    for owed in arrival.owed(text, beside, answer.sender, took, answer.at):
        about = owed.things[0].handle if len(owed.things) == 1 else answer.envelope
        opened = open_duties(tx, text, (owed.duty,), answer.at, about, tuple(beside.values()))
        for row in opened:
            things.put(tx, row, ((one.handle, one.kind) for one in owed.things))
        letting.already(tx, opened, now)


def _label(tx: AgreementTx, did: str) -> Label:
    row = tx.decision(did)
    assert row is not None, "a release has its decision"
    return _went_as(row.body)


@lru_cache(maxsize=1024)
def _went_as(decision: bytes) -> Label:
    """The label under which what was decided so went out."""
    return carried(Subject.from_json(strictjson.parse(decision)["question"]["subject"]))
