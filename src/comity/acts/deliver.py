"""Delivering what is queued, by precedence, the same bytes on every try, and recording the signed answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from comity.acts import agreements, arrivals, callers, clocks, forks, gaps, posting, refusals, restoring
from comity.acts.agreements import Held
from comity.acts.contacts import partner_keys
from comity.acts.mirroring import countersign, keep_cosigned, mirror_receipt, received_leaf
from comity.acts.node import Node
from comity.acts.ports import AgreementTx
from comity.acts.sending import leaves_in
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core.errors import Absent, Broken, ComityError, Unreachable
from comity.exchange import delivery, receipt
from comity.exchange.acceptance import CLOCK_AHEAD
from comity.exchange.body import handle_of
from comity.exchange.delivery import DeliveryState
from comity.exchange.receipt import Receipt, Sent
from comity.ledger import leaf
from comity.ledger.recovery import Fork
from comity.records import OutboxRow, OutboxState

LIMIT = 4
"""Envelopes read at a time: what is more urgent is looked for again after them."""
IN_FLIGHT = 64 * 1024 * 1024
"""Bytes of envelopes that stand in memory for one partner; of a larger envelope only itself."""
PATH = "/exchange/v1/envelopes"


@dataclass(slots=True)
class Delivered:
    settled: int = 0
    refused: int = 0
    failed: int = 0
    codes: list[str] = field(default_factory=list)
    """What the partner's refusals say, one each."""


def deliver_due(node: Node, agreement_id: str) -> Delivered:
    """Sends what is due to the partner of one agreement. One failure ends this round for its chain only."""
    result = Delivered()
    held = agreements.held(node, agreement_id)
    address = node.partners.get(agreements.partner_of(node, held.newest))
    if address is None or restoring.stopped(node, agreement_id):
        return result
    stuck: set[str] = set()
    rows = _due(node, agreement_id)
    noted: set[str] = set()
    for row, following in zip_longest(rows, rows[1:]):
        if row.lane.value in stuck:
            continue
        if row.digest not in noted and not _tried(node, agreement_id, row):
            stuck.add(row.lane.value)
            continue
        try:
            answer = node.wire.post(address.rstrip("/") + PATH, row.raw, max_bytes=receipt.MAX_RAW)
            state, ready = _recorded(node, agreement_id, answer, None, following)
            noted |= {following.digest} if following is not None and ready else set()
        except ComityError as error:
            stuck.add(row.lane.value)
            result.failed += 1
            node.meter.met("links", agreement_id, error.code, error.message, node.clock())
            if not isinstance(error, Unreachable):
                raise
            continue
        if state is OutboxState.QUEUED:
            stuck.add(row.lane.value)
        result.settled += state is not OutboxState.QUEUED
        if state is OutboxState.REFUSED:
            result.refused += 1
            result.codes.append(receipt.code_of(answer))
            if restoring.stopped(node, agreement_id):
                break
    return result


def _due(node: Node, agreement_id: str) -> list[OutboxRow]:
    """What goes next; nothing where it was written under a wrong clock, and the lanes must begin again."""
    with node.agreements(agreement_id).reader() as reader:
        rows = reader.due(node.clock(), LIMIT, IN_FLIGHT)
    if any(clocks.dated_ahead(node, row) for row in rows):
        clocks.begin_again(node, agreement_id)
        return []
    return rows


def record_receipt(node: Node, agreement_id: str, raw: bytes, caller: str | None = None) -> OutboxState:
    """What the partner's signed answer makes of our envelope. The same receipt again changes nothing.

    Raises `Malformed` or `Refused` for a receipt that is not the partner's, or not for an envelope of ours.
    """
    return _recorded(node, agreement_id, raw, caller, None)[0]


