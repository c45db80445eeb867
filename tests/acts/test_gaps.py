"""Leaves that a refusal kept from the partner are told in a void, so that its mirror closes and both sign on."""

from dataclasses import replace

from comity.acts import (
    accept,
    carrying,
    deliver,
    evidence,
    follow,
    refusals,
    standing,
)
from comity.acts.refusals import Word
from comity.exchange.lane import Mode
from comity.exchange.statement import PAYLOAD_TYPE as STATEMENT
from comity.labels.label import Tlp
from comity.wiring import check_node
from tests.acts.crossing import outbox
from tests.acts.refusing import Spoilt, bodies, both_signed, live, once, refused, suspension
from tests.acts.things import holds, stix, take
from tests.joined import AGREEMENT, DANA, Pair

ONE, TWO = stix("malware", "one"), stix("malware", "two")


def sealed_to_another(pair: Pair) -> None:
    """Japan opens with a key that is not the one the agreement names."""
    pair.cables[0].other = replace(pair.jp, vault=Spoilt(pair.jp.vault, opener=pair.il.vault))


def test_leaves_of_what_it_could_not_open_are_told_and_both_sign_on(pair: Pair) -> None:
    sealed_to_another(pair)
    take(pair.il, ONE, stix("malware", "open", Tlp.CLEAR))
    suspension(pair)
    once(pair)
    assert {row.code for row in refused(pair)} == {"sealed-unreadable"}
    while once(pair).settled:
        pass
    size, signed = both_signed(pair)
    assert size == signed, "with the wrong key still in its hand"
    told = [one["closed"]["leaves"] for one in bodies(pair) if one["kind"] == "void"]
    assert len(told) == len([one for one in bodies(pair) if one["kind"] == "sealed"])
    assert all(told)
    pair.cables[0].other = pair.jp
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    assert refused(pair) == []
    assert ONE["id"] in holds(pair.jp, "IL")
    take(pair.il, TWO)
    pair.settle()
    size, signed = both_signed(pair)
    assert size == signed
    proved(pair)


def test_what_came_in_the_wrong_mode_is_told_once_the_mode_is_right(pair: Pair) -> None:
    pair.cables[0].other = replace(pair.jp, mode=Mode.TEST)
    take(pair.il, ONE, stix("malware", "open", Tlp.CLEAR))
    once(pair)
    once(pair)
    assert "void" not in {one["kind"] for one in bodies(pair)}, "there nobody could use it"
    pair.cables[0].other = pair.jp
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    size, signed = both_signed(pair)
    assert size == signed
    assert refused(pair) == []
    proved(pair)


def test_a_void_that_meets_the_wrong_mode_is_told_again_with_all_it_closed(pair: Pair) -> None:
    sealed_to_another(pair)
    take(pair.il, ONE)
    follow.follow(pair.il, pair.agreement)
    once(pair)
    pair.cables[0].other = replace(pair.jp, mode=Mode.TEST)
    assert once(pair).settled == 1
    pair.cables[0].other = pair.jp
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    size, signed = both_signed(pair)
    assert size == signed
    proved(pair)


def test_a_void_of_leaves_behind_what_is_withdrawn_keeps_them(pair: Pair) -> None:
    sealed_to_another(pair)
    for one in (ONE, TWO):
        take(pair.il, one)
        follow.follow(pair.il, pair.agreement)
    first, _ = outbox(pair.il, AGREEMENT)
    assert pair.cables[0].other is not None
    answer = accept.accept(pair.cables[0].other, first.raw)
    deliver.record_receipt(pair.il, pair.agreement, answer)
    assert [row.state.value for row in outbox(pair.il, AGREEMENT)] == ["refused", "queued", "void"]
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    follow.follow(pair.il, pair.agreement)
    assert [row.state.value for row in outbox(pair.il, AGREEMENT)] == ["refused", "void", "void"]
    pair.settle()
    size, signed = both_signed(pair)
    assert size == signed
    proved(pair)


def test_a_statement_that_does_not_verify_is_refused_item_by_item(pair: Pair) -> None:
    take(pair.il, ONE, TWO)
    follow.follow(replace(pair.il, vault=Spoilt(pair.il.vault, spoils=STATEMENT.encode())), pair.agreement)
    pair.settle()
    assert [row.code for row in refused(pair)] == ["statement-unverified"] * 2
    assert live(pair) == []
    refusals.say(pair.il, pair.agreement, Word.RETRY, DANA)
    pair.settle()
    assert (len(live(pair)), refused(pair)) == (2, [])
    proved(pair)


def test_a_refusal_carried_by_file_does_the_same(pair: Pair) -> None:
    pair.cables[0].other = None
    take(pair.il, ONE)
    follow.follow(pair.il, pair.agreement)
    [(_, raw)] = carrying.to_carry(pair.il, pair.agreement)
    answer = carrying.bring(replace(pair.jp, vault=Spoilt(pair.jp.vault, opener=pair.il.vault)), raw).receipt
    assert answer is not None
    carrying.bring(pair.il, answer)
    assert [row.code for row in refused(pair)] == ["sealed-unreadable"]
    assert [row.state.value for row in outbox(pair.il, AGREEMENT)] == ["refused", "void"]


def proved(pair: Pair) -> None:
    """Both evidence folders from files alone, and both stores from the first leaf."""
    for node in (pair.il, pair.jp):
        assert evidence.check(evidence.gather(node, pair.agreement)).faults == ()
        assert check_node(pair.folder / node.party) == []
