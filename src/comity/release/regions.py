"""The regions in which two texts answer differently, found by asking every rule of both about every class it can tell
apart. Nothing is sampled: a region is split only by what a rule read, and a rule answers a whole region alike.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, cast

from comity.agreement.instrument import Agreement, Term
from comity.agreement.life import Status, status_at, terms_at
from comity.release.axes import Axes
from comity.release.decide import checks, third_term
from comity.release.decision import bare
from comity.release.matter import SEEING, Answer, Matter
from comity.release.named import Names, Value
from comity.release.question import Act, Duty, Finding, Outcome, Question, Subject
from comity.release.rules import national, third_party
from comity.release.watching import Region, Scheme, Watch, WatchedQuestion, WatchedSubject, everything

PROBE = 400
"""Regions after which a rule whose term did not change, and that consulted no changed term, is taken as unchanged."""

LIMIT = 100_000
"""Regions compared for one article at most; beyond it the answer says which article was not compared to the end. The
access and visit articles of published texts have 25,000 to 91,000: a minute or two."""

FORCES = ("in-force", "suspended", "ended")
NO_SCHEME = Scheme({}, {}, {}, {})
_STEADS = frozenset({"no-equivalent", "unclassified-protected"})

Said = frozenset[tuple[Any, ...]]
Ask = Callable[[Matter], Iterable[Answer]]


@dataclass(frozen=True)
class Side:
    """One of the two texts, as if it were in force, suspended or ended at the instant of the comparison."""

    agreement: Agreement
    now: datetime

    @cached_property
    def by_force(self) -> Mapping[str, tuple[Agreement, Status]]:
        variants = {force: in_state(self.agreement, force, self.now) for force in FORCES}
        return {force: (text, status_at(text, self.now)) for force, text in variants.items()}

    @cached_property
    def asks(self) -> Mapping[str, list[Ask]]:
        """Everything that is asked under this text, by the name of the check."""
        watch = Watch({"act": (Value("", {"act": Act.USE}),), "force": (Value("", {"force": FORCES[0]}),)}, NO_SCHEME)
        found: dict[str, list[Ask]] = {"house:law": [_law], "house:strangers": [_strangers]}
        for name, ask in checks(self.matter(watch, frozenset())):
            found.setdefault(name, []).append(ask)
        return found

    @cached_property
    def kinds(self) -> Mapping[str, list[Term]]:
        found: dict[str, list[Term]] = {}
        for term in terms_at(self.agreement, self.now):
            found.setdefault(term.rule, []).append(term)
        return found

    def matter(self, watch: Watch, changed: frozenset[str]) -> "WatchedMatter":
        text, status = self.by_force[watch.region["force"][0].fields["force"]]
        matter = WatchedMatter(
            question=cast("Question", WatchedQuestion(watch)),
            agreement=text,
            terms=terms_at(text, self.now),
            status=status,
            now=self.now,
            act=watch.region["act"][0].fields["act"],
            subject=cast("Subject", WatchedSubject(watch)),
        )
        matter.changed, matter.kinds = changed, self.kinds
        return matter


class WatchedMatter(Matter):
    """A matter that notes readings of its act and of the text's force, and whether a changed term was consulted."""

    changed: frozenset[str] = frozenset()
    consulted = False
    _consulted: "Consulted | None" = None
    kinds: Mapping[str, list[Term]] = MappingProxyType({})

    @property
    def act(self) -> Act:
        return cast("Act", self._watch.read("act", "act"))

    @act.setter
    def act(self, _act: Act) -> None:
        """It is the watch that knows."""

    @property
    def status(self) -> Status:
        self._watch.read("force", "force")
        return self._status

    @status.setter
    def status(self, status: Status) -> None:
        self._status = status

    @property
    def terms(self) -> tuple[Term, ...]:
        self.consulted = self.consulted or bool(self.changed & _STEADS)
        return self._terms

    @terms.setter
    def terms(self, terms: tuple[Term, ...]) -> None:
        self._terms = terms

    @property
    def rank(self) -> Any:
        """As a matter says it. Whether it is classified at all is asked apart from how high it stands."""
        special = self._watch.asks("circumstance", _levelled) or "unclassified-protected" in self.kinds
        if special:
            return self.standing
        plain = self._watch.asks("mark", lambda value: value.fields["level"] is None)
        return None if plain else WatchedRank(self)

    @cached_property
    def standing(self) -> int | None:
        ranks = [self.table.rank(*mark) for mark in self.marks if mark[1] not in self.unclassified]
        return max(ranks, default=None)

    @property
    def ended(self) -> bool:
        return bool(self._watch.read("force", "ended"))

    @property
    def by_kind(self) -> dict[str, list[Term]]:
        if self._consulted is None:
            self._consulted = Consulted(self, self.kinds)
        return self._consulted

    @property
    def _watch(self) -> Watch:
        return cast("WatchedQuestion", self.question).watch


