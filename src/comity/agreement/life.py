"""What force the text has at an instant, computed from what was signed and from the events known; never stored.

Dates count from their first instant in UTC. Where two readings of the events are possible both are kept in mind: the
state is `disputed`, nothing new is provided and every protection goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from whenever import Date

from comity.agreement.amendments import amendment_of, changed_at, terms_at
from comity.agreement.article import covers
from comity.agreement.dates import instant_of, start_of
from comity.agreement.duration import Duration
from comity.agreement.endings import LATE, Ending, departures, duration_of, non_renewals, runs_out
from comity.agreement.entry import applied_provisionally, enters_into_force
from comity.agreement.events import counts, moment_of
from comity.agreement.instrument import Agreement, Term

__all__ = ["State", "Status", "amendment_of", "changed_at", "ended_at", "status_at", "terms_at"]


class State(StrEnum):
    SIGNED = "signed-not-in-force"
    PROVISIONAL = "provisional"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    ENDED = "ended"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Status:
    """The text's force. `cites`: the articles that explain it, decisive first. `until`: the next instant at which this
    answer could change as the events stand. `survivors`: the articles that bind after the end, `None` for every
    protection term. `withdrawn`: parties of a larger agreement that have left it."""

    state: State
    cites: tuple[str, ...]
    until: datetime | None = None
    survivors: frozenset[str] | None = None
    flags: tuple[str, ...] = ()
    suspended_provision: bool = False
    withdrawn: frozenset[str] = frozenset()
    suspended_articles: frozenset[str] = frozenset()
    """The articles that are suspended while the text as a whole is not."""
    suspended_by: tuple[str, ...] = ()
    """The articles by which the text itself suspends, in whole or in part, until every party has lifted it."""
    notable: bool = False
    """Whether the state is more than being in force on the date the text's head names."""

    @property
    def provides(self) -> bool:
        """Whether new information may be provided at all."""
        return self.state in (State.IN_FORCE, State.PROVISIONAL)

    def survives(self, article: str) -> bool:
        return self.survivors is None or any(covers(whole, article) for whole in self.survivors)


@dataclass(frozen=True, slots=True)
class _Suspension:
    """A suspension, or with `lifts` its end. `articles`: none for all; `under`: where the text itself says so."""

    at: datetime
    by: str
    lifts: bool
    articles: frozenset[str]
    under: str | None


@dataclass(frozen=True, slots=True)
class _Suspended:
    """What is suspended at an instant, and the articles by which it is; none where it is a party's own word."""

    whole: frozenset[str | None]
    parts: frozenset[tuple[str, str | None]]

    @property
    def articles(self) -> frozenset[str]:
        return frozenset(article for article, _ in self.parts)

    @property
    def by(self) -> tuple[str, ...]:
        return tuple(sorted({under for under in (*self.whole, *(one for _, one in self.parts)) if under is not None}))


@dataclass(frozen=True, slots=True)
class _Facts:
    """All that bears on the force, as instants. Computed once for each question."""

    signed: datetime
    start: datetime | None
    provisional: datetime | None
    lapsed: datetime | None
    """When provisional application ended without the text being in force."""
    endings: tuple[Ending, ...]
    left: tuple[tuple[datetime, str], ...]
    late: tuple[tuple[datetime, datetime], ...]
    renewed: datetime | None
    suspensions: tuple["_Suspension", ...]
    contested: tuple[datetime, ...]


