"""The four precedences and the three worlds that share no chain."""

from enum import StrEnum


class Lane(StrEnum):
    """The four precedences, in the order in which they are served."""

    FLASH = "FLASH"
    IMMEDIATE = "IMMEDIATE"
    PRIORITY = "PRIORITY"
    ROUTINE = "ROUTINE"

    @property
    def rank(self) -> int:
        """0 is served first."""
        return _LANES.index(self)


class Mode(StrEnum):
    """A drill never becomes real (law 10)."""

    ACTUAL = "actual"
    EXERCISE = "exercise"
    TEST = "test"

    @property
    def rank(self) -> int:
        """The real world is served before drills."""
        return _MODES.index(self)


_LANES = tuple(Lane)
_MODES = tuple(Mode)
