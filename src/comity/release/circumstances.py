"""What can be special about a thing or its case, one circumstance at a time: how it was made, marked or told, and what
happened since. Two at once are not compared. One that only some kinds of term read is left out where no text has them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from comity.labels.equivalence import NEUTRAL
from comity.labels.label import Label, OriginLabel
from comity.release.facts import COMPROMISE, EVENTS, Ask, Event, Project, Review


@dataclass(frozen=True, slots=True)
class Circumstance:
    """`subject` and `facts` are the members that it sets; every other stays as it is. `read_by` are the kinds of term
    that read it; none where rules of the house do too."""

    words: str
    subject: Mapping[str, Any] = field(default_factory=dict, hash=False)
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    read_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """The parties, the instant, the kinds of term in either text, and what their parameters name."""

    parties: Sequence[str]
    now: datetime
    kinds: frozenset[str]
    levels: Mapping[str, Sequence[str]]
    params: Callable[..., list[Any]]


NOTHING_SPECIAL = Circumstance("nothing special")
STATED = {
    "recipient_assurance": True,
    "project": Project("a-project", confirmed=True, personal_data=True),
    "joint_committee": "approved",
}
"""What is so where nothing else is said: the freest reading."""

_BY = frozenset({"originator-changed-level", "classification-changed", "clearance-withdrawn", "law-changed"})
_RIGHTS = ("proprietary", "participant-background", "background-information")
_REVIEWED = ("publication", "publication-review")
_KINDS = {
    "agreement": ("scope", "review"),
    "background-information": ("background-information",),
    "foreground-information": ("foreground-third-party",),
    "equipment": ("foreground-third-party",),
    "invention": ("secrecy", "secrecy-lift"),
    "claim": ("costs", "claims", "damages"),
    "damage-claim": ("claims", "damages"),
}


def circumstances(setting: Setting) -> Iterator[Circumstance]:
    """Every one that a rule can read in these texts."""
    found = (NOTHING_SPECIAL, *_making(setting), *_marking(setting), *_events(setting), *_facts(setting))
    return (one for one in found if not one.read_by or setting.kinds & set(one.read_by))


def _making(setting: Setting) -> Iterator[Circumstance]:
    for party in (*setting.parties, "XX"):
        part = (("a-part", Label.of(OriginLabel(party))),)
        yield Circumstance(f"made with information of {party}", {"sources": part})
    yield Circumstance("with a portion of XX's", {"portions": (("a-part", Label.of(OriginLabel("XX"))),)})
    yield Circumstance("owned by all parties", {"owners": frozenset(setting.parties)}, read_by=("joint-products",))
    yield Circumstance("owned by a firm", {"owners": frozenset({"firm"})}, read_by=_RIGHTS)
    told = (setting.now - timedelta(days=1)).date()
    for form in ("oral", "visual"):
        kinds = ("oral", "oral-visit", "visit-information")
        yield Circumstance(f"given in {form} form", {"form": form, "created": told}, read_by=kinds)
    for whose in (*setting.parties, "participant:firm"):
        yield Circumstance(f"furnished by {whose}", {"furnished_by": whose}, read_by=_RIGHTS)
    for producer in setting.params("excluded", "included"):
        yield Circumstance(f"made by the {producer}", {"producer": str(producer)})
    for topic in (*setting.params("subjects"), "another-subject"):
        yield Circumstance(f"about {topic}", {"topic": str(topic)}, read_by=("scope-subject",))
    for kind, terms in _KINDS.items():
        yield Circumstance(f"a {kind}", {"kind": kind}, read_by=terms)
    ago = (setting.now - timedelta(days=20000)).date()
    yield Circumstance("passed on long ago", {"passed_on": ago}, read_by=("temporal-scope", "supersedes"))
    yield Circumstance("public since long", {"public_since": ago}, read_by=("purpose", "already-known"))


def _marking(setting: Setting) -> Iterator[Circumstance]:
    for marking in dict.fromkeys(("CUI", *map(str, setting.params("mark", "applies_to")), "A MARKING NOBODY KNOWS")):
        yield Circumstance(f"marked {marking}", {"marking": marking})
    yield Circumstance("not marked at all", {"unmarked": True}, read_by=("unmarked",))
    for en in (NEUTRAL[0], NEUTRAL[-1]):
        kinds = ("definition", "unmarked")
        yield Circumstance(f"meant as {en} and not marked", {"indicated": en}, read_by=kinds)
    if any(setting.params("english_term")):
        yield Circumstance(f"said to be {NEUTRAL[-1]}", {"english_term": NEUTRAL[-1]})
    yield Circumstance("marked by nobody for release", {"marks": frozenset()}, read_by=("release-marking",))
    for text in setting.params("markings"):
        yield Circumstance(f"marked {text}", {"marks": frozenset({str(text)})}, read_by=("release-marking",))
    yield Circumstance("marked NO COPY", {"handling": frozenset({"NO COPY"})})
    for level in setting.params("level", "treat_as", "mark_as", "recipient_mark"):
        kinds = ("mark-equivalent", "mark-origin-and-equivalent")
        yield Circumstance(f"marked {level} by its recipient", {"recipient_mark": str(level)}, read_by=kinds)


def _events(setting: Setting) -> Iterator[Circumstance]:
    on = setting.now - timedelta(days=1)
    for kind in ("loss", "breach-in-third-country", *sorted(EVENTS - COMPROMISE)):
        for by in setting.parties[: 2 if kind in _BY else 1]:
            words = f"after: {kind.replace('-', ' ')}" + (f" (by {by})" if kind in _BY else "")
            levels = setting.levels.get(by, ())
            to = levels[-1] if levels and kind in ("originator-changed-level", "classification-changed") else None
            yield Circumstance(words, facts={"event": Event(kind, by=by, on=on, discovered=on, to=to)})


def _facts(setting: Setting) -> Iterator[Circumstance]:
    first, now = setting.parties[0], setting.now
    plain: tuple[tuple[str, Mapping[str, Any], tuple[str, ...]], ...] = (
        ("without the recipient's assurance", {"recipient_assurance": False}, ("assurance",)),
        ("outside any project", {"project": None}, ("project", "personal-data", "termination-activities")),
        ("in a project that nobody confirmed", {"project": Project("a-project")}, ("project", "personal-data")),
        ("without a committee's approval", {"joint_committee": None}, ("joint-committee",)),
        ("in a crisis", {"crisis": True}, ("destroy-crisis",)),
        ("compelled by a statute", {"statute": "a statute"}, ()),
        ("while a dispute is open", {"dispute_open": True}, ("disputes",)),
        ("where a breach was tolerated", {"tolerated": True}, ("no-waiver",)),
        ("used abroad", {"place_of_use": "XX"}, ("territory",)),
        ("for publication", {"publication": True}, _REVIEWED),
        ("published with an objection", {"publication": True, "review": Review(10_000, "no")}, _REVIEWED),
        ("with a security agreement with XX", {"security_agreements_with": frozenset({"XX"})}, ()),
        ("translated by somebody not cleared", {"translator_stated": True, "target_language": "en"}, ()),
        ("kept for a national archive", {"national_rule": "archive"}, ("archive",)),
        ("for use in court", {"intended": "court"}, ()),
        ("against the other side", {"intended": "against"}, ()),
        ("to assign what follows from the text", {"intended": "assign"}, ()),
        ("while its recipient claims it", {"cites_claim": True}, ("no-claim",)),
        ("where another arrangement exists", {"other_arrangements": frozenset({"x"})}, ("scope-inclusion",)),
        ("still needed", {"still_needed_for": "upkeep", "event": Event("return-requested", by=first, on=now)}, ()),
        (
            "with a delay asked for",
            {"delay_requested_by": first, "event": Event("invention-made", by=first, on=now)},
            ("invention",),
        ),
        ("confirmed in writing", {"confirmation_received": True}, ("oral",)),
        ("not to be copied", {"handling": frozenset({"NO COPY"})}, ()),
    )
    yield from (Circumstance(words, facts=facts, read_by=kinds) for words, facts, kinds in plain)
    for sent in sorted({int(days) - step for days in setting.params("working_days") for step in (0, 1)}):
        shown = {"publication": True, "review": Review(sent, None)}
        yield Circumstance(f"for publication, shown {sent} working days before", facts=shown)
    for party in setting.parties:
        yield Circumstance(f"released from duty by {party}", facts={"released_by": frozenset({party})})
        asked = {"ask": Ask(party, former_rules=True)}
        yield Circumstance(f"{party} asks for the former rules", facts=asked, read_by=("law-freeze",))
