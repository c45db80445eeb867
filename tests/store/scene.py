"""A small node of a fictional agreement, with a row in every table."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from comity.core import ids, strictjson
from comity.exchange.lane import Lane, Mode
from comity.ledger import leaf
from comity.records import (
    CaseRow,
    CheckpointRow,
    DecisionRow,
    DutyRow,
    Fact,
    InboxRow,
    InboxState,
    NewRecord,
    OutboxRow,
    OutboxState,
    OutcomeRow,
    Principal,
    RecordState,
    RefusedRow,
    ReleaseRow,
    ReleaseState,
    WaitingRow,
)
from comity.release.kind import Reference
from comity.store.agreement import AgreementStore, store_of
from comity.store.batch import batch_root
from comity.store.house import House
from comity.store.house_rows import NAME
from comity.store.postgres import schema_of
from comity.vault import Vault
from tests import postgres
from tests.store.raw import Raw, RawPostgres, RawSqlite

AGREEMENT = "fictional-1"
FILE = f"agreements/{AGREEMENT}.db"
AT = datetime(2027, 3, 2, 9, tzinfo=UTC)
DANA = Principal("person:dana")
VIEW = "LY"


def entropy(seed: str) -> Callable[[int], bytes]:
    """The same bytes for the same seed, in the same order of calls."""
    count = iter(range(1 << 30))
    return lambda size: hashlib.shake_256(f"{seed}/{next(count)}".encode()).digest(size)


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def new_record(vault: Vault, text: str, **changed: object) -> NewRecord:
    """A record of the source `feed` whose bytes are `text`."""
    raw = text.encode()
    members: dict[str, object] = {
        "identity": ids.identity(vault.identity_key, "cyber.stix/1", "feed", raw),
        "kind": "cyber.stix/1",
        "source": "feed",
        "ext_id": f"indicator--{text}",
        "ext_ver": "1",
        "raw": raw,
        "class_canonical": '{"level":"open"}',
        "state": RecordState.LIVE,
        "handle": digest(raw)[:32],
        "edges": (Reference("object_refs[]", "malware--1", single=False),),
        "sealed": False,
    }
    return NewRecord(**(members | changed))  # type: ignore[arg-type]  # names and types stand above


def fact(body: bytes, kind: str = "standing", scope: str = AGREEMENT) -> Fact:
    return Fact(digest(body), kind, scope, AT, AT + timedelta(days=30), body)


def decision(question: str, outcome: str = "allow") -> DecisionRow:
    body = strictjson.canonical({"outcome": outcome, "question": question})
    return DecisionRow(digest(body), 1, digest(question.encode()), outcome, "fictional-1:IV@1", AT + timedelta(1), body)


def release(seq: int, rid: str, copy: str, did: str, batch: int = 0) -> ReleaseRow:
    return ReleaseRow(
        view=VIEW,
        seq=seq,
        handle=f"{seq:032x}",
        rid=rid,
        copy=copy,
        did=did,
        kind="cyber.stix/1",
        ext_id=f"indicator--{seq}",
        ext_ver="1",
        added=AT + timedelta(microseconds=seq),
        state=ReleaseState.LIVE,
        batch=batch,
        valid_until=AT + timedelta(days=1),
    )


def outgoing(seq: int, lane: Lane = Lane.ROUTINE, due: datetime = AT, text: str = "envelope") -> OutboxRow:
    raw = f"{text} {lane} {seq}".encode()
    return OutboxRow(Mode.ACTUAL, lane, 1, seq, digest(raw), raw, 1, seq, OutboxState.QUEUED, due)


def incoming(seq: int, lane: Lane = Lane.ROUTINE) -> InboxRow:
    raw = f"came in {lane} {seq}".encode()
    return InboxRow(Mode.ACTUAL, lane, 1, seq, digest(raw), raw, InboxState.RECEIVED, AT)


class Small:
    """A vault, a house and one agreement's store in `directory`, or at `dsn` in PostgreSQL."""

    def __init__(self, directory: Path, dsn: str | None = None, *, made: bool = False) -> None:
        self.directory = directory / "node"
        self.dsn = dsn
        if made:
            self.vault = Vault.open(directory / "vault")
            self._open()
            return
        self.vault = Vault.create(directory / "vault", entropy("scene"))
        self.house = House.create(self.directory, self.vault, dsn)
        self.store = AgreementStore.create(self.directory, AGREEMENT, self.house.safe.keys, self.vault, dsn)

    def populate(self) -> None:
        """At least one row in every table of every file, and some of the less usual states."""
        self._populate_house()
        with self.store.begin() as tx:
            rows = [decision("q1"), decision("q2", "deny"), decision("q3", "waiting")]
            tx.put_decisions(rows)
            copies = [
                *tx.put_bodies([b"copy one", b"copy two"], sealed=True),
                *tx.put_bodies([b"copy three"], sealed=False),
            ]
            releases = [release(seq, f"rid{seq}", copy, rows[0].did) for seq, copy in enumerate(copies, 1)]
            outcomes = [OutcomeRow(0, pos, f"rid{pos + 1}", rows[0].did, "allow") for pos in range(3)]
            outcomes.append(OutcomeRow(0, 3, "rid4", rows[1].did, "deny"))
            tx.put_outcomes(outcomes)
            tx.put_releases(releases)
            root = batch_root(outcomes, releases)
            tx.append("decisions", [leaf.write(leaf.Followed(0, 5, len(outcomes), root))])
            tx.put_waiting([WaitingRow("rid5", VIEW, rows[2].did, ("malware--8", "malware--9"))])
            tx.put_refused([RefusedRow("rid6", "cyber.stix/1", "ab" * 16, "kind-not-covered", Lane.ROUTINE, 1, 1, AT)])
            tx.append("out", [b"out %d" % n for n in range(5)])
            tx.put_mirror("in", 0, [b"in %d" % n for n in range(3)])
            tx.put_outgoing([outgoing(1), outgoing(2), outgoing(1, Lane.FLASH)])
            tx.put_incoming(incoming(1))
            tx.put_incoming(incoming(2))
            tx.put_checkpoint(CheckpointRow("out", 5, b"a note", cosigned=True))
            tx.put_duty(DutyRow("duty-1", "return", "VII(2)", "LY", AT, AT, "1 day", "handle-1", "open"))
            tx.put_case(CaseRow("crisis.room/1", "room-1", 1, "open", b"{}"))
            tx.advance(5)
        with self.store.begin() as tx:
            tx.void_releases([f"{2:032x}"])
            tx.settle(outgoing(1).digest, b"a receipt", OutboxState.SETTLED)
            tx.store_receipt(incoming(1).digest, b"our receipt")

    def _populate_house(self) -> None:
        statement = b"a statement"
        with self.house.begin() as tx:
            tx.put_statements({digest(statement): statement})
            records = [
                new_record(self.vault, "one"),
                new_record(self.vault, "two", sealed=True, sid=digest(statement), proof=b"place"),
                new_record(self.vault, "three", state=RecordState.QUARANTINED, sealed=True, why="no profile"),
                new_record(self.vault, "four", edges=(), class_canonical='{"level":"SECRET"}'),
                new_record(self.vault, "five", state=RecordState.QUARANTINED, sealed=True, why="unclear"),
            ]
            rids = tx.take(records, DANA, AT)
            tx.put_fact(fact(b"a standing release"), DANA, AT)
            tx.append({"act": "due"}, DANA, AT)
            tx.relabel(rids[4], '{"level":"open"}', DANA, AT, "the officer knows the source")

    def reopen(self) -> None:
        self.close()
        self._open()

    def another_house(self) -> House:
        """The same house, opened again beside this one."""
        return House.open(self.directory, self.vault, self.dsn)

    @contextmanager
    def copied(self) -> Iterator[Callable[[], House]]:
        """While the block runs, a copy of the closed house as it is now; the answer opens it with today's keys."""
        if self.dsn is not None:
            with postgres.database(self.dsn) as dsn:
                yield lambda: House.open(self.directory, self.vault, dsn)
            return
        file = self.directory / "house.db"
        kept = file.read_bytes()

        def restored() -> House:
            file.write_bytes(kept)
            return self.another_house()

        yield restored

    def _open(self) -> None:
        self.house = self.another_house()
        self.store = AgreementStore.open(self.directory, AGREEMENT, self.house.safe.keys, self.vault, self.dsn)

    def raw(self, store: str) -> "Raw":
        """The database of `house`, `keys` or the agreement as whoever has the disk sees it, past everything of ours."""
        if store == "keys" or self.dsn is None:
            return RawSqlite(self.directory / {"house": "house.db", "keys": "keys.db"}.get(store, FILE))
        return RawPostgres(self.dsn, schema_of(NAME if store == "house" else store_of(store)))

    def close(self) -> None:
        self.store.close()
        self.house.close()


