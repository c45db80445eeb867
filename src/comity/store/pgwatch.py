"""Several processes on one PostgreSQL: who is woken by whom, and which of them works on a store.

Both are conveniences. A lost notice is made up for by looking again, and two leaders could do no harm: writers take
turns, and a follower's cursor moves with its work.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

import psycopg
from psycopg import sql

_LEAD = "SELECT pg_try_advisory_lock(hashtextextended('comity/leader/' || current_schema(), 0))"
LOOK_SECONDS = 0.5
RETRY_SECONDS = 1.0

Connect = Callable[[], psycopg.Connection]


class Leader:
    """A lock that its session holds. The server gives it to another when the session ends, as by a kill."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: psycopg.Connection | None = None
        self._elected = False
        self._lock = Lock()

    def leads(self) -> bool:
        """Asks the server each time: a lost connection is a lost office. Raises psycopg's errors."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                if self._elected:
                    self._connection.execute("SELECT 1")
                else:
                    found = self._connection.execute(_LEAD).fetchone()
                    self._elected = bool(found and found[0])
            except psycopg.Error:
                self._drop()
                raise
            return self._elected

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._elected = None, False


@contextmanager
def watching(connect: Connect, channel: str, wake: Callable[[], None]) -> Iterator[None]:
    """While the block runs, `wake` is called for each notice in `channel`, and after each loss of the line."""
    stop = Event()
    thread = Thread(target=_watch, args=(connect, channel, wake, stop), name="comity-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10 * LOOK_SECONDS)


def _watch(connect: Connect, channel: str, wake: Callable[[], None], stop: Event) -> None:
    while not stop.is_set():
        try:
            with connect() as connection:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                wake()
                while not stop.is_set():
                    for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                        wake()
        except psycopg.Error:
            stop.wait(RETRY_SECONDS)
