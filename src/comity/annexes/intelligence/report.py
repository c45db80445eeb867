"""`intelligence.report/1`: a report or assessment in separately labelled portions, with or without a tear line."""

from dataclasses import dataclass, replace
from typing import Any

from comity.annexes.intelligence.portion import Body
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.core.instants import text as instant_text
from comity.core.strictjson import Json
from comity.release.document import Fields, Head, read
from comity.release.kind import Identity, Lookup, Marked, Reference, Removals, Summary, nothing

RELIABILITY = ("A", "B", "C", "D", "E", "F")
"""Of the source, by the common six-step scale: A completely reliable … E unreliable, F cannot be judged."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How far the source and the information are trusted, without saying who the source is.

    `credibility`: 1 confirmed … 5 improbable, 6 cannot be judged.
    """

    reliability: str
    credibility: int

    @classmethod
    def from_json(cls, value: Json) -> "Evaluation":
        if not isinstance(value, dict) or set(value) != {"reliability", "credibility"}:
            raise Malformed("the report's `evaluation` must have exactly `reliability` and `credibility`")
        fields = Fields(value, "evaluation")
        return cls(fields.word("reliability", RELIABILITY), fields.number("credibility", 1, 6))

    def as_json(self) -> dict[str, Any]:
        return {"reliability": self.reliability, "credibility": self.credibility}


@dataclass(frozen=True, slots=True)
class Report:
    """`producer` is the office that answers for it, `purpose` what it may be used for."""

    head: Head
    producer: str
    purpose: str
    body: Body
    evaluation: Evaluation | None = None


@dataclass(frozen=True, slots=True)
class ReportKind:
    name: str = "intelligence.report/1"
    precedence: str = "ROUTINE"

    def parse(self, raw: bytes) -> Report:
        """Raises `Malformed` and nothing else."""
        head, fields = read(raw, self.name, ("producer", "purpose", *Body.MEMBERS), ("evaluation", *Body.OPTIONAL))
        return Report(
            head=head,
            producer=fields.text("producer"),
            purpose=fields.name("purpose"),
            body=Body.from_fields(fields),
            evaluation=Evaluation.from_json(fields.members["evaluation"]) if "evaluation" in fields else None,
        )

    def render(self, record: Report) -> bytes:
        members = record.head.as_json(self.name) | record.body.as_json()
        members |= {"producer": record.producer, "purpose": record.purpose}
        if record.evaluation is not None:
            members["evaluation"] = record.evaluation.as_json()
        return strictjson.canonical(members)

    def identity(self, record: Report) -> Identity:
        return record.head.identity

    def marked(self, record: Report, source: str, lookup: Lookup = nothing) -> Marked:  # noqa: ARG002  # a report names its origins itself
        return replace(record.body.marked(record.head.label), purpose=record.purpose)

    def references(self, record: Report) -> tuple[Reference, ...]:  # noqa: ARG002  # a report points at no other
        return ()

    def sanitise(self, record: Report, removals: Removals) -> Report:
        """Without the named portions and, once anything leaves, without all above the tear line. Raises `Refused`."""
        body = record.body.without(removals, "report")
        return record if body is record.body else replace(record, body=body)

    def describe(self, record: Report) -> Summary:
        facts = {
            "id": record.head.id,
            "version": str(record.head.version),
            "written": instant_text(record.head.at),
            "producer": record.producer,
            "purpose": record.purpose,
            "language": record.head.language,
        }
        if record.evaluation is not None:
            facts["evaluation"] = f"{record.evaluation.reliability}{record.evaluation.credibility}"
        return Summary(record.body.title or f"Report {record.head.id}", facts, record.body.text())
