"""The house keeps records, bytes, references, facts and leaves together, and gives them back as they were."""

import re
import stat
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from pysqlite3 import dbapi2

from comity.core import ids, strictjson
from comity.core.errors import Absent, Broken, ComityError, Malformed, Refused, Unreachable
from comity.core.merkle import Tree, leaf_hash
from comity.records import NewRecord, RecordState
from comity.release.kind import Reference
from comity.store import sqlite
from comity.store.house import House
from tests.store.raw import content
from tests.store.scene import AGREEMENT, AT, DANA, Small, digest, fact, new_record


def take(small: Small, *records: NewRecord) -> list[str]:
    with small.house.begin() as tx:
        return tx.take(records, DANA, AT)


def test_what_is_taken_is_given_back(small: Small) -> None:
    """A record, its bytes, references and position, clear and sealed, from the log's first line on."""
    clear = new_record(small.vault, "one", why="seen")
    sealed = new_record(small.vault, "two", sealed=True, edges=(Reference("x_ref", "a", single=True, marking=True),))
    rids = take(small, clear, sealed)
    assert rids == [ids.placed(1, clear.identity), ids.placed(2, sealed.identity)]
    small.reopen()
    with small.house.reader() as house:
        for n, taken in enumerate((clear, sealed), 1):
            found = house.record(rids[n - 1])
            assert found is not None
            assert (found.n, found.ext_id, found.class_canonical) == (n, taken.ext_id, taken.class_canonical)
            assert (found.state, found.handle, found.why) == (taken.state, taken.handle, taken.why)
            assert house.body(found.bid) == taken.raw
            assert taken.handle is not None
            assert house.by_handle(taken.handle) == house.by_prefix(rids[n - 1][:10])[0] == found
            assert house.find("feed", taken.ext_id) == house.by_ext_id(taken.ext_id) == [found]
        assert house.edges_of(rids) == dict(zip(rids, (clear.edges, sealed.edges), strict=True))
        assert house.known([clear.identity, "0" * 54]) == {clear.identity: rids[0]}
        assert house.handles([str(sealed.handle), "absent"]) == {sealed.handle: sealed.identity}
        assert house.named([clear.ext_id, sealed.ext_id, "absent"]) == {clear.ext_id: rids[:1], sealed.ext_id: rids[1:]}
        assert house.resolve([clear.ext_id, sealed.ext_id, "absent"]) == {clear.ext_id: 1, sealed.ext_id: 2}
        assert house.record("0" * 64) is None


def test_nothing_is_kept_when_the_block_fails(small: Small) -> None:
    """A transaction is all or nothing: no record, no line, no leaf, no key."""
    with suppress(ZeroDivisionError), small.house.begin() as tx:
        tx.take([new_record(small.vault, "one", sealed=True)], DANA, AT)
        _ = 1 / 0
    with small.house.reader() as house:
        assert (house.counts(), house.log_size(), house.tree()) == ({}, 0, Tree())
    (rid,) = take(small, new_record(small.vault, "one", sealed=True))
    with small.house.reader() as house:
        assert [one.n for one in house.records([rid]).values()] == [1]


def test_every_line_has_its_leaf_and_the_tree_is_resumed(small: Small) -> None:
    """Leaf n covers the canonical JSON of [n, entry, by, at]; what is resumed equals what is computed."""
    take(small, *(new_record(small.vault, str(i)) for i in range(5)))
    small.reopen()
    with small.house.begin() as tx:
        assert tx.append({"why": 'a "quoted" reason \u05d0', "act": "noted"}, DANA, AT + timedelta(microseconds=5)) == 6
    take(small, *(new_record(small.vault, str(i)) for i in range(5, 9)))
    with small.house.reader() as house:
        lines = [
            strictjson.canonical([one.n, dict(one.entry), one.by, at])
            for one in house.log_after(0, 100)
            for at in ["2027-03-02T09:00:00.000005Z" if one.n == 6 else "2027-03-02T09:00:00Z"]
        ]
        assert house.tree() == Tree.of(lines)
        assert house.leaf_hashes(0, 10) == [leaf_hash(line) for line in lines]
        assert [one.n for one in house.log_after(4, 3)] == [5, 6, 7]


