"""`Label`: the set of what every originator said (DECISIONS 1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from comity.core import strictjson
from comity.core.errors import Malformed

ALL = "ALL"
"""REL TO everyone: what an originator made public. `None` instead says that no releasability was stated."""


class Tlp(IntEnum):
    """Traffic Light Protocol 2.0 (FIRST, August 2022), from the freest to the narrowest."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def text(self) -> str:
        return "TLP:" + self.name.replace("_", "+")

    @classmethod
    def of(cls, text: str) -> "Tlp":
        """The level written in `text`, with or without `TLP:`; TLP 1's WHITE is CLEAR. Raises `Malformed`."""
        name = text.upper().removeprefix("TLP:").replace("+", "_")
        try:
            return cls["CLEAR" if name == "WHITE" else name]
        except KeyError:
            raise Malformed(f"there is no TLP level {text!r}") from None


class Pap(StrEnum):
    """Permissible Actions Protocol: what may be *done* with a thing, an axis of its own."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"

    @classmethod
    def of(cls, text: str) -> "Pap":
        name = text.upper().removeprefix("PAP:")
        try:
            return cls("CLEAR" if name == "WHITE" else name)
        except ValueError:
            raise Malformed(f"there is no PAP level {text!r}") from None


@dataclass(frozen=True, slots=True)
class OriginLabel:
    """What one originator said. Every axis is independent, and all must pass.

    `level` is a native level of `origin` (or of the party whose scheme it uses), verbatim and for ever. `rel_to` is a
    set of parties, `ALL`, or `None` where nothing was said. `purposes` is `None` where the originator set none.
    """

    origin: str
    level: str | None = None
    caveats: frozenset[str] = frozenset()
    rel_to: frozenset[str] | str | None = None
    tlp: Tlp | None = None
    pap: Pap | None = None
    purposes: frozenset[str] | None = None
    personal: bool = False

    @property
    def public(self) -> bool:
        """Whether its originator made it public: TLP:CLEAR says so, and no other axis says otherwise."""
        free = self.rel_to in (None, ALL) and self.purposes is None and not self.personal
        return free and self.tlp is Tlp.CLEAR and self.level is None and not self.caveats

    def as_json(self) -> dict[str, Any]:
        """Members in one order, sets sorted, absent axes left out."""
        rel_to = self.rel_to if self.rel_to is None or isinstance(self.rel_to, str) else sorted(self.rel_to)
        members: dict[str, Any] = {
            "origin": self.origin,
            "level": self.level,
            "caveats": sorted(self.caveats) or None,
            "rel_to": rel_to,
            "tlp": None if self.tlp is None else self.tlp.text,
            "pap": None if self.pap is None else self.pap.value,
            "purposes": None if self.purposes is None else sorted(self.purposes),
            "personal": self.personal or None,
        }
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def from_json(cls, value: object) -> "OriginLabel":
        """Raises `Malformed`; an unknown axis is refused, never skipped."""
        if not isinstance(value, dict) or not isinstance(value.get("origin"), str) or not value["origin"]:
            raise Malformed("an origin label must be an object that names its origin")
        axes = {"origin", "level", "caveats", "rel_to", "tlp", "pap", "purposes", "personal"}
        if unknown := sorted(set(value) - axes):
            raise Malformed(f"an origin label has an axis we do not know: {unknown[0]!r}")
        level, rel_to, personal = value.get("level"), value.get("rel_to"), value.get("personal", False)
        if level is not None and (not isinstance(level, str) or not level):
            raise Malformed("an origin label's level must be a text")
        if not isinstance(personal, bool):
            raise Malformed("an origin label's `personal` must be true or false")
        return cls(
            origin=value["origin"],
            level=level,
            caveats=_texts(value.get("caveats", []), "caveats"),
            rel_to=rel_to if rel_to is None or rel_to == ALL else _texts(rel_to, "rel_to"),
            tlp=Tlp.of(_text(value["tlp"], "tlp")) if "tlp" in value else None,
            pap=Pap.of(_text(value["pap"], "pap")) if "pap" in value else None,
            purposes=_texts(value["purposes"], "purposes") if "purposes" in value else None,
            personal=personal,
        )


@dataclass(frozen=True, slots=True)
class Label:
    """All of them. Never empty: a thing of nobody's cannot be labelled, only quarantined."""

    origins: frozenset[OriginLabel]

    def __post_init__(self) -> None:
        if not self.origins:
            raise Malformed("a label names at least one origin")

    @classmethod
    def of(cls, *origins: OriginLabel) -> "Label":
        return cls(frozenset(origins))

    def join(self, other: "Label") -> "Label":
        """The label of something made from both: total, associative, needs no table."""
        return Label(self.origins | other.origins)

    @property
    def public(self) -> bool:
        """Whether every originator made it public."""
        return all(label.public for label in self.origins)

    @property
    def parties(self) -> frozenset[str]:
        """Every originator: whose consent onward release needs (law 5)."""
        return frozenset(label.origin for label in self.origins)

    def as_json(self) -> list[dict[str, Any]]:
        """Origin labels in the order of their canonical bytes, so that equal labels are equal bytes."""
        return sorted((label.as_json() for label in self.origins), key=strictjson.canonical)

    @classmethod
    def from_json(cls, value: object) -> "Label":
        if not isinstance(value, list):
            raise Malformed("a label must be a list of origin labels")
        return cls(frozenset(OriginLabel.from_json(item) for item in value))


def join(labels: Iterable[Label]) -> Label:
    """The union of one or more labels."""
    return Label(frozenset(origin for label in labels for origin in label.origins))


def _text(value: object, axis: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"an origin label's {axis} must be a text")
    return value


def _texts(value: object, axis: str) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise Malformed(f"an origin label's {axis} must be a list of texts")
    if len(set(value)) != len(value):
        raise Malformed(f"an origin label's {axis} names one thing twice")
    return frozenset(value)
