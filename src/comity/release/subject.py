"""`Subject`: the class of a thing, never the thing: what every object with the same answer has in common."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from comity.core import strictjson
from comity.core.errors import Malformed
from comity.labels.label import Label, OriginLabel

CUI = "CUI"
_TEXTS = ("annex", "purpose", "form", "language", "marking", "english_term", "indicated", "furnished_by", "producer")
_MORE_TEXTS = ("topic", "item", "recipient_mark")
_SETS = ("owners", "marks", "handling")
_DATES = ("created", "passed_on", "public_since")


@dataclass(frozen=True, slots=True)
class Subject:
    """`label` is what the whole is marked; `sources` what it was made from; `portions` its separately marked parts.

    `kind` names the kind of record. `marking` is a mark that is no level (`CUI`); `unmarked` says that its originator
    gave it no mark at all. `indicated`: a neutral level the originator meant without marking. `recipient_mark` is the
    level the recipient put on it. `rest` is the label of what no portion holds, as with STIX granular markings;
    without it the portions are all there is. `created` is kept only where a rule needs it, so that classes stay few.
    """

    kind: str
    label: Label
    annex: str | None = None
    purpose: str | None = None
    sources: tuple[tuple[str, Label], ...] = ()
    portions: tuple[tuple[str, Label], ...] = ()
    owners: frozenset[str] = frozenset()
    form: str | None = None
    language: str | None = None
    marking: str | None = None
    unmarked: bool = False
    marks: frozenset[str] | None = None
    handling: frozenset[str] = frozenset()
    english_term: str | None = None
    indicated: str | None = None
    furnished_by: str | None = None
    producer: str | None = None
    topic: str | None = None
    item: str | None = None
    recipient_mark: str | None = None
    created: date | None = None
    passed_on: date | None = None
    public_since: date | None = None
    rest: Label | None = None
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        values = tuple(getattr(self, name) for name in _FIELDS)
        object.__setattr__(self, "_hash", hash(values))

    def __hash__(self) -> int:
        return self._hash

    @classmethod
    def of(
        cls,
        kind: str,
        label: Label,
        annex: str | None,
        purpose: str | None,
        portions: tuple[tuple[str, Label], ...] = (),
        rest: Label | None = None,
    ) -> "Subject":
        """The class of a record that carries no more than its kind, label and place in the cooperation."""
        return _plain(kind, label, annex, purpose, portions, rest)

    @property
    def origins(self) -> frozenset[OriginLabel]:
        """Every origin label in it: of the whole, its sources, its portions."""
        return _origins(self)

    @property
    def originators(self) -> frozenset[str]:
        """Everyone whose information is in it: the whole, its sources, its portions, its owners."""
        return _originators(self)

    @property
    def personal(self) -> bool:
        return any(origin.personal for origin in self.origins)

    def as_json(self) -> dict[str, Any]:
        """Canonical members: equal subjects are equal bytes; what is not set is left out."""
        members: dict[str, Any] = {"kind": self.kind, "label": self.label.as_json()}
        for name in ("sources", "portions"):
            if parts := getattr(self, name):
                members[name] = [[part, label.as_json()] for part, label in parts]
        members |= {name: value for name in _TEXTS + _MORE_TEXTS if (value := getattr(self, name)) is not None}
        members |= {name: sorted(value) for name in _SETS if (value := getattr(self, name))}
        members |= {name: value.isoformat() for name in _DATES if (value := getattr(self, name)) is not None}
        if self.marks == frozenset():
            members["marks"] = []
        if self.rest is not None:
            members["rest"] = self.rest.as_json()
        return members | ({"unmarked": True} if self.unmarked else {})

    @classmethod
    def from_json(cls, value: object) -> "Subject":
        """Raises `Malformed`; an unknown member is refused, never skipped."""
        if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
            raise Malformed("a subject must be an object that names its kind")
        if unknown := sorted(set(value) - set(_FIELDS)):
            raise Malformed(f"a subject has a member we do not know: {unknown[0]!r}")
        members: dict[str, Any] = {name: _text(value[name], name) for name in _TEXTS + _MORE_TEXTS if name in value}
        members |= {name: frozenset(_list(value[name], name)) for name in _SETS if name in value}
        members |= {name: _date(value[name], name) for name in _DATES if name in value}
        members |= {name: _parts(value[name], name) for name in ("sources", "portions") if name in value}
        if value.get("unmarked", True) is not True:
            raise Malformed("a subject's `unmarked` is true or not there")
        members |= {"rest": Label.from_json(value["rest"])} if "rest" in value else {}
        label = Label.from_json(value.get("label"))
        return cls(kind=value["kind"], label=label, unmarked="unmarked" in value, **members)

    def canonical(self) -> str:
        """The text under which a store keeps the class."""
        return _spelt(self)


_FIELDS = tuple(name for name in Subject.__dataclass_fields__ if name != "_hash")


@lru_cache(maxsize=4096)
def _spelt(subject: Subject) -> str:
    return strictjson.canonical(subject.as_json()).decode()


@lru_cache(maxsize=4096)
def _plain(
    kind: str,
    label: Label,
    annex: str | None,
    purpose: str | None,
    portions: tuple[tuple[str, Label], ...],
    rest: Label | None,
) -> Subject:
    parts = tuple(sorted(portions, key=_name))
    return Subject(kind=kind, label=label, annex=annex, purpose=purpose, portions=parts, rest=rest)


@lru_cache(maxsize=4096)
def _origins(subject: Subject) -> frozenset[OriginLabel]:
    parts = (subject.label, *(label for _, label in (*subject.sources, *subject.portions)))
    return frozenset(origin for label in parts for origin in label.origins)


@lru_cache(maxsize=4096)
def _originators(subject: Subject) -> frozenset[str]:
    return frozenset(origin.origin for origin in _origins(subject)) | subject.owners


def _name(part: tuple[str, Label]) -> str:
    return part[0]


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise Malformed(f"a subject's {name} must be a text")
    return value


def _list(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Malformed(f"a subject's {name} must be a list of texts")
    return value


def _date(value: object, name: str) -> date:
    try:
        return date.fromisoformat(_text(value, name))
    except ValueError:
        raise Malformed(f"a subject's {name} is not a date") from None


def _parts(value: object, name: str) -> tuple[tuple[str, Label], ...]:
    if not isinstance(value, list) or not all(isinstance(part, list) and len(part) == 2 for part in value):
        raise Malformed(f"a subject's {name} must be pairs of a name and a label")
    return tuple((_text(part, name), Label.from_json(label)) for part, label in value)
