"""A log beside what the other side holds of it: what is taken back, what is a fork, and what is lost to both."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.merkle import Tree
from comity.ledger.note import Checkpoint
from comity.ledger.recovery import Fork, History, Recovered, forked, recover

LEAVES = [f"leaf-{n}".encode() for n in range(8)]


def history(leaves: Sequence[bytes]) -> History:
    known = dict(enumerate(leaves))
    return History("comity/AL-BO/AL/main", Tree.of(leaves), known.get, lambda size: Tree.of(leaves[:size]))


def note(leaves: Sequence[bytes], size: int | None = None) -> Checkpoint:
    return Checkpoint("comity/AL-BO/AL/main", len(leaves) if size is None else size, Tree.of(leaves).root)


def told(*positions: int) -> dict[int, bytes]:
    return {n: LEAVES[n] for n in positions}


def lost(position: int) -> bytes:
    return f'{{"leaf":"lost","position":{position}}}'.encode()


OTHER = {3: b"another"}
TABLE: list[tuple[str, list[bytes], Mapping[int, bytes], list[Checkpoint], bool, Recovered | str]] = [
    ("nothing was told", LEAVES[:3], {}, [], False, Recovered(3, ())),
    ("what is told is here", LEAVES[:3], told(0, 2), [note(LEAVES[:3])], False, Recovered(3, ())),
    ("the end was lost", LEAVES[:3], told(3, 4), [note(LEAVES[:5])], False, Recovered(3, (LEAVES[3], LEAVES[4]))),
    ("everything was lost", [], told(0, 1), [note(LEAVES[:2])], False, Recovered(0, tuple(LEAVES[:2]))),
    ("they know less than we", LEAVES[:5], told(1), [note(LEAVES[:2])], False, Recovered(5, ())),
    ("one leaf was lost to both", LEAVES[:3], told(4), [], False, "leaves 3 to 3 were signed here"),
    ("a root was signed over more", LEAVES[:3], told(3), [note(LEAVES[:6])], False, "leaves 4 to 5 were signed here"),
    ("another leaf", LEAVES[:5], OTHER, [note(LEAVES[:4])], False, "leaf 3 is not the same on both sides"),
    ("another root", LEAVES[:5], {}, [note([b"x"], 1)], False, "the root signed over the first 1 leaves"),
    ("another root, over what was told", LEAVES[:1], told(1), [note([b"x"], 2)], False, "the first 2 leaves"),
    (
        "two people let theirs stand",
        LEAVES[:5],
        OTHER,
        [note([*LEAVES[:3], b"another"])],
        True,
        Recovered(3, (b"another",)),
    ),
    ("adopted, and nothing differs", LEAVES[:3], told(3), [], True, Recovered(3, (LEAVES[3],))),
    (
        "adopted, and a leaf is lost to both",
        LEAVES[:5],
        OTHER | told(5),
        [],
        True,
        Recovered(3, (b"another", lost(4), LEAVES[5]), (4,)),
    ),
    (
        "adopted, and a root was signed over leaves that are lost",
        LEAVES[:2],
        told(2, 4),
        [note(LEAVES[:3]), note(LEAVES[:6])],
        True,
        Recovered(2, (LEAVES[2], lost(3), LEAVES[4], lost(5)), (3, 5)),
    ),
    (
        "adopted, lost, and an older root is another",
        LEAVES[:2],
        told(2, 4),
        [note([b"x", *LEAVES[1:3]])],
        True,
        "the root signed over the first 3 leaves",
    ),
    ("adopted, and the root is another", LEAVES[:5], OTHER, [note([b"x"], 1)], True, "the root signed over"),
]


@pytest.mark.parametrize(
    ("here", "leaves", "notes", "adopt", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_what_becomes_of_a_log(
    here: list[bytes],
    leaves: Mapping[int, bytes],
    notes: list[Checkpoint],
    adopt: bool,
    expected: Recovered | str,
) -> None:
    found = recover(history(here), leaves, notes, adopt=adopt)
    if isinstance(expected, str):
        assert isinstance(found, Fork)
        assert expected in found.what
        assert (found.ours.size, found.ours.root) == (len(here), Tree.of(here).root.hex())
    else:
        assert found == expected


def test_a_fork_names_both_sizes_and_roots() -> None:
    found = forked(history(LEAVES[:5]), OTHER, [note(LEAVES[:2]), note([*LEAVES[:3], b"another"])])
    assert found is not None
    assert (found.ours.size, found.theirs.size) == (5, 4)
    assert found.theirs.root == Tree.of([*LEAVES[:3], b"another"]).root.hex()


def test_what_is_not_here_yet_contradicts_nothing() -> None:
    assert forked(history(LEAVES[:2]), told(1, 4, 6), [note(LEAVES[:2]), note(LEAVES[:7])]) is None


@given(st.integers(0, 8), st.sets(st.integers(0, 7)))
def test_what_is_taken_back_is_the_log_that_was_signed(size: int, positions: set[int]) -> None:
    found = recover(history(LEAVES[:size]), told(*positions), [note(LEAVES)])
    if isinstance(found, Recovered):
        assert [*LEAVES[: found.kept], *found.added] == LEAVES
    else:
        assert {*range(size, 8)} - positions, "nothing is a fork while every leaf is known"
