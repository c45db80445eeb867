"""`<field>.feedback/1`: what whoever received a thing made of it, told to its giver."""

from dataclasses import dataclass
from typing import Any

from comity.core import ids, strictjson
from comity.core.errors import Malformed
from comity.core.instants import text as instant_text
from comity.release import whole
from comity.release.document import Head, read
from comity.release.kind import About, Identity, Lookup, Marked, Reference, Removals, Summary, nothing

BLOCKED = "blocked"
VERDICTS = ("useful", "not-useful", "false", "acted-on", BLOCKED)
MAX_NOTE = 4_000
MAX_COUNT = 10**12


@dataclass(frozen=True, slots=True)
class Feedback:
    """`re` is the handle of what was received; `request` that of the request it answered, if it did.

    `count` is how many times it was blocked so far: said with that verdict and with no other. A later version of the
    same document takes the place of the earlier one.
    """

    head: Head
    re: str
    verdict: str
    note: str | None = None
    request: str | None = None
    count: int | None = None

    @property
    def about(self) -> About:
        return About(self.verdict, self.re, count=self.count)


@dataclass(frozen=True, slots=True)
class FeedbackKind:
    """One for each field: the annex that opens a field lets feedback on its things pass."""

    name: str
    precedence: str = "ROUTINE"

    def parse(self, raw: bytes) -> Feedback:
        """Raises `Malformed` and nothing else."""
        head, fields = read(raw, self.name, ("re", "verdict"), ("note", "request", "count"))
        verdict = fields.word("verdict", VERDICTS)
        if ("count" in fields) != (verdict == BLOCKED):
            raise Malformed(f"the feedback's `count` is said with the verdict {BLOCKED}, and with no other")
        return Feedback(
            head=head,
            re=ids.parse_handle(fields.members["re"]),
            verdict=verdict,
            note=fields.text("note", MAX_NOTE) if "note" in fields else None,
            request=ids.parse_handle(fields.members["request"]) if "request" in fields else None,
            count=fields.number("count", 1, MAX_COUNT) if "count" in fields else None,
        )

    def render(self, record: Feedback) -> bytes:
        own: dict[str, Any] = {"re": record.re, "verdict": record.verdict, "note": record.note}
        own |= {"request": record.request, "count": record.count}
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
        facts |= {"verdict": record.verdict} | ({} if record.count is None else {"count": str(record.count)})
        return Summary(f"Feedback: {record.verdict}", facts, record.note or "")
