"""`comity serve`: a supervisor that holds the directory's lock, and the node process it keeps alive (DECISIONS 24)."""

import argparse
import asyncio
import contextlib
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import uvicorn

from comity import settings
from comity.api.house import house
from comity.api.partners import partners
from comity.app.work import Worker
from comity.cli.output import Output
from comity.settings import Listener
from comity.store import lock
from comity.wiring import open_node

GRACE_SECONDS = 20.0
RESTART_SECONDS = (0.2, 1.0, 5.0, 15.0)
MAX_CONNECTIONS = 1024

_log = logging.getLogger("comity.serve")


def serve(args: argparse.Namespace, _out: Output) -> int:
    """Runs until stopped. A node process that dies is started again; a second `serve` here is refused."""
    directory: Path = args.data.resolve()
    settings.read(directory)
    stopping = threading.Event()
    child: subprocess.Popen[bytes] | None = None

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        if child is not None:
            child.terminate()

    with lock.held(directory):
        previous = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            tries = 0
            while not stopping.is_set():
                started = time.monotonic()
                child = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                    [sys.executable, "-m", "comity", "serve-node", str(directory)], stdin=subprocess.DEVNULL
                )
                code = _wait(child, stopping)
                if stopping.is_set():
                    return 0
                if code in (65, 66, 77):
                    return code
                tries = 0 if time.monotonic() - started > 60 else min(tries + 1, len(RESTART_SECONDS))
                sys.stderr.write(f"comity: the node process ended ({code}); starting it again\n")
                stopping.wait(RESTART_SECONDS[max(0, tries - 1)])
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
    return 0


def _wait(child: subprocess.Popen[bytes], stopping: threading.Event) -> int:
    while True:
        try:
            return child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if not stopping.is_set():
                continue
        try:
            return child.wait(timeout=GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def run_node(directory: str) -> int:
    """The node process: two listeners and the worker beside them, until SIGTERM."""
    from comity.core.errors import ComityError

    logging.basicConfig(level=logging.WARNING, format="comity: %(levelname)s: %(message)s", stream=sys.stderr)
    try:
        return asyncio.run(_run(Path(directory)))
    except ComityError as error:
        return Output().error(error)


async def _run(directory: Path) -> int:
    chosen = settings.read(directory)
    with open_node(directory) as node:
        worker = Worker(node)
        servers = (
            _Server(_config(partners(node, worker.wake), chosen.partners_listener)),
            _Server(_config(house(node), chosen.house_listener)),
        )
        loop = asyncio.get_running_loop()

        def stop() -> None:
            for server in servers:
                server.should_exit = True

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        with worker.running():
            tasks = [asyncio.create_task(server.serve()) for server in servers]
            ready = asyncio.create_task(_announce(chosen.party, servers))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            stop()
            ready.cancel()
            await asyncio.gather(*tasks)
    return 0 if all(server.started for server in servers) else 69


async def _announce(party: str, servers: "tuple[_Server, ...]") -> None:
    while not all(server.started for server in servers):
        await asyncio.sleep(0.02)
    names = ("partners", "house")
    places = {name: server.place for name, server in zip(names, servers, strict=True)}
    sys.stdout.write(json.dumps({"ready": True, "party": party, **places}) + "\n")
    sys.stdout.flush()


class _Server(uvicorn.Server):
    """One listener. Signals are the node's business, not each server's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @property
    def place(self) -> str:
        """Where it listens, with the port it was really given."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"{'https' if self.config.is_ssl else 'http'}://{host}:{port}"


def _config(application: object, listener: Listener) -> uvicorn.Config:
    return uvicorn.Config(
        application,  # type: ignore[arg-type]  # a Starlette application is an ASGI application
        host=listener.host,
        port=listener.port,
        ssl_certfile=listener.tls_certificate,
        ssl_keyfile=listener.tls_key,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        http="httptools",
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(GRACE_SECONDS) - 5,
    )
