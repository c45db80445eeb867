"""Who would receive or see it: a party's authority, an organisation, a person (DECISIONS 9). One `decide` for all."""

from dataclasses import dataclass
from datetime import datetime

GOVERNMENT = frozenset({"government", "international-organisation"})
CONTRACTING = frozenset({"contractor", "subcontractor"})
PRIVATE = frozenset({"company", "firm", "person", "public", "university", "media", "bank"})
"""Readers that are nobody's service: third parties to a text unless it has brought them in."""


@dataclass(frozen=True, slots=True)
class Clearance:
    """A clearance for a level of `party`'s own scheme. Without `valid_until` (its last instant) it does not lapse."""

    party: str
    level: str
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contractor:
    """What is known of a firm or participant. What is not known is as good as not so."""

    facility_clearance: Clearance | None = None
    assured: bool = False
    confirmed: bool | None = None
    capability: bool = False
    briefed: bool = False
    inspected: bool = False
    security_clause: bool = False
    security_annex: bool | frozenset[str] | None = None
    nda: bool = False
    approved_by: frozenset[str] = frozenset()
    controlled_by: str | None = None
    measures: bool = False
    staff_cleared: bool = True
    country: str | None = None
    contract_end: datetime | None = None


@dataclass(frozen=True, slots=True)
class PartyReader:
    """A party, through an authority that the text names: the authority answers for its people."""

    party: str
    authority: str

    @property
    def organisation(self) -> str:
        return self.authority

    @property
    def kind(self) -> str:
        return "government"

    @property
    def contractor(self) -> Contractor | None:
        return None

    @property
    def nationality(self) -> frozenset[str]:
        return frozenset({self.party})


@dataclass(frozen=True, slots=True)
class OrgReader:
    """An organisation of `party`: a utility, a firm, a ministry. It holds no personal clearance."""

    party: str
    organisation: str
    kind: str
    contractor: Contractor | None = None
    nationality: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PersonReader:
    """A person serving `organisation` of `party`. Rank (`role`) opens nothing."""

    party: str
    organisation: str
    kind: str
    nationality: frozenset[str] = frozenset()
    clearance: Clearance | None = None
    need_to_know: bool = False
    briefed: bool = False
    acknowledged: bool = False
    contractor: Contractor | None = None
    entitled_by_function: bool = False
    entitled_by_statute: bool = False
    role: str | None = None


Reader = PartyReader | OrgReader | PersonReader
