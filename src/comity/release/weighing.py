"""What two texts decide of every class, side by side: the diagrams of all their articles, the strictest of each class,
and what is owed in it. As `decide` weighs one question, so this weighs all of them at once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from comity.release.approval import OFFICER
from comity.release.codes import SUPPORTS, TRIGGERS
from comity.release.decide import ACCESS_BARS, decide
from comity.release.decision import Decision
from comity.release.diagram import Node
from comity.release.matter import PROVIDING, Answer
from comity.release.question import Outcome
from comity.release.regions import LAW, Said, Side, TooManyRegions, plain
from comity.release.watching import Region, first_of

SAME = "same"
"""Said of classes in which both texts decide the same, whatever that is."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """What articles say by themselves: the strictest of it, and which of them say so."""

    outcome: Outcome
    articles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a text decides. `taken`: only once the data about people is taken out."""

    outcome: Outcome
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Owing:
    """Something that only one of the two texts owes: in words, by which articles, and in which classes. `says`: in
    which classes the changed articles say so, whatever is decided and whoever else says it."""

    words: str
    articles: tuple[str, ...]
    newly: bool
    where: Node
    says: Node


class Weighing:
    """Both texts, weighed. `unfinished` names the articles that have too many regions."""

    def __init__(self, old: Side, new: Side, tell: Callable[[int], None] = lambda _done: None) -> None:
        self.sides = old, new
        self.space, self.diagrams = old.space, old.space.diagrams
        self.unfinished: list[str] = []
        self.said: dict[str, tuple[Node, Node]] = {}
        for check in sorted({*old.asks, *new.asks}):
            try:
                self.said[check] = old.says(check)[0], new.says(check)[0]
            except TooManyRegions:
                self.unfinished.append(check)
            tell(self.space.regions)
        nothing = self.diagrams.leaf(frozenset())
        laws = self.said.pop(LAW, (nothing, nothing))
        self.laws = tuple(self.diagrams.combined(bool, law) for law in laws)
        differing = [check for check, (before, after) in self.said.items() if before != after]
        self.changed = list(self.said) if self.laws[0] != self.laws[1] else differing

    @cached_property
    def own(self) -> tuple[Node, Node]:
        """What the changed articles say by themselves under each text (`Speaking`)."""
        return self._own(0), self._own(1)

    def _own(self, place: int) -> Node:
        found = self.diagrams.leaf(Speaking(Outcome.ALLOW, frozenset()))
        for check in self.changed:
            found = self.diagrams.combined(_louder, found, self.laws[place], self.said[check][place])
        return found

    @cached_property
    def outcomes(self) -> Node:
        """The two outcomes of each class in which they differ, else `SAME`."""
        differ = self.diagrams.combined(lambda old, new: old.outcome is not new.outcome, *self.own)
        both = self._weighed(self._any(differ, self._removal_differs), narrowing=True)
        return self.diagrams.combined(_differing, both)

    @cached_property
    def owings(self) -> list[Owing]:
        """What only one of the texts owes, in classes of which both decide the same."""
        differing = {words for check in self.changed for words in self._differing_words(check)}
        relevant = sorted(differing | self._kept_otherwise())
        if not relevant:
            return []
        said = {words: tuple(self._saying(words, place) for place in (0, 1)) for words in relevant}
        where = self._any(
            *(self._unlike(before[0], after[0]) for before, after in said.values()),
            *(self._unlike(before[1], after[1]) for before, after in said.values()),
        )
        both = self._weighed(where, narrowing=False)
        found = []
        for words, (before, after) in said.items():
            old, new = (
                self.diagrams.combined(_owed(words, place), both, free, self._impersonal(free), kept)
                for place, (free, kept) in enumerate((before, after))
            )
            equal = self.diagrams.combined(lambda one: one == SAME or one[0].outcome is one[1].outcome, both)
            for newly, more, less in ((True, new, old), (False, old, new)):
                only = self.diagrams.combined(lambda so, there, other: so and there and not other, equal, more, less)
                if only != self.diagrams.leaf(False):
                    own = self._saying_itself(words, 1 - newly), self._saying_itself(words, int(newly))
                    says = self.diagrams.combined(lambda without, so: so and not without, *own)
                    found.append(Owing(words, self._articles(words, int(newly)), newly, only, says))
        return found

    def decided(self, places: Mapping[int, int]) -> tuple[Decision, Decision]:
        """What `decide` itself says of one class under each text; it is given by its place on every axis."""
        region: Region = {
            name: (values[places[place]],) for place, (name, values) in enumerate(self.space.axes.items())
        }
        force = region["force"][0].fields["force"]
        texts = [(side.by_force[force][0], side.now) for side in self.sides]
        old, new = (decide(first_of(region, self.space.scheme, text), {text.ref: text}, now) for text, now in texts)
        return old, new

    # outcomes

    def _weighed(self, where: Node, *, narrowing: bool) -> Node:
        """What both texts decide, at least in every class of which `where` is true; elsewhere perhaps `SAME`. With
        `narrowing` a class is left alone as soon as nothing that is still to be asked can make them differ.

        What is left when people's data is taken out is a class of its own, so it is weighed with it.
        """
        diagrams, same = self.diagrams, self.diagrams.leaf(SAME)
        where = self._with_impersonal(where)
        both = diagrams.combined(lambda old, new, so: (old.outcome, new.outcome) if so else SAME, *self.own, where)
        unchanged = set(self.said) - set(self.changed)
        for check in sorted(unchanged, key=lambda one: (diagrams.size(self.said[one][0]), one)):
            both = diagrams.combined(_stricter, both, self.laws[0], self.said[check][0])
            if narrowing:
                differ = diagrams.combined(lambda pair: pair != SAME and pair[0] is not pair[1], both)
                where = self._with_impersonal(self._any(differ, self._removal_differs))
                both = diagrams.combined(lambda pair, so: pair if so else SAME, both, where)
            if both == same:
                return same
        return diagrams.combined(_taken_out, both, self._impersonal(both), self._providing, *self._removing)

    @cached_property
    def _removing(self) -> tuple[Node, ...]:
        """Whether any check speaks of data about people that can be taken out, under each text."""
        return tuple(self._any(*(self._so(both[place], _removes) for both in self.said.values())) for place in (0, 1))

    @cached_property
    def _removal_differs(self) -> Node:
        return self._unlike(*self._removing)

    @cached_property
    def _providing(self) -> Node:
        picks, values = self.space.picks["act"], self.space.axes["act"]
        return self.diagrams.combined(lambda place: values[place].fields["act"] in PROVIDING, picks)

    # duties

    def _differing_words(self, check: str) -> list[str]:
        """The duties of a check that it owes in other classes under the other text, in words."""
        old, new = (self.diagrams.combined(_duties, said) for said in self.said[check])
        every = {one for said in (old, new) for duties in self.diagrams.values(said) for one in duties}
        holds = {one: [self._so(said, partial(_holds, one)) for said in (old, new)] for one in every}
        return [words for (words, _, _), (before, after) in holds.items() if before != after]

    def _kept_otherwise(self) -> set[str]:
        """The duties, whoever says them, of an article that explains a bar in other classes under the other text."""
        spoken = {
            one[3]
            for check in self.changed
            for place in (0, 1)
            for said in self.diagrams.values(self.said[check][place])
            for one in said
            if one[0] == "finding"
        }
        articles = {one for one in spoken if self._explaining(one, 0) != self._explaining(one, 1)}
        return {
            words
            for both in self.said.values()
            for said in self.diagrams.values(both[0])
            for words, article, _ in _duties(said)
            if article in articles
        }

    def _saying(self, words: str, place: int) -> tuple[Node, Node]:
        """Whether any check says this duty; and whether one does whose article explains a bar, or that is the node's
        own: that is owed whatever is decided."""
        free, kept = [], []
        for both in self.said.values():
            duties = self.diagrams.combined(_duties, both[place])
            every = {one for some in self.diagrams.values(duties) for one in some if one[0] == words}
            for one in every:
                said = self._so(duties, partial(_holds, one))
                free.append(said)
                kept.append(said if one[2] else self._all(said, self._explaining(one[1], place)))
        return self._any(*free), self._any(*kept)

    def _saying_itself(self, words: str, place: int) -> Node:
        """Whether a changed check says this duty."""
        said = (self.diagrams.combined(_duties, self.said[check][place]) for check in self.changed)
        return self._any(*(self._so(one, lambda some: any(words == duty[0] for duty in some)) for one in said))

    def _explaining(self, article: str, place: int) -> Node:
        """Whether anything that a bar, a trigger or an explanation cites is this article."""
        return self._any(*(self._so(both[place], lambda said: _explains(said, article)) for both in self.said.values()))

    def _articles(self, words: str, place: int) -> tuple[str, ...]:
        every = (
            one
            for check in self.changed
            for said in self.diagrams.values(self.said[check][place])
            for one in _duties(said)
        )
        return tuple(sorted({article for said, article, _ in every if said == words}))

    # diagrams

    def _so(self, function: Node, so: Callable[[Any], Any]) -> Node:
        return self.diagrams.combined(lambda said: bool(so(said)), function)

    def _any(self, *functions: Node) -> Node:
        found = self.diagrams.leaf(False)
        for one in dict.fromkeys(functions):
            found = self.diagrams.combined(lambda left, right: left or right, found, one)
        return found

    def _all(self, one: Node, other: Node) -> Node:
        return self.diagrams.combined(lambda left, right: left and right, one, other)

    def _unlike(self, one: Node, other: Node) -> Node:
        return self.diagrams.combined(lambda left, right: left != right, one, other)

    def _impersonal(self, function: Node) -> Node:
        """The function of each class without its data about people."""
        axis = list(self.space.axes).index("personal")
        plain = [value.fields["personal"] for value in self.space.axes["personal"]].index(False)
        return self.diagrams.fixed(function, axis, plain)

    def _with_impersonal(self, where: Node) -> Node:
        """Every class that is so with or without data about people."""
        axis, size = list(self.space.axes).index("personal"), len(self.space.axes["personal"])
        return self._any(*(self.diagrams.fixed(where, axis, place) for place in range(size)))


