"""What an amendment would newly allow, newly bar and newly owe: both texts asked about every class they can tell apart.

A class is in a group where `decide` answers differently under the two texts, each as if it were in force. Where another
article decides either way, it is told apart what the changed one says by itself (`alone`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from comity.agreement.instrument import Agreement
from comity.release import relation
from comity.release.axes import axes
from comity.release.decision import Decision, bare
from comity.release.diagram import Cube, Node, TooManyNodes
from comity.release.named import Names
from comity.release.question import Outcome
from comity.release.regions import Side, Space, scheme_of
from comity.release.weighing import Speaking, Weighing

Class = Mapping[str, tuple[str, ...]]
"""Which values of each axis; an axis that is not named does not matter."""

ALLOWS, BARS, OWES, FREES = "allows", "bars", "owes", "frees"
FEW = 12
"""Lines in which the classes of one change are told one by one. Where they are more, for the articles beside it, the
classes are told in which the changed article itself makes the change."""


@dataclass(frozen=True, slots=True)
class Group:
    """Classes with one change. Without `whole` it is only so in those of them that no other article decides.

    `was` and `becomes` are outcomes, or the duty. The stricter outcome is by the articles that were changed; the other
    by those that `decide` cites for the first class.
    """

    effect: str
    was: str
    was_by: tuple[str, ...]
    becomes: str
    becomes_by: tuple[str, ...]
    alone: bool
    whole: bool
    classes: tuple[Class, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """From one outcome to the other, and by which articles the stricter one is."""

    was: Outcome
    becomes: Outcome
    articles: frozenset[str]

    @property
    def allows(self) -> bool:
        return self.becomes < self.was

    @property
    def strict(self) -> tuple[bool, Outcome, frozenset[str]]:
        return self.allows, max(self.was, self.becomes), self.articles


@dataclass(frozen=True, slots=True)
class Comparison:
    """`axes` are all values of each. `regions` were compared; for `asked` changes the first class was put to `decide`
    as well. `unfinished` names what was not compared to the end."""

    groups: tuple[Group, ...]
    regions: int
    asked: int
    unfinished: tuple[str, ...]
    axes: Class

    def of(self, effect: str) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.effect == effect)


def instant_for(old: Agreement, new: Agreement) -> datetime:
    """The instant of comparison: the first of the second month after both were signed, so that both can be in force."""
    days = [datetime.fromisoformat(text.life.signed[:10]) for text in (old, new)]
    named = [datetime.fromisoformat(str(value)[:10]) for text in (old, new) for value in _starts(text)]
    latest = max(*days, *named) if named else max(days)
    return datetime.combine((latest + timedelta(days=62)).date().replace(day=2), time(9), tzinfo=UTC)


def _starts(text: Agreement) -> Iterable[object]:
    return (term.params["in_force_from"] for term in text.of("comity-annex") if term.params.get("in_force_from"))


def weigh(old: Agreement, new: Agreement, tell: Callable[[int], None] = lambda _done: None) -> Weighing:
    """Both texts asked about everything that either can tell apart. Pure: the instant is computed from the texts. Other
    agreements that they name are not asked: they are the same before and after. Raises `TooManyNodes`."""
    old, new = relation.alone(old), relation.alone(new)
    now = instant_for(old, new)
    every = axes(old, new, now)
    space = Space(every, scheme_of(Names((old, new), now), every))
    before = Side(old, now, space)
    return Weighing(before, Side(new, now, space, before), tell)


def compare(old: Agreement, new: Agreement, tell: Callable[[int], None] = lambda _done: None) -> Comparison:
    """What `weigh` finds, in groups and words."""
    try:
        return told(weigh(old, new, tell))
    except TooManyNodes:
        changed = {term.article for term in (*old.terms, *new.terms)}
        return Comparison((), 0, 0, tuple(sorted(changed)), {})


def told(weighing: Weighing) -> Comparison:
    """What was weighed, in groups and words. Raises `TooManyNodes`."""
    telling = _Telling(weighing)
    groups = tuple(sorted(telling.groups(), key=_order))
    unfinished = tuple(sorted({*weighing.unfinished, *telling.doubted}))
    words = {name: tuple(value.words for value in values) for name, values in weighing.space.axes.items()}
    return Comparison(groups, weighing.space.regions, telling.asked, unfinished, words)


class _Telling:
    """Both texts and what was found of them, in groups."""

    def __init__(self, weighing: Weighing) -> None:
        self.weighing = weighing
        self.space, self.diagrams = weighing.space, weighing.diagrams
        self.asked = 0
        self.doubted: set[str] = set()

    def groups(self) -> Iterator[Group]:
        weighing = self.weighing
        found = self.diagrams.combined(_change, weighing.outcomes, *weighing.own)
        spoken = self.diagrams.combined(_own_change, *weighing.own)
        told = set()
        for change in self.diagrams.values(found):
            if change is not None:
                told.add((change.allows, change.articles))
                yield self._decided_group(change, found, spoken)
        for change in self.diagrams.values(spoken):
            if change is not None and (change.allows, change.articles) not in told:
                yield self._own_group(change, spoken)
        for owing in weighing.owings:
            whole, classes = self._classes(owing.where, owing.says)
            said = (owing.words, owing.articles)
            was, becomes = (("", ()), said) if owing.newly else (said, ("", ()))
            yield Group(OWES if owing.newly else FREES, *was, *becomes, alone=False, whole=whole, classes=classes)

    def _decided_group(self, change: Change, found: Node, spoken: Node) -> Group:
        """What both texts decide; the first class is put to `decide` itself."""
        where = self.diagrams.where(found, change)
        says = self.diagrams.combined(lambda own: own is not None and own.strict == change.strict, spoken)
        old, new = self._decided(where)
        if (old.outcome, new.outcome) != (change.was, change.becomes):
            self.doubted |= change.articles
        whole, classes = self._classes(where, says)
        return _grouped(change, _by(old), _by(new), alone=False, whole=whole, classes=classes)

    def _own_group(self, change: Change, spoken: Node) -> Group:
        """What the changed articles would newly allow or bar, where another one decides either way."""
        where = self.diagrams.where(spoken, change)
        classes = tuple(map(self._words, self.diagrams.cover(where, where)))
        return _grouped(change, (), (), alone=True, whole=True, classes=classes)

    def _decided(self, where: Node) -> tuple[Decision, Decision]:
        """What `decide` says of the first of these classes, under each text."""
        places = self.diagrams.first(where) or {}
        self.asked += 1
        return self.weighing.decided({place: places.get(place, 0) for place in range(len(self.space.axes))})

    def _classes(self, where: Node, says: Node) -> tuple[bool, tuple[Class, ...]]:
        """Just these classes where they are few lines, else all in which the article `says` so (and whether they are
        just these)."""
        few = tuple(islice(self.diagrams.cover(where, where), FEW + 1))
        if len(few) <= FEW:
            return True, tuple(map(self._words, few))
        either = self.diagrams.combined(lambda one, other: one or other, where, says)
        return either == where, tuple(map(self._words, self.diagrams.cover(where, either)))

    def _words(self, cube: Cube) -> Class:
        return {
            name: tuple(values[one].words for one in sorted(cube[place]))
            for place, (name, values) in enumerate(self.space.axes.items())
            if place in cube
        }


def _change(both: object, old: Speaking, new: Speaking) -> Change | None:
    """A change, with the articles that decide the stricter side of it."""
    if not isinstance(both, tuple):
        return None
    was, becomes = both
    strict = old if becomes < was else new
    return Change(was, becomes, strict.articles if strict.outcome is max(was, becomes) else frozenset())


def _own_change(old: Speaking, new: Speaking) -> Change | None:
    if old.outcome is new.outcome:
        return None
    return Change(old.outcome, new.outcome, max(old, new, key=lambda one: one.outcome).articles)


def _grouped(
    change: Change, old: tuple[str, ...], new: tuple[str, ...], *, alone: bool, whole: bool, classes: tuple[Class, ...]
) -> Group:
    speaking = tuple(sorted(change.articles))
    return Group(
        effect=ALLOWS if change.allows else BARS,
        was=change.was.text,
        was_by=speaking if change.allows and speaking else old,
        becomes=change.becomes.text,
        becomes_by=speaking if not change.allows and speaking else new,
        alone=alone,
        whole=whole,
        classes=classes,
    )


def _by(decision: Decision) -> tuple[str, ...]:
    return tuple(map(bare, decision.articles))


def _order(group: Group) -> tuple[object, ...]:
    place = (ALLOWS, BARS, OWES, FREES).index(group.effect)
    return (group.alone, place, group.was_by, group.becomes_by, group.was, group.becomes)