def test_each_record_has_a_body_of_its_own(small: Small) -> None:
    """The same bytes from two sources are two bodies: destroying what one gave takes nothing from the other."""
    one = new_record(small.vault, "same", sealed=True)
    other = replace(one, identity="1" * 54, source="other", handle=None)
    rids = take(small, one, other)
    with small.house.begin() as tx:
        bids = [tx.records(rids)[rid].bid for rid in rids]
        tx.destroy(rids[0], DANA, AT, "why")
    with small.house.reader() as house:
        assert bids[0] < bids[1]
        assert house.body(bids[1]) == one.raw
        with pytest.raises(Absent, match="destroyed"):
            house.body(bids[0])


def test_a_body_says_nothing_of_its_bytes(small: Small) -> None:
    """Body ids are keyed, and a sealed body's bytes stand nowhere in any file of the node."""
    secret = "the position of the fictional battery"
    take(small, new_record(small.vault, secret, sealed=True, ext_id="x", edges=()))
    small.close()
    everything = [path.read_bytes() for path in small.directory.rglob("*") if path.is_file()]
    everything += [content(small.raw(store)) for store in ("house", "keys", AGREEMENT)]
    for kept in everything:
        assert secret.encode() not in kept
        assert digest(secret.encode()).encode() not in kept


def test_destroying_is_dropping_the_key_in_yesterdays_backup_too(small: Small) -> None:
    """With today's keys.db, neither today's house nor yesterday's gives the bytes back."""
    record = new_record(small.vault, "one", sealed=True)
    (rid,) = take(small, record)
    small.close()
    with small.copied() as yesterday:
        small.reopen()
        with small.house.reader() as house:
            kept = house.records([rid])[rid]
        wrapped = small.house.safe.keys.get([kept.bid])[kept.bid]
        with small.house.begin() as tx:
            assert tx.destroy(rid, DANA, AT, "why") == 2
        for path in (small.directory / "keys.db", small.directory / "keys.db-wal"):
            assert not path.exists() or wrapped not in path.read_bytes()
        with pytest.raises(Absent, match="destroyed"), small.house.reader() as house:
            house.body(kept.bid)
        small.house.close()
        restored = yesterday()
        with pytest.raises(Absent, match="destroyed"), restored.reader() as house:
            house.body(kept.bid)
        restored.close()


def test_destroying_that_fails_destroys_nothing(small: Small) -> None:
    """The key goes only when the block has ended well."""
    record = new_record(small.vault, "one", sealed=True)
    (rid,) = take(small, record)
    with small.house.reader() as house:
        bid = house.records([rid])[rid].bid
    with suppress(ZeroDivisionError), small.house.begin() as tx:
        tx.destroy(rid, DANA, AT, "why")
        _ = 1 / 0
    with small.house.reader() as house:
        assert house.body(bid) == record.raw
    with pytest.raises(Absent, match="no record"), small.house.begin() as tx:
        tx.destroy("0" * 64, DANA, AT, "why")


@pytest.mark.parametrize("kept", [False, True])
def test_a_destruction_that_a_crash_cut_short_is_ended_if_it_was_kept(small: Small, kept: bool) -> None:
    """The key is marked before the commit and dropped after it: in between a crash leaves either, never half."""
    record = new_record(small.vault, "one", sealed=True)
    (rid,) = take(small, record)
    with small.house.reader() as house:
        bid = house.records([rid])[rid].bid
    wrapped = small.house.safe.keys.get([bid])
    if kept:
        with small.house.begin() as tx:
            tx.destroy(rid, DANA, AT, "why")
    small.house.safe.keys.put(list(wrapped.items()), [bid])
    small.close()
    small.reopen()
    assert small.house.safe.keys.get([bid]) == ({} if kept else wrapped)
    assert small.house.safe.keys.doomed() == (set() if kept else {bid})


@pytest.mark.parametrize("sealed", [False, True])
def test_altered_bytes_are_never_given_out(small: Small, sealed: bool) -> None:
    """A body that does not fit its id is `Broken`, and the error names the body."""
    record = new_record(small.vault, "one", sealed=sealed)
    (rid,) = take(small, record)
    raw = small.raw("house")
    ((kept,),) = raw.run("SELECT bytes FROM body")
    raw.run("UPDATE body SET bytes = ?", kept[:-1] + b"\x7f")
    with small.house.reader() as house:
        bid = house.records([rid])[rid].bid
        with pytest.raises(Broken, match=bid):
            house.body(bid)


