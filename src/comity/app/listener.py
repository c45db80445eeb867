"""A listener: its sockets, its TLS, its bounds. A connection for which no descriptor is left is closed at once."""

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import Iterator

import uvicorn

from comity.app.connection import Connection, Guard
from comity.core.errors import Unreachable
from comity.settings import Listener

GRACE_SECONDS = 15
KEEP_ALIVE_SECONDS = 30
HANDSHAKE_SECONDS = 10.0
GOODBYE_SECONDS = 1.0
"""So long the other side may take to say that it closes, too."""
SPARE_DESCRIPTORS = 256
"""Left for databases, logs and our own calls, however many connect."""
MOST_DESCRIPTORS = 65_536


def raise_descriptors() -> int:
    """As many open files as this process may have; how many they are."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


class Server(uvicorn.Server):
    """One listener. Signals are the node's business, not each server's."""

    def __init__(
        self, application: object, at: Listener, *, guard: Guard | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                application,  # type: ignore[arg-type]  # a Starlette application is an ASGI application
                host=at.host,
                port=at.port,
                ssl_context_factory=None if tls is None else lambda _config, _default: tls,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                lifespan="off",
                http="httptools",
                ws="none",
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._guard = guard

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @property
    def place(self) -> str:
        """Where it listens, with the port it was really given."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"{'https' if self.config.is_ssl else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # uvicorn's, unused
        """As uvicorn's, with deadlines for handshakes and a bound on descriptors. Raises `Unreachable`."""
        loop, config = asyncio.get_running_loop(), self.config

        def connect() -> asyncio.Protocol:
            if self._guard is None:
                return config.http_protocol_class(config, self.server_state, {}, loop)  # type: ignore[call-arg]  # as uvicorn calls it
            return Connection(self._guard, config, self.server_state, loop)

        tls = None if config.ssl is None else HANDSHAKE_SECONDS
        try:
            gate = _Gate.bound(config.host, config.port)
        except OSError as error:
            raise Unreachable(f"{config.host}:{config.port} cannot be listened on: {error.strerror}") from None
        server = await loop.create_server(
            connect,
            sock=gate,
            ssl=config.ssl,
            backlog=config.backlog,
            ssl_handshake_timeout=tls,
            ssl_shutdown_timeout=None if tls is None else GOODBYE_SECONDS,
        )
        self.servers = [server]
        self.started = True


class _Gate(socket.socket):
    """A listening socket that keeps `SPARE_DESCRIPTORS` free: the kernel numbers descriptors from the lowest."""

    most = 0

    @classmethod
    def bound(cls, host: str, port: int) -> "_Gate":
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        gate = cls(family, kind, protocol)
        gate.most = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_DESCRIPTORS
        try:
            gate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            gate.bind(address)
        except OSError:
            gate.close()
            raise
        return gate

    def accept(self) -> tuple[socket.socket, object]:
        connection, address = super().accept()
        if connection.fileno() >= self.most:
            connection.close()
            raise ConnectionAbortedError("there is no room for another connection")
        return connection, address
