"""A visit as it is signed: asked for by the visitors' side, answered by the host's. Each is the body of one notice.

Of a visitor it says what the agreement's article on requests lists, and nothing more. Format: docs/formats/visit.md.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from comity.core import ids
from comity.core.errors import Malformed
from comity.core.strictjson import Json
from comity.release.members import MAX_LIST, day, flag, line, members, names

_FIELD = re.compile(r"[a-z][a-z_]{0,39}")
_BORN = "date_of_birth"


class Word(StrEnum):
    """What an answer says. `more` asks for something that the request does not say; `withdrawn` takes it back."""

    APPROVED = "approved"
    REFUSED = "refused"
    MORE = "more"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Clearance:
    """A level of the visitor's own party's scheme, and its last day; without one it does not lapse."""

    level: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes, for which organisation. `particulars` are what else the text asks of a visitor, by its words."""

    name: str
    entity: str
    nationality: tuple[str, ...]
    clearance: Clearance | None = None
    particulars: tuple[tuple[str, str], ...] = ()

    @property
    def person(self) -> tuple[str, str]:
        """Whoever has this name and was born that day is one person."""
        return " ".join(self.name.casefold().split()), dict(self.particulars).get(_BORN, "")

    @property
    def fields(self) -> frozenset[str]:
        """The names of what is stated of this visitor."""
        own = {"name", "entity", "nationality"} | ({"clearance"} if self.clearance is not None else set())
        return frozenset(own | {name for name, _ in self.particulars})

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {
            "name": self.name,
            "entity": self.entity,
            "nationality": list(self.nationality),
            "particulars": dict(self.particulars),
        }
        if self.clearance is not None:
            until = {} if self.clearance.until is None else {"until": self.clearance.until.isoformat()}
            members["clearance"] = {"level": self.clearance.level, **until}
        return members

    @classmethod
    def from_json(cls, value: Json) -> "Visitor":
        got = members(value, "a visitor", {"name", "entity", "nationality", "particulars"}, {"clearance"})
        nations = names(got["nationality"], "a visitor's nationality")
        if not nations:
            raise Malformed("a visitor has a nationality")
        more = got["particulars"]
        if not isinstance(more, dict) or len(more) > MAX_LIST or not all(map(_FIELD.fullmatch, more)):
            raise Malformed("a visitor's particulars are texts, each under the text's own word for it")
        said = {name: line(text, f"a visitor's {name}") for name, text in more.items()}
        return cls(
            name=line(got["name"], "a visitor's name"),
            entity=line(got["entity"], "a visitor's entity"),
            nationality=nations,
            clearance=_clearance(got["clearance"]) if "clearance" in got else None,
            particulars=tuple(sorted(said.items())),
        )


