"""What each article of a text says of every class, as a diagram: found by asking its rule about every region of classes
it can tell apart. Nothing is sampled: a region is split only by what a rule read, and a rule answers a region alike.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any, cast

from comity.agreement.instrument import Agreement, Term
from comity.agreement.life import Status, status_at, terms_at
from comity.release.axes import Axes
from comity.release.decide import checks, third_term
from comity.release.decision import bare
from comity.release.diagram import Diagrams, Node
from comity.release.matter import SEEING, Answer, Matter
from comity.release.named import Names, Value
from comity.release.question import Duty, Finding, Outcome, Question, Subject
from comity.release.rules import national, third_party
from comity.release.watched import WatchedMatter
from comity.release.watching import Parted, Region, Scheme, Watch, WatchedQuestion, WatchedSubject, everything

LIMIT = 100_000
"""Regions asked of one article at most; beyond it the answer says which article was not compared to the end. Those of
published texts have up to some thousand."""

FORCES = ("in-force", "suspended", "ended")
LAW = "house:law"

Said = frozenset[tuple[Any, ...]]
Ask = Callable[[Matter], Iterable[Answer]]


class TooManyRegions(Exception):
    """An article with more than `LIMIT` regions."""


@dataclass
class Space:
    """Every class there is: the axes, what their values stand for, and the diagrams over them."""

    axes: Axes
    scheme: Scheme
    diagrams: Diagrams = field(init=False)
    regions: int = 0

    def __post_init__(self) -> None:
        self.diagrams = Diagrams([len(values) for values in self.axes.values()])
        self.order = {name: place for place, name in enumerate(self.axes)}
        self.picks = {
            name: self.diagrams.node(place, tuple(map(self.diagrams.leaf, range(len(values)))))
            for place, (name, values) in enumerate(self.axes.items())
        }


@dataclass(frozen=True, slots=True)
class Worked:
    """Something worked out from the axes: what it is, class by class, and which kinds of term were consulted for it."""

    name: str
    function: Node
    values: tuple[Value, ...]
    consulted: frozenset[str]


@dataclass(frozen=True)
class Side:
    """One of the two texts, as if it were in force, suspended or ended at the instant of the comparison."""

    agreement: Agreement
    now: datetime
    space: Space
    before: "Side | None" = None
    worked: dict[object, Worked] = field(default_factory=dict)
    said: dict[str, tuple[Node, frozenset[str]]] = field(default_factory=dict)

    @cached_property
    def by_force(self) -> Mapping[str, tuple[Agreement, Status]]:
        variants = {force: in_state(self.agreement, force, self.now) for force in FORCES}
        return {force: (text, status_at(text, self.now)) for force, text in variants.items()}

    @cached_property
    def asks(self) -> Mapping[str, list[Ask]]:
        """Everything that is asked under this text, by the name of the check."""
        found: dict[str, list[Ask]] = {LAW: [_law], "house:strangers": [_strangers]}
        for name, ask in checks(self.matter(Watch(everything(self.space.axes), self.space.scheme))):
            found.setdefault(name, []).append(ask)
        return found

    @cached_property
    def changed(self) -> frozenset[str]:
        """The kinds of which the text before it says anything else; `*` where more than terms differs."""
        if self.before is None:
            return frozenset()
        old, new = self.before.agreement, self.agreement
        articles = {term.article for term in (*old.terms, *new.terms)}
        both = [[[term for term in text.terms if term.article == one] for text in (old, new)] for one in articles]
        found = frozenset(term.rule for before, after in both if before != after for term in (*before, *after))
        order = [term.article for term in new.terms if term in old.terms]
        moved = order != [term.article for term in old.terms if term in new.terms]
        return found | {"*"} if moved or _heads(self.before) != _heads(self) else found

    @cached_property
    def kinds(self) -> Mapping[str, list[Term]]:
        found: dict[str, list[Term]] = {}
        for term in terms_at(self.agreement, self.now):
            found.setdefault(term.rule, []).append(term)
        return found

    def matter(self, watch: Watch) -> WatchedMatter:
        text, status = self.by_force[watch.region["force"][0].fields["force"]]
        subject = WatchedSubject(watch)
        matter = WatchedMatter(
            question=cast("Question", WatchedQuestion(watch)),
            agreement=text,
            terms=terms_at(text, self.now),
            status=status,
            now=self.now,
            act=watch.region["act"][0].fields["act"],
            subject=cast("Subject", subject),
        )
        matter.side, matter.consulted = self, set()
        subject.work = matter.work
        return matter

    def says(self, check: str) -> tuple[Node, frozenset[str]]:
        """What a check says of each class, and the kinds of term that it consults, `*` for all. Raises
        `TooManyRegions`."""
        if self.before is not None and self._same(self.before, check):
            said, consulted = self.before.says(check)
            if not self._touched(consulted):
                return said, consulted
        if check in self.said:
            return self.said[check]
        said, consulted = self.space.diagrams.leaf(frozenset()), frozenset[str]()
        for ask in self.asks.get(check, ()):
            found, more = self.function(partial(_said, ask))
            said = self.space.diagrams.combined(frozenset.union, said, found)
            consulted |= more
        self.said[check] = said, consulted
        return said, consulted

    def _same(self, before: "Side", check: str) -> bool:
        """Whether its own terms are the same in both texts, and those in whose name the house asks."""
        terms = [[term for term in side.agreement.terms if term.article == check] for side in (before, self)]
        named = [[_named(ask) for ask in side.asks.get(check, ())] for side in (before, self)]
        return terms[0] == terms[1] and named[0] == named[1]

    def _touched(self, consulted: Collection[str]) -> bool:
        """Whether what was consulted is not the same in both texts."""
        everything = "*" in consulted and bool(self.changed)
        return everything or "*" in self.changed or not self.changed.isdisjoint(consulted)

    def function(self, ask: Callable[[WatchedMatter], Any]) -> tuple[Node, frozenset[str]]:
        """What `ask` answers, class by class."""
        space, diagrams = self.space, self.space.diagrams
        consulted: set[str] = set()
        count = 0

        def at(region: Region, box: dict[int, frozenset[int]], there: Node) -> Node:
            """What is answered in a region: of its `box` of axes, only the classes that are `there` can be."""
            nonlocal count
            watch = Watch(dict(region), space.scheme)
            matter = self.matter(watch)
            diagrams.work(sum(map(len, region.values())))
            try:
                answer = ask(matter)
            except Parted:
                axis, parts = watch.split[0] if watch.split else "", list(watch.parts())
            else:
                count += 1
                space.regions += 1
                if count > LIMIT:
                    raise TooManyRegions
                return diagrams.leaf(answer)
            finally:
                consulted.update(matter.consulted)
            picks, values = self._axis(axis)
            children: dict[int, Node] = {}
            for part in parts:
                wanted = set(map(id, part[axis]))
                places = frozenset(place for place, value in enumerate(values) if id(value) in wanted)
                if axis in space.order:
                    within, left = {**box, space.order[axis]: places}, there
                else:
                    within, left = box, diagrams.only(there, picks, places)
                if diagrams.any_in(within, left):
                    children |= dict.fromkeys(places, at(part, within, left))
            spare = next(iter(children.values()))
            return diagrams.picked(picks, tuple(children.get(place, spare) for place in range(len(values))))

        return at(everything(space.axes), {}, diagrams.leaf(True)), frozenset(consulted)

    def _axis(self, name: str) -> tuple[Node, tuple[Value, ...]]:
        """An axis, or what was worked out under this name: the place of a class's value, and all values."""
        space = self.space
        if name in space.axes:
            return space.picks[name], space.axes[name]
        worked = next(one for one in self.worked.values() if one.name == name)
        return worked.function, worked.values

    def working(self, key: object, ask: Callable[[WatchedMatter], Any]) -> Worked:
        """What `ask` makes of each class, found once."""
        earlier = None if self.before is None else self.before.worked.get(key)
        if key not in self.worked and earlier is not None and not self._touched(earlier.consulted):
            self.worked[key] = earlier
        if key not in self.worked:
            diagrams = self.space.diagrams
            said, consulted = self.function(ask)
            found = diagrams.values(said)
            places = {value: place for place, value in enumerate(found)}
            values = tuple(Value("", {"worked": value}) for value in found)
            function = diagrams.combined(places.__getitem__, said)
            name = f"~{len(self.worked)}{'' if self.before is None else '+'}"
            self.worked[key] = Worked(name, function, values, consulted)
        return self.worked[key]


def _named(ask: object) -> list[Term]:
    """The terms in whose name something is asked."""
    found = ask.args if isinstance(ask, partial) else ()
    return [term for one in found for term in ([one] if isinstance(one, Term) else _named(one))]


def _said(ask: Ask, matter: Matter) -> Said:
    return frozenset(map(plain, ask(matter)))


def _heads(side: Side) -> tuple[object, ...]:
    """What any rule may read beside the terms."""
    text = side.agreement
    events = side.by_force["in-force"][0].life.events
    return text.party_ids, text.levels, text.equivalence, text.authorities, text.time_words, events


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


def _law(matter: Matter) -> Iterator[Answer]:
    """Whether the text lets a statute go before what it says of access."""
    if matter.act in SEEING and national.yields_to_law(matter):
        yield Finding("law-prevails", "house:2", Outcome.ALLOW)


def _strangers(matter: Matter) -> Iterable[Answer]:
    return third_party.strangers(third_term(matter), matter, frozenset())


def plain(answer: Answer) -> tuple[Any, ...]:
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
