"""Writing a follower's batch: decisions, outcomes, releases, leaves, envelopes, cursor, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from comity.acts.cases import note
from comity.acts.judging import Bench, Judged
from comity.acts.node import kind_named
from comity.acts.ports import AgreementTx
from comity.acts.sending import DECISIONS, Copy, send
from comity.acts.worth import Entry
from comity.core import ids
from comity.exchange.lane import Lane
from comity.ledger import leaf
from comity.records import OutcomeRow, ReleaseRow, ReleaseState, WaitingRow
from comity.release.closure import Closed
from comity.release.provenance import carried
from comity.release.question import Outcome

STEP = timedelta(microseconds=1)


@dataclass(slots=True)
class Followed:
    """What one call of the follower did. `read` entries of the house log were passed."""

    read: int = 0
    released: int = 0
    sanitised: int = 0
    waiting: int = 0
    withheld: int = 0
    envelopes: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """The entries `start < n <= upto` of the house log."""

    start: int
    upto: int


def apply(
    bench: Bench, tx: AgreementTx, span: Span, judged: dict[str, Judged], closed: Closed, result: Followed
) -> None:
    """Makes the batch true. A refusal can be proved like a release: both stand under the batch's leaf."""
    partner = bench.reader.party
    number = tx.log_size(DECISIONS)
    outcomes = [
        OutcomeRow(number, pos, rid, one.row.did, _outcome(rid, one, closed))
        for pos, (rid, one) in enumerate(judged.items())
    ]
    rows = {row.did: row for one in judged.values() for row in (one.row, one.again) if row is not None}
    tx.put_decisions(list(rows.values()))
    tx.put_outcomes(outcomes)
    tx.drop_waiting(partner, list(judged))
    tx.put_waiting([WaitingRow(rid, partner, judged[rid].row.did, why) for rid, why in closed.waiting.items()])
    tx.drop_refused([rid for rid in judged if rid not in closed.released])
    going = _in_order([judged[rid] for rid in closed.released])
    copies, releases = _copies(bench, tx, going, number)
    tx.put_releases(releases)
    if outcomes:
        root = tx.batch_root(outcomes, releases)
        tx.append(DECISIONS, [leaf.write(leaf.Followed(span.start, span.upto, len(outcomes), root))])
    sent = [Entry(one.record.rid, copy.handle, copy.kind, copy.raw) for one, copy in zip(going, copies, strict=True)]
    note(bench.node, tx, bench.texts[bench.ref], sent, bench.node.party)
    result.envelopes += send(bench.node, tx, bench.texts[bench.ref], partner, copies)
    tx.advance(span.upto)
    result.read += span.upto - span.start
    result.released += len(going)
    result.sanitised += sum(one.raw is not None for one in going)
    result.waiting += len(closed.waiting)
    result.withheld += len(judged) - len(going) - len(closed.waiting)


def _in_order(going: Sequence[Judged]) -> list[Judged]:
    """What markings point at goes first, so that a reader never meets a marking before its definition."""
    marks = {reference.target for one in going for reference in one.references if reference.marking}
    return sorted(going, key=lambda one: one.record.ext_id not in marks)


def _outcome(rid: str, judged: Judged, closed: Closed) -> str:
    if rid in closed.waiting:
        return "waiting"
    if rid in closed.released and judged.raw is not None:
        return Outcome.SANITISE.text
    return judged.outcome.text


def _copies(bench: Bench, tx: AgreementTx, going: Sequence[Judged], number: int) -> tuple[list[Copy], list[ReleaseRow]]:
    """The bytes that go, kept as bodies of the agreement, and the rows that say so."""
    partner = bench.reader.party
    bodies = bench.house.bodies([one.record.bid for one in going if one.raw is None])
    raws = [one.raw if one.raw is not None else bodies[one.record.bid] for one in going]
    bids = _keep(tx, raws, [not carried(one.going).public for one in going])
    seq, last = tx.next_seq(partner), tx.last_added(partner)
    first = bench.now if last is None else max(bench.now, last + STEP)
    copies: list[Copy] = []
    releases: list[ReleaseRow] = []
    for i, (one, raw, bid) in enumerate(zip(going, raws, bids, strict=True)):
        record, label = one.record, carried(one.going)
        handle = ids.handle_at(seq + i, bench.node.entropy(ids.RANDOM_BYTES))
        lane = Lane(kind_named(bench.node.annexes, record.kind).precedence)
        copies.append(Copy(handle, record.kind, label, raw, lane, sealed=not label.public))
        releases.append(
            ReleaseRow(
                view=partner,
                seq=seq + i,
                handle=handle,
                rid=record.rid,
                copy=bid,
                did=(one.again or one.row).did,
                kind=record.kind,
                ext_id=record.ext_id,
                ext_ver=record.ext_ver,
                added=first + i * STEP,
                state=ReleaseState.LIVE,
                batch=number,
            )
        )
    return copies, releases


def _keep(tx: AgreementTx, raws: Sequence[bytes], sealed: Sequence[bool]) -> list[str]:
    bids = [""] * len(raws)
    for protected in (False, True):
        chosen = [i for i, one in enumerate(sealed) if one is protected]
        for i, bid in zip(chosen, tx.put_bodies([raws[i] for i in chosen], sealed=protected), strict=True):
            bids[i] = bid
    return bids
