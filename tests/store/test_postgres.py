"""What only a server does: turns of writers, lost connections, leaders and notices, and PostgreSQL's words in ours."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from comity.core import ids
from comity.core.errors import Absent, Broken, ComityError, Malformed, Refused, Unreachable
from comity.records import NewRecord
from comity.store import database as databases
from comity.store import postgres as hand
from comity.store.agreement import store_of
from comity.store.house import House
from comity.store.house_rows import NAME
from comity.store.postgres import CONNECTIONS, Database, schema_of, trouble
from tests import postgres
from tests.store.scene import AGREEMENT, AT, DANA, Small, new_record

PATIENCE = 20.0
"""Seconds in which another process must have done what it is waited for."""


def take(house: House, small: Small, text: str) -> int:
    """The place at which it was kept."""
    with house.begin() as tx:
        (rid,) = tx.take([new_record(small.vault, text)], DANA, AT)
        return int(rid[: ids.PLACE], 16)


def ended(dsn: str) -> None:
    """Ends every other connection to this database, as a restart of the server does."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_what_is_acknowledged_is_on_the_disk_and_a_reader_writes_nothing(served: Small) -> None:
    """Whatever the server's own settings say; and a reader could not alter anything by mistake."""
    with served.house.database.writing() as connection:
        for name, value in {"synchronous_commit": "on", "lock_timeout": "10s"}.items():
            assert connection.exec_driver_sql(f"SHOW {name}").scalar_one() == value
    with pytest.raises(Unreachable, match="takes no writes"), served.house.database.reading() as connection:
        connection.exec_driver_sql("DELETE FROM record")


def test_sealed_bodies_are_kept_as_they_are(served: Small) -> None:
    """Sealed bytes do not shrink, so the server does not try."""
    query = "SELECT attstorage FROM pg_attribute WHERE attrelid = to_regclass('body') AND attname = 'bytes'"
    for store in ("house", AGREEMENT):
        assert served.raw(store).run(query) in ([("e",)], [(b"e",)])


def test_a_lost_connection_is_reported_and_the_next_try_works(served: Small) -> None:
    """Nothing half kept; whoever repeats the act finds the server again."""
    assert served.dsn is not None
    take(served.house, served, "one")
    with pytest.raises(Unreachable, match="went away"):
        _taken_and_cut(served)
    assert take(served.house, served, "two") == 2


def test_a_connection_lost_while_many_rows_stream_is_reported(served: Small) -> None:
    """As any other loss: nothing is kept, and the next try works."""
    many = [new_record(served.vault, str(i), sealed=True) for i in range(200)]
    with pytest.raises(Unreachable, match="went away"):
        _cut_and_taken(served, many)
    with served.house.begin() as tx:
        assert tx.take(many, DANA, AT) == [ids.placed(n, one.identity) for n, one in enumerate(many, 1)]


def test_many_rows_that_contradict_are_broken_and_no_value_is_shown(served: Small) -> None:
    """A stream of rows is refused whole, in the words of a single one."""
    many = [new_record(served.vault, str(i)) for i in range(50)]
    with pytest.raises(Broken, match="comity_house") as caught, served.house.begin() as tx:
        tx.take([*many, many[0]], DANA, AT)
    assert many[0].identity not in caught.value.message
    assert take(served.house, served, "one") == 1


def _cut_and_taken(served: Small, many: list[NewRecord]) -> None:
    with served.house.begin() as tx:
        ended(str(served.dsn))
        tx.take(many, DANA, AT)


def _taken_and_cut(served: Small) -> None:
    with served.house.begin() as tx:
        tx.take([new_record(served.vault, "two", sealed=True)], DANA, AT)
        ended(str(served.dsn))


def test_another_writer_is_waited_for_and_then_reported(served: Small) -> None:
    """A turn that does not come is `Unreachable`, and readers never wait for one."""
    assert served.dsn is not None
    with served.house.database.writing() as connection:
        connection.exec_driver_sql("SELECT 1")
        other = served.another_house()
        with other.reader() as reader:
            assert reader.log_size() == 0
        with other.database._engine.connect() as impatient:  # type: ignore[attr-defined]  # to shorten the wait
            impatient.exec_driver_sql("SET lock_timeout = '50ms'")
            with pytest.raises(Unreachable, match="another writer"), hand.trouble_of("it"):
                impatient.exec_driver_sql(hand._WRITER)
        other.close()
    assert take(served.house, served, "one") == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.LockNotAvailable(), Unreachable),
        (errors.SerializationFailure(), Unreachable),
        (errors.DeadlockDetected(), Unreachable),
        (errors.DiskFull(), Unreachable),
        (errors.TooManyConnections(), Unreachable),
        (errors.AdminShutdown(), Unreachable),
        (errors.CannotConnectNow(), Unreachable),
        (errors.ConnectionFailure(), Unreachable),
        (errors.IdleInTransactionSessionTimeout(), Unreachable),
        (psycopg.OperationalError("the connection is closed"), Unreachable),
        (PoolTimeoutError(), Unreachable),
        (errors.ReadOnlySqlTransaction(), Unreachable),
        (errors.InsufficientPrivilege(), Refused),
        (errors.UntranslatableCharacter(), Malformed),
        (errors.UniqueViolation(), Broken),
        (errors.DataCorrupted(), Broken),
        (errors.IndexCorrupted(), Broken),
        (errors.UndefinedTable(), Broken),
    ],
)
def test_every_trouble_says_whether_to_try_again(error: Exception, kind: type[ComityError]) -> None:
    """Locks, lost lines and full disks may be tried again; damage must not be."""
    found = trouble(error, "the house")
    assert type(found) is kind
    assert "the house" in found.message


