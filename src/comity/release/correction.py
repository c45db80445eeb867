"""`<field>.correction/1`: a proposal to the giver of a thing that it be corrected. Only its originator decides."""

from dataclasses import dataclass
from typing import Any

from comity.core import ids, strictjson
from comity.core.instants import text as instant_text
from comity.release import whole
from comity.release.document import MAX_TEXT, Head, read
from comity.release.kind import About, Identity, Lookup, Marked, Reference, Removals, Summary, nothing

PROPOSED = "proposed"
MAX_COPY = 256 * 1024


@dataclass(frozen=True, slots=True)
class Correction:
    """`re` is the handle of what was received, `text` what is wrong and how it should read. `copy` is how the whole
    should read: it is shown to people and never taken in as a record."""

    head: Head
    re: str
    text: str
    copy: str | None = None

    @property
    def about(self) -> About:
        return About(PROPOSED, self.re)


@dataclass(frozen=True, slots=True)
class CorrectionKind:
    """One for each field, as feedback."""

    name: str
    precedence: str = "PRIORITY"

    def parse(self, raw: bytes) -> Correction:
        """Raises `Malformed` and nothing else."""
        head, fields = read(raw, self.name, ("re", "text"), ("copy",))
        return Correction(
            head=head,
            re=ids.parse_handle(fields.members["re"]),
            text=fields.text("text", MAX_TEXT),
            copy=fields.text("copy", MAX_COPY) if "copy" in fields else None,
        )

    def render(self, record: Correction) -> bytes:
        own: dict[str, Any] = {"re": record.re, "text": record.text}
        copy = {} if record.copy is None else {"copy": record.copy}
        return strictjson.canonical(record.head.as_json(self.name) | own | copy)

    def identity(self, record: Correction) -> Identity:
        return record.head.identity

    def marked(self, record: Correction, source: str, lookup: Lookup = nothing) -> Marked:  # noqa: ARG002  # a correction names its origins itself
        return whole.marked(record.head)

    def references(self, record: Correction) -> tuple[Reference, ...]:  # noqa: ARG002  # handles are not records
        return ()

    def sanitise(self, record: Correction, removals: Removals) -> Correction:
        """Whole or `Refused`."""
        whole.check_nothing_leaves(record.head, removals, "correction")
        return record

    def describe(self, record: Correction) -> Summary:
        facts = {"id": record.head.id, "written": instant_text(record.head.at), "about": record.re}
        text = record.text if record.copy is None else f"{record.text}\n\n{record.copy}"
        return Summary("Proposed correction", facts, text)
