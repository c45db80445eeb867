"""A tree's root is RFC 9162's, and a proof verifies exactly where it is true."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales.tlog import ConsistencyProof, ConsistencyProofInvalid, InclusionProof, InclusionProofInvalid

from comity.core import merkle
from comity.core.merkle import EMPTY, Tree, leaf_hash, node_hash, root_of

SIZES = range(71)
HASHES = [leaf_hash(bytes([n])) for n in SIZES]


def plain_root(hashes: Sequence[bytes]) -> bytes:
    """Section 2.1.1 to the letter, for comparison."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    split = next(2**k for k in range(64) if 2 ** (k + 1) >= len(hashes))
    return hashlib.sha256(b"\x01" + plain_root(hashes[:split]) + plain_root(hashes[split:])).digest()


ROOTS = [plain_root(HASHES[:size]) for size in SIZES]

# The leaves and roots that certificate transparency implementations share as test data.
PUBLIC_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
PUBLIC_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_roots_everybody_knows() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in PUBLIC_LEAVES]
    assert [Tree.of(leaves[: n + 1]).root.hex() for n in range(8)] == PUBLIC_ROOTS


def test_a_leaf_is_never_a_node() -> None:
    left, right = HASHES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"") != EMPTY == root_of([])


@pytest.mark.parametrize("size", SIZES)
def test_every_way_to_a_root_is_the_same(size: int) -> None:
    one_by_one = Tree()
    for hashed in HASHES[:size]:
        one_by_one = one_by_one.append(hashed)
    assert (
        one_by_one
        == Tree().extend(HASHES[:size])
        == Tree().extend(HASHES[: size // 3]).extend(HASHES[size // 3 : size])
    )
    assert one_by_one.root == root_of(HASHES[:size]) == ROOTS[size]
    assert one_by_one.size == size
    assert one_by_one == Tree.of(bytes([n]) for n in range(size))


@pytest.mark.parametrize(("size", "peaks"), [(-1, ()), (0, (EMPTY,)), (3, (EMPTY,)), (4, ())])
def test_a_tree_that_cannot_be_is_our_mistake(size: int, peaks: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="one peak for each bit"):
        Tree(size, peaks)


def every_proof(size: int) -> list[list[bytes]]:
    joined = merkle.inclusion_paths(HASHES[:size])
    return [[path[i : i + 32] for i in range(0, len(path), 32)] for path in joined]


@pytest.mark.parametrize("size", SIZES)
def test_each_leaf_is_proven(size: int) -> None:
    proofs = every_proof(size)
    assert len(proofs) == size
    for index, proof in enumerate(proofs):
        assert proof == merkle.inclusion_proof(HASHES, index, size)
        assert merkle.verify_inclusion(HASHES[index], index, size, proof, ROOTS[size])
        InclusionProof(index, size, proof).check(HASHES[index], ROOTS[size])


@pytest.mark.parametrize("new", SIZES)
def test_each_beginning_is_proven(new: int) -> None:
    for old in range(new + 1):
        proof = merkle.consistency_proof(HASHES, old, new)
        assert merkle.verify_consistency(old, new, proof, ROOTS[old], ROOTS[new])
        ConsistencyProof(old, new, proof).check(ROOTS[old], ROOTS[new])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3), (0, 72)])
def test_proving_what_is_not_there_is_our_mistake(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="there is no leaf"):
        merkle.inclusion_proof(HASHES, index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (4, 3), (3, 72)])
def test_proving_from_what_is_not_there_is_our_mistake(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="there is no proof"):
        merkle.consistency_proof(HASHES, old, new)


@pytest.mark.parametrize("size", range(1, 18))
def test_a_proof_proves_nothing_else(size: int) -> None:
    """Every other index, size, leaf and root within reach, a step more and a step less: all false."""
    for index, proof in enumerate(every_proof(size)):
        for other in range(-1, 20):
            assert merkle.verify_inclusion(HASHES[index], other, size, proof, ROOTS[size]) == (other == index)
            if other != index and other >= 0:
                assert not merkle.verify_inclusion(HASHES[other], index, size, proof, ROOTS[size])
            if 0 <= other != size:
                assert not merkle.verify_inclusion(HASHES[index], index, size, proof, ROOTS[other])
        for changed in mutations(proof):
            assert not merkle.verify_inclusion(HASHES[index], index, size, changed, ROOTS[size])


@pytest.mark.parametrize("size", range(1, 18))
def test_many_leaves_are_proven_as_each_alone(size: int) -> None:
    """All of a tree's leaves, in order or not, some of them, one with a wrong proof or index, under another root."""
    alone = merkle.verify_inclusion
    proofs = [merkle.inclusion_proof(HASHES, index, size) for index in range(size)]
    wrong = [[*proofs[0], EMPTY], *proofs[1:]]
    everything = list(range(size))
    for chosen in (everything, everything[::-1], everything[1:], [0] * size, []):
        for paths in (proofs, wrong):
            for root in (ROOTS[size], ROOTS[size - 1]):
                leaves = [HASHES[index] for index in chosen]
                mine = [b"".join(paths[index]) for index in chosen]
                assert merkle.proven_paths(leaves, chosen, size, mine, root) == [
                    path if alone(HASHES[index], index, size, paths[index], root) else None
                    for index, path in zip(chosen, mine, strict=True)
                ]


