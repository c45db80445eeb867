"""`intelligence.feedback/1`: what the reader made of a report or an answer, told to its giver."""

from dataclasses import dataclass

from comity.annexes.intelligence import whole
from comity.annexes.intelligence.document import Head, read
from comity.core import ids, strictjson
from comity.core.instants import text as instant_text
from comity.release.kind import Identity, Lookup, Marked, Reference, Removals, Summary, nothing

VERDICTS = ("useful", "not-useful", "false", "acted-on")
MAX_NOTE = 4_000


@dataclass(frozen=True, slots=True)
class Feedback:
    """`re` is the handle of what was read; `request` that of the request it answered, if it did."""

    head: Head
    re: str
    verdict: str
    note: str | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class FeedbackKind:
    name: str = "intelligence.feedback/1"
    precedence: str = "ROUTINE"

    def parse(self, raw: bytes) -> Feedback:
        """Raises `Malformed` and nothing else."""
        head, fields = read(raw, self.name, ("re", "verdict"), ("note", "request"))
        return Feedback(
            head=head,
            re=ids.parse_handle(fields.members["re"]),
            verdict=fields.word("verdict", VERDICTS),
            note=fields.text("note", MAX_NOTE) if "note" in fields else None,
            request=ids.parse_handle(fields.members["request"]) if "request" in fields else None,
        )

    def render(self, record: Feedback) -> bytes:
        own = {"re": record.re, "verdict": record.verdict, "note": record.note, "request": record.request}
        given = {name: value for name, value in own.items() if value is not None}
        return strictjson.canonical(record.head.as_json(self.name) | given)

    def identity(self, record: Feedback) -> Identity:
        return record.head.identity

    def marked(self, record: Feedback, source: str, lookup: Lookup = nothing) -> Marked:  # noqa: ARG002  # feedback names its origins itself
        return whole.marked(record.head)

    def references(self, record: Feedback) -> tuple[Reference, ...]:  # noqa: ARG002  # handles are not records
        return ()

    def sanitise(self, record: Feedback, removals: Removals) -> Feedback:
        """Whole or `Refused`."""
        whole.check_nothing_leaves(record.head, removals, "feedback")
        return record

    def describe(self, record: Feedback) -> Summary:
        facts = {"id": record.head.id, "written": instant_text(record.head.at), "about": record.re}
        return Summary(f"Feedback: {record.verdict}", facts | {"verdict": record.verdict}, record.note or "")
