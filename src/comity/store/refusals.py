"""What the partner refused and has not taken since, with its reason: a small table, since a refusal is rare."""

from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import delete, exists, func, select

from comity.exchange.lane import Lane
from comity.records import NOTICE, RefusedRow, RefusedState, ReleaseState
from comity.store import rows as rows_
from comity.store.agreement_tables import refused, release
from comity.store.columns import AnySelect, instant, micros
from comity.store.keys import chunks
from comity.store.lanes import LaneReader, LaneTx
from comity.store.mac import with_mac

REFUSED: AnySelect = select(*[column for column in refused.c if column.name != "mac"])


class RefusedReader(LaneReader):
    def refused(self) -> list[RefusedRow]:
        """Records and notices, in the order in which they were refused."""
        found = self.connection.execute(REFUSED.order_by(refused.c.at, refused.c.id))
        return [
            RefusedRow(name, kind, handle, code, Lane(lane), epoch, seq, instant(at), RefusedState(state))
            for name, kind, handle, code, lane, epoch, seq, at, state in found
        ]

    def refused_counts(self) -> dict[tuple[bool, str], int]:
        """How many are open, by whether they are notices and by the partner's reason."""
        query = select(refused.c.kind, refused.c.code, func.count()).where(refused.c.state == RefusedState.OPEN)
        found: Counter[tuple[bool, str]] = Counter()
        for kind, code, count in self.connection.execute(query.group_by(refused.c.kind, refused.c.code)):
            found[kind == NOTICE, code] += count
        return dict(found)

    def not_taken(self) -> int:
        """How many records the partner has refused and not been sent again."""
        sent = exists().where(release.c.rid == refused.c.id, release.c.state == ReleaseState.LIVE)
        query = select(func.count()).select_from(refused).where(refused.c.kind != NOTICE, ~sent)
        return self.connection.execute(query).scalar_one()


class RefusedTx(RefusedReader, LaneTx):
    def put_refused(self, rows: Sequence[RefusedRow]) -> None:
        """Remembers what was refused, and why; an earlier row of the same thing gives way."""
        self.drop_refused([row.id for row in rows])
        values = [
            {
                "id": row.id,
                "kind": row.kind,
                "handle": row.handle,
                "code": row.code,
                "lane": row.lane.value,
                "epoch": row.epoch,
                "seq": row.seq,
                "at": micros(row.at),
                "state": row.state.value,
            }
            for row in rows
        ]
        rows_.add(self.connection, refused, [with_mac(self._key, refused, one) for one in values])

    def drop_refused(self, ids: Collection[str]) -> None:
        """Forgets that these were refused."""
        if ids and self._any_refused():
            for part in chunks(list(ids)):
                self.connection.execute(delete(refused).where(refused.c.id.in_(part)))

    def drop_taken(self, handles: Collection[str]) -> None:
        """Forgets it of the records that the partner took now, under these handles."""
        if handles and self._any_refused():
            for part in chunks(list(handles)):
                went = select(release.c.rid).where(release.c.handle.in_(part))
                self.connection.execute(delete(refused).where(refused.c.id.in_(went)))

    def _any_refused(self) -> bool:
        return bool(self.connection.execute(select(exists().select_from(refused))).scalar_one())
