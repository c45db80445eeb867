"""The other side's log as it arrived here: what may be countersigned, and what is a fork (DECISIONS 15).

Pure values: a store keeps the leaves, in whatever order lanes brought them, and says what it has.
"""

from collections.abc import Callable
from dataclasses import dataclass

from comity.core.errors import Broken, Refused
from comity.ledger.note import Checkpoint


@dataclass(frozen=True, slots=True)
class Mirror:
    """The other side's log as far as it is known here.

    `size` leaves are here without a gap from the first; `root_at` answers the root over as many of them as asked for;
    `signed` is the checkpoint countersigned last, if any.
    """

    origin: str
    size: int
    root_at: Callable[[int], bytes]
    signed: Checkpoint | None = None


def countersign_at(mirror: Mirror, checkpoint: Checkpoint) -> int | None:
    """The size at which to put one's own line: the leaves here reproduce this root, and begin with all signed yet.

    `None` where there is nothing to sign: leaves below it are still on their way, or this size or a later one is
    countersigned already. Raises `Refused` for another log's checkpoint, `Broken` for a fork, whichever size it claims
    within what is here, naming both sizes and roots. The caller has verified the owner's signature (`note.verify`).
    """
    if checkpoint.origin != mirror.origin:
        raise Refused(f"this is a checkpoint of {checkpoint.origin}, not of {mirror.origin}")
    signed = mirror.signed
    if signed is not None and mirror.size < signed.size:
        raise Broken(
            f"{mirror.origin}: {signed.size} leaves were countersigned, but only {mirror.size} are here",
            "the store lost some, or is an old backup: run `comity ledger fsck`",
        )
    if checkpoint.size > mirror.size:
        return None
    ours = signed.root if signed and checkpoint.size == signed.size else mirror.root_at(checkpoint.size)
    if ours != checkpoint.root:
        last = "none yet" if signed is None else f"{signed.size} leaves, root {signed.root.hex()}"
        raise Broken(
            f"{mirror.origin} has two histories: at {checkpoint.size} leaves its owner signed the root "
            f"{checkpoint.root.hex()}, but the leaves sent here give {ours.hex()} (countersigned last: {last})",
            "keep the note and the envelopes: together they prove it",
        )
    return checkpoint.size if signed is None or checkpoint.size > signed.size else None