@dataclass(frozen=True, slots=True)
class Request:
    """Who comes where, why, from the first to the last day; `level` is the host's level of what they would see.

    `recurring`: as often as needed in that time. `amends` names an own request that this one replaces, `renews` an
    approved recurring one that this one continues.
    """

    sites: tuple[str, ...]
    hosts: tuple[str, ...]
    purpose: str
    visitors: tuple[Visitor, ...]
    first: date
    last: date
    recurring: bool = False
    urgent: bool = False
    level: str | None = None
    amends: str | None = None
    renews: str | None = None

    @property
    def fields(self) -> frozenset[str]:
        """The names of what it states beside its visitors."""
        own = {"date", "purpose", "sites"} | ({"hosts"} if self.hosts else set())
        return frozenset(own | ({"period"} if self.recurring else set()))

    def as_json(self) -> dict[str, Any]:
        more = {"level": self.level, "amends": self.amends, "renews": self.renews}
        return {
            "sites": list(self.sites),
            "hosts": list(self.hosts),
            "purpose": self.purpose,
            "visitors": [one.as_json() for one in self.visitors],
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "recurring": self.recurring,
            "urgent": self.urgent,
        } | {name: value for name, value in more.items() if value is not None}

    @classmethod
    def from_json(cls, value: Json) -> "Request":
        """Raises `Malformed`: nobody, nowhere, one person twice, a time that ends before it begins."""
        need = {"sites", "hosts", "purpose", "visitors", "first", "last", "recurring", "urgent"}
        got = members(value, "the request", need, {"level", "amends", "renews"})
        listed = got["visitors"]
        if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_LIST:
            raise Malformed(f"a request is for 1 to {MAX_LIST} visitors")
        request = cls(
            sites=names(got["sites"], "the request's sites"),
            hosts=names(got["hosts"], "the request's hosts"),
            purpose=line(got["purpose"], "the request's purpose"),
            visitors=tuple(map(Visitor.from_json, listed)),
            first=day(got["first"], "the first day"),
            last=day(got["last"], "the last day"),
            recurring=flag(got["recurring"], "recurring"),
            urgent=flag(got["urgent"], "urgent"),
            level=line(got["level"], "the request's level") if "level" in got else None,
            amends=ids.parse_handle(got["amends"]) if "amends" in got else None,
            renews=ids.parse_handle(got["renews"]) if "renews" in got else None,
        )
        if not request.sites:
            raise Malformed("a visit is to a site")
        if request.last < request.first:
            raise Malformed("a visit ends on or after its first day")
        if len({one.person for one in request.visitors}) != len(request.visitors):
            raise Malformed("the request names one person twice")
        if request.amends is not None and request.renews is not None:
            raise Malformed("a request amends another or renews one, not both")
        if request.renews is not None and not request.recurring:
            raise Malformed("only recurring visits are renewed")
        return request


@dataclass(frozen=True, slots=True)
class Answer:
    """`of` is the request, `office` who decides, `cites` the articles by which. An approval may be for fewer days."""

    of: str
    word: Word
    office: str
    cites: tuple[str, ...]
    words: str | None = None
    first: date | None = None
    last: date | None = None

    def as_json(self) -> dict[str, Any]:
        days = {} if self.first is None or self.last is None else _days(self.first, self.last)
        words = {} if self.words is None else {"words": self.words}
        said = {"of": self.of, "answer": self.word.value, "office": self.office, "cites": list(self.cites)}
        return said | words | days

    @classmethod
    def from_json(cls, value: Json) -> "Answer":
        """Raises `Malformed`: a decision without an article, days of a refusal, a question that asks nothing."""
        got = members(value, "the answer", {"of", "answer", "office", "cites"}, {"words", "first", "last"})
        word = line(got["answer"], "the answer")
        if word not in set(Word):
            raise Malformed(f"a visit is {', '.join(Word)}, not {word[:40]!r}")
        dated = {"first", "last"} & got.keys()
        answer = cls(
            of=ids.parse_handle(got["of"]),
            word=Word(word),
            office=line(got["office"], "the answer's office"),
            cites=names(got["cites"], "the articles of an answer"),
            words=line(got["words"], "the words of an answer") if "words" in got else None,
            first=day(got["first"], "the first day") if "first" in got else None,
            last=day(got["last"], "the last day") if "last" in got else None,
        )
        if not answer.cites:
            raise Malformed("an answer names the article by which it is given")
        if dated and (answer.word is not Word.APPROVED or len(dated) != 2):
            raise Malformed("an approval for fewer days names the first and the last, and no other answer does")
        if answer.first is not None and answer.last is not None and answer.last < answer.first:
            raise Malformed("a visit ends on or after its first day")
        if answer.word is Word.MORE and answer.words is None:
            raise Malformed("an answer that asks for more says what")
        return answer


def _clearance(value: Json) -> Clearance:
    got = members(value, "a visitor's clearance", {"level"}, {"until"})
    until = day(got["until"], "the last day of a clearance") if "until" in got else None
    return Clearance(line(got["level"], "a visitor's clearance"), until)


def _days(first: date, last: date) -> dict[str, Any]:
    return {"first": first.isoformat(), "last": last.isoformat()}
