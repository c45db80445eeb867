"""Outbox and inbox: signed envelopes in chains, one a mode and lane. Their bytes are sealed bodies."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select, tuple_, update

from comity.core.errors import Absent, Refused
from comity.exchange import delivery
from comity.exchange.lane import Lane, Mode
from comity.records import InboxRow, InboxState, OutboxRow, OutboxState
from comity.store import rows as rows_
from comity.store.agreement_rows import (
    INBOX,
    OUTBOX,
    as_incoming,
    as_outgoing,
    bids_of,
    incoming_values,
    outgoing_values,
)
from comity.store.agreement_tables import body, inbox, outbox
from comity.store.columns import AnyRow, instant, micros
from comity.store.leaves import LogReader, LogTx
from comity.store.mac import with_mac

NOTHING_BEFORE = "0" * 64
"""What stands for the digest of an envelope before the first."""

PART = 8
"""Envelopes opened at a time when all are read: one may have a megabyte, and its opened copy another."""


_OPEN = outbox.c.state.in_([OutboxState.QUEUED, OutboxState.VOID]) & outbox.c.receipt.is_(None)


class LaneReader(LogReader):
    def chain_out(self, mode: Mode, lane: Lane) -> tuple[int, int, str]:
        """Epoch, last sequence and last digest of a chain we write; (1, 0, 64 zeros) before the first."""
        return self._chain(outbox, mode, lane)

    def chain_in(self, mode: Mode, lane: Lane) -> tuple[int, int, str]:
        """As `chain_out`, of the partner's chain as received."""
        return self._chain(inbox, mode, lane)

    def due(self, now: datetime, limit: int, *, opened: bool = True) -> list[OutboxRow]:
        """What may be sent now: by precedence, and in each chain oldest first; without its bytes where not `opened`.

        Inside a chain nothing overtakes: what stands behind an envelope that must wait, waits too.
        """
        found = list[AnyRow]()
        for lane, mode in self._open_chains():
            query = OUTBOX.where(outbox.c.mode == mode, outbox.c.lane == lane, _OPEN)
            rows = self.connection.execute(query.order_by(outbox.c.epoch, outbox.c.seq).limit(limit - len(found)))
            found += takewhile(partial(_due, lane=lane, now=now), rows)
        return self._outgoing(found) if opened else [as_outgoing(row, b"") for row in found]

    def _open_chains(self) -> list[tuple[Lane, Mode]]:
        """Where anything is unanswered, by precedence."""
        by_lane = outbox.c.lane.in_(list(Lane)) & _OPEN  # every lane is named, for the index begins with it
        rows = self.connection.execute(select(outbox.c.lane, outbox.c.mode).where(by_lane).distinct())
        return sorted(((Lane(lane), Mode(mode)) for lane, mode in rows), key=lambda at: (at[0].rank, at[1]))

    def outgoing(self, mode: Mode, lane: Lane, epoch: int, seq: int) -> OutboxRow | None:
        place = (outbox.c.mode == mode) & (outbox.c.lane == lane) & (outbox.c.epoch == epoch) & (outbox.c.seq == seq)
        return self._one_outgoing(place)

    def outgoing_by_digest(self, digest: str) -> OutboxRow | None:
        return self._one_outgoing(outbox.c.digest == digest)

    def sent(self, digest: str) -> OutboxRow | None:
        """The same without its bytes: no envelope is opened for it."""
        row = self.connection.execute(OUTBOX.where(outbox.c.digest == digest)).one_or_none()
        return None if row is None else as_outgoing(row, b"")

    def outgoing_after(
        self, mode: Mode, lane: Lane, epoch: int, seq: int, limit: int, most: int | None = None
    ) -> list[OutboxRow]:
        """What the chain holds after this place, settled or not, oldest first; `most` bytes, or one envelope."""
        query = OUTBOX.where(
            outbox.c.mode == mode, outbox.c.lane == lane, tuple_(outbox.c.epoch, outbox.c.seq) > (epoch, seq)
        ).order_by(outbox.c.epoch, outbox.c.seq)
        found = list(self.connection.execute(query.limit(limit)))
        return self._outgoing(found if most is None else self._within(found, most))

    def all_outgoing(self) -> Iterable[OutboxRow]:
        query = OUTBOX.order_by(outbox.c.mode, outbox.c.lane, outbox.c.epoch, outbox.c.seq)
        for part in self.connection.execute(query).partitions(PART):
            yield from self._outgoing(part)

    def unanswered(self, limit: int, after: str | None = None) -> dict[str, datetime]:
        """The envelopes that have no receipt yet, by digest, with their next try: in each chain oldest first.

        With `after`, a digest, those behind that one. None is opened for it. Raises `Absent` where that one is gone.
        """
        order = (outbox.c.mode, outbox.c.lane, outbox.c.epoch, outbox.c.seq)
        query = select(outbox.c.digest, outbox.c.next_at).where(_OPEN)
        if after is not None:
            place = self.connection.execute(select(*order).where(outbox.c.digest == after)).one_or_none()
            if place is None:
                raise Absent(f"there is no envelope {after} any more: its chain was changed meanwhile", "begin again")
            query = query.where(tuple_(*order) > tuple(place))
        rows = self.connection.execute(query.order_by(*order).limit(limit))
        return {digest: instant(next_at) for digest, next_at in rows}

    def all_incoming(self) -> Iterable[InboxRow]:
        query = INBOX.order_by(inbox.c.mode, inbox.c.lane, inbox.c.epoch, inbox.c.seq)
        for part in self.connection.execute(query).partitions(PART):
            yield from self._incoming(part)

    def incoming(self, digest: str) -> InboxRow | None:
        """The envelope with these very bytes, so that the same again gets the stored receipt."""
        rows = list(self.connection.execute(INBOX.where(inbox.c.digest == digest)))
        return next(self._incoming(rows), None)

    def came(self, digest: str) -> InboxRow | None:
        """The same without its bytes: it is not opened for it."""
        row = self.connection.execute(INBOX.where(inbox.c.digest == digest)).one_or_none()
        return None if row is None else as_incoming(row, b"")

    def incoming_at(self, mode: Mode, lane: Lane, epoch: int, seq: int) -> str | None:
        """The digest of what came in under this number, if anything did."""
        query = select(inbox.c.digest).where(inbox.c.mode == mode, inbox.c.lane == lane)
        return self.connection.execute(query.where(inbox.c.epoch == epoch, inbox.c.seq == seq)).scalar_one_or_none()

    def unsettled(self) -> list[InboxRow]:
        """What came in and has no receipt yet, in the order of its arrival."""
        query = INBOX.where(inbox.c.state == InboxState.RECEIVED).order_by(inbox.c.at, inbox.c.epoch, inbox.c.seq)
        return list(self._incoming(list(self.connection.execute(query))))

    def _chain(self, table: Table, mode: Mode, lane: Lane) -> tuple[int, int, str]:
        query = select(table.c.epoch, table.c.seq, table.c.digest).where(table.c.mode == mode, table.c.lane == lane)
        last = query.order_by(table.c.epoch.desc(), table.c.seq.desc()).limit(1)
        row = self.connection.execute(last).one_or_none()
        return (1, 0, NOTHING_BEFORE) if row is None else (row.epoch, row.seq, row.digest)

    def _one_outgoing(self, condition: ColumnElement[bool]) -> OutboxRow | None:
        rows = self._outgoing(list(self.connection.execute(OUTBOX.where(condition))))
        return rows[0] if rows else None

    def _within(self, rows: Sequence[AnyRow], most: int) -> Sequence[AnyRow]:
        """The first of `rows` that have `most` bytes together, and always one; no body is read for it."""
        query = select(body.c.bid, func.length(body.c.bytes)).where(body.c.bid.in_(bids_of(rows)))
        sizes = {row[0]: row[1] for row in self.connection.execute(query)} if len(rows) > 1 else {}
        total = 0
        for count, row in enumerate(rows):
            total += sizes.get(row.bid, 0)
            if count and total > most:
                return rows[:count]
        return rows

    def _outgoing(self, rows: Sequence[AnyRow]) -> list[OutboxRow]:
        raws = self._bodies.read_many(bids_of(rows))
        return [as_outgoing(row, raws[row.bid]) for row in rows]

    def _incoming(self, rows: Sequence[AnyRow]) -> Iterator[InboxRow]:
        raws = self._bodies.read_many(bids_of(rows), left=True)
        return (as_incoming(row, raws[row.bid]) for row in rows)


