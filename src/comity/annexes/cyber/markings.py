"""STIX markings and label axes, both ways and without loss (STIX 2.1, section 7.2; TLP 2.0; PAP).

Read: the standard TLP 1, TLP 2.0 and PAP definitions are label axes; a `statement` is carried and never a label; any
other marking is unknown, and an unknown one is a problem, never nothing. Write: what STIX cannot express blocks the
export (law 13).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from comity.annexes.cyber.misp import around as event_around
from comity.core import strictjson
from comity.core.errors import Refused
from comity.labels.label import ALL, Label, OriginLabel, Pap, Tlp
from comity.release.kind import Lookup, Marked

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
"""TLP 2.0 in STIX: oasis-open/cti-stix-common-objects, tlp-2.0."""
PAP_EXTENSION = "extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b"
"""PAP in STIX: oasis-open/cti-stix-common-objects, pap-marking-definition-f8d."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one marking definition says: one of the three. `color` is the word in which the standard writes it."""

    tlp: Tlp | None = None
    pap: Pap | None = None
    statement: str | None = None
    color: str = ""


_TLP1 = {
    "white": "613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
_TLP2 = {
    "clear": "94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_PAP = {
    "clear": "ad15a0cd-55b6-4588-a14c-a66105329b92",
    "white": "a3bea94c-b469-41dc-9cfe-d6e7daba7730",
    "green": "c43594d1-4b11-4c59-93ab-1c9b14d53ce9",
    "amber": "60f8932b-e51e-4458-b265-a2e8be9a80ab",
    "red": "740d36e5-7714-4c30-961a-3ae632ceee0e",
}


def _id(uuid: str) -> str:
    return f"marking-definition--{uuid}"


STANDARD: Mapping[str, Meaning] = MappingProxyType(
    {
        **{_id(uuid): Meaning(tlp=Tlp.of(color), color=color) for color, uuid in (_TLP1 | _TLP2).items()},
        **{_id(_TLP1[color]): Meaning(tlp=Tlp.of(color), color=color) for color in _TLP1},
        **{_id(uuid): Meaning(pap=Pap.of(color), color=color) for color, uuid in _PAP.items()},
    }
)
"""The marking definitions that everybody holds, by id."""

PREDEFINED = frozenset(STANDARD)
"""Ids that count as held by all, whoever released what (DECISIONS 14)."""

_PAP_ORDER = (Pap.CLEAR, Pap.GREEN, Pap.AMBER, Pap.RED)


FEW, SHORT = 4, 1000
"""Markings of one object, and characters of a statement, that are worth remembering."""
_BESIDE = frozenset({"granular_markings", event_around.CREATOR, event_around.ONLY, event_around.UNCLEAR})


def meaning(value: Mapping[str, Any]) -> Meaning | None:
    """What a marking-definition object says; `None` where we do not know its kind."""
    if value.get("id") in STANDARD:
        return STANDARD[value["id"]]
    definition = value.get("definition")
    if value.get("definition_type") == "statement" and isinstance(definition, dict) and "extensions" not in value:
        text = definition.get("statement")
        return Meaning(statement=text) if isinstance(text, str) else None
    return None


def definitions(values: Iterable[Mapping[str, Any]]) -> Mapping[str, Meaning]:
    """The standard definitions and those among `values` that we can read. Two that disagree are both unknown."""
    known: dict[str, Meaning] = {}
    disputed: set[str] = set()
    for value in values:
        if isinstance(value, dict) and value.get("type") == "marking-definition" and isinstance(value.get("id"), str):
            said = meaning(value)
            if said is None or known.setdefault(value["id"], said) != said:
                disputed.add(value["id"])
    mine = {name: said for name, said in known.items() if name not in disputed}
    return MappingProxyType({**mine, **STANDARD})


def completed(value: Mapping[str, Any], known: Mapping[str, Meaning], lookup: Lookup) -> Mapping[str, Meaning]:
    """`known`, and the definitions that the markings of `value` name beyond it, as far as `lookup` has them."""
    refs = {*value.get("object_marking_refs", ())}
    refs |= {one["marking_ref"] for one in value.get("granular_markings", ()) if "marking_ref" in one}
    found = {ref: lookup(ref) for ref in sorted(refs - known.keys())}
    if not any(found.values()):
        return known
    values = [strictjson.parse(raw, "a marking definition") for raw in found.values() if raw is not None]
    return {**definitions(values), **known}


def standard_fault(value: Mapping[str, Any]) -> str | None:
    """What is wrong with a definition that claims to be, or stands under the id of, a standard one (7.2.1.4)."""
    color = _claim(value)
    known = STANDARD.get(value["id"])
    if known is None:
        return None if color is None else f"`id` is not the one under which TLP or PAP {color!r} is defined"
    if color != known.color:
        return f"`id` is that of a standard marking ({known.color}), but the object says something else"
    return None


def _claim(value: Mapping[str, Any]) -> str | None:
    extensions = value.get("extensions", {})
    claims = [extensions.get(TLP_EXTENSION, {}).get("tlp_2_0"), extensions.get(PAP_EXTENSION, {}).get("pap")]
    if value.get("definition_type") == "tlp":
        claims.append(value.get("definition", {}).get("tlp"))
    made = [str(claim) for claim in claims if claim is not None]
    return "/".join(made) if made else None


def marked(value: Mapping[str, Any], source: str, known: Mapping[str, Meaning]) -> Marked:
    """What the object's own markings say in the name of `source`. A portion's id is its granular selector."""
    refs = tuple(value.get("object_marking_refs", ()))
    if len(refs) <= FEW and value.keys().isdisjoint(_BESIDE):
        meanings = tuple(map(known.get, refs))
        if all(one is not None and (one.statement is None or len(one.statement) <= SHORT) for one in meanings):
            return _as_a_whole(refs, meanings, source)
    return _marked(value, source, known)


@lru_cache(maxsize=256)
def _as_a_whole(refs: tuple[str, ...], meanings: tuple[Meaning, ...], source: str) -> Marked:
    """Most objects of a source are marked alike, and as a whole: they are read once."""
    return _marked({"object_marking_refs": refs}, source, dict(zip(refs, meanings, strict=True)))


def _marked(value: Mapping[str, Any], source: str, known: Mapping[str, Meaning]) -> Marked:
    whole = _Said(value.get("object_marking_refs", ()), known)
    by_part: dict[str, list[str]] = {}
    for marking in value.get("granular_markings", ()):
        if "marking_ref" in marking:
            for part in marking["selectors"]:
                by_part.setdefault(part, []).append(marking["marking_ref"])
    parts = {part: _Said(refs, known) for part, refs in by_part.items()}
    around = event_around.of(value)
    problems = [*whole.problems("the object")]
    problems += [f"the object carries a marking of MISP that we do not know: {one}" for one in around.unclear]
    for part, said in parts.items():
        problems += said.problems(f"`{part}`")
    labels = ((part, said.label(source)) for part, said in sorted(parts.items()))
    statements = dict.fromkeys(text for said in (whole, *parts.values()) for text in said.statements)
    return Marked(
        label=event_around.narrowed(whole.label(source), around, source),
        portions=tuple((part, label) for part, label in labels if label is not None),
        problem="; ".join(problems) or None,
        statements=tuple(statements),
        rest=bool(by_part),
        origin=around.creator,
    )


class _Said:
    """What several markings of one thing say together."""

    def __init__(self, refs: Iterable[str], known: Mapping[str, Meaning]) -> None:
        listed = list(refs)
        read = [known[ref] for ref in listed if ref in known]
        self.unknown = [ref for ref in listed if ref not in known]
        self.tlps = {one.tlp for one in read if one.tlp is not None}
        self.paps = {one.pap for one in read if one.pap is not None}
        self.statements = [one.statement for one in read if one.statement is not None]

    def label(self, source: str) -> Label | None:
        if not self.tlps and not self.paps:
            return None
        return _label(source, max(self.tlps, default=None), max(self.paps, key=_PAP_ORDER.index, default=None))

    def problems(self, subject: str) -> Iterable[str]:
        for ref in self.unknown:
            yield f"{subject} carries a marking we do not know: {ref[:80]}"
        for name, values in (("TLP", self.tlps), ("PAP", self.paps)):
            if len(values) > 1:
                yield f"{subject} carries {len(values)} {name} markings that contradict each other"


@lru_cache(maxsize=1024)
def _label(source: str, tlp: Tlp | None, pap: Pap | None) -> Label:
    """One label for all that is marked alike: equal labels that are one are compared at once."""
    return Label.of(OriginLabel(source, tlp=tlp, pap=pap))


def to_markings(label: Label) -> tuple[str, ...]:
    """The ids of the standard definitions that say all that `label` says. Raises `Refused` where STIX cannot (law 13).

    One originator only: a STIX marking names none. REL TO ALL is what TLP:CLEAR says, and nothing else says it.
    """
    if len(label.origins) != 1:
        raise Refused("a STIX marking cannot name several originators", "release the object in Comity's own format")
    (origin,) = label.origins
    inexpressible = {
        "a classification level": origin.level is not None,
        "caveats": bool(origin.caveats),
        "releasability": origin.rel_to is not None and not (origin.rel_to == ALL and origin.tlp is Tlp.CLEAR),
        "purposes": origin.purposes is not None,
        "personal data": origin.personal,
        "no TLP and no PAP level": origin.tlp is None and origin.pap is None,
    }
    for axis, there in inexpressible.items():
        if there:
            raise Refused(f"STIX markings cannot express this label: it has {axis}")
    return refs(
        frozenset() if origin.tlp is None else frozenset({origin.tlp}),
        frozenset() if origin.pap is None else frozenset({origin.pap}),
    )


def refs(tlps: Iterable[Tlp], paps: Iterable[Pap]) -> tuple[str, ...]:
    """The ids of the standard definitions of these levels, the freest first."""
    mine = [_id(_TLP2[one.name.lower().replace("_", "+")]) for one in sorted(tlps)]
    return (*mine, *(_id(_PAP[one.value.lower()]) for one in sorted(paps, key=_PAP_ORDER.index)))
