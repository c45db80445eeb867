"""Law 7 for what is served: a row that a view should not have, or not so, is found and named by table and row."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest
from pysqlite3 import dbapi2

from comity.acts import follow, offering, showing, standing, viewing, writing
from comity.acts.node import Node
from comity.acts.offering import NATIONAL
from comity.release.collection import Holder, Wanted
from comity.release.offered import Audience, Definition
from comity.store import view_fsck
from comity.store.faults import Fault
from comity.store.postgres import schema_of
from comity.store.views import ViewStore
from comity.wiring import check_node
from tests import postgres
from tests.acts import things
from tests.acts.feeds import PROFILE
from tests.acts.shelves import calling, envelope, indicator, shelved, working
from tests.acts.test_searching import address, keep, offer
from tests.joined import AGREEMENT, DANA, Pair, pair_in
from tests.store.conftest import BACKENDS
from tests.store.raw import Raw, RawPostgres, RawSqlite
from tests.store.test_fsck import flipped

UNKNOWN = {"added"}
"""In a national view alone: when a thing was added is known no better than that it stands between its neighbours."""


def faults(node: Node, store: str) -> list[Fault]:
    views = node.views(store)
    assert isinstance(views, ViewStore)
    return list(view_fsck.faults(views, partial(viewing.judging, node, store), writing.fault_of))


def named(node: Node, store: str = NATIONAL) -> set[str]:
    return {fault.table.rpartition(".")[2] for fault in faults(node, store)}


Home = tuple[Node, Raw, Raw]
"""A node, and the databases of its views and of its house as whoever has the disk sees them."""


@pytest.fixture(params=BACKENDS)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """Dana's view has one thing in three versions, and another; Ken's has what Dana may not see, too."""
    with (
        postgres.database() if request.param == "postgres" else nullcontext() as dsn,
        shelved(tmp_path / "node", dsn) as opened,
    ):
        node = replace(opened, profiles={**opened.profiles, PROFILE.name: PROFILE})
        offer(node, "dana", frozenset({PROFILE.name}))
        offer(node, "ken", frozenset())
        keep(node, indicator(1, 2), indicator(1, 3), indicator(1, 1), address(2, "198.51.100.7"))
        keep(node, address(3, "198.51.100.8"), source="public-test")
        if dsn is None:
            folder = tmp_path / "node"
            yield node, RawSqlite(folder / "views" / f"{NATIONAL}.db"), RawSqlite(folder / "house.db")
        else:
            yield node, RawPostgres(dsn, schema_of(f"views_{NATIONAL}")), RawPostgres(dsn, schema_of("house"))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Japan's view of two things that were released to it."""
    with pair_in(tmp_path) as made:
        offering.define(made.il, Definition("", "For Japan", alias="jp", agreement=AGREEMENT, party="JP"), DANA)
        things.take(made.il, things.stix("malware", "one"), things.stix("malware", "two"))
        follow.follow(made.il, AGREEMENT)
        showing.follow(made.il, AGREEMENT)
        yield made


def partners(pair: Pair, folder: Path) -> Home:
    il = folder / "IL"
    return pair.il, RawSqlite(il / "views" / f"{AGREEMENT}.db"), RawSqlite(il / "house.db")


def cells(raw: Raw) -> Iterator[tuple[str, tuple[object, ...], object]]:
    """Every value that a row of a view shows: its column, where the row stands, and what it is."""
    names = ["view", "rank", "seq", "ext_id", "type", "version", "place", "spec", "added", "rid", "bid", "why", "raw"]
    for row in raw.run(f"SELECT {', '.join(names)} FROM shown"):  # noqa: S608  # names of ours
        for name, value in zip(names, row, strict=True):
            yield name, row[:3], value


