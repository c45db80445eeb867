"""What a report of a compromise sets off: the duties of the text as it stood when it was discovered, for both sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.agreement.instrument import Agreement, AgreementRef
from comity.agreement.life import status_at
from comity.core import ids, instants
from comity.core.errors import Malformed
from comity.labels.label import Label
from comity.release.decide import decide
from comity.release.facts import COMPROMISE, Event, Facts
from comity.release.question import Act, Duty, PartyReader, Question, Subject

MAX_HANDLES = 400
MAX_WORDS = 2000
_NEED = frozenset({"case", "event", "discovered", "given", "got", "derived", "labels", "words"})


@dataclass(frozen=True, slots=True)
class Report:
    """`given` are the handles of what the reader of the report gave and that is affected, `got` of what it got.

    `derived` counts further things of the reporter that contain the reader's information. `labels` is what all of it
    is marked, as far as the reader knows it.
    """

    case: str
    event: str
    discovered: datetime
    given: tuple[str, ...]
    got: tuple[str, ...]
    derived: int
    labels: Label
    words: str

    def as_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "event": self.event,
            "discovered": instants.text(self.discovered),
            "given": list(self.given),
            "got": list(self.got),
            "derived": self.derived,
            "labels": self.labels.as_json(),
            "words": self.words,
        }


def read(body: Mapping[str, Any]) -> Report:
    """The report in a notice's body. Raises `Malformed`: an event that is no compromise, nothing affected."""
    if set(body) != _NEED:
        raise Malformed(f"a report of a compromise has exactly {', '.join(sorted(_NEED))}")
    if body["event"] not in COMPROMISE:
        raise Malformed(f"this is no compromise: {str(body['event'])[:40]!r}", ", ".join(sorted(COMPROMISE)))
    words, derived = body["words"], body["derived"]
    if not isinstance(words, str) or len(words) > MAX_WORDS:
        raise Malformed(f"the words of a report are at most {MAX_WORDS:,} characters")
    if type(derived) is not int or derived < 0:
        raise Malformed("what is derived is a number")
    report = Report(
        case=ids.parse_handle(body["case"]),
        event=str(body["event"]),
        discovered=instants.parse(body["discovered"], "when it was discovered"),
        given=_handles(body["given"]),
        got=_handles(body["got"]),
        derived=derived,
        labels=Label.from_json(body["labels"]),
        words=words,
    )
    if not (report.given or report.got or report.derived):
        raise Malformed("a report of a compromise names something that is affected")
    return report


def duties(
    text: Agreement, reporter: str, report: Report, beside: Mapping[AgreementRef, Agreement]
) -> tuple[Duty, ...]:
    """What `reporter` now owes, with the clocks and citations of the text at the discovery, and of those `beside` it
    that protect by reference. No notice is left out: where the text has no term, the house's own rule owes it."""
    (reader,) = (party for party in text.party_ids if party != reporter)
    at = report.discovered
    event = Event(report.event, by=reporter, on=at, discovered=at)
    question = Question(
        agreement=text.ref,
        status_key=status_at(text, at).state.value,
        act=Act.REPORT_COMPROMISE,
        subject=Subject("compromise", report.labels),
        reader=PartyReader(reader, reader),
        facts=Facts(holder=reporter, event=event),
        bound_by=frozenset(beside),
    )
    return decide(question, {text.ref: text, **beside}, at).obligations


def _handles(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_HANDLES:
        raise Malformed(f"a report names at most {MAX_HANDLES} things of each kind")
    found = tuple(ids.parse_handle(handle) for handle in value)
    if len(set(found)) != len(found):
        raise Malformed("a report names one thing twice")
    return found
