"""What a party tells of the agreement's life changes its force at both nodes alike, and at neither by a stranger."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from comity.acts import agreements, consulting, deliver, events, follow, notifying, replaying, standing
from comity.acts.alarm import Alarm
from comity.acts.alarms import alarms
from comity.acts.figures import Known, gather
from comity.acts.node import Node
from comity.acts.posting import Progress
from comity.agreement.events import Told, with_told
from comity.agreement.life import State, Status, status_at
from comity.core import instants, strictjson
from comity.core.errors import Malformed, Refused
from comity.labels.label import Label, OriginLabel
from comity.records import OutboxState
from comity.release.decide import decide
from comity.release.decision import Decision
from comity.release.question import Act, Facts, PartyReader, Question, Subject
from tests.acts.crossing import outbox, records
from tests.acts.things import holds, stix, take
from tests.joined import DANA, KEN, NOW, Pair, example, release, sign


def tell(pair: Pair, node: Node, kind: str, **members: Any) -> str:
    """Told now, unless a moment is given; it goes with the next `settle`."""
    moment = {} if {"dated", "on", "received"} & set(members) else {"dated": instants.text(pair.clock())}
    return notifying.send(node, pair.agreement, events.EVENT, {"kind": kind, **moment, **members}, DANA)


def object_to(pair: Pair, node: Node, notice: str, *, stands: bool = True) -> None:
    body = {"notice": notice, "stands": stands, "reason": "FICTIONAL. We do not agree."}
    notifying.send(node, pair.agreement, events.OBJECTION, body, KEN)


def status(pair: Pair) -> Status:
    """The status, which both nodes must have computed alike."""
    il, jp = (agreements.status(node, pair.agreement)[1] for node in (pair.il, pair.jp))
    assert il == jp
    return il


def state(pair: Pair) -> State:
    return status(pair).state


def test_a_suspension_stops_both_from_its_instant_and_ends_when_it_is_lifted(pair: Pair) -> None:
    tell(pair, pair.jp, "suspension", effective="2027-03-04")
    pair.settle()
    assert state(pair) is State.IN_FORCE
    assert status(pair).until == instants.parse("2027-03-04T00:00:00Z")
    pair.clock.forward(days=3)
    assert state(pair) is State.SUSPENDED
    take(pair.il, stix("malware", "one"))
    pair.settle()
    assert holds(pair.jp, "IL") == {}
    tell(pair, pair.jp, "comity-suspension-lifted")
    pair.settle()
    assert state(pair) is State.IN_FORCE
    assert len(holds(pair.jp, "IL")) == 1


def test_a_suspension_withdraws_what_is_queued(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    follow.follow(pair.il, pair.agreement)
    tell(pair, pair.jp, "suspension")
    follow.follow(pair.jp, pair.agreement)
    deliver.deliver_due(pair.jp, pair.agreement)
    follow.follow(pair.il, pair.agreement)
    assert [row.state for row in outbox(pair.il, pair.agreement)] == [OutboxState.VOID]
    pair.settle()
    assert holds(pair.jp, "IL") == {}


def test_who_suspends_stops_at_once_and_need_not_be_heard_first(pair: Pair) -> None:
    pair.cables[0].cut = True
    tell(pair, pair.il, "suspension")
    assert agreements.status(pair.il, pair.agreement)[1].state is State.SUSPENDED
    assert agreements.status(pair.jp, pair.agreement)[1].state is State.IN_FORCE


def test_who_lifts_waits_until_the_other_has_heard_it(pair: Pair) -> None:
    """What opens counts once the partner has taken it: else the first things would be refused there."""
    tell(pair, pair.il, "suspension")
    pair.settle()
    pair.clock.forward(hours=1)
    pair.cables[0].cut = True
    tell(pair, pair.il, "comity-suspension-lifted")
    assert agreements.status(pair.il, pair.agreement)[1].state is State.SUSPENDED
    pair.cables[0].cut = False
    pair.settle()
    assert state(pair) is State.IN_FORCE


def test_a_suspended_article_bars_what_it_speaks_of_and_nothing_else(pair: Pair) -> None:
    article = next(term.article for term in example().of("comity-annex") if term.params["field"] == "intelligence")
    tell(pair, pair.jp, "suspension", articles=[article])
    pair.settle()
    assert (state(pair), status(pair).suspended_articles) == (State.IN_FORCE, frozenset({article}))
    take(pair.il, stix("malware", "one"))
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 1
    cyber = next(term.article for term in example().of("comity-annex") if term.params["field"] == "cyber")
    tell(pair, pair.jp, "suspension", articles=[cyber])
    pair.settle()
    take(pair.il, stix("malware", "two"))
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 1
    with pair.il.agreements(pair.agreement).reader() as reader:
        cites = [cites for outcome, cites in reader.outcome_counts() if outcome == "deny"]
    assert [one.startswith(f"agreement:{cyber}@1") for one in cites] == [True]


def test_a_denunciation_runs_its_clock_and_protection_outlives_it(pair: Pair) -> None:
    tell(pair, pair.il, "termination-notice")
    pair.settle()
    assert state(pair) is State.IN_FORCE
    pair.clock.forward(days=185)
    assert state(pair) is State.ENDED
    assert status(pair).survives("4(2)")


def test_a_contested_denunciation_has_two_readings_and_the_safer_is_applied(pair: Pair) -> None:
    notice = tell(pair, pair.il, "termination-notice", effective="2027-03-04")
    pair.settle()
    object_to(pair, pair.jp, notice)
    pair.settle()
    pair.clock.forward(days=3)
    assert (state(pair), "contested" in status(pair).flags) == (State.DISPUTED, True)
    object_to(pair, pair.jp, notice, stands=False)
    pair.settle()
    assert state(pair) is State.ENDED


def test_a_contested_lifting_lifts_nothing(pair: Pair) -> None:
    tell(pair, pair.il, "suspension")
    pair.settle()
    pair.clock.forward(hours=1)
    lifted = tell(pair, pair.il, "comity-suspension-lifted")
    pair.settle()
    object_to(pair, pair.jp, lifted)
    pair.settle()
    assert state(pair) is State.SUSPENDED


def test_a_contested_suspension_still_suspends(pair: Pair) -> None:
    notice = tell(pair, pair.il, "suspension")
    pair.settle()
    object_to(pair, pair.jp, notice)
    pair.settle()
    assert state(pair) is State.SUSPENDED


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an article that is not in the text": ({"articles": ["99"]}, events.NO_ARTICLE),
    "dated four days back": ({"dated": "2027-02-26"}, events.BACKDATED),
    "received four days back": ({"received": "2027-02-26"}, events.BACKDATED),
    "of effect four days back": ({"effective": "2027-02-26"}, events.BACKDATED),
}


@pytest.mark.parametrize(("members", "code"), REFUSED.values(), ids=REFUSED)
def test_what_may_not_be_told_is_refused_before_it_goes(pair: Pair, members: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        tell(pair, pair.il, "suspension", **members)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"kind": "revolution"}, "do not know"),
        ({"kind": "suspension", "by": "JP"}, "signature"),
        ({"kind": "amendment", "id": "1"}, "not one party's"),
        ({"kind": "suspension"}, "no moment"),
    ],
)
def test_what_is_no_partys_event_is_malformed(pair: Pair, members: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        notifying.send(pair.il, pair.agreement, events.EVENT, members, DANA)


def test_a_notice_that_took_too_long_is_refused_and_its_sender_learns_it(pair: Pair) -> None:
    """Else whoever signs could choose yesterday's date. It is told again under today's."""
    pair.cables[0].cut = True
    tell(pair, pair.il, "suspension")
    follow.follow(pair.il, pair.agreement)
    pair.clock.forward(days=5)
    pair.cables[0].cut = False
    pair.settle()
    (given,) = notifying.given(pair.il, pair.agreement)
    assert (given.progress, given.code) == (Progress.REFUSED, events.BACKDATED)
    assert state(pair) is State.IN_FORCE
    assert [one.code for one in ringing(pair)] == ["notice-refused"]
    assert "signed too long before it came" in ringing(pair)[0].sentence
    tell(pair, pair.il, "suspension")
    assert ringing(pair) == []
    pair.settle()
    assert (state(pair), ringing(pair)) == (State.SUSPENDED, [])


def ringing(pair: Pair) -> list[Alarm]:
    """What rings at Israel's about what it told."""
    return [one for one in alarms(gather(pair.il, Known()), pair.clock()) if one.code == "notice-refused"]


