"""Who would receive or see a thing: every reader that rules tell apart, and how each may be cleared."""

from datetime import timedelta
from typing import Any

from comity.release.named import HOLDER, OUTSIDER, RECIPIENT, Names, Value
from comity.release.reader import Clearance, OrgReader, PartyReader, PersonReader, Reader

_INSIDE: tuple[tuple[str, type[Reader], str, dict[str, Any], tuple[str, ...]], ...] = (
    ("by an office that the text does not name", PartyReader, "government", {"organisation": "an-office"}, ()),
    ("by a person in its service", PersonReader, "government", {}, ()),
    ("by a foreigner in its service", PersonReader, "government", {"nationality": OUTSIDER}, ()),
    ("by a person of rank", PersonReader, "government", {"role": "minister"}, ("access-rank",)),
    (
        "by a person entitled by function",
        PersonReader,
        "government",
        {"entitled_by_function": True},
        ("access", "access-origin"),
    ),
    ("by a person entitled by statute", PersonReader, "government", {"entitled_by_statute": True}, ("precedence",)),
    ("by one of its utilities", OrgReader, "utility", {}, ()),
    ("by one of its archives", OrgReader, "archive", {}, ("archive",)),
    ("by one of its firms", OrgReader, "firm", {}, ("contractor-consent",)),
    ("by a contractor of it", OrgReader, "contractor", {"firm": True}, ()),
    ("by a subcontractor of it", OrgReader, "subcontractor", {"firm": True}, ("subcontractor",)),
    (
        "by a subcontractor abroad",
        OrgReader,
        "subcontractor",
        {"firm": True, "country": OUTSIDER},
        ("subcontractor",),
    ),
    ("by a participant of it", OrgReader, "participant", {"firm": True}, ("participant-approval", "participant-nda")),
    ("by a contractor's employee", PersonReader, "contractor", {"firm": True}, ("contractor",)),
    (
        "by a contractor under foreign control",
        OrgReader,
        "contractor",
        {"firm": True, "controlled_by": OUTSIDER},
        ("foci",),
    ),
)
"""Readers on the recipient's side, and the kinds of term that tell them from the others; none where the house does."""


def readers(names: Names) -> tuple[Value, ...]:
    """Who would receive or see it. Authorities are those of whichever party is the recipient, by their place."""
    most = max((len(names.offices(party)) for party in names.parties), default=0)
    found = [
        Value(
            "by its authority" if place == 0 else f"by its authority no. {place + 1}",
            _reader(PartyReader, RECIPIENT, "government", organisation=place),
        )
        for place in range(max(most, 1))
    ]
    for words, cls, kind, more, kinds in _INSIDE:
        if not kinds or names.kinds & set(kinds):
            found.append(Value(words, _reader(cls, RECIPIENT, kind, **more)))
    for name in names.params("excluded", "included"):
        found.append(Value(f"by its {name}", _reader(OrgReader, RECIPIENT, "government", organisation=str(name))))
    return (
        *found,
        Value(f"by a third state ({OUTSIDER})", _reader(OrgReader, OUTSIDER, "government")),
        Value("by a firm of a third state", _reader(OrgReader, OUTSIDER, "contractor", firm=True)),
        Value("by the public", _reader(OrgReader, "public", "public")),
        Value("by the holder's own people", _reader(PersonReader, HOLDER, "government")),
    )


def _reader(cls: type[Reader], party: str, kind: str, *, firm: bool = False, **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "class": cls,
        "party": party,
        "kind": kind,
        "organisation": kind,
        "firm": firm,
        "nationality": party,
    }
    plain |= {
        "role": None,
        "entitled_by_function": False,
        "entitled_by_statute": False,
        "controlled_by": None,
        "country": None,
    }
    return plain | more


def clearances(names: Names) -> tuple[Value, ...]:
    """Clearances by party and level, the highest of the recipient's own first."""
    lapsed = names.now - timedelta(days=1)
    top = Value("cleared to the highest level", {"clearance": HOLDER})
    held = [
        Value(f"cleared to {level} by {party}", {"clearance": Clearance(party, level)})
        for party in names.parties
        for level in names.levels(party)
    ]
    over = [
        Value(f"once cleared by {party}", {"clearance": Clearance(party, names.levels(party)[-1], lapsed)})
        for party in names.parties
        if names.levels(party)
    ]
    return (top, Value("not cleared", {"clearance": None}), *held, *over)
