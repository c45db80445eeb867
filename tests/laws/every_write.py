"""Two nodes whose every write is watched: what a crash at that instant would leave is copied, as it is on the disk.

A copy of the files is exactly what a kill leaves: nothing is undone, closed or tidied. The databases are the product's
own; they only say when something was written.
"""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Connection, event

from comity.acts import cases, follow, refusals, standing
from comity.acts.node import Node
from comity.acts.refusals import Word
from comity.exchange.lane import Mode
from comity.exchange.statement import PAYLOAD_TYPE as STATEMENT
from comity.labels.label import Tlp
from comity.records import Record
from comity.store import agreement, house, keys
from comity.store.agreement import AgreementStore
from comity.store.house import House
from comity.store.keys import Keys
from comity.store.sqlite import Database
from comity.vault import Vault
from tests.acts.refusing import Spoilt
from tests.acts.things import (
    BEYOTER,
    SHAMUR,
    document,
    note,
    origin,
    portion,
    question,
    relation,
    report,
    stix,
    take,
    take_report,
)
from tests.joined import AGREEMENT, DANA, Pair, opened, release

JAPAN = {"rel_to": ["IL", "JP"]}
WRITES = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) \S+")


# -- the traffic ----------------------------------------------------------------------------------------------------


def things(name: str) -> list[dict[str, Any]]:
    """Open, sealed, withheld, two that point at others, and one of which a part stays."""
    open_, green, amber = (stix("malware", f"{name}-{tlp.value}", tlp) for tlp in (Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER))
    red = stix("malware", f"{name}-red", Tlp.RED)
    return [open_, green, amber, red, relation(f"{name}-r", open_, amber), note(f"{name}-n", [green, red])]


def torn() -> bytes:
    above, below = portion("above", origin(BEYOTER)), portion("below", origin(SHAMUR, **JAPAN))
    return report("R-1", above, below, tear_line=["below"])


def settle(pair: Pair) -> None:
    """As time goes by: nothing waits for its next attempt."""
    pair.clock.forward(minutes=20)
    pair.settle()


def reply(pair: Pair) -> None:
    """One question is answered, the other declined; a second time changes nothing."""
    asked = {view.case.title: view.case.id for view in cases.cases(pair.il, pair.agreement)}
    portions = [portion("all", origin(SHAMUR, **JAPAN), text="FICTIONAL. Two of them.")]
    _write(pair.il, document("answer", "A-1", re=asked["FICTIONAL. Q-1?"], title="FICTIONAL.", portions=portions))
    words = {"cite": "agreement:3(6)@1", "words": "No answer is given."}
    _write(pair.il, document("decline", "D-1", re=asked["FICTIONAL. Q-2?"], **words))


def ask(pair: Pair) -> None:
    _write(pair.jp, question("Q-1"))
    _write(pair.jp, question("Q-2"))


def _write(node: Node, whole: bytes) -> None:
    from comity.acts import intake

    assert not intake.take(node, whole, "own-intelligence", DANA).quarantined


def decide(pair: Pair, name: str) -> None:
    if all(one.id != name for one in standing.listed(pair.il, pair.agreement)):
        release(pair.il, name, ("cyber.*", "intelligence.*"))


def withdraw(pair: Pair, name: str) -> None:
    if any(one.id == name for one in standing.listed(pair.il, pair.agreement)):
        standing.withdraw(pair.il, pair.agreement, name, DANA)


def in_a_drill(pair: Pair) -> None:
    """Japan's node is in another mode for a while: it refuses whole envelopes and mirrors nothing of them."""
    pair.cables[0].other = replace(pair.jp, mode=Mode.TEST)
    settle(pair)
    pair.cables[0].other = pair.jp


def spoilt(pair: Pair) -> None:
    """A statement that nobody signed: Japan lets the envelope in and refuses its items."""
    follow.follow(replace(pair.il, vault=Spoilt(pair.il.vault, spoils=STATEMENT.encode())), pair.agreement)


def retry(pair: Pair, count: int) -> None:
    """The officer's word, said so often in all."""
    with pair.il.house.reader() as house:
        said = len(house.facts(Word.RETRY.value, pair.agreement))
    if said < count:
        refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)


STEPS: tuple[Callable[[Pair], object], ...] = (
    lambda pair: take(pair.il, *things("il")),
    lambda pair: take_report(pair.il, torn()),
    lambda pair: take(pair.jp, *things("jp")),
    ask,
    settle,
    reply,
    settle,
    lambda pair: take(pair.il, *things("late")),
    lambda pair: follow.follow(pair.il, pair.agreement),
    lambda pair: withdraw(pair, "standing-il"),
    settle,
    lambda pair: decide(pair, "again"),
    settle,
    lambda pair: take(pair.il, stix("malware", "last"), stix("malware", "open", Tlp.CLEAR)),
    in_a_drill,
    lambda pair: retry(pair, 1),
    spoilt,
    settle,
    lambda pair: retry(pair, 2),
    settle,
)
"""What happens. Whoever was interrupted in a step does it again."""


# -- watching -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moment:
    """Where a crash could hit: in step `step`, after statement `what` of the transaction `shape` on `store`.

    `kept` is a copy of both nodes as they are after a commit; `None` where no commit came since the moment before.
    """

    step: int
    store: str
    shape: tuple[str, ...]
    at: datetime
    kept: Path | None = None

    @property
    def kind(self) -> tuple[str, ...]:
        """What was written where, whichever party did it."""
        return self.store.partition("/")[2], *dict.fromkeys(self.shape)


