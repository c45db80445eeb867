"""A backup is whole and signed, keeps no old key, and what is restored is checked; nothing is written over."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.acts import follow
from comity.store import copies, lock
from comity.wiring import open_node
from tests import postgres
from tests.acts.things import stix, take
from tests.cli.terminal import Said, typed
from tests.joined import AGREEMENT, joined, pair_in

pytestmark = pytest.mark.slow

RESTORE = "restore backups --into il2 --vault il/vault"


def comity(line: str, folder: Path, code: int = 0) -> Said:
    said = typed(f"comity {line}", folder)
    assert said.code == code, said.text
    return said


def archive(folder: Path) -> Path:
    (found,) = (folder / "backups").glob("*Z")
    return found


@pytest.fixture
def kept(capitals: Path) -> Path:
    comity("backup --data il backups", capitals)
    return capitals


def test_it_is_for_its_owner_only_and_has_neither_vault_nor_keys(kept: Path) -> None:
    found = list((kept / "backups").rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in found if path.is_dir()} == {0o700}
    names = {str(path.relative_to(archive(kept))) for path in archive(kept).rglob("*") if path.is_file()}
    assert {"house.db", "comity.toml", "agreements/IL-JP-FICTION.db", "manifest.dsse.json"} <= names
    assert not any("key" in name or "vault" in name or "-wal" in name for name in names)


def test_the_newest_copy_of_the_keys_is_the_only_one(kept: Path) -> None:
    first = (kept / "backups" / "keys" / "keys.db").read_bytes()
    with open_node(kept / "il") as node:
        take(node, stix("malware", "another", None))
    (kept / "backups" / "keys" / "keys.db.old").write_bytes(b"left behind")
    comity("backup --data il elsewhere", kept)
    archive(kept).rename(kept / "backups" / "20200101T000000Z")
    comity("backup --data il backups", kept)
    assert [path.name for path in (kept / "backups" / "keys").iterdir()] == ["keys.db"]
    assert (kept / "backups" / "keys" / "keys.db").read_bytes() != first


def test_it_is_made_while_others_write(capitals: Path) -> None:
    """Each database stands at one instant, and none points ahead of another: what is restored is sound."""
    stop = threading.Event()

    def write() -> None:
        with open_node(capitals / "il") as node:
            n = 0
            while not stop.is_set():
                take(node, *(stix("malware", f"{n}-{i}") for i in range(20)))
                n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            assert typed("comity backup --data il backups", capitals).code in (0, 77), "two may fall in one second"
    finally:
        stop.set()
        writer.join()
    comity(RESTORE, capitals)
    comity("ledger fsck --data il2", capitals)


def test_no_follower_stands_beyond_the_house_log(tmp_path: Path) -> None:
    """Whatever is decided between two databases: the house is copied after the agreements."""
    with pair_in(tmp_path) as pair:

        def meanwhile(done: int) -> None:
            take(pair.il, stix("malware", f"{done}"))
            follow.follow(pair.il, AGREEMENT)

        meanwhile(0)
        (tmp_path / "copy").mkdir(mode=0o700)
        copies.copy_stores(tmp_path / "IL", (None, {}), tmp_path / "copy", meanwhile)
    (cursor,) = ask(tmp_path / "copy" / "agreements" / f"{AGREEMENT}.db", "SELECT n FROM cursor")
    (size,) = ask(tmp_path / "copy" / "house.db", "SELECT max(n) FROM log")
    assert 0 < cursor <= size


def ask(path: Path, query: str) -> tuple[int, ...]:
    connection = sqlite3.connect(path)
    try:
        return tuple(connection.execute(query).fetchone())
    finally:
        connection.close()


def test_with_the_vault_it_warns(capitals: Path) -> None:
    said = comity("backup --data il backups --with-vault", capitals)
    assert "warning: the vault is copied" in said.text
    comity("restore backups --into il2", capitals)
    comity("status --data il2", capitals)


def test_what_is_restored_says_so_and_is_the_same(kept: Path) -> None:
    said = comity(RESTORE, kept)
    assert "says nothing in an agreement until it has reconciled" in said.text
    assert "! not-reconciled: IL-JP-FICTION" in comity("status --data il2", kept).text
    comity("ledger fsck --data il2", kept)
    comity("outbox export --data il2 out", kept, 69)


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def other_content(folder: Path) -> None:
    connection = sqlite3.connect(archive(folder) / "house.db")
    connection.execute("UPDATE log SET \"by\" = 'person:eve' WHERE n = 1")
    connection.commit()
    connection.close()


Harm = Callable[[Path], object]
HARMS: dict[str, tuple[Harm, str, int]] = {
    "one bit of a database": (lambda at: flip(archive(at) / "house.db"), "is not what the manifest says", 70),
    "a row of a database": (other_content, "is not what the manifest says", 70),
    "one bit of the settings": (lambda at: flip(archive(at) / "comity.toml"), "is not what the manifest says", 70),
    "the manifest": (lambda at: flip(archive(at) / "manifest.dsse.json"), "manifest", 65),
    "a file that is missing": (lambda at: (archive(at) / "house.db").unlink(), "which the manifest names", 66),
    "the keys are missing": (lambda at: (at / "backups" / "keys" / "keys.db").unlink(), "keys.db", 66),
    "there is something": (lambda at: shutil.copytree(at / "jp", at / "il2"), "not empty", 77),
    "there is no backup": (lambda at: archive(at).rename(at / "gone"), "there is no backup", 66),
}


@pytest.mark.parametrize("name", HARMS)
def test_what_cannot_be_restored(name: str, kept: Path) -> None:
    harm, says, code = HARMS[name]
    harm(kept)
    said = typed(f"comity {RESTORE}", kept)
    assert said.code in ((65, 77) if name == "the manifest" else (code,))
    assert says in said.text
    assert (kept / "il2").exists() == (name == "there is something")
    assert not (kept / "il2.part").exists()


def test_it_is_restored_with_its_own_vault_only(kept: Path) -> None:
    said = comity("restore backups --into il2 --vault jp/vault", kept, 77)
    assert "signed by a key that is not this node's" in said.text


def test_no_node_may_run_where_it_is_restored_or_be_the_same_one(kept: Path) -> None:
    with lock.held(kept / "il"):
        assert "another node is running" in comity("restore backups --into il --vault il/vault", kept, 77).text
        assert "another node is running" in comity(f"{RESTORE} --data il", kept, 77).text
    comity("backup --data il elsewhere", kept)


# -- on a server -----------------------------------------------------------------------------------------------------


@pytest.fixture
def served(capitals: Path, dsn: str) -> Path:
    """Israel's node stands on a server; the files that it was in are gone."""
    comity(f"store copy --data il --to {dsn}", capitals)
    with (capitals / "il" / "comity.toml").open("a") as file:
        file.write(f'\n[store]\nhouse = "{dsn}"\n\n[store.agreements]\n{AGREEMENT} = "{dsn}"\n')
    for name in ("house.db", f"agreements/{AGREEMENT}.db"):
        (capitals / "il" / name).unlink()
    return capitals


