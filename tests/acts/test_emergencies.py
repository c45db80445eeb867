"""In an emergency one person releases at once, inside the agreement's bars, and two others review it by a clock."""

from datetime import timedelta

import pytest

from comity.acts import discharging, duties, emergencies, follow
from comity.acts.alarm import Alarm
from comity.acts.alarms import alarms
from comity.acts.duties import Owed
from comity.acts.figures import Known, gather
from comity.acts.node import Node
from comity.core.errors import Absent, Refused
from comity.labels.label import Tlp
from comity.release.approval import Verdict
from comity.release.register import REVIEWING, State
from tests.acts.duteous import tell
from tests.acts.officers import AVI, GIL, NOA, TAL, grant, say, the_case, waiting
from tests.acts.policied import rule, write
from tests.acts.things import holds, stix, take
from tests.joined import Pair

REVIEWED = "a fictional finding"


@pytest.fixture
def made(pair: Pair) -> Pair:
    """Avi, duty officer, has released in an emergency what two chiefs were to approve."""
    write(pair, rule("ask", 'resource.field == "cyber"', refer="chief", people="2"))
    take(pair.il, stix("malware", "one"))
    grant(pair, AVI, "duty-officer", emergency=True)
    for who in (TAL, GIL):
        grant(pair, who)
    say(pair, the_case(pair), AVI, Verdict.EMERGENCY)
    pair.settle()
    return pair


def owed(pair: Pair) -> list[Alarm]:
    return [one for one in alarms(gather(pair.il, Known()), pair.clock.now) if one.code.startswith("review-")]


def the_release(pair: Pair) -> str:
    with pair.il.house.reader() as house:
        [one] = emergencies.listed(pair.il, house)
    return one.id


def test_it_goes_at_once_and_its_review_is_owed(made: Pair) -> None:
    assert len(holds(made.jp, "IL")) == 1
    [alarm] = owed(made)
    assert (alarm.code, alarm.command) == ("review-owed", f"comity review {the_release(made)[:16]}")
    made.clock.forward(hours=72)
    assert [one.code for one in owed(made)] == ["review-overdue"]


def test_two_others_review_it(made: Pair) -> None:
    name = the_release(made)
    with pytest.raises(Refused, match="two others review it"):
        emergencies.review(made.il, name, REVIEWED, AVI)
    assert emergencies.review(made.il, name[:12], REVIEWED, TAL).owed
    with pytest.raises(Refused, match="another person"):
        emergencies.review(made.il, name, REVIEWED, TAL)
    with pytest.raises(Refused, match="no mandate as chief"):
        emergencies.review(made.il, name, REVIEWED, NOA)
    assert len(owed(made)) == 1
    assert not emergencies.review(made.il, name, REVIEWED, GIL).owed
    assert owed(made) == []


# -- the review in the register --------------------------------------------------------------------------------------


def reviews(node: Node) -> list[Owed]:
    return [one for one in duties.register(node) if one.row.duty == REVIEWING]


def test_its_review_stands_in_our_register_and_in_nobody_elses(made: Pair) -> None:
    """Law 4: the partner hears of no emergency. Who reviews is named, and who is told when they do not."""
    [one] = reviews(made.il)
    assert (one.row.about, one.row.article, one.ours, one.state) == (the_release(made), "house:11", True, State.OPEN)
    assert one.row.due == one.row.trigger + emergencies.DUE
    assert (one.office, one.next_office) == (f"2 others than {AVI.id} (chief)", "the head of the desk of IL")
    assert reviews(made.jp) == []
    made.clock.forward(hours=72)
    assert reviews(made.il)[0].state is State.OVERDUE
    assert [alarm.code for alarm in alarms(gather(made.il, Known()), made.clock.now)] == ["review-overdue"]


def test_the_review_alone_settles_it(made: Pair) -> None:
    """No document, no release by the partner and no single reviewer does."""
    [one] = reviews(made.il)
    for kind in (None, "report", "release"):
        with pytest.raises(Refused, match="only the reviews of 2 others"):
            discharging.settle(made.il, one.row.id, b"FICTIONAL. All was well.", TAL, kind)
    for scope in (one.row.id, the_release(made)):
        tell(made, made.jp, "released-from-duty", scope=scope)
    made.settle()
    emergencies.review(made.il, the_release(made), REVIEWED, TAL)
    follow.follow(made.il, made.agreement)
    assert [owed.state for owed in reviews(made.il)] == [State.OPEN]
    made.clock.forward(hours=1)
    emergencies.review(made.il, the_release(made), REVIEWED, GIL)
    [done] = reviews(made.il)
    assert (done.state, done.row.kind, done.row.settled) == (State.SETTLED, "review", made.clock.now)
    with made.il.house.reader() as house:
        assert done.row.evidence in {one.id for each in emergencies.listed(made.il, house) for one in each.reviews}


def test_an_ordinary_mandate_is_none_for_emergencies(pair: Pair) -> None:
    write(pair, rule("ask", "true", refer="chief"))
    take(pair.il, stix("malware", "one"))
    grant(pair, AVI)
    with pytest.raises(Refused, match="no mandate for emergencies"):
        say(pair, the_case(pair), AVI, Verdict.EMERGENCY)


def test_an_emergency_lifts_no_bar_of_the_agreement(made: Pair) -> None:
    """What an article bars has no case that anyone could release."""
    take(made.il, stix("malware", "red", Tlp.RED))
    assert waiting(made) == []
    assert len(holds(made.jp, "IL")) == 1


def test_a_clearance_revoked_while_it_is_queued_withdraws_it(pair: Pair) -> None:
    from comity.acts import follow, mandates

    write(pair, rule("ask", "true", refer="chief"))
    take(pair.il, stix("malware", "one"))
    grant(pair, AVI, "duty-officer", emergency=True)
    say(pair, the_case(pair), AVI, Verdict.EMERGENCY)
    assert follow.follow(pair.il, pair.agreement).released == 1
    mandates.revoke_person(pair.il, AVI.id, "clearance withdrawn", NOA)
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    assert len(owed(pair)) == 1, "what was said in an emergency is reviewed even where it was withdrawn"


def test_what_is_no_emergency_release_has_no_review(made: Pair) -> None:
    with pytest.raises(Absent):
        emergencies.review(made.il, "abcdef", REVIEWED, TAL)


def test_the_clock_is_three_days() -> None:
    assert timedelta(days=3) == emergencies.DUE
