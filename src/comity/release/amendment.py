"""What an amendment would newly allow, newly bar and newly owe: both texts asked about every class they can tell apart.

A class is in a group where `decide` answers differently under the two texts, each as if it were in force. Where another
article decides either way, it is told apart what the changed one says by itself (`alone`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from comity.agreement.instrument import Agreement
from comity.release import relation
from comity.release.approval import referrals
from comity.release.axes import Axes, axes
from comity.release.decide import decide
from comity.release.decision import Decision, bare
from comity.release.named import Names
from comity.release.question import Duty, Outcome, Question
from comity.release.regions import Difference, Said, Side, differences, scheme_of
from comity.release.watching import Region, Scheme, first_of

Class = Mapping[str, tuple[str, ...]]
"""Which values of each axis; an axis that is not named does not matter."""

ALLOWS, BARS, OWES, FREES = "allows", "bars", "owes", "frees"
ASKED = 3_000
"""Regions put to `decide` at most; of further ones it is told what the changed article says by itself."""


@dataclass(frozen=True, slots=True)
class Group:
    """Classes with one change. `was` and `becomes` are outcomes, or the duty; with the articles that say so."""

    effect: str
    was: str
    was_by: tuple[str, ...]
    becomes: str
    becomes_by: tuple[str, ...]
    alone: bool
    classes: tuple[Class, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`regions` were compared, `asked` of them put to `decide`. `unfinished` names what was not compared to the end."""

    groups: tuple[Group, ...]
    regions: int
    asked: int
    unfinished: tuple[str, ...]

    def of(self, effect: str) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if group.effect == effect)


@dataclass(frozen=True, slots=True)
class _Change:
    effect: str
    was: str
    was_by: tuple[str, ...]
    becomes: str
    becomes_by: tuple[str, ...]
    alone: bool


def instant_for(old: Agreement, new: Agreement) -> datetime:
    """The instant of comparison: the first of the second month after both were signed, so that both can be in force."""
    days = [datetime.fromisoformat(text.life.signed[:10]) for text in (old, new)]
    named = [datetime.fromisoformat(str(value)[:10]) for text in (old, new) for value in _starts(text)]
    latest = max(*days, *named) if named else max(days)
    return datetime.combine((latest + timedelta(days=62)).date().replace(day=2), time(9), tzinfo=UTC)


def _starts(text: Agreement) -> Iterable[object]:
    return (term.params["in_force_from"] for term in text.of("comity-annex") if term.params.get("in_force_from"))


def compare(old: Agreement, new: Agreement, tell: Callable[[int], None] = lambda _done: None) -> Comparison:
    """Both texts asked about everything that either can tell apart. Pure: the instant is computed from the texts. Other
    agreements that they name are not asked: they are the same before and after."""
    old, new = relation.alone(old), relation.alone(new)
    now = instant_for(old, new)
    every = axes(old, new, now)
    scheme = scheme_of(Names((old, new), now), every)
    sides = Side(old, now), Side(new, now)
    found = differences(*sides, every, scheme, tell)
    changes: dict[_Change, list[Region]] = {}
    for place, one in enumerate(found.differences):
        for change in _changes(one, sides, scheme) if place < ASKED else _own_change(one):
            changes.setdefault(change, []).append(one.region)
    groups = (_group(change, regions, every) for change, regions in changes.items())
    asked = min(len(found.differences), ASKED)
    return Comparison(tuple(sorted(groups, key=_order)), found.regions, asked, found.unfinished)


