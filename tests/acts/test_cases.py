"""A question and what became of it is one case, the same on both sides, whatever came in which order."""

from datetime import timedelta

import pytest

from comity.acts import accept, agreements, cases, follow, standing
from comity.core.errors import Absent, Malformed
from comity.exchange.lane import Lane
from tests.acts.crossing import outbox
from tests.acts.things import document, portion, question, write
from tests.joined import DANA, NOW, Pair, release


def states(pair: Pair) -> list[list[tuple[str, str | None]]]:
    """The state of each case and who asked, in Israel and in Japan."""
    return [
        [(view.case.state, view.opened_by) for view in cases.cases(node, pair.agreement)] for node in (pair.il, pair.jp)
    ]


def asked(pair: Pair, name: str = "Q-1") -> str:
    """Japan asks Israel; the case's id, which both sides know it by."""
    write(pair.jp, question(name))
    pair.settle()
    titles = {view.case.title: view.case.id for view in cases.cases(pair.il, pair.agreement)}
    return titles[f"FICTIONAL. {name}?"]


def answer(pair: Pair, case: str) -> None:
    portions = [portion("all", {"origin": "IL", "level": "שמור"}, text="FICTIONAL. Two of them.")]
    write(pair.il, document("answer", "A-1", re=case, title="FICTIONAL.", portions=portions))
    pair.settle()


def test_a_question_opens_a_case_on_both_sides(pair: Pair) -> None:
    case = asked(pair)
    assert states(pair) == [[("open", "JP")], [("open", "JP")]]
    assert cases.case(pair.jp, case[:6]).case == cases.case(pair.il, case).case
    assert cases.case(pair.il, case).case.due is not None


def test_an_answer_settles_it_on_both_sides(pair: Pair) -> None:
    answer(pair, asked(pair))
    assert states(pair) == [[("answered", "JP")], [("answered", "JP")]]
    [here], [there] = (cases.cases(node, pair.agreement) for node in (pair.il, pair.jp))
    assert len(here.case.lines) == len(there.case.lines) == 1


def test_a_decline_cites_its_article_on_both_sides(pair: Pair) -> None:
    case = asked(pair)
    write(pair.il, document("decline", "D-1", re=case, cite="agreement:3(6)@1", words="No answer is given."))
    pair.settle()
    assert states(pair) == [[("declined", "JP")], [("declined", "JP")]]
    for node in (pair.il, pair.jp):
        assert cases.case(node, case).case.lines == ("declined under agreement:3(6)@1: No answer is given.",)


def test_feedback_comes_back_to_the_giver(pair: Pair) -> None:
    case = asked(pair)
    answer(pair, case)
    with pair.jp.house.reader() as house:
        [came] = house.find("IL", "A-1")
    write(pair.jp, document("feedback", "F-1", "JP", re=came.handle, request=case, verdict="useful"))
    pair.settle()
    for node in (pair.il, pair.jp):
        assert "feedback: useful" in cases.case(node, case).case.lines


def test_what_nobody_settled_is_overdue_past_its_day(pair: Pair) -> None:
    asked(pair)
    pair.clock.now = NOW + timedelta(days=4)
    assert states(pair) == [[("overdue", "JP")], [("overdue", "JP")]]


def test_an_answer_that_may_not_go_settles_nothing_over_there(pair: Pair) -> None:
    """The case is made of what was sent: an answer above the ceiling stays here, and the question stays open."""
    case = asked(pair)
    portions = [portion("all", {"origin": "IL", "level": "סודי ביותר"}, text="FICTIONAL. SECRET.")]
    write(pair.il, document("answer", "A-1", re=case, portions=portions))
    pair.settle()
    assert states(pair) == [[("open", "JP")], [("open", "JP")]]


def test_the_same_envelope_again_adds_nothing(pair: Pair) -> None:
    asked(pair)
    [row] = outbox(pair.jp, pair.agreement, Lane.PRIORITY)
    accept.accept(pair.il, row.raw)
    [view] = cases.cases(pair.il, pair.agreement)
    with pair.il.agreements(pair.agreement).reader() as reader:
        held = reader.case(view.field, view.case.id)
    assert held is not None
    assert held.version == 1


def test_a_case_is_found_by_the_beginning_of_its_id(pair: Pair) -> None:
    first, second = asked(pair, "Q-1"), asked(pair, "Q-2")
    assert cases.case(pair.il, first).case.id == first
    assert cases.case(pair.il, second).case.id == second
    with pytest.raises(Absent):
        cases.case(pair.il, "zz")
    with pytest.raises(Malformed, match="means 2 requests"):
        cases.case(pair.il, "")


def test_those_that_need_somebody_come_first(pair: Pair) -> None:
    answer(pair, asked(pair, "Q-1"))
    asked(pair, "Q-2")
    assert [state for state, _ in states(pair)[0]] == ["open", "answered"]


def test_the_text_says_in_what_time_a_question_is_answered(pair: Pair) -> None:
    text = agreements.held(pair.il, pair.agreement).newest
    due = cases.reply_due(text, "intelligence", NOW, "IL")
    assert due is not None
    assert due.at == NOW + timedelta(hours=72)


def test_a_question_that_is_withheld_opens_no_case(pair: Pair) -> None:
    write(pair.jp, question(label=[{"origin": "JP", "level": "機密"}]))
    assert follow.follow(pair.jp, pair.agreement).withheld == 1
    assert states(pair) == [[], []]


def test_a_question_withdrawn_before_it_went_is_no_case(pair: Pair) -> None:
    """And sent again it is one, not two."""
    write(pair.jp, question())
    follow.follow(pair.jp, pair.agreement)
    assert len(cases.cases(pair.jp, pair.agreement)) == 1
    standing.withdraw(pair.jp, pair.agreement, "standing-jp", DANA)
    follow.follow(pair.jp, pair.agreement)
    assert cases.cases(pair.jp, pair.agreement) == []
    release(pair.jp, "again", ("intelligence.*",))
    pair.settle()
    assert states(pair) == [[("open", "JP")], [("open", "JP")]]


def test_an_answer_withdrawn_before_it_went_settles_nothing(pair: Pair) -> None:
    case = asked(pair)
    portions = [portion("all", {"origin": "IL", "level": "שמור"}, text="FICTIONAL. Two of them.")]
    write(pair.il, document("answer", "A-1", re=case, title="FICTIONAL.", portions=portions))
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    pair.settle()
    assert states(pair) == [[("open", "JP")], [("open", "JP")]]