def _recorded(
    node: Node, agreement_id: str, raw: bytes, caller: str | None, following: OutboxRow | None
) -> tuple[OutboxState, bool]:
    """As `record_receipt`, and whether a try of the envelope after it was noted with it: one commit for both."""
    answer = receipt.unseal(raw, node.party, partner_keys(node))
    held, partner = agreements.held_or_none(node, agreement_id), answer.sender
    callers.check(caller, partner)
    if held is None or agreements.partner_of(node, held.newest) != partner:
        raise Absent(f"there is no agreement {agreement_id} between us and {partner}")
    clocks.compare(node, answer.at)
    if answer.code == CLOCK_AHEAD:
        clocks.refused_as_early(node, agreement_id, answer.at)
    else:
        node.meter.passed("links", agreement_id)
    restoring.check_moving(node, agreement_id)
    try:
        state, fork, ready = _record(node, held, answer, raw, following)
    except Broken:
        forks.diagnose(node, held.newest, partner, received_leaf(answer), (answer.checkpoint, answer.cosigned))
        raise
    if fork is not None:
        forks.name(node, agreement_id, fork)
    return state, ready


def _record(
    node: Node, held: Held, answer: Receipt, raw: bytes, following: OutboxRow | None
) -> tuple[OutboxState, Fork | None, bool]:
    """Keeps the answer beside its envelope, and what it says of both logs; the fork that the partner names."""
    text, partner = held.newest, answer.sender
    with node.agreements(text.id).begin() as tx:
        row = tx.sent(answer.envelope)
        if row is None:
            raise Absent(f"{partner} answered an envelope that this node did not send")
        if row.receipt is not None:
            return row.state, None, False
        leaves = leaves_in(tx, row)
        settled = receipt.settle(_sent(node, text, row, leaves), answer)
        after = delivery.after(settled)
        if after is DeliveryState.QUEUED:
            tx.retry_at(row.digest, delivery.next_attempt(row.attempts + 1, node.clock(), row.lane, 0.5))
            return OutboxState.QUEUED, None, False
        state = OutboxState.VOID if row.state is OutboxState.VOID else OutboxState(after.value)
        tx.settle(row.digest, raw, state)
        posting.answered(tx, leaves, answer, settled.items)
        refusals.note(node, tx, answer, leaves)
        arrivals.given(node, tx, held.versions, AgreementRef(text.id, row.version), leaves, answer)
        mirror_receipt(tx, answer)
        keep_cosigned(node, tx, text, partner, answer.cosigned)
        countersign(node, tx, text, partner, answer.checkpoint)
        gaps.tell(node, tx, text, row, answer)
        parted = answer.code in refusals.OLD_STORY
        fork = forks.of_answer(tx, text, node.party, str(answer.code)) if parted else None
        if following is None or state is OutboxState.REFUSED:
            return state, fork, False
        return state, fork, _note_try(node, tx, following)


def agreement_of(node: Node, raw: bytes) -> str:
    """The agreement a receipt speaks of, before it is checked. Raises `Malformed`."""
    return receipt.unseal(raw, node.party, partner_keys(node)).agreement.id


def _tried(node: Node, agreement_id: str, row: OutboxRow) -> bool:
    with node.agreements(agreement_id).begin() as tx:
        return _note_try(node, tx, row)


def _note_try(node: Node, tx: AgreementTx, row: OutboxRow) -> bool:
    """Notes a try before it is made: what may have left is never voided. `False` where it was voided meanwhile."""
    jitter = int.from_bytes(node.entropy(2)) / 65536
    return tx.retry_at(row.digest, delivery.next_attempt(row.attempts + 1, node.clock(), row.lane, jitter))


def _sent(node: Node, text: Agreement, row: OutboxRow, leaves: Sequence[bytes]) -> Sent:
    """What a receipt must answer, from what was kept when the envelope was queued: it is not opened again."""
    return Sent(
        digest=row.digest,
        sender=node.party,
        to=agreements.partner_of(node, text),
        agreement=text.id,
        mode=row.mode,
        lane=row.lane,
        epoch=row.epoch,
        sequence=row.seq,
        handles=tuple(map(_handle, leaves)),
    )


def _handle(raw: bytes) -> str:
    entry = leaf.glance(raw)
    return entry.handle if entry.leaf == "released" else handle_of(entry.document)
