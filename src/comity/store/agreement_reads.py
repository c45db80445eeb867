"""Reading one agreement's store: decisions, releases, what waits, duties and cases."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import BindParameter, Connection, bindparam, exists, func, literal_column, select

from comity.records import CaseRow, DecisionRow, DutyRow, OutcomeRow, ReleaseRow, ReleaseState, Sieved, WaitingRow
from comity.store import rows as rows_
from comity.store.agreement_rows import (
    CASE,
    DECISION,
    DUTY,
    OUTCOME,
    RELEASE,
    as_case,
    as_decision,
    as_duty,
    as_outcome,
    as_release,
)
from comity.store.agreement_tables import case, cursor, decision, duty, outcome, refused, release, waiting
from comity.store.bodies import SEALED, Safe, unseal
from comity.store.columns import AnySelect, instant, micros
from comity.store.counting import CountReader
from comity.store.database import Database
from comity.store.keys import chunks
from comity.store.recovery import RecoveryReader
from comity.store.refusals import RefusedReader
from comity.store.rows import is_chosen

FOLLOWER = "house"
LINE, SINCE, PLACE = "sieve-line", "sieve-since", "sieve-place"
"""The follower's place in the house log, and where it stands in asking again what is withheld."""
PART = 500
"""Copies opened at a time when a page is streamed."""

_LIVE = release.c.state == ReleaseState.LIVE.value
_VOID = release.c.state == literal_column("'void'")
"""Said in so many words, so that the small index over them is found."""
_GOES = ("allow", "sanitise", "waiting")
"""Outcomes of what goes, at once or once all that it points at is there."""
_WAITING = select(waiting.c.rid, waiting.c.view, waiting.c.did, waiting.c.target)
_IN_VIEW: BindParameter[str] = bindparam("view")
_RELEASED = select(release.c.rid).where(release.c.view == _IN_VIEW, is_chosen(release.c.rid), _LIVE)
_DECIDED = (
    select(release.c.handle, release.c.kind, release.c.did)
    .where(is_chosen(release.c.handle))
    .order_by(release.c.batch, release.c.seq)
)
_WAKES = select(waiting.c.rid).where(waiting.c.view == _IN_VIEW, is_chosen(waiting.c.target))
_WAITS = _WAITING.where(waiting.c.view == _IN_VIEW, is_chosen(waiting.c.rid)).order_by(waiting.c.rid, waiting.c.pos)


