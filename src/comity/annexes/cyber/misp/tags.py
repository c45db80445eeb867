"""MISP tags and label axes, both ways (MISP taxonomies `tlp`, `PAP`). A tag of a marking we cannot read is unclear."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from comity.core.errors import Malformed, Refused
from comity.labels.label import ALL, Label, Pap, Tlp

MARKINGS = frozenset(
    {"acs-marking", "data-classification", "de-vs", "dni-ism", "euci", "fr-classif", "iep", "iep2-policy"}
    | {"iep2-reference", "iep3", "nato", "us-marking"}
)
"""Namespaces of taxonomies by which others mark what may be passed on, and which we have no rule for."""
PAPS = (Pap.CLEAR, Pap.GREEN, Pap.AMBER, Pap.RED)
_TLP, _PAP = re.compile(r"tlp(?:2)?:(.*)", re.IGNORECASE), re.compile(r"pap:(.*)", re.IGNORECASE)


_A = TypeVar("_A", Tlp, Pap)


@dataclass(frozen=True, slots=True)
class Marks:
    """What the tags of one thing say. More than one TLP or PAP is a contradiction, which stands as both."""

    tlps: frozenset[Tlp] = frozenset()
    paps: frozenset[Pap] = frozenset()
    unclear: tuple[str, ...] = ()

    def within(self, whole: "Marks") -> "Marks":
        """Those of a part of `whole`: the stricter counts of what either says, and both's contradictions stay."""
        return Marks(
            _stricter(self.tlps, whole.tlps, int),
            _stricter(self.paps, whole.paps, PAPS.index),
            tuple(dict.fromkeys((*self.unclear, *whole.unclear))),
        )


def read(names: Iterable[str]) -> Marks:
    """What these tags say; those of other taxonomies say nothing about markings."""
    tlps: set[Tlp] = set()
    paps: set[Pap] = set()
    unclear: list[str] = []
    for name in names:
        plain = name.strip()
        try:
            if match := _TLP.fullmatch(plain):
                tlps.add(Tlp.of(match[1].strip()))
            elif match := _PAP.fullmatch(plain):
                paps.add(Pap.of(match[1].strip()))
            elif plain.partition(":")[0].lower() in MARKINGS:
                unclear.append(plain[:80])
        except Malformed:
            unclear.append(plain[:80])
    return Marks(frozenset(tlps), frozenset(paps), tuple(sorted(unclear)))


def written(label: Label) -> tuple[str, ...]:
    """The tags of a label, TLP first. Raises `Refused` for one that tags cannot express: it blocks the export."""
    if len(label.origins) != 1:
        raise Refused("it has several originators, and a MISP event has one")
    [origin] = label.origins
    beyond = {
        "a level": origin.level is not None,
        "caveats": bool(origin.caveats),
        "a releasability": origin.rel_to not in (None, ALL),
        "purposes": origin.purposes is not None,
        "personal data": origin.personal,
    }
    for axis, there in beyond.items():
        if there:
            raise Refused(f"MISP tags cannot express its label: it has {axis}")
    if origin.tlp is None:
        raise Refused("it has no TLP, and whoever pulls it would not know how to handle it")
    pap = () if origin.pap is None else (f"PAP:{origin.pap.value}",)
    return (f"tlp:{origin.tlp.name.lower().replace('_', '+')}", *pap)


def bounds(label: Label) -> tuple[Tlp, Pap | None]:
    """The axes of a label that `written` took."""
    [origin] = label.origins
    assert origin.tlp is not None
    return origin.tlp, origin.pap


def covers(part: Label, whole: Label) -> bool:
    """Whether a part under this label may stand in an event under that one and be read back unchanged."""
    (tlp, pap), (above, also) = bounds(part), bounds(whole)
    paps = also is None or (pap is not None and PAPS.index(pap) >= PAPS.index(also))
    return tlp >= above and paps


def _stricter(part: frozenset[_A], whole: frozenset[_A], rank: Callable[[_A], int]) -> frozenset[_A]:
    """One of each: the stricter. Two of either are a contradiction of its own, and stay two."""
    if len(part) == 1 and len(whole) == 1:
        return frozenset({max(part | whole, key=rank)})
    return part | whole
