"""One signer, known beforehand, in the one spelling: how every format of this room is opened (laws 7 and 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from comity.core import dsse, instants
from comity.core.errors import Malformed, Refused
from comity.core.keys import PublicKey

Keys = Mapping[str, Sequence[PublicKey]]
"""Party → the keys under which it may sign now. Two during a rollover, else one."""

SMALL = 64 * 1024
"""Bytes: the most a statement, a pull or a contact card may have."""
NOTICE = 96 * 1024
"""Bytes: the most a notice may have. A discharge that names every thing of an envelope fits in one."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Verified bytes, whose they are, and the identity of the key that signed."""

    signer: str
    kid: str
    payload: bytes


def unwrap(raw: bytes, payload_type: str, keys: Keys, what: str, *, max_bytes: int = SMALL) -> Signed:
    """The payload of `raw` if exactly one party of `keys` signed it, with both halves.

    The outer JSON must be spelt as `dsse.write` spells it: a carrier that could re-space it would change the digest by
    which the next envelope names it, and so make an honest sender look like one that tells two stories.
    Raises `Malformed` for the shape, `Refused` for the signature.
    """
    written = dsse.as_written(raw) if len(raw) <= max_bytes else None
    sealed = dsse.parse(raw, what, max_bytes=max_bytes) if written is None else written
    if len(sealed.signatures) != 1:
        raise Refused(f"{what} must be signed by exactly one key, not by {len(sealed.signatures)}")
    (kid,) = sealed.signatures
    owners = [(party, key) for party, ours in keys.items() for key in ours if key.kid == kid]
    if len(owners) != 1:
        raise Refused(
            f"{what} is signed by a key that is not one known party's: {kid[:32]!r}",
            "compare the key's words with the sender over another channel before naming it in an agreement",
        )
    party, key = owners[0]
    payload = dsse.verify(sealed, payload_type, {party: key}, what)
    if written is None:
        raise Malformed(f"{what} is not spelt in the one way we sign: something was added around the signed part")
    return Signed(party, kid, payload)


@dataclass(frozen=True, slots=True)
class Head:
    """What every question between nodes says of itself: from whom, for whom, at which time of the sender's."""

    sender: str
    to: str
    at: datetime


def check_head(signed: Signed, head: Head, us: str, now: datetime, skew: timedelta, what: str) -> None:
    """Raises `Refused` unless its signer speaks for itself, to us, within `skew` of `now`."""
    if head.sender != signed.signer:
        raise Refused(f"{what} says it is from {head.sender}, but {signed.signer} signed it")
    if head.to != us:
        raise Refused(f"{what} is for {head.to}, not for {us}")
    if abs(head.at - now) > skew:
        raise Refused(
            f"{what} is dated {instants.text(head.at)}, further than {skew} from the time here",
            "compare the clocks of the two nodes",
        )