class AgreementReader(CountReader, RecoveryReader, RefusedReader):
    """One consistent snapshot of one agreement's store, or the transaction that is being written."""

    def __init__(self, connection: Connection, safe: Safe, database: Database) -> None:
        super().__init__(connection, safe)
        self._database = database

    def cursor(self) -> int:
        """The last line of the house log that the follower has decided; 0 before the first."""
        return self.connection.execute(select(cursor.c.n).where(cursor.c.name == FOLLOWER)).scalar_one_or_none() or 0

    def decision(self, did: str) -> DecisionRow | None:
        row = self.connection.execute(DECISION.where(decision.c.did == did)).one_or_none()
        return None if row is None else as_decision(row)

    def decision_for(self, question: str) -> DecisionRow | None:
        """The newest answer to this question; whether it is still good is for the asker to say."""
        query = DECISION.where(decision.c.question == question).order_by(decision.c.pos.desc()).limit(1)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else as_decision(row)

    def all_decisions(self) -> Iterator[DecisionRow]:
        """Every decision that is remembered, the oldest first."""
        for part in self.connection.execute(DECISION.order_by(decision.c.pos)).partitions(PART):
            yield from (as_decision(row) for row in part)

    def lapsed(self, after: datetime, now: datetime) -> bool:
        """Whether any remembered decision stopped being good after `after`, up to and with `now`."""
        over = decision.c.good_until.between(micros(after) + 1, micros(now))
        return bool(self.connection.execute(select(exists().where(over))).scalar_one())

    def outcome_of(self, rid: str) -> OutcomeRow | None:
        """What was made of a record the last time it was decided."""
        query = OUTCOME.where(outcome.c.rid == rid).order_by(outcome.c.batch.desc(), outcome.c.pos.desc()).limit(1)
        row = self.connection.execute(query).one_or_none()
        return None if row is None else as_outcome(row)

    def outcome_counts(self) -> dict[tuple[str, str], int]:
        """Records by their last outcome and its citations."""
        newest = func.row_number().over(
            partition_by=outcome.c.rid, order_by=(outcome.c.batch.desc(), outcome.c.pos.desc())
        )
        ranked = select(outcome.c.outcome, outcome.c.did, newest.label("age")).subquery()
        query = (
            select(ranked.c.outcome, decision.c.cites, func.count())
            .join(decision, decision.c.did == ranked.c.did)
            .where(ranked.c.age == 1)
            .group_by(ranked.c.outcome, decision.c.cites)
        )
        return {(result, cites): count for result, cites, count in self.connection.execute(query)}

    def decided_as(self, view: str, result: str) -> list[str]:
        """Records whose newest outcome is this one, by id, and that are not live in `view`."""
        newest = func.row_number().over(
            partition_by=outcome.c.rid, order_by=(outcome.c.batch.desc(), outcome.c.pos.desc())
        )
        last = select(outcome.c.rid, outcome.c.outcome, newest.label("place")).subquery()
        live = exists().where(release.c.rid == last.c.rid, release.c.view == view, _LIVE)
        query = select(last.c.rid).where(last.c.place == 1, last.c.outcome == result, ~live).order_by(last.c.rid)
        return list(self.connection.execute(query).scalars())

    def sieved(self) -> Sieved | None:
        """How far the follower has asked again what is withheld, while it does."""
        query = select(cursor.c.name, cursor.c.n).where(cursor.c.name.in_([LINE, SINCE, PLACE]))
        at = {row[0]: row[1] for row in self.connection.execute(query)}
        return Sieved(at[LINE], at[SINCE], at.get(PLACE)) if LINE in at else None

    def unreleased(self, view: str, after: str, limit: int, since: int | None = None) -> list[str]:
        """Records decided but neither live in `view` nor refused by it, by id, after `after`; with `since`, without
        those that a batch from there on withheld.

        Each part says again where the page begins: a server that joins by merging would walk there from the first row.
        """
        live = exists().where(release.c.rid == outcome.c.rid, release.c.rid > after, release.c.view == view, _LIVE)
        not_taken = exists().where(refused.c.id == outcome.c.rid, refused.c.id > after)
        query = select(outcome.c.rid).where(outcome.c.rid > after, ~live, ~not_taken)
        if since is not None:
            new = outcome.alias()
            ours = (new.c.rid == outcome.c.rid) & (new.c.rid > after) & (new.c.batch >= since)
            query = query.where(~exists().where(ours, new.c.outcome.not_in(_GOES)))
        return list(self.connection.execute(query.distinct().order_by(outcome.c.rid).limit(limit)).scalars())

    def released_of(self, view: str, rids: Collection[str]) -> set[str]:
        """Those of `rids` that this view has already."""
        return {rid for (rid,) in rows_.chosen(self.connection, _RELEASED, rids, view=view)}

    def release_of(self, view: str, rid: str) -> ReleaseRow | None:
        """The newest release of a record to `view`, void or not."""
        return self._newest(RELEASE.where(release.c.view == view, release.c.rid == rid))

    def release_by_handle(self, handle: str) -> ReleaseRow | None:
        """The newest release of the record that partners know by this handle, void or not."""
        return self._newest(RELEASE.where(release.c.handle == handle))

    def release_counts(self, view: str) -> dict[str, int]:
        """How many things are live in `view` by each decision; versions of one thing count once."""
        thing = func.coalesce(func.nullif(release.c.ext_id, ""), release.c.handle)
        query = select(release.c.did, func.count(func.distinct(thing))).where(release.c.view == view, _LIVE)
        return {did: int(count) for did, count in self.connection.execute(query.group_by(release.c.did))}

    def releases_by_handle(self, handles: Collection[str]) -> dict[str, ReleaseRow]:
        """As `release_by_handle`, for many at once."""
        found: dict[str, ReleaseRow] = {}
        for part in chunks(handles):
            query = RELEASE.where(release.c.handle.in_(part)).order_by(release.c.batch, release.c.seq)
            found.update((row.handle, as_release(row)) for row in self.connection.execute(query))
        return found

    def decided_of(self, handles: Collection[str]) -> dict[str, tuple[str, str]]:
        """The kind of each release and the id of the decision by which it went; void or not."""
        rows = rows_.chosen(self.connection, _DECIDED, handles)
        return {handle: (kind, did) for handle, kind, did in rows}

    def releases(self, view: str, after_seq: int, limit: int) -> list[ReleaseRow]:
        """One page of what is live in `view`, in the order of its sequence."""
        query = RELEASE.where(release.c.view == view, release.c.seq > after_seq, _LIVE).order_by(release.c.seq)
        return [as_release(row) for row in self.connection.execute(query.limit(limit))]

    def releases_at(self, view: str, seqs: Collection[int]) -> dict[int, ReleaseRow]:
        """Those of `view` that have these numbers, live or void."""
        found: dict[int, ReleaseRow] = {}
        for part in chunks(seqs):
            query = RELEASE.where(release.c.view == view, release.c.seq.in_(part))
            found.update((row.seq, as_release(row)) for row in self.connection.execute(query))
        return found

    def void_count(self, view: str) -> int:
        """How many releases of `view` were taken back."""
        query = select(func.count()).select_from(release).where(release.c.view == view, _VOID)
        return int(self.connection.execute(query).scalar_one())

    def voids(self, view: str) -> list[ReleaseRow]:
        """Those that were taken back, in the order of their sequence."""
        query = RELEASE.where(release.c.view == view, _VOID).order_by(release.c.seq)
        return [as_release(row) for row in self.connection.execute(query)]

    def stream_bytes(self, view: str, after_seq: int, limit: int) -> Iterator[bytes]:
        """The copies of the same page, as they were released. Raises `Broken` at one that was altered."""
        rows = self._database.copies(self.connection, view, after_seq, limit)
        for part in chunks(rows, PART):
            wrapped = self._safe.keys.get([bid for bid, _, state in part if state == SEALED])
            for bid, kept, state in part:
                yield unseal(self._safe, bid, kept, state, wrapped.get(bid))

    def next_seq(self, view: str) -> int:
        return self._last(view)[0] + 1

    def last_added(self, view: str) -> datetime | None:
        """When the newest release of `view` was added: the next must be later (DECISIONS 13)."""
        added = self._last(view)[1]
        return None if added is None else instant(added)

    def waiting_on(self, view: str, ext_ids: Collection[str]) -> list[WaitingRow]:
        """Records that wait for one of these things, each with all it waits for."""
        rids = {rid for (rid,) in rows_.chosen(self.connection, _WAKES, ext_ids, view=view)}
        return _waiting(rows_.chosen(self.connection, _WAITS, sorted(rids), view=view))

    def all_waiting(self, view: str) -> list[WaitingRow]:
        query = _WAITING.where(waiting.c.view == view).order_by(waiting.c.rid, waiting.c.pos)
        return _waiting(self.connection.execute(query).all())

    def serve(self, bids: Sequence[str]) -> list[bytes | None]:
        """A page of copies (`Bodies.serve`)."""
        return self._bodies.serve(bids)

    def clear(self, bids: Sequence[str]) -> dict[str, bytes]:
        """Those that are stored clear (`Bodies.clear`)."""
        return self._bodies.clear(bids)

    def body(self, bid: str) -> bytes:
        """Raises `Absent` for none or a destroyed one, `Broken` naming the body for altered bytes."""
        return self._bodies.read(bid)

    def bodies(self, bids: Collection[str]) -> dict[str, bytes]:
        """As `body`, for many at once."""
        return self._bodies.read_many(bids)

    def duties(self, state: str | None = None) -> list[DutyRow]:
        """The register, or what of it stands so; those without a clock last."""
        query = DUTY if state is None else DUTY.where(duty.c.state == state)
        order = (duty.c.due.is_(None), duty.c.due, duty.c.id)
        return [as_duty(row) for row in self.connection.execute(query.order_by(*order))]

    def duty(self, duty_id: str) -> DutyRow | None:
        row = self.connection.execute(DUTY.where(duty.c.id == duty_id)).one_or_none()
        return None if row is None else as_duty(row)

    def case(self, kind: str, case_id: str) -> CaseRow | None:
        row = self.connection.execute(CASE.where(case.c.kind == kind, case.c.id == case_id)).one_or_none()
        return None if row is None else as_case(row)

    def cases(self, kind: str) -> list[CaseRow]:
        return [as_case(row) for row in self.connection.execute(CASE.where(case.c.kind == kind).order_by(case.c.id))]

    def _newest(self, query: AnySelect) -> ReleaseRow | None:
        newest = query.order_by(release.c.batch.desc(), release.c.seq.desc()).limit(1)
        row = self.connection.execute(newest).one_or_none()
        return None if row is None else as_release(row)

    def _last(self, view: str) -> tuple[int, int | None]:
        query = select(release.c.seq, release.c.added).where(release.c.view == view)
        row = self.connection.execute(query.order_by(release.c.seq.desc()).limit(1)).one_or_none()
        return (0, None) if row is None else (row.seq, row.added)


def _waiting(rows: Iterable[Sequence[str]]) -> list[WaitingRow]:
    grouped = groupby(rows, key=lambda row: tuple(row[:3]))
    return [WaitingRow(rid, view, did, tuple(row[3] for row in group)) for (rid, view, did), group in grouped]
