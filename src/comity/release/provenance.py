"""What a derived thing inherits: its sources, the sources of those, and everyone whose information they are (law 5)."""

from collections.abc import Iterable

from comity.labels.label import Label, OriginLabel, join
from comity.release.subject import Subject

Parts = tuple[tuple[str, Label], ...]
"""Sources by handle, each with all that every originator said of it."""


def closure(made_from: Iterable[tuple[str, Subject]]) -> Parts:
    """Every source of a thing made from these, and of those in turn. One that comes by two ways says what both say.

    Each record keeps its own closure, so that sources of sources need no search and no end.
    """
    found: dict[str, Label] = {}
    for name, subject in made_from:
        for part, label in ((name, inherited(subject)), *subject.sources):
            found[part] = label.join(found[part]) if part in found else label
    return tuple(sorted(found.items()))


def inherited(subject: Subject) -> Label:
    """What is said of a thing itself, by everyone whose it is: the whole, its portions, joint owners without a mark."""
    said = join([subject.label, *(label for _, label in subject.portions)])
    silent = subject.owners - said.parties
    return Label(said.origins | {OriginLabel(owner) for owner in silent}) if silent else said


def carried(subject: Subject) -> Label:
    """The label under which a thing goes out: who receives it must know of every originator, of whatever part."""
    if not subject.sources and not subject.owners:
        return subject.label
    whole = Label(subject.label.origins | {OriginLabel(one) for one in subject.owners - subject.label.parties})
    return join([whole, *(label for _, label in subject.sources)])
