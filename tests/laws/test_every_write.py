"""Law 6: wherever between two statements a crash hits, nothing acknowledged is lost and nothing happens twice."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from soak.books import faults

from comity.wiring import check_node
from tests.joined import pair_in
from tests.laws.every_write import Moment, books, gone_on, run

ALL = "COMITY_EVERY_WRITE"
"""Set by `make soak`: every commit is tried, not only one of each kind."""


@pytest.mark.slow
def test_a_crash_at_any_write_of_either_node_changes_nothing(tmp_path: Path) -> None:
    """Every statement leaves what the commit before it left; from each commit both nodes go on to the same end."""
    with pair_in(tmp_path / "nodes"):
        pass
    moments = run(tmp_path / "nodes", tmp_path / "copies")
    commits = [one for one in moments if one.kept is not None]
    assert {one.store for one in commits} == {
        f"{party}/{store}" for party in ("IL", "JP") for store in ("house.db", "keys.db", "agreements/IL-JP-FICTION.db")
    }
    with gone_on(commits[-1]) as pair:
        expected = books(pair)
        states = [state for *_, state in expected["IL"]["outbox"]]
        assert (states.count("refused"), states.count("void")) == (2, 3), "two withdrawn, one that tells leaves"
        assert [state for _, state, _ in expected["JP"]["cases"]] == ["answered", "declined"]
    for moment in commits if os.environ.get(ALL) else one_of_each(commits):
        assert moment.kept is not None
        with gone_on(moment) as pair:
            assert faults(pair.il, pair.jp, pair.agreement) == [], moment
            assert books(pair) == expected, moment
        for party in ("IL", "JP"):
            assert check_node(moment.kept / party) == [], moment


def one_of_each(commits: Sequence[Moment]) -> list[Moment]:
    """The last commit of each kind: then most of what can be there twice is there. Of keys.db, which no other
    transaction spans, the first too."""
    first = {moment.kind: moment for moment in reversed(commits) if moment.store.endswith("keys.db")}
    last = {moment.kind: moment for moment in commits}
    return list(dict.fromkeys([*first.values(), *last.values()]))