def missed(node: Node, raw: Raw, store: str) -> list[tuple[str, object]]:
    """The alterations that were not found; each is taken back again."""
    found: list[tuple[str, object]] = []
    for column, place, value in list(cells(raw)):
        for other in flipped(value):
            where = dict(zip(("view", "rank", "seq"), place, strict=True))
            statement = f"UPDATE shown SET {column} = ? WHERE view = ? AND rank = ? AND seq = ?"  # noqa: S608  # names of ours
            try:
                raw.run(statement, other, *where.values())
            except (dbapi2.IntegrityError, psycopg.IntegrityError):
                continue
            if "shown" not in named(node, store):
                found.append((column, other))
            raw.run(statement, value, *(where | {column: other} if column in where else where).values())
    return found


def test_what_the_followers_wrote_has_no_fault(home: Home, pair: Pair) -> None:
    assert faults(home[0], NATIONAL) == []
    assert faults(pair.il, AGREEMENT) == []


@pytest.mark.slow
def test_one_altered_byte_of_a_national_view_is_found(home: Home) -> None:
    node, raw, _ = home
    assert {column for column, _ in missed(node, raw, NATIONAL)} <= UNKNOWN
    assert faults(node, NATIONAL) == []


@pytest.mark.slow
def test_one_altered_byte_of_a_partners_view_is_found(pair: Pair, tmp_path: Path) -> None:
    node, raw, _ = partners(pair, tmp_path)
    assert missed(node, raw, AGREEMENT) == []
    assert faults(node, AGREEMENT) == []


ALTERED: list[tuple[str, str, str]] = [
    ("UPDATE shown SET raw = x'7b7d' WHERE seq = 1", "shown", "made from: raw"),
    ("UPDATE shown SET rank = 0 WHERE rank = 2", "shown", "its rank"),
    ("UPDATE shown SET rank = 1 WHERE rank = 3", "shown", "its rank"),
    ("UPDATE view SET seq = 0", "shown", "not given out this number yet"),
    ("UPDATE shown SET added = 1 WHERE seq = 2", "shown", "not in one order"),
    ("INSERT INTO seen VALUES (1, 77, 4)", "seen", "says nothing that has this key"),
    ("INSERT INTO seen VALUES (1, 77, 99)", "seen", "no row that this key finds"),
    ("DELETE FROM seen", "seen", "this key of a row that is shown is missing"),
    ("UPDATE shown SET rid = 'x' WHERE seq = 2", "shown", "no such record"),
    ("UPDATE shown SET view = 9 WHERE view = 2", "shown", "no such view"),
]


@pytest.mark.parametrize(("statement", "table", "what"), ALTERED)
def test_each_kind_of_altered_row_is_named(home: Home, statement: str, table: str, what: str) -> None:
    node, raw, _ = home
    raw.run(statement.replace("x'7b7d'", "'{}'::bytea") if isinstance(raw, RawPostgres) else statement)
    found = [one for one in faults(node, NATIONAL) if what in one.what]
    assert found
    assert {one.table for one in found} == {f"views/{NATIONAL}.{table}"}
    assert all(one.row for one in found)


COPIED = "INSERT INTO shown SELECT ?, rank, ?, ext_id, type, version, place, spec, added, rid, bid, why, raw FROM shown"


def test_a_row_put_into_the_view_of_another_is_found(home: Home) -> None:
    """What Ken may see and Dana may not is a fault in Dana's view, though record, bytes and order all agree."""
    node, raw, _ = home
    (theirs,) = raw.run("SELECT seq FROM shown WHERE view = 2 AND ext_id LIKE '%000003'")
    raw.run(f"{COPIED} WHERE view = 2 AND seq = ?", 1, 5, *theirs)
    raw.run("INSERT INTO seen SELECT 1, key, 5 FROM seen WHERE view = 2 AND seq = ?", *theirs)
    raw.run("UPDATE view SET seq = 5, added = (SELECT max(added) FROM shown) WHERE id = 1")
    assert faults(node, NATIONAL) == [Fault(f"views/{NATIONAL}.shown", "1, 3, 5", "its audience may not see this")]


