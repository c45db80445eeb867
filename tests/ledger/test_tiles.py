"""Tiles are those of C2SP: an independent reader finds our root, proofs, entries and signatures in them."""

from collections.abc import Mapping

import pytest
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey

from comity.core import merkle
from comity.core.errors import Malformed
from comity.core.merkle import Tree, leaf_hash
from comity.ledger import note
from comity.ledger.note import Checkpoint
from comity.ledger.tiles import leaf_hashes, path, tiles
from tests.ledger.scene import SIGNERS, checkpoint, origin


class Folder:
    """Our files as that reader asks for them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def get(self, *parts: str) -> bytes | None:
        return self.files.get("/".join(parts))


def a_log(size: int) -> tuple[list[bytes], list[bytes]]:
    leaves = [b"leaf %d" % n for n in range(size)]
    return leaves, [leaf_hash(leaf) for leaf in leaves]


@pytest.mark.parametrize("size", [1, 2, 70, 255, 256, 257, 512, 700])
def test_an_independent_reader_agrees(size: int) -> None:
    leaves, hashes = a_log(size)
    reader = TilesReader(Folder(tiles(hashes, leaves) | {"checkpoint": checkpoint("AL", leaves)}))
    seen = reader.get_checkpoint()
    assert (seen.origin, seen.size, seen.root_hash) == (origin("AL"), size, Tree.of(leaves).root)
    assert reader.calculate_root_hash() == seen.root_hash
    for party, held in SIGNERS.items():
        seen.verify(Vkey.from_string(note.verifier_key(party, held.public)))
    for index in {0, size // 2, size - 1}:
        assert reader.get_entry(index) == leaves[index]
        assert reader.get_inclusion_proof(index, size).node_hashes == merkle.inclusion_proof(hashes, index, size)
        if index:
            proof = reader.get_consistency_proof(index, size)
            assert proof.node_hashes == merkle.consistency_proof(hashes, index, size)


@pytest.mark.slow
def test_an_independent_reader_agrees_on_three_levels() -> None:
    """The example of the specification: 70,000 leaves are 274 tiles, two, and one."""
    leaves, hashes = a_log(70_000)
    files = tiles(hashes, leaves)
    reader = TilesReader(Folder(files))
    reader.set_size(70_000)
    assert reader.calculate_root_hash() == Tree().extend(hashes).root
    widths = [
        len(files[name]) // 32 for name in ("tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1")
    ]
    assert widths == [112, 256, 17, 1]
    assert len(files) == 2 * 274 + 2 + 1


def test_an_empty_log_has_no_tile() -> None:
    assert tiles([], []) == {}
    assert leaf_hashes({}, 0) == []


@pytest.mark.parametrize(
    ("index", "width", "written"),
    [
        (0, 256, "tile/0/000"),
        (0, 1, "tile/0/000.p/1"),
        (999, 255, "tile/0/999.p/255"),
        (1000, 256, "tile/0/x001/000"),
        (1_234_067, 256, "tile/0/x001/x234/067"),
        (1_234_067, 7, "tile/0/x001/x234/067.p/7"),
    ],
)
def test_the_path_of_a_tile(index: int, width: int, written: str) -> None:
    assert path("0", index, width) == written


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_leaf_hashes_are_read_again(size: int) -> None:
    leaves, hashes = a_log(size)
    assert leaf_hashes(tiles(hashes, leaves), size) == hashes


def test_a_missing_or_short_tile_is_refused() -> None:
    leaves, hashes = a_log(300)
    files = tiles(hashes, leaves)
    for wrong in (
        {name: raw for name, raw in files.items() if name != "tile/0/000"},
        files | {"tile/0/000": files["tile/0/000"][:-1]},
    ):
        with pytest.raises(Malformed, match="tile/0/000 is missing or does not hold 256"):
            leaf_hashes(wrong, 300)


@pytest.mark.parametrize(("hashes", "leaves"), [([], [b""]), ([b"x" * 32], [b"x" * 65_536])])
def test_what_no_tile_can_hold_is_our_mistake(hashes: list[bytes], leaves: list[bytes]) -> None:
    with pytest.raises(ValueError, match="at most 65,535"):
        tiles(hashes, leaves)


def test_an_empty_checkpoint_is_read_by_others() -> None:
    raw = note.write(Checkpoint(origin("AL"), 0, merkle.EMPTY), SIGNERS["AL"])
    reader = TilesReader(Folder({"checkpoint": raw}))
    assert reader.get_checkpoint().root_hash == reader.calculate_root_hash()
