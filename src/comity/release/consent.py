"""Consent as it is signed: asked for, given, refused, taken back. Each is the body of one signed notice.

A consent is no general leave: it names what it is for, who may have it, for what purpose and until when. What it does
not name it does not open. Format: docs/formats/consent.md.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from comity.agreement.kind import ACTS
from comity.core import ids, instants
from comity.core.errors import Malformed
from comity.core.strictjson import Json
from comity.labels.label import Tlp
from comity.release.members import line, lines, members, names

OTHER_ACTS = frozenset(
    {"publication", "consultation", "archive", "territory", "transfer", "arrangement", "assignment", "contract"}
)
CONSENTABLE = ACTS | OTHER_ACTS
"""What may be consented to, in the words of the vocabulary's consent scopes."""

_SCOPE_TEXTS = ("organisation", "use", "level")
LOWERING = frozenset({"downgrade", "declassify"})


class Form(StrEnum):
    """How it was given. What was said by word of mouth and confirmed here never stands for a written consent."""

    WRITTEN = "written"
    ORAL_CONFIRMED = "oral-confirmed"


class Derived(StrEnum):
    """Whether a consent is for what is made from a thing: never, where it does not say so; also; or only for that."""

    NEVER = "never"
    ALSO = "also"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Things:
    """A class of things, as a standing release has one: `kinds` are exact or `cyber.*`; no ceiling is unclassified."""

    kinds: frozenset[str]
    up_to_level: str | None = None
    up_to_tlp: Tlp = Tlp.CLEAR

    def as_json(self) -> dict[str, Any]:
        level = {} if self.up_to_level is None else {"up_to_level": self.up_to_level}
        return {"kinds": sorted(self.kinds), "up_to_tlp": self.up_to_tlp.text, **level}

    @classmethod
    def from_json(cls, value: Json) -> "Things":
        got = members(value, "the class", {"kinds", "up_to_tlp"}, {"up_to_level"})
        kinds = frozenset(names(got["kinds"], "the class's kinds"))
        if not kinds:
            raise Malformed("the class names no kind of record, so it is a class of nothing")
        level = line(got["up_to_level"], "the class's level") if "up_to_level" in got else None
        return cls(kinds, level, Tlp.of(line(got["up_to_tlp"], "the class's TLP")))


@dataclass(frozen=True, slots=True)
class Scope:
    """One act, one recipient, one purpose, and either one thing or one class.

    `handle` is the one under which its originator released the thing. `organisation` narrows the recipient to one body
    of `to`. `use` is the form of use in words. `level` is what a downgrade goes down to. `derived`:
    whether it is for what is made from it.
    """

    act: str
    to: str
    purpose: str
    handle: str | None = None
    things: Things | None = None
    organisation: str | None = None
    use: str | None = None
    level: str | None = None
    derived: Derived = Derived.NEVER

    @property
    def recipient(self) -> str:
        return self.organisation or self.to

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {
            "act": self.act,
            "to": self.to,
            "purpose": self.purpose,
            "derived": self.derived.value,
        }
        members["about"] = {"class": self.things.as_json()} if self.things is not None else {"handle": self.handle}
        more = {"organisation": self.organisation, "use": self.use, "level": self.level}
        return members | {name: value for name, value in more.items() if value is not None}

    @classmethod
    def from_json(cls, value: Json) -> "Scope":
        """Raises `Malformed`: a scope that leaves open what it is for is none."""
        need = {"act", "to", "purpose", "derived", "about"}
        got = members(value, "the scope", need, set(_SCOPE_TEXTS))
        about = members(got["about"], "what the scope is about", set(), {"handle", "class"})
        if len(about) != 1:
            raise Malformed("the scope is about one thing by its handle, or about one class")
        act, derived = line(got["act"], "the scope's act"), line(got["derived"], "the scope's derived")
        if act not in CONSENTABLE:
            raise Malformed(f"there is no act {act[:40]!r} to consent to")
        if (act in LOWERING) != ("level" in got):
            raise Malformed("a consent to lower a level names the level it goes down to, and no other consent does")
        if derived not in set(Derived):
            raise Malformed("the scope's `derived` is never, also or only")
        return cls(
            act=act,
            to=line(got["to"], "whom the scope is for"),
            purpose=line(got["purpose"], "the scope's purpose"),
            handle=ids.parse_handle(about["handle"]) if "handle" in about else None,
            things=Things.from_json(about["class"]) if "class" in about else None,
            derived=Derived(derived),
            **{name: line(got[name], f"the scope's {name}") for name in _SCOPE_TEXTS if name in got},
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of its originator, and until when it would be needed."""

    scope: Scope
    until: datetime | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        more = {"until": None if self.until is None else instants.text(self.until), "reason": self.reason}
        return {"scope": self.scope.as_json()} | {name: value for name, value in more.items() if value is not None}

    @classmethod
    def from_json(cls, value: Json) -> "Request":
        got = members(value, "the request", {"scope"}, {"until", "reason"})
        return cls(
            Scope.from_json(got["scope"]),
            instants.parse(got["until"], "the request's until") if "until" in got else None,
            line(got["reason"], "the request's reason") if "reason" in got else None,
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """The permission. `giver` is a party, or an authority or committee for which a party speaks under the agreement.

    It holds from `valid_from` until before `valid_until`. `conditions` are in words; whoever acts on it owes each.
    `request` is the notice it answers; without one it is a standing consent.
    """

    giver: str
    scope: Scope
    valid_from: datetime
    valid_until: datetime
    form: Form = Form.WRITTEN
    conditions: tuple[str, ...] = ()
    request: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "giver": self.giver,
            "form": self.form.value,
            "scope": self.scope.as_json(),
            "valid_from": instants.text(self.valid_from),
            "valid_until": instants.text(self.valid_until),
            "conditions": list(self.conditions),
        } | ({} if self.request is None else {"request": self.request})

    @classmethod
    def from_json(cls, value: Json) -> "Grant":
        need = {"giver", "form", "scope", "valid_from", "valid_until", "conditions"}
        got = members(value, "the consent", need, {"request"})
        form = line(got["form"], "the consent's form")
        if form not in set(Form):
            raise Malformed(f"a consent is written or oral-confirmed, not {form[:40]!r}")
        grant = cls(
            giver=line(got["giver"], "the consent's giver"),
            scope=Scope.from_json(got["scope"]),
            valid_from=instants.parse(got["valid_from"], "the consent's valid_from"),
            valid_until=instants.parse(got["valid_until"], "the consent's valid_until"),
            form=Form(form),
            conditions=tuple(lines(got["conditions"], "the consent's conditions")),
            request=ids.parse_handle(got["request"]) if "request" in got else None,
        )
        if grant.valid_until <= grant.valid_from:
            raise Malformed("a consent ends after it begins")
        return grant


@dataclass(frozen=True, slots=True)
class Ending:
    """A request refused, or a consent revoked: `of` names the notice. A reason is owed to nobody."""

    of: str
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"of": self.of} | ({} if self.reason is None else {"reason": self.reason})

    @classmethod
    def from_json(cls, value: Json) -> "Ending":
        got = members(value, "the answer", {"of"}, {"reason"})
        return cls(ids.parse_handle(got["of"]), line(got["reason"], "the reason") if "reason" in got else None)
