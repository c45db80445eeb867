"""Documents that are released whole or not at all: how they are marked, and why nothing can be taken out of them."""

from comity.core.errors import Refused
from comity.release.document import Head
from comity.release.kind import Marked, Removals


def marked(head: Head) -> Marked:
    return Marked(head.label)


def check_nothing_leaves(head: Head, removals: Removals, what: str) -> None:
    """Raises `Refused` if `removals` speaks of anything that is in the document."""
    if removals.portions:
        raise Refused(f"a {what} has no portions that could be left behind: it goes whole or not at all")
    if removals.personal and head.label is not None and any(origin.personal for origin in head.label.origins):
        raise Refused(f"this {what} holds personal data that cannot be separated from it")