def test_a_row_that_no_release_stands_behind_is_found(pair: Pair, tmp_path: Path) -> None:
    """Whoever adds one to a partner's view, or a key under which it is found, is told of."""
    node, raw, _ = partners(pair, tmp_path)
    raw.run(f"{COPIED} WHERE seq = 2", 1, 3)
    raw.run("INSERT INTO seen VALUES (1, 77, 2)")
    assert {(one.row, one.what) for one in faults(node, AGREEMENT)} >= {
        ("1, 3, 3", "nothing was released to this view under its number"),
        ("1, 77, 2", "its row says nothing that has this key"),
    }


def test_what_the_follower_has_still_to_read_is_no_fault(home: Home, pair: Pair) -> None:
    """Destroyed, taken back or asked again: the next pass puts it right; put back after it, it is a fault."""
    node, raw, _ = home
    with node.house.begin() as tx:
        tx.destroy(tx.by_ext_id(str(address(2, "")["id"]).replace("ipv6", "ipv4"))[0].rid, DANA, node.clock(), "asked")
    assert faults(node, NATIONAL) == []
    upto = raw.run("SELECT id, upto FROM view")
    showing.follow_national(node)
    assert faults(node, NATIONAL) == []
    assert raw.run("SELECT id, upto FROM view") > upto
    standing.withdraw(pair.il, AGREEMENT, "standing-il", DANA)
    assert faults(pair.il, AGREEMENT) == []
    showing.follow(pair.il, AGREEMENT)
    assert faults(pair.il, AGREEMENT) == []


@pytest.mark.parametrize("whose", [NATIONAL, AGREEMENT])
def test_a_row_put_back_after_its_source_is_gone_is_found(home: Home, pair: Pair, tmp_path: Path, whose: str) -> None:
    """What was destroyed, or taken back from the partner, must not be served again."""
    node, raw, _ = home if whose == NATIONAL else partners(pair, tmp_path)
    names = "view, rank, seq, ext_id, type, version, place, spec, added, rid, bid, why, raw"
    last = max(raw.run("SELECT seq FROM shown WHERE view = 1"))
    (row,) = raw.run(f"SELECT {names} FROM shown WHERE view = 1 AND seq = ?", *last)  # noqa: S608  # names of ours
    if whose == NATIONAL:
        with node.house.begin() as tx:
            tx.destroy(row[9], DANA, node.clock(), "asked")
    else:
        with node.agreements(AGREEMENT).begin() as store:
            store.void_releases([one.handle for one in store.releases("JP", 0, 9)])
    showing.follow(node, whose)
    assert faults(node, whose) == []
    raw.run(f"INSERT INTO shown ({names}) VALUES ({', '.join('?' * 13)})", *row)  # noqa: S608  # names of ours
    what = "its record is not live" if whose == NATIONAL else "this release was taken back"
    assert what in {one.what for one in faults(node, whose)}


def test_the_check_of_the_books_has_the_views_in_it(pair: Pair, tmp_path: Path) -> None:
    """`comity ledger fsck` names them beside everything else, and makes no views where there are none."""
    audience = Audience("watch", people=frozenset({"dana"}))
    offering.define(pair.il, Definition("", "For Dana", alias="dana", audience=audience), DANA)
    showing.follow(pair.il, NATIONAL)
    assert check_node(tmp_path / "IL") == []
    assert check_node(tmp_path / "JP") == []
    assert not (tmp_path / "JP" / "views").exists()
    partners(pair, tmp_path)[1].run("UPDATE shown SET raw = x'7b7d' WHERE seq = 2")
    RawSqlite(tmp_path / "IL" / "views" / f"{NATIONAL}.db").run("UPDATE shown SET spec = '9' WHERE seq = 1")
    found = [str(fault) for fault in check_node(tmp_path / "IL")]
    assert any(AGREEMENT in one and ".shown" in one and "raw" in one for one in found)
    assert any(NATIONAL in one and ".shown" in one and "spec" in one for one in found)