def _changes(one: Difference, sides: tuple[Side, Side], scheme: Scheme) -> Iterable[_Change]:
    force = one.region["force"][0].fields["force"]
    texts = [side.by_force[force][0] for side in sides]
    was, becomes = (decide(first_of(one.region, scheme, text), {text.ref: text}, sides[0].now) for text in texts)
    if was.outcome != becomes.outcome:
        effect = ALLOWS if becomes.outcome < was.outcome else BARS
        yield _Change(effect, was.outcome.text, _by(was), becomes.outcome.text, _by(becomes), alone=False)
        return
    yield from _own_change(one)
    owed, owes = (_owed(decision, first_of(one.region, scheme, texts[0])) for decision in (was, becomes))
    for duty, article in sorted(owes - owed):
        if duty not in {text for text, _ in owed}:
            yield _Change(OWES, "", (), duty, (article,), alone=False)
    for duty, article in sorted(owed - owes):
        if duty not in {text for text, _ in owes}:
            yield _Change(FREES, duty, (article,), "", (), alone=False)


def _own_change(one: Difference) -> Iterable[_Change]:
    """What one article by itself would newly allow or bar."""
    before, after = _own(one.old), _own(one.new)
    if before[0] != after[0]:
        effect = ALLOWS if after[0] < before[0] else BARS
        yield _Change(effect, before[0].text, before[1], after[0].text, after[1], alone=True)


def _by(decision: Decision) -> tuple[str, ...]:
    return tuple(map(bare, decision.articles))


def _own(said: Said) -> tuple[Outcome, tuple[str, ...]]:
    """What one article says by itself: its strictest answer and where it stands."""
    findings = [one for one in said if one[0] == "finding"]
    outcome = max((one[2] for one in findings), default=Outcome.ALLOW)
    return outcome, tuple(sorted({one[3] for one in findings if one[2] is outcome}))


def _owed(decision: Decision, question: Question) -> set[tuple[str, str]]:
    """What is owed, and whose approval is."""
    asked = referrals(decision) if decision.outcome is Outcome.REFER else ()
    by = question.facts.holder or "node"
    return {_duty(duty) for duty in decision.obligations} | {
        (f"{by}: approval by {each.people} of {each.role}", bare(each.cite)) for each in asked
    }


def _duty(duty: Duty) -> tuple[str, str]:
    rest = "".join(f", {name} {value}" for name, value in duty.params)
    due = f", by {duty.due}" if duty.due else ""
    return f"{duty.actor}: {duty.duty}{rest}{due}", bare(duty.cite)


def _group(change: _Change, regions: Sequence[Region], every: Axes) -> Group:
    return Group(
        effect=change.effect,
        was=change.was,
        was_by=change.was_by,
        becomes=change.becomes,
        becomes_by=change.becomes_by,
        alone=change.alone,
        classes=tuple(merged(regions, every)),
    )


def _order(group: Group) -> tuple[object, ...]:
    place = (ALLOWS, BARS, OWES, FREES).index(group.effect)
    return (group.alone, place, group.was_by, group.becomes_by, group.was, group.becomes)


def merged(regions: Iterable[Region], every: Axes) -> list[Class]:
    """The same classes in fewer lines: regions that differ on one axis only become one, until none do."""
    rows = [tuple(tuple(value.words for value in region[axis]) for axis in every) for region in regions]
    left: list[tuple[tuple[str, ...], ...]] = list(dict.fromkeys(rows))
    before = 0
    while len(left) != before:
        before = len(left)
        for place in range(len(every)):
            left = list(_joined(left, place))
    order = {axis: [value.words for value in values] for axis, values in every.items()}
    return [
        {
            axis: tuple(sorted(words, key=order[axis].index))
            for axis, words in zip(every, one, strict=True)
            if len(words) < len(order[axis])
        }
        for one in left
    ]


def _joined(rows: Iterable[tuple[tuple[str, ...], ...]], place: int) -> Iterable[tuple[tuple[str, ...], ...]]:
    """Rows that differ only at `place`, as one each."""
    found: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for one in rows:
        words = found.setdefault((*one[:place], *one[place + 1 :]), [])
        words += [word for word in one[place] if word not in words]
    return ((*rest[:place], tuple(words), *rest[place:]) for rest, words in found.items())
