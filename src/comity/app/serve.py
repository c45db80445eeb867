"""The node process: two listeners and the worker beside them. A supervisor keeps it alive (DECISIONS 24)."""

import asyncio
import faulthandler
import json
import os
import signal
import ssl
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.types import ASGIApp

from comity import settings
from comity.acts.collections import Served
from comity.api.doors import Doors
from comity.api.events import Event, Events, guard
from comity.api.house import house
from comity.api.limited import Limited, Shares
from comity.api.partners import partners
from comity.api.taxii import Taxii
from comity.app.callers import REFRESH_SECONDS, Callers, shown
from comity.app.connection import Guard
from comity.app.listener import Server, raise_descriptors
from comity.app.work import Worker
from comity.core.errors import ComityError
from comity.settings import Listener
from comity.wiring import collect_rarely, open_node, tls_files


def run_node(directory: str, *ports: str) -> int:
    """The node process: two listeners and the worker beside them, until SIGTERM. Port -1 is the settings'."""
    faulthandler.enable()
    events = Events(sys.stderr)
    guard(events)
    raise_descriptors()
    collect_rarely()
    try:
        return asyncio.run(_run(Path(directory), events, [int(port) for port in ports]))
    except ComityError as error:
        events.fault(Event.CRASHED, error)
        return error.exit_code


async def _run(directory: Path, events: Events, ports: Sequence[int]) -> int:
    chosen = settings.with_ports(settings.read(directory), *ports)
    with open_node(directory) as node:
        worker = Worker(node, events)
        files = tls_files(directory, chosen)
        trusted = directory / chosen.trusted_authorities if chosen.trusted_authorities else None
        served = Served(node)
        callers = None if files is None else Callers(node, files, trusted, served.consumers)
        exchange = Limited(partners(node, worker.wake, events), Shares(chosen.limits))
        beside = bool(chosen.store.house or chosen.store.agreements)  # a server elsewhere may keep one waiting
        taxii = Taxii(served, chosen.party, chosen.limits, events, arrived=worker.wake, beside=beside)
        servers = (
            _partners(Doors(exchange, taxii), chosen, callers),
            Server(house(node, events), chosen.house_listener, tls=_house_tls(directory, chosen.house_listener)),
        )
        loop = asyncio.get_running_loop()

        def stop() -> None:
            for server in servers:
                server.should_exit = True

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        _end_with_supervisor(loop, stop)
        with worker.running():
            tasks = [asyncio.create_task(server.serve()) for server in servers]
            ready = asyncio.create_task(_announce(chosen.party, servers))
            seen = asyncio.create_task(_look_again(callers, events))
            events.tell(Event.STARTED)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            stop()
            ready.cancel()
            seen.cancel()
            await asyncio.gather(*tasks)
            events.tell(Event.STOPPED)
    return 0 if all(server.started for server in servers) else 69


def _end_with_supervisor(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Nothing is ever written to our standard input: it ends when the supervisor dies. Its lock ends when we do."""

    def alone() -> None:
        loop.remove_reader(0)
        stop()

    if stat.S_ISFIFO(os.fstat(0).st_mode):
        loop.add_reader(0, alone)


async def _announce(party: str, servers: tuple[Server, ...]) -> None:
    while not all(server.started for server in servers):
        await asyncio.sleep(0.02)
    names = ("partners", "house")
    places = {name: server.place for name, server in zip(names, servers, strict=True)}
    sys.stdout.write(json.dumps({"ready": True, "party": party, **places}) + "\n")
    sys.stdout.flush()


def _partners(application: ASGIApp, chosen: settings.Settings, callers: Callers | None) -> Server:
    if callers is None:
        return Server(application, chosen.partners_listener, guard=Guard(chosen.limits))
    guard = Guard(chosen.limits, callers.judge)
    return Server(application, chosen.partners_listener, guard=guard, tls=callers.context)


def _house_tls(directory: Path, at: Listener) -> ssl.SSLContext | None:
    if at.tls_certificate is None or at.tls_key is None:
        return None
    return shown((directory / at.tls_certificate, directory / at.tls_key))


async def _look_again(callers: Callers | None, events: Events) -> None:
    """A partner confirmed, or a certificate renewed, while the node runs counts within a second."""
    while callers is not None:
        await asyncio.sleep(REFRESH_SECONDS)
        try:
            await asyncio.to_thread(callers.refresh)
        except Exception as error:
            events.fault(Event.STEP_FAILED, error)