def test_a_node_on_a_server_is_backed_up_into_files(served: Path, dsn: str) -> None:
    """The same folder as of a node in files, without the server's address; what is restored can stand there again."""
    comity("backup --data il backups", served)
    names = {str(path.relative_to(archive(served))) for path in archive(served).rglob("*") if path.is_file()}
    assert {"house.db", "comity.toml", f"agreements/{AGREEMENT}.db", "manifest.dsse.json"} <= names
    assert not any("key" in name or "-wal" in name or "-shm" in name for name in names)
    assert "postgresql" not in (archive(served) / "comity.toml").read_text("utf-8")
    comity(RESTORE, served)
    assert "! not-reconciled: IL-JP-FICTION" in comity("status --data il2", served).text
    comity("ledger fsck --data il2", served)
    assert "at the target already" in comity(f"store copy --data il2 --to {dsn}", served, 77).text
    with postgres.database() as empty:
        comity(f"store copy --data il2 --to {empty}", served)


def test_on_a_server_it_is_made_while_others_write(tmp_path: Path, dsn: str) -> None:
    """Each schema at one instant, agreements before the house: what is taken and decided meanwhile tears nothing."""
    with joined(tmp_path, on={"IL": dsn}) as pair:

        def meanwhile(done: int) -> None:
            take(pair.il, *(stix("malware", f"{done}-{n}") for n in range(20)))
            follow.follow(pair.il, AGREEMENT)

        meanwhile(0)
        (tmp_path / "copy").mkdir(mode=0o700)
        heads = copies.copy_stores(tmp_path / "IL", (dsn, {AGREEMENT: dsn}), tmp_path / "copy", meanwhile)
        with pair.il.house.reader() as house, pair.il.agreements(AGREEMENT).reader() as reader:
            assert house.log_size() > heads["house.db"]["house"][0]
            assert reader.log_size("out") > heads[f"agreements/{AGREEMENT}.db"]["out"][0] > 0
    (cursor,) = ask(tmp_path / "copy" / "agreements" / f"{AGREEMENT}.db", "SELECT n FROM cursor")
    (size,) = ask(tmp_path / "copy" / "house.db", "SELECT max(n) FROM log")
    assert 0 < cursor < size == heads["house.db"]["house"][0]


def test_what_was_destroyed_since_stays_destroyed(served: Path) -> None:
    """Keys are no part of a server's copy: the newest ones forget what yesterday's rows still hold."""
    with open_node(served / "il") as node:
        take(node, stix("malware", "sealed in quarantine", None))
    comity("backup --data il backups", served)
    connection = sqlite3.connect(served / "il" / "keys.db")
    connection.execute("DELETE FROM key")
    connection.commit()
    connection.close()
    comity("backup --data il elsewhere", served)
    said = comity(f"{RESTORE} --keys elsewhere/keys/keys.db", served)
    assert "destroyed since: 1." in said.text


def test_a_server_that_is_away_is_said_and_nothing_is_left(served: Path, dsn: str) -> None:
    path = served / "il" / "comity.toml"
    path.write_text(path.read_text("utf-8").replace(dsn, "postgresql:///comity?host=/nowhere"), "utf-8")
    assert "try again" in comity("backup --data il backups", served, 69).text
    assert not list((served / "backups").glob("*Z*"))
