"""The partners' listener on a real socket, and clients that say exactly what a test tells them to."""

import asyncio
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from comity.acts import callers as calling
from comity.acts import pull
from comity.acts.node import Node
from comity.acts.ports import Collections
from comity.agreement.instrument import Agreement
from comity.api.doors import Doors
from comity.api.limited import Limited, Shares
from comity.api.partners import partners
from comity.api.taxii import Taxii
from comity.app.callers import Callers
from comity.app.connection import Guard, Patience
from comity.app.listener import Server
from comity.exchange import pull as pulls
from comity.exchange.lane import Lane
from comity.exchange.pull import Pull
from comity.settings import Limits, Listener, Settings
from comity.vault import certificates
from comity.wire import Wire
from comity.wiring import create_node, open_node, with_tls
from tests.joined import AGREEMENT, EXAMPLES, NOW, Clock, Pair, opened

SECONDS = 5.0
"""After which a client that hears nothing gives up: no test waits longer on one socket."""
QUICK = Patience(head=0.3, body=0.4, look=0.1, linger=0.1)


@dataclass
class Served:
    """One node's listener while a test runs."""

    node: Node
    port: int
    callers: Callers | None
    guard: Guard

    @property
    def place(self) -> str:
        return f"{'http' if self.callers is None else 'https'}://127.0.0.1:{self.port}"

    def connect(self, context: ssl.SSLContext | None = None) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line if context is None else context.wrap_socket(line, server_hostname="localhost")

    def say(self, raw: bytes, context: ssl.SSLContext | None = None) -> bytes:
        """What is answered to `raw` until the line is closed; nothing for a line that is cut."""
        with self.connect(context) as line:
            return told(line, raw)


def told(line: socket.socket, raw: bytes) -> bytes:
    """Sends `raw` and reads until the other side closes. A line that stays open raises `TimeoutError`."""
    heard = b""
    try:
        line.sendall(raw)
        while part := line.recv(65536):
            heard += part
    except (ConnectionError, ssl.SSLError):
        pass
    return heard


def status(answer: bytes) -> int:
    """The status of the first answer; 0 where there was none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def post(path: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    """A request as our own client writes it, and then closed."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, "Connection: close", *headers, "", ""]).encode() + body


@contextmanager
def served(
    node: Node,
    *,
    files: tuple[Path, Path] | None = None,
    limits: Limits | None = None,
    patience: Patience = QUICK,
    application: Any = None,
    views: Collections | None = None,
) -> Iterator[Served]:
    """`node` on a port of its own, as `comity serve` composes it, in a thread of its own; TAXII serves `views`."""
    bounds = limits or Limits()
    callers = None if files is None else Callers(node, files, None, lambda: views is not None)
    guard = Guard(bounds, None if callers is None else callers.judge, patience)
    doors: Any = Limited(application or partners(node, lambda: None), Shares(bounds))
    if views is not None:
        doors = Doors(doors, Taxii(views, node.party, bounds))
    server = Server(doors, Listener(), guard=guard, tls=None if callers is None else callers.context)
    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server, ready)), daemon=True)
    thread.start()
    assert ready.wait(SECONDS)
    try:
        yield Served(node, int(server.place.rpartition(":")[2]), callers, guard)
    finally:
        server.should_exit = True
        thread.join(SECONDS)


async def _serve(server: Server, ready: threading.Event) -> None:
    running = asyncio.create_task(server.serve())
    while not server.started and not running.done():
        await asyncio.sleep(0.005)
    ready.set()
    await running


def a_pull(node: Node, to: str) -> bytes:
    """A good request: signed by `node`, with a nonce of its own."""
    request = Pull(
        node.party, to, AGREEMENT, node.mode, Lane.ROUTINE, 1, 0, node.clock(), node.entropy(pulls.NONCE_BYTES)
    )
    return pulls.seal(request, node.vault)


def is_well(at: Served, by: Node, context: ssl.SSLContext | None = None) -> bool:
    """Whether a good request is answered as it should be."""
    return status(at.say(post(pull.PULL, a_pull(by, at.node.party)), context)) == 200


# -- nodes with certificates ----------------------------------------------------------------------------------------


def make(folder: Path, party: str, at: datetime = NOW) -> None:
    """A node whose certificate was made at `at`."""
    create_node(folder, with_tls(Settings(party=party)))
    certificates.make(folder / certificates.FOLDER, party, (), at)
    for profile in (EXAMPLES / "israel-japan" / "profiles").glob("*.yaml"):
        shutil.copy(profile, folder / "profiles" / profile.name)


def files_of(folder: Path) -> tuple[Path, Path]:
    return folder / certificates.FOLDER / certificates.NODE, folder / certificates.FOLDER / certificates.NODE_KEY


def shows(folder: Path | None, *, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """A client that shows the certificate of the node in `folder`, or none, and takes any server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = most
    if folder is not None:
        context.load_cert_chain(*files_of(folder))
    return context


def wired(node: Node, folder: Path, place: str, partner: str) -> Node:
    """`node` with a real wire to the partner's listener at `place`."""
    wire = Wire(node.clock, None, files_of(folder))
    joined = replace(node, wire=wire, partners={partner: place})
    wire.pins, wire.saw = partial(calling.pins_at, joined), partial(calling.saw, joined)
    return joined


@contextmanager
def third(folder: Path, party: str, clock: Clock) -> Iterator[Node]:
    """A node that is neither of the pair."""
    make(folder, party)
    with ExitStack() as stack:
        yield replace(stack.enter_context(open_node(folder)), clock=clock)


@contextmanager
def capitals(folder: Path, sign: Callable[[Pair], object]) -> Iterator[Pair]:
    """Both nodes with certificates, introduced and signed as `sign` does it."""
    for party in ("IL", "JP"):
        make(folder / party, party)
    with opened(folder) as pair:
        sign(pair)
        yield pair


def bound(agreement: Agreement) -> dict[str, tuple[str, ...]]:
    """The pins that a text binds, by party."""
    return {entry.party: entry.tls for entry in agreement.keys}
