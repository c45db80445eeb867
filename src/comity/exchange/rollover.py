"""A party's new key, announced under the old one and signed by both: old signatures stay verifiable.

Format: docs/formats/contact.md.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from comity.core import dsse, instants, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import PublicKey, Signer, from_base64
from comity.core.strictjson import Json
from comity.exchange import shape
from comity.exchange.sealing import check_public
from comity.exchange.signature import SMALL

PAYLOAD_TYPE = "application/vnd.comity.key+json"
FORMAT = "comity-key/1"

_MEMBERS = frozenset({"format", "party", "old", "new", "hpke", "at", "overlap_until"})


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """From `at` the `new` key signs for `party`; until `overlap_until` the old one (`old` is its id) still may."""

    party: str
    old: str
    new: PublicKey
    hpke: bytes
    at: datetime
    overlap_until: datetime

    def valid(self, now: datetime) -> tuple[str, ...]:
        """The ids of the keys that may sign for the party at `now`."""
        if now < self.at:
            return (self.old,)
        return (self.old, self.new.kid) if now < self.overlap_until else (self.new.kid,)


def seal(statement: KeyStatement, old: Signer, new: Signer) -> bytes:
    """The statement, signed by both keys. Raises `Malformed` where it would not be read."""
    if old.public.kid != statement.old or new.public != statement.new:
        raise ValueError("a key statement is signed by the two keys it names")
    value = {
        "format": FORMAT,
        "party": statement.party,
        "old": statement.old,
        "new": statement.new.as_json(),
        "hpke": base64.b64encode(statement.hpke).decode(),
        "at": instants.text(statement.at),
        "overlap_until": instants.text(statement.overlap_until),
    }
    _parse(value)
    return dsse.seal(PAYLOAD_TYPE, strictjson.canonical(value), [old, new])


def unseal(raw: bytes, party: str, old: PublicKey) -> KeyStatement:
    """The statement, once `party`'s old key and the new one it names have both signed it, and nobody else.

    Raises `Malformed` or `Refused`.
    """
    what = "the key statement"
    sealed = dsse.parse(raw, what, max_bytes=SMALL)
    dsse.verify(sealed, PAYLOAD_TYPE, {f"{party}'s old key": old}, what)
    statement = _parse(strictjson.parse(sealed.payload, what, max_bytes=SMALL, max_depth=2))
    dsse.verify(sealed, PAYLOAD_TYPE, {f"{party}'s new key": statement.new}, what)
    if set(sealed.signatures) != {old.kid, statement.new.kid}:
        raise Refused(f"{what} must be signed by the old key and the new one, and by no other")
    if statement.party != party or statement.old != old.kid:
        raise Refused(f"{what} is about another party or another key than {party}'s")
    return statement


@dataclass(frozen=True, slots=True)
class Reign:
    """A key of one party, and from when until when it signs; `None` where nothing says so."""

    key: PublicKey
    start: datetime | None = None
    end: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


def reigns(announced: Iterable[tuple[bytes, PublicKey]], party: str, current: PublicKey) -> tuple[Reign, ...]:
    """Every key that `party` signs or signed with, the newest first: from its current key back, announcement by
    announcement. Each comes with the old key it names.

    Raises `Malformed` or `Refused`: for one that is not both keys' word, and for one that leads to no key of the chain.
    """
    statements = [(unseal(raw, party, old), old) for raw, old in announced]
    by_new = {one.new.kid: (one, old) for one, old in statements}
    following = next((one for one, _ in statements if one.old == current.kid), None)
    key, end, found = current, None if following is None else following.overlap_until, list[Reign]()
    while (before := by_new.pop(key.kid, None)) is not None:
        found.append(Reign(key, before[0].at, end))
        key, end = before[1], before[0].overlap_until
    stray = [one for one, _ in by_new.values() if one is not following]
    if stray:
        raise Refused(
            f"a key statement of {party} leads to the key {stray[0].new.kid}, which is none of its chain",
            "open the node with the vault that its last key statement names",
        )
    return (*found, Reign(key, None, end))


def _parse(value: Json) -> KeyStatement:
    what = "the key statement"
    entry = shape.members(value, what, _MEMBERS)
    shape.fixed(entry["format"], what, FORMAT)
    statement = KeyStatement(
        party=shape.name(entry["party"], f"{what}: party"),
        old=shape.hexed(entry["old"], f"{what}: old", 16).hex(),
        new=PublicKey.from_json(entry["new"], f"{what}: new"),
        hpke=check_public(from_base64(entry["hpke"], f"{what}: hpke"), f"{what}: hpke"),
        at=instants.parse(entry["at"], f"{what}: at"),
        overlap_until=instants.parse(entry["overlap_until"], f"{what}: overlap_until"),
    )
    if statement.overlap_until <= statement.at or statement.new.kid == statement.old:
        raise Malformed(f"{what} must bring another key and end its overlap after its beginning")
    return statement