@lru_cache(maxsize=64)
def status_at(agreement: Agreement, now: datetime) -> Status:
    """The text's force at `now` (aware)."""
    terms = terms_at(agreement, now)
    facts = _facts(agreement, terms)
    state, cause = _state(facts, now)
    found = _suspended(facts, now)
    suspended = bool(found.whole)
    late = any(start <= now < end for start, end in facts.late)
    renewed = late or (facts.renewed is not None and facts.renewed <= now)
    flags = [
        *(["not yet signed"] if now < facts.signed else []),
        *([LATE] if late else []),
        *(["disputed"] if state is State.DISPUTED else []),
        *(["suspended"] if suspended and state is not State.SUSPENDED else []),
        *(["suspension without an article"] if None in found.whole and not _articles(terms, "suspension") else []),
        *(f"suspended: {article}" for article in sorted(found.articles)),
        *(f"suspended by article {article}" for article in found.by),
        *(["contested"] if any(moment <= now for moment in facts.contested) else []),
        *(cause.flags if cause else ()),
    ]
    return Status(
        state=state,
        cites=tuple(
            dict.fromkeys((*_announced(facts, now, terms), *_cites(state, cause, terms, found, renewed=renewed)))
        ),
        until=min((moment for moment in _moments(agreement, facts) if moment > now), default=None),
        survivors=_survivors(terms),
        flags=tuple(flags),
        suspended_provision=suspended or state is State.DISPUTED,
        withdrawn=frozenset(party for moment, party in facts.left if moment <= now),
        suspended_articles=found.articles,
        suspended_by=found.by,
        notable=state is not State.IN_FORCE
        or renewed
        or bool(flags)
        or agreement.life.in_force_from is None
        or bool(_announced(facts, now, terms)),
    )


def ended_at(agreement: Agreement, now: datetime) -> datetime | None:
    """When the text ended, if it has and nobody can read it otherwise."""
    state, cause = _state(_facts(agreement, terms_at(agreement, now)), now)
    return cause.at if state is State.ENDED and cause is not None else None


def _facts(agreement: Agreement, terms: tuple[Term, ...]) -> _Facts:
    life, length = agreement.life, duration_of(agreement.life, terms)
    start = enters_into_force(agreement)
    provisional, lapsed = applied_provisionally(agreement, terms)
    first_day = None if start is None else Date(start.year, start.month, start.day)
    first_end = None if first_day is None else length.first_end(first_day)
    renewals, late = non_renewals(agreement, length, first_day)
    left, departed = departures(agreement)
    return _Facts(
        signed=instant_of(life.signed),
        start=start,
        provisional=provisional,
        lapsed=_lapse(provisional, lapsed, length),
        endings=(*(runs_out(length, first_day) if first_day else ()), *renewals, *departed),
        left=left,
        late=late,
        renewed=start_of(first_end) if first_end is not None and length.extension is not None else None,
        suspensions=tuple(_suspensions(agreement)),
        contested=tuple(instant_of(moment_of(event)) for event in life.events if event.get("contested")),
    )


def _lapse(provisional: datetime | None, told: datetime | None, length: Duration) -> datetime | None:
    """When provisional application ends by itself: where a party said so, and at the latest after the whole time for
    which a text that does not renew itself was made."""
    if provisional is None:
        return None
    end = length.first_end(Date(provisional.year, provisional.month, provisional.day))
    whole = [start_of(end)] if end is not None and length.extension is None else []
    return min([*([max(provisional, told)] if told is not None else []), *whole], default=None)


def _state(facts: _Facts, now: datetime) -> tuple[State, Ending | None]:
    reached = sorted((ending for ending in facts.endings if ending.at <= now), key=lambda ending: ending.at)
    sure = [ending for ending in reached if not ending.disputed]
    if sure:
        return State.ENDED, sure[0]
    if reached:
        return State.DISPUTED, reached[0]
    in_force = facts.start is not None and facts.start <= now
    applied = facts.provisional is not None and facts.provisional <= now
    if applied and not in_force and facts.lapsed is not None and facts.lapsed <= now:
        return State.ENDED, Ending(facts.lapsed, ("provisional", "entry-into-force"), given=facts.lapsed)
    if now < facts.signed or not (in_force or applied):
        return State.SIGNED, None
    if _suspended(facts, now).whole:
        return State.SUSPENDED, None
    return (State.IN_FORCE if in_force else State.PROVISIONAL), None


