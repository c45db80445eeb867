"""Whoever loses information tells each originator of what it gave and got, in time, and owes the rest by the text."""

from dataclasses import replace
from datetime import timedelta

import pytest

from comity.acts import agreements, compromise, duties, notifying
from comity.acts.duties import Owed
from comity.acts.node import Node
from comity.agreement.instrument import Term
from comity.core.errors import Absent, Malformed, Refused
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release import compromised
from comity.release.compromised import Report
from comity.release.register import State
from tests.acts.crossing import records
from tests.acts.things import stix, take
from tests.joined import DANA, KEN, NOW, Pair

EVENT = "suspected-disclosure"


def given(pair: Pair, name: str = "one") -> str:
    """Israel gives Japan a thing; its handle."""
    before = {record.handle for record in records(pair.jp, "IL")}
    take(pair.il, stix("malware", name))
    pair.settle()
    [record] = [one for one in records(pair.jp, "IL") if one.handle not in before]
    assert record.handle is not None
    return record.handle


def report(pair: Pair, *things: str, hours: int = 0) -> list[compromise.Case]:
    """Japan reports what it lost."""
    cases = compromise.report(pair.jp, things, EVENT, NOW - timedelta(hours=hours), "FICTIONAL. A laptop.", KEN)
    pair.settle()
    return cases


def owed(node: Node) -> dict[str, Owed]:
    return {one.row.duty: one for one in duties.register(node)}


def test_the_originator_hears_of_what_it_gave(pair: Pair) -> None:
    handle = given(pair)
    [told] = report(pair, handle)
    [heard] = compromise.cases(pair.il)
    assert heard == replace(told, told=heard.told)
    assert (heard.by, heard.to, heard.report.given, heard.report.got) == ("JP", "IL", (handle,), ())
    assert heard.report.words == "FICTIONAL. A laptop."


def test_it_hears_of_what_it_gave_and_got_and_of_nothing_else(pair: Pair) -> None:
    """Law 4: what Japan has of its own and never released shows in no report."""
    handle = given(pair)
    own = [
        *take(pair.jp, stix("malware", "unreleased", Tlp.RED)).rids,
        *take(pair.jp, stix("malware", "released")).rids,
    ]
    pair.settle()
    report(pair, handle, *own)
    [heard] = compromise.cases(pair.il)
    known = {record.handle for record in records(pair.il, "JP")}
    assert heard.report.given == (handle,)
    assert len(known) == 1
    assert set(heard.report.got) == known
    assert heard.report.derived == 0


def test_what_follows_is_owed_on_both_sides_with_the_texts_clocks(pair: Pair) -> None:
    report(pair, given(pair), hours=3)
    ours, theirs = owed(pair.jp), owed(pair.il)
    assert {one.row.id for one in ours.values()} == {one.row.id for one in theirs.values()}
    assert set(ours) == {"notify-originator", "investigate", "report-findings", "corrective-measures"}
    assert all(one.row.actor == "JP" and one.row.article == "agreement:11(1)@1" for one in ours.values())
    first, findings = ours["notify-originator"].row, ours["report-findings"].row
    assert first.due == NOW - timedelta(hours=3) + timedelta(hours=24)
    assert findings.time == "2027-04-01"


def test_the_notice_itself_settles_the_first_duty(pair: Pair) -> None:
    report(pair, given(pair))
    for node in (pair.il, pair.jp):
        row = owed(node)["notify-originator"].row
        assert (row.state, row.kind) == (State.SETTLED, "notice")
    assert owed(pair.jp)["report-findings"].state is State.OPEN


def test_a_notice_that_reached_nobody_settles_nothing(pair: Pair) -> None:
    handle = given(pair)
    pair.cables[1].cut = True
    report(pair, handle)
    assert owed(pair.jp)["notify-originator"].row.state == State.OPEN
    pair.clock.forward(hours=25)
    assert owed(pair.jp)["notify-originator"].state is State.OVERDUE
    pair.cables[1].cut = False
    pair.settle()
    row = owed(pair.jp)["notify-originator"].row
    assert (row.state, row.settled) == (State.SETTLED, pair.clock.now)


