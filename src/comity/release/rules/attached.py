"""Duties that a text attaches to an event of its own life, or to the receipt of a thing (Comity's own kinds)."""

from collections.abc import Iterator

from comity.agreement.clock import time_of
from comity.agreement.dates import instant_of
from comity.agreement.events import moment_of
from comity.agreement.instrument import Term
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.rules.rule import Check, Of, selected


def on_event(term: Term, matter: Matter) -> Iterator[Answer]:
    """Comity: who told an event, the other party, or both owe what the article attaches to it."""
    for event in matter.agreement.life.events:
        if event["kind"] not in term.params["on"] or instant_of(moment_of(event)) > matter.now:
            continue
        teller = {str(event.get("by"))}
        owing = {"teller": teller, "other": matter.parties - teller, "both": matter.parties}[str(term.params["actor"])]
        yield matter.finding("event-owes", term, Outcome.ALLOW, event=str(event["kind"]))
        for party in sorted(owing):
            yield matter.duty(str(term.params["owes"]), party, term, _time(term), on=str(event["kind"]), **_whose(term))


def on_receipt(term: Term, matter: Matter) -> Iterator[Answer]:
    """Comity: its recipient owes what the article attaches to the receipt; opened by the receipt itself."""
    party = matter.reader.party
    others = matter.subject.originators - {party}
    if party not in matter.parties or not others or not selected(term, matter):
        return
    yield matter.finding("receipt-owes", term, Outcome.ALLOW)
    yield matter.duty(str(term.params["owes"]), party, term, _time(term), **_whose(term))


def _time(term: Term) -> str | None:
    time = time_of(term)
    return None if time is None else str(time)


def _whose(term: Term) -> dict[str, str]:
    return {"calendar": str(term.params["calendar"])} if "calendar" in term.params else {}


ROWS: dict[str, Check] = {
    "comity-event-duty": on_event,
    "comity-receipt-duty": Of(frozenset({Act.RELEASE}), on_receipt),
}