def _outcome(law: bool, said: Said) -> tuple[Outcome, frozenset[str]]:
    """The strictest of what a check says, and by which articles. What national law lifts does not count."""
    findings = [one for one in said if one[0] == "finding" and not (law and one[1] in ACCESS_BARS)]
    outcome = max((one[2] for one in findings), default=Outcome.ALLOW)
    return outcome, frozenset(one[3] for one in findings if one[2] is outcome)


def _louder(one: Speaking, law: bool, said: Said) -> Speaking:
    outcome, articles = _outcome(law, said)
    if outcome == one.outcome:
        return Speaking(outcome, one.articles | articles)
    return Speaking(outcome, articles) if outcome > one.outcome else one


def _stricter(both: Any, law: bool, said: Said) -> Any:
    if both == SAME:
        return SAME
    outcome, _ = _outcome(law, said)
    return max(both[0], outcome), max(both[1], outcome)


def _removes(said: Said) -> bool:
    return any(("removes", "personal") in one[-1] for one in said if one[0] == "finding")


def _taken_out(both: Any, plain: Any, providing: bool, *removing: bool) -> Any:
    """As `decide` does it: what would be barred goes where it may go without the data about people."""
    if both == SAME:
        return SAME
    return tuple(
        Weighed(max(Outcome.SANITISE, without), taken=True)
        if whole > Outcome.SANITISE and providing and removes and without <= Outcome.REFER
        else Weighed(whole)
        for whole, without, removes in zip(both, plain, removing, strict=True)
    )


