"""Leaves of ours that a refusal kept from the partner: told in a void, so that its mirror of our log has no gap.

A refused envelope's leaves stand in our log for good. The partner rebuilds them from the envelope, unless it could not
open it, or it came in another mode. They are handles and salted digests: nothing can be learnt from them.
"""

from dataclasses import replace

from comity.acts.node import Node
from comity.acts.ports import AgreementReader, AgreementTx
from comity.acts.refusals import OLD_STORY
from comity.acts.sending import OUT, leaves_in, queue, runs
from comity.agreement.instrument import Agreement
from comity.core import strictjson
from comity.exchange import chain, envelope
from comity.exchange.acceptance import WRONG_MODE
from comity.exchange.body import Sealed, Void
from comity.exchange.chain import ChainState
from comity.exchange.receipt import Answer, Receipt
from comity.records import CaseRow, OutboxRow

KIND = "untold"
TOLD = "told"
REASON = "refused"


def tell(node: Node, tx: AgreementTx, text: Agreement, row: OutboxRow, answer: Receipt) -> None:
    """Notes what this receipt shows the partner not to know of our log, and queues the voids that tell it.

    While the partner refuses our mode it would know nothing from a void either: then the next other answer has it told.
    """
    if answer.code in OLD_STORY:
        return
    if answer.verdict is Answer.REFUSED:
        _note(tx, row, answer)
    if answer.code == WRONG_MODE:
        return
    waiting = [one for one in tx.cases(KIND) if one.state == KIND]
    spans = [span for one in waiting for span in strictjson.parse(one.body)]
    leaves = {n: raw for first, stop in spans for n, raw in tx.leaves(OUT, first, stop)}
    state = ChainState(*tx.chain_out(node.mode, row.lane))
    for first, closed in runs(leaves):
        body = Void(REASON, first, tuple(closed))
        state = queue(node, tx, text, answer.sender, row.lane, chain.next_out(state), body)
    for one in waiting:
        tx.put_case(replace(one, version=one.version + 1, state=TOLD))


def _note(tx: AgreementTx, row: OutboxRow, answer: Receipt) -> None:
    sent = tx.outgoing_by_digest(row.digest)
    assert sent is not None
    body = envelope.body_of(sent.raw)
    if not isinstance(body, Sealed) and answer.code != WRONG_MODE:
        return
    spans = _spans(tx, row, body if isinstance(body, Void) else None)
    if spans:
        tx.put_case(CaseRow(KIND, row.digest, 1, KIND, strictjson.canonical(spans)))


def _spans(reader: AgreementReader, row: OutboxRow, void: Void | None) -> list[tuple[int, int]]:
    """The leaves that the envelope speaks of, from and to a position: its own, and those that a void closes."""
    own, closed = (row.leaf_from, row.leaf_from + len(leaves_in(reader, row))), (0, 0)
    if void is not None:
        own, closed = (own[0], own[0] + 1), (void.closed_from, void.closed_from + len(void.closed))
    return [span for span in (closed, own) if span[0] < span[1]]
