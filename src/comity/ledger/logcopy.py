"""One party's log as files of an evidence folder: its checkpoint, its leaves, its tiles. Written, read, checked.

Three copies of the same facts, so that the one that was altered can be named and not just missed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comity.agreement.instrument import Agreement
from comity.core.errors import ComityError, Malformed
from comity.core.merkle import leaf_hash, root_of
from comity.ledger import leaf as leaves_of
from comity.ledger import note as notes
from comity.ledger.fsck import Fault
from comity.ledger.leaf import Event, Leaf, Lost, Noticed, Received, Released, Void
from comity.ledger.note import Checkpoint
from comity.ledger.tiles import leaf_hashes, tiles

PARTNER_KINDS = (Released, Noticed, Void, Received, Event, Lost)


@dataclass(frozen=True, slots=True)
class LogCopy:
    """What was read. `checkpoint` is `None` unless both parties signed it; `sound` says that the leaves reproduce it.

    `leaves` may go on beyond the checkpoint: what is newer is vouched for by envelopes and receipts alone.
    """

    party: str
    checkpoint: Checkpoint | None
    leaves: tuple[bytes, ...]
    parsed: tuple[Leaf | None, ...]
    sound: bool

    def where(self, position: int) -> str:
        """The line of the file in which the leaf at `position` stands."""
        return f"{folder(self.party)}entries.ndjson line {position + 1}"

    def has(self, position: int, leaf: bytes) -> bool:
        return position < len(self.leaves) and self.leaves[position] == leaf


def folder(party: str) -> str:
    return f"logs/{notes.part(party)}/"


def write_log(party: str, checkpoint: bytes, leaves: Sequence[bytes]) -> dict[str, bytes]:
    """The files of one log: the note both signed, every leaf a line, and the tiles at the note's size."""
    size = notes.parse(checkpoint).checkpoint.size
    covered = leaves[:size]
    files = {
        "checkpoint": checkpoint,
        "entries.ndjson": b"".join(leaf + b"\n" for leaf in leaves),
        **tiles([leaf_hash(leaf) for leaf in covered], covered),
    }
    return {folder(party) + path: raw for path, raw in files.items()}


def read_log(files: Mapping[str, bytes], agreement: Agreement, party: str) -> tuple[LogCopy, list[Fault]]:
    """The party's log and every fault of its files. Recomputed from the first leaf; nothing stored is believed."""
    faults: list[Fault] = []
    here = folder(party)
    own = {path.removeprefix(here): raw for path, raw in files.items() if path.startswith(here)}
    checkpoint = _read_checkpoint(here + "checkpoint", own.get("checkpoint"), agreement, party, faults)
    leaves = _read_lines(here + "entries.ndjson", own.get("entries.ndjson"), faults)
    parsed = tuple(_read_leaf(f"{here}entries.ndjson line {n}", raw, faults) for n, raw in enumerate(leaves, 1))
    sound = False
    if checkpoint is not None:
        hashes = [leaf_hash(leaf) for leaf in leaves[: checkpoint.size]]
        sound = len(hashes) == checkpoint.size and root_of(hashes) == checkpoint.root
        tiled = {path: raw for path, raw in own.items() if path.startswith("tile/")}
        faults += (
            _compare_tiles(here, tiled, tiles(hashes, leaves[: checkpoint.size]))
            if sound
            else _find_altered(here, tiled, hashes, checkpoint)
        )
    known = {"checkpoint", "entries.ndjson"}
    strange = [path for path in own if path not in known and not path.startswith("tile/")]
    faults += [Fault(here + path, "no file of this name belongs here") for path in sorted(strange)]
    return LogCopy(party, checkpoint, leaves, parsed, sound), faults


def _read_checkpoint(
    where: str, raw: bytes | None, agreement: Agreement, party: str, faults: list[Fault]
) -> Checkpoint | None:
    if raw is None:
        faults.append(Fault(where, "the file is missing"))
        return None
    try:
        checkpoint = notes.verify(notes.parse(raw), notes.keys_of([agreement]), required=agreement.party_ids)
    except ComityError as error:
        faults.append(Fault(where, error.message))
        return None
    of_agreement, of_party, _ = notes.parse_origin(checkpoint.origin)
    if (of_agreement, of_party) != (agreement.id, party):
        faults.append(Fault(where, f"this is a checkpoint of another log: {checkpoint.origin}"))
        return None
    return checkpoint


def _read_lines(where: str, raw: bytes | None, faults: list[Fault]) -> tuple[bytes, ...]:
    if raw is None:
        faults.append(Fault(where, "the file is missing"))
        return ()
    *lines, rest = raw.split(b"\n")
    if rest:
        faults.append(Fault(where, "its last line is cut off"))
        lines.append(rest)
    return tuple(lines)


def _read_leaf(where: str, raw: bytes, faults: list[Fault]) -> Leaf | None:
    try:
        leaf = leaves_of.parse(raw)
    except Malformed as error:
        faults.append(Fault(where, error.message))
        return None
    if not isinstance(leaf, PARTNER_KINDS):
        faults.append(Fault(where, "a leaf of this kind does not belong in a partner log"))
        return None
    return leaf


def _compare_tiles(here: str, found: Mapping[str, bytes], expected: Mapping[str, bytes]) -> list[Fault]:
    """The leaves are the signed ones: whatever tile says otherwise was altered."""
    faults = []
    for path in sorted(found.keys() | expected.keys()):
        if path not in expected:
            faults.append(Fault(here + path, "a log of this size has no such tile"))
        elif path not in found:
            faults.append(Fault(here + path, "the file is missing"))
        elif found[path] != expected[path]:
            faults.append(Fault(here + path, "this tile is not what the signed leaves give"))
    return faults


def _find_altered(
    here: str, found: Mapping[str, bytes], hashes: Sequence[bytes], checkpoint: Checkpoint
) -> list[Fault]:
    """The leaves are not the signed ones. If the tiles still are, they tell which line was altered."""
    entries = here + "entries.ndjson"
    try:
        signed = leaf_hashes(found, checkpoint.size)
    except Malformed as error:
        return [
            Fault(entries, "its leaves do not give the root both sides signed"),
            Fault(here + "tile", error.message),
        ]
    if root_of(signed) != checkpoint.root:
        both = "neither the leaves nor the tiles give the root both sides signed"
        return [Fault(entries, both), Fault(here + "tile", both)]
    wrong = [n for n, hashed in enumerate(signed) if n >= len(hashes) or hashes[n] != hashed]
    more = f" (and {len(wrong) - 1} lines after it)" if len(wrong) > 1 else ""
    return [Fault(f"{entries} line {wrong[0] + 1}", f"it is not the leaf both sides signed{more}")]