def test_quarantine_has_a_way_out_that_is_logged(small: Small) -> None:
    """Relabelling sets class and state, and moves the record to its new line, where followers read it."""
    held = new_record(small.vault, "one", state=RecordState.QUARANTINED, sealed=True, why="no profile")
    rid, _ = take(small, held, new_record(small.vault, "two"))
    with small.house.reader() as house:
        assert [one.rid for one in house.quarantined()] == [rid]
        assert [one.n for one in house.records_after(0, 10)] == [2]
    with small.house.begin() as tx:
        assert tx.relabel(rid, '{"level":"SECRET"}', DANA, AT, "known source") == 3
    with small.house.reader() as house:
        assert house.quarantined() == []
        found = house.records_after(2, 10)
        assert [(one.rid, one.class_canonical, one.why) for one in found] == [(rid, '{"level":"SECRET"}', None)]
        assert house.body(found[0].bid) == held.raw
        entry = house.log_after(2, 1)[0]
        assert (entry.entry["act"], entry.entry["why"], entry.by) == ("relabelled", "known source", DANA.id)
    with pytest.raises(Absent, match="no record"), small.house.begin() as tx:
        tx.relabel("0" * 64, "{}", DANA, AT, "why")


def test_same_id_and_version_from_one_source_clash(small: Small) -> None:
    """Only the same source clashes, and only on id and version together."""
    take(small, new_record(small.vault, "one", ext_id="a", ext_ver="1"))
    with small.house.reader() as house:
        asked = {("a", "1"), ("a", "2"), ("b", "1")}
        assert house.clashes("feed", asked) == {("a", "1")}
        assert house.clashes("other", asked) == set()


def test_many_are_looked_up_in_parts(small: Small) -> None:
    """Lists longer than one statement takes."""
    records = [new_record(small.vault, str(i), sealed=bool(i % 2)) for i in range(1201)]
    rids = take(small, *records)
    assert rids == [ids.placed(n, one.identity) for n, one in enumerate(records, 1)]
    with small.house.reader() as house:
        assert house.known([one.identity for one in records]) == {ids.digest_of(rid): rid for rid in rids}
        assert house.clashes("feed", [(one.ext_id, one.ext_ver) for one in records]) == {
            (one.ext_id, one.ext_ver) for one in records
        }
        found = house.records(rids)
        bodies = house.bodies([one.bid for one in found.values()])
        assert {found[rid].bid: one.raw for rid, one in zip(rids, records, strict=True)} == bodies
        assert len(house.records_after(200, 500)) == 500
        assert house.counts() == {"live": 1201}


def test_facts_and_statements_are_kept_once_under_their_digest(small: Small) -> None:
    """A known fact keeps its line; a wrong digest is `Malformed`."""
    one = fact(b"one")
    with small.house.begin() as tx:
        assert tx.put_fact(one, DANA, AT) == 1
        assert tx.put_fact(fact(b"two", scope="other"), DANA, AT) == 2
        assert tx.put_fact(one, DANA, AT) == 1
        tx.put_statements({digest(b"s"): b"s"})
        tx.put_statements({digest(b"s"): b"s", digest(b"t"): b"t"})
    with small.house.reader() as house:
        assert house.facts("standing", one.scope) == [one]
        assert len(house.facts("standing")) == 2
        assert house.facts("contact") == []
        assert (house.kept_by(one.fid), house.kept_by("0" * 64)) == (DANA.id, None)
        assert (house.statement(digest(b"t")), house.statement("0")) == (b"t", None)
    with pytest.raises(Malformed), small.house.begin() as tx:
        tx.put_fact(replace(one, fid="0" * 64), DANA, AT)
    with pytest.raises(Malformed), small.house.begin() as tx:
        tx.put_statements({"0" * 64: b"s"})


def test_readers_see_one_snapshot(small: Small) -> None:
    """What is written meanwhile is not seen, and does not wait."""
    take(small, new_record(small.vault, "one"))
    with small.house.reader() as house:
        assert house.log_size() == 1
        take(small, new_record(small.vault, "two"))
        assert house.log_size() == 1
        assert len(house.records_after(0, 10)) == 1


