"""Source profiles: whose information a source brings, under which licence, and what its silence means (DECISIONS 10).

A profile is read once, when something is taken in. What an object says of itself always wins; the profile speaks only
for objects that say nothing, and somebody is named who asserted that. Without a profile everything is quarantined.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, Protocol, TypeVar

from comity.core import yamltext
from comity.core.errors import Absent, Malformed
from comity.labels.label import Label, OriginLabel, join

FIELDS = ("intelligence", "cyber", "warning", "transfer", "industry", "crisis")
READINGS = ("bundle", "single")
BUILTIN = ("mitre-attack", "misp-galaxy", "own-cyber", "own-intelligence")

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_KIND = re.compile(r"[a-z]+\.[a-z]+/[1-9][0-9]*")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_REQUIRED = frozenset({"name", "licence", "licence_text", "kinds", "public", "annex", "purpose", "reading"})
_OPTIONAL = frozenset({"origin", "unmarked", "asserted_by", "organisations"})
_FOREIGN = "misp-org:"
"""Before the name of an organisation that only the profile can tell the party of."""


class Said(Protocol):
    """What a thing says about its own marking (`release.kind.Marked`): a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def label(self) -> Label | None: ...
    @property
    def portions(self) -> tuple[tuple[str, Label], ...]: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def origin(self) -> str | None: ...


_S = TypeVar("_S", bound=Said)


@dataclass(frozen=True, slots=True)
class Profile:
    """One source. `origin` is whose information it is, for ever; `kinds` are what may be taken from it.

    `unmarked` is what its unmarked things are labelled, as `asserted_by` (a role) has it; `None`: they are
    quarantined. `public`: its public things are stored clear. `reading`: whether a file of it is a `bundle` to split
    or a `single` thing. `purpose` and `annex`: what the information is taken for, in which field.
    """

    name: str
    origin: str
    licence: str
    licence_text: str
    kinds: frozenset[str]
    annex: str
    purpose: str
    reading: str
    public: bool
    unmarked: Label | None = None
    asserted_by: str | None = None
    organisations: Mapping[str, str] = field(default_factory=dict)
    """Which party, or whose origin, each organisation is that things of this source name; by its foreign name."""

    def label(self, said: Said) -> Label | None:
        """The label under which a thing is kept; `None` where it must be quarantined: unmarked, unknown, contradictory.

        Separately marked portions belong to the whole: their labels are joined to it (law 5).
        """
        whole = said.label or self.unmarked
        if said.problem is not None or whole is None:
            return None
        return join([whole, *(label for _, label in said.portions)]) if said.portions else whole

    def named(self, said: _S) -> _S:
        """What a thing says of itself, with parties in the place of organisations. One that this profile does not name
        is a problem: nobody knows whose the thing is, or who may have it."""
        labels = [one for one in (said.label, *(part for _, part in said.portions)) if one is not None]
        named = {name for label in labels for name in _foreign(label)} | ({said.origin} if said.origin else set())
        if not named:
            return said
        if strangers := sorted(named - self.organisations.keys()):
            return replace(
                said, problem=said.problem or f"the source profile does not say which party {strangers[0]} is"
            )
        origin = self.origin if said.origin is None else self.organisations[said.origin]
        whole = said.label or self.unmarked
        return replace(
            said,
            label=None if whole is None else self._named(whole, origin),
            portions=tuple((part, self._named(label, origin)) for part, label in said.portions),
            origin=None,
        )

    def _named(self, label: Label, origin: str) -> Label:
        return Label(frozenset(replace(one, origin=origin, rel_to=self._parties(one)) for one in label.origins))

    def _parties(self, label: OriginLabel) -> frozenset[str] | str | None:
        if label.rel_to is None or isinstance(label.rel_to, str):
            return label.rel_to
        return frozenset(self.organisations.get(name, name) for name in label.rel_to)

    def handled_at(self, said: Said) -> Label | None:
        """The strictest reading, for guarding what is in quarantine. Never a ground for release."""
        parts = [label for label in (said.label or self.unmarked, *(part for _, part in said.portions)) if label]
        return join(parts) if parts else None

    def stored_clear(self, label: Label) -> bool:
        """Whether a body with this label needs no sealing: the source is public and the thing itself is, too."""
        return self.public and label.public


