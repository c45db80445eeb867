"""What is owed stands in both registers once, with its article and clock, and goes only by evidence of its kind."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from comity.acts import accept, agreements, discharging, duties, follow, notifying, standing
from comity.acts.node import Node
from comity.agreement.instrument import Agreement
from comity.core.errors import Absent, Malformed, Refused
from comity.exchange import discharge
from comity.exchange.lane import Lane
from comity.records import DutyRow
from comity.release.question import Duty
from comity.release.register import SETTLED_BY, State, offices
from tests.acts.crossing import outbox
from tests.acts.test_cases import answer, asked
from tests.acts.things import question, write
from tests.joined import DANA, KEN, NOW, Pair

REPORT = Duty("report-findings", "JP", "agreement:11(1)@1", "2027-04-01", (("form", "written"),))
PAPER = b"FICTIONAL. What we found, and what we changed."


def register(node: Node) -> list[tuple[str, str, State]]:
    return [(owed.row.duty, owed.row.actor, owed.state) for owed in duties.register(node)]


def owe(pair: Pair, duty: Duty = REPORT, about: str = "case-1") -> str:
    """Both sides know of this duty; its id."""
    for node in (pair.il, pair.jp):
        with node.agreements(pair.agreement).begin() as tx:
            duties.open_duties(tx, text(node, pair), [duty], NOW, about)
    [owed] = [one for one in duties.register(pair.jp) if one.row.about == about]
    return owed.row.id


def text(node: Node, pair: Pair) -> Agreement:
    return agreements.held(node, pair.agreement).newest


def row(node: Node, duty_id: str) -> DutyRow:
    return duties.duty_named(node, duty_id).row


# -- opened by what sets it off -------------------------------------------------------------------------------------


def test_a_question_owes_a_reply_on_both_sides_by_the_agreements_time(pair: Pair) -> None:
    asked(pair)
    [ours], [theirs] = duties.register(pair.il), duties.register(pair.jp)
    assert ours.row == theirs.row
    assert (ours.row.duty, ours.row.actor, ours.row.article) == ("reply", "IL", "agreement:17(2)@1")
    assert (ours.ours, theirs.ours) == (True, False)
    assert ours.row.due is not None
    assert ours.row.due - ours.row.trigger == timedelta(hours=72)


def test_an_answer_settles_it_on_both_sides(pair: Pair) -> None:
    answer(pair, asked(pair))
    assert register(pair.il) == register(pair.jp) == [("reply", "IL", State.SETTLED)]
    assert duties.register(pair.il)[0].row.evidence == duties.register(pair.jp)[0].row.evidence


def test_the_same_envelope_again_opens_nothing(pair: Pair) -> None:
    asked(pair)
    with pair.il.agreements(pair.agreement).reader() as reader:
        size = reader.log_size("decisions")
    [sent] = outbox(pair.jp, pair.agreement, Lane.PRIORITY)
    accept.accept(pair.il, sent.raw)
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert reader.log_size("decisions") == size
    assert len(duties.register(pair.il)) == 1


def test_a_duty_that_is_settled_is_not_opened_again(pair: Pair) -> None:
    duty_id = owe(pair)
    discharging.settle(pair.jp, duty_id, PAPER, KEN)
    with pair.jp.agreements(pair.agreement).begin() as tx:
        assert duties.open_duties(tx, text(pair.jp, pair), [REPORT], NOW, "case-1") == []
    assert row(pair.jp, duty_id).state == State.SETTLED


def test_what_was_withdrawn_before_it_went_is_owed_no_more(pair: Pair) -> None:
    write(pair.jp, question())
    follow.follow(pair.jp, pair.agreement)
    assert register(pair.jp) == [("reply", "IL", State.OPEN)]
    standing.withdraw(pair.jp, pair.agreement, "standing-jp", DANA)
    follow.follow(pair.jp, pair.agreement)
    assert register(pair.jp) == [("reply", "IL", State.RELEASED)]


def test_ways_of_handling_are_not_in_the_register(pair: Pair) -> None:
    """Carrying a marking has no end that anybody could show."""
    kept = Duty("carry-marking", "JP", "agreement:4(2)@1")
    stranger = replace(REPORT, actor="node")
    with pair.il.agreements(pair.agreement).begin() as tx:
        assert duties.open_duties(tx, text(pair.il, pair), [kept, stranger], NOW, "x") == []


# -- how it stands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state"), [(0, State.OPEN), (22, State.OPEN), (23.5, State.DUE_SOON), (30.7, State.OVERDUE)]
)
def test_it_is_due_soon_in_its_last_quarter_and_overdue_past_its_day(pair: Pair, days: float, state: State) -> None:
    """Due when 1 April is over, UTC: the example names no capital's zone."""
    duty_id = owe(pair)
    pair.clock.now = NOW + timedelta(days=days)
    assert duties.duty_named(pair.il, duty_id).state is state


