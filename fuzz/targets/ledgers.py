"""Ledgers: leaves, checkpoints, proofs, tiles, the evidence folder."""

from functools import cache

from tests.keys import signer

from comity.acts import evidence
from comity.core import merkle, strictjson
from comity.core.errors import Malformed
from comity.core.keys import PublicKey
from comity.ledger import leaf, note, tiles
from comity.ledger.note import Checkpoint
from fuzz.target import CORPUS

Folder = dict[str, bytes]
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(13)]


def read_leaf(raw: bytes) -> None:
    assert leaf.write(leaf.parse(raw)) == raw, "a leaf has one spelling"


@cache
def _keys() -> note.Keys:
    found = strictjson.parse((CORPUS.parent / "vectors" / "checkpoint" / "keys.json").read_bytes())
    return {party: (PublicKey.from_json(key),) for party, key in found.items()}


def read_note(raw: bytes) -> None:
    parsed = note.parse(raw)
    assert parsed.checkpoint.text + b"\n" + b"".join(line.text for line in parsed.lines) == raw
    assert note.origin_of(*note.parse_origin(parsed.checkpoint.origin)) == parsed.checkpoint.origin
    if len(parsed.lines) == 1 and parsed.lines[0].party != "BO":
        note.parse(note.cosign(raw, "BO", signer("BO")))
    assert note.verify(parsed, _keys()) in genuine_checkpoints(), "a forged checkpoint"


@cache
def genuine_checkpoints() -> frozenset[Checkpoint]:
    found = (CORPUS.parent / "vectors" / "checkpoint").glob("good*")
    return frozenset(note.parse(path.read_bytes()).checkpoint for path in found)


def origin(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    assert note.origin_of(*note.parse_origin(text)) == text


def proof(raw: bytes) -> None:
    """A proof from outside: two numbers and hashes. It is believed only where it is the one that RFC 9162 makes."""
    numbers, hashes = raw[:2], [raw[i : i + 32] for i in range(2, len(raw), 32)]
    if len(numbers) < 2:
        raise Malformed("a proof has two numbers")
    index, size = numbers
    leaf_hash = LEAVES[index % len(LEAVES)]
    root = merkle.root_of(LEAVES[: size % 14])
    if merkle.verify_inclusion(leaf_hash, index, size, hashes, root):
        assert hashes == merkle.inclusion_proof(LEAVES, index, size), "a forged proof of inclusion"
    [path] = merkle.proven_paths([leaf_hash], [index], size, [b"".join(hashes)], root)
    assert (path is not None) == merkle.verify_inclusion(leaf_hash, index, size, hashes, root)
    old_root = merkle.root_of(LEAVES[: index % 14])
    old, new = index % 14, size % 14
    if merkle.verify_consistency(old, new, hashes, old_root, root):
        assert hashes == merkle.consistency_proof(LEAVES, old, new), "a forged proof of consistency"


def tile(raw: bytes) -> None:
    """Tiles of level 0, and how many leaves they should hold."""
    value = _object(raw)
    size = value.pop("size", None)
    if type(size) is not int or not 0 <= size <= 100_000:
        raise Malformed("no size")
    tiles.leaf_hashes(_folder(value), size)


def folder(raw: bytes) -> None:
    """An evidence folder as path → text. What is verified is what really crossed."""
    files = _folder(_object(raw))
    report = evidence.check(files)
    for fault in report.faults:
        assert len(str(fault)) <= 1000, "a fault without bounds"
    assert not report.verified or files in genuine_folders(), "a forged journey"
    if not report.verified:
        raise Malformed("a fault was found")


@cache
def genuine_folders() -> tuple[Folder, ...]:
    return tuple(_folder(_object(path.read_bytes())) for path in (CORPUS / "evidence").glob("good*"))


def _object(raw: bytes) -> dict[str, object]:
    value = strictjson.parse(raw)
    if not isinstance(value, dict):
        raise Malformed("no folder")
    return value


def _folder(value: dict[str, object]) -> Folder:
    return {path: text.encode("latin-1", "replace") for path, text in value.items() if isinstance(text, str)}


CHECKS = {
    "leaf": read_leaf,
    "note": read_note,
    "origin": origin,
    "proof": proof,
    "tiles": tile,
    "evidence": folder,
}
