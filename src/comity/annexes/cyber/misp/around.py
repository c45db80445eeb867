"""What a MISP event says of its parts beyond TLP and PAP: who made it, who alone may have it, tags nobody can read.

It stands in the converted object itself, as custom properties: whoever reads the bytes reads it. It only narrows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from comity.labels.label import Label, OriginLabel

CREATOR, ONLY, UNCLEAR = "x_misp_creator", "x_misp_only", "x_misp_unclear"
ORGANISATION = "misp-org:"
"""Before the UUID of a MISP organisation. A source profile says which party each is."""


@dataclass(frozen=True, slots=True)
class Around:
    """`creator`: the organisation whose it is; `only`: those that may have it, `None` for no such limit; `unclear`:
    what of its markings we cannot read."""

    creator: str | None = None
    only: frozenset[str] | None = None
    unclear: tuple[str, ...] = ()


def of(value: Mapping[str, Any]) -> Around:
    """What a STIX object carries of it. Whatever stands there in another form is unclear."""
    creator, only, unclear = value.get(CREATOR), value.get(ONLY), value.get(UNCLEAR, [])
    faults = list(unclear) if _texts(unclear) else [UNCLEAR]
    if creator is not None and not isinstance(creator, str):
        creator, faults = None, [*faults, CREATOR]
    if only is not None and not (_texts(only) and only):
        only, faults = [], [*faults, ONLY]
    return Around(creator, None if only is None else frozenset(only), tuple(faults))


def properties(around: Around) -> dict[str, Any]:
    """As it stands in an object."""
    members = {
        CREATOR: around.creator,
        ONLY: None if around.only is None else sorted(around.only),
        UNCLEAR: list(around.unclear) or None,
    }
    return {name: member for name, member in members.items() if member is not None}


def narrowed(label: Label | None, around: Around, source: str) -> Label | None:
    """`label`, which is of `source`, with what the event says around it."""
    if around.only is None:
        return label
    own = OriginLabel(source, rel_to=around.only)
    if label is None:
        return Label.of(own)
    return Label(frozenset(replace(one, rel_to=around.only) if one.rel_to is None else one for one in label.origins))


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)
