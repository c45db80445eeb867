"""What is withheld is asked again in pieces, and nobody can tell: what goes is as if it had been asked at once."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from comity.acts import follow, standing
from comity.acts.node import Node
from comity.labels.label import Tlp
from comity.records import OutboxRow, ReleaseRow
from comity.store.agreement import AgreementStore
from comity.store.agreement_fsck import faults
from tests.acts.things import note, relation, stix, take
from tests.joined import DANA, Pair, opened, pair_in, standing_release

WHOLE = 1000
GREEN = [stix("malware", f"green{n}") for n in range(6)]
RED = [stix("malware", f"red{n}", Tlp.RED) for n in range(5)]


def open_up(node: Node, name: str = "anew") -> None:
    standing.sign(node, standing_release(node, name, ("cyber.*",)), DANA)


def shut(node: Node) -> None:
    for one in standing.listed(node, "IL-JP-FICTION"):
        standing.withdraw(node, "IL-JP-FICTION", one.id, DANA)


def prepare(pair: Pair) -> None:
    """Nothing may go, and much is withheld; some of it points at what may never go. Then the first may."""
    shut(pair.il)
    follow.follow(pair.il, pair.agreement)
    for green, red in zip(GREEN, [*RED, RED[0]], strict=True):
        take(pair.il, red, green, relation(f"r-{green['name']}", green, red), note(f"n-{green['name']}", [green, red]))
    take(pair.il, relation("forward", GREEN[0], GREEN[5]), note("list", GREEN))
    follow.follow(pair.il, pair.agreement)
    open_up(pair.il)
    take(pair.il, stix("malware", "new"))


@dataclass(frozen=True)
class Book:
    """What became of everything: outcomes by record, releases as they stand, what each envelope holds."""

    outcomes: dict[str, str]
    releases: list[tuple[int, str, str]]
    envelopes: list[tuple[int, int]]


def book(node: Node, agreement: str) -> Book:
    with node.agreements(agreement).reader() as reader, node.house.reader() as house:
        rows: list[ReleaseRow] = reader.releases("JP", 0, 1000)
        records = [one.rid for one in house.records_after(0, 1000)]
        outcomes = {rid: row.outcome for rid in records if (row := reader.outcome_of(rid)) is not None}
        sent: list[OutboxRow] = list(reader.all_outgoing())
        assert reader.sieved() is None
    return Book(outcomes, [(row.seq, row.rid, row.ext_id) for row in rows], [(row.seq, row.leaf_from) for row in sent])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sieve")
    with pair_in(folder) as pair:
        prepare(pair)
    return folder


@contextmanager
def copied(prepared: Path, folder: Path) -> Iterator[Pair]:
    shutil.copytree(prepared, folder)
    with opened(folder) as pair:
        yield pair


@pytest.fixture(scope="module")
def whole(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Book:
    """All asked in one transaction."""
    with copied(prepared, tmp_path_factory.mktemp("whole") / "pair") as pair:
        result = follow.follow(pair.il, pair.agreement, piece=WHOLE)
        assert (result.released, result.waiting, result.withheld) == (15, 6, 5)
        return book(pair.il, pair.agreement)


@pytest.mark.parametrize("piece", [1, 2, 7])
def test_pieces_of_any_size_come_to_the_same(prepared: Path, whole: Book, tmp_path: Path, piece: int) -> None:
    with copied(prepared, tmp_path / "pair") as pair:
        turns: list[int] = []
        result = follow.follow(pair.il, pair.agreement, told=lambda: turns.append(1), piece=piece)
        assert len(turns) > 2
        assert result.withheld == 5, "each is asked once"
        assert book(pair.il, pair.agreement) == whole
        store = pair.il.agreements(pair.agreement)
        assert isinstance(store, AgreementStore)
        assert list(faults(store, None)) == []


def test_a_fact_that_comes_meanwhile_is_asked_about_in_its_turn(prepared: Path, whole: Book, tmp_path: Path) -> None:
    """It shuts again what the first one opened: what the first let go is gone, and nothing else goes."""
    with copied(prepared, tmp_path / "pair") as pair:
        turns: list[int] = []

        def meanwhile() -> None:
            turns.append(1)
            if len(turns) == 2:
                open_up(pair.il, "another")

        follow.follow(pair.il, pair.agreement, told=meanwhile, piece=3)
        assert book(pair.il, pair.agreement).outcomes == whole.outcomes
        assert book(pair.il, pair.agreement).releases == whole.releases


class Death(Exception):
    """The process ends here."""


@dataclass
class Dying:
    """A port that can be asked so many times."""

    port: Callable[..., object]
    left: list[int]
    asked: list[int] = field(default_factory=list)

    def __call__(self, *arguments: int) -> object:
        self.asked.append(1)
        self.left[0] -= 1
        if self.left[0] < 0:
            raise Death
        return self.port(*arguments)


def dying(node: Node, after: int) -> tuple[Node, Callable[[], int]]:
    left = [after]
    clock, entropy = Dying(node.clock, left), Dying(node.entropy, left)
    return replace(node, clock=clock, entropy=entropy), lambda: len(clock.asked) + len(entropy.asked)  # type: ignore[arg-type]  # they answer what the ports answer


@pytest.mark.slow
def test_a_death_between_two_pieces_loses_and_repeats_nothing(prepared: Path, whole: Book, tmp_path: Path) -> None:
    for turn in range(1, 9):
        with copied(prepared, tmp_path / f"{turn}") as pair:
            left = [turn]

            def told(left: list[int] = left) -> None:
                left[0] -= 1
                if not left[0]:
                    raise Death

            with pytest.raises(Death):
                follow.follow(pair.il, pair.agreement, told=told, piece=3)
        with opened(tmp_path / f"{turn}") as pair:
            follow.follow(pair.il, pair.agreement, piece=3)
            assert book(pair.il, pair.agreement) == whole


@pytest.mark.slow
def test_a_death_inside_a_piece_loses_and_repeats_nothing(prepared: Path, whole: Book, tmp_path: Path) -> None:
    """Wherever time or chance is asked for, every seventh time."""
    with copied(prepared, tmp_path / "all") as pair:
        node, asked = dying(pair.il, 10**9)
        follow.follow(node, pair.agreement, piece=3)
        count = asked()
    for after in range(0, count, 7):
        with copied(prepared, tmp_path / f"{after}") as pair, pytest.raises(Death):
            follow.follow(dying(pair.il, after)[0], pair.agreement, piece=3)
        with opened(tmp_path / f"{after}") as pair:
            follow.follow(pair.il, pair.agreement, piece=3)
            assert book(pair.il, pair.agreement) == whole
