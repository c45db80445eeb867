"""Bodies: the one place where content stands, clear or sealed under a key of its own (DECISIONS 3)."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import count
from typing import NamedTuple, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Table, func, select, update

from comity.core import ids, keyed
from comity.core.errors import Absent, Broken, Unreachable
from comity.store import rows
from comity.store.keys import Cipher, Keys, chunks

CLEAR = "clear"
SEALED = "sealed"
DESTROYED = "destroyed"

PAGE = 1000
"""Bodies in one statement of a page."""

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Safe(NamedTuple):
    """What a store seals with: its name, the vault's cipher, and keys.db."""

    name: str
    cipher: Cipher
    keys: Keys


class Bodies:
    """The body table of one store, inside one transaction.

    A body's id is its number in the store and an HMAC under the identity key over the store's name, whether it is
    sealed, and the bytes: it says nothing outside the house, and the table grows at its end. `pending` keys must be
    committed to keys.db before the transaction is, and `doomed` ones dropped after it: a transaction that is not kept
    has destroyed nothing.
    """

    def __init__(self, connection: Connection, table: Table, safe: Safe) -> None:
        self._connection = connection
        self._table = table
        self._safe = safe
        self.pending: dict[str, bytes] = {}
        self.doomed: set[str] = set()
        self._numbers: count[int] | None = None

    def put(self, raws: Sequence[bytes], sealed: Sequence[bool]) -> list[str]:
        """Keeps the bytes, each sealed or clear; answers their ids in the same order."""
        if not raws:
            return []
        if self._numbers is None:
            last = self._connection.execute(select(func.max(self._table.c.bid))).scalar_one()
            self._numbers = count(1 if last is None else int(last[: ids.PLACE], 16) + 1)
        states = [SEALED if hide else CLEAR for hide in sealed]
        places = [f"{next(self._numbers):0{ids.PLACE}x}" for _ in raws]
        bids = [
            place + _digest(self._safe, place, raw, state)
            for place, raw, state in zip(places, raws, states, strict=True)
        ]
        fresh = [
            {"bid": bid, "bytes": self._seal(bid, raw) if state == SEALED else raw, "state": state}
            for bid, raw, state in zip(bids, raws, states, strict=True)
        ]
        rows.add(self._connection, self._table, fresh)
        return bids

    def read(self, bid: str) -> bytes:
        """The bytes, checked against their id. Raises `Absent` for none or destroyed, `Broken` for altered ones."""
        return self.read_many([bid])[bid]

    def read_many(self, bids: Collection[str], *, left: bool = False) -> dict[str, bytes]:
        """As `read`, for many at once. With `left` what has been destroyed reads as no bytes."""
        found: dict[str, tuple[bytes, str]] = {}
        for part in chunks(set(bids), PAGE):
            kept_rows = _rows_of(self._connection, self._table.name, part)
            found.update((bid, (kept, state)) for bid, kept, state in kept_rows)
        wrapped = self._safe.keys.get([bid for bid, (_, state) in found.items() if state == SEALED])
        wrapped.update((bid, self.pending[bid]) for bid in found if bid in self.pending)
        opened: dict[str, bytes] = {}
        for bid in bids:
            if bid not in found:
                raise Absent(f"there is no body {bid}")
            kept, state = found[bid]
            if left and (state == DESTROYED or (state == SEALED and bid not in wrapped)):
                opened[bid] = b""
                continue
            opened[bid] = unseal(self._safe, bid, kept, state, wrapped.get(bid))
        return opened

    def serve(self, bids: Sequence[str]) -> list[bytes | None]:
        """The bytes of a page of bodies in the same order; `None` for what has been destroyed.

        The one reading that does not compare a clear body with its id: that costs more than all the rest of a page,
        and `comity fsck` does it. A sealed body is proved by its own tag.
        """
        found: dict[str, tuple[bytes, str]] = {}
        for part in chunks(bids, PAGE):
            kept_rows = _rows_of(self._connection, self._table.name, part)
            found.update((bid, (kept, state)) for bid, kept, state in kept_rows)
        sealed = [bid for bid, (_, state) in found.items() if state == SEALED]
        wrapped = self._safe.keys.get(sealed) if sealed else {}
        return [_served(self._safe, bid, found.get(bid), wrapped) for bid in bids]

    def clear(self, bids: Sequence[str]) -> dict[str, bytes]:
        """The bytes of those that are stored clear, checked against their ids."""
        found: dict[str, bytes] = {}
        for part in chunks(bids, PAGE):
            rows_ = list(_rows_of(self._connection, self._table.name, part))
            found |= {bid: unseal(self._safe, bid, kept, state, None) for bid, kept, state in rows_ if state == CLEAR}
        return found

    def destroy(self, bid: str) -> None:
        """Marks the body destroyed; its key goes once the transaction is committed. Raises `Absent` for none."""
        table = self._table
        done = self._connection.execute(update(table).where(table.c.bid == bid).values(bytes=b"", state=DESTROYED))
        if not done.rowcount:
            raise Absent(f"there is no body {bid}")
        self.pending.pop(bid, None)
        self.doomed.add(bid)

    def settle_keys(self) -> None:
        """To be called last before the transaction is committed."""
        self._safe.keys.put(list(self.pending.items()), self.doomed)

    def drop_keys(self) -> None:
        """To be called once the transaction is committed: dropping the key is the destruction."""
        self._safe.keys.drop(self.doomed)

    def _seal(self, bid: str, raw: bytes) -> bytes:
        entropy = os.urandom(_KEY_BYTES + _NONCE_BYTES)
        key, nonce = entropy[:_KEY_BYTES], entropy[_KEY_BYTES:]
        name = bytes.fromhex(bid)
        self.pending[bid] = self._safe.cipher.wrap(key, name)
        return nonce + AESGCM(key).encrypt(nonce, raw, name)


