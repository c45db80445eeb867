"""The other side's log is countersigned where its leaves reproduce the root, and a fork is named with both roots."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.errors import Broken, Refused
from comity.core.merkle import Tree, leaf_hash, root_of
from comity.ledger.log import Mirror, countersign_at
from comity.ledger.note import Checkpoint

LEAVES = [b"leaf %d" % n for n in range(40)]
OTHERS = [b"another history", *LEAVES[1:]]
NAME = "comity/AL-BO/AL/main"
SIZES = st.integers(0, 40)


def at(size: int, leaves: Sequence[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(NAME, size, Tree.of(leaves[:size]).root)


def mirror(size: int, signed: int | None = None, leaves: Sequence[bytes] = LEAVES) -> Mirror:
    hashes = [leaf_hash(leaf) for leaf in leaves]
    return Mirror(NAME, size, lambda n: root_of(hashes[:n]), None if signed is None else at(signed))


@given(SIZES, st.none() | SIZES, SIZES)
def test_one_signs_what_is_here_and_new(here: int, signed: int | None, claimed: int) -> None:
    here = max(here, signed or 0)
    new = claimed <= here and (signed is None or claimed > signed)
    assert countersign_at(mirror(here, signed), at(claimed)) == (claimed if new else None)


@given(st.integers(1, 40), st.none() | SIZES, st.integers(1, 40))
def test_a_fork_is_named_with_both_sizes_and_roots(here: int, signed: int | None, claimed: int) -> None:
    """Older, newer or equal to the one countersigned last: within what is here no second history passes."""
    here = max(here, signed or 0)
    forged = at(claimed, OTHERS)
    if claimed > here:
        assert countersign_at(mirror(here, signed), forged) is None
        return
    with pytest.raises(Broken) as fork:
        countersign_at(mirror(here, signed), forged)
    last = [] if signed is None else [f"{signed} leaves, root {at(signed).root.hex()}"]
    for said in (NAME, f"at {claimed} leaves", forged.root.hex(), at(claimed).root.hex(), *last):
        assert said in fork.value.message


@pytest.mark.parametrize("claimed", [at(20), at(10), at(5)], ids=["newer", "the same", "older"])
def test_a_store_that_lost_what_was_countersigned_is_broken(claimed: Checkpoint) -> None:
    with pytest.raises(Broken, match="10 leaves were countersigned, but only 9 are here"):
        countersign_at(mirror(9, 10), claimed)


def test_another_logs_checkpoint_is_refused() -> None:
    with pytest.raises(Refused, match="not of comity/AL-BO/AL/main"):
        countersign_at(mirror(20), Checkpoint("comity/AL-BO/BO/main", 20, at(20).root))