def parse(raw: bytes, own: str | None = None) -> Profile:
    """A profile from YAML. One without `origin` speaks for the house itself: `own` names it. Raises `Malformed`."""
    value = yamltext.parse(raw, "the source profile")
    if not isinstance(value, dict):
        raise Malformed("the source profile must be members with values")
    if unknown := sorted(str(name) for name in value.keys() - _REQUIRED - _OPTIONAL):
        raise Malformed(f"the source profile has a member we do not know: {unknown[0]!r}")
    if missing := sorted(_REQUIRED - value.keys()):
        raise Malformed(f"the source profile lacks the member `{missing[0]}`")
    name = _matching(value, "name", _NAME)
    origin = _text(value, "origin") if "origin" in value else own
    if origin is None:
        raise Malformed(f"the source profile {name!r} names no origin, and no house to speak for was given")
    kinds = _kinds(value["kinds"])
    annex = _word(value, "annex", FIELDS)
    if strangers := sorted(kind for kind in kinds if kind.partition(".")[0] != annex):
        raise Malformed(f"the source profile {name!r} is of the annex {annex}, but takes {strangers[0]}")
    profile = Profile(
        name=name,
        origin=origin,
        licence=_text(value, "licence"),
        licence_text=_text(value, "licence_text"),
        kinds=kinds,
        annex=annex,
        purpose=_matching(value, "purpose", _NAME),
        reading=_word(value, "reading", READINGS),
        public=_truth(value["public"], "public"),
        unmarked=_unmarked(value["unmarked"], origin) if "unmarked" in value else None,
        asserted_by=_text(value, "asserted_by") if "asserted_by" in value else None,
        organisations=_organisations(value["organisations"]) if "organisations" in value else {},
    )
    if (profile.unmarked is None) != (profile.asserted_by is None):
        raise Malformed("the source profile must say both `unmarked` and who asserted it (`asserted_by`), or neither")
    return profile


@cache
def builtin(name: str, own: str | None = None) -> Profile:
    """A profile that comes with Comity. Raises `Absent` naming those there are."""
    if name not in BUILTIN:
        raise Absent(f"there is no source profile {name!r}", f"there are: {', '.join(BUILTIN)}")
    return parse(files("comity").joinpath("profiles", f"{name}.yaml").read_bytes(), own)


def builtins(own: str) -> Mapping[str, Profile]:
    """All of them, for the house `own`."""
    return {name: builtin(name, own) for name in BUILTIN}


def _unmarked(value: object, origin: str) -> Label:
    """The axes of an origin label, without its origin: that is the profile's."""
    if not isinstance(value, dict) or "origin" in value:
        raise Malformed("the source profile's `unmarked` must be the axes of a label, without an origin")
    axes: dict[str, Any] = {**value, "origin": origin}
    if "personal" in axes:
        axes["personal"] = _truth(axes["personal"], "unmarked.personal")
    label = OriginLabel.from_json(axes)
    if label == OriginLabel(origin):
        raise Malformed("the source profile's `unmarked` says nothing: leave it out, so that the unmarked is held")
    return Label.of(label)


def _foreign(label: Label) -> frozenset[str]:
    """The foreign names in a releasability."""
    listed = (one.rel_to for one in label.origins if isinstance(one.rel_to, frozenset))
    return frozenset(name for names in listed for name in names if name.startswith(_FOREIGN))


def _organisations(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise Malformed("the source profile's `organisations` must be UUIDs with the party that each is")
    for name, party in value.items():
        if not _UUID.fullmatch(str(name)) or not isinstance(party, str) or not party.strip():
            raise Malformed(f"the source profile's `organisations` has something that is none: {str(name)[:60]!r}")
    return {_FOREIGN + str(name): party.strip() for name, party in value.items()}


def _kinds(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not value or len(set(map(str, value))) != len(value):
        raise Malformed("the source profile's `kinds` must be a list of kinds, each once")
    for kind in value:
        if not isinstance(kind, str) or not _KIND.fullmatch(kind):
            raise Malformed(f"the source profile's `kinds` has something that is no kind: {str(kind)[:60]!r}")
    return frozenset(value)


def _text(value: dict[str, Any], name: str) -> str:
    text = value[name]
    if not isinstance(text, str) or not text.strip():
        raise Malformed(f"the source profile's `{name}` must be a text that says something")
    return text.strip()


def _word(value: dict[str, Any], name: str, words: tuple[str, ...]) -> str:
    if (text := _text(value, name)) not in words:
        raise Malformed(f"the source profile's `{name}` must be one of: {', '.join(words)}")
    return text


def _matching(value: dict[str, Any], name: str, form: re.Pattern[str]) -> str:
    text = _text(value, name)
    if not form.fullmatch(text):
        raise Malformed(f"the source profile's `{name}` must be small letters, digits and dashes: {text[:60]!r}")
    return text


def _truth(value: object, name: str) -> bool:
    if value not in ("true", "false"):
        raise Malformed(f"the source profile's `{name}` must be true or false")
    return value == "true"