def test_the_text_says_how_far_back_a_notice_may_be_dated() -> None:
    text = example()
    assert events.tolerance(text) == timedelta(hours=72)


def test_nobody_objects_to_nothing_or_to_itself(pair: Pair) -> None:
    with pytest.raises(Refused, match=events.NO_EVENT):
        object_to(pair, pair.il, "ab" * 16)
    notice = tell(pair, pair.il, "suspension")
    with pytest.raises(Refused, match=events.OWN):
        object_to(pair, pair.il, notice)


def test_an_old_decision_is_asked_again_under_the_events_known_then(pair: Pair) -> None:
    take(pair.il, stix("malware", "before"))
    pair.settle()
    pair.clock.forward(hours=1)
    tell(pair, pair.jp, "suspension")
    pair.settle()
    take(pair.il, stix("malware", "after"))
    pair.settle()
    pair.clock.forward(hours=1)
    tell(pair, pair.jp, "comity-suspension-lifted")
    pair.settle()
    found = list(replaying.replay(pair.il, replaying.ALL, pair.agreement))
    assert len(found) >= 2
    assert [one.differences for one in found if one.differences] == []


def test_a_version_that_comes_into_force_later_makes_followers_ask_again_then(pair: Pair) -> None:
    """Of what is withheld too: no decision of the old version knows that instant."""
    text = example()
    newer = replace(text, version=2, life=replace(text.life, signed="2027-03-02", in_force_from="2027-03-10"))
    sign(pair, newer)
    pair.settle()
    assert not standing.lapse(pair.il, pair.agreement, DANA)
    assert agreements.held(pair.il, pair.agreement).at(pair.clock()).version == 1
    pair.clock.now = NOW + timedelta(days=8)
    assert standing.lapse(pair.il, pair.agreement, DANA)
    assert not standing.lapse(pair.il, pair.agreement, DANA)


