"""`KINDS`: every kind of rule an agreement may contain. One that is not here makes the agreement unreadable."""

from collections.abc import Mapping

from comity.agreement.kind import Cls, Param, TermKind, Type
from comity.agreement.kinds import access, custody, industry, levels, life, marking, own, purpose, visits

__all__ = ["KINDS", "Cls", "Param", "TermKind", "Type", "as_markdown"]

_SUBJECTS = (access, levels, marking, custody, purpose, industry, visits, life, own)

KINDS: Mapping[str, TermKind] = {row.name: row for subject in _SUBJECTS for row in subject.ROWS}


def as_markdown() -> str:
    """The text of docs/term-kinds.md."""
    raise NotImplementedError
