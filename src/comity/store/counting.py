"""Figures of one agreement's store, each from an index or from the end of a chain: no envelope is opened for them."""

from sqlalchemy import ColumnElement, func, select

from comity.exchange.lane import Lane, Mode
from comity.records import LaneCount, Mark, OutboxState
from comity.store.agreement_tables import inbox, outbox, outcome, waiting
from comity.store.columns import instant
from comity.store.lanes import LaneReader

_MARK = select(outbox.c.digest, outbox.c.attempts, outbox.c.receipt)
_LANES = tuple(lane.value for lane in Lane)


class CountReader(LaneReader):
    def lane_counts(self) -> dict[Lane, LaneCount]:
        """What stands in each lane of the outbox. A void that is not answered yet counts as queued."""
        query = select(outbox.c.lane, outbox.c.state, func.count()).group_by(outbox.c.lane, outbox.c.state)
        found = {(lane, state): count for lane, state, count in self.connection.execute(query)}
        pending: dict[str, int] = {}
        if any(state == OutboxState.VOID for _, state in found):
            unanswered = select(outbox.c.lane, func.count()).where(
                outbox.c.lane.in_(_LANES), outbox.c.state == OutboxState.VOID, outbox.c.receipt.is_(None)
            )
            rows = self.connection.execute(unanswered.group_by(outbox.c.lane))
            pending = {row[0]: row[1] for row in rows}
        return {
            lane: LaneCount(
                queued=found.get((lane, OutboxState.QUEUED), 0) + pending.get(lane, 0),
                settled=found.get((lane, OutboxState.SETTLED), 0),
                refused=found.get((lane, OutboxState.REFUSED), 0),
                void=found.get((lane, OutboxState.VOID), 0) - pending.get(lane, 0),
            )
            for lane in Lane
            if any((lane, state) in found for state in OutboxState)
        }

    def first_unanswered(self, mode: Mode, lane: Lane) -> Mark | None:
        """The head of a chain we write: the oldest envelope without a receipt."""
        heads = [
            (row.epoch, row.seq, Mark(row.digest, row.attempts))
            for state in (OutboxState.QUEUED, OutboxState.VOID)
            for row in self.connection.execute(
                select(outbox.c.epoch, outbox.c.seq, outbox.c.digest, outbox.c.attempts)
                .where(_at(mode, lane), outbox.c.state == state, outbox.c.receipt.is_(None))
                .order_by(outbox.c.epoch, outbox.c.seq)
                .limit(1)
            )
        ]
        return min(heads, key=lambda head: head[:2])[2] if heads else None

    def last_answered(self, mode: Mode, lane: Lane) -> Mark | None:
        """The newest envelope of a chain that the partner let in, with its receipt."""
        query = _MARK.where(_at(mode, lane), outbox.c.state == OutboxState.SETTLED)
        newest = query.order_by(outbox.c.epoch.desc(), outbox.c.seq.desc()).limit(1)
        row = self.connection.execute(newest).one_or_none()
        return None if row is None else Mark(row.digest, row.attempts, row.receipt)

    def last_received(self, mode: Mode, lane: Lane) -> Mark | None:
        """The newest envelope of a chain the partner writes, and when it came in by our clock."""
        query = select(inbox.c.digest, inbox.c.at).where(inbox.c.mode == mode, inbox.c.lane == lane)
        newest = query.order_by(inbox.c.epoch.desc(), inbox.c.seq.desc()).limit(1)
        row = self.connection.execute(newest).one_or_none()
        return None if row is None else Mark(row.digest, came=instant(row.at))

    def received_count(self) -> int:
        return self.connection.execute(select(func.count()).select_from(inbox)).scalar_one()

    def waiting_count(self, view: str) -> int:
        """How many records wait for something they point at."""
        query = select(func.count()).where(waiting.c.view == view, waiting.c.pos == 0)
        return self.connection.execute(query).scalar_one()

    def outcomes_from(self, batch: int) -> tuple[int, dict[str, int]]:
        """How often each outcome was decided in this batch and later ones, and the number of the next batch."""
        query = select(outcome.c.outcome, func.count(), func.max(outcome.c.batch)).where(outcome.c.batch >= batch)
        rows = self.connection.execute(query.group_by(outcome.c.outcome)).all()
        return max((row[2] + 1 for row in rows), default=batch), {row[0]: row[1] for row in rows}


def _at(mode: Mode, lane: Lane) -> ColumnElement[bool]:
    return (outbox.c.mode == mode) & (outbox.c.lane == lane)
