"""Two versions of a text beside each other, as people read it and as scripts do."""

from typing import TYPE_CHECKING, Any

from comity.cli.output import counted, progress

if TYPE_CHECKING:
    from comity.agreement.instrument import Agreement
    from comity.agreement.wording import Change
    from comity.release.amendment import Class, Comparison, Group

SHOWN = 8
"""Lines of one group that a terminal shows; with `--json` all are told."""

HEADINGS = {
    "allows": "It would newly allow",
    "bars": "It would newly bar",
    "owes": "It would newly owe",
    "frees": "It would owe no more",
}


def both(old: "Agreement", new: "Agreement") -> "tuple[tuple[Change, ...], Comparison]":
    """In words and by classes. A bar tells how far it is."""
    from comity.agreement.wording import changes
    from comity.release.amendment import compare

    with progress("regions compared", None) as tell:
        return changes(old, new), compare(old, new, tell)


def as_json(old: "Agreement", new: "Agreement", found: "tuple[tuple[Change, ...], Comparison]") -> dict[str, Any]:
    changes, comparison = found
    return {
        "old": str(old.ref),
        "new": str(new.ref),
        "words": [{"where": one.where, "what": one.what, "was": one.was, "becomes": one.becomes} for one in changes],
        **{effect: [_group(group) for group in comparison.of(effect)] for effect in HEADINGS},
        "regions": comparison.regions,
        "decided": comparison.asked,
        "unfinished": list(comparison.unfinished),
    }


def _group(group: "Group") -> dict[str, Any]:
    return {
        "was": group.was or None,
        "was_by": list(group.was_by),
        "becomes": group.becomes or None,
        "becomes_by": list(group.becomes_by),
        "alone": group.alone,
        "whole": group.whole,
        "classes": [{axis: list(words) for axis, words in one.items()} for one in group.classes],
    }


def words(found: "tuple[tuple[Change, ...], Comparison]") -> list[str]:
    """The changed words, then what they do."""
    changes, comparison = found
    lines = ["In words:", *(f"  {one}" for one in changes)] if changes else ["In words: nothing changes."]
    for effect, heading in HEADINGS.items():
        for alone in (False, True):
            groups = [group for group in comparison.of(effect) if group.alone is alone]
            if groups:
                lines.append(f"{heading}{', where no other article decides' if alone else ''}:")
                lines += [line for group in groups for line in _lines(group, comparison.axes)]
    if not comparison.groups and not comparison.unfinished:
        lines.append("It would allow, bar and owe the same as before.")
    lines.append(
        f"{counted(comparison.regions, 'region')} of classes compared. Private rules of a party are not in it."
    )
    lines += [f"Not compared to the end, there are too many classes: article {one}." for one in comparison.unfinished]
    return lines


def _lines(group: "Group", axes: "Class") -> list[str]:
    if group.effect in ("owes", "frees"):
        head = f"  {group.becomes or group.was} [{', '.join(group.becomes_by or group.was_by)}]"
    else:
        was, becomes = ", ".join(group.was_by), ", ".join(group.becomes_by)
        head = f"  was {group.was} [{was}], would be {group.becomes} [{becomes}]"
    head += "" if group.whole else "; of these, where no other article decides"
    few = [f"    {one}" for one in [_class(one, axes) for one in group.classes[:SHOWN]]]
    left = len(group.classes) - SHOWN
    return [head, *few, *([f"    and {left} more: --json tells all"] if left > 0 else [])]


def _class(one: "Class", axes: "Class") -> str:
    return "; ".join(_values(values, axes[axis]) for axis, values in one.items()) or "whatever it is"


def _values(values: tuple[str, ...], every: tuple[str, ...]) -> str:
    """Some of an axis, or what they are not, whichever is shorter."""
    others = tuple(one for one in every if one not in values)
    few = others if len(others) < len(values) else values
    said = few[0] if len(few) == 1 else f"{', '.join(few[:-1])} or {few[-1]}"
    return f"not: {said}" if few is others else said
