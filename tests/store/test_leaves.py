"""Logs are only appended to, their trees are resumed, and a mirror never changes its mind."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.core.errors import Broken, Malformed
from comity.core.merkle import EMPTY, Tree, leaf_hash
from comity.records import CheckpointRow
from tests.store.scene import Small

LEAVES = [b"leaf %d" % n for n in range(20)]


def test_a_log_grows_and_its_tree_is_resumed(small: Small) -> None:
    """Whatever the batches, the tree is that of all leaves."""
    with small.store.begin() as tx:
        assert tx.root("out") == EMPTY
        assert tx.append("out", LEAVES[:3]) == 0
        assert tx.append("out", []) == 3
    small.reopen()
    with small.store.begin() as tx:
        assert tx.append("out", LEAVES[3:10]) == 3
        assert tx.append("decisions", LEAVES[:1]) == 0
    with small.store.reader() as reader:
        assert reader.tree("out") == Tree.of(LEAVES[:10])
        assert reader.leaves("out", 2, 5) == list(enumerate(LEAVES))[2:5]
        assert reader.leaf_hashes("out", 0, 3) == [leaf_hash(raw) for raw in LEAVES[:3]]
        assert reader.log_size("decisions") == 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15), st.integers(1, 5)), max_size=8))
def test_a_mirror_is_whole_as_far_as_it_has_no_gap(small: Small, pieces: list[tuple[int, int]]) -> None:
    """Pieces in any order, twice and overlapping; the tree covers what is whole from the first leaf."""
    with small.store.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM leaf")
        connection.exec_driver_sql("DELETE FROM stack")
    known: set[int] = set()
    with small.store.begin() as tx:
        for first, count in pieces:
            tx.put_mirror("in", first, LEAVES[first : first + count])
            known.update(range(first, first + count))
        whole = next(n for n in range(100) if n not in known)
        assert tx.tree("in") == Tree.of(LEAVES[:whole])
        assert [n for n, _ in tx.leaves("in", 0, 100)] == sorted(known)


def test_a_mirror_refuses_another_history(small: Small) -> None:
    """What the partner said once at a position stands; a leaf that is too long is no leaf."""
    with small.store.begin() as tx:
        tx.put_mirror("in", 0, LEAVES[:5])
        with pytest.raises(Broken, match="position 3"):
            tx.put_mirror("in", 2, [LEAVES[2], b"another"])
        for first, raw in ((5, b"x" * 1025), (-1, b"x")):
            with pytest.raises(Malformed):
                tx.put_mirror("in", first, [raw])


@pytest.mark.parametrize(("log", "raw"), [("in", b"x"), ("out", b"x" * 1025)])
def test_what_no_log_of_ours_may_hold(small: Small, log: str, raw: bytes) -> None:
    """The mirror is the partner's; a leaf has at most 1,024 bytes."""
    with small.store.begin() as tx, pytest.raises(ValueError, match=r"mirror|at most"):
        tx.append(log, [raw])


def test_the_newest_checkpoint_is_found(small: Small) -> None:
    """With or without the other side's line; a line added later replaces the row."""
    bare, full = CheckpointRow("out", 7, b"note", cosigned=False), CheckpointRow("out", 5, b"both", cosigned=True)
    with small.store.begin() as tx:
        assert tx.checkpoint("out", cosigned=False) is None
        tx.put_checkpoint(CheckpointRow("out", 5, b"ours", cosigned=False))
        tx.put_checkpoint(full)
        tx.put_checkpoint(bare)
        assert tx.checkpoint("out", cosigned=False) == bare
        assert tx.checkpoint("out", cosigned=True) == full
        assert tx.checkpoint("in", cosigned=True) is None
