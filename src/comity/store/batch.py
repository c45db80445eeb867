"""What the private decisions log says of one follower batch: a root over every record, decision and outcome of it.

A refusal can then be proved like a release (DECISIONS 15): its place leads to the root, the root stands in the leaf.
Pure: rows in, a root out.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from comity.core import instants
from comity.core.merkle import leaf_hash, root_of
from comity.records import OutcomeRow, ReleaseRow

_pack = msgspec.msgpack.Encoder().encode
Value = str | int | bytes | None
Row = tuple[Value, ...]


def batch_root(outcomes: Iterable[OutcomeRow], releases: Iterable[ReleaseRow]) -> str:
    """The RFC 9162 root, in hex, over the batch's outcomes by position, then its releases by view and sequence.

    A release's state is left out: it changes later.
    """
    return rows_root(
        [(one.pos, one.rid, one.did, one.outcome) for one in sorted(outcomes, key=lambda one: one.pos)],
        [
            (
                one.view,
                one.seq,
                one.handle,
                one.rid,
                one.copy,
                one.did,
                one.kind,
                one.ext_id,
                one.ext_ver,
                instants.text(one.added),
                _maybe(one.valid_until),
            )
            for one in sorted(releases, key=lambda one: (one.view, one.seq))
        ],
    )


def rows_root(outcomes: Iterable[Row], releases: Iterable[Row]) -> str:
    """As `batch_root`, over rows with these columns and in this order."""
    hashes = [leaf_hash(b"outcome" + encoded(row)) for row in outcomes]
    hashes += [leaf_hash(b"release" + encoded(row)) for row in releases]
    return root_of(hashes).hex()


def encoded(values: Iterable[Value]) -> bytes:
    """One spelling for a list of values, MessagePack's: each with its type and length, so that no two lists agree.

    What we write always has it; what somebody wrote into a row may not, and then has another that no row of ours has.
    """
    plain = [int(value) if value is True or value is False else value for value in values]
    try:
        return _pack(plain)
    except (UnicodeEncodeError, OverflowError):
        return b"\xc1" + _spelt(plain)


def _spelt(values: Iterable[Value]) -> bytes:
    parts: list[str] = []
    for value in values:
        if value is None:
            parts.append("n;")
        elif isinstance(value, str):
            parts.append(f"s{len(value)}:{value}")
        elif isinstance(value, int):
            parts.append(f"i{int(value)};")
        else:
            parts.append(f"b{value.hex()};")
    return "".join(parts).encode("utf-8", "surrogateescape")


def _maybe(instant: datetime | None) -> str | None:
    return None if instant is None else instants.text(instant)
