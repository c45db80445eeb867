"""What a partner holds of a set is counted from what was released to it; the one that would complete it stays."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comity.acts import explaining, follow
from comity.agreement.instrument import Agreement, Term
from comity.labels.label import Tlp
from tests.acts.things import relation, stix, take
from tests.joined import Pair, example, pair_in, release, sign

pytestmark = pytest.mark.slow
SET = Term(
    "99", "comity-aggregation", {"count": 3, "kinds": ("cyber.*",), "outcome": "deny"}, {"en": "No three of these."}
)


def with_set(agreement: Agreement, **more: str) -> Agreement:
    words = dict.fromkeys(agreement.languages, "FICTIONAL: no three of these.")
    return replace(agreement, terms=(*agreement.terms, replace(SET, params={**SET.params, **more}, text=words)))


@pytest.fixture
def sets(tmp_path: Path) -> Iterator[Pair]:
    with pair_in(tmp_path, signed=False) as pair:
        sign(pair, with_set(example()))
        release(pair.il, "standing-il", ("cyber.*",))
        yield pair


def held(pair: Pair) -> list[str]:
    with pair.il.agreements(pair.agreement).reader() as reader:
        return [row.ext_id for row in reader.releases("JP", 0, 100)]


def ids(*names: str) -> list[str]:
    return [stix("malware", name)["id"] for name in names]


def test_two_go_and_the_third_stays_in_one_batch_or_in_three(sets: Pair) -> None:
    take(sets.il, *(stix("malware", name) for name in "abcd"))
    follow.follow(sets.il, sets.agreement)
    assert held(sets) == ids("a", "b")
    later = take(sets.il, stix("malware", "e")).rids[0]
    follow.follow(sets.il, sets.agreement)
    assert held(sets) == ids("a", "b")
    told = explaining.explain(sets.il, later, "JP")
    assert (told.outcome, told.articles[0]) == ("deny", "agreement:99@1")


def test_what_waits_is_not_counted(sets: Pair) -> None:
    """What points at something withheld does not go, so it takes nobody's place in the set (law 4)."""
    absent = stix("malware", "absent")
    take(sets.il, relation("r", absent, absent), *(stix("malware", name) for name in "abc"))
    follow.follow(sets.il, sets.agreement)
    assert held(sets) == ids("a", "b")


def test_what_is_queued_is_not_withdrawn_because_of_itself(sets: Pair) -> None:
    """A fact about the agreement makes the follower ask again; a full set is no reason to take back what fills it."""
    take(sets.il, *(stix("malware", name) for name in "ab"))
    follow.follow(sets.il, sets.agreement)
    release(sets.il, "standing-il-2", ("intelligence.*",))
    follow.follow(sets.il, sets.agreement)
    assert held(sets) == ids("a", "b")


def test_where_a_batch_ends_shows_nothing_of_what_a_set_withholds(tmp_path: Path) -> None:
    """The same things go in the same envelopes, whatever else the rule keeps back."""
    counts = []
    for folder, more in (("one", ""), ("two", "xyz")):
        with pair_in(tmp_path / folder, signed=False) as pair:
            sign(pair, with_set(example(), from_tlp="AMBER"))
            release(pair.il, "standing-il", ("cyber.*",))
            of_set = [stix("malware", name, Tlp.AMBER) for name in "ab" + more]
            take(pair.il, *of_set, *(stix("identity", name) for name in "ijkl"))
            follow.follow(pair.il, pair.agreement, certain=3)
            with pair.il.agreements(pair.agreement).reader() as reader:
                counts.append((held(pair), len(list(reader.all_outgoing())), reader.log_size("out")))
    assert counts[0] == counts[1]
