"""Loss and disclosure: every originator is told, by the clock of the text. No notice is ever left out."""

from collections.abc import Iterator
from datetime import timedelta

from comity.agreement.instrument import Term
from comity.core import instants
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Duty, Finding, Outcome
from comity.release.rules.rule import Check, Of

LOW = "compromise-low"
REPORT = frozenset({Act.REPORT_COMPROMISE})


def _event(matter: Matter) -> bool:
    event = matter.facts.event
    return (event is not None and event.is_compromise) or (event is None and matter.act is Act.REPORT_COMPROMISE)


def actor(matter: Matter) -> str:
    """Who must act: where it happened; for a breach in a third country, whoever sent it there (CH-PL 10(3))."""
    event = matter.facts.event
    sent = matter.facts.transmission.by
    if event is not None and event.kind == "breach-in-third-country" and sent is not None:
        return sent
    if matter.facts.holder is not None:
        return matter.facts.holder
    if event is not None and event.by in matter.parties:
        return str(event.by)
    return matter.recipient


def compromise(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL X(1), CH-KR 11, JP-KR 17, NL-US 11(2)(g), CH-SG 11, CH-FI 11, CH-PL 10: told, investigated, reported."""
    if not _event(matter):
        return
    if not _tier(term, matter):
        return
    who, params, event = actor(matter), term.params, matter.facts.event
    found = (event.discovered or event.on if event is not None else None) or matter.now
    yield matter.finding("compromise", term, Outcome.ALLOW)
    hours, days = params.get("first_hours"), params.get("report_days")
    first = instants.text(found + timedelta(hours=hours)) if isinstance(hours, int) else params.get("deadline")
    for origin in _told(matter, who):
        yield matter.duty("notify-originator", who, term, str(first) if first else "immediately", to=origin)
    yield matter.duty("investigate", who, term, "immediately")
    reported = matter.days(found, days) if isinstance(days, int) else None
    yield matter.duty("report-findings", who, term, reported, form="written")
    yield matter.duty("corrective-measures", who, term, reported)


def _tier(term: Term, matter: Matter) -> bool:
    """A term limited to some levels speaks for them alone; where no other fits, the faster one does."""
    levels = term.params.get("levels_en")
    if not levels or matter.rank is None or matter.at(levels):
        return True
    tiers = [*matter.by_kind.get("compromise", ()), *matter.by_kind.get(LOW, ())]
    fitting = [row for row in tiers if not row.params.get("levels_en") or matter.at(row.params["levels_en"])]
    return not fitting and term.rule != LOW


def _told(matter: Matter, who: str) -> list[str]:
    return sorted(matter.subject.originators - {who}) or sorted(matter.subject.originators)


def low(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-SG 11.3: at the lower level told in writing once the inquiry is complete."""
    if not _event(matter) or not _tier(term, matter):
        return
    who = actor(matter)
    yield matter.finding("compromise", term, Outcome.ALLOW)
    for origin in _told(matter, who):
        due = str(term.params.get("deadline") or "on-completion-of-investigation")
        yield matter.duty("notify-originator", who, term, due, to=origin)
    yield matter.duty("investigate", who, term, "immediately")


def investigate(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FR 13.2: the inquiry, its facts, measures and result."""
    if _event(matter):
        due = term.params.get("deadline")
        yield matter.finding("compromise", term, Outcome.ALLOW)
        yield matter.duty("investigate", actor(matter), term, "immediately")
        yield matter.duty("report-findings", actor(matter), term, str(due) if due else None)


def cost(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL X(2): whoever investigates bears the cost."""
    if _event(matter):
        yield matter.finding("cost-of-inquiry", term, Outcome.ALLOW)
        yield matter.duty("bear-own-costs", actor(matter), term)


def never_silent(matter: Matter) -> Iterator[Answer]:
    """The house's own: where no term speaks of its level, the originators are told all the same (law 12)."""
    if not _event(matter) or matter.first("compromise"):
        return
    if any(_tier(term, matter) for term in matter.by_kind.get(LOW, ())):
        return
    term = matter.first("compromise-investigate", LOW, "protection-by-reference", "protect-equivalent", "survival")
    cite = matter.cite(term) if term is not None else "house:12"
    yield Finding("compromise", cite, Outcome.ALLOW)
    for origin in _told(matter, actor(matter)):
        yield Duty("notify-originator", actor(matter), cite, "immediately", (("to", origin),))


ROWS: dict[str, Check] = {
    "compromise": Of(REPORT, compromise, event=True),
    "compromise-low": Of(REPORT, low, event=True),
    "compromise-investigate": Of(REPORT, investigate, event=True),
    "compromise-cost": Of(REPORT, cost, event=True),
}