def _rows_of(connection: Connection, table: str, bids: Sequence[str]) -> Iterable[tuple[str, bytes, str]]:
    """The rows as the driver reads them: a page of a thousand is where a layer less is felt."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    if connection.dialect.name == "postgresql":
        text = f"SELECT bid, bytes, state FROM {table} WHERE bid = ANY(%s)"  # noqa: S608  # a table of ours
        return cast(Iterable[tuple[str, bytes, str]], raw.cursor(binary=True).execute(text, (list(bids),)))
    text = f"SELECT bid, bytes, state FROM {table} WHERE bid IN ({', '.join('?' * len(bids))})"  # noqa: S608  # as above
    return cast(Iterable[tuple[str, bytes, str]], raw.cursor().execute(text, bids))


def _served(safe: Safe, bid: str, found: tuple[bytes, str] | None, wrapped: Mapping[str, bytes]) -> bytes | None:
    if found is None:
        return None
    kept, state = found
    if state == CLEAR:
        return kept
    key = wrapped.get(bid)
    return None if state == DESTROYED or key is None else unseal(safe, bid, kept, state, key)


def end_destruction(connection: Connection, table: Table, safe: Safe) -> None:
    """Drops what a crash kept from being dropped: keys of bodies that a committed transaction destroyed.

    A body that is not destroyed keeps its key: its transaction never was committed, or is not yet.
    """
    for part in chunks(safe.keys.doomed()):
        gone = select(table.c.bid).where(table.c.bid.in_(part), table.c.state == DESTROYED)
        with suppress(Unreachable):  # the keys are deleted; somebody reads, so their log is emptied another time
            safe.keys.drop(list(connection.execute(gone).scalars()))


def unseal(safe: Safe, bid: str, kept: bytes, state: str, wrapped: bytes | None) -> bytes:
    """The bytes of one row. A sealed body without its key has been destroyed, whatever its row says.

    A clear body is checked against its id; a sealed one by its tag, which covers the id.
    """
    if state == DESTROYED or (state == SEALED and wrapped is None):
        raise Absent(f"the body {bid} has been destroyed")
    if state not in (CLEAR, SEALED):
        raise Broken(f"the body {bid} of {safe.name} is in a state that does not exist")
    if state == SEALED:
        assert wrapped is not None
        name = bytes.fromhex(bid)
        try:
            return AESGCM(safe.cipher.unwrap(wrapped, name)).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], name)
        except (InvalidTag, ValueError):
            raise Broken(f"the body {bid} of {safe.name} was altered: it does not open under its key") from None
    if not fits(safe, bid, kept, state):
        raise Broken(f"the body {bid} of {safe.name} was altered: its bytes do not fit its id")
    return kept


def fits(safe: Safe, bid: str, raw: bytes, state: str) -> bool:
    """Whether these bytes are those that a body of this store is named for."""
    return ids.digest_of(bid) == _digest(safe, bid[: ids.PLACE], raw, state)


def _digest(safe: Safe, place: str, raw: bytes, state: str) -> str:
    said = _prefixes(safe.name)[state] + place.encode() + raw
    return keyed.digest(safe.cipher.identity_key, said).hex()[: ids.DIGEST]


@cache
def _prefixes(name: str) -> dict[str, bytes]:
    stored = name.encode()
    return {state: b"comity/body/1/%b/%d:%b/" % (state.encode(), len(stored), stored) for state in (CLEAR, SEALED)}
