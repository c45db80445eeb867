"""Parameters that many kinds share. Where the vocabulary closes a grammar, the choices are closed here too."""

from comity.agreement.kind import Cls, Param, TermKind, Type

BAR, DUTY, DISPLAY, LIFE = Cls.BAR, Cls.DUTY, Cls.DISPLAY, Cls.LIFE

TEXT = Param(Type.TEXT)
INTEGER = Param(Type.INTEGER)
BOOLEAN = Param(Type.BOOLEAN)
DATE = Param(Type.DATE)
TEXTS = Param(Type.TEXTS)
TEXT_MAP = Param(Type.TEXT_MAP)
INTEGER_MAP = Param(Type.INTEGER_MAP)
NULLABLE = Param(Type.TEXT, nullable=True)

ROUTES = frozenset(
    {
        "consent",
        "written-consent",
        "prior-consent",
        "prior-written-consent",
        "express-consent",
        "express-written-consent",
        "owner-consent",
        "originator-consent",
        "approval",
        "host-approval",
        "dsa-approval",
        "joint-agreement",
        "joint-committee-approval",
        "project-decision",
        "written-agreement",
        "arrangement",
        "agreed-procedure",
        "agreed-crypto",
        "origin-authorisation",
        "prior-consultation",
        "confirmed-project",
        "recipient-assurance",
        "annex-provision",
        "enforceable-measures",
        "facility-clearance",
        "facility-clearance-assurance",
        "personnel-clearance",
        "capability",
        "briefing",
        "inspections",
        "need-to-know",
        "authority-approval",
        "security-clause",
    }
)
"""What may unlock an act: the vocabulary's closed list for `requires`."""

GIVERS = frozenset(
    {"originator", "originator-NSA", "other-party", "both-parties", "both-authorities", "steering-committee"}
)
"""Who may give a consent: the vocabulary's closed list for `consent_from`."""

REQUIRES = Param(Type.TEXT, choices=ROUTES)
REQUIRES_ALL = Param(Type.TEXTS, choices=ROUTES)
CONSENT_FROM = Param(Type.TEXT, choices=GIVERS)
CONSENT = {"requires": REQUIRES, "consent_from": CONSENT_FROM}
TLP = frozenset({"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"})


def acts(names: str) -> frozenset[str]:
    """The acts written in one line."""
    return frozenset(names.split())


__all__ = [
    "BAR",
    "BOOLEAN",
    "CONSENT",
    "CONSENT_FROM",
    "DATE",
    "DISPLAY",
    "DUTY",
    "GIVERS",
    "INTEGER",
    "INTEGER_MAP",
    "LIFE",
    "NULLABLE",
    "REQUIRES",
    "REQUIRES_ALL",
    "ROUTES",
    "TEXT",
    "TEXTS",
    "TEXT_MAP",
    "TLP",
    "Param",
    "TermKind",
    "Type",
    "acts",
]
