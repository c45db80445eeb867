"""The notices that a house keeps, its own and its partners', verified and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from comity.acts.ports import HouseReader
from comity.agreement.instrument import Agreement, AgreementRef
from comity.core.errors import Malformed, Refused
from comity.core.keys import PublicKey
from comity.exchange import notice
from comity.exchange.notice import Kinds, Notice
from comity.ledger.note import keys_of
from comity.records import Fact

FACT = "notice"


@dataclass(frozen=True, slots=True)
class Learnt:
    """A notice, its signed bytes, and when this house learnt of it: made it, or received it."""

    notice: Notice
    raw: bytes
    at: datetime


def read_notices(house: HouseReader, kinds: Kinds, texts: Mapping[AgreementRef, Agreement]) -> tuple[Learnt, ...]:
    """Every notice kept under the agreement of which `texts` are the versions, in the order in which it came."""
    if not texts:
        return ()
    keys = tuple(keys_under(texts).items())
    return tuple(_learnt(fact, kinds, keys) for fact in house.facts(FACT, next(iter(texts)).id))


def keys_under(texts: Mapping[AgreementRef, Agreement]) -> dict[str, tuple[PublicKey, ...]]:
    """Under which keys each party may sign a notice: those that any version of the agreement binds."""
    return {party: tuple(keys) for party, keys in keys_of(texts.values()).items()}


def fact_of(raw: bytes, read: Notice, at: datetime) -> Fact:
    """What a house keeps of a notice: the signed bytes, since when, about which agreement."""
    return Fact(read.digest, FACT, read.agreement.id, at, None, raw)


def _learnt(fact: Fact, kinds: Kinds, keys: tuple[tuple[str, tuple[PublicKey, ...]], ...]) -> Learnt:
    try:
        return Learnt(notice.read(_unsealed(fact.body, keys), kinds), fact.body, fact.valid_from)
    except (Malformed, Refused) as error:
        raise type(error)(f"a notice in the house database does not verify: {error.message}") from None


@lru_cache(maxsize=4096)
def _unsealed(raw: bytes, keys: tuple[tuple[str, tuple[PublicKey, ...]], ...]) -> Notice:
    return notice.unseal(raw, dict(keys))
