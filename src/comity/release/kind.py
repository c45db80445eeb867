"""How a field of cooperation plugs in: kinds of record, and a fold for those that make up a case.

A plain tuple of `Annex` stands in `wiring.py`; there is no registration and no base class.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from comity.labels.label import Label, OriginLabel
from comity.release.subscription import Mirror

R = TypeVar("R")
Lookup = Callable[[str], bytes | None]
"""External id → the bytes of what stands under it, where the asker has it."""


def nothing(_ext_id: str) -> bytes | None:
    """The look-up of one who has nothing."""
    return None


@dataclass(frozen=True, slots=True)
class Marked:
    """What a thing says about its own marking.

    `label` is what its markings say, without a source profile's defaults; `None` where they say nothing. `portions`
    are separately marked parts. `problem` is set where a marking is unknown or two contradict: the record is
    quarantined and `label` is then the strictest reading. `statements` are carried, never a label (DECISIONS 10).
    """

    label: Label | None
    portions: tuple[tuple[str, Label], ...] = ()
    problem: str | None = None
    statements: tuple[str, ...] = ()
    purpose: str | None = None
    """What the thing says it may be used for, where it says so."""
    rest: bool = False
    """Whether the whole's own label speaks for what no portion holds, so that something is left without all of them."""
    origin: str | None = None
    """Whose it is by a foreign name, which the source profile must know, where it says so."""

    def unsaid(self, whole: Label | None, label: Label) -> frozenset[OriginLabel]:
        """What `label` says of the thing beyond its own marks, `whole` being those of no portion: it stays said."""
        parts = (whole, *(part for _, part in self.portions))
        return label.origins - {origin for part in parts if part is not None for origin in part.origins}

    def remaining(self, whole: Label | None, label: Label) -> Label | None:
        """The label of what no portion holds, of a thing labelled `label`; `None` where portions hold all of it."""
        if whole is None or not (self.rest and self.portions):
            return None
        return Label(whole.origins | self.unsaid(whole, label))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a thing says it is: unique as (`ext_id`, `ext_ver`) for each source. Both may be empty."""

    ext_id: str
    ext_ver: str


class Reference(msgspec.Struct, frozen=True):
    """One reference out of a record. `role` is its path, with `[]` for a list or for the struct in a list.

    `single`: the thing is meaningless without it, so it waits. A list-valued one, or one inside a struct of a list,
    can be left out (DECISIONS 14). `marking`: never filtered; an unreleasable or unknown one blocks.
    """

    role: str
    target: str
    single: bool
    marking: bool = False


@dataclass(frozen=True, slots=True)
class Removals:
    """What must be left behind: portions by id, references by target, personal data."""

    portions: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    personal: bool = False

    def __bool__(self) -> bool:
        return bool(self.portions or self.references or self.personal)


@dataclass(frozen=True, slots=True)
class Summary:
    """What desk and command line show: a title, one line each of facts, and the text a person may read."""

    title: str
    facts: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


class Kind(Protocol[R]):
    """One kind of record. Names are never renamed and never reused."""

    @property
    def name(self) -> str:
        """`cyber.stix/1`"""
        ...

    @property
    def precedence(self) -> str:
        """The lane its records travel in: `ROUTINE`, or `PRIORITY` for what somebody waits for."""
        ...

    def parse(self, raw: bytes) -> R:
        """Raises `Malformed` and nothing else."""
        ...

    def render(self, record: R) -> bytes:
        """`parse(render(r)) == r`. An untouched record is never rendered: its bytes go as they came."""
        ...

    def identity(self, record: R) -> Identity: ...

    def marked(self, record: R, source: str, lookup: Lookup = nothing) -> Marked:
        """`source` is the origin in whose name plain markings are read; `lookup` gives definitions they point at."""
        ...

    def references(self, record: R) -> tuple[Reference, ...]: ...

    def sanitise(self, record: R, removals: Removals) -> R:
        """Built from what may stay; twice is the same as once. Raises `Refused` where a part cannot be separated."""
        ...

    def describe(self, record: R) -> Summary: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing found in what came in: its kind, its exact bytes, and what they parse to, or why they do not."""

    kind: Kind[Any]
    raw: bytes
    record: Any
    fault: str | None = None
    claim: Identity = Identity("", "")
    """What it says it is, also where the rest of it cannot be read."""
    later: bool = False
    """It may be valid: to say so costs more than may be spent while somebody waits."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a thing stands in a collection: its type, its own version if it has one, the specification it follows."""

    type: str
    version: str | None
    spec: str


@dataclass(frozen=True, slots=True)
class About:
    """What a record says of a thing that its reader gave, in one word: `useful`, `blocked`, `sighted`, `proposed`.

    The thing is named by the handle under which it was given, or else by the id that it bears itself. `rules`: it
    speaks of a proposed correction, and settles it.
    """

    word: str
    handle: str | None = None
    ext_id: str | None = None
    count: int | None = None
    rules: bool = False


def of_nothing(_kind: str, _raw: bytes) -> About | None:
    """A field whose records say nothing of what was given."""
    return None


def no_case(_kind: str, _record: Any, _handle: str) -> str | None:
    """A field without cases."""
    return None


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its records make it, in the words of its field: a request for information, a licence, a room.

    `id` is the handle of the record that opened it; `opened` when, by its own date; `due` when it must be settled.
    """

    id: str
    title: str
    state: str
    due: datetime | None
    lines: tuple[str, ...] = ()
    opened: datetime | None = None


@dataclass(frozen=True, slots=True)
class Annex:
    """A field of cooperation: its kinds, how a file of its own is taken apart, how records fold into a case.

    `read` answers `None` for bytes that are not of this field, and raises `Malformed` for those that claim to be and
    are broken as a whole. `case_of(kind name, record, handle)` names the case a record belongs to, or `None`;
    `fold(case id, records, now)` gives the case as it stands, whatever the order of its records.
    """

    field: str
    kinds: tuple[Kind[Any], ...]
    read: Callable[[bytes], Iterable[Piece] | None]
    case_of: Callable[[str, Any, str], str | None] = no_case
    fold: Callable[[str, Sequence[Any], datetime], Case] | None = None
    answers: frozenset[str] = frozenset()
    """The kinds by which whoever was asked settles a case."""
    about: Callable[[str, bytes], About | None] = of_nothing
    """What the bytes of an accepted record of this kind say of a thing that its reader gave; `None` for most."""
    shelf: Callable[[str, str, str], Shelf | None] | None = None
    """(kind name, external id, version) → where it stands in a collection; `None` for what is in none."""
    written: Callable[[bytes, int], Sequence[Piece]] | None = None
    """Takes apart what was written to a collection, every thing in it, in its order. The number is how many costly
    checks may be made; what would need more is to be read later. Raises `Malformed` for one broken as a whole."""
    observed: Callable[[str, bytes], Iterable[str]] | None = None
    """(kind name, bytes) → the texts under which people look for a thing of this field; `None`: nobody does."""
    mirror: Mirror | None = None
    """How collections of this field are read where others serve them; `None` where nobody can be subscribed to."""
