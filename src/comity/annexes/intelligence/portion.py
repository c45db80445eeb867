"""Portions: parts of a text that carry labels of their own, so that some can be released without the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from comity.core.errors import Malformed, Refused
from comity.core.strictjson import Json
from comity.labels.label import Label, join
from comity.release.document import MAX_TEXT, Fields
from comity.release.kind import Marked, Removals

MAX_PORTIONS = 200
TITLE = "title"
"""The title's id among the portions: what a portion may therefore not be called."""


@dataclass(frozen=True, slots=True)
class Portion:
    """`label` is `None` where the author gave none: then the document goes to quarantine."""

    id: str
    label: Label | None
    text: str
    heading: str | None = None

    def as_json(self) -> dict[str, Any]:
        members = {"id": self.id, "text": self.text}
        if self.heading is not None:
            members["heading"] = self.heading
        return members if self.label is None else members | {"label": self.label.as_json()}

    @classmethod
    def from_json(cls, value: Json, what: str) -> "Portion":
        """Raises `Malformed`."""
        if not isinstance(value, dict):
            raise Malformed(f"a portion of the {what} must be an object")
        if unknown := sorted(value.keys() - {"id", "label", "heading", "text"}):
            raise Malformed(f"a portion of the {what} has a member we do not know: {unknown[0][:60]!r}")
        if missing := [name for name in ("id", "text") if name not in value]:
            raise Malformed(f"a portion of the {what} lacks the member `{missing[0]}`")
        fields = Fields(value, f"{what}'s portion")
        return cls(
            id=fields.name("id"),
            label=Label.from_json(value["label"]) if "label" in value else None,
            text=fields.text("text", MAX_TEXT),
            heading=fields.text("heading") if "heading" in value else None,
        )


@dataclass(frozen=True, slots=True)
class Body:
    """The part of a report or an answer that is released in pieces.

    `title_label` is the title's own; without one the title belongs to the whole, and no sanitised copy has it.
    `tear_line` names the portions written to be released: once anything must be left behind, only these go.
    """

    portions: tuple[Portion, ...]
    title: str | None = None
    title_label: Label | None = None
    tear_line: tuple[str, ...] = ()

    MEMBERS = ("portions",)
    OPTIONAL = ("title", "title_label", "tear_line")

    def as_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {"portions": [portion.as_json() for portion in self.portions]}
        if self.title is not None:
            members["title"] = self.title
        if self.title_label is not None:
            members["title_label"] = self.title_label.as_json()
        if self.tear_line:
            members["tear_line"] = list(self.tear_line)
        return members

    @classmethod
    def from_fields(cls, fields: Fields) -> "Body":
        """Raises `Malformed`."""
        what = fields.what
        portions = tuple(Portion.from_json(one, what) for one in fields.list_of("portions", MAX_PORTIONS))
        ids = [portion.id for portion in portions]
        if len(set(ids)) != len(ids) or TITLE in ids:
            raise Malformed(f"the {what} has two portions of one id, or one called {TITLE!r}")
        if "title_label" in fields and "title" not in fields:
            raise Malformed(f"the {what} has a `title_label` without a `title`")
        tear_line = fields.list_of("tear_line", MAX_PORTIONS) if "tear_line" in fields else []
        if not all(isinstance(one, str) for one in tear_line) or len(set(tear_line)) != len(tear_line):
            raise Malformed(f"the {what}'s `tear_line` must be a list of portion ids, each once")
        if absent := [one for one in tear_line if one not in ids]:
            raise Malformed(f"the {what}'s `tear_line` names a portion that is not there: {absent[0][:64]!r}")
        return cls(
            portions=portions,
            title=fields.text("title") if "title" in fields else None,
            title_label=Label.from_json(fields.members["title_label"]) if "title_label" in fields else None,
            tear_line=tuple(tear_line),
        )

    def marked(self, extra: Label | None) -> Marked:
        """The whole is labelled by the join of its parts and of `extra`, the document's own label if it has one."""
        unmarked = [portion.id for portion in self.portions if portion.label is None]
        titled = () if self.title_label is None else ((TITLE, self.title_label),)
        parts = (*titled, *((one.id, one.label) for one in self.portions if one.label is not None))
        labels = [label for _, label in parts] + ([] if extra is None else [extra])
        problem = None
        if unmarked and labels:
            problem = f"the portion {unmarked[0]!r} carries no label, although other parts do"
        return Marked(join(labels) if labels else None, parts, problem)

    def without(self, removals: Removals, what: str) -> "Body":
        """Only what may stay, built from it. The same removals again change nothing. Raises `Refused`."""
        left = [one for one in self.portions if not _leaves(one.id, one.label, removals)]
        title_stays = not _leaves(TITLE, self.title_label, removals)
        if len(left) == len(self.portions) and title_stays:
            return self
        if self.tear_line:
            left = [one for one in left if one.id in self.tear_line]
        if not left:
            raise Refused(f"nothing of this {what} would remain", "a tear line written to be released can go instead")
        kept = {one.id for one in left}
        own_title = self.title if self.title_label is not None and title_stays else None
        return Body(
            portions=tuple(left),
            title=own_title,
            title_label=None if own_title is None else self.title_label,
            tear_line=tuple(one for one in self.tear_line if one in kept),
        )

    def text(self) -> str:
        """What a person may read: headings and texts in order."""
        return "\n\n".join(_paragraphs(self.portions))


def _paragraphs(portions: Iterable[Portion]) -> Iterable[str]:
    for portion in portions:
        yield portion.text if portion.heading is None else f"{portion.heading}\n{portion.text}"


def _leaves(part: str, label: Label | None, removals: Removals) -> bool:
    personal = label is not None and any(origin.personal for origin in label.origins)
    return part in removals.portions or (removals.personal and personal)
