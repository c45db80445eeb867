"""Collections: views as one caller meets them, what may be asked of one, and what it answers (DECISIONS 12, 13).

A view is rows of one store, already decided. Reading one decides nothing and parses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

LAST, FIRST, EVERY = "last", "first", "all"
"""The words for versions; anything else in `Wanted.versions` is an instant in canonical form."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MAX_PAGE = 5000
"""Rows of one page at most, whatever is asked."""


@dataclass(frozen=True, slots=True)
class Basic:
    """A name and a secret, as HTTP Basic carries them."""

    user: str
    secret: str

    def __repr__(self) -> str:
        return f"Basic(user={self.user!r})"


@dataclass(frozen=True, slots=True)
class Token:
    """A secret alone, as HTTP Bearer carries it."""

    secret: str

    def __repr__(self) -> str:
        return "Token()"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a TLS connection has shown: the SHA-256 of the client's certificate, in small hex."""

    fingerprint: str


Credential = Basic | Token | Certificate


class Holder(StrEnum):
    """Whom a credential is for."""

    PARTY = "party"
    ORGANISATION = "organisation"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever showed a credential that counts now. `by` is how the house log names it."""

    credential: str
    holder: Holder
    name: str
    by: str


@dataclass(frozen=True, slots=True)
class Collection:
    """`id` is a UUID drawn at random when it was made; `can_read` and `can_write` are for this caller.

    `store` and `view` say where its rows are, and are told to nobody; `profile` is the source under which what is
    written to it is taken in.
    """

    id: str
    title: str
    description: str | None
    alias: str | None
    can_read: bool
    can_write: bool
    store: str
    view: str
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks of a collection. An empty set means any.

    `after` is the sequence of the last row already told, 0 from the start. Without `spec_versions` each thing counts in
    the latest it has. `versions` are `last`, `first`, `all`, and instants, which are compared as instants.
    """

    added_after: datetime | None = None
    after: int = 0
    ids: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    spec_versions: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset({LAST})
    limit: int = 1000


class Entry(NamedTuple):
    """One row: `version` as its own bytes have it, else the instant at which it was added; `micros` is that instant in
    microseconds since 1970."""

    seq: int
    ext_id: str
    version: str
    micros: int
    spec_version: str

    @property
    def added(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.micros)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows without their bytes; `more` stand behind them."""

    entries: Sequence[Entry]
    more: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """The stored bytes of the rows of a page, with commas between them; `more` stand behind them.

    `first` and `last` are when its first and its last row were added, in microseconds since 1970; `seq` is the last
    one's. Nothing is answered as no bytes.
    """

    joined: bytes = b""
    more: bool = False
    seq: int = 0
    first: int = 0
    last: int = 0


class State(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one thing that was written to a collection."""

    ext_id: str
    version: str | None
    state: State
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What became of everything that one request wrote. Complete once nothing is pending."""

    id: str
    at: datetime
    verdicts: Sequence[Verdict]

    @property
    def complete(self) -> bool:
        return not any(one.state is State.PENDING for one in self.verdicts)


def place_of(version: str) -> str:
    """Where an instant stands in the order of instants, as a text: no digit is lost, and last zeros say nothing."""
    whole, _, parts = version.removesuffix("Z").partition(".")
    parts = parts.rstrip("0")
    return f"{whole}.{parts}" if parts else whole


def written(instant: datetime) -> str:
    """An instant to the microsecond, as the version of what has none of its own."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
