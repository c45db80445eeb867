"""Two texts that cannot both be kept: what the one owes of a thing, the other bars, or owes otherwise.

They are found by asking each about the same class on the same occasions, and comparing what each leaves open: what may
become of the thing at its end, and whether the public is told of it. Each leaves something, both together nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import lru_cache
from itertools import combinations

from comity.agreement.calendars import is_day
from comity.agreement.dates import instant_of
from comity.agreement.instrument import Agreement, Term
from comity.agreement.life import status_at, terms_at
from comity.agreement.vocabulary import KINDS, Cls
from comity.labels.label import Label, OriginLabel
from comity.release import relation, rules
from comity.release.facts import Event, Facts
from comity.release.matter import PROVIDING, Answer, Matter
from comity.release.question import Act, Duty, Finding, Outcome, Question
from comity.release.reader import OrgReader, PartyReader, Reader
from comity.release.rules import retention
from comity.release.subject import Subject

RETURNED, DESTROYED, KEPT, ARCHIVED = "returned", "destroyed", "kept", "archived"
TOLD, UNTOLD = "told", "untold"
CHOICES = (frozenset({RETURNED, DESTROYED, KEPT, ARCHIVED}), frozenset({TOLD, UNTOLD}))
"""What can be done with a thing at its end, of which one must be; and whether its public hears of it."""

DONE_BY: Mapping[str, frozenset[str]] = {
    "return": frozenset({RETURNED}),
    "destroy": frozenset({DESTROYED}),
    "destroy-irreversibly": frozenset({DESTROYED}),
    "return-or-destroy": frozenset({RETURNED, DESTROYED}),
    "keep": frozenset({KEPT, ARCHIVED}),
    "archive": frozenset({ARCHIVED}),
    "tell-public": frozenset({TOLD}),
    "resist-disclosure": frozenset({UNTOLD}),
}
"""A duty, and what fulfils it."""

OCCASIONS = (None, "purpose-ended", "return-requested", "foi-request")
"""When a text can owe one of these: at any time, or by an event."""

STOPS = PROVIDING | {Act.DESTROY, Act.RETAIN}
CODE = "texts-opposed"


@dataclass(frozen=True, slots=True)
class Limit:
    """What one term leaves open of one of `CHOICES`."""

    term: Term
    open: frozenset[str]


Pair = tuple[Term, Term]


def stopped(matters: Sequence[Matter]) -> Iterator[Answer]:
    """Where two texts that bind a thing cannot both be kept for it: nothing is done, and both articles are cited."""
    for one, other in combinations(matters, 2):
        if one.act not in STOPS or settled(one.agreement, other.agreement, one.now):
            continue
        for first, second in opposed(one, other):
            for text, term, than in ((one, first, other), (other, second, one)):
                against = f"{than.agreement.id}#{second.article if term is first else first.article}"
                yield text.finding(CODE, term, Outcome.DENY, agreement=against)
            yield one.duty("consult", one.facts.holder or one.recipient, first)


def settled(one: Agreement, other: Agreement, now: datetime) -> bool:
    """Whether the texts themselves say which of them gives way, or contradict each other in that already."""
    return bool(
        relation.gives_way(one, other, now) or relation.gives_way(other, one, now) or relation.conflict(one, other, now)
    )


def opposed(one: Matter, other: Matter) -> Iterator[Pair]:
    """The articles of the two that cannot both be kept for this class, by whoever holds it now or would."""
    never_taken = _never_taken(one.agreement, one.now) & _never_taken(other.agreement, other.now)
    if all(choices & never_taken for choices in CHOICES):
        return
    speaking = [[term for term in matter.terms if _speaks(term)] for matter in (one, other)]
    if not all(speaking):
        return
    found: dict[tuple[str, str], Pair] = {}
    would = {one.reader.party} if one.act in PROVIDING else set()
    for holder in sorted((would | {one.keeper}) & one.parties & other.parties):
        for at in sorted({one.now, *_ends(one, speaking[0]), *_ends(other, speaking[1])}):
            bars = [_barred(matter, terms, holder, at) for matter, terms in zip((one, other), speaking, strict=True)]
            for occasion in OCCASIONS:
                mine, theirs = (
                    [*barred, *_owed(matter, terms, holder, occasion, at)]
                    for matter, terms, barred in zip((one, other), speaking, bars, strict=True)
                )
                for pair in _clashes(mine, theirs):
                    found.setdefault((pair[0].article, pair[1].article), pair)
    yield from found.values()


def _speaks(term: Term) -> bool:
    kind = KINDS.get(term.rule)
    if kind is None:
        return False
    return bool(DONE_BY.keys() & set(kind.produces)) or bool({"destroy", "retain"} & kind.acts) or _publishes(term)


@lru_cache(maxsize=64)
def _never_taken(text: Agreement, now: datetime) -> frozenset[str]:
    """The choices that no term of a text could ever take away. Most texts leave one in each: then nothing is asked."""
    left = frozenset().union(*CHOICES)
    for term in terms_at(text, now):
        left -= _could_take(term)
    return left


def _could_take(term: Term) -> frozenset[str]:
    kind = KINDS.get(term.rule)
    if kind is None:
        return frozenset()
    taken: set[str] = set()
    duties = {str(term.params["must"])} if term.rule == retention.RULE else set(kind.produces)
    if any(term.rule not in rules.SILENT[Act.RETAIN, event] for event in (False, True)):
        owed = [DONE_BY[duty] for duty in duties & DONE_BY.keys()]
        taken |= {choice for done in owed for every in CHOICES if done <= every for choice in every - done}
    if kind.cls is Cls.BAR:
        taken |= {DESTROYED} if "destroy" in kind.acts else set()
        taken |= {KEPT, ARCHIVED} if "retain" in kind.acts else set()
    return frozenset(taken | ({TOLD} if _publishes(term) else set()))


def _publishes(term: Term) -> bool:
    return "publication" in term.rule or term.rule in ("third-party", "use-disclosure")


def _ends(matter: Matter, terms: Sequence[Term]) -> Iterator[datetime]:
    for term in terms:
        if term.rule == retention.RULE and (at := retention.end(term, matter)) is not None and at > matter.now:
            yield at


def _barred(matter: Matter, terms: Sequence[Term], holder: str, at: datetime) -> list[Limit]:
    """What each term forbids for good. What somebody's consent would open is left open."""
    itself, archive = PartyReader(holder, holder), OrgReader(holder, "archive", "government")
    public = OrgReader(holder, "public", "public")
    limits = []
    for reader, act, barred in (
        (itself, Act.DESTROY, frozenset({DESTROYED})),
        (itself, Act.RETAIN, frozenset({KEPT})),
        (archive, Act.RETAIN, frozenset({ARCHIVED})),
        (public, Act.ONWARD_RELEASE, frozenset({TOLD})),
    ):
        (choices,) = (every for every in CHOICES if barred <= every)
        asked = _asked(matter, terms, reader, act, Facts(holder=holder, publication=reader is public), at)
        for term in terms:
            if any(isinstance(one, Finding) and one.outcome is Outcome.DENY for one in _said(term, asked)):
                limits.append(Limit(term, choices - barred))
    return limits


