"""What goes out points at nothing that stays: the largest such set goes, and the rest says what it waits for."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.release.closure import Candidate, close
from comity.release.kind import Reference

SINGLE, LISTED, MARKING = ("single", "listed", "marking")


def thing(name: str, *references: str) -> Candidate:
    """`thing("a", "single b")`: the record a, called A outside, which points at B."""
    made = []
    for reference in references:
        how, target = reference.split()
        made.append(Reference(f"{how}_ref", target.upper(), single=how == SINGLE, marking=how == MARKING))
    return Candidate(name, name.upper(), tuple(made))


# fmt: off
ROWS = [
    pytest.param([thing("a")], "", "", {"a": ""}, {}, id="what points at nothing goes"),
    pytest.param([thing("a", "single b"), thing("b")], "", "", {"a": "", "b": ""}, {}, id="both go together"),
    pytest.param([thing("a", "single b"), thing("b", "single a")], "", "", {"a": "", "b": ""}, {}, id="in a ring too"),
    pytest.param([thing("a", "single b")], "B", "", {"a": ""}, {}, id="the partner has it"),
    pytest.param([thing("a", "single b")], "", "", {}, {"a": ["B"]}, id="the partner has it not"),
    pytest.param([thing("a", "marking b")], "", "", {}, {"a": ["B"]}, id="a marking is never left out"),
    pytest.param([thing("a", "listed b", "listed c")], "C", "", {"a": "B"}, {}, id="one of a list is left out"),
    pytest.param([thing("a", "listed b")], "", "B", {}, {"a": ["B"]}, id="one of a list may still be decided"),
    pytest.param([thing("a", "listed b")], "B", "B", {"a": ""}, {}, id="what the partner has needs no decision"),
    pytest.param([thing("a", "single c", "listed d", "single b")], "", "", {}, {"a": ["B", "C"]},
                 id="it waits for what it needs, in order, and not for what can be left out"),
    pytest.param([thing("a", "single b"), thing("b", "single c"), thing("d")], "", "", {"d": ""},
                 {"a": ["B"], "b": ["C"]}, id="what it points at waits itself"),
    pytest.param([thing("a", "listed b"), thing("b", "single c")], "", "", {"a": "B"}, {"b": ["C"]},
                 id="a list loses what waits"),
]
# fmt: on


@pytest.mark.parametrize(("candidates", "held", "undecided", "released", "waiting"), ROWS)
def test_what_goes_and_what_waits(
    candidates: Sequence[Candidate],
    held: str,
    undecided: str,
    released: Mapping[str, str],
    waiting: Mapping[str, Sequence[str]],
) -> None:
    closed = close(candidates, set(held), set(undecided))
    assert closed.released == {rid: frozenset(left_out) for rid, left_out in released.items()}
    assert closed.waiting == {rid: tuple(targets) for rid, targets in waiting.items()}


def test_a_record_without_a_name_outside_is_no_target() -> None:
    nameless = Candidate("a", "", ())
    pointing = Candidate("b", "B", (Reference("x_ref", "", single=True),))
    assert set(close([nameless, pointing], set(), set()).waiting) == {"b"}


REFERENCES = st.builds("{} {}".format, st.sampled_from([SINGLE, LISTED, MARKING]), st.sampled_from("abcdef"))
GRAPHS = st.lists(st.lists(REFERENCES, max_size=3), min_size=1, max_size=5).map(
    lambda all_references: [thing(name, *references) for name, references in zip("abcde", all_references, strict=False)]
)


def fits(chosen: Sequence[Candidate], held: set[str], undecided: set[str]) -> bool:
    there = {one.ext_id for one in chosen} | held
    return all(
        reference.target in there or not (reference.single or reference.marking or reference.target in undecided)
        for one in chosen
        for reference in one.references
    )


@given(GRAPHS, st.sets(st.sampled_from("EF")), st.sets(st.sampled_from("DEF")))
def test_the_largest_set_that_may_go_together_goes(
    candidates: list[Candidate], held: set[str], undecided: set[str]
) -> None:
    closed = close(candidates, held, undecided)
    largest = max(
        (
            chosen
            for size in range(len(candidates) + 1)
            for chosen in combinations(candidates, size)
            if fits(chosen, held, undecided)
        ),
        key=len,
    )
    there = {one.ext_id for one in largest} | held
    assert closed.released == {
        one.rid: frozenset(reference.target for reference in one.references) - there for one in largest
    }
    assert set(closed.waiting) == {one.rid for one in candidates} - set(closed.released)
    assert all(targets for targets in closed.waiting.values())
