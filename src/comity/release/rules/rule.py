"""The parameterised rules of which every kind's row is an instance (DECISIONS 8)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from comity.agreement.instrument import Term
from comity.release import agreed
from comity.release.aggregation import belongs
from comity.release.matter import Answer, Matter
from comity.release.question import Act, Finding, Outcome

Check = Callable[[Term, Matter], Iterable[Answer]]
"""A rule: one term in one matter, and every finding and duty it has for it."""

When = Callable[[Term, Matter], bool]

EVERY_ACT = frozenset(Act)
NO_ACT = frozenset[Act]()


def always(_term: Term, _matter: Matter) -> bool:
    return True


def classified(term: Term, matter: Matter) -> bool:
    """At or above the term's `from_en`, and inside its `levels_en`; without either, classified at all."""
    return matter.reaches(term.params.get("from_en")) and matter.at(term.params.get("levels_en"))


def selected(term: Term, matter: Matter) -> bool:
    """Whether the thing is on every axis that the term names. The annex is one of the question's own text: beside
    another text's, which names its own, it tells nothing apart."""
    params = {name: value for name, value in term.params.items() if name != "from_en"}
    if matter.bound:
        params.pop("annex", None)
    level = term.params.get("from_en")
    return belongs(replace(term, params=params), matter.subject, matter.table) and (
        level is None or matter.reaches(level)
    )


@dataclass(frozen=True, slots=True)
class UnlessConsent:
    """Barred until everyone whose consent the term names has given it, in its form, in time (bar-unless-consent).

    A term without a consent route (`exception: null`, no `requires`) bars for good. `scopes` are the consent scopes
    that fit; `origins` says who must be asked where the term says "originator".
    """

    code: str
    acts: frozenset[Act]
    when: When
    scopes: frozenset[str]
    whose: str = "originator"
    form: str | None = None

    def __call__(self, term: Term, matter: Matter) -> Iterator[Answer]:
        if matter.act not in self.acts or not matter.once(self.when, term):
            return
        form = term.params.get("requires") or self.form
        if not isinstance(form, str):
            yield matter.finding(f"{self.code}-barred", term, Outcome.DENY)
            return
        if not matter.foreign:
            yield matter.finding("own-information", term, Outcome.ALLOW)
        givers = matter.givers(str(term.params.get("consent_from") or self.whose), matter.bound_parties)
        yield from unless(term, matter, self.code, givers, form, self.scopes)


def unless(
    term: Term, matter: Matter, code: str, givers: frozenset[str], form: str, scopes: frozenset[str]
) -> Iterator[Answer]:
    """One finding for each giver still to be asked; else the permit, and the duty to record what was relied on."""
    given = {giver: agreed.consents(matter, giver, form, scopes) for giver in sorted(givers)}
    missing = [giver for giver, consents in given.items() if not consents]
    for giver in missing:
        yield needs(term, matter, code, giver, form)
    if givers and not missing:
        relied = {one for consents in given.values() for one in consents}
        names = {one.id for one in relied if one.id is not None}
        params = {"consents": " ".join(sorted(names))} if names else {}
        yield matter.finding("consent-given", term, Outcome.ALLOW, rule=term.rule, **params)
        yield matter.duty("record-consent", matter.keeper, term)
        for condition in sorted({words for one in relied for words in one.conditions}):
            yield matter.duty("meet-condition", matter.keeper, term, text=condition)


def needs(term: Term, matter: Matter, code: str, giver: str, form: str) -> Finding:
    return matter.finding(code, term, Outcome.NEEDS_CONSENT, giver=giver, form=form)


@dataclass(frozen=True, slots=True)
class UnlessFact:
    """Barred unless a fact is so; the remedy is owed by somebody (bar-unless-fact)."""

    code: str
    acts: frozenset[Act]
    when: When
    holds: When
    remedy: str | None = None
    by: Callable[[Matter], str] = lambda matter: matter.recipient

    def __call__(self, term: Term, matter: Matter) -> Iterator[Answer]:
        if matter.act not in self.acts or not matter.once(self.when, term):
            return
        if matter.once(self.holds, term):
            yield matter.finding("condition-met", term, Outcome.ALLOW, rule=term.rule)
            return
        yield matter.finding(self.code, term, Outcome.DENY)
        if self.remedy is not None:
            yield matter.duty(self.remedy, self.by(matter), term)


@dataclass(frozen=True, slots=True)
class Owes:
    """Duties that come with the act (duty, marking): never a bar."""

    code: str
    acts: frozenset[Act]
    when: When
    duties: Callable[[Term, Matter], Iterable[Answer]]

    def __call__(self, term: Term, matter: Matter) -> Iterator[Answer]:
        if matter.act in self.acts and matter.once(self.when, term):
            yield matter.finding(self.code, term, Outcome.ALLOW)
            yield from self.duties(term, matter)


@dataclass(frozen=True, slots=True)
class OnEvent:
    """Duties that an event triggers (duty-on-event). The act itself is not permitted or barred by it."""

    code: str
    kinds: frozenset[str]
    duties: Callable[[Term, Matter], Iterable[Answer]]

    def __call__(self, term: Term, matter: Matter) -> Iterator[Answer]:
        event = matter.facts.event
        if event is not None and event.kind in self.kinds:
            yield matter.finding(self.code, term, Outcome.ALLOW, event=event.kind)
            yield from self.duties(term, matter)


@dataclass(frozen=True, slots=True)
class Of:
    """A rule that speaks of these acts only; with `event`, of an event too, whatever the act."""

    acts: frozenset[Act]
    check: Check
    event: bool = False

    def __call__(self, term: Term, matter: Matter) -> Iterable[Answer]:
        if matter.act in self.acts or (self.event and matter.facts.event is not None):
            return self.check(term, matter)
        return ()


def silent(check: Check, act: Act, event: bool) -> bool:
    """Whether a rule can have nothing to say of an act, with an event or without."""
    match check:
        case OnEvent():
            return not event
        case Of():
            return act not in check.acts and not (event and check.event)
        case UnlessConsent() | UnlessFact() | Owes() | Cited():
            return act not in check.acts
        case _:
            return check is shown


@dataclass(frozen=True, slots=True)
class Cited:
    """A term that explains an answer without changing it."""

    code: str
    acts: frozenset[Act]
    when: When

    def __call__(self, term: Term, matter: Matter) -> Iterator[Answer]:
        if matter.act in self.acts and matter.once(self.when, term):
            yield matter.finding(self.code, term, Outcome.ALLOW)


def shown(_term: Term, _matter: Matter) -> Iterator[Answer]:
    """A term that is displayed and never evaluated."""
    yield from ()


def owe(duty: str, by: Callable[[Matter], str], due: str | None = None) -> Check:
    """One plain duty."""

    def check(term: Term, matter: Matter) -> Iterator[Answer]:
        yield matter.duty(duty, by(matter), term, due)

    return check


@dataclass(frozen=True, slots=True)
class Parts:
    """A rule of several checks, each of which says what it says whatever the others do (`of` a term)."""

    of: Callable[[Term], tuple[Check, ...]]

    def __call__(self, term: Term, matter: Matter) -> Iterator[Answer]:
        for part in self.of(term):
            yield from part(term, matter)


def both(*checks: Check) -> Check:
    """Several checks, one after the other."""
    return Parts(lambda _term: checks)


def holder(matter: Matter) -> str:
    return matter.keeper


def recipient(matter: Matter) -> str:
    return matter.recipient


def originator(matter: Matter) -> str:
    return matter.originator
