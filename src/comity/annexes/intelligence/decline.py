"""`intelligence.decline/1`: a request is not answered. It cites an article and never says what there would be."""

import re
from dataclasses import dataclass

from comity.core import ids, strictjson
from comity.core.errors import Malformed
from comity.core.instants import text as instant_text
from comity.release import whole
from comity.release.document import Head, read
from comity.release.kind import Identity, Lookup, Marked, Reference, Removals, Summary, nothing

MAX_WORDS = 500
_CITATION = re.compile(r"(agreement|policy|house):\S{1,120}")


@dataclass(frozen=True, slots=True)
class Decline:
    """`re` is the handle of the request, `cite` a citation like `agreement:VI(2)(d)@1`, `words` a courtesy."""

    head: Head
    re: str
    cite: str
    words: str


@dataclass(frozen=True, slots=True)
class DeclineKind:
    name: str = "intelligence.decline/1"
    precedence: str = "PRIORITY"

    def parse(self, raw: bytes) -> Decline:
        """Raises `Malformed` and nothing else."""
        head, fields = read(raw, self.name, ("re", "cite", "words"))
        cite = fields.members["cite"]
        if not isinstance(cite, str) or not _CITATION.fullmatch(cite):
            raise Malformed("the decline's `cite` is not a citation like agreement:VI(2)(d)@1 or house:1")
        return Decline(head, ids.parse_handle(fields.members["re"]), cite, fields.text("words", MAX_WORDS))

    def render(self, record: Decline) -> bytes:
        own = {"re": record.re, "cite": record.cite, "words": record.words}
        return strictjson.canonical(record.head.as_json(self.name) | own)

    def identity(self, record: Decline) -> Identity:
        return record.head.identity

    def marked(self, record: Decline, source: str, lookup: Lookup = nothing) -> Marked:  # noqa: ARG002  # a decline names its origins itself
        return whole.marked(record.head)

    def references(self, record: Decline) -> tuple[Reference, ...]:  # noqa: ARG002  # `re` is a handle, not a record
        return ()

    def sanitise(self, record: Decline, removals: Removals) -> Decline:
        """Whole or `Refused`."""
        whole.check_nothing_leaves(record.head, removals, "decline")
        return record

    def describe(self, record: Decline) -> Summary:
        facts = {"id": record.head.id, "written": instant_text(record.head.at), "declines": record.re}
        return Summary(f"Declined under {record.cite}", facts | {"citation": record.cite}, record.words)
