"""Law 4 over collections: a page is a function of what its view was given; withheld and absent are the same bytes.

And laws 6 and 13: however many write, and whenever somebody dies, a poller meets every object exactly once.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comity.acts import intake, offering, showing
from comity.acts.collections import Served
from comity.acts.node import Node
from comity.labels.label import Tlp
from comity.release.collection import EPOCH, EVERY, FIRST, LAST, Caller, Collection, Contents, Holder, State, Wanted
from comity.release.offered import Audience, Definition
from tests import postgres
from tests.acts.crossing import Fuse, PowerCut, fused
from tests.acts.shelves import calling, envelope, indicator, objects, shelved, working
from tests.acts.things import bundle, stix
from tests.joined import AGREEMENT, DANA, pair_in
from tests.laws.worlds import Memory, World, world
from tests.store.conftest import BACKENDS

SHOP = Audience("shop", "company")
SEEN = [stix("malware", f"seen{n}") for n in range(4)]
NEWER = stix("malware", "seen0", modified="2027-03-02T07:00:00.000Z")
HIDDEN = {
    "red": stix("malware", "red", Tlp.RED),
    "a newer version that is red": stix("malware", "seen1", Tlp.RED, modified="2027-04-01T07:00:00.000Z"),
    "an older one": stix("malware", "seen2", Tlp.RED, modified="2020-04-01T07:00:00.000Z"),
    "strict": stix("campaign", "strict", Tlp.AMBER_STRICT),
    "unmarked": stix("campaign", "unmarked", None),
    "malformed": stix("indicator", "broken", pattern="["),
}
SHOWN = {f"seen {n}": value for n, value in enumerate(SEEN)} | {"newer": NEWER}
LOOK = "(look)"
WANTED = [
    Wanted(limit=2),
    Wanted(versions=frozenset({EVERY}), limit=3),
    Wanted(versions=frozenset({FIRST, LAST})),
    Wanted(types=frozenset({"campaign", "malware"})),
    Wanted(ids=frozenset(str(value["id"]) for value in [*SEEN, *HIDDEN.values()]), versions=frozenset({EVERY})),
    Wanted(versions=frozenset({"2027-04-01T07:00:00Z"})),
]


def take(node: Node, value: dict[str, object]) -> None:
    intake.take(node, bundle(value), "own-cyber", DANA)


def play(made: World, steps: Sequence[str]) -> list[object]:
    """Does the steps; everything that Japan and the shop read, whenever they look."""
    node = made.pair.il
    offering.define(node, Definition("", "For Japan", agreement=AGREEMENT, party="JP"), DANA)
    offering.define(node, Definition("", "For the shop", audience=SHOP), DANA)
    callers = [calling(node, Holder.PARTY, "JP"), calling(node, Holder.ORGANISATION, "shop")]
    seen: list[object] = []
    for step in [*steps, LOOK]:
        if step == LOOK:
            made.follow()
            showing.follow(node, AGREEMENT)
            showing.follow(node, "national")
            seen += [answer for served, caller in callers for answer in read(served, caller)]
        else:
            take(made.taker, (SHOWN | HIDDEN)[step])
    return seen


def read(served: Served, caller: Caller) -> list[object]:
    """Every page of every question that this caller can ask."""
    found: list[object] = []
    for collection in served.collections(caller):
        found.append(replace(collection))
        for wanted in WANTED:
            more, after = True, 0
            while more:
                page = served.page(collection, replace(wanted, after=after))
                found += [list(page.entries), served.contents(collection, replace(wanted, after=after)), page.more]
                more, after = page.more, page.entries[-1].seq if page.entries else 0
        found += [list(served.versions(collection, str(value["id"]), Wanted()).entries) for value in HIDDEN.values()]
        found.append(served.delete(caller, collection, str(HIDDEN["red"]["id"]), Wanted()))
    return found


def told_apart(steps: Sequence[str]) -> tuple[list[object], list[object]]:
    """What both read where the hidden things are, and where they are not."""
    memory: Memory = {}
    seen = []
    with tempfile.TemporaryDirectory(prefix="comity-views-") as name:
        folder = Path(name)
        with pair_in(folder / "first"):
            pass
        shutil.copytree(folder / "first", folder / "second")
        for place, chosen in (("first", steps), ("second", [step for step in steps if step not in HIDDEN])):
            with world(folder / place, memory) as made:
                seen.append(play(made, chosen))
    return seen[0], seen[1]


@pytest.mark.slow
@settings(max_examples=3, deadline=None, derandomize=True)
@example(["seen 0", "red", "seen 1", "a newer version that is red", "newer", LOOK, "an older one", "seen 2"])
@given(st.lists(st.sampled_from([*SHOWN, *HIDDEN, LOOK]), min_size=3, max_size=9, unique=True))
def test_withheld_and_absent_give_the_same_pages(steps: list[str]) -> None:
    there, absent = told_apart(steps)
    assert there == absent


def test_the_comparison_sees_something() -> None:
    """What is shown is in what is compared."""
    there, _ = told_apart(["seen 0", "newer"])
    without, _ = told_apart(["seen 0"])
    assert there != without
    assert sum(isinstance(one, list) and len(one) > 0 for one in there) > 6


def write(served: Served, caller: Caller, collection: Collection, number: int) -> None:
    """Six posts of five objects that nobody else writes."""
    for turn in range(6):
        objects = [indicator(number * 1000 + turn * 10 + n) for n in range(5)]
        status = served.post(caller, collection, envelope(*objects))
        assert not [one for one in status.verdicts if one.message]


def poll(served: Served, collection: Collection, step: Callable[[Wanted, Contents], Wanted], over: Event) -> list[str]:
    """What a poller meets, which goes on from its last object by `step`, until nobody writes any more."""
    met: list[str] = []
    wanted, ended, more = Wanted(limit=7), False, True
    while more or not ended:
        ended = ended or over.is_set()
        page = served.contents(collection, wanted)
        met += [one["id"] for one in objects(page)]
        if page.joined:
            wanted = step(wanted, page)
        more = page.more or bool(page.joined)
    return met


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_pollers_meet_every_object_once_while_others_write(tmp_path: Path, backend: str) -> None:
    """Four write, two poll: by where they were, and by when the last they met was added. Nothing is lost, nothing comes
    twice, and what comes is in the order in which it was shown."""
    steps: list[Callable[[Wanted, Contents], Wanted]] = [
        lambda wanted, last: replace(wanted, after=last.seq),
        lambda wanted, last: replace(wanted, added_after=EPOCH + timedelta(microseconds=last.last)),
    ]
    with (
        postgres.database() if backend == "postgres" else nullcontext() as dsn,
        shelved(tmp_path / "node", dsn) as node,
    ):
        collection = working(node)
        served, caller = calling(node, Holder.ORGANISATION, "shop")
        over = Event()
        with ThreadPoolExecutor(6) as pool:
            pollers = [pool.submit(poll, served, collection, step, over) for step in steps]
            writers = [pool.submit(write, served, caller, collection, number) for number in range(4)]
            try:
                for one in writers:
                    one.result()
                showing.follow(node, "national")
            finally:
                over.set()
            by_place, by_time = (one.result() for one in pollers)
        assert by_place == by_time
        assert len(by_place) == len(set(by_place)) == 4 * 6 * 5


@pytest.mark.slow
@pytest.mark.parametrize("committed", [False, True])
def test_whoever_dies_between_two_writes_has_lost_nothing(tmp_path: Path, committed: bool) -> None:
    """Wherever the power is cut, the same post again ends what was begun: each object is there once."""
    with shelved(tmp_path / "node") as node:
        collection = working(node)
        served, caller = calling(node, Holder.ORGANISATION, "shop")
        for turn in range(1, 9):
            fuse = Fuse(turn, committed)
            with suppress(PowerCut):
                Served(fused(node, fuse)).post(caller, collection, envelope(indicator(turn)))
            if fuse.seen < turn:
                break
            status = served.post(caller, collection, envelope(indicator(turn)))
            assert [one.state for one in status.verdicts] == [State.SUCCESS]
            seen = [one["id"] for one in objects(served.contents(collection, Wanted()))]
            assert seen == [indicator(n)["id"] for n in range(1, turn + 1)]
        assert turn == 4  # a post: the house, what it lets be seen there, and the view with the status
