"""What is left of a thing without some of its parts: the class of the rest, which is asked about again."""

from dataclasses import replace

from comity.labels.label import Label, join
from comity.release.subject import Subject


def remainder(subject: Subject, portions: frozenset[str]) -> Subject | None:
    """What is left without these portions: marked as its parts are, or as the rest is; nothing, where nothing is."""
    if not portions:
        return subject
    left = tuple(part for part in subject.portions if part[0] not in portions)
    if subject.rest is not None:
        label = join([subject.rest, *(label for _, label in left)])
        return replace(subject, label=label, portions=left, rest=subject.rest if left else None)
    if not left:
        return None
    return replace(subject, label=join(label for _, label in left), portions=left)


def impersonal(subject: Subject) -> Subject:
    """The same without data about people."""
    return replace(
        subject,
        label=_plain(subject.label),
        sources=tuple((name, _plain(label)) for name, label in subject.sources),
        portions=tuple((name, _plain(label)) for name, label in subject.portions),
        rest=None if subject.rest is None else _plain(subject.rest),
    )


def _plain(label: Label) -> Label:
    return Label(frozenset(replace(origin, personal=False) for origin in label.origins))
