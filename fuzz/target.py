"""A target: one parser, what it must keep, and the seeds it starts from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from comity.core.errors import MAX_MESSAGE, ComityError

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
MAX_BYTES = 16 * 1024
"""What the fuzzer makes is no longer: most faults of a parser need few bytes."""

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """`check` reads the bytes. It returns, or raises one of the five errors; anything else is a finding."""

    name: str
    check: Callable[[bytes], object]

    @property
    def corpus(self) -> list[Path]:
        return sorted((CORPUS / self.name).glob("*.seed"))


def accepts(target: Target, raw: bytes) -> bool:
    """Whether the target read `raw`; a finding is raised as what it is."""
    try:
        target.check(raw)
    except ComityError as error:
        for words in (error.message, error.hint):
            words.encode()
            assert len(words) <= MAX_MESSAGE, f"a refusal of {len(words):,} characters"
        return False
    return True


def same(value: T, write: Callable[[T], bytes], read: Callable[[bytes], T]) -> None:
    """What was read can be written, and then says the same."""
    try:
        found = read(write(value))
    except ComityError as error:
        raise AssertionError(f"what was read cannot be written and read again: {error.message}") from error
    assert found == value, "what was written does not say what was read"