def _due(row: AnyRow, *, lane: Lane, now: datetime) -> bool:
    return delivery.due(instant(row.next_at), now, lane)


class LaneTx(LaneReader, LogTx):
    def put_outgoing(self, rows: Sequence[OutboxRow]) -> None:
        """Queues signed envelopes: the very bytes that every try will send."""
        if not rows:
            return
        bids = self._bodies.put([row.raw for row in rows], [True] * len(rows))
        values = [outgoing_values(row, bid) for row, bid in zip(rows, bids, strict=True)]
        rows_.add(self.connection, outbox, [with_mac(self._key, outbox, one) for one in values])

    def settle(self, digest: str, receipt: bytes, state: OutboxState) -> None:
        """Records the partner's receipt. Raises `Absent` for an envelope we did not send."""
        self._rewrite(outbox, digest, {"receipt": receipt, "state": state.value})

    def retry_at(self, digest: str, next_at: datetime) -> bool:
        """Counts a try and sets the next one. `False` where the outbox has no such envelope (any more)."""
        changed = {"next_at": micros(next_at), "attempts": outbox.c.attempts + 1}
        return bool(self.connection.execute(update(outbox).where(outbox.c.digest == digest).values(changed)).rowcount)

    def never_tried(self, digest: str, next_at: datetime) -> None:
        """Takes back a try that was noted and not made."""
        changed = {"next_at": micros(next_at), "attempts": outbox.c.attempts - 1}
        self.connection.execute(update(outbox).where(outbox.c.digest == digest).values(changed))

    def void(self, digest: str, replacement: OutboxRow) -> None:
        """Puts a signed void in the place of a queued envelope, whose bytes are destroyed (DECISIONS 17)."""
        old = self._row(outbox, digest)
        place = (replacement.mode, replacement.lane, replacement.epoch, replacement.seq)
        if place != (old["mode"], old["lane"], old["epoch"], old["seq"]):
            raise ValueError("a void has the place of the envelope it replaces")
        self._bodies.destroy(old["bid"])
        bid = self._bodies.put([replacement.raw], [True])[0]
        self._rewrite(outbox, digest, outgoing_values(replacement, bid))

    def put_incoming(self, row: InboxRow) -> None:
        """Keeps the bytes that came in: the first of the three steps of DECISIONS 12."""
        bid = self._bodies.put([row.raw], [True])[0]
        rows_.add(self.connection, inbox, [with_mac(self._key, inbox, incoming_values(row, bid))])

    def destroy_incoming(self, digest: str) -> None:
        """Destroys an envelope that came in and was answered; its place, its digest and its receipt stay.

        Raises `Absent` for none, `Refused` for one without a receipt: its items are not in the house yet.
        """
        row = self._row(inbox, digest)
        if row["receipt"] is None:
            raise Refused(f"the envelope {digest[:12]} is still being taken in", "try again once it has its receipt")
        self._bodies.destroy(row["bid"])

    def store_receipt(self, digest: str, receipt: bytes) -> None:
        """Keeps the receipt that the same bytes will always be answered with. Raises `Absent`."""
        self._rewrite(inbox, digest, {"receipt": receipt, "state": InboxState.SETTLED.value})

    def _row(self, table: Table, digest: str) -> dict[str, Any]:
        row = self.connection.execute(select(table).where(table.c.digest == digest)).mappings().one_or_none()
        if row is None:
            raise Absent(f"there is no envelope {digest}")
        return dict(row)

    def _rewrite(self, table: Table, digest: str, changed: dict[str, Any]) -> None:
        row = with_mac(self._key, table, self._row(table, digest) | changed)
        self.connection.execute(update(table).where(table.c.digest == digest).values(row))