def _announced(facts: _Facts, now: datetime, terms: tuple[Term, ...]) -> tuple[str, ...]:
    """The articles of an end that notice was given of and that is still to come."""
    coming = [ending for ending in facts.endings if ending.given is not None and ending.given <= now < ending.at]
    return tuple(article for ending in coming for article in _articles(terms, *ending.rules[:2]))


def _suspensions(agreement: Agreement) -> Iterator[_Suspension]:
    """Each suspension and each end of one."""
    for event in agreement.life.events:
        if event["kind"] in ("suspension", "comity-suspension-lifted") and counts(event):
            written = event.get("effective") or moment_of(event)
            articles = frozenset(event.get("articles", ()))
            lifts = event["kind"] != "suspension"
            yield _Suspension(instant_of(written), str(event["by"]), lifts, articles, event.get("under"))


def _suspended(facts: _Facts, now: datetime) -> _Suspended:
    """Of whom the last word by `now` is a suspension of the whole, and the articles suspended by themselves.

    At one instant the suspension counts. To lift some articles lifts no suspension of the whole.
    """
    whole: set[tuple[str, str | None]] = set()
    parts: set[tuple[str, str, str | None]] = set()
    for one in sorted(facts.suspensions, key=lambda each: (each.at, each.by, not each.lifts)):
        if one.at > now:
            continue
        if not one.lifts:
            whole |= set() if one.articles else {(one.by, one.under)}
            parts |= {(one.by, article, one.under) for article in one.articles}
        else:
            whole -= set() if one.articles else {held for held in whole if held[0] == one.by}
            lifted = {held for held in parts if held[0] == one.by and (not one.articles or held[1] in one.articles)}
            parts -= lifted
    return _Suspended(frozenset(under for _, under in whole), frozenset((what, under) for _, what, under in parts))


def _moments(agreement: Agreement, facts: _Facts) -> Iterator[datetime]:
    yield facts.signed
    yield from (
        moment for moment in (facts.start, facts.provisional, facts.lapsed, facts.renewed) if moment is not None
    )
    yield from (ending.at for ending in facts.endings)
    yield from (ending.given for ending in facts.endings if ending.given is not None)
    yield from (moment for moment, _ in facts.left)
    yield from (moment for pair in facts.late for moment in pair)
    yield from (one.at for one in facts.suspensions)
    yield from facts.contested
    for event in agreement.life.events:
        if event["kind"] == "amendment" and "in_force_from" in event:
            yield instant_of(event["in_force_from"])


def _cites(
    state: State, cause: Ending | None, terms: tuple[Term, ...], suspended: _Suspended, *, renewed: bool
) -> tuple[str, ...]:
    entry = _articles(terms, "entry-into-force")
    renewal = _articles(terms, "renewal") or _articles(terms, "duration")
    survival = _articles(terms, "survival", "termination-survival")
    cause_cites = _articles(terms, *cause.rules) if cause else ()
    own = (_articles(terms, "suspension") or _articles(terms, "disputes")) if None in suspended.whole else ()
    found = {
        State.SIGNED: entry,
        State.PROVISIONAL: _articles(terms, "provisional") + entry,
        State.IN_FORCE: renewal + entry if renewed else entry or renewal,
        State.SUSPENDED: (*(under for under in sorted(filter(None, suspended.whole))), *own),
        State.ENDED: cause_cites + survival,
        State.DISPUTED: cause_cites + _articles(terms, "disputes") + survival,
    }[state]
    return tuple(dict.fromkeys(found))


def _articles(terms: tuple[Term, ...], *rules: str) -> tuple[str, ...]:
    return tuple(term.article for rule in rules for term in terms if term.rule == rule)


def _survivors(terms: tuple[Term, ...]) -> frozenset[str] | None:
    """The articles named as surviving; a survival clause that names none keeps every protection, as does silence."""
    named = [term for term in terms if term.rule in ("survival", "termination-survival")]
    listed = [term.params.get("survives") for term in named]
    if any(articles is None for articles in listed):
        return None
    listed += [term.params["survives"] for term in terms if term.rule == "duration" and "survives" in term.params]
    return frozenset(article for articles in listed if articles for article in articles) or None
