"""`Facts`: what happened and was agreed, as far as a rule reads it. Frozen, so that a question can be a key.

Every default is the strict reading: nothing consented, nothing approved, nobody assured. Formats that read an absent
fact otherwise say so and fill it in (DECISIONS 4).
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from comity.agreement.kinds.own import LOSSES
from comity.release.standing import StandingRelease

COMPROMISE = LOSSES
EVENTS = COMPROMISE | frozenset(
    [
        "classification-changed",
        "originator-changed-level",
        "level-renamed",
        "clearance-withdrawn",
        "return-requested",
        "purpose-ended",
        "received",
        "oral-disclosure-during-visit",
        "law-changed",
        "law-conflict",
        "legal-disclosure-likely",
        "foi-request",
        "invention-made",
        "funds-inadequate",
    ]
)
"""The closed list. An event outside it is handled as a compromise."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A signed permission. `scope` is `act` or `act:target`; target: party, organisation, purpose, level.

    `id` names the signed notice, `agreement` the text under which it was given and under which alone it counts. `to`
    and `purposes` are the only recipients and purposes it is for. `parts`: of a derived thing, the sources it was given
    for. `owner`: whether it was given as the owner of rights in the thing. `None` in any of them: the format in which
    the fact was written does not say it.
    """

    by: str
    scope: str
    on: datetime | None
    written: bool = False
    express: bool = True
    until: datetime | None = None
    id: str | None = None
    agreement: str | None = None
    to: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    parts: frozenset[str] | None = None
    owner: bool | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    by: str
    on: datetime | None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A special arrangement between parties: `covers` is a level, neutral or of one of them."""

    id: str
    covers: str
    by: frozenset[str]
    on: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """What triggered the question. `to` is the new level, `by` who did or owes it."""

    kind: str
    by: str | None = None
    on: datetime | None = None
    discovered: datetime | None = None
    to: str | None = None
    notified: bool | None = None

    @property
    def is_compromise(self) -> bool:
        return self.kind in COMPROMISE or self.kind not in EVENTS


@dataclass(frozen=True, slots=True)
class Transmission:
    """How it travels. `channel` `None` means that no channel has been chosen."""

    channel: str | None = None
    encryption: str | None = None
    agreed_procedure: str | None = None
    courier_certificate: bool | None = None
    others_impractical: bool | None = None
    route: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a visit. `fields` are the names of what it states; `level` the level of access asked for,
    `nationality` the visitors'."""

    host: str
    fields: frozenset[str] = frozenset()
    submitted: date | None = None
    starts: date | None = None
    period: tuple[date, date] | None = None
    working_days: int | None = None
    urgent: bool = False
    level: str | None = None
    nationality: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Review:
    """Material for publication before the other party: working days since it was sent, and its objection."""

    working_days: int
    objection: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """`confirmed`: through the diplomatic channel; `personal_data`: the parties decided that it may be exchanged."""

    id: str
    confirmed: bool = False
    personal_data: bool | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What one party asks of the other: a level of handling, or the former rules."""

    by: str
    level: str | None = None
    former_rules: bool = False


@dataclass(frozen=True, slots=True)
class Foreign:
    """A term of another agreement by which a source is bound, where only the term is known."""

    agreement: str
    article: str
    rule: str
    from_en: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`holder` does the act. `disclosure`: its own decision to release (an id), `False` refused, `None` not taken.

    `translator_assumed`: the format takes an unstated translator to be cleared (reading rule 1).

    `holdings`: how much of each set that a term names the recipient holds, by article (`release.aggregation`); `None`
    where nobody counted, which is read as too much.

    Where `disclosure` is `None`, `standing` are the decisions taken beforehand: they are read for the thing as it is,
    and again for what is left of it when parts are removed.
    """

    holder: str | None = None
    disclosure: str | bool | None = None
    standing: frozenset[StandingRelease] = frozenset()
    consents: frozenset[Consent] = frozenset()
    approvals: frozenset[Approval] = frozenset()
    arrangements: frozenset[Arrangement] = frozenset()
    transmission: Transmission = Transmission()
    event: Event | None = None
    intended_purpose: str | None = None
    intended: str | None = None
    requested_by: str | None = None
    to_level: str | None = None
    target_language: str | None = None
    translator_clearance: str | None = None
    translator_stated: bool = False
    translator_assumed: bool = False
    handling: frozenset[str] = frozenset()
    instruction: str | None = None
    still_needed_for: str | None = None
    crisis: bool = False
    national_rule: str | None = None
    statute: str | None = None
    dispute_open: bool = False
    tolerated: bool = False
    place_of_use: str | None = None
    project: Project | None = None
    joint_committee: str | None = None
    publication: bool = False
    review: Review | None = None
    ask: Ask | None = None
    visit: Visit | None = None
    security_agreements_with: frozenset[str] = frozenset()
    foreign: frozenset[Foreign] = frozenset()
    other_arrangements: frozenset[str] = frozenset()
    recipient_assurance: bool = False
    confirmation_received: bool | None = None
    delay_requested_by: str | None = None
    sanitisable: bool = False
    released_by: frozenset[str] = frozenset()
    cites_claim: bool = False
    holdings: frozenset[tuple[str, int]] | None = None
    unknown: frozenset[str] = frozenset()
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(tuple(getattr(self, name) for name in _FIELDS)))

    def __hash__(self) -> int:
        return self._hash


_FIELDS = tuple(name for name in Facts.__dataclass_fields__ if name != "_hash")