def test_a_text_that_postgresql_cannot_keep_is_named(served: Small) -> None:
    """A NUL character stands in no text of a PostgreSQL: the bytes are refused, and nothing is kept."""
    with pytest.raises(Malformed, match="NUL"), served.house.begin() as tx:
        tx.take([new_record(served.vault, "one", ext_id="a\x00b")], DANA, AT)
    assert take(served.house, served, "two") == 1


@pytest.mark.parametrize("dsn", ["postgresql:///comity?host=/nowhere", "postgresql://nobody:hush@127.0.0.1:1/comity"])
def test_a_server_that_is_away_is_unreachable_and_no_password_is_shown(tmp_path: Path, dsn: str) -> None:
    """At opening and at making; the words name database and host, never user or password."""
    with pytest.raises(Unreachable):
        databases.find(tmp_path / "x", dsn, "x", "")
    with pytest.raises(Unreachable) as caught:
        databases.make(tmp_path / "x", dsn, "x")
    for text in (caught.value.message, caught.value.hint, repr(caught.value)):
        assert "hush" not in text
        assert "nobody" not in text
    assert "comity on" in caught.value.message


def test_what_the_server_says_at_the_door_is_passed_on(served: Small, tmp_path: Path) -> None:
    """A database or an account that the server does not know is named; the store that is not there is `Absent`."""
    assert served.dsn is not None
    with pytest.raises(Unreachable, match='"no_such" does not exist'):
        databases.find(tmp_path / "x", postgres.address("no_such"), "x", "")
    with pytest.raises(Absent, match="comity_x in PostgreSQL"):
        databases.find(tmp_path / "x", served.dsn, "x", "")


def test_an_account_without_rights_is_refused(served: Small, tmp_path: Path) -> None:
    """Not broken and not tried again: somebody must grant it."""
    assert served.dsn is not None
    served.raw("house").run("DROP ROLE IF EXISTS comity_stranger")
    served.raw("house").run("CREATE ROLE comity_stranger LOGIN")
    stranger = served.dsn.replace("postgres@", "comity_stranger@")
    with pytest.raises(Refused, match="does not let this account"):
        databases.make(tmp_path / "x", stranger, "x")
    served.raw("house").run("DROP ROLE comity_stranger")


def test_an_agreement_named_like_the_house_has_a_schema_of_its_own() -> None:
    """And a long name fits what PostgreSQL calls a name, without meeting another."""
    assert schema_of(store_of("house")) != schema_of(NAME)
    long = [schema_of(store_of("x" * 99 + end)) for end in "ab"]
    assert long[0] != long[1]
    assert all(len(name) <= 63 for name in long)


def test_connections_are_bounded(served: Small) -> None:
    """More readers at a time than a store may have connections wait for one another, and all are served."""
    done: list[int] = []

    def read() -> None:
        with served.house.reader() as reader:
            done.append(reader.log_size())

    threads = [Thread(target=read) for _ in range(4 * sum(CONNECTIONS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(threads)
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'comity'"
    assert served.raw("house").run(query)[0][0] <= 2 * sum(CONNECTIONS)


def test_a_line_of_the_house_log_wakes_who_watches(served: Small) -> None:
    """Also after the server ended the watcher's connection; reading wakes nobody."""
    assert served.dsn is not None
    other, woken = served.another_house(), Event()
    with other.database.watch(woken.set):
        assert woken.wait(PATIENCE)
        woken.clear()
        take(served.house, served, "one")
        assert woken.wait(PATIENCE)
        woken.clear()
        ended(served.dsn)
        assert woken.wait(PATIENCE)
    other.close()


def test_one_leads_and_the_next_one_when_it_goes(served: Small) -> None:
    """Each store has one leader at a time; it keeps the office while it lives, and loses it with its connection."""
    first, second = (Database(str(served.dsn), store_of(AGREEMENT)) for _ in range(2))
    assert [served.store.database.leads(), first.leads(), second.leads()] == [True, False, False]
    assert [first.leads(), served.store.database.leads(), served.house.database.leads()] == [False, True, True]
    served.close()
    assert until(second.leads)
    assert not first.leads()
    ended(str(served.dsn))
    for one in (second, first):
        assert until(lambda one=one: _lost(one))  # type: ignore[misc]  # bound now
    assert until(first.leads)
    assert not second.leads()
    first.close()
    second.close()


def _lost(database: Database) -> bool:
    try:
        database.leads()
    except Unreachable:
        return True
    return False


LEADER = """
import sys
from comity.store.postgres import Database
database = Database(sys.argv[1], sys.argv[2])
print(database.leads(), flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_killed_leader_is_followed_by_another_process(served: Small) -> None:
    """kill -9: the server gives the office away as soon as the connection is gone."""
    command = [sys.executable, "-c", LEADER, str(served.dsn), store_of(AGREEMENT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as leader:
        assert leader.stdout is not None
        assert leader.stdout.readline() == b"True\n"
        assert not served.store.database.leads()
        leader.kill()
        leader.wait()
        assert until(served.store.database.leads)


def until(done: Callable[[], bool]) -> bool:
    """Asks again and again, without a pause: each question is a round trip."""
    from time import monotonic

    end = monotonic() + PATIENCE
    while monotonic() < end:
        if done():
            return True
    return False


def test_names_say_no_user() -> None:
    """What an officer reads names the schema, the database and the host."""
    name = hand.name_of("postgresql://dana:hush@db.example:5433/comity", NAME)
    assert re.fullmatch(r"comity_house in PostgreSQL \(comity on db\.example\)", name)
