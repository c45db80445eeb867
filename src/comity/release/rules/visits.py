"""Visits: whose approval, how long before, what the request states, how long a list may run."""

from collections.abc import Iterator
from datetime import date

from whenever import Date

from comity.agreement.clock import Times
from comity.agreement.dates import start_of
from comity.agreement.instrument import Term
from comity.release import agreed
from comity.release.facts import Visit
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.reader import PersonReader
from comity.release.rules.rule import Check, Of, needs, shown

VISIT = frozenset({"visit"})
BOTH = 2
VISITING = frozenset({Act.VISIT})


def visit(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL VIII(1), CH-KR 9(1), CH-FI 9, NL-AU 12 and A20: the host's (or both authorities') prior approval."""
    request = matter.facts.visit
    if matter.act is not Act.VISIT or request is None or not matter.once(_high_enough, term):
        return
    if (matter.once(_sees_classified) or "cleared visitor" in " ".join(term.text.values())) and matter.once(_uncleared):
        yield matter.finding("visitor-not-cleared", term, Outcome.DENY)
    whose = term.params.get("consent_from")
    host = frozenset({matter.authority(request.host)})
    givers = _givers(str(whose), matter, request) if whose else host
    yield from _approvals(term, matter, givers)


def _givers(whose: str, matter: Matter, request: Visit) -> frozenset[str]:
    """ "Both" are host and visitor: under a text of several parties the others have no part in it."""
    two = {request.host, matter.reader.party} & matter.parties
    if whose.startswith("both-") and len(two) == BOTH:
        return frozenset(matter.authority(party) if whose == "both-authorities" else party for party in two)
    return matter.givers(whose, matter.parties)


def _sees_classified(matter: Matter) -> bool:
    """A person who asks to see something classified, and not a list of people for whom their authority answers."""
    request = matter.facts.visit
    seen = request is not None and request.level is not None
    return seen and isinstance(matter.reader, PersonReader) and matter.rank is not None


def _uncleared(matter: Matter) -> bool:
    """A visitor of whom no clearance is known that reaches the level and lasts to the end of the visit."""
    held = matter.reader.clearance if isinstance(matter.reader, PersonReader) else None
    if held is None or (held.valid_until is not None and held.valid_until <= matter.now):
        return True
    request = matter.facts.visit or Visit("")
    last = request.period[1] if request.period is not None else request.starts
    if (
        held.valid_until is not None
        and last is not None
        and held.valid_until <= start_of(Date(last.year, last.month, last.day))
    ):
        return True
    return _sees_classified(matter) and not matter.cleared(held)


def _approvals(term: Term, matter: Matter, givers: frozenset[str]) -> Iterator[Answer]:
    form = str(term.params.get("requires") or "approval")
    missing = sorted(giver for giver in givers if not agreed.approved(matter, giver, VISIT, form))
    for giver in missing:
        yield needs(term, matter, "visit-not-approved", giver, form)
    if not missing:
        yield matter.finding("visit-approved", term, Outcome.ALLOW)


def _high_enough(term: Term, matter: Matter) -> bool:
    request = matter.facts.visit
    start, level = term.params.get("from_en"), request.level if request is not None else None
    if not isinstance(start, str):
        return True
    if matter.rank is not None:
        return matter.reaches(start)
    if level is None:
        return True
    return matter.table.rank(matter.reader.party, level) >= matter.table.rank("en", start)


def third_nationals(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-FR 11.2: a visit by nationals of third countries takes both authorities' approval."""
    asked = matter.facts.visit.nationality if matter.facts.visit is not None else frozenset()
    named = [nations for nations in (matter.reader.nationality, asked) if nations]
    if matter.act is Act.VISIT and not all(nations & matter.parties for nations in named):
        whose = str(term.params.get("consent_from") or "both-authorities")
        yield from _approvals(term, matter, matter.givers(whose, matter.parties))


