"""`intelligence.answer/1`: what is answered to a request for information, in portions like a report's."""

from dataclasses import dataclass, replace

from comity.annexes.intelligence.portion import Body
from comity.core import ids, strictjson
from comity.core.instants import text as instant_text
from comity.release.document import Head, read
from comity.release.kind import Identity, Lookup, Marked, Reference, Removals, Summary, nothing


@dataclass(frozen=True, slots=True)
class Answer:
    """`re` is the handle of the request."""

    head: Head
    re: str
    body: Body


@dataclass(frozen=True, slots=True)
class AnswerKind:
    name: str = "intelligence.answer/1"
    precedence: str = "PRIORITY"

    def parse(self, raw: bytes) -> Answer:
        """Raises `Malformed` and nothing else."""
        head, fields = read(raw, self.name, ("re", *Body.MEMBERS), Body.OPTIONAL)
        return Answer(head, ids.parse_handle(fields.members["re"]), Body.from_fields(fields))

    def render(self, record: Answer) -> bytes:
        return strictjson.canonical(record.head.as_json(self.name) | {"re": record.re} | record.body.as_json())

    def identity(self, record: Answer) -> Identity:
        return record.head.identity

    def marked(self, record: Answer, source: str, lookup: Lookup = nothing) -> Marked:  # noqa: ARG002  # an answer names its origins itself
        return record.body.marked(record.head.label)

    def references(self, record: Answer) -> tuple[Reference, ...]:  # noqa: ARG002  # `re` is a handle, not a record
        return ()

    def sanitise(self, record: Answer, removals: Removals) -> Answer:
        """As a report. Raises `Refused`."""
        body = record.body.without(removals, "answer")
        return record if body is record.body else replace(record, body=body)

    def describe(self, record: Answer) -> Summary:
        facts = {"id": record.head.id, "written": instant_text(record.head.at), "answers": record.re}
        return Summary(record.body.title or f"Answer {record.head.id}", facts, record.body.text())
