"""`intelligence.request/1`: a request for information, with the day by which an answer is needed."""

from dataclasses import dataclass, replace
from datetime import datetime

from comity.core import strictjson
from comity.core.errors import Malformed
from comity.core.instants import text as instant_text
from comity.release import whole
from comity.release.document import MAX_TEXT, Head, read
from comity.release.kind import Identity, Lookup, Marked, Reference, Removals, Summary, nothing

PRIORITIES = ("FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE")


@dataclass(frozen=True, slots=True)
class Request:
    head: Head
    question: str
    needed_by: datetime
    purpose: str
    priority: str


@dataclass(frozen=True, slots=True)
class RequestKind:
    name: str = "intelligence.request/1"
    precedence: str = "PRIORITY"

    def parse(self, raw: bytes) -> Request:
        """Raises `Malformed` and nothing else."""
        head, fields = read(raw, self.name, ("question", "needed_by", "purpose", "priority"))
        needed_by = fields.instant("needed_by")
        if needed_by <= head.at:
            raise Malformed("the request's `needed_by` must be later than `at`")
        return Request(
            head=head,
            question=fields.text("question", MAX_TEXT),
            needed_by=needed_by,
            purpose=fields.name("purpose"),
            priority=fields.word("priority", PRIORITIES),
        )

    def render(self, record: Request) -> bytes:
        own = {
            "question": record.question,
            "needed_by": instant_text(record.needed_by),
            "purpose": record.purpose,
            "priority": record.priority,
        }
        return strictjson.canonical(record.head.as_json(self.name) | own)

    def identity(self, record: Request) -> Identity:
        return record.head.identity

    def marked(self, record: Request, source: str, lookup: Lookup = nothing) -> Marked:  # noqa: ARG002  # a request names its origins itself
        return replace(whole.marked(record.head), purpose=record.purpose)

    def references(self, record: Request) -> tuple[Reference, ...]:  # noqa: ARG002  # a request points at nothing
        return ()

    def sanitise(self, record: Request, removals: Removals) -> Request:
        """Whole or `Refused`."""
        whole.check_nothing_leaves(record.head, removals, "request")
        return record

    def describe(self, record: Request) -> Summary:
        facts = {
            "id": record.head.id,
            "written": instant_text(record.head.at),
            "needed by": instant_text(record.needed_by),
            "purpose": record.purpose,
            "priority": record.priority,
        }
        return Summary(f"Request {record.head.id}", facts, record.question)
