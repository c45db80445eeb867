"""Letting a partner's envelope in: verify, keep, take into the house, answer with one signed receipt.

Three steps, each repeatable (DECISIONS 12): an inbox row in the agreement, the house transaction, the receipt in the
agreement. Whatever step a crash hits, the same envelope sent again ends with the same receipt.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from comity.acts import agreements, arrivals, callers, clocks, forks, restoring
from comity.acts.agreements import Held
from comity.acts.cases import note
from comity.acts.contacts import partner_keys
from comity.acts.keeping import check_room
from comity.acts.mirroring import countersign, keep_cosigned, mirror, places_of
from comity.acts.node import Node
from comity.acts.owing import owe
from comity.acts.ports import AgreementTx
from comity.acts.receiving import Arrived, receive
from comity.acts.sending import IN, OUT, checkpoint
from comity.acts.versions import versions
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core.errors import Absent, Broken, Malformed, Refused
from comity.exchange import acceptance, chain, receipt, sealing
from comity.exchange import envelope as envelopes
from comity.exchange.acceptance import CLOCK_AHEAD, Refusal, Version
from comity.exchange.body import Epoch, Notices, Sealed
from comity.exchange.chain import Link, Verdict
from comity.exchange.envelope import Envelope
from comity.exchange.receipt import Answer, Receipt
from comity.ledger import leaf
from comity.ledger.recovery import Fork, Side
from comity.records import InboxRow, InboxState

UNREADABLE = Refusal("sealed-unreadable", "the sealed body does not open with the key that the agreement names for us")


def accept(node: Node, raw: bytes, caller: str | None = None) -> bytes:
    """The signed receipt for `raw`; the stored one when it was here before. `caller` is whose certificate was shown.

    Raises `Malformed` or `Refused` where nobody is authenticated: no receipt is given to a stranger. An authenticated
    envelope that may not come in gets a receipt that refuses, never silence. Raises `Unreachable` while nothing can be
    kept: then nothing is acknowledged.
    """
    keys = partner_keys(node)
    unopened = envelopes.unseal(raw, node.party, keys)
    callers.check(caller, unopened.header.sender)
    agreement_id = unopened.header.agreement.id
    held = agreements.held_or_none(node, agreement_id)
    if held is None or agreements.partner_of(node, held.newest) != unopened.header.sender:
        raise Absent(f"there is no agreement {agreement_id} between us and {unopened.header.sender}")
    store = node.agreements(agreement_id)
    with store.reader() as reader:
        before = reader.came(unopened.digest)
    if before is not None and before.receipt is not None:
        return before.receipt
    clocks.compare(node, unopened.header.at)
    restoring.check_moving(node, agreement_id)
    if before is None:
        check_room(node)
    envelope = opened(node, unopened)
    now, told = node.clock(), places_of(envelope)
    if before is None:
        refusal, fork = _admit(node, held.newest, envelope, raw, told, versions(node, held, now), now)
        if fork is not None:
            forks.name(node, agreement_id, fork)
        if envelope.header.at > now + timedelta(seconds=node.skew_seconds):
            clocks.came_early(node, agreement_id, envelope.header.at)
        else:
            node.meter.passed("early", agreement_id)
        if refusal is not None:
            return refusal
    received = receive(node, envelope, keys, versions(node, held, now))
    try:
        return _answer(node, held, envelope, told, received)
    except Broken:
        notes = (envelope.checkpoint, envelope.cosigned)
        forks.diagnose(node, held.newest, envelope.header.sender, told, notes)
        raise


def opened(node: Node, envelope: Envelope) -> Envelope:
    """The envelope with its body open; as it came where the body does not open."""
    if not isinstance(envelope.body, Sealed):
        return envelope
    try:
        body = sealing.open_body(envelope.body, node.vault.open_sealed, envelope.header.info())
    except (Refused, Malformed):
        return envelope
    return replace(envelope, body=body)


def _admit(
    node: Node,
    text: Agreement,
    envelope: Envelope,
    raw: bytes,
    told: Mapping[int, bytes],
    known: Mapping[AgreementRef, Version],
    now: datetime,
) -> tuple[bytes | None, Fork | None]:
    """Keeps the envelope in its chain, or answers the receipt that refuses it, and the fork that it shows."""
    header = envelope.header
    with node.agreements(text.id).begin() as tx:
        stored = tx.incoming_at(header.mode, header.lane, header.epoch, header.sequence)
        epoch, last, previous = tx.chain_in(header.mode, header.lane)
        verdict = chain.accept(chain.ChainState(epoch, last, previous), envelope, stored)
        if verdict.link is Link.DUPLICATE:
            return None, None
        fork = _fork(tx, text, envelope, told, verdict)
        if verdict.link is not Link.NEXT or fork is not None:
            code = Link.FORK if verdict.link is Link.NEXT else verdict.link
            return receipt.seal(receipt.refused(envelope, code.value, now), node.vault), fork
        row = InboxRow(
            mode=header.mode,
            lane=header.lane,
            epoch=header.epoch,
            seq=header.sequence,
            digest=envelope.digest,
            raw=raw,
            state=InboxState.RECEIVED,
            at=now,
        )
        refusal = acceptance.refusal(envelope, known, node.mode, now, timedelta(seconds=node.skew_seconds))
        if isinstance(envelope.body, Sealed):
            refusal = refusal or UNREADABLE
        if refusal is not None and refusal.code == CLOCK_AHEAD:
            return receipt.seal(receipt.refused(envelope, refusal.code, now), node.vault), None
        tx.put_incoming(row)
        if refusal is None:
            return None, None
        if header.mode is node.mode:
            mirror(tx, told)
        position = tx.append(OUT, [_received(envelope, Answer.REFUSED)])
        answer = receipt.refused(envelope, refusal.code, now, position)
        signed = receipt.seal(replace(answer, checkpoint=checkpoint(node, tx, text).decode()), node.vault)
        tx.store_receipt(envelope.digest, signed)
        return signed, None


def _fork(
    tx: AgreementTx, text: Agreement, envelope: Envelope, told: Mapping[int, bytes], verdict: Verdict
) -> Fork | None:
    """The fork that this envelope shows: in its chain, in its leaves, or in what a new epoch says of the old one."""
    header, body, what = envelope.header, envelope.body, None
    if verdict.link in forks.TWO_STORIES:
        what = verdict.text
    elif verdict.link is Link.NEXT and isinstance(body, Epoch) and body.known_sequence:
        known = tx.incoming_at(header.mode, header.lane, body.known_epoch, body.known_sequence)
        if known not in (None, body.known_digest):
            what = f"{header.lane} number {body.known_sequence} of epoch {body.known_epoch} has another digest here"
    if what is None and verdict.link is not Link.NEXT:
        return None
    if what is None:
        return forks.of_arrival(tx, text, header.sender, told, [envelope.checkpoint])
    here = forks.history(tx, text, header.sender, IN)
    notes = forks.checkpoints(text, header.sender, [envelope.checkpoint])
    theirs = Side(notes[0].size, notes[0].root.hex()) if notes else Side(header.leaf_from, "")
    return Fork(here.origin, what, here.side, theirs)


def _answer(node: Node, held: Held, envelope: Envelope, told: Mapping[int, bytes], arrived: Arrived) -> bytes:
    """The last step: their leaves mirrored, ours appended, their checkpoint countersigned, the receipt kept."""
    now, text = node.clock(), held.newest
    named = held.versions.get(envelope.header.agreement, text)
    with node.agreements(text.id).begin() as tx:
        before = tx.came(envelope.digest)
        if before is not None and before.receipt is not None:
            return before.receipt
        mirror(tx, told)
        keep_cosigned(node, tx, text, envelope.header.sender, envelope.cosigned)
        cosigned = countersign(node, tx, text, envelope.header.sender, envelope.checkpoint)
        note(node, tx, named, arrived.kept, envelope.header.sender)
        if isinstance(envelope.body, Notices):
            with node.house.reader() as house:
                owe(node, house, tx, held.versions)
        position = tx.append(OUT, [_received(envelope, Answer.ACCEPTED)])
        answer: Receipt = replace(
            receipt.accepted(envelope, arrived.verdicts, now, position),
            checkpoint=checkpoint(node, tx, text).decode(),
            cosigned=None if cosigned is None else cosigned.decode(),
        )
        arrivals.taken(node, tx, held.versions, envelope, answer)
        signed = receipt.seal(answer, node.vault)
        tx.store_receipt(envelope.digest, signed)
        return signed


def _received(envelope: Envelope, verdict: Answer) -> bytes:
    header = envelope.header
    return leaf.write(leaf.Received(envelope.digest, header.lane.value, header.epoch, header.sequence, verdict.value))
