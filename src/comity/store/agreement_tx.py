"""Writing one agreement's store: decisions, releases, envelopes, leaves and cursor together or not at all."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, select, update

from comity.core.errors import Malformed, Refused
from comity.records import CaseRow, DecisionRow, DutyRow, OutcomeRow, ReleaseRow, ReleaseState, Sieved, WaitingRow
from comity.store import rows as rows_
from comity.store.agreement_reads import FOLLOWER, LINE, PLACE, SINCE, AgreementReader
from comity.store.agreement_rows import decision_values, duty_values, release_values
from comity.store.agreement_tables import case, cursor, decision, duty, outcome, release, waiting
from comity.store.batch import batch_root
from comity.store.keys import chunks
from comity.store.mac import with_mac
from comity.store.recovery import RecoveryTx
from comity.store.refusals import RefusedTx


class AgreementTx(AgreementReader, RecoveryTx, RefusedTx):
    """One agreement transaction. One writer assigns every sequence, in the order of commits (DECISIONS 13)."""

    def advance(self, n: int) -> None:
        """Moves the follower's cursor. It never goes back: an entry is decided exactly once."""
        if n < self.cursor():
            raise ValueError("the cursor never goes back")
        self.connection.execute(delete(cursor).where(cursor.c.name == FOLLOWER))
        self._insert_all(cursor, [{"name": FOLLOWER, "n": n}])

    def put_sieved(self, row: Sieved | None) -> None:
        """Keeps how far what is withheld was asked again; `None` once the follower has passed that line."""
        self.connection.execute(delete(cursor).where(cursor.c.name != FOLLOWER))
        if row is not None:
            at = {LINE: row.line, SINCE: row.since, PLACE: row.place}
            self._insert_all(cursor, [{"name": name, "n": n} for name, n in at.items() if n is not None])

    def put_decisions(self, decisions: Sequence[DecisionRow]) -> None:
        """Remembers decisions; known ones stay. Raises `Malformed` for one not named by the digest of its bytes."""
        fresh = {one.did: one for one in decisions}
        for one in decisions:
            if hashlib.sha256(one.body).hexdigest() != one.did:
                raise Malformed(f"the decision {one.did} is not named by the digest of its bytes")
        for part in chunks(list(fresh)):
            for did in self.connection.execute(select(decision.c.did).where(decision.c.did.in_(part))).scalars():
                del fresh[did]
        last = self.connection.execute(select(func.max(decision.c.pos))).scalar_one() or 0
        self._insert_all(decision, [decision_values(one, pos) for pos, one in enumerate(fresh.values(), last + 1)])

    def put_outcomes(self, outcomes: Sequence[OutcomeRow]) -> None:
        """What the batch made of each record; the root over them must stand in the leaf at the batch's number."""
        rows = [
            {"batch": one.batch, "pos": one.pos, "rid": one.rid, "did": one.did, "outcome": one.outcome}
            for one in outcomes
        ]
        rows_.add(self.connection, outcome, rows)

    def batch_root(self, outcomes: Sequence[OutcomeRow], releases: Sequence[ReleaseRow]) -> str:
        """The root that the batch's leaf must have, for fsck to find it again (`batch.batch_root`)."""
        return batch_root(outcomes, releases)

    def put_releases(self, releases: Sequence[ReleaseRow]) -> None:
        """Adds to the views: each view's sequence goes on without a gap, and `added` rises strictly."""
        last = {view: self._last(view) for view in {one.view for one in releases}}
        rows = [release_values(one) for one in releases]
        for row in rows:
            seq, added = last[row["view"]]
            if row["seq"] != seq + 1 or (added is not None and row["added"] <= added):
                raise ValueError("a view's sequence has no gaps, and each release is added after the one before")
            last[row["view"]] = row["seq"], row["added"]
        self._insert_all(release, rows)

    def void_releases(self, handles: Collection[str]) -> None:
        """Takes these out of every view they are live in; the rows stay."""
        for part in chunks(handles):
            query = select(release).where(release.c.handle.in_(part), release.c.state == ReleaseState.LIVE)
            for row in self.connection.execute(query).mappings().all():
                changed = with_mac(self._key, release, dict(row) | {"state": ReleaseState.VOID.value})
                place = (release.c.view == row["view"]) & (release.c.seq == row["seq"])
                self.connection.execute(update(release).where(place).values(changed))

    def put_waiting(self, rows: Sequence[WaitingRow]) -> None:
        """Remembers what waits, and for what; an earlier row of the same record and view gives way."""
        if any(not one.missing for one in rows):
            raise ValueError("a record that waits must wait for something")
        for view in {one.view for one in rows}:
            self.drop_waiting(view, [one.rid for one in rows if one.view == view])
        self._insert_all(
            waiting,
            [
                {"rid": one.rid, "view": one.view, "pos": pos, "target": target, "did": one.did}
                for one in rows
                for pos, target in enumerate(one.missing)
            ],
        )

    def drop_waiting(self, view: str, rids: Collection[str]) -> None:
        if not self.waiting_count(view):
            return
        for part in chunks(rids):
            self.connection.execute(delete(waiting).where(waiting.c.view == view, waiting.c.rid.in_(part)))

    def put_bodies(self, raws: Sequence[bytes], *, sealed: bool) -> list[str]:
        """Keeps release copies or items that came in; answers their ids."""
        return self._bodies.put(raws, [sealed] * len(raws)) if raws else []

    def destroy(self, bid: str) -> None:
        """Destroys a copy for ever by dropping its key, in yesterday's backup too. Raises `Absent`."""
        self._bodies.destroy(bid)

    def put_duty(self, row: DutyRow) -> None:
        """Adds a duty, or replaces the one of this id."""
        self.connection.execute(delete(duty).where(duty.c.id == row.id))
        self._insert_all(duty, [duty_values(row)])

    def put_case(self, row: CaseRow) -> None:
        """Keeps the next version of a case. Raises `Refused` where somebody else has written that version already."""
        known = self.case(row.kind, row.id)
        if row.version != (known.version if known else 0) + 1:
            raise Refused(f"the case {row.id} was changed meanwhile", "look at it again and repeat the act")
        self.connection.execute(delete(case).where(case.c.kind == row.kind, case.c.id == row.id))
        values = {"kind": row.kind, "id": row.id, "version": row.version, "state": row.state, "bytes": row.body}
        self._insert_all(case, [values])

    def finish(self) -> None:
        """The store's own last step before it commits."""
        self.save_trees()
        self._bodies.settle_keys()

    def committed(self) -> None:
        """The store's own first step after the commit."""
        self._bodies.drop_keys()

    def _insert_all(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        rows_.add(self.connection, table, [with_mac(self._key, table, row) for row in rows])
