"""Facts that were read before: a house only adds to them, and every step of every act asks for the same few."""

from collections.abc import Callable

from comity.records import Fact

MOST = 20_000
"""Facts kept in memory; beyond them the database is asked each time."""

Question = tuple[str, str | None]
"""A kind, and a scope or any."""


class Facts:
    """Answers as they stand at the newest fact of one house. Readers of several threads share it."""

    def __init__(self) -> None:
        self._at: tuple[int, dict[Question, tuple[Fact, ...]]] = (0, {})

    def get(self, newest: int, question: Question, ask: Callable[[], tuple[Fact, ...]]) -> tuple[Fact, ...]:
        """The answer of a snapshot in which `newest` is the last fact's line of the log."""
        at, kept = self._at
        if newest < at:
            return ask()
        if newest > at:
            kept = {}
            self._at = newest, kept
        found = kept.get(question)
        if found is None:
            found = ask()
            if sum(map(len, tuple(kept.values()))) + len(found) <= MOST:
                kept[question] = found
        return found