def test_what_needs_somebody_comes_first(pair: Pair) -> None:
    owe(pair, Duty("review", "IL", "agreement:16(5)@1"), "no-clock")
    owe(pair, replace(REPORT, due="2027-05-01"), "later")
    owe(pair, replace(REPORT, due="immediately"), "now")
    pair.clock.forward(hours=2)
    assert [owed.row.about for owed in duties.register(pair.il)] == ["now", "later", "no-clock"]


def test_the_text_names_who_acts_and_who_is_told_next(pair: Pair) -> None:
    agreement = text(pair.il, pair)
    assert offices("report-findings", "JP", agreement) == ("JP-registry", "JP-releasing-office")
    alone = replace(agreement, authorities=tuple(one for one in agreement.authorities if one.id == "JP-registry"))
    assert offices("report-findings", "JP", alone) == ("JP-registry", "the head of the desk of JP")
    assert offices("report-findings", "IL", alone) == ("the head of the desk of IL",) * 2


def test_a_duty_shows_its_article_and_its_clock(pair: Pair) -> None:
    told = duties.told(pair.jp, owe(pair))
    assert told.term is not None
    assert told.term.text["en"].startswith("A known or suspected compromise")
    assert [step.code for step in told.clock.steps] == ["trigger", "day", "end"]
    assert told.clock.at == told.owed.row.due


# -- settled only by evidence ---------------------------------------------------------------------------------------


def test_our_report_settles_ours_and_its_discharge_theirs(pair: Pair) -> None:
    duty_id = owe(pair)
    done = discharging.settle(pair.jp, duty_id, PAPER, KEN)
    assert (done.row.state, done.row.kind) == (State.SETTLED, "report")
    assert row(pair.il, duty_id).state == State.OPEN
    seen = discharging.settle(pair.il, duty_id, done.discharge, DANA)
    assert replace(seen.row, proof=done.row.proof) == done.row  # each keeps it under a name of its own
    assert seen.row.evidence == hashlib.sha256(done.discharge).hexdigest()


def test_our_discharge_goes_to_the_other_side_by_itself(pair: Pair) -> None:
    duty_id = owe(pair)
    discharging.settle(pair.jp, duty_id, PAPER, KEN)
    discharging.settle(pair.jp, duty_id, PAPER, KEN)
    pair.settle()
    assert row(pair.il, duty_id).state == State.SETTLED
    assert len(notifying.received(pair.il, pair.agreement, discharging.KIND)) == 1
    assert notifying.given(pair.il, pair.agreement, discharging.KIND) == []


def test_a_discharge_that_comes_before_its_duty_waits_for_it(pair: Pair) -> None:
    with pair.jp.agreements(pair.agreement).begin() as tx:
        [opened] = duties.open_duties(tx, text(pair.jp, pair), [REPORT], NOW, "case-1")
    discharging.settle(pair.jp, opened.id, PAPER, KEN)
    pair.settle()
    assert duties.register(pair.il) == []
    with pair.il.agreements(pair.agreement).begin() as tx:
        duties.open_duties(tx, text(pair.il, pair), [REPORT], NOW, "case-1")
    follow.follow(pair.il, pair.agreement)
    assert row(pair.il, opened.id).state == State.SETTLED


def test_nobody_sends_anothers_discharge(pair: Pair) -> None:
    duty_id = owe(pair)
    done = discharging.settle(pair.jp, duty_id, PAPER, KEN)
    with pytest.raises(Refused, match="discharge-of-another"):
        notifying.send(pair.il, pair.agreement, discharging.KIND, {"discharge": done.discharge.decode()}, DANA)
    with pytest.raises(Malformed, match="nothing else"):
        notifying.send(pair.il, pair.agreement, discharging.KIND, {"discharge": "{}", "and": 1}, DANA)
    with pytest.raises(Malformed, match="no discharge"):
        notifying.send(pair.il, pair.agreement, discharging.KIND, {"discharge": "{}"}, DANA)


def test_a_discharge_tells_nothing_to_who_has_not_the_document(pair: Pair) -> None:
    done = discharging.settle(pair.jp, owe(pair), PAPER, KEN)
    said = discharge.unseal(done.discharge, {"JP": [pair.jp.vault.public]})
    assert said.document != hashlib.sha256(PAPER).hexdigest()
    assert discharge.of_document(said, PAPER)
    assert not discharge.of_document(said, PAPER + b" ")


