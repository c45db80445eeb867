"""At an agreement's end, by a term's clock and at a purpose's end return or destruction is owed, and certified."""

from datetime import timedelta

import pytest

from comity.acts import agreements, discharging, duties, evidence, notifying, returning
from comity.acts.duties import Owed
from comity.acts.node import Node
from comity.core.errors import Refused
from comity.exchange import discharge, notice
from comity.exchange.body import MAX_ITEMS, Notices
from comity.exchange.discharge import Discharge
from comity.exchange.notice import Notice
from comity.records import RecordState
from comity.release.register import State
from tests.acts.duteous import both, tell
from tests.acts.restored import verified
from tests.acts.test_compromise import given
from tests.acts.test_returning import changed, term
from tests.acts.things import stix, take
from tests.joined import DANA, KEN, NOW, Pair, sign

pytestmark = pytest.mark.slow
AT_END = term("16(7)", "comity-return-at-end", must="return-or-destroy", days=90)


def owed(node: Node) -> list[Owed]:
    return [one for one in duties.register(node) if one.row.duty in ("return", "return-or-destroy", "destroy")]


def end(pair: Pair) -> None:
    """Israel denounces the agreement, and six months pass."""
    tell(pair, pair.il, "termination-notice")
    pair.settle()
    pair.clock.forward(days=200)
    pair.settle()


def test_the_end_opens_one_duty_on_both_sides_by_its_article_and_clock(pair: Pair) -> None:
    sign(pair, changed(AT_END))
    given(pair)
    tell(pair, pair.il, "termination-notice")
    pair.settle()
    assert owed(pair.jp) == []
    pair.clock.forward(days=200)
    pair.settle()
    [row] = [one for one in both(pair) if one.duty == "return-or-destroy"]
    assert (row.actor, row.article, row.time) == ("JP", "agreement:16(7)@2", "90 days")
    assert row.trigger.date().isoformat() == "2027-09-02"
    assert row.due is not None
    assert row.due.date() - row.trigger.date() in (timedelta(days=90), timedelta(days=91))


def test_a_certificate_that_names_every_thing_settles_it_and_nothing_else_does(pair: Pair) -> None:
    sign(pair, changed(AT_END))
    handles = {given(pair, "one"), given(pair, "two")}
    end(pair)
    [one] = owed(pair.jp)
    for kind, says in (("report", "is settled by"), ("certificate", "names every thing")):
        with pytest.raises(Refused, match=says):
            discharging.settle(pair.jp, one.row.id, b"Trust us.", KEN, kind)
    done = returning.destroy(pair.jp, one.row.id, KEN)
    assert set(done.handles) == handles
    pair.settle()
    assert [(one.row.state, one.row.kind) for one in (*owed(pair.jp), *owed(pair.il))] == [
        ("settled", "certificate")
    ] * 2
    verified(pair)


def test_each_party_owes_for_what_the_other_gave(pair: Pair) -> None:
    sign(pair, changed(AT_END))
    given(pair)
    take(pair.jp, stix("malware", "of-japan"))
    pair.settle()
    end(pair)
    assert sorted(row.actor for row in both(pair)) == ["IL", "JP"]


def test_overdue_it_is_an_alarm_and_who_is_owed_may_let_go(pair: Pair) -> None:
    sign(pair, changed(AT_END))
    given(pair)
    end(pair)
    pair.clock.forward(days=100)
    [one] = owed(pair.jp)
    assert one.state is State.OVERDUE
    tell(pair, pair.il, "released-from-duty", scope=one.row.id)
    pair.settle()
    assert [one.row.state for one in (*owed(pair.il), *owed(pair.jp))] == ["released", "released"]


def test_what_crossed_late_belongs_to_it_and_it_is_opened_once(pair: Pair) -> None:
    sign(pair, changed(AT_END))
    given(pair)
    end(pair)
    before = both(pair)
    pair.settle()
    pair.clock.forward(days=1)
    pair.settle()
    assert both(pair) == before


def test_without_such_an_article_nothing_is_owed_at_the_end_but_what_is_asked(pair: Pair) -> None:
    """Return on request: the survival article owes it, by return, once the originator asks."""
    sign(pair, changed(term("16(3)", "survival"), without=("return-or-destroy", "survival")))
    handle = given(pair)
    with pytest.raises(Refused, match=returning.NO_ARTICLE):
        returning.request(pair.il, pair.agreement, [handle], "", DANA)
    end(pair)
    assert owed(pair.jp) == []
    returning.request(pair.il, pair.agreement, [handle], "FICTIONAL. It is over.", DANA)
    pair.settle()
    [row] = both(pair)
    assert (row.duty, row.actor, row.article) == ("return", "JP", "agreement:16(3)@2")
    with pytest.raises(Refused, match="asks for return"):
        returning.destroy(pair.jp, row.id, KEN)
    returning.receive(pair.il, row.id, b"FICTIONAL. One disk.", DANA)
    pair.settle()
    assert [one.row.kind for one in (*owed(pair.il), *owed(pair.jp))] == ["receipt", "receipt"]


