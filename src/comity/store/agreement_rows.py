"""What an agreement's rows become when they are read, and how values are written as rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from comity.core import strictjson
from comity.exchange.lane import Lane, Mode
from comity.records import (
    CaseRow,
    CheckpointRow,
    DecisionRow,
    DutyRow,
    InboxRow,
    InboxState,
    OutboxRow,
    OutboxState,
    OutcomeRow,
    ReleaseRow,
    ReleaseState,
)
from comity.store.agreement_tables import case, checkpoint, decision, duty, inbox, outbox, outcome, release
from comity.store.columns import AnyRow, AnySelect, instant, maybe_instant, maybe_micros, micros

DECISION: AnySelect = select(
    decision.c.did,
    decision.c["class"],
    decision.c.question,
    decision.c.outcome,
    decision.c.cites,
    decision.c.good_until,
    decision.c.bytes,
)


def as_decision(row: AnyRow) -> DecisionRow:
    did, class_id, question, result, cites, good_until, raw = row
    return DecisionRow(did, class_id, question, result, cites, maybe_instant(good_until), raw)


def decision_values(one: DecisionRow, pos: int) -> dict[str, Any]:
    return {
        "pos": pos,
        "did": one.did,
        "class": one.class_id,
        "question": one.question,
        "outcome": one.outcome,
        "cites": one.cites,
        "good_until": maybe_micros(one.good_until),
        "bytes": one.body,
    }


OUTCOME: AnySelect = select(outcome.c.batch, outcome.c.pos, outcome.c.rid, outcome.c.did, outcome.c.outcome)


def as_outcome(row: AnyRow) -> OutcomeRow:
    return OutcomeRow(*row)


RELEASE: AnySelect = select(*[column for column in release.c if column.name != "mac"])


def as_release(row: AnyRow) -> ReleaseRow:
    view, seq, handle, rid, copy, did, kind, ext_id, ext_ver, added, state, batch, until = row
    return ReleaseRow(
        view,
        seq,
        handle,
        rid,
        copy,
        did,
        kind,
        ext_id,
        ext_ver,
        instant(added),
        ReleaseState(state),
        batch,
        maybe_instant(until),
    )


def release_values(one: ReleaseRow) -> dict[str, Any]:
    return {
        "view": one.view,
        "seq": one.seq,
        "handle": one.handle,
        "rid": one.rid,
        "copy": one.copy,
        "did": one.did,
        "kind": one.kind,
        "ext_id": one.ext_id,
        "ext_ver": one.ext_ver,
        "added": micros(one.added),
        "state": one.state.value,
        "batch": one.batch,
        "valid_until": maybe_micros(one.valid_until),
    }


OUTBOX: AnySelect = select(
    outbox.c.mode,
    outbox.c.lane,
    outbox.c.epoch,
    outbox.c.seq,
    outbox.c.digest,
    outbox.c.bid,
    outbox.c.version,
    outbox.c.leaf_from,
    outbox.c.state,
    outbox.c.next_at,
    outbox.c.attempts,
    outbox.c.receipt,
)


def as_outgoing(row: AnyRow, raw: bytes) -> OutboxRow:
    mode, lane, epoch, seq, digest, _, version, leaf_from, state, next_at, attempts, receipt = row
    at = instant(next_at)
    return OutboxRow(
        Mode(mode), Lane(lane), epoch, seq, digest, raw, version, leaf_from, OutboxState(state), at, attempts, receipt
    )


def outgoing_values(one: OutboxRow, bid: str) -> dict[str, Any]:
    return {
        "mode": one.mode.value,
        "lane": one.lane.value,
        "epoch": one.epoch,
        "seq": one.seq,
        "digest": one.digest,
        "bid": bid,
        "version": one.version,
        "leaf_from": one.leaf_from,
        "state": one.state.value,
        "receipt": one.receipt,
        "next_at": micros(one.next_at),
        "attempts": one.attempts,
    }


INBOX: AnySelect = select(
    inbox.c.mode,
    inbox.c.lane,
    inbox.c.epoch,
    inbox.c.seq,
    inbox.c.digest,
    inbox.c.bid,
    inbox.c.state,
    inbox.c.at,
    inbox.c.receipt,
)


def as_incoming(row: AnyRow, raw: bytes) -> InboxRow:
    mode, lane, epoch, seq, digest, _, state, at, receipt = row
    return InboxRow(Mode(mode), Lane(lane), epoch, seq, digest, raw, InboxState(state), instant(at), receipt)


def incoming_values(one: InboxRow, bid: str) -> dict[str, Any]:
    return {
        "mode": one.mode.value,
        "lane": one.lane.value,
        "epoch": one.epoch,
        "seq": one.seq,
        "digest": one.digest,
        "bid": bid,
        "state": one.state.value,
        "at": micros(one.at),
        "receipt": one.receipt,
    }


CHECKPOINT: AnySelect = select(checkpoint.c.log, checkpoint.c.size, checkpoint.c.note, checkpoint.c.cosigned)


def as_checkpoint(row: AnyRow) -> CheckpointRow:
    return CheckpointRow(*row)


DUTY: AnySelect = select(*[column for column in duty.c if column.name != "mac"])


def as_duty(row: AnyRow) -> DutyRow:
    duty_id, name, article, actor, trigger, due, time, about, state, params, evidence, kind, proof, settled = row
    return DutyRow(
        id=duty_id,
        duty=name,
        article=article,
        actor=actor,
        trigger=instant(trigger),
        due=maybe_instant(due),
        time=time,
        about=about,
        state=state,
        params=tuple((name, value) for name, value in strictjson.parse(params.encode())),
        evidence=evidence,
        kind=kind,
        proof=proof,
        settled=maybe_instant(settled),
    )


def duty_values(one: DutyRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "duty": one.duty,
        "article": one.article,
        "actor": one.actor,
        "trigger": micros(one.trigger),
        "due": maybe_micros(one.due),
        "time": one.time,
        "about": one.about,
        "state": one.state,
        "params": strictjson.canonical([list(pair) for pair in one.params]).decode(),
        "evidence": one.evidence,
        "kind": one.kind,
        "proof": one.proof,
        "settled": maybe_micros(one.settled),
    }


CASE: AnySelect = select(case.c.kind, case.c.id, case.c.version, case.c.state, case.c.bytes)


def as_case(row: AnyRow) -> CaseRow:
    return CaseRow(*row)


def bids_of(rows: Sequence[AnyRow]) -> list[str]:
    """The bodies of outbox or inbox rows."""
    return [row.bid for row in rows]