def test_the_same_evidence_again_changes_nothing_and_other_evidence_is_refused(pair: Pair) -> None:
    duty_id = owe(pair)
    done = discharging.settle(pair.jp, duty_id, PAPER, KEN)
    for again in (PAPER, done.discharge):
        assert discharging.settle(pair.jp, duty_id, again, KEN) == done
    with pytest.raises(Refused, match="settled already"):
        discharging.settle(pair.jp, duty_id, b"Another report.", KEN)


def test_the_partners_duty_is_settled_by_nothing_that_we_say(pair: Pair) -> None:
    duty_id = owe(pair)
    with pytest.raises(Refused, match="only a report signed by JP"):
        discharging.settle(pair.il, duty_id, PAPER, DANA)
    forged = replace(_said(pair, duty_id), by="IL")
    with pytest.raises(Refused, match="signed by JP, and this one by IL"):
        discharging.settle(pair.il, duty_id, discharge.seal(forged, pair.il.vault), DANA)
    with pytest.raises(Refused, match="by JP, and IL signed it"):
        discharging.settle(pair.il, duty_id, discharge.seal(_said(pair, duty_id), pair.il.vault), DANA)
    assert row(pair.il, duty_id).state == State.OPEN


def _said(pair: Pair, duty_id: str) -> discharge.Discharge:
    """What Japan would say of this duty, rightly."""
    owed = row(pair.jp, duty_id)
    done = discharging.settle(pair.jp, owe(pair, REPORT, "another"), PAPER, KEN)
    said = discharge.unseal(done.discharge, {"JP": [pair.jp.vault.public]})
    return replace(said, duty=duty_id, owes=owed.duty)


def test_evidence_of_another_kind_or_duty_or_time_is_refused(pair: Pair) -> None:
    duty_id = owe(pair)
    said = _said(pair, duty_id)
    cases = [
        (replace(said, kind="certificate"), "settled by a report, not by a certificate"),
        (replace(said, duty="ab" * 16), "of another duty"),
        (replace(said, owes="investigate"), "of another duty"),
        (replace(said, at=NOW - timedelta(seconds=1)), "before the duty began"),
    ]
    for wrong, says in cases:
        with pytest.raises(Refused, match=says):
            discharging.settle(pair.il, duty_id, discharge.seal(wrong, pair.jp.vault), DANA)
    with pytest.raises(Refused, match="not by a notice"):
        discharging.settle(pair.jp, duty_id, PAPER, KEN, "notice")
    assert row(pair.il, duty_id).state == row(pair.jp, duty_id).state == State.OPEN


def test_a_receipt_comes_from_whom_it_is_owed(pair: Pair) -> None:
    """Japan owes the return of a thing: Israel's receipt settles it, and Japan's own word does not."""
    duty_id = owe(pair, Duty("return", "JP", "agreement:8(1)@1"))
    with pytest.raises(Refused, match="only a receipt signed by IL"):
        discharging.settle(pair.jp, duty_id, PAPER, KEN)
    done = discharging.settle(pair.il, duty_id, PAPER, DANA)
    assert discharging.settle(pair.jp, duty_id, done.discharge, KEN).row.kind == "receipt"


def test_whom_it_is_owed_may_let_go_of_it_and_nobody_else(pair: Pair) -> None:
    duty_id = owe(pair)
    with pytest.raises(Refused, match="only a release signed by IL"):
        discharging.settle(pair.jp, duty_id, PAPER, KEN, "release")
    done = discharging.settle(pair.il, duty_id, b"We let go of it.", DANA, "release")
    assert done.row.state == State.RELEASED
    assert discharging.settle(pair.jp, duty_id, done.discharge, KEN).row.state == State.RELEASED


def test_where_two_kinds_settle_it_one_is_named(pair: Pair) -> None:
    duty_id = owe(pair, Duty("return-or-destroy", "JP", "agreement:8(1)@1"))
    with pytest.raises(Refused, match="certificate or receipt"):
        discharging.settle(pair.jp, duty_id, PAPER, KEN)
    assert discharging.settle(pair.jp, duty_id, PAPER, KEN, "certificate").row.kind == "certificate"


def test_who_settled_it_stands_in_the_house_log(pair: Pair) -> None:
    duty_id = owe(pair)
    discharging.settle(pair.jp, duty_id, PAPER, KEN)
    with pair.jp.house.reader() as house:
        [entry] = [line for line in house.log_after(0, 1000) if line.entry["act"] == "duty-settled"]
    assert (entry.entry["act"], entry.entry["duty"], entry.by) == ("duty-settled", duty_id, KEN.id)


def test_a_duty_is_found_by_the_beginning_of_its_id(pair: Pair) -> None:
    with pytest.raises(Absent):
        duties.told(pair.jp, "zz")
    with pytest.raises(Absent):
        duties.told(pair.jp, "")


def test_every_duty_of_the_register_says_what_settles_it() -> None:
    assert all(SETTLED_BY.values())
