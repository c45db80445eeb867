"""Delivering what is queued, by precedence, the same bytes on every try, and recording the signed answers."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

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
from comity.exchange.lane import Lane
from comity.exchange.receipt import Answer, Receipt, Sent
from comity.ledger import leaf
from comity.ledger.recovery import Fork
from comity.records import OutboxRow, OutboxState

LIMIT = 6
"""Envelopes looked for at a time: what is more urgent is looked for again after them. Each is opened when it goes."""
PATH = "/exchange/v1/envelopes"


@dataclass(slots=True)
class Delivered:
    settled: int = 0
    refused: int = 0
    failed: int = 0
    codes: list[str] = field(default_factory=list)
    """What the partner's refusals say, one each."""


def deliver_due(node: Node, agreement_id: str) -> Delivered:
    """Sends what is due to the partner of one agreement. One failure ends this round for its chain only.

    While the receipt of one envelope is written down, the next is on its way already: one, and only behind one that the
    partner let in.
    """
    held = agreements.held(node, agreement_id)
    address = node.partners.get(agreements.partner_of(node, held.newest))
    if address is None or restoring.stopped(node, agreement_id):
        return Delivered()
    turn = _Round(node, agreement_id, address.rstrip("/") + PATH, deque(_due(node, agreement_id)))
    turn.begin()
    try:
        while turn.under_way is not None:
            _answered(turn)
    finally:
        turn.end()
    return turn.result


@dataclass(slots=True)
class _Round:
    """What is left to send, and what is on its way: an envelope, and what waits for its answer."""

    node: Node
    agreement_id: str
    url: str
    rows: deque[OutboxRow]
    noted: set[str] = field(default_factory=set)
    """Tries that were noted and not made yet."""
    stuck: set[Lane] = field(default_factory=set)
    under_way: tuple[OutboxRow, Callable[[], bytes]] | None = None
    result: Delivered = field(default_factory=Delivered)

    def begin(self) -> None:
        """Has the next one go, if nothing is on its way."""
        while self.under_way is None and self.rows:
            row = self.rows.popleft()
            if row.lane in self.stuck:
                continue
            if row.digest not in self.noted:
                self.noted |= _tried(self.node, self.agreement_id, row, self.following())
            if row.digest in self.noted:
                self.noted.discard(row.digest)
                raw = _opened(self.node, self.agreement_id, row)
                self.under_way = row, self.node.wire.begin(self.url, raw, max_bytes=receipt.MAX_RAW)
            else:
                self.stuck.add(row.lane)

    def following(self) -> OutboxRow | None:
        """What goes next, where no try of it was noted yet."""
        row = next((row for row in self.rows if row.lane not in self.stuck), None)
        return None if row is None or row.digest in self.noted else row

    def end(self) -> None:
        """Waits for what is on its way, and takes back the tries that were noted and never made."""
        if self.under_way is not None:
            with suppress(ComityError):
                self.under_way[1]()
        if self.noted:
            with suppress(Unreachable), self.node.agreements(self.agreement_id).begin() as tx:
                for digest in sorted(self.noted):
                    tx.never_tried(digest, self.node.clock())


def _answered(turn: _Round) -> None:
    """Waits for the answer to what is on its way, has the next go, and writes the answer down."""
    assert turn.under_way is not None
    (row, wait), turn.under_way = turn.under_way, None
    node, agreement_id, result = turn.node, turn.agreement_id, turn.result
    try:
        raw = wait()
        if row.lane not in turn.stuck:  # else the one before it is asked again first
            held, answer = _read(node, agreement_id, raw, None)
            if answer.verdict is Answer.ACCEPTED:
                turn.begin()
            following = turn.following()
            state, ready = _settle(node, held, answer, raw, following)
            turn.noted |= {following.digest} if following is not None and ready else set()
            _count(turn, row.lane, state, raw)
    except ComityError as error:
        turn.stuck.add(row.lane)
        result.failed += 1
        node.meter.met("links", agreement_id, error.code, error.message, node.clock())
        if not isinstance(error, Unreachable):
            raise
    turn.begin()


def _count(turn: _Round, lane: Lane, state: OutboxState, raw: bytes) -> None:
    if state is OutboxState.QUEUED:
        turn.stuck.add(lane)
        return
    turn.result.settled += 1
    if state is OutboxState.REFUSED:
        turn.result.refused += 1
        turn.result.codes.append(receipt.code_of(raw))
        if restoring.stopped(turn.node, turn.agreement_id):
            turn.rows.clear()


def _due(node: Node, agreement_id: str) -> list[OutboxRow]:
    """What goes next; nothing where it was written under a wrong clock, and the lanes must begin again."""
    with node.agreements(agreement_id).reader() as reader:
        rows = reader.due(node.clock(), LIMIT, opened=False)
        tried = (reader.outgoing_by_digest(row.digest) for row in rows if row.attempts)
        early = any(row is not None and clocks.dated_ahead(node, row) for row in tried)
    if early:
        clocks.begin_again(node, agreement_id)
        return []
    return rows


def _opened(node: Node, agreement_id: str, row: OutboxRow) -> bytes:
    with node.agreements(agreement_id).reader() as reader:
        whole = reader.outgoing_by_digest(row.digest)
    assert whole is not None, "what was tried is never voided"
    return whole.raw


def record_receipt(node: Node, agreement_id: str, raw: bytes, caller: str | None = None) -> OutboxState:
    """What the partner's signed answer makes of our envelope. The same receipt again changes nothing.

    Raises `Malformed` or `Refused` for a receipt that is not the partner's, or not for an envelope of ours.
    """
    held, answer = _read(node, agreement_id, raw, caller)
    return _settle(node, held, answer, raw, None)[0]


def _read(node: Node, agreement_id: str, raw: bytes, caller: str | None) -> tuple[Held, Receipt]:
    """The partner's answer, once it is known to be the partner's of this agreement."""
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
    return held, answer


def _settle(
    node: Node, held: Held, answer: Receipt, raw: bytes, following: OutboxRow | None
) -> tuple[OutboxState, bool]:
    """What the answer makes of the envelope, and whether a try of another was noted with it: one commit for both."""
    partner = answer.sender
    try:
        state, fork, ready = _record(node, held, answer, raw, following)
    except Broken:
        forks.diagnose(node, held.newest, partner, received_leaf(answer), (answer.checkpoint, answer.cosigned))
        raise
    if fork is not None:
        forks.name(node, held.newest.id, fork)
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


def _tried(node: Node, agreement_id: str, row: OutboxRow, following: OutboxRow | None) -> set[str]:
    """Notes a try of `row`, and of what follows it in the same commit; answers those that were noted."""
    with node.agreements(agreement_id).begin() as tx:
        return {one.digest for one in (row, following) if one is not None and _note_try(node, tx, one)}


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