@dataclass
class Watch:
    """Copies what is on the disk at every statement and every commit."""

    folder: Path
    copies: Path
    clock: Callable[[], datetime]
    moments: list[Moment] = field(default_factory=list)
    step: int = 0
    _held: dict[str, str] = field(default_factory=dict)

    def see(self, path: Path, shape: Sequence[str], *, commit: bool) -> None:
        """`shape` is what the transaction has written so far."""
        here = self.copies / str(len(self.moments))
        store = str(path.relative_to(self.folder))
        _copy(path, here / store)
        held = committed(here / store)
        before, self._held[store] = self._held.get(store, held), held
        assert commit or held == before, f"{store} kept something of an open transaction: {shape}"
        shutil.rmtree(here)
        if commit:
            shutil.copytree(self.folder, here, ignore=shutil.ignore_patterns("*-shm"))
        self.moments.append(Moment(self.step, store, tuple(shape), self.clock(), here if commit else None))


class Watched(Database):
    """A database of the product's that says when a statement was carried out, and when a transaction is committed."""

    told: Watch

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        shape: list[str] = []
        with super().writing() as connection:

            def carried_out(_connection: object, _cursor: object, text: str, *_: object) -> None:
                if found := WRITES.match(text):
                    shape.append(found[0])
                    self.told.see(self.path, shape, commit=False)

            self.told.see(self.path, shape, commit=False)
            event.listen(connection, "after_cursor_execute", carried_out)
            yield connection
        self.told.see(self.path, shape, commit=True)


def watched(node: Node, folder: Path, watch: Watch, stack: ExitStack) -> Node:
    """The same node on watched databases."""

    def database(path: Path, *, forgets: bool = False) -> Watched:
        made = Watched(path, forgets=forgets)
        made.told = watch
        return made

    assert isinstance(node.vault, Vault)
    kept = Keys(database(folder / keys.FILE, forgets=True))
    home = House(database(folder / house.FILE), kept, node.vault)
    store = AgreementStore(database(agreement.path_of(folder, AGREEMENT)), AGREEMENT, kept, node.vault)
    stack.callback(home.close)
    stack.callback(store.close)
    return replace(node, house=home, agreements=lambda _agreement: store)


def run(folder: Path, copies: Path) -> list[Moment]:
    """The whole traffic, once; every moment at which it could have been cut."""
    with ExitStack() as stack:
        pair = stack.enter_context(opened(folder))
        watch = Watch(folder, copies, pair.clock)
        pair.il, pair.jp = (watched(node, folder / node.party, watch, stack) for node in (pair.il, pair.jp))
        pair.cables[0].other, pair.cables[1].other = pair.jp, pair.il
        for watch.step, step in enumerate(STEPS):
            step(pair)
    return watch.moments


def committed(path: Path) -> str:
    """What a database holds when it is opened again: a digest over every row of it."""
    digest = hashlib.sha256()
    connection = dbapi2.connect(str(path))
    connection.execute("PRAGMA synchronous=OFF")
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        for (name,) in tables:
            for row in connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):  # noqa: S608  # names of ours
                digest.update(repr(row).encode())
    finally:
        connection.close()
    return digest.hexdigest()


def _copy(source: Path, target: Path) -> None:
    """A database file and its write-ahead log; what is only in memory goes with the process."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for one, copy in (
        (source, target),
        (source.with_name(source.name + "-wal"), target.with_name(target.name + "-wal")),
    ):
        if one.exists():
            shutil.copyfile(one, copy)


# -- after the crash ------------------------------------------------------------------------------------------------


@contextmanager
def gone_on(moment: Moment) -> Iterator[Pair]:
    """Both nodes as the crash left them, opened again: what was interrupted is done again, then all that followed."""
    assert moment.kept is not None
    with opened(moment.kept) as pair:
        pair.clock.now = moment.at
        for step in STEPS[moment.step :]:
            step(pair)
        yield pair


def books(pair: Pair) -> dict[str, Any]:
    """What both nodes hold in the end, without what is random: handles, salts, keys, signatures."""
    return {node.party: _book(node, other, pair.agreement) for node, other in ((pair.il, pair.jp), (pair.jp, pair.il))}


def _book(node: Node, other: Node, agreement_id: str) -> dict[str, Any]:
    with node.house.reader() as home:
        lines = [entry.entry for entry in home.log_after(0, 10_000)]
        records = home.records([line["rid"] for line in lines if line["act"] == "taken"])
        bodies = home.bodies([one.bid for one in records.values()])
    with node.agreements(agreement_id).reader() as reader:
        return {
            "house log": [(line["act"], _named(records, line)) for line in lines],
            "records": sorted(
                (one.source, one.ext_id, one.state.value, _text(bodies[one.bid])) for one in records.values()
            ),
            "outbox": [(row.lane.value, row.epoch, row.seq, row.state.value) for row in reader.all_outgoing()],
            "inbox": [(row.lane.value, row.epoch, row.seq, row.state.value) for row in reader.all_incoming()],
            "releases": [(row.seq, row.ext_id, row.state.value) for row in reader.releases(other.party, 0, 10_000)],
            "refused": [row.code for row in reader.refused()],
            "waiting": sorted(records[row.rid].ext_id for row in reader.all_waiting(other.party)),
            "outcomes": reader.outcome_counts(),
            "logs": {log: reader.log_size(log) for log in ("out", "in", "decisions")},
            "cases": sorted(
                (view.case.title, view.case.state, len(view.case.lines)) for view in cases.cases(node, agreement_id)
            ),
        }


def _named(records: Mapping[str, Record], line: Mapping[str, Any]) -> str:
    return records[line["rid"]].ext_id if "rid" in line else str(line.get("kind", ""))


def _text(raw: bytes) -> str:
    """A body without the handle of what it answers, which is random."""
    return re.sub("[0-9a-f]{32}", "…", raw.decode())