def test_it_passes_under_a_suspension(pair: Pair) -> None:
    """Law 12: suspended is not silent."""
    handle = given(pair)
    notifying.send(pair.il, pair.agreement, "agreement-event", {"kind": "suspension", "dated": "2027-03-02"}, DANA)
    pair.settle()
    report(pair, handle)
    assert len(compromise.cases(pair.il)) == 1
    assert len(duties.register(pair.il)) == len(duties.register(pair.jp)) == 4


def test_a_late_notice_is_seen_to_be_late(pair: Pair) -> None:
    """Discovered thirty hours before it was told, and 24 were agreed."""
    report(pair, given(pair), hours=30)
    row = owed(pair.il)["notify-originator"].row
    assert row.due is not None
    assert row.settled is not None
    assert row.settled > row.due


def test_the_same_report_again_tells_nobody_twice(pair: Pair) -> None:
    handle = given(pair)
    report(pair, handle)
    report(pair, handle)
    assert len(notifying.received(pair.il, pair.agreement, compromise.KIND)) == 1
    assert len(duties.register(pair.il)) == 4


def test_a_report_of_more_than_one_notice_holds_is_one_case(pair: Pair) -> None:
    handle = given(pair)
    text = agreements.held(pair.jp, pair.agreement).newest
    many = tuple(f"{n:032x}" for n in range(compromised.MAX_HANDLES + 1))
    label = Label.of(OriginLabel("IL"))
    one = compromise.Affected(text, "IL", (handle, *many), (), 0, label)
    bodies = compromise.bodies(one, "ab" * 16, EVENT, NOW, "")
    assert [len(body.given) for body in bodies] == [compromised.MAX_HANDLES, 2]
    assert all(compromised.read(body.as_json()) == body for body in bodies)


def test_nobody_is_told_of_our_own_alone(pair: Pair) -> None:
    [rid] = take(pair.jp, stix("malware", "ours")).rids
    pair.settle()
    with pytest.raises(Refused, match="nobody's information but our own"):
        report(pair, rid)


def test_what_cannot_be_is_refused(pair: Pair) -> None:
    handle = given(pair)
    with pytest.raises(Absent):
        report(pair, "000000000000")
    with pytest.raises(Malformed, match="before it is reported"):
        report(pair, handle, hours=-1)
    with pytest.raises(Malformed, match="of something"):
        report(pair)


GOOD = Report("ab" * 16, EVENT, NOW, ("cd" * 16,), (), 0, Label.of(OriginLabel("IL")), "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"event": "weather"}, "no compromise"),
        ({"case": "ab"}, "not a handle"),
        ({"given": ["cd" * 16] * 2}, "one thing twice"),
        ({"given": []}, "names something"),
        ({"derived": -1}, "is a number"),
        ({"words": "x" * 2001}, "at most 2,000"),
        ({"note": 1}, "has exactly"),
    ],
)
def test_a_report_is_strict(change: dict[str, object], says: str) -> None:
    assert compromised.read(GOOD.as_json()) == GOOD
    with pytest.raises(Malformed, match=says):
        compromised.read(GOOD.as_json() | change)


def test_without_an_article_the_originator_is_told_all_the_same(pair: Pair) -> None:
    """Law 12: the house's own rule owes the notice."""
    text = agreements.held(pair.jp, pair.agreement).newest
    silent = replace(text, terms=tuple(term for term in text.terms if not _speaks(term)))
    found = compromised.duties(silent, "JP", GOOD, {})
    assert ("notify-originator", "JP", "immediately") in {(one.duty, one.actor, one.due) for one in found}


def _speaks(term: Term) -> bool:
    return term.rule.startswith("compromise")