def test_a_damaged_source_hides_no_other_fault(home: Home) -> None:
    """A body that was altered is named in the house, and its row and every other row in the view are still told of."""
    node, raw, house = home
    raw.run("UPDATE shown SET spec = '9' WHERE seq = 3 AND view = 1")
    (body,) = raw.run("SELECT bid FROM shown WHERE seq = 1 AND view = 1")[0]
    house.run("UPDATE body SET bytes = ? WHERE bid = ?", b"{}", body)
    said = [one.what for one in faults(node, NATIONAL)]
    assert any("cannot be read" in one and "altered" in one for one in said)
    assert "not what it was made from: spec" in said


def test_a_damaged_definition_of_a_collection_does_not_end_the_check(home: Home, tmp_path: Path) -> None:
    """What every decision rests on is read before the first row: each row says that it cannot be told again."""
    _, _, house = home
    house.run("UPDATE fact SET bytes = ? WHERE kind = 'collection'", b"{")
    found = [str(fault) for fault in check_node(tmp_path / "node")]
    assert any("house.fact" in one for one in found)
    assert sum("cannot be read" in one for one in found) == 4 + 5


def test_a_version_that_stands_there_already_leaves_no_keys(home: Home) -> None:
    """Another source's same thing at the same version stands behind the first, and nothing finds it twice."""
    node, _, _ = home
    keep(node, indicator(1, 2), indicator(1, 3), source="public-test")
    assert faults(node, NATIONAL) == []


def test_a_thing_taken_out_of_a_collection_and_put_back_on_the_disk_is_found(tmp_path: Path) -> None:
    """Those who work with it took it out; the house still holds it, and their label allows it."""
    with shelved(tmp_path / "node") as node:
        collection = working(node)
        served, caller = calling(node, Holder.ORGANISATION, "shop")
        served.post(caller, collection, envelope(indicator(1), indicator(2)))
        raw = RawSqlite(tmp_path / "node" / "views" / f"{NATIONAL}.db")
        (row,) = raw.run("SELECT * FROM shown WHERE seq = 2")
        assert served.delete(caller, collection, str(indicator(2)["id"]), Wanted())
        assert faults(node, NATIONAL) == []
        raw.run(f"INSERT INTO shown VALUES ({', '.join('?' * 13)})", *row)  # noqa: S608  # marks alone
        assert "its audience may not see this" in {one.what for one in faults(node, NATIONAL)}


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("UPDATE posted SET unread = 0", "posted"),
        ("UPDATE posted SET \"by\" = 'another'", "posted"),
        ("UPDATE posted SET bytes = x'7b7d'", "posted"),
        ("UPDATE view SET again = until + 1", "view"),
        ("UPDATE view SET until = upto + 1", "view"),
        ("UPDATE view SET seq = -1", "view"),
    ],
)
def test_progress_and_statuses_hold_together_in_themselves(tmp_path: Path, change: str, table: str) -> None:
    """What became of a post has no other source: that another well-formed one stands there is not seen."""
    with shelved(tmp_path / "node") as node:
        collection = working(node)
        served, caller = calling(node, Holder.ORGANISATION, "shop")
        many = [indicator(n, pattern=f"[file:name = 'v{n}' AND file:size = 1]") for n in range(writing.COSTLY + 1)]
        served.post(caller, collection, envelope(*many, {"type": "x"}))
        assert named(node) == set()
        RawSqlite(tmp_path / "node" / "views" / f"{NATIONAL}.db").run(change)
        assert table in named(node)


def test_a_view_that_is_ahead_of_its_house_is_made_again(tmp_path: Path) -> None:
    """As where an older house was brought back beside it."""
    with shelved(tmp_path / "node") as node:
        collection = working(node)
        served, caller = calling(node, Holder.ORGANISATION, "shop")
        served.post(caller, collection, envelope(indicator(1)))
        with node.views(NATIONAL).begin() as tx:
            for view in tx.views():
                tx.put_view(replace(view, upto=view.upto + 1000))
        served.post(caller, collection, envelope(indicator(2)))
        showing.follow_national(node)
        assert served.page(collection, Wanted()).entries[-1].ext_id == indicator(2)["id"]
