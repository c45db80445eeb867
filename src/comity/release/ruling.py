"""`<field>.ruling/1`: what the originator decided on a proposed correction: accepted or declined."""

from dataclasses import dataclass
from typing import Any

from comity.core import ids, strictjson
from comity.core.instants import text as instant_text
from comity.release import whole
from comity.release.document import Head, read
from comity.release.kind import About, Identity, Lookup, Marked, Reference, Removals, Summary, nothing

ACCEPTED, DECLINED = "accepted", "declined"
RULINGS = (ACCEPTED, DECLINED)
MAX_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class Ruling:
    """`re` is the handle of the correction. An accepted one is carried out by a new version of the thing itself."""

    head: Head
    re: str
    ruling: str
    words: str | None = None

    @property
    def about(self) -> About:
        return About(self.ruling, self.re, rules=True)


@dataclass(frozen=True, slots=True)
class RulingKind:
    """One for each field, as feedback."""

    name: str
    precedence: str = "PRIORITY"

    def parse(self, raw: bytes) -> Ruling:
        """Raises `Malformed` and nothing else."""
        head, fields = read(raw, self.name, ("re", "ruling"), ("words",))
        return Ruling(
            head=head,
            re=ids.parse_handle(fields.members["re"]),
            ruling=fields.word("ruling", RULINGS),
            words=fields.text("words", MAX_WORDS) if "words" in fields else None,
        )

    def render(self, record: Ruling) -> bytes:
        own: dict[str, Any] = {"re": record.re, "ruling": record.ruling}
        words = {} if record.words is None else {"words": record.words}
        return strictjson.canonical(record.head.as_json(self.name) | own | words)

    def identity(self, record: Ruling) -> Identity:
        return record.head.identity

    def marked(self, record: Ruling, source: str, lookup: Lookup = nothing) -> Marked:  # noqa: ARG002  # a ruling names its origins itself
        return whole.marked(record.head)

    def references(self, record: Ruling) -> tuple[Reference, ...]:  # noqa: ARG002  # handles are not records
        return ()

    def sanitise(self, record: Ruling, removals: Removals) -> Ruling:
        """Whole or `Refused`."""
        whole.check_nothing_leaves(record.head, removals, "ruling")
        return record

    def describe(self, record: Ruling) -> Summary:
        facts = {"id": record.head.id, "written": instant_text(record.head.at), "about": record.re}
        return Summary(f"Correction {record.ruling}", facts | {"ruling": record.ruling}, record.words or "")
