"""The other side's log is countersigned where its leaves reproduce the root, and a fork is named with both roots."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.errors import Broken, Malformed, Refused
from comity.core.merkle import Tree, leaf_hash
from comity.ledger import log
from comity.ledger.log import Mirror, countersign_at
from comity.ledger.note import Checkpoint

LEAVES = [b"leaf %d" % n for n in range(40)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
NAME = "comity/AL-BO/AL/main"


def at(size: int, leaves: Sequence[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(NAME, size, Tree.of(leaves[:size]).root)


def mirror(known: int, countersigned: int = 0) -> Mirror:
    return Mirror.of(NAME, enumerate(HASHES[:known]), countersigned)


@given(st.lists(st.integers(0, 40), max_size=5))
def test_a_log_grows_by_its_leaves_and_no_other_way(cuts: list[int]) -> None:
    tree, hashes, before = Tree(), [], 0
    for cut in sorted(cuts):
        tree, added = log.extend(tree, LEAVES[before:cut])
        hashes += added
        before = cut
    assert hashes == HASHES[:before]
    assert tree == Tree.of(LEAVES[:before])


@given(st.permutations(range(8)), st.integers(0, 8))
def test_leaves_in_any_order_make_one_log(order: list[int], repeated: int) -> None:
    """Eight envelopes of five leaves overtake each other; some come twice."""
    seen, here = set[int](), Mirror(NAME)
    for n in [*order, *order[:repeated]]:
        here = here.take(n * 5, HASHES[n * 5 : n * 5 + 5])
        seen.add(n)
        reach = next((k for k in range(8) if k not in seen), 8) * 5
        assert here.size == reach
        for size in range(41):
            assert countersign_at(here, at(size)) == (size if size <= reach else None)
    assert here == mirror(40)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_what_was_countersigned_need_not_be_kept(first: int, second: int, third: int) -> None:
    first, second, third = sorted((first, second, third))
    here = mirror(third).countersigned(first).countersigned(second)
    assert here == mirror(third, second)
    assert here.signed == Tree.of(LEAVES[:second])
    assert countersign_at(here, at(third)) == third
    assert countersign_at(here, at(second)) == second


def test_an_older_checkpoint_is_not_countersigned_again() -> None:
    assert countersign_at(mirror(20, 10), at(9)) is None


FORKS = {
    "at the size countersigned": (mirror(20, 10), 10),
    "beyond it": (mirror(20, 10), 15),
    "at the end": (mirror(20, 10), 20),
    "before any was countersigned": (mirror(20), 5),
}


@pytest.mark.parametrize("case", FORKS)
def test_a_fork_is_named_with_both_sizes_and_roots(case: str) -> None:
    here, size = FORKS[case]
    other = at(size, [b"another history", *LEAVES[1:]])
    with pytest.raises(Broken) as fork:
        countersign_at(here, other)
    for said in (NAME, str(size), other.root.hex(), at(size).root.hex(), str(here.signed.size), here.signed.root.hex()):
        assert said in fork.value.message


def test_a_checkpoint_beyond_what_is_here_waits() -> None:
    forged = at(30, [b"another history", *LEAVES[1:]])
    assert countersign_at(mirror(20, 10), forged) is None


def test_another_logs_checkpoint_is_refused() -> None:
    with pytest.raises(Refused, match="not of comity/AL-BO/AL/main"):
        countersign_at(mirror(20), Checkpoint("comity/AL-BO/BO/main", 20, at(20).root))


def test_two_leaves_for_one_position_are_a_fork() -> None:
    with pytest.raises(Broken, match="two different leaves were sent for position 3"):
        mirror(5).take(2, [HASHES[2], HASHES[9]])


def test_what_was_countersigned_is_not_sent_again() -> None:
    with pytest.raises(Broken, match="leaf 4 comes again, though the log was countersigned up to 5"):
        mirror(10, 5).take(4, HASHES[4:6])


@pytest.mark.parametrize("first", [-1, log.MAX_AHEAD + 40, 2**53])
def test_positions_out_of_all_bounds_are_refused(first: int) -> None:
    with pytest.raises(Malformed, match="out of all bounds"):
        mirror(40).take(first, HASHES[:1])


def test_a_store_that_lost_countersigned_leaves_is_broken() -> None:
    for missing in range(5):
        rows = [(n, hashed) for n, hashed in enumerate(HASHES[:8]) if n != missing]
        with pytest.raises(Broken, match=f"leaf {missing} is missing"):
            Mirror.of(NAME, rows, 5)


@pytest.mark.parametrize("size", [4, 11])
def test_countersigning_what_is_not_here_is_our_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="does not reach"):
        mirror(10, 5).countersigned(size)
