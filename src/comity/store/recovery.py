"""What a restored node needs of outbox, inbox and logs beyond daily traffic: places, rows put back, tails set aside.

Places are read without opening a body: a key that was destroyed since the backup must not hide where a chain stands.
"""

from sqlalchemy import Table, delete, insert, literal, select, tuple_

from comity.core.merkle import Tree
from comity.exchange.lane import Lane, Mode
from comity.records import CheckpointRow, InboxRow, OutboxRow, Place
from comity.store import rows as rows_
from comity.store.agreement_rows import CHECKPOINT, INBOX, as_checkpoint, incoming_values, outgoing_values
from comity.store.agreement_tables import checkpoint, inbox, leaf, outbox
from comity.store.lanes import LaneReader, LaneTx
from comity.store.mac import with_mac


class RecoveryReader(LaneReader):
    def sent_places(self, mode: Mode, lane: Lane) -> list[Place]:
        """Every number of a chain of ours, oldest first."""
        columns = (outbox.c.epoch, outbox.c.seq, outbox.c.digest, outbox.c.receipt.is_not(None), outbox.c.attempts)
        query = select(*columns).where(outbox.c.mode == mode, outbox.c.lane == lane)
        rows = self.connection.execute(query.order_by(outbox.c.epoch, outbox.c.seq))
        return [Place(epoch, seq, digest, bool(done), tries) for epoch, seq, digest, done, tries in rows]

    def come_places(self, mode: Mode, lane: Lane) -> list[Place]:
        """Every number of the partner's chain that is here, oldest first."""
        columns = (inbox.c.epoch, inbox.c.seq, inbox.c.digest, inbox.c.receipt.is_not(None))
        query = select(*columns).where(inbox.c.mode == mode, inbox.c.lane == lane)
        rows = self.connection.execute(query.order_by(inbox.c.epoch, inbox.c.seq))
        return [Place(epoch, seq, digest, bool(done)) for epoch, seq, digest, done in rows]

    def incoming_after(self, mode: Mode, lane: Lane, epoch: int, seq: int, limit: int) -> list[InboxRow]:
        """What came in after this place, oldest first."""
        query = INBOX.where(
            inbox.c.mode == mode, inbox.c.lane == lane, tuple_(inbox.c.epoch, inbox.c.seq) > (epoch, seq)
        ).order_by(inbox.c.epoch, inbox.c.seq)
        return list(self._incoming(list(self.connection.execute(query.limit(limit)))))


class RecoveryTx(RecoveryReader, LaneTx):
    def put_back(self, row: OutboxRow) -> None:
        """An envelope of ours as the partner holds it, in the place of whatever stands there."""
        bid = self._bodies.put([row.raw], [True])[0]
        self._replace(outbox, row, outgoing_values(row, bid))

    def put_back_incoming(self, row: InboxRow) -> None:
        """An envelope that came in before and was answered, in the place of whatever stands there."""
        bid = self._bodies.put([row.raw], [True])[0]
        self._replace(inbox, row, incoming_values(row, bid))

    def drop_outgoing(self, digest: str) -> None:
        """Takes an envelope that never arrived out of the end of its chain; a void tells of its leaves."""
        self.connection.execute(delete(outbox).where(outbox.c.digest == digest))

    def set_aside(self, log: str, size: int, name: str) -> None:
        """Keeps a log of ours whole under `name`, with the notes over it, and goes on from its first `size` leaves."""
        whole = select(literal(name), leaf.c.n, leaf.c.hash, leaf.c.bytes).where(leaf.c.log == log)
        self.connection.execute(insert(leaf).from_select(["log", "n", "hash", "bytes"], whole))
        self._put_tree(name, self.tree(log))
        begin = Tree().extend(self.leaf_hashes(log, 0, size))
        self.connection.execute(delete(leaf).where(leaf.c.log == log, leaf.c.n >= size))
        self._put_tree(log, begin)
        beyond = (checkpoint.c.log == log) & (checkpoint.c.size > size)
        notes = [as_checkpoint(row) for row in self.connection.execute(CHECKPOINT.where(beyond))]
        self.connection.execute(delete(checkpoint).where(beyond))
        for one in notes:
            self.put_checkpoint(CheckpointRow(name, one.size, one.note, one.cosigned))

    def _replace(self, table: Table, row: OutboxRow | InboxRow, values: dict[str, object]) -> None:
        place = (table.c.mode == row.mode) & (table.c.lane == row.lane)
        at = place & (table.c.epoch == row.epoch) & (table.c.seq == row.seq)
        self.connection.execute(delete(table).where(at))
        rows_.add(self.connection, table, [with_mac(self._key, table, values)])