def _owed(matter: Matter, terms: Sequence[Term], holder: str, occasion: str | None, at: datetime) -> list[Limit]:
    event = None if occasion is None else Event(occasion, on=at)
    asked = _asked(matter, terms, PartyReader(holder, holder), Act.RETAIN, Facts(holder=holder, event=event), at)
    return [
        Limit(term, DONE_BY[one.duty])
        for term in terms
        for one in _said(term, asked)
        if isinstance(one, Duty) and one.duty in DONE_BY and one.actor == holder and _pressing(one, at)
    ]


def _pressing(duty: Duty, at: datetime) -> bool:
    """Whether it leaves no choice at `at`: what is to be done by a later day can be done on that day."""
    later = duty.due is not None and is_day(duty.due) and instant_of(duty.due) > at
    return duty.duty == retention.KEEP or not later


def _said(term: Term, matter: Matter) -> list[Answer]:
    """What one term answers; where its rule fails it is read as a bar (law 1)."""
    check = rules.ROWS.get(term.rule)
    try:
        return [] if check is None else list(check(term, matter))
    except Exception:
        return [Finding("rule-error", matter.cite(term), Outcome.DENY)]


def _asked(matter: Matter, terms: Sequence[Term], reader: Reader, act: Act, facts: Facts, at: datetime) -> Matter:
    subject = matter.subject if matter.subject.passed_on else replace(matter.subject, passed_on=matter.now.date())
    question = replace(matter.question, act=act, reader=reader, facts=facts, subject=subject)
    return replace(matter, question=question, terms=tuple(terms), now=at, act=act, subject=subject, bounds=[])