def _differing(both: Any) -> Any:
    if both == SAME or both[0].outcome is both[1].outcome:
        return SAME
    return both[0].outcome, both[1].outcome


def owed(decision: Decision) -> frozenset[str]:
    """What a decision owes, in the words of a comparison: duties, and approvals where it is referred."""
    asked = [one for one in decision.findings if one.outcome is decision.outcome is Outcome.REFER]
    said: list[Answer] = [*decision.obligations, *asked]
    return frozenset(_duty(plain(one))[0] for one in said)


def _duties(said: Said) -> frozenset[tuple[str, str, bool]]:
    """What is owed, in words, by which article, and whether the node itself owes it; and whose approval is."""
    return frozenset(_duty(one) for one in said if one[0] == "duty" or one[2] is Outcome.REFER)


def _holds(one: object, some: Collection[object]) -> bool:
    return one in some


def _duty(one: tuple[Any, ...]) -> tuple[str, str, bool]:
    if one[0] == "finding":
        params = dict(one[4])
        return f"approval by {params.get('people', '1')} of {params.get('role', OFFICER)}", one[3], False
    _, duty, actor, due, article, params = one
    rest = "".join(f", {name} {value}" for name, value in params)
    return f"{actor}: {duty}{rest}{f', by {due}' if due else ''}", article, actor == "node"


def _explains(said: Iterable[tuple[Any, ...]], article: str) -> bool:
    return any(
        one[3] == article and (one[2] is not Outcome.ALLOW or one[1] in TRIGGERS or one[1] in SUPPORTS)
        for one in said
        if one[0] == "finding"
    )


def _owed(words: str, place: int) -> Callable[..., bool]:
    """Whether a duty is owed: what comes with an act only where it may go, an approval only where it is referred."""

    def is_owed(both: Any, free: bool, without: bool, kept: bool) -> bool:
        if both == SAME:
            return False
        found: Weighed = both[place]
        if words.startswith("approval by"):
            return found.outcome is Outcome.REFER and (without if found.taken else free)
        if found.outcome <= Outcome.REFER:
            return without if found.taken else free
        return kept

    return is_owed
