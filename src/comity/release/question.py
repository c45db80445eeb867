"""What is asked, frozen: the key under which a decision may be remembered (DECISIONS 4)."""

from dataclasses import dataclass
from enum import IntEnum


class Outcome(IntEnum):
    """From free to barred. `REFER` exists only inside the house: a person must decide."""

    ALLOW = 0
    SANITISE = 1
    REFER = 2
    NEEDS_CONSENT = 3
    DENY = 4

    @property
    def text(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's answer: a code, the citation that carries it, and parameters. No prose (DECISIONS 5)."""

    code: str
    cite: str
    outcome: Outcome
    params: tuple[tuple[str, str], ...] = ()
