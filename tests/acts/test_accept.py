"""An envelope is let in once, in order, from whom it says; every answer to a partner is signed and stays the same."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from comity.acts import accept, agreements, deliver, follow
from comity.acts.node import Node
from comity.core import dsse
from comity.core.errors import Absent, Malformed, Refused
from comity.exchange import envelope, sealing, statement
from comity.exchange.lane import Lane, Mode
from comity.exchange.receipt import Answer, ItemAnswer
from comity.labels.label import Label, OriginLabel, Tlp
from comity.records import RecordState, Room
from comity.vault import Vault
from tests.acts.crossing import Forge, Fuse, PowerCut, fused, let_in, outbox, records, third
from tests.acts.things import holds, stix, take
from tests.joined import DANA, KEN, NOW, Pair
from tests.keys import signer


def state(node: Node, agreement: str) -> tuple[Any, ...]:
    """Everything a repeated acceptance could change."""
    with node.house.reader() as house, node.agreements(agreement).reader() as reader:
        came = [(row.lane, row.seq, row.digest, row.state, row.receipt) for row in reader.all_incoming()]
        logs = tuple((reader.log_size(log), reader.root(log)) for log in ("out", "in", "decisions"))
        return house.counts(), house.log_size(), came, logs


# -- what is let in -------------------------------------------------------------------------------------------------


def test_what_a_partner_sent_is_kept_under_its_own_label_with_its_proof(pair: Pair) -> None:
    forge = Forge(pair)
    label = Label.of(OriginLabel("JP", level="秘", tlp=Tlp.GREEN, rel_to=frozenset({"IL", "JP"})))
    value = stix("malware", "one", None)
    body = forge.stix(value, label=label)
    answer = let_in(pair, forge.send(body))
    assert (answer.verdict, [item.verdict for item in answer.items]) == (Answer.ACCEPTED, [ItemAnswer.ACCEPTED])
    [kept] = records(pair.il, "JP")
    assert (kept.state, kept.handle) == (RecordState.LIVE, body.items[0].handle)
    assert json.loads(kept.class_canonical)["label"] == label.as_json()
    with pair.il.house.reader() as house:
        assert kept.sid is not None
        assert house.statement(kept.sid) == body.statements[0]
        assert kept.proof is not None
        place = statement.Place.from_json(json.loads(kept.proof))
        assert house.body(kept.bid) == body.items[0].text.encode()
    assert (place,) == tuple(item.place for item in statement.placed(body.items))


def test_the_same_bytes_again_get_the_very_same_receipt(pair: Pair) -> None:
    sent = Forge(pair).send(Forge(pair).stix(stix("malware", "one")))
    first = accept.accept(pair.il, sent)
    before = state(pair.il, pair.agreement)
    pair.clock.forward(days=3)
    assert accept.accept(pair.il, sent) == first
    assert state(pair.il, pair.agreement) == before


def test_a_refusal_is_repeated_like_an_acceptance(pair: Pair) -> None:
    sent = Forge(pair).send(Forge(pair).stix(stix("malware", "one")), mode=Mode.TEST)
    first = accept.accept(pair.il, sent)
    assert accept.accept(pair.il, sent) == first
    assert records(pair.il, "JP") == [], "what was refused does not come in by being repeated"


@pytest.mark.parametrize("committed", [False, True], ids=["before its commit", "after its commit"])
@pytest.mark.parametrize("at", [1, 2, 3], ids=["inbox", "house", "receipt"])
def test_a_crash_at_any_step_ends_with_the_same_verdicts_and_nothing_twice(
    pair: Pair, at: int, committed: bool
) -> None:
    """Three steps, each repeatable (DECISIONS 12): the same bytes again finish what the crash left."""
    forge = Forge(pair)
    things = [stix("malware", "one"), stix("malware", "one", is_family=False), stix("malware", "three")]
    sent = forge.send(forge.stix(*things))
    fuse = Fuse(at, committed)
    with pytest.raises(PowerCut):
        accept.accept(fused(pair.il, fuse), sent)
    answer = let_in(pair, sent)
    assert [item.verdict.value for item in answer.items] == ["accepted", "quarantined", "accepted"]
    assert answer.items[1].code == "version-clash"
    assert accept.accept(pair.il, sent) == accept.accept(pair.il, sent)
    with pair.il.house.reader() as house:
        assert house.counts() == {"live": 2, "quarantined": 1}
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert [row.seq for row in reader.all_incoming()] == [1]
        assert (reader.log_size("out"), reader.log_size("in")) == (1, 3)


def test_acceptance_is_three_transactions(pair: Pair) -> None:
    """What the crash test above cuts between: were there more, it would miss some."""
    fuse = Fuse(99, committed=True)
    accept.accept(fused(pair.il, fuse), Forge(pair).send(Forge(pair).stix(stix("malware", "one"))))
    assert fuse.seen == 3


def test_a_sealed_body_is_opened_and_kept_sealed(pair: Pair) -> None:
    forge = Forge(pair)
    header = forge.header()
    body = sealing.seal_body(forge.stix(stix("malware", "one")), pair.il.vault.hpke_public, header.info())
    answer = let_in(pair, envelope.seal(envelope.draft(header, body), pair.jp.vault))
    assert answer.verdict is Answer.ACCEPTED
    assert set(holds(pair.il, "JP")) == {stix("malware", "one")["id"]}


# -- who is not answered --------------------------------------------------------------------------------------------


def test_a_stranger_gets_no_receipt(pair: Pair) -> None:
    forge = Forge(pair, signer=signer("stranger"))
    with pytest.raises(Refused, match="not one known party's"):
        accept.accept(pair.il, forge.send(forge.stix(stix("malware", "one"))))
    assert records(pair.il, "JP") == []


def test_a_known_party_cannot_speak_for_another(pair: Pair) -> None:
    """Israel's own signature over an envelope from Japan, and a third party's."""
    forge = Forge(pair, signer=third(pair).vault)
    with pytest.raises(Refused, match="says it is from JP, but XX signed it"):
        accept.accept(pair.il, forge.send(forge.stix(stix("malware", "one"))))


def test_what_is_for_somebody_else_is_not_taken(pair: Pair) -> None:
    forge = Forge(pair)
    with pytest.raises(Refused, match="is for XX, not for IL"):
        accept.accept(pair.il, forge.send(forge.stix(stix("malware", "one")), to="XX"))


@pytest.mark.parametrize("cut", [0, 1, 100, 1000])
def test_a_truncated_envelope_is_malformed(pair: Pair, cut: int) -> None:
    sent = Forge(pair).send(Forge(pair).stix(stix("malware", "one")))
    with pytest.raises(Malformed):
        accept.accept(pair.il, sent[: len(sent) - 40 - cut])


def test_an_altered_envelope_is_refused(pair: Pair) -> None:
    sent = dsse.parse(Forge(pair).send(Forge(pair).stix(stix("malware", "one"))))
    changed = sent.payload.replace(b'"sequence":1', b'"sequence":2')
    with pytest.raises(Refused, match="does not fit"):
        accept.accept(pair.il, dsse.write(sent.payload_type, changed, sent.signatures))


def test_a_stranger_to_an_agreement_does_not_learn_that_it_exists(pair: Pair) -> None:
    """For the third state there is no agreement, whether one of that name exists here or not (law 4)."""
    other = third(pair)
    forge = Forge(pair, signer=other.vault)
    body = forge.stix(stix("malware", "one"))
    words = []
    for agreement in (pair.agreement, "IL-QQ-NOTHING"):
        ref = replace(agreements.held(pair.il, pair.agreement).newest.ref, id=agreement)
        with pytest.raises(Absent) as told:
            accept.accept(pair.il, forge.send(body, sender="XX", agreement=ref))
        words.append((told.value.message.replace(agreement, "*"), told.value.hint))
    assert words[0] == words[1]


# -- the chain ------------------------------------------------------------------------------------------------------


def test_what_came_early_is_let_in_once_the_missing_ones_have_come(pair: Pair) -> None:
    forge = Forge(pair)
    first, second = (forge.send(forge.stix(stix("malware", name))) for name in ("one", "two"))
    early = let_in(pair, second)
    assert (early.verdict, early.code, early.leaf) == (Answer.REFUSED, "chain-gap", None)
    assert let_in(pair, first).verdict is Answer.ACCEPTED
    assert let_in(pair, second).verdict is Answer.ACCEPTED
    assert len(records(pair.il, "JP")) == 2


def test_two_stories_under_one_number_are_a_fork(pair: Pair) -> None:
    forge, other = Forge(pair), Forge(pair)
    let_in(pair, forge.send(forge.stix(stix("malware", "one"))))
    before = state(pair.il, pair.agreement)
    answer = let_in(pair, other.send(other.stix(stix("malware", "two"))))
    assert (answer.verdict, answer.code) == (Answer.REFUSED, "chain-fork")
    counts, log, *rest = before
    assert state(pair.il, pair.agreement) == (counts, log + 1, *rest), "the fork is a fact, and nothing else moved"


def test_what_does_not_follow_what_is_held_is_refused(pair: Pair) -> None:
    forge = Forge(pair)
    let_in(pair, forge.send(forge.stix(stix("malware", "one"))))
    answer = let_in(pair, forge.send(forge.stix(stix("malware", "two")), previous="ab" * 32))
    assert (answer.verdict, answer.code) == (Answer.REFUSED, "chain-broken")


def test_an_old_epoch_and_an_unannounced_one_are_refused(pair: Pair) -> None:
    forge = Forge(pair)
    let_in(pair, forge.send(forge.stix(stix("malware", "one"))))
    jump = Forge(pair)
    answer = let_in(pair, jump.send(jump.stix(stix("malware", "two")), epoch=2))
    assert answer.code == "chain-epoch-unannounced"


def test_lanes_do_not_wait_for_each_other(pair: Pair) -> None:
    forge, urgent = Forge(pair), Forge(pair)
    forge.sequence = 4
    assert let_in(pair, forge.send(forge.stix(stix("malware", "one")))).code == "chain-gap"
    answer = let_in(pair, urgent.send(urgent.stix(stix("malware", "two")), lane=Lane.PRIORITY))
    assert answer.verdict is Answer.ACCEPTED


# -- what is refused as a whole, and signed -------------------------------------------------------------------------


Wrong = Callable[[Pair, Forge], bytes]


def wrong_mode(_pair: Pair, forge: Forge) -> bytes:
    return forge.send(forge.stix(stix("malware", "one")), mode=Mode.EXERCISE)


def clock_ahead(pair: Pair, forge: Forge) -> bytes:
    at = pair.clock.now + timedelta(seconds=pair.il.skew_seconds, microseconds=1)
    return forge.send(forge.stix(stix("malware", "one")), at=at)


def version_nobody_signed(pair: Pair, forge: Forge) -> bytes:
    ref = replace(agreements.held(pair.jp, pair.agreement).newest.ref, version=7)
    return forge.send(forge.stix(stix("malware", "one")), agreement=ref)


def kind_nobody_agreed_on(_pair: Pair, forge: Forge) -> bytes:
    return forge.send(forge.items(("transfer.licence/1", b"{}")))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (wrong_mode, "wrong-mode"),
        (version_nobody_signed, "no-such-agreement"),
        (kind_nobody_agreed_on, "kind-not-covered"),
    ],
)
def test_what_may_not_come_in_gets_a_signed_refusal_and_keeps_nothing(pair: Pair, wrong: Wrong, code: str) -> None:
    answer = let_in(pair, wrong(pair, Forge(pair)))
    assert (answer.verdict, answer.code, answer.items) == (Answer.REFUSED, code, ())
    assert answer.leaf == 0
    assert records(pair.il, "JP") == []


def test_what_comes_from_the_future_is_refused_for_now_and_let_in_when_its_time_has_come(pair: Pair) -> None:
    """Nothing of it is kept, so the same bytes may come again: a wrong clock costs a wait, never a thing."""
    early = clock_ahead(pair, Forge(pair))
    before = state(pair.il, pair.agreement)
    answer = let_in(pair, early)
    assert (answer.verdict, answer.code, answer.leaf) == (Answer.REFUSED, "clock-ahead", None)
    assert state(pair.il, pair.agreement) == before
    pair.clock.forward(days=1)
    assert let_in(pair, early).verdict is Answer.ACCEPTED
    assert len(records(pair.il, "JP")) == 1


def test_a_clock_within_the_tolerance_is_let_in(pair: Pair) -> None:
    at = pair.clock.now + timedelta(seconds=pair.il.skew_seconds)
    assert let_in(pair, Forge(pair).send(Forge(pair).stix(stix("malware", "one")), at=at)).verdict is Answer.ACCEPTED


def test_an_agreement_that_has_ended_lets_nothing_in(pair: Pair) -> None:
    pair.clock.now = NOW + timedelta(days=366 * 8)
    forge = Forge(pair)
    sent = forge.send(forge.stix(stix("malware", "one")))
    assert let_in(pair, sent).verdict is Answer.ACCEPTED, "it goes on by a year at a time unless somebody gives notice"


def test_a_body_that_does_not_open_gets_a_signed_refusal_too(pair: Pair) -> None:
    """Japan signed it, so Japan is told, and its chain goes on: silence would block the lane for ever."""
    forge = Forge(pair)
    header = forge.header()
    other = Vault.create(pair.folder / "other", os.urandom).hpke_public
    body = sealing.seal_body(forge.stix(stix("malware", "one")), other, header.info())
    answer = let_in(pair, envelope.seal(envelope.draft(header, body), pair.jp.vault))
    assert (answer.verdict, answer.items) == (Answer.REFUSED, ())


def test_the_same_bytes_twice_at_once_get_one_receipt(pair: Pair) -> None:
    """The second comes in between the look whether they are here and keeping them."""
    take(pair.jp, stix("malware", "one"))
    follow.follow(pair.jp, pair.agreement)
    [row] = outbox(pair.jp, pair.agreement)
    told: list[bytes] = []

    def meanwhile() -> Room | None:
        if not told:
            told.append(accept.accept(pair.il, row.raw))
        return pair.il.room()

    assert accept.accept(replace(pair.il, room=meanwhile), row.raw) == told[0]
    assert len(records(pair.il, "JP")) == 1
    with pair.il.agreements(pair.agreement).reader() as reader:
        assert (reader.received_count(), reader.log_size("out")) == (1, 1)


def test_after_a_refusal_the_chain_and_the_ledger_go_on(pair: Pair) -> None:
    """One side imports the next version first, and is refused; the other follows.

    A refused envelope has leaves in its sender's log: the mirror must have them, or no checkpoint fits any more.
    """
    take(pair.jp, stix("malware", "one"))
    first = agreements.held(pair.jp, pair.agreement).newest
    second = replace(first, version=2)
    both = agreements.countersign(pair.jp, agreements.sign(pair.il, second, DANA), KEN)
    agreements.bring_in(pair.jp, both, KEN)
    follow.follow(pair.jp, pair.agreement)
    deliver.deliver_due(pair.jp, pair.agreement)
    agreements.bring_in(pair.il, both, DANA)
    assert [row.state.value for row in outbox(pair.jp, pair.agreement)] == ["refused", "void"], "its leaves are told"
    take(pair.jp, stix("malware", "two"))
    take(pair.il, stix("malware", "three"))
    pair.settle()
    assert set(holds(pair.il, "JP")) == {stix("malware", "two")["id"]}
    with pair.jp.agreements(pair.agreement).reader() as ours, pair.il.agreements(pair.agreement).reader() as theirs:
        assert theirs.log_size("in") == ours.log_size("out") == 4
        held = theirs.checkpoint("in", cosigned=True)
        assert held is not None
        assert held.size >= 2
