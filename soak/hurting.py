"""The faults, each undone after its time, and how many of each there were."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from soak.link import FAULTS, Link
from soak.server import Server
from soak.traffic import Side, Traffic, typed

LONGEST_SECONDS = 4.0
SERVERS_SHARE = 0.4
UNLIMITED = -1
"""RLIM_INFINITY."""
REFUSED = (65, 70, 77)
"""How a damaged file may end: named, and nothing of it taken."""


class Hurting:
    """`counts` says how often each kind was done. `server` is there where the nodes stand on PostgreSQL."""

    def __init__(self, traffic: Traffic, links: dict[str, Link], server: Server | None) -> None:
        self.traffic = traffic
        self.links = links
        self.server = server
        self.chance = traffic.chance
        self.counts: Counter[str] = Counter()
        self._undo: list[tuple[threading.Timer, Callable[[], object]]] = []

    def step(self) -> None:
        """One fault at some instant soon. It ends by itself, also while a command waits for that."""
        side = self.chance.choice((self.traffic.il, self.traffic.jp))
        time.sleep(self.chance.random() * 0.4)
        if self.server is not None and self.chance.random() < SERVERS_SHARE:
            self._hurt_server(self.server, side)
            return
        draw = self.chance.random()
        if draw < 0.35:
            self._count("node process killed", side.serving.signal_node(signal.SIGKILL))
        elif draw < 0.52:
            self._count("supervisor killed", self._kill_supervisor(side))
        elif draw < 0.62:
            self._count("command killed while it took in", self.traffic.take_and_kill(side))
        elif draw < 0.74:
            self._pause(side)
        elif draw < 0.87:
            self._break(self.links[side.party], "link")
        else:
            self._fill(side)

    def _hurt_server(self, server: Server, side: Side) -> None:
        draw = self.chance.random()
        if draw < 0.14:
            server.kill(signal.SIGQUIT)
            self.counts["server stopped at once (pg_ctl stop -m immediate)"] += 1
            self._later(server.start)
        elif draw < 0.24:
            server.kill(signal.SIGKILL)
            self.counts["server killed (kill -9)"] += 1
            self._later(server.start)
        elif draw < 0.65:
            self.counts["connections to the server ended by it"] += server.lose_connections()
        else:
            self._break(server.links[side.party], "line to the server")

    def undo(self) -> None:
        """Everything, at once."""
        for timer, act in self._undo:
            timer.cancel()
            timer.join()
            act()
        self._undo.clear()

    def _later(self, act: Callable[[], object]) -> None:
        timer = threading.Timer(self.chance.uniform(0.3, LONGEST_SECONDS), act)
        timer.daemon = True
        timer.start()
        self._undo.append((timer, act))

    def _count(self, name: str, done: bool) -> None:
        self.counts[name] += done

    def _kill_supervisor(self, side: Side) -> bool:
        """The next one starts at once, while the node process of the last may still be ending."""
        side.serving.signal_node(signal.SIGCONT)
        killed = side.serving.kill_supervisor()
        if killed and self.chance.random() < 0.3:
            time.sleep(self.chance.random() * 1.5)
        side.serving.ensure()
        return killed

    def _pause(self, side: Side) -> None:
        pid = side.serving.node()
        self._count("node stopped for a while (half-open links)", side.serving.signal_node(signal.SIGSTOP))
        if pid is not None:
            self._later(lambda: _continue(pid))

    def _break(self, link: Link, name: str) -> None:
        mode = self.chance.choice(FAULTS)
        link.mode = mode
        self.counts[f"{name}: {mode}"] += 1
        self._later(lambda: setattr(link, "mode", "open"))

    def _fill(self, side: Side) -> None:
        """Files may not grow beyond a size that some of them have: writes fail in the middle of a transaction."""
        size = self.chance.choice((4096, 65536, 262144, 1048576))
        self._count("writes of the node failed (files may not grow)", side.serving.limit_writes(size))
        self._later(lambda: side.serving.limit_writes(UNLIMITED))

    # -- by file ----------------------------------------------------------------------------------------------------

    def carry(self, side: Side, number: int) -> None:
        """Envelopes and receipts go as files, some cut short, some twice, none in order."""
        other, folder = self.traffic.other(side), self.traffic.folder / f"carried-{number}-{side.party}"
        if not self.traffic.heard(typed(side.directory, "outbox", "export", folder), "outbox export"):
            return
        if not folder.is_dir():  # nothing waited, so nothing is carried
            return
        self._spoil(folder)
        receipts = folder.with_name(folder.name + "-receipts")
        self._import(other, folder, "--receipts", receipts)
        if receipts.is_dir():
            self._spoil(receipts)
            self._import(side, receipts)

    def _import(self, side: Side, folder: Path, *more: str | Path) -> None:
        told = typed(side.directory, "inbox", "import", folder, *more)
        if told.code not in REFUSED:
            self.traffic.heard(told, "inbox import")

    def _spoil(self, folder: Path) -> None:
        for path in sorted(folder.rglob("*.json")):
            draw, raw = self.chance.random(), path.read_bytes()
            if draw < 0.2:
                path.write_bytes(raw[: self.chance.randrange(len(raw))])
                self.counts["file cut short"] += 1
            elif draw < 0.4:
                path.with_name(f"again-{path.name}").write_bytes(raw)
                self.counts["file twice"] += 1
            elif draw < 0.6:
                path.rename(path.with_name(f"{self.chance.random()}.json"))
                self.counts["file out of order"] += 1

    # -- yesterday's state ------------------------------------------------------------------------------------------

    def restore(self, side: Side, number: int, meanwhile: Callable[[], None]) -> None:
        """A backup, more traffic, a dead machine; a node restored from the backup, with today's keys, goes on."""
        backups = self.traffic.folder / f"backups-{number}"
        if self.server is not None:
            self.undo()
        if not self.traffic.heard(typed(side.directory, "backup", backups), "backup"):
            return
        before = set(side.taken)
        meanwhile()
        self.undo()
        side.serving.kill()
        old, new = side.directory, self.traffic.folder / f"{side.party}-restored-{number}"
        kept = ("--vault", old / "vault", "--keys", old / "keys.db")
        if not self.traffic.heard(typed(old, "restore", backups, "--into", new, *kept), "restore"):
            return
        if self.server is not None:
            self.server.take_in(side.party, new)
        side.serving.directory = new
        side.serving.ensure()
        self.traffic.retake(side, before)
        self.counts["node restored from an older backup"] += 1


def _continue(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return