def test_a_contested_end_opens_nothing_until_it_is_settled(pair: Pair) -> None:
    sign(pair, changed(AT_END))
    given(pair)
    told = tell(pair, pair.il, "termination-notice")
    pair.settle()
    notifying.send(
        pair.jp, pair.agreement, "event-objection", {"notice": told, "stands": True, "reason": "FICTIONAL."}, KEN
    )
    pair.settle()
    pair.clock.forward(days=200)
    pair.settle()
    assert owed(pair.jp) == owed(pair.il) == []


# -- a term's own clock -----------------------------------------------------------------------------------------------


def test_what_may_be_kept_for_six_months_is_destroyed_by_then_and_certified(pair: Pair) -> None:
    sign(pair, changed(term("8(9)", "comity-retention", must="destroy", months=6)))
    handle = given(pair)
    [row] = [one for one in both(pair) if one.duty == "destroy"]
    assert (row.actor, row.article, row.time) == ("JP", "agreement:8(9)@2", "2027-09-02")
    pair.clock.forward(days=200)
    [one] = owed(pair.jp)
    assert one.state is State.OVERDUE
    with pytest.raises(Refused, match="settled by"):
        discharging.settle(pair.jp, row.id, b"Trust us.", KEN, "notice")
    done = returning.destroy(pair.jp, row.id, KEN)
    assert done.handles == (handle,)
    pair.settle()
    assert [(one.row.state, one.row.kind) for one in (*owed(pair.jp), *owed(pair.il))] == [
        ("settled", "certificate")
    ] * 2
    with pair.jp.house.reader() as house:
        record = house.by_handle(handle)
        assert record is not None
        assert record.state is RecordState.DESTROYED
    assert evidence.check(evidence.gather(pair.il, pair.agreement)).faults == ()
    verified(pair)


def test_what_is_to_be_returned_by_a_day_is_settled_by_the_receipt_of_who_gave_it(pair: Pair) -> None:
    sign(pair, changed(term("8(9)", "comity-retention", must="return", date="2027-06-01")))
    given(pair)
    [row] = [one for one in both(pair) if one.duty == "return"]
    with pytest.raises(Refused, match="asks for return"):
        returning.destroy(pair.jp, row.id, KEN)
    returning.receive(pair.il, row.id, b"FICTIONAL. One disk.", DANA)
    pair.settle()
    assert [one.row.state for one in (*owed(pair.il), *owed(pair.jp))] == ["settled", "settled"]


def test_a_purpose_that_is_fulfilled_is_told_and_owes_it_by_the_article(pair: Pair) -> None:
    handle = given(pair)
    returning.request(pair.il, pair.agreement, [handle], "", DANA, ended="cyber-defence")
    pair.settle()
    [row] = both(pair)
    assert (row.duty, row.article) == ("return-or-destroy", "agreement:8(1)@1")
    [told] = notifying.received(pair.jp, pair.agreement, returning.KIND)
    assert told.notice.body.ended == "cyber-defence"
    returning.destroy(pair.jp, row.id, KEN)
    pair.settle()
    assert [one.row.kind for one in owed(pair.il)] == ["certificate"]


def test_a_certificate_that_names_every_thing_of_a_full_envelope_fits_its_notice(pair: Pair) -> None:
    ref, said = agreements.held(pair.jp, pair.agreement).newest.ref, tuple(f"{n:032x}" for n in range(MAX_ITEMS))
    gone = Discharge(ref, "ab" * 16, "destroy", "8(9)", "certificate", "JP", NOW, "cd" * 32, bytes(16), 1, said)
    signed = discharge.seal(gone, pair.jp.vault).decode()
    told = Notice(discharging.KIND, "ef" * 16, "JP", ref, pair.jp.mode, NOW, {"discharge": signed}, "")
    keys = {"JP": (pair.jp.vault.public,)}
    sealed = notice.seal(told, pair.jp.vault)
    assert Notices((sealed,)).documents == (sealed,)
    read = discharge.unseal(str(notice.unseal(sealed, keys).body["discharge"]).encode(), keys)
    assert read.handles == said
