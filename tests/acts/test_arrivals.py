"""What a text attaches to a receipt is owed from the signed receipt on: one row an article and envelope, at both."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from comity.acts import accept, deliver, discharging, duties, follow, returning, things
from comity.core.errors import Refused
from comity.exchange.lane import Lane
from tests.acts.crossing import outbox, records
from tests.acts.duteous import both, rows, signed, standing, tell
from tests.acts.refusing import as_whole, items
from tests.acts.restored import again, back_up, day, lose_and_restore, reconcile
from tests.acts.things import SHAMUR, document, holds, portion, report, stix, take, take_report, write
from tests.joined import DANA, KEN, NOW, Pair, pair_in


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
        assert len(things.owed_for(reader, row.id)) == 40


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


# -- done, or let go of, thing by thing ------------------------------------------------------------------------------


def handles(pair: Pair) -> dict[str, str]:
    """What Israel gave Japan: its handle by its external id."""
    return {one.ext_id: str(one.handle) for one in records(pair.jp, "IL")}


def feedback(pair: Pair, name: str, about: str) -> None:
    write(pair.jp, document("feedback", name, "JP", re=about, verdict="useful"))
    pair.settle()


def test_feedback_is_given_by_the_record_that_says_it(bound: Pair) -> None:
    given(bound)
    assert standing(bound)[0] == ("feedback", "JP", "open")
    feedback(bound, "F-1", handles(bound)["R-1"])
    assert ("feedback", "JP", "settled") in standing(bound)
    assert all(row.state == "open" for row in both(bound) if row.duty == "register")


def test_a_duty_for_several_things_ends_with_the_last_of_them(bound: Pair) -> None:
    for name in ("R-1", "R-2"):
        take_report(bound.il, report(name, portion("all", {"origin": "IL", "level": SHAMUR})))
    bound.settle()
    [row] = [one for one in both(bound) if one.duty == "feedback"]
    assert dict(row.params)["items"] == "2"
    feedback(bound, "F-1", handles(bound)["R-1"])
    assert ("feedback", "JP", "open") in standing(bound)
    told = tell(bound, bound.il, "released-from-duty", scope=handles(bound)["R-2"])
    bound.settle()
    [row] = [one for one in both(bound) if one.duty == "feedback"]
    assert (row.state, row.kind) == ("settled", "notice")
    with bound.il.agreements(bound.agreement).reader() as reader:
        shown = {handle: (kind, evidence) for handle, kind, evidence in things.each(reader, row.id)}
    assert shown[handles(bound)["R-2"]] == ("release", told)


@pytest.mark.parametrize("scope", ["kind:cyber.*", "article:7(10)", "thing", "duty"])
def test_whom_it_is_owed_lets_go_of_one_thing_or_one_class_and_the_register_says_by_what(
    bound: Pair, scope: str
) -> None:
    take(bound.il, stix("indicator", "one"))
    given(bound)
    [row] = [one for one in both(bound) if one.duty == "return-or-destroy"]
    named = {"thing": handles(bound)[stix("indicator", "one")["id"]], "duty": row.id}.get(scope, scope)
    bound.clock.forward(hours=1)
    tell(bound, bound.jp, "released-from-duty", scope=named)
    bound.settle()
    assert {one.state for one in both(bound)} == {"open"}, "whoever owes lets go of nothing"
    told = tell(bound, bound.il, "released-from-duty", scope=named)
    bound.settle()
    [row] = [one for one in both(bound) if one.duty == "return-or-destroy"]
    assert (row.state, row.kind, row.evidence) == ("released", "release", told)
    assert {one.state for one in both(bound) if one.duty != "return-or-destroy"} == {"open"}


def test_what_is_let_go_of_is_what_was_owed_and_not_what_will_be(bound: Pair) -> None:
    tell(bound, bound.il, "released-from-duty", scope="kind:cyber.*")
    bound.settle()
    bound.clock.forward(hours=1)
    take(bound.il, stix("indicator", "later"))
    bound.settle()
    assert standing(bound) == [("return-or-destroy", "JP", "open")]


def test_a_release_overtakes_a_receipt_that_was_lost(bound: Pair) -> None:
    """Japan has the row and Israel not yet: the release finds it at Japan at once, at Israel when the receipt comes."""
    bound.cables[0].deaf = True
    take(bound.il, stix("indicator", "one"))
    follow.follow(bound.il, bound.agreement)
    deliver.deliver_due(bound.il, bound.agreement)
    bound.cables[0].deaf = False
    bound.clock.forward(seconds=1)
    tell(bound, bound.il, "released-from-duty", scope="kind:cyber.*")
    bound.settle()
    assert [len(rows(node)) for node in (bound.il, bound.jp)] == [0, 1]
    bound.clock.forward(hours=1)
    bound.settle()
    assert standing(bound) == [("return-or-destroy", "JP", "released")]


def test_what_nobody_can_be_let_go_of_is_refused(bound: Pair) -> None:
    for scope in ("everything", "kind:", "article:", "ab" * 5, "kind:Cyber"):
        with pytest.raises(Refused, match="event-unknown-scope"):
            tell(bound, bound.il, "released-from-duty", scope=scope)


def test_what_is_due_to_be_destroyed_is_destroyed_and_certified_by_its_duty(bound: Pair) -> None:
    """No request is needed: the receipt said what it is for."""
    take(bound.il, stix("indicator", "one"), stix("indicator", "two"))
    bound.settle()
    [row] = both(bound)
    done = returning.destroy(bound.jp, row.id, KEN)
    bound.settle()
    assert set(done.handles) == set(handles(bound).values())
    assert standing(bound) == [("return-or-destroy", "JP", "settled")]
    assert {one.state.value for one in records(bound.jp, "IL")} == {"destroyed"}


def test_a_registry_shows_its_entry_by_a_discharge(bound: Pair) -> None:
    given(bound)
    [row] = [one for one in both(bound) if one.duty == "register"]
    with pytest.raises(Refused, match="signed by JP"):
        discharging.settle(bound.il, row.id, b"FICTIONAL. No. 7", DANA)
    discharging.settle(bound.jp, row.id, b"FICTIONAL. No. 7", KEN)
    bound.settle()
    assert ("register", "JP", "settled") in standing(bound)


@pytest.mark.slow
def test_a_restored_capital_owes_and_is_owed_what_it_forgot(tmp_path: Path) -> None:
    """Its rows come back from the envelopes and the signed receipts, with their own clocks."""
    with pair_in(tmp_path, signed=False) as pair:
        signed(pair)
        day(pair, "one")
        back_up(tmp_path)
        pair.clock.forward(hours=1)
        day(pair, "two")
        before = both(pair)
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        pair.clock.forward(days=1)
        assert rows(pair.il) != rows(pair.jp)
        reconcile(pair.il)
        pair.settle()
        assert both(pair) == before
