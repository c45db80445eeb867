"""`Agreement`: the signed text as values. How it is written, signed and read stands in the files beside."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from comity.agreement.span import Span
from comity.core.keys import PublicKey
from comity.labels.equivalence import Equivalence

Texts = Mapping[str, str]
"""One text in several languages, by BCP 47 tag."""


@dataclass(frozen=True, slots=True, order=True)
class AgreementRef:
    """One version of one agreement: what a decision or an envelope pins."""

    id: str
    version: int

    def __str__(self) -> str:
        return f"{self.id}@{self.version}"


@dataclass(frozen=True, slots=True)
class Term:
    """One rule of the text: its article, its kind in the vocabulary, its typed parameters, its words."""

    article: str
    rule: str
    params: Mapping[str, Any]
    text: Texts


@dataclass(frozen=True, slots=True)
class Party:
    id: str
    name: Texts


@dataclass(frozen=True, slots=True)
class Authority:
    """An office of a party and what the text lets it do: receive (and up to which neutral level, for which annexes),
    consent, sign, approve-visit, certify, notify."""

    id: str
    party: str
    name: Texts
    may: frozenset[str]
    up_to_en: str | None = None
    annexes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class PartyKey:
    """The hybrid pair bound to a party by this text, and its HPKE public key for sealed bodies, if it has one.

    `tls` are the pins of the keys that its TLS connections may show under this text; none where the text says nothing.
    """

    party: str
    key: PublicKey
    hpke: bytes | None = None
    tls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Life:
    """What the text and the events known so far say about its force. Dates as written; clocks are in `life.py`.

    `events` are those of the vocabulary's status events, oldest first, each `{"kind": …, …}`.
    """

    signed: str
    in_force_from: str | None = None
    provisional_from: str | None = None
    duration: str | None = None
    non_renewal_notice: str | None = None
    termination_notice: str | None = None
    events: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything both parties signed. `fictional` marks an invented instrument."""

    id: str
    version: int
    title: Texts
    source: str
    fictional: bool
    parties: tuple[Party, ...]
    levels: Mapping[str, tuple[str, ...]]
    equivalence: Equivalence
    life: Life
    terms: tuple[Term, ...]
    authorities: tuple[Authority, ...] = ()
    keys: tuple[PartyKey, ...] = ()
    time_words: Mapping[str, Span] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    prevailing: str = "en"

    def __hash__(self) -> int:
        """Equal texts are one version of one agreement; its mappings have no hash of their own."""
        return hash((self.id, self.version))

    @property
    def ref(self) -> AgreementRef:
        return AgreementRef(self.id, self.version)

    @property
    def party_ids(self) -> tuple[str, ...]:
        return tuple(party.id for party in self.parties)

    def of(self, *rules: str) -> Iterator[Term]:
        """The terms of these kinds, in the order of the text."""
        return (term for term in self.terms if term.rule in rules)

    def signers(self) -> dict[str, PublicKey]:
        """Each party's key, by party: who must sign."""
        return {entry.party: entry.key for entry in self.keys}
