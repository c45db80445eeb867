"""Reference closure: what goes out must not point at what did not (DECISIONS 14).

The third step, after deciding and sanitising, for one partner and over the whole set: an object whose single
reference, or marking, points at something unreleased waits; a list-valued reference is left out. Objects that point
at each other go together.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from comity.release.kind import Reference


class Candidate(msgspec.Struct, frozen=True):
    """A record that may go, and what it points at."""

    rid: str
    ext_id: str
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """`released`: record → the targets to leave out of its copy. `waiting`: record → what it waits for."""

    released: Mapping[str, frozenset[str]]
    waiting: Mapping[str, tuple[str, ...]]


def close(candidates: Iterable[Candidate], held: Collection[str], undecided: Collection[str]) -> Closed:
    """The largest set of `candidates` that may go together.

    `held` are the external ids the partner has, or is taken to have (the standard TLP and PAP definitions).
    `undecided` are ids the house knows but has not decided yet: a list-valued reference to one waits rather than
    losing it.
    """
    going = {candidate.rid: candidate for candidate in candidates}
    waiting: dict[str, tuple[str, ...]] = {}
    while True:
        there = {candidate.ext_id for candidate in going.values() if candidate.ext_id}
        stuck = {
            rid: missing for rid, candidate in going.items() if (missing := _missing(candidate, there, held, undecided))
        }
        if not stuck:
            break
        for rid, missing in stuck.items():
            waiting[rid] = missing
            del going[rid]
    released = {
        rid: frozenset(
            reference.target for reference in candidate.references if not _present(reference.target, there, held)
        )
        for rid, candidate in going.items()
    }
    return Closed(released, waiting)


def _missing(
    candidate: Candidate, there: Collection[str], held: Collection[str], undecided: Collection[str]
) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                reference.target
                for reference in candidate.references
                if not _present(reference.target, there, held)
                and (reference.single or reference.marking or reference.target in undecided)
            }
        )
    )


def _present(target: str, there: Collection[str], held: Collection[str]) -> bool:
    return target in there or target in held