class Template:
    """An empty node in PostgreSQL, made once; a test has a copy, which the next test has after it, emptied."""

    def __init__(self) -> None:
        self._kept = ExitStack()
        postgres.server()
        atexit.register(self._kept.close)  # before the server goes
        folder = Path(self._kept.enter_context(tempfile.TemporaryDirectory(prefix="comity-template-")))
        self._dsn = self._kept.enter_context(postgres.database())
        Small(folder, self._dsn).close()
        self._folder = folder
        self._spare: list[str] = []

    @contextmanager
    def copy(self, directory: Path) -> Iterator[Small]:
        """An empty node in `directory`."""
        dsn = self._spare.pop() if self._spare else self._kept.enter_context(postgres.database(self._dsn))
        shutil.copytree(self._folder, directory, dirs_exist_ok=True)
        yield Small(directory, dsn, made=True)
        if _emptied(dsn):
            self._spare.append(dsn)


def _emptied(dsn: str) -> bool:
    """Whether nothing but the empty tables of a new node is left: ten times as quick as another database."""
    signs: list[tuple[object, ...]] = []
    for schema in (schema_of(NAME), schema_of(store_of(AGREEMENT))):
        raw = RawPostgres(dsn, schema)
        rows = [f'DELETE FROM "{one}"' for one in raw.tables() if one != "nameplate"]  # noqa: S608  # names of ours
        if rows:
            raw.run("; ".join(rows))
            signs += raw.run("SELECT name, version_num FROM nameplate, alembic_version")
    return signs == [(NAME, "0001"), (AGREEMENT, "0001")]
