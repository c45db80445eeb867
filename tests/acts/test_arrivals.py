"""What a text attaches to a receipt is owed from the signed receipt on: one row an article and envelope, at both."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from comity.acts import accept, deliver, duties, follow
from comity.core import strictjson
from comity.exchange.lane import Lane
from tests.acts.crossing import outbox
from tests.acts.duteous import both, rows, signed, standing
from tests.acts.refusing import as_whole, items
from tests.acts.things import SHAMUR, holds, portion, report, stix, take, take_report
from tests.joined import NOW, Pair, pair_in


@pytest.fixture
def bound(tmp_path: Path) -> Iterator[Pair]:
    """Both have signed the example with articles that attach duties to receipts."""
    with pair_in(tmp_path, signed=False) as pair:
        signed(pair)
        yield pair


def given(pair: Pair, name: str = "R-1") -> None:
    """A report of Israel's at its lowest level, read by Japan."""
    take_report(pair.il, report(name, portion("all", {"origin": "IL", "level": SHAMUR})))
    pair.settle()
    assert name in holds(pair.jp, "IL")


def test_a_report_owes_feedback_and_its_place_in_the_register(bound: Pair) -> None:
    given(bound)
    assert standing(bound) == [("feedback", "JP", "open"), ("register", "JP", "open")]
    feedback, register = both(bound)
    assert (feedback.article, feedback.time, feedback.params) == ("agreement:7(8)@1", "30 days", (("items", "1"),))
    assert feedback.trigger == register.trigger == NOW
    assert {one.ours for one in duties.register(bound.jp)} == {True}
    assert {one.ours for one in duties.register(bound.il)} == {False}


def test_the_clock_runs_from_the_receipt_and_not_from_the_release(bound: Pair) -> None:
    bound.cables[0].cut = True
    take(bound.il, stix("indicator", "one"))
    follow.follow(bound.il, bound.agreement)
    deliver.deliver_due(bound.il, bound.agreement)
    assert both(bound) == []
    bound.clock.forward(days=2)
    bound.cables[0].cut = False
    bound.settle()
    [row] = both(bound)
    assert row.trigger == NOW + timedelta(days=2)


def test_many_things_in_one_envelope_are_one_duty(bound: Pair) -> None:
    """However much comes, the register gets a row for each article and envelope."""
    take(bound.il, *(stix("indicator", f"many-{n}") for n in range(40)))
    bound.settle()
    [row] = both(bound)
    [sent] = outbox(bound.il, bound.agreement)
    assert (row.duty, row.about, dict(row.params)["items"]) == ("return-or-destroy", sent.digest, "40")
    with bound.jp.agreements(bound.agreement).reader() as reader:
        [case] = reader.cases("duty-things")
    assert (case.id, len(strictjson.parse(case.body)["things"])) == (row.id, 40)


def test_what_no_article_speaks_of_owes_nothing(pair: Pair) -> None:
    """The example alone attaches nothing to a receipt: its receipt and its leaf are the whole evidence."""
    take(pair.il, stix("indicator", "one"))
    given(pair)
    assert both(pair) == []


def test_the_same_envelope_and_the_same_receipt_again_open_nothing(bound: Pair) -> None:
    bound.cables[0].deaf = True
    take(bound.il, stix("indicator", "one"))
    follow.follow(bound.il, bound.agreement)
    deliver.deliver_due(bound.il, bound.agreement)
    assert (len(rows(bound.jp)), len(rows(bound.il))) == (1, 0)
    bound.cables[0].deaf = False
    bound.clock.forward(minutes=10)
    bound.settle()
    [sent] = outbox(bound.il, bound.agreement, Lane.ROUTINE)
    answer = accept.accept(bound.jp, sent.raw)
    deliver.record_receipt(bound.il, bound.agreement, answer)
    assert [row.trigger for row in both(bound)] == [NOW]


def test_what_the_receipt_refuses_owes_nothing(bound: Pair) -> None:
    """The giver counts what the receipt says was taken, and of a refused envelope nothing."""
    bound.cables[0].twist = items(bound, "kind-unknown", {0})
    take(bound.il, stix("indicator", "one"), stix("indicator", "two"))
    bound.settle()
    [row] = rows(bound.il).values()
    assert dict(row.params)["items"] == "1"
    bound.cables[0].twist = as_whole(bound, "not-in-force")
    take(bound.il, stix("indicator", "three"))
    follow.follow(bound.il, bound.agreement)
    deliver.deliver_due(bound.il, bound.agreement)
    assert len(rows(bound.il)) == 1


def test_what_comes_back_to_its_originator_owes_it_nothing(bound: Pair) -> None:
    """Its own information is its own: nobody owes feedback on what it wrote itself."""
    take_report(bound.jp, report("R-2", portion("all", {"origin": "IL", "level": SHAMUR})))
    bound.settle()
    assert "R-2" in holds(bound.il, "JP")
    assert both(bound) == []