def test_both_sides_read_the_same_events_in_the_same_order() -> None:
    text = example()
    one = Told("ab" * 16, "IL", 1, NOW, {"kind": "suspension", "dated": "2027-03-02"})
    two = Told("cd" * 16, "JP", 1, NOW, {"kind": "law-changed", "on": "2027-03-02"})
    assert with_told(text, [one, two]) == with_told(text, [two, one])
    assert status_at(with_told(text, [one, two]), NOW).state is State.SUSPENDED


def consultations(pair: Pair) -> list[tuple[str, str]]:
    """What must be consulted about and how that stands, the same at both."""
    found = []
    for node in (pair.il, pair.jp):
        with node.agreements(pair.agreement).reader() as reader:
            rows = reader.cases(consulting.CASE)
        found.append([(strictjson.parse(row.body)["what"], row.state) for row in rows])
    assert found[0] == found[1]
    return found[0]


def duties(pair: Pair) -> list[tuple[str, str, datetime | None, str]]:
    with pair.jp.agreements(pair.agreement).reader() as reader:
        return [(one.actor, one.article, one.due, one.state) for one in reader.duties()]


def test_an_objection_opens_a_consultation_and_its_withdrawal_closes_it(pair: Pair) -> None:
    """Each party owes it by the clock of the article, counted from the objection on both sides alike."""
    notice = tell(pair, pair.il, "suspension")
    pair.settle()
    object_to(pair, pair.jp, notice)
    pair.settle()
    assert consultations(pair) == [("contested", "open")]
    (term,) = example().of("comity-consultation")
    (first, second) = duties(pair)
    assert {first[0], second[0]} == {"IL", "JP"}
    assert first[1] == f"agreement:{term.article}@1"
    assert first[2] is not None
    assert first[2] > NOW
    object_to(pair, pair.jp, notice, stands=False)
    pair.settle()
    assert consultations(pair) == [("contested", "closed")]
    assert {one[3] for one in duties(pair)} == {"released"}


def test_two_denunciations_that_contradict_are_both_shown_and_the_end_is_disputed(pair: Pair) -> None:
    tell(pair, pair.il, "termination-notice", effective="2027-03-04")
    tell(pair, pair.il, "termination-notice", effective="2027-06-01")
    pair.settle()
    pair.clock.forward(days=3)
    assert (state(pair), "contested" in status(pair).flags) == (State.DISPUTED, True)
    assert consultations(pair) == [("two-endings", "open")]
    assert len(agreements.held(pair.jp, pair.agreement).newest.life.events) == 2


def test_suspended_and_lifted_at_one_instant_is_suspended(pair: Pair) -> None:
    tell(pair, pair.il, "suspension", effective="2027-03-02")
    tell(pair, pair.il, "comity-suspension-lifted", effective="2027-03-02")
    pair.settle()
    assert state(pair) is State.SUSPENDED
    assert consultations(pair) == [("suspended-and-lifted", "open")]


