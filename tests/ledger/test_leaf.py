"""A leaf is small, says only what its kind says, and is written in one way."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import strictjson
from comity.core.errors import Malformed
from comity.core.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from comity.ledger import leaf
from comity.ledger.leaf import Event, Followed, Leaf, Lost, Noticed, Received, Released, Void

VECTORS = Path(__file__).parents[1] / "vectors" / "ledger"

DIGEST = "0123456789abcdef" * 4
RELEASED = Released("ab" * 16, DIGEST, "FLASH", 1, 2, 0)
LEAVES: list[Leaf] = [
    RELEASED,
    Noticed(DIGEST, "IMMEDIATE", 1, 2, 0),
    Void("ROUTINE", 1, 2, "recalled"),
    Received(DIGEST, "PRIORITY", 3, 1, "accepted"),
    Event("suspended", DIGEST),
    Lost(11_898),
    Followed(0, 12, 12, DIGEST),
]

NUMBERS = st.integers(1, leaf.MAX_NUMBER)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
LANES = st.sampled_from(["FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE"])
CODES = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,63}", fullmatch=True)
ANY_LEAF = st.one_of(
    st.builds(Released, st.binary(min_size=16, max_size=16).map(bytes.hex), DIGESTS, LANES, NUMBERS, NUMBERS, NUMBERS),
    st.builds(Noticed, DIGESTS, LANES, NUMBERS, NUMBERS, NUMBERS),
    st.builds(Void, LANES, NUMBERS, NUMBERS, CODES),
    st.builds(Received, DIGESTS, LANES, NUMBERS, NUMBERS, CODES),
    st.builds(Event, CODES, DIGESTS),
    st.builds(Lost, NUMBERS),
    st.builds(Followed, NUMBERS, NUMBERS, NUMBERS, DIGESTS),
)


@given(ANY_LEAF)
def test_what_was_written_is_read(value: Leaf) -> None:
    raw = leaf.write(value)
    assert leaf.parse(raw) == value
    assert len(raw) <= leaf.MAX_BYTES


@given(st.lists(st.tuples(st.binary(min_size=16, max_size=16).map(bytes.hex), DIGESTS)), LANES, NUMBERS, NUMBERS)
def test_the_leaves_of_one_envelope_are_written_as_each_alone(
    things: list[tuple[str, str]], lane: str, epoch: int, sequence: int
) -> None:
    alone = [leaf.write(Released(*thing, lane, epoch, sequence, n)) for n, thing in enumerate(things)]
    assert leaf.released(things, lane, epoch, sequence) == alone


@pytest.mark.parametrize(
    ("thing", "number"),
    [
        (("AB" * 16, DIGEST), ("FLASH", 1, 1)),
        (("ab" * 16, DIGEST[1:]), ("FLASH", 1, 1)),
        (("ab" * 16, DIGEST), ("URGENT", 1, 1)),
        (("ab" * 16, DIGEST), ("FLASH", 0, 1)),
        (("ab" * 16, DIGEST), ("FLASH", 1, 2**53)),
    ],
)
def test_leaves_of_an_envelope_say_nothing_that_one_alone_may_not(
    thing: tuple[str, str], number: tuple[str, int, int]
) -> None:
    with pytest.raises(Malformed):
        leaf.released([thing], *number)


def test_every_kind_is_here() -> None:
    assert {type(value) for value in LEAVES} == set(leaf.KINDS.values())
    assert [strictjson.parse(leaf.write(value))["leaf"] for value in LEAVES] == list(leaf.KINDS)


def test_the_members_have_the_names_of_the_format() -> None:
    assert leaf.write(LEAVES[-1]) == b'{"count":12,"from":0,"leaf":"followed","root":"%s","upto":12}' % DIGEST.encode()


@pytest.mark.parametrize(
    "value",
    [
        replace(RELEASED, handle="ab"),
        replace(RELEASED, handle="AB" * 16),
        replace(RELEASED, item=DIGEST[:-1]),
        replace(RELEASED, item=DIGEST + "\n"),
        replace(RELEASED, lane="flash"),
        replace(RELEASED, lane="URGENT"),
        replace(RELEASED, epoch=0),
        replace(RELEASED, sequence=0),
        replace(RELEASED, position=-1),
        replace(RELEASED, position=2**53),
        replace(RELEASED, position=True),
        replace(RELEASED, position=1.0),  # type: ignore[arg-type]  # a number that is not whole is what is refused
        replace(RELEASED, handle=None),  # type: ignore[arg-type]  # so is the lack of one
        Void("ROUTINE", 1, 1, "Because they asked"),
        Void("ROUTINE", 1, 1, ""),
        Void("ROUTINE", 1, 1, "x" * 65),
    ],
    ids=repr,
)
def test_what_a_leaf_cannot_say(value: Leaf) -> None:
    with pytest.raises(Malformed, match="a leaf's"):
        leaf.write(value)


def test_a_leaf_is_never_longer_than_a_kilobyte() -> None:
    """The longest of all: each member at its limit."""
    most = leaf.MAX_NUMBER
    longest: list[Leaf] = [
        Released("ab" * 16, DIGEST, "IMMEDIATE", most, most, most),
        Received(DIGEST, "IMMEDIATE", most, most, "x" * 64),
    ]
    assert max(len(leaf.write(value)) for value in [*LEAVES, *longest]) <= leaf.MAX_BYTES


def altered(**members: Any) -> bytes:
    """The `released` leaf with other members, in canonical form; `None` leaves one out."""
    value = strictjson.parse(leaf.write(RELEASED)) | members
    return strictjson.canonical({name: member for name, member in value.items() if member is not None})


REFUSED = {
    "nothing": (b"", "not JSON"),
    "a list": (b"[]", "of a kind we know"),
    "no kind": (altered(leaf=None), "of a kind we know"),
    "an unknown kind": (altered(leaf="deleted"), "of a kind we know"),
    "a kind that is no text": (altered(leaf=1), "of a kind we know"),
    "a member too many": (altered(title="x"), "has exactly"),
    "a member too few": (altered(lane=None), "has exactly"),
    "a member of another kind": (altered(reason="x"), "has exactly"),
    "an object inside": (altered(item={"a": 1}), "nested too deeply"),
    "a number as text": (altered(epoch="1"), "a leaf's epoch"),
    "a text as number": (altered(lane=1), "a leaf's lane"),
    "members in another order": (json.dumps(strictjson.parse(leaf.write(RELEASED))).encode(), "canonical form"),
    "a space": (leaf.write(RELEASED) + b" ", "canonical form"),
    "an escape that is not needed": (leaf.write(RELEASED).replace(b"FLASH", b"\\u0046LASH"), "canonical form"),
    "a number in another spelling": (leaf.write(RELEASED).replace(b'"epoch":1', b'"epoch":1.0'), "a leaf's epoch"),
    "a member twice": (leaf.write(RELEASED)[:-1] + b',"lane":"FLASH"}', "stands twice"),
    "too large": (leaf.write(RELEASED) + b" " * 1000, "too large"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_leaf(case: str) -> None:
    raw, reason = REFUSED[case]
    with pytest.raises(Malformed, match=reason):
        leaf.parse(raw)


@given(
    st.binary(max_size=60)
    | ANY_LEAF.map(leaf.write).flatmap(lambda raw: st.integers(0, len(raw)).map(lambda n: raw[:n]))
)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = leaf.parse(raw)
    except Malformed:
        return
    assert leaf.write(value) == raw


def vector_cases() -> list[Any]:
    cases: list[dict[str, Any]] = strictjson.parse((VECTORS / "leaves.json").read_bytes())
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", vector_cases())
def test_the_golden_vectors(case: dict[str, Any]) -> None:
    raw = case["leaf"].encode()
    if case["error"]:
        with pytest.raises(Malformed) as refusal:
            leaf.parse(raw)
        assert case["error"] in str(refusal.value)
    else:
        assert leaf.write(leaf.parse(raw)) == raw
        assert leaf_hash(raw).hex() == case["hash"]


def test_the_golden_tree() -> None:
    """Roots and proofs over the good leaves, in their order."""
    tree: dict[str, Any] = strictjson.parse((VECTORS / "tree.json").read_bytes())
    leaves = [case.values[0]["leaf"].encode() for case in vector_cases() if not case.values[0]["error"]]
    hashes, size = [leaf_hash(raw) for raw in leaves], len(leaves)
    roots = [bytes.fromhex(root) for root in tree["roots"]]
    assert roots == [root_of(hashes[:n]) for n in range(size + 1)]
    for entry in tree["inclusion"]:
        proof = [bytes.fromhex(node) for node in entry["proof"]]
        assert inclusion_proof(hashes, entry["index"], size) == proof
        assert verify_inclusion(hashes[entry["index"]], entry["index"], size, proof, roots[size])
    for entry in tree["consistency"]:
        proof = [bytes.fromhex(node) for node in entry["proof"]]
        assert consistency_proof(hashes, entry["old"], size) == proof
        assert verify_consistency(entry["old"], size, proof, roots[entry["old"]], roots[size])
    assert (len(tree["inclusion"]), len(tree["consistency"])) == (size, size + 1)


def test_every_vector_is_walked_through() -> None:
    assert {path.name for path in VECTORS.iterdir()} == {"leaves.json", "tree.json"}