@pytest.mark.parametrize("size", range(1, 18))
def test_a_path_may_be_left_out_where_all_leaves_are_there_in_their_order(size: int) -> None:
    everything, paths = list(range(size)), merkle.inclusion_paths(HASHES[:size])
    half = [None if index % 2 else paths[index] for index in everything]
    for said in ([None] * size, half):
        assert merkle.proven_paths(HASHES[:size], everything, size, said, ROOTS[size]) == paths
    nothing = [None] * size
    assert merkle.proven_paths(HASHES[:size], everything, size, nothing, ROOTS[size + 1]) == nothing
    less_and_more = (everything[1:], size), (everything[:-1], size), (everything, size + 1), ([*everything, 0], size)
    for chosen, of in less_and_more:
        leaves, left_out = [HASHES[index] for index in chosen], [None] * len(chosen)
        assert merkle.proven_paths(leaves, chosen, of, left_out, ROOTS[of]) == left_out
    if size > 1:
        turned = everything[::-1]
        assert merkle.proven_paths([HASHES[n] for n in turned], turned, size, nothing, ROOTS[size]) == nothing
        assert merkle.proven_paths(HASHES[:size], turned, size, nothing, ROOTS[size]) == nothing


@pytest.mark.parametrize("new", range(1, 18))
def test_a_consistency_proof_proves_nothing_else(new: int) -> None:
    for old in range(new + 1):
        proof = merkle.consistency_proof(HASHES, old, new)
        for root in (r for r in ROOTS[:20] if r not in (ROOTS[old], ROOTS[new])):
            assert not merkle.verify_consistency(old, new, proof, root, ROOTS[new])
            assert not merkle.verify_consistency(old, new, proof, ROOTS[old], root) or old == 0
        for changed in mutations(proof):
            assert not merkle.verify_consistency(old, new, changed, ROOTS[old], ROOTS[new])
    assert not merkle.verify_consistency(-1, new, [], EMPTY, ROOTS[new])
    assert not merkle.verify_consistency(new + 1, new, [], ROOTS[new + 1], ROOTS[new])


def mutations(proof: list[bytes]) -> list[list[bytes]]:
    """A hash changed, cut, left out, added or doubled; two neighbours exchanged."""
    found = [[*proof, EMPTY], [EMPTY, *proof], [*proof, b""]]
    for n, hashed in enumerate(proof):
        before, after = proof[:n], proof[n + 1 :]
        found += [
            [*before, bytes([hashed[0] ^ 1]) + hashed[1:], *after],
            [*before, hashed[:-1], *after],
            [*before, *after],
            [*before, hashed, hashed, *after],
        ]
        if after:
            found.append([*before, after[0], hashed, *after[1:]])
    return found


@given(
    st.integers(-2, 70), st.integers(-2, 70), st.lists(st.sampled_from(HASHES + ROOTS + [b""]), max_size=8), st.data()
)  # fmt: skip
def test_we_believe_what_an_independent_reader_believes(
    a: int, b: int, proof: list[bytes], data: st.DataObject
) -> None:
    if 0 <= a < b and data.draw(st.booleans()):
        proof = merkle.consistency_proof(HASHES, a, b)[: data.draw(st.integers(0, 8))] + proof[:1]
    old_root, new_root = ROOTS[max(a, 0)], ROOTS[max(b, 0)]
    ours = merkle.verify_consistency(a, b, proof, old_root, new_root)
    try:
        ConsistencyProof(a, b, list(proof)).check(old_root, new_root)
        theirs = True
    except ConsistencyProofInvalid:
        theirs = False
    assert ours == theirs or (a == b < 0)
    leaf = HASHES[max(a, 0)]
    try:
        InclusionProof(a, b, list(proof)).check(leaf, new_root)
        theirs = a >= 0
    except (InclusionProofInvalid, ValueError):
        theirs = False
    assert merkle.verify_inclusion(leaf, a, b, proof, new_root) == theirs


@given(st.lists(st.binary(max_size=4), max_size=40), st.lists(st.binary(max_size=4), max_size=40))
def test_other_leaves_have_another_root(first: list[bytes], second: list[bytes]) -> None:
    assert (Tree.of(first).root == Tree.of(second).root) == (first == second)


def test_the_whole_tree_is_proven_too_and_not_only_a_beginning_of_it() -> None:
    hashes = [merkle.leaf_hash(bytes([n])) for n in range(5)]
    root = merkle.root_of(hashes)
    assert merkle.verify_inclusion(hashes[4], 4, 5, merkle.inclusion_proof(hashes, 4, 5), root)
    proof = merkle.consistency_proof(hashes, 3, 5)
    assert merkle.verify_consistency(3, 5, proof, merkle.root_of(hashes[:3]), root)