def lead_time(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL VIII(2), CH-KR 9(3) and (5), CH-DK 7, CH-LU 10, NL-SE MoU5: so long before, or urgent and agreed."""
    request = matter.facts.visit
    if matter.act is not Act.VISIT or request is None:
        return
    if request.urgent and term.rule == "visit-lead-time":
        if matter.first("visit-urgent") is None:
            yield from _urgent(term, matter, request)
        return
    if not request.urgent and term.rule == "visit-urgent":
        return
    if _in_time(term, matter, request):
        yield matter.finding("visit-in-time", term, Outcome.ALLOW)
    elif (request.submitted is not None and request.starts is not None) or request.working_days is not None:
        yield matter.finding("visit-too-late", term, Outcome.DENY)
    elif not agreed.approved(matter, matter.authority(request.host), VISIT):
        yield needs(term, matter, "visit-date-unstated", matter.authority(request.host), "approval")


def _in_time(term: Term, matter: Matter, request: Visit) -> bool:
    by_host = term.params.get("lead_working_days") or {}
    if by_host:
        wanted = int(by_host.get(request.host, max(by_host.values())))
        return (_working_days(matter, request) or 0) >= wanted
    return _days(request) >= int(term.params.get("lead_days") or 0) if request.starts and request.submitted else False


def _working_days(matter: Matter, request: Visit) -> int | None:
    """As counted by whoever asks; else the host's, after the request up to and with the day of the visit."""
    if request.working_days is not None or request.submitted is None or request.starts is None:
        return request.working_days
    sent, starts = (Date(day.year, day.month, day.day) for day in (request.submitted, request.starts))
    return Times.of(matter.agreement, matter.now).calendar(request.host).working_days_between(sent, starts)


def _days(request: Visit) -> int:
    start, sent = request.starts or date.min, request.submitted or date.max
    return (start - sent).days


def _urgent(term: Term, matter: Matter, request: Visit) -> Iterator[Answer]:
    """Urgent: the shorter time where there is one, else the host's word (coordination, agreement of authorities)."""
    floor, host = term.params.get("urgent_days"), matter.authority(request.host)
    if _in_time(term, matter, request):
        yield matter.finding("visit-in-time", term, Outcome.ALLOW)
    elif isinstance(floor, int):
        late = _days(request) < floor
        yield matter.finding(
            "visit-too-late" if late else "visit-in-time", term, Outcome.DENY if late else Outcome.ALLOW
        )
    elif term.params.get("urgent") is None:
        yield matter.finding("visit-too-late", term, Outcome.DENY)
    elif agreed.approved(matter, host, VISIT):
        yield matter.finding("visit-approved", term, Outcome.ALLOW)
    else:
        yield needs(term, matter, "visit-not-approved", host, str(term.params["urgent"]))


def contents(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL VIII(3): the request states all of this."""
    request = matter.facts.visit
    if matter.act is not Act.VISIT or request is None:
        return
    if lacking := sorted(set(term.params.get("required_fields") or ()) - request.fields):
        yield matter.finding("visit-incomplete", term, Outcome.DENY, lacking=", ".join(lacking))
    else:
        yield matter.finding("visit-complete", term, Outcome.ALLOW)


def duration(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL VIII(5), CH-KR 9(6), CH-FI 9: a list of recurring visits runs at most so many months."""
    request = matter.facts.visit
    if matter.act is not Act.VISIT or request is None or request.period is None:
        return
    start, end = request.period
    months = int(term.params.get("max_months") or 0)
    if end > months_after(start, months):
        yield matter.finding("visit-too-long", term, Outcome.DENY, months=str(months))
    else:
        yield matter.finding("visit-within-length", term, Outcome.ALLOW)


def months_after(day: date, months: int) -> date:
    """The same day of the month, or its last one, `months` later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def unrequested(matter: Matter) -> Iterator[Answer]:
    """The house's own: a visit of which nothing is known is not approved."""
    if matter.act is Act.VISIT and matter.facts.visit is None and matter.terms:
        term = matter.first("visit", "visit-contents", "visit-lead-time") or matter.terms[0]
        yield matter.finding("visit-incomplete", term, Outcome.DENY, lacking="request")


ROWS: dict[str, Check] = {
    "visit": Of(VISITING, visit),
    "visit-lead-time": Of(VISITING, lead_time),
    "visit-urgent": Of(VISITING, lead_time),
    "visit-contents": Of(VISITING, contents),
    "visit-duration": Of(VISITING, duration),
    "visit-third-nationals": Of(VISITING, third_nationals),
    "assessment-visit": shown,
    "security-visit": shown,
}
