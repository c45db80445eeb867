"""The life of the text: in force, suspended, ended, surviving; and the duties its own events trigger."""

from collections.abc import Iterator
from datetime import date

from comity.agreement.article import covers
from comity.agreement.events import moment_of
from comity.agreement.instrument import Term
from comity.agreement.life import State, changed_at, terms_at
from comity.agreement.vocabulary import KINDS
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Finding, Outcome
from comity.release.rules.rule import Check, Cited, shown
from comity.release.rules.visits import months_after

ENDING = ("termination", "termination-survival", "duration", "renewal", "withdrawal", "entry-into-force")


def force(matter: Matter) -> Iterator[Answer]:
    """New information goes only under a text in force or provisionally applied; protection never stops (law 12)."""
    status = matter.status
    if status.until is not None:
        matter.bounds.append(status.until)
    cites = [cite for article in status.cites if (cite := _cite(matter, article))]
    giving = matter.act in {Act.RELEASE, Act.VISIT} and not matter.bound and not _returning(matter)
    left = {matter.reader.party, matter.facts.holder} & status.withdrawn
    if giving and (not status.provides or status.suspended_provision or left):
        fallback = matter.first("suspension") if status.suspended_provision else matter.first(*ENDING)
        term = fallback or next(iter(matter.terms), None)
        if left and status.provides and not status.suspended_provision:
            leaving = matter.first("withdrawal", "termination", "termination-survival")
            cites = [matter.cite(leaving)] if leaving is not None else cites
        for cite in cites or ([matter.cite(term)] if term is not None else ["house:2"]):
            yield Finding("suspended" if status.suspended_provision else "not-in-force", cite, Outcome.DENY)
    elif giving and (term := _suspended_term(matter)) is not None:
        for article in (term.article, *status.suspended_by):
            yield Finding("article-suspended", _cite(matter, article) or matter.cite(term), Outcome.DENY)
    elif not matter.bound:
        code = "status" if status.notable else "in-force"
        for cite in cites:
            yield Finding(code, cite, Outcome.ALLOW, (("state", status.state.value),))
    yield from _flags(matter, cites)


def _suspended_term(matter: Matter) -> Term | None:
    """The first term in a suspended article that speaks of the act: nothing new is given on it. Another annex's term
    speaks of other things."""
    for term in matter.terms if matter.status.suspended_articles else ():
        if not any(covers(article, term.article) for article in matter.status.suspended_articles):
            continue
        kind, annex = KINDS.get(term.rule), term.params.get("annex")
        if (kind is None or matter.act.value in kind.acts) and annex in (None, matter.subject.annex):
            return term
    return None


def _returning(matter: Matter) -> bool:
    """Giving an originator back its own is not providing."""
    return matter.act is Act.RELEASE and matter.subject.originators == {matter.reader.party}


def _flags(matter: Matter, _cites: list[str]) -> Iterator[Answer]:
    term = matter.first("renewal", "suspension", "termination", "duration") or next(iter(matter.terms), None)
    if term is not None:
        for flag in matter.status.flags:
            yield matter.duty("flag-status", "node", term, reason=flag)


def _cite(matter: Matter, article: str) -> str | None:
    term = next((term for term in matter.terms if term.article == article), None)
    return matter.cite(term) if term is not None else None


def survival(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-IL XIV(3), JP-KR 21(4), CH-KR 15(3), NL-US 20(6), CH-LU 15.4: after the end, protection goes on."""
    if matter.status.state is not State.ENDED:
        return
    released = matter.released & matter.subject.originators
    if released and term.params.get("until") and not matter.foreign:
        yield matter.finding("released-from-duty", term, Outcome.ALLOW, by=", ".join(sorted(released)))
    elif matter.act not in {Act.RELEASE, Act.VISIT}:
        yield matter.finding("survives", term, Outcome.ALLOW)
        yield matter.duty("keep-protecting", matter.keeper, term)
    event = matter.facts.event
    if event is not None and event.kind == "return-requested":
        yield matter.duty("return", matter.keeper, term)


def withdrawal(term: Term, matter: Matter) -> Iterator[Answer]:
    """ETW 47: whoever leaves gives notice, and pays its share for that time."""
    for event in _events(matter, "withdrawal-notice"):
        received = _day(moment_of(event))
        if received is None or received > matter.now.date():
            continue
        due = months_after(received, int(term.params.get("notice_months") or 12))
        yield matter.finding("withdrawing", term, Outcome.ALLOW)
        yield matter.duty("pay-share", str(event.get("by")), term, due.isoformat())


def amendment_reply(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 14(2): a proposed amendment is answered in time."""
    for event in _events(matter, "amendment-proposed"):
        received, days = _day(moment_of(event)), int(term.params.get("reply_days") or 30)
        if received is not None and received <= matter.now.date():
            yield matter.finding("amendment-proposed", term, Outcome.ALLOW)
            for party in sorted(matter.parties - {event.get("by")}):
                yield matter.duty("reply", party, term, matter.days(received, days))


def authority_change(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-KR 4(2), CH-LU 4.2: a change of competent authority is told to the other side."""
    for event in _events(matter, "authority-changed"):
        changed = _day(event.get("on"))
        if event.get("notified") is not True and (changed is None or changed <= matter.now.date()):
            yield matter.finding("authority-changed", term, Outcome.ALLOW)
            yield matter.duty("notify-authority-change", str(event.get("by")), term)


def review(term: Term, matter: Matter) -> Iterator[Answer]:
    """CH-DK 14.2, NL-SE 8: looked at again so many years after entry into force."""
    start = _day(matter.agreement.life.in_force_from)
    if start is None:
        return
    due = months_after(start, 12 * int(term.params.get("years") or 10))
    near = abs((due - matter.now.date()).days) <= 366
    if near or matter.subject.kind in {"review", "agreement"}:
        yield matter.finding("review-due", term, Outcome.ALLOW)
        yield matter.duty("review", "both", term, due.isoformat())


def amended(matter: Matter, cites: tuple[str, ...]) -> Iterator[Answer]:
    """An article that an amendment changed is cited as amended."""
    changed = changed_at(matter.agreement, matter.now)
    current = terms_at(matter.agreement, matter.now) if changed else ()
    for term in matter.terms if changed else ():
        if term in current and (by := changed.get(term.article)) and matter.cite(term) in cites:
            yield matter.duty("cite-amendment", "node", term, id=by)


def _events(matter: Matter, kind: str) -> Iterator[dict[str, object]]:
    return (dict(event) for event in matter.agreement.life.events if event.get("kind") == kind)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value is not None else None
    except ValueError:
        return None


def _unfinished(_term: Term, matter: Matter) -> bool:
    ended = matter.status.state is State.ENDED
    return ended and matter.act not in PROVIDING and matter.facts.project is not None


ROWS: dict[str, Check] = {
    "entry-into-force": shown,
    "provisional": shown,
    "duration": shown,
    "renewal": shown,
    "amendment": shown,
    "suspension": shown,
    "termination": shown,
    "termination-survival": survival,
    "termination-activities": Cited("unfinished-activity", frozenset(Act), _unfinished),
    "survival": survival,
    "withdrawal": withdrawal,
    "amendment-reply": amendment_reply,
    "authority-change": authority_change,
    "review": review,
}
"""What the life terms mean for the text's force is computed once, in `agreement.life`; `force` applies it."""
