"""`TermKind`: what a kind of rule is, and what its parameters may hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ACTS = frozenset(
    {
        "release",
        "onward-release",
        "use",
        "copy",
        "translate",
        "downgrade",
        "declassify",
        "destroy",
        "visit",
        "retain",
        "report-compromise",
        "access",
    }
)
"""What can be done with a thing, as agreements speak of it."""


class Cls(StrEnum):
    """What a term can do to an answer (DECISIONS 8): bar an act, owe a duty, be shown, or say when the text holds.

    A bar that no rule evaluates denies its acts; duty and display never bar.
    """

    BAR = "bar"
    DUTY = "duty"
    DISPLAY = "display"
    LIFE = "life"


class Type(StrEnum):
    """A parameter's type. In JSON each has one form; in YAML every scalar is written plainly and typed by this."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    TEXTS = "list of texts"
    TEXT_MAP = "map of texts"
    INTEGER_MAP = "map of integers"


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter. `choices` closes a text, or each member of a list; `needed`: the kind means nothing without it."""

    type: Type
    choices: frozenset[str] | None = None
    nullable: bool = False
    needed: bool = False


@dataclass(frozen=True, slots=True)
class TermKind:
    """One kind of rule. `sources` are the published articles it was taken from, `produces` the duties it can owe.

    `asks`: of each group of parameters a signed agreement gives one, for instance a clock or an actor.
    """

    name: str
    subject: str
    cls: Cls
    acts: frozenset[str]
    params: Mapping[str, Param] = field(default_factory=dict)
    meaning: str = ""
    sources: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    asks: tuple[tuple[str, ...], ...] = ()
