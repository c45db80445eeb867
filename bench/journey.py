"""From a decided release at A to its receipt recorded at A: each side by itself, and both as they are served."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from tests.joined import AGREEMENT, DANA, joined

from bench.corpus import indicators
from bench.row import Row
from comity.acts import deliver, follow, intake
from comity.acts.ports import Wire
from comity.app.capital import Capital, free_ports
from comity.app.demo import _meet, _sign
from comity.app.story import Story

COUNT = 5000
SERVED = 30_000
PATIENCE = 120.0
TARGET = 5000


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, joined(Path(folder)) as pair:
        intake.take(pair.il, indicators(COUNT), "misp-galaxy", DANA)
        wire = Timed(pair.il.wire)
        giver = replace(pair.il, wire=wire)
        began = time.perf_counter()
        released = follow.follow(giver, pair.agreement).released
        decided = time.perf_counter()
        while deliver.deliver_due(giver, pair.agreement).settled:
            pass
        ended = time.perf_counter()
    beside = f"target {TARGET:,}"
    served, memory = _served()
    giving, queued, taking = (
        released / seconds for seconds in (ended - began - wire.seconds, decided - began, wire.seconds)
    )
    return [
        Row(
            "release to receipt, two `comity serve` over loopback (objects/s)",
            f"{served:,.0f}",
            beside,
            served / TARGET,
            "≥ 1 on 2 cores",
        ),
        Row(
            f"… peak memory of the giver's processes together, {SERVED:,} objects (MB)",
            f"{memory:.0f}",
            "target 300",
            memory / 300,
            "≤ 1",
        ),
        Row("… the giver's share alone (objects/s)", f"{giving:,.0f}", beside, giving / TARGET, "≥ 1"),
        Row("… of this: decide, copy, sign, queue (objects/s)", f"{queued:,.0f}", "", None, ""),
        Row(
            "… the receiver's share alone: accept, keep, receipt (objects/s)",
            f"{taking:,.0f}",
            beside,
            taking / TARGET,
            "≥ 1",
        ),
    ]


@dataclass
class Timed:
    """A wire that counts the seconds spent at the other side's door."""

    wire: Wire
    seconds: float = 0.0

    def post(self, url: str, raw: bytes, *, max_bytes: int = 0) -> bytes:
        began = time.perf_counter()
        answer = self.wire.post(url, raw, max_bytes=max_bytes)
        self.seconds += time.perf_counter() - began
        return answer

    def begin(self, url: str, raw: bytes, *, max_bytes: int = 0) -> Callable[[], bytes]:
        answer = self.post(url, raw, max_bytes=max_bytes)
        return lambda: answer


def _served() -> tuple[float, float]:
    """Two nodes as an operator runs them: objects a second from the giver's being ready, and its megabytes at the end.

    What it has decided before its listeners answer is in the figure, a few hundred objects.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = free_ports(4)
        il = Capital("IL", "Israel (example)", folder / "israel", ports[0], ports[1])
        jp = Capital("JP", "Japan (example)", folder / "japan", ports[2], ports[3])
        stack.callback(il.stop)
        stack.callback(jp.stop)
        il.init(jp)
        jp.init(il)
        story = Story(quiet=True)
        _meet(il, jp, folder, story)
        _sign(il, jp, folder, story)
        feed = folder / "feed.json"
        feed.write_bytes(indicators(SERVED))
        il.comity("take", feed, "--source", "misp-galaxy")
        jp.start()
        il.start()
        began = time.perf_counter()
        _until_settled(il.directory)
        return SERVED / (time.perf_counter() - began), _memory(il)


def _memory(capital: Capital) -> float:
    """Megabytes that the supervisor and its children have had at most, each counted whole."""
    assert capital._node is not None
    pid = str(capital._node.pid)
    status = {path.parent.name: path.read_text() for path in Path("/proc").glob("[0-9]*/status")}
    mine = [one for name, one in status.items() if name == pid or f"PPid:\t{pid}\n" in one]
    return sum(int(one.partition("VmHWM:")[2].split()[0]) for one in mine) / 1024


def _until_settled(directory: Path) -> None:
    """Until the whole house log is decided and each envelope has its receipt."""
    end = time.monotonic() + PATIENCE
    with (
        closing(sqlite3.connect(directory / "house.db")) as house,
        closing(sqlite3.connect(directory / "agreements" / f"{AGREEMENT}.db")) as agreement,
    ):
        while time.monotonic() < end:
            (size,) = house.execute("SELECT max(n) FROM log").fetchone()
            (upto,) = agreement.execute("SELECT coalesce(max(n), 0) FROM cursor").fetchone()
            open_, sent = agreement.execute("SELECT sum(receipt IS NULL), count(*) FROM outbox").fetchone()
            if upto == size and sent and not open_:
                return
            time.sleep(0.05)
    raise TimeoutError(f"not settled after {PATIENCE:.0f} seconds")