def test_taking_a_known_record_again_is_refused_whole(small: Small) -> None:
    """The caller asks `known` first; a contradiction keeps nothing and names no value."""
    record = new_record(small.vault, "one")
    take(small, record)
    with pytest.raises(Broken, match=re.escape(small.house.database.name)) as caught:
        take(small, new_record(small.vault, "two"), record)
    assert record.identity not in caught.value.message
    with small.house.reader() as house:
        assert house.log_size() == 1


def test_opening_never_creates(small: Small, tmp_path: Path) -> None:
    """A missing file is `Absent` with the command that makes one, and stays missing."""
    with pytest.raises(Absent) as caught:
        House.open(tmp_path, small.vault)
    assert "comity init" in caught.value.hint
    assert list(tmp_path.glob("*.db")) == []
    small.close()
    (small.directory / "keys.db").unlink()
    with pytest.raises(Absent, match=r"keys\.db"):
        small.another_house()
    assert not (small.directory / "keys.db").exists()


def test_connecting_never_creates(tmp_path: Path) -> None:
    """A file that vanishes after it was looked for is not made anew, empty."""
    database = sqlite.Database(tmp_path / "absent.db")
    with pytest.raises(Broken, match=r"absent\.db"), database.reading():
        pass
    assert list(tmp_path.iterdir()) == []


def test_creating_never_overwrites(small: Small) -> None:
    """A second `create` is refused and changes nothing."""
    take(small, new_record(small.vault, "one"))
    with pytest.raises(Refused, match="exists already"):
        House.create(small.directory, small.vault, small.dsn)
    with small.house.reader() as house:
        assert house.log_size() == 1


def test_files_are_their_owners_only(full: Small) -> None:
    """0600 inside 0700, the write-ahead logs too; a directory open to others is refused."""
    for path in (full.directory, *full.directory.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    other = full.directory.parent / "other"
    other.mkdir()
    other.chmod(0o710)
    with pytest.raises(Refused) as caught:
        House.create(other, full.vault)
    assert caught.value.hint == f"chmod 700 {other}"


def test_a_full_disk_keeps_nothing_and_says_so(embedded: Small) -> None:
    """No room is `Unreachable`: nothing is half kept, and the same can be tried again."""
    small = embedded
    take(small, new_record(small.vault, "one"))
    big = new_record(small.vault, "x" * 4_000_000)
    with small.house.database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}")
    with pytest.raises(Unreachable, match="no room"):
        take(small, big)
    small.reopen()
    assert take(small, big) == [ids.placed(2, big.identity)]


def test_a_key_that_cannot_be_kept_keeps_the_record_out(small: Small) -> None:
    """Keys are durable before what they open is: a full keys.db leaves no record behind that nobody could read."""
    with small.house.safe.keys.database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 1}")
    records = [new_record(small.vault, str(i), sealed=True) for i in range(200)]
    with pytest.raises(Unreachable, match=r"keys\.db"):
        take(small, *records)
    small.reopen()
    with small.house.reader() as house:
        assert (house.log_size(), house.counts()) == (0, {})
    assert take(small, *records) == [ids.placed(n, one.identity) for n, one in enumerate(records, 1)]


def test_two_writers_take_turns(small: Small) -> None:
    """Each transaction is begun as a writer's, so that none fails for having read first."""
    other = small.another_house()
    failed: list[BaseException] = []

    def write(house: House, name: str) -> None:
        try:
            for i in range(15):
                with house.begin() as tx:
                    tx.take([new_record(small.vault, f"{name}{i}", sealed=True)], DANA, AT)
        except ComityError as error:
            failed.append(error)

    threads = [Thread(target=write, args=pair) for pair in ((small.house, "a"), (other, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert failed == []
    with small.house.reader() as house:
        assert [one.n for one in house.records_after(0, 100)] == list(range(1, 31))
        assert house.tree().size == 30


def test_another_writer_is_waited_for_and_then_reported(small: Small) -> None:
    """SQLite's own words never reach an officer."""
    error = sqlite.trouble(dbapi2.OperationalError("database is locked"), "house.db")
    assert isinstance(error, Unreachable)
    assert "try again" in error.hint
    assert isinstance(sqlite.trouble(dbapi2.DatabaseError("malformed"), "house.db"), Broken)
    assert isinstance(sqlite.trouble(ValueError("x"), "house.db"), ComityError)