def test_what_two_parties_say_is_no_contradiction(pair: Pair) -> None:
    """Each may suspend, and each lifts its own."""
    tell(pair, pair.il, "suspension")
    tell(pair, pair.jp, "comity-suspension-lifted")
    pair.settle()
    assert (state(pair), consultations(pair)) == (State.SUSPENDED, [])


# -- after the end, and before the beginning --------------------------------------------------------------------------


def pending(pair: Pair) -> None:
    """The example, signed and not in force: it waits for both parties' notes."""
    text = example()
    note = {"rule_text": "on-last-notification"}
    terms = tuple(replace(one, params=note) if one.rule == "entry-into-force" else one for one in text.terms)
    sign(pair, replace(text, terms=terms, life=replace(text.life, in_force_from=None, provisional_from=None)))
    release(pair.il, "standing-il", ("cyber.*",))


def test_both_apply_it_provisionally_and_one_ends_that(strangers: Pair) -> None:
    pending(strangers)
    take(strangers.il, stix("malware", "one"))
    tell(strangers, strangers.il, "comity-provisional")
    strangers.settle()
    assert (state(strangers), holds(strangers.jp, "IL")) == (State.SIGNED, {})
    strangers.clock.forward(hours=1)
    tell(strangers, strangers.jp, "comity-provisional")
    strangers.settle()
    assert (state(strangers), len(holds(strangers.jp, "IL"))) == (State.PROVISIONAL, 1)
    strangers.clock.forward(hours=1)
    tell(strangers, strangers.jp, "comity-provisional-ended")
    strangers.settle()
    take(strangers.il, stix("malware", "two"))
    strangers.settle()
    assert (state(strangers), len(holds(strangers.jp, "IL"))) == (State.ENDED, 1)


def test_after_the_end_an_originator_releases_the_other_from_its_duties(pair: Pair) -> None:
    """Both compute it alike, and it frees what its sender gave, not what it was given."""
    tell(pair, pair.il, "termination-notice", effective="2027-03-03")
    pair.settle()
    pair.clock.forward(days=2)
    assert state(pair) is State.ENDED
    tell(pair, pair.jp, "released-from-duty", on=instants.text(pair.clock()), scope="all")
    pair.settle()
    for node in (pair.il, pair.jp):
        kept, freed = (asked_of(node, pair, origin) for origin in ("IL", "JP"))
        assert (kept.outcome.text, freed.outcome.text) == ("needs-consent", "allow")


def test_after_the_end_protection_goes_for_one_kind_or_one_thing(pair: Pair) -> None:
    """Its originator says for which; everything else stays protected."""
    take(pair.jp, stix("malware", "one"), stix("malware", "two"))
    pair.settle()
    one, two = sorted(records(pair.il, "JP"), key=lambda record: record.handle or "")
    tell(pair, pair.il, "termination-notice", effective="2027-03-03")
    pair.settle()
    pair.clock.forward(days=2)
    for scope in ("kind:intelligence.report/1", str(one.handle)):
        tell(pair, pair.jp, "released-from-duty", on=instants.text(pair.clock()), scope=scope)
    pair.settle()
    assert asked_of(pair.il, pair, "JP").outcome.text == "allow"
    assert asked_of(pair.il, pair, "JP", "intelligence.answer/1").outcome.text == "needs-consent"
    assert asked_of(pair.jp, pair, "IL").outcome.text == "needs-consent"
    with pair.il.agreements(pair.agreement).reader() as reader, pair.il.house.reader() as house:
        held = agreements.held_in(pair.il, house, pair.agreement)
        bench = follow.bench_for(pair.il, house, held, "JP", reader)
        subject = Subject.from_json(strictjson.parse(one.class_canonical.encode()))
        freed = [bench.question(subject, bench.grounds.came(record)).facts.released_by for record in (one, two)]
    assert freed == [frozenset({"JP"}), frozenset()]


def asked_of(node: Node, pair: Pair, origin: str, kind: str = "intelligence.report/1") -> Decision:
    """May what `origin` gave to the other be lowered there?"""
    text = agreements.held(node, pair.agreement).newest
    label = Label.of(OriginLabel(origin, text.levels[origin][0]))
    holder = next(party for party in text.party_ids if party != origin)
    asks = Question(
        text.ref,
        "ended",
        Act.DECLASSIFY,
        Subject.of(kind, label, "intelligence", "assessment"),
        PartyReader(holder, holder),
        Facts(holder=holder),
    )
    return decide(asks, {text.ref: text}, pair.clock())