class WatchedRank:
    """How high something classified stands: read only where it is compared."""

    def __init__(self, matter: WatchedMatter) -> None:
        self._matter = matter

    @property
    def _place(self) -> int:
        return cast("int", self._matter.standing)

    def __lt__(self, other: int) -> bool:
        return self._place < other

    def __le__(self, other: int) -> bool:
        return self._place <= other

    def __gt__(self, other: int) -> bool:
        return self._place > other

    def __ge__(self, other: int) -> bool:
        return self._place >= other

    def __eq__(self, other: object) -> bool:
        return self._place == other

    def __hash__(self) -> int:
        return hash(self._place)


def _levelled(value: Value) -> bool:
    """Whether the circumstance can give a level to what has none, or take it away."""
    return bool({"marking", "unmarked", "indicated", "portions", "sources"} & set(value.fields["circumstance"].subject))


class Consulted(dict[str, list[Term]]):
    """The terms by kind; asking for a changed kind is noted."""

    def __init__(self, matter: WatchedMatter, found: Mapping[str, list[Term]]) -> None:
        super().__init__(found)
        self._matter = matter

    def get(self, kind: str, default: Any = None) -> Any:
        if kind in self._matter.changed:
            self._matter.consulted = True
        return super().get(kind, default)


@dataclass(frozen=True, slots=True)
class Difference:
    """A region in which the rules of one article (or one of the house's own) answer differently."""

    check: str
    region: Region
    old: Said
    new: Said


@dataclass(frozen=True, slots=True)
class Found:
    """`regions` were compared; `unfinished` names the articles that have more than `LIMIT`."""

    differences: tuple[Difference, ...]
    regions: int
    unfinished: tuple[str, ...]


def scheme_of(names: Names, axes: Axes) -> Scheme:
    """What the values stand for: the first kind and purpose of each annex, offices and levels in one order."""
    kinds: dict[str | None, str] = {}
    purposes: dict[str | None, str] = {}
    annexes = sorted(
        (term for text in names.texts for term in text.of("comity-annex")), key=lambda term: str(term.params)
    )
    for term in annexes:
        kind = next(iter(sorted(term.params.get("kinds") or ())), "document").replace("*", "any/1")
        kinds.setdefault(term.params["annex"], kind)
        purposes.setdefault(term.params["annex"], next(iter(sorted(term.params.get("purposes") or ())), "cooperation"))
    for value in axes["annex"]:
        kinds.setdefault(value.fields["annex"], "document")
        purposes.setdefault(value.fields["annex"], "cooperation")
    return Scheme(
        {party: names.offices(party) for party in names.parties},
        {party: names.levels(party) for party in names.parties},
        kinds,
        purposes,
    )


def differences(
    old: Side, new: Side, axes: Axes, scheme: Scheme, tell: Callable[[int], None] = lambda _done: None
) -> Found:
    """Every region in which any check of the two texts answers differently. `tell` is told how many were compared."""
    changed = changed_kinds(old.agreement, new.agreement)
    wide = _heads(old.agreement) != _heads(new.agreement)
    offices = {"house:authority"} if old.agreement.authorities != new.agreement.authorities else set[str]()
    found: list[Difference] = []
    unfinished: list[str] = []
    total = 0
    for check in sorted({*old.asks, *new.asks}):
        own = wide or check in offices or _terms(old.agreement, check) != _terms(new.agreement, check)
        differing, count, whole = _explore(check, (old, new), everything(axes), scheme, changed, own=own)
        total += count
        found += differing
        unfinished += [] if whole else [check]
        tell(total)
    return Found(tuple(found), total, tuple(unfinished))


