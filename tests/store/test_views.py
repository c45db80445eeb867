"""A view's rows are found from their place on, in one order that never changes, and each thing has its last version."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from comity.release.collection import EVERY, FIRST, LAST, Contents, Wanted, place_of, written
from comity.release.shown import PostedRow, ShownRow, ViewRow
from comity.store.views import ViewReader, ViewStore
from tests.store.scene import AT, Small
from tests.store.test_plans import plans, walks

NAME = "a-view"


@pytest.fixture
def store(small: Small) -> Iterator[ViewStore]:
    """An empty store of views, on each kind of database."""
    opened = ViewStore.open(small.directory, "national", small.dsn)
    with opened.begin() as tx:
        for view in tx.views():
            tx.drop_view(view.id)
    yield opened
    opened.close()


def row(seq: int, ext_id: str, version: str | None = "2027-01-01T00:00:00.000Z", raw: bytes | None = b"{}") -> ShownRow:
    """One thing at one version; without one it goes by when it was added."""
    added = AT + timedelta(microseconds=seq)
    place = "" if version is None else place_of(version)
    kind = ext_id.partition("--")[0]
    return ShownRow(seq, added, ext_id, kind, version or written(added), place, "2.1", f"r{seq}", f"b{seq}", "d", raw)


def show(store: ViewStore, *rows: ShownRow) -> ViewRow:
    with store.begin() as tx:
        view = tx.view(NAME) or tx.new_view(NAME)
        tx.show(view.id, rows)
        view = replace(view, seq=max([view.seq, *(one.seq for one in rows)]))
        tx.put_view(view)
    return view


def standing(reader: ViewReader) -> ViewRow:
    view = reader.pages.standing(NAME)
    assert view is not None
    assert view == reader.view(NAME)
    return view


def told(reader: ViewReader, wanted: Wanted) -> list[int]:
    """The sequences that are answered."""
    return [one[0] for one in reader.pages.rows(standing(reader), wanted, places_of(wanted), bodies=True)]


def places_of(wanted: Wanted) -> list[str]:
    return [place_of(one) for one in sorted(wanted.versions - {LAST, FIRST, EVERY})]


def version(day: int) -> str:
    return f"2027-01-{day:02}T00:00:00.000Z"


def test_the_last_version_the_first_and_each_are_found(store: ViewStore) -> None:
    """Versions are instants: what came later is not what is newer."""
    show(store, row(1, "malware--a", version(5)), row(2, "tool--b", version(1)), row(3, "malware--a", version(9)))
    show(store, row(4, "malware--a", version(2)), row(5, "malware--a", version(7)), row(6, "file--c", None))
    with store.reader() as reader:
        assert told(reader, Wanted()) == [2, 3, 6]
        assert told(reader, Wanted(versions=frozenset({FIRST}))) == [2, 4, 6]
        assert told(reader, Wanted(versions=frozenset({EVERY}))) == [1, 2, 3, 4, 5, 6]
        assert told(reader, Wanted(versions=frozenset({"2027-01-07T00:00:00Z"}))) == [5]
        assert told(reader, Wanted(versions=frozenset({FIRST, LAST, "2027-01-05T00:00:00.0Z"}))) == [1, 2, 3, 4, 6]
        assert told(reader, Wanted(versions=frozenset({written(AT + timedelta(microseconds=6))}))) == [6]
        assert told(reader, Wanted(types=frozenset({"malware", "file"}))) == [3, 6]
        assert told(reader, Wanted(ids=frozenset({"malware--a", "tool--b"}), versions=frozenset({EVERY}))) == [
            1,
            2,
            3,
            4,
            5,
        ]
        assert told(reader, Wanted(ids=frozenset({"malware--a"}), types=frozenset({"tool"}))) == []
        assert told(reader, Wanted(added_after=AT + timedelta(microseconds=2))) == [3, 6]
        assert told(reader, Wanted(spec_versions=frozenset({"2.0"}))) == []
        assert told(reader, Wanted(after=3, versions=frozenset({EVERY}))) == [4, 5, 6]


def test_a_version_that_is_there_stays_and_one_that_leaves_gives_its_rank_on(store: ViewStore) -> None:
    """Never a hole: whatever leaves, each thing that is left has exactly one last and one first version."""
    days = [5, 9, 2, 7]
    rows = [row(seq, "malware--a", version(day)) for seq, day in enumerate(days, 1)]
    view = show(store, *rows)
    show(store, row(9, "malware--a", version(9), b"other bytes"))
    left = list(rows)
    for leaving in (rows[1], rows[2], rows[3], rows[0]):
        with store.begin() as tx:
            tx.hide(view.id, [leaving, replace(leaving, seq=99)])
        left.remove(leaving)
        ends = [sorted(left, key=lambda one: one.place)[end].seq for end in (0, -1)] if left else [None, None]
        with store.reader() as reader:
            assert told(reader, Wanted(versions=frozenset({FIRST}))) == [end for end in ends[:1] if end]
            assert told(reader, Wanted()) == [end for end in ends[1:] if end]


def test_a_page_has_one_row_more_where_there_is_more(store: ViewStore) -> None:
    """Every page begins where the last one ended: together they are everything, once, however they are cut."""
    chance = random.Random(5)
    rows = [
        row(seq, f"{chance.choice(['malware', 'tool'])}--{chance.randrange(30)}", version(1 + seq % 9))
        for seq in range(1, 80)
    ]
    show(store, *rows)
    for wanted in (Wanted(), Wanted(versions=frozenset({EVERY})), Wanted(types=frozenset({"tool", "malware"}))):
        with store.reader() as reader:
            whole = told(reader, replace(wanted, limit=1000))
            for limit in (1, 2, 7):
                got: list[int] = []
                more = True
                while more:
                    page = told(reader, replace(wanted, limit=limit, after=got[-1] if got else 0))
                    got, more = got + page[:limit], len(page) > limit
                assert got == whole


def test_sealed_bytes_never_stand_here(store: ViewStore) -> None:
    """Only what is stored clear anyway is repeated beside its row."""
    show(store, row(1, "malware--a"), row(2, "tool--b", raw=None))
    with store.reader() as reader:
        assert [one[3] for one in reader.pages.rows(standing(reader), Wanted(), [], bodies=True)] == [b"{}", None]


def test_what_became_of_a_post_survives_a_restart_until_it_is_old(store: ViewStore) -> None:
    """A status can be asked for until it is dropped; what is still to be read is found, the oldest first."""
    with store.begin() as tx:
        for part, unread in enumerate([0, 2, 2]):
            tx.put_posted(PostedRow("p1", part, "c", AT, 3, unread, b"one"))
        tx.put_posted(PostedRow("p2", 0, "c", AT + timedelta(1), 3, 0, b"two"))
        tx.put_posted(PostedRow("p2", 0, "c", AT + timedelta(1), 3, 1, b"two again"))
    with store.begin() as tx:
        assert [(one.id, one.part) for one in tx.unread(5)] == [("p1", 1), ("p2", 0)], "a turn for each post"
        assert tx.posted("p2") == [PostedRow("p2", 0, "c", AT + timedelta(1), 3, 1, b"two again")]
        assert [one.part for one in tx.posted("p1")] == [0, 1, 2]
        tx.drop_posted(AT + timedelta(hours=1))
        assert tx.posted("p1") == tx.posted("p3") == []


ASKED = {
    "last": Wanted(after=5),
    "first": Wanted(versions=frozenset({FIRST})),
    "all": Wanted(versions=frozenset({EVERY}), after=5),
    "instant": Wanted(versions=frozenset({version(3)})),
    "type": Wanted(types=frozenset({"tool"})),
    "type, every version": Wanted(types=frozenset({"tool"}), versions=frozenset({EVERY})),
    "id": Wanted(ids=frozenset({"tool--1", "tool--2"})),
    "added after": Wanted(added_after=AT),
    "added after, nothing": Wanted(added_after=AT + timedelta(days=1)),
}


def test_the_bytes_of_a_page_are_joined_as_its_rows_lie(store: ViewStore) -> None:
    """In the order of their sequence, up to the limit, and whether there are more: as the rows themselves say it. What
    is sealed is left to whoever can open it."""
    show(store, *(row(seq, f"{'tool' if seq % 3 else 'malware'}--{seq % 17}", version(1 + seq % 9), b"{%d}" % seq)
                  for seq in range(1, 60)))  # fmt: skip
    with store.pages() as pages:
        assert pages.standing("another") is None
        view = pages.standing(NAME)
        assert view is not None
        for name, asked in ASKED.items():
            for limit in (1, 5, 17, 1000):
                wanted, places = replace(asked, limit=limit), places_of(asked)
                found = pages.contents(view, wanted, places)
                rows = pages.rows(view, wanted, places, bodies=True)
                here = rows[:limit]
                expected = Contents(
                    b",".join(one[3] for one in here), len(rows) > limit, here[-1][0], here[0][1], here[-1][1]
                ) if rows else Contents()  # fmt: skip
                assert found == (None if places else expected), (name, limit)  # one thing may be found twice by places
    view = show(store, row(60, "tool--sealed", raw=None))
    with store.pages() as pages:
        assert pages.contents(view, Wanted(), []) is None


@pytest.mark.parametrize("name", ASKED)
def test_a_page_is_read_from_its_place_on_by_an_index(embedded: Small, name: str) -> None:
    """Whatever is asked, no step walks a view: a page costs what it answers, at any size."""
    store = ViewStore.open(embedded.directory, "national")
    show(store, *(row(seq, f"tool--{seq}", version(1 + seq % 9)) for seq in range(1, 40)))
    said: list[str] = []
    with store.reader() as reader:
        raw = reader.connection.connection.dbapi_connection
        assert raw is not None
        raw.set_trace_callback(said.append)
        told(reader, ASKED[name])
        reader.pages.contents(standing(reader), ASKED[name], places_of(ASKED[name]))
        raw.set_trace_callback(None)
        asked = [one for one in said if "FROM shown" in one]
        steps = [str(step[3]) for one in asked for step in raw.execute(f"EXPLAIN QUERY PLAN {one}")]
    store.close()
    assert steps
    sorts = [step for step in steps if "B-TREE" in step]
    assert [step for step in steps if walks(step) and step != "SCAN one"] == []  # the page, once it is found
    assert bool(sorts) == (name in ("id", "instant"))  # the few versions of one thing, or what was added at one instant


def test_looking_for_what_left_walks_nothing(embedded: Small) -> None:
    """The few that were taken back have an index of their own."""
    embedded.populate()
    with embedded.store.reader() as reader:
        steps = plans(reader.connection, lambda: (reader.void_count("LY"), reader.voids("LY")))
    assert [step for step in steps if "ix_release_void" not in step] == []
