"""What a text says must become of a thing by a date, and whether its public is told of it."""

from collections.abc import Iterator
from datetime import datetime

from comity.agreement.clock import time_of
from comity.agreement.dates import instant_of
from comity.agreement.instrument import Term
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Outcome
from comity.release.rules.rule import Check, Owes, selected
from comity.release.rules.visits import months_after

RULE = "comity-retention"
AT_END = "comity-return-at-end"
KEEP = "keep"


def end(term: Term, matter: Matter) -> datetime | None:
    """The instant of which the term speaks; months count from the day a thing was passed on, which is today for what
    is being passed. `None` where that day is not known."""
    if (day := term.params.get("date")) is not None:
        return instant_of(str(day))
    passed = matter.subject.passed_on or (matter.now.date() if matter.act in PROVIDING else None)
    return None if passed is None else instant_of(str(months_after(passed, int(term.params.get("months") or 0))))


def retention(term: Term, matter: Matter) -> Iterator[Answer]:
    """Comity: kept until then, or gone by then. An end that cannot be counted is read against the act (law 1)."""
    if matter.act not in PROVIDING | {Act.DESTROY, Act.RETAIN} or not selected(term, matter):
        return
    at, must = end(term, matter), str(term.params["must"])
    if at is not None and at > matter.now:
        matter.bounds.append(at)
    over = at is not None and at <= matter.now
    whose = matter.recipient if matter.act in PROVIDING else matter.keeper
    due = None if at is None else at.date().isoformat()
    if matter.act is Act.DESTROY and must != "destroy" and not (must == KEEP and over):
        yield matter.finding("must-be-kept", term, Outcome.DENY, must=must)
    elif matter.act is Act.RETAIN and (over or at is None) and not _kept(must, matter):
        yield matter.finding("kept-too-long", term, Outcome.DENY, must=must)
    elif must == KEEP and over:
        return
    else:
        yield matter.finding("to-become", term, Outcome.ALLOW, must=must)
    yield matter.duty(must, whose, term, due)


def _kept(must: str, matter: Matter) -> bool:
    return must == KEEP or (must == "archive" and "archiv" in matter.reader.organisation)


def at_end(term: Term, matter: Matter) -> Iterator[Answer]:
    """Comity, after CH-LU 15.4 and NL-US 20(6): once the text has ended, what is held of the other's goes back."""
    if matter.act is Act.RETAIN and matter.ended and matter.foreign:
        time = time_of(term)
        whose = {"calendar": str(term.params["calendar"])} if "calendar" in term.params else {}
        yield matter.finding("no-longer-needed", term, Outcome.ALLOW)
        yield matter.duty(str(term.params["must"]), matter.keeper, term, None if time is None else str(time), **whose)


ROWS: dict[str, Check] = {
    RULE: retention,
    AT_END: at_end,
    "comity-public-notice": Owes(
        "public-told",
        frozenset({Act.RELEASE, Act.USE, Act.RETAIN}),
        selected,
        lambda term, matter: [matter.duty("tell-public", matter.recipient, term, term.params.get("deadline"))],
    ),
}