def _heads(agreement: Agreement) -> tuple[object, ...]:
    """What every rule may read beside the terms. Authorities are read by one rule of the house alone."""
    return agreement.party_ids, agreement.levels, agreement.equivalence


def changed_kinds(old: Agreement, new: Agreement) -> frozenset[str]:
    """The kinds of which some term was added, removed or changed; words alone count, since some rules read them."""
    articles = {term.article for term in (*old.terms, *new.terms)}
    both = [(_terms(old, article), _terms(new, article)) for article in articles]
    return frozenset(term.rule for before, after in both if before != after for term in (*before, *after))


def _terms(agreement: Agreement, article: str) -> list[Any]:
    return [term for term in agreement.terms if term.article == article]


def _law(matter: Matter) -> Iterator[Answer]:
    """Whether the text lets a statute go before what it says of access."""
    if matter.act in SEEING and national.yields_to_law(matter):
        yield Finding("law-prevails", "house:2", Outcome.ALLOW)


def _strangers(matter: Matter) -> Iterable[Answer]:
    return third_party.strangers(third_term(matter), matter, frozenset())


def _explore(
    check: str, sides: tuple[Side, Side], start: Region, scheme: Scheme, changed: frozenset[str], *, own: bool
) -> tuple[list[Difference], int, bool]:
    """All regions of one check: those that differ, how many there were, and whether that was all."""
    # In one order whichever text is the older, so that swapping them swaps the answer and nothing else.
    order = (0, 1) if _key(sides[0]) <= _key(sides[1]) else (1, 0)
    found: list[Difference] = []
    waiting, count, asked = deque([start]), 0, 0
    while waiting:
        if count >= LIMIT:
            return found, count, False
        if not own and asked >= PROBE:
            return [], count, True
        region, asked = waiting.popleft(), asked + 1
        watch = Watch(region, scheme)
        said: list[Said] = [frozenset(), frozenset()]
        for place in order:
            matter = sides[place].matter(watch, changed)
            said[place] = _said(sides[place].asks.get(check, ()), matter)
            own = own or matter.consulted
            if watch.split is not None:
                break
        if watch.split is not None:
            waiting.extend(watch.parts())
            continue
        count += 1
        if said[0] != said[1]:
            own = True
            found.append(Difference(check, region, said[0], said[1]))
    return found, count, True


def _key(side: Side) -> tuple[str, int, str]:
    return side.agreement.id, side.agreement.version, repr(side.agreement)


def _said(asks: Iterable[Ask], matter: Matter) -> Said:
    return frozenset(_plain(answer) for ask in asks for answer in ask(matter))


def _plain(answer: Answer) -> tuple[Any, ...]:
    """An answer without the version of its text."""
    if isinstance(answer, Duty):
        return ("duty", answer.duty, answer.actor, answer.due, bare(answer.cite), answer.params)
    return ("finding", answer.code, answer.outcome, bare(answer.cite), answer.params)


def in_state(agreement: Agreement, force: str, now: datetime) -> Agreement:
    """The text as if it were in this force at `now`: what its own life says is compared in words, not here."""
    past = f"{now.date().replace(day=1).isoformat()}"
    by = agreement.party_ids[0]
    more = {
        "in-force": (),
        "suspended": ({"kind": "suspension", "by": by, "on": past},),
        "ended": ({"kind": "termination-notice", "by": by, "received": agreement.life.signed, "effective": past},),
    }[force]
    kept = tuple(
        event for event in agreement.life.events if event["kind"] in ("amendment", "law-changed", "authority-changed")
    )
    life = replace(
        agreement.life,
        in_force_from=agreement.life.signed,
        provisional_from=None,
        duration="indefinite",
        events=(*kept, *more),
    )
    return replace(agreement, life=life)