def _clashes(mine: Sequence[Limit], theirs: Sequence[Limit]) -> Iterator[Pair]:
    for choices in CHOICES:
        left, right = ([one for one in limits if one.open <= choices] for limits in (mine, theirs))
        own, others = (choices.intersection(*(one.open for one in limits)) for limits in (left, right))
        if own and others and not own & others:
            pairs = [(one.term, other.term) for one in left for other in right if not one.open & other.open]
            yield from pairs[:1] or [(left[0].term, right[0].term)]


def between(one: Agreement, other: Agreement, now: datetime) -> tuple[Pair, ...]:
    """The articles of two texts of the same parties that cannot both be kept for some class of things. No thing is
    looked at: both sides find the same from the texts alone (law 4). To the hour."""
    hour = datetime.combine(now.date(), time(now.hour), tzinfo=UTC)
    return _between(one, other, hour)


@lru_cache(maxsize=64)
def _between(one: Agreement, other: Agreement, now: datetime) -> tuple[Pair, ...]:
    if set(one.party_ids) != set(other.party_ids) or settled(one, other, now):
        return ()
    found: dict[tuple[str, str], Pair] = {}
    for subject, holder in _classes(one, other, now):
        matters = [_matter(text, subject, holder, now) for text in (one, other)]
        for pair in opposed(*matters):
            found.setdefault((pair[0].article, pair[1].article), pair)
    return tuple(found[key] for key in sorted(found))


def _classes(one: Agreement, other: Agreement, now: datetime) -> Iterator[tuple[Subject, str]]:
    """Every class that a term of either that speaks of this can tell apart: by origin, level, kind, annex."""
    terms = [term for text in (one, other) for term in terms_at(text, now) if _speaks(term)]
    kinds = {str(kind) for term in terms for kind in term.params.get("kinds") or ()} | {"document"}
    annexes = {term.params.get("annex") for term in terms} | {None}
    for origin in one.party_ids:
        levels = {*one.levels.get(origin, ()), *other.levels.get(origin, ())}
        for holder in one.party_ids:
            for level in (None, *sorted(levels)) if holder != origin else ():
                for kind in sorted(kinds):
                    for annex in sorted(annexes, key=str):
                        label = Label.of(OriginLabel(origin, level=level))
                        name = f"{kind[:-1]}any" if kind.endswith(".*") else kind
                        yield Subject(name, label, annex, passed_on=now.date()), holder


def _matter(text: Agreement, subject: Subject, holder: str, now: datetime) -> Matter:
    status = status_at(text, now)
    reader, facts = PartyReader(holder, holder), Facts(holder=holder)
    question = Question(text.ref, status.state.value, Act.RETAIN, subject, reader, facts)
    return Matter(question, text, terms_at(text, now), status, now, Act.RETAIN, subject)
