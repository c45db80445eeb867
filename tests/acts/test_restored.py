"""A node restored from yesterday loses nothing that the partner has, repeats nothing, and announces a new epoch."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.acts import carrying, cases, deliver, follow, notifying, pull, reconciling, standing
from comity.acts.accept import accept
from comity.acts.events import EVENT
from comity.acts.posting import Progress
from comity.core.errors import Absent, Refused, Unreachable
from comity.exchange import reconcile as reconciles
from comity.exchange.envelope import header_of
from comity.exchange.lane import Lane
from comity.exchange.reconcile import Ask
from tests import postgres
from tests.acts.crossing import Forge, Fuse, PowerCut, fused, outbox, payload
from tests.acts.restored import again, back_up, comity, day, epochs, lose_and_restore, reconcile, verified
from tests.acts.things import SHAMUR, body, holds, origin, portion, question, report, stix, take, take_report, write
from tests.joined import AGREEMENT, DANA, Pair, joined, pair_in, release
from tests.keys import signer

pytestmark = pytest.mark.slow


def sent(pair: Pair) -> int:
    """Releases to Japan that are live."""
    with pair.il.agreements(AGREEMENT).reader() as reader:
        return len(reader.releases("JP", 0, 1000))


# -- restored, reconciled --------------------------------------------------------------------------------------------


def test_nothing_is_lost_and_nothing_is_told_twice(tmp_path: Path) -> None:
    with pair_in(tmp_path) as pair:
        take(pair.il, stix("malware", "early"))
        day(pair, "one")
        take(pair.il, stix("malware", "late"))
        back_up(tmp_path)
        day(pair, "two")
        there, back, released = holds(pair.jp, "IL"), holds(pair.il, "JP"), sent(pair)
        before = verified(pair)
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        assert holds(pair.il, "JP") != back
        pair.settle()
        assert pair.cables[0].posts == [], "it says nothing before it has reconciled"
        done = reconcile(pair.il)
        assert (done.theirs, done.records) == (1, 3), "three were taken in after the backup, one was not"
        assert (holds(pair.il, "JP"), sent(pair)) == (back, released)
        assert len(set(epochs(pair.il))) == 2
        pair.settle()
        assert verified(pair)[0].envelopes == before[0].envelopes + 1, "one announcement in the lane that was used"
        day(pair, "two")
        assert (holds(pair.jp, "IL"), sent(pair)) == (there, released), "taken in again, it is not sent again"
        day(pair, "three")
        assert len(holds(pair.jp, "IL")) == len(there) + 3
        verified(pair)


@pytest.mark.parametrize("way", ["comity backup", "the server's own tools"])
def test_a_node_on_a_server_is_restored_in_the_same_way(way: str, tmp_path: Path, dsn: str) -> None:
    """An older state that the server itself brought back is backed up from there, and restored from that."""
    with joined(tmp_path, on={"IL": dsn}) as pair:
        day(pair, "one")
        if way == "comity backup":
            back_up(tmp_path)
    with postgres.database(template=dsn) as older:
        with again(tmp_path) as pair:
            day(pair, "two")
            there, released = holds(pair.jp, "IL"), sent(pair)
        if way != "comity backup":
            settings = tmp_path / "IL" / "comity.toml"
            settings.write_text(settings.read_text("utf-8").replace(dsn, older), "utf-8")
            back_up(tmp_path)
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        pair.settle()
        assert pair.cables[0].posts == [], "it says nothing before it has reconciled"
        reconcile(pair.il)
        pair.settle()
        assert (holds(pair.jp, "IL"), sent(pair), len(set(epochs(pair.il)))) == (there, released, 2)
        day(pair, "three")
        verified(pair)
    with postgres.database() as new:
        comity(f"store copy --data IL --to {new}", tmp_path)


def test_the_first_word_in_each_lane_is_the_new_epoch(tmp_path: Path) -> None:
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        back_up(tmp_path)
        last = outbox(pair.il, AGREEMENT)[-1]
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        reconcile(pair.il)
        pair.cables[0].posts.clear()
        take(pair.il, stix("malware", "new"))
        pair.settle()
        first = payload(pair.cables[0].posts[0])
        known = {"epoch": 1, "sequence": last.seq, "digest": last.digest}
        assert {**first["body"]} == {"kind": "epoch", "reason": "restored-backup", "known": known}
        assert (first["sequence"], first["previous"], first["epoch"] > 1_700_000_000) == (1, "0" * 64, True)


@pytest.mark.parametrize("fate", ["never", "delivered", "voided"])
def test_what_was_queued_in_the_backup(fate: str, tmp_path: Path) -> None:
    """It never arrived, or it did afterwards, or a void took its number and its bytes were destroyed."""
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        pair.cables[0].cut = True
        take(pair.il, stix("malware", "queued"))
        follow.follow(pair.il, AGREEMENT)
        back_up(tmp_path)
        if fate == "voided":
            standing.withdraw(pair.il, AGREEMENT, "standing-il", DANA)
            follow.follow(pair.il, AGREEMENT)
            comity("backup --data IL newest", tmp_path)
        if fate != "never":
            pair.cables[0].cut = False
            pair.settle()
    lose_and_restore(tmp_path, "--keys newest/keys/keys.db" if fate == "voided" else "")
    with again(tmp_path) as pair:
        comity("status --data IL", tmp_path)
        reconcile(pair.il)
        if fate == "voided":  # the withdrawal is lost with the house log: nobody else had it
            standing.withdraw(pair.il, AGREEMENT, "standing-il", DANA)
        pair.settle()
        assert any(b'"queued"' in raw for raw in holds(pair.jp, "IL").values()) == (fate != "voided")
        verified(pair)


@pytest.mark.parametrize("fate", ["never", "delivered", "voided before", "voided after"])
def test_a_question_that_was_queued_in_the_backup_is_one_case(fate: str, tmp_path: Path) -> None:
    """Sent again under another number, or told by the partner, it is still the one question, on both sides."""
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        pair.cables[0].cut = True
        write(pair.il, question("Q-1", "IL"))
        follow.follow(pair.il, AGREEMENT)
        if fate == "voided before":
            again_decided(pair)
        back_up(tmp_path)
        if fate == "voided after":
            again_decided(pair)
            comity("backup --data IL newest", tmp_path)
        if fate != "never":
            pair.cables[0].cut = False
            pair.settle()
    lose_and_restore(tmp_path, "--keys newest/keys/keys.db" if fate == "voided after" else "")
    with again(tmp_path) as pair:
        reconcile(pair.il)
        pair.settle()
        for node in (pair.il, pair.jp):
            [view] = cases.cases(node, AGREEMENT)
            assert (view.case.state, view.opened_by) == ("open", "IL")
        verified(pair)


def again_decided(pair: Pair) -> None:
    """What is queued becomes void and is queued again under the next standing release."""
    standing.withdraw(pair.il, AGREEMENT, "standing-il", DANA)
    follow.follow(pair.il, AGREEMENT)
    release(pair.il, "again", ("cyber.*", "intelligence.*"))
    follow.follow(pair.il, AGREEMENT)


def test_a_crash_between_the_two_last_steps_changes_nothing(tmp_path: Path) -> None:
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        pair.cables[0].cut = True
        take(pair.il, stix("malware", "queued"))
        follow.follow(pair.il, AGREEMENT)
        back_up(tmp_path)
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        for fuse in (Fuse(1, committed=False), Fuse(1, committed=True), Fuse(1, committed=False)):
            with pytest.raises(PowerCut):
                reconciling.reconcile_with_partner(fused(pair.il, fuse), AGREEMENT)
        reconcile(pair.il)
        pair.settle()
        assert len(holds(pair.jp, "IL")) == 4
        verified(pair)


def test_what_was_destroyed_stays_destroyed(tmp_path: Path) -> None:
    with pair_in(tmp_path) as pair:
        taken = take_report(pair.il, report("secret", portion("1", origin(SHAMUR))))
        back_up(tmp_path)
        with pair.il.house.reader() as house:
            record = house.record(taken.rids[0])
        assert record is not None
        with pair.il.house.begin() as tx:
            tx.destroy(record.rid, DANA, pair.clock.now, "why")
        comity("backup --data IL backups-today", tmp_path)
    lose_and_restore(tmp_path, "--keys backups-today/keys/keys.db")
    with again(tmp_path) as pair:
        with pytest.raises(Absent, match="destroyed"):
            body(pair.il, taken.rids[0])
        comity("ledger fsck --data IL", tmp_path)


def test_a_receipt_that_was_lost_with_the_node_is_given_again(tmp_path: Path) -> None:
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        back_up(tmp_path)
        pair.cables[1].deaf = True
        take(pair.jp, stix("malware", "unanswered"))
        follow.follow(pair.jp, AGREEMENT)
        deliver.deliver_due(pair.jp, AGREEMENT)
        assert any(b'"unanswered"' in raw for raw in holds(pair.il, "JP").values())
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        reconcile(pair.il)
        pair.settle()
        assert sum(b'"unanswered"' in raw for raw in holds(pair.il, "JP").values()) == 1
        verified(pair)


def test_everything_waits_until_it_is_reconciled(tmp_path: Path) -> None:
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        pair.cables[0].cut = True
        take(pair.il, stix("malware", "queued"))
        follow.follow(pair.il, AGREEMENT)
        back_up(tmp_path)
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        deliver.deliver_due(pair.il, AGREEMENT)
        assert pair.cables[0].posts == []
        take(pair.il, stix("malware", "new"))
        take(pair.jp, stix("malware", "new"))
        assert follow.follow(pair.il, AGREEMENT).read == 0
        follow.follow(pair.jp, AGREEMENT)
        asked = reconciles.seal(request(pair), pair.jp.vault)
        for attempt in (
            lambda: accept(pair.il, outbox(pair.jp, AGREEMENT)[-1].raw),
            lambda: carrying.to_carry(pair.il, AGREEMENT),
            lambda: pull.ask_for_page(pair.il, AGREEMENT, Lane.ROUTINE),
        ):
            with pytest.raises(Unreachable, match="reconciled with the partner"):
                attempt()
        assert reconciles.read_page(reconciling.page(pair.il, asked, lambda _: True)).held, "asked, it answers"
        with pytest.raises(Absent, match="no address"):
            reconciling.reconcile_with_partner(replace(pair.il, partners={}), AGREEMENT)
        reconcile(pair.il)
        assert reconciling.reconcile_with_partner(pair.il, AGREEMENT) is None
        pair.settle()
        assert len(holds(pair.jp, "IL")) == 5


def test_items_that_we_never_stated_are_not_taken_for_ours(tmp_path: Path) -> None:
    """The partner opens for us what we had sealed to it, and tells something else."""
    with pair_in(tmp_path) as pair:
        back_up(tmp_path)
        day(pair, "one")
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:

        def lie(answer: bytes) -> bytes:
            page = reconciles.read_page(answer)
            return reconciles.write_page(replace(page, held=tuple(map(other, page.held))))

        def other(one: reconciles.Held) -> reconciles.Held:
            if one.opened is None:
                return one
            forge = Forge(pair)
            info = header_of(one.envelope).info()
            return replace(one, opened=pair.jp.seal(forge.stix(stix("malware", "x")), pair.il.vault.hpke_public, info))

        pair.cables[0].twist = lie
        with pytest.raises(Refused, match="never stated"):
            reconcile(pair.il)
        pair.cables[0].twist = lambda answer: answer
        reconcile(pair.il)
        pair.settle()
        verified(pair)


# -- the partner's door ----------------------------------------------------------------------------------------------


def request(pair: Pair, **changed: Any) -> Ask:
    ask = Ask("JP", "IL", AGREEMENT, pair.il.mode, "IL", Lane.ROUTINE, 1, 0, pair.clock.now, b"n" * 16)
    return replace(ask, **changed)


def test_a_partner_is_told_what_it_sent_and_received_and_nothing_else(tmp_path: Path) -> None:
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        pair.cables[0].cut = True
        take(pair.il, stix("malware", "unsent"))
        follow.follow(pair.il, AGREEMENT)

        def told(ask: Ask) -> reconciles.Page:
            return reconciles.read_page(reconciling.page(pair.il, reconciles.seal(ask, pair.jp.vault), lambda _: True))

        ours = outbox(pair.il, AGREEMENT)
        assert [one.envelope for one in told(request(pair)).held] == [row.raw for row in ours if row.receipt]
        assert told(request(pair, after=ours[0].seq)).held == ()
        theirs = told(request(pair, of="JP")).held
        assert [one.envelope for one in theirs] == [row.raw for row in outbox(pair.jp, AGREEMENT)]
        assert all(one.receipt for one in theirs)
        for wrong, says in (
            (request(pair, to="XX", of="JP"), "is for XX"),
            (request(pair, at=pair.clock.now.replace(year=2020)), "further than"),
        ):
            with pytest.raises(Refused, match=says):
                told(wrong)
        with pytest.raises(Refused, match="answered before"):
            reconciling.page(pair.il, reconciles.seal(request(pair), pair.jp.vault), lambda _: False)
        with pytest.raises(Refused, match="not one known party's"):
            reconciling.page(pair.il, reconciles.seal(request(pair), signer("stranger")), lambda _: True)
        with pytest.raises(Absent, match="there is no agreement XX between us and JP"):
            told(request(pair, agreement="XX"))


@pytest.mark.parametrize("fate", ["never", "delivered", "after"])
def test_a_notice_is_neither_lost_nor_given_twice(fate: str, tmp_path: Path) -> None:
    """It was queued in the backup and went or did not go afterwards; or it was given after the backup was made."""
    law = {"kind": "law-changed", "on": "2027-03-02"}
    with pair_in(tmp_path) as pair:
        day(pair, "one")
        pair.cables[0].cut = True
        if fate != "after":
            notifying.send(pair.il, AGREEMENT, EVENT, law, DANA)
            follow.follow(pair.il, AGREEMENT)
        back_up(tmp_path)
        if fate == "after":
            notifying.send(pair.il, AGREEMENT, EVENT, law, DANA)
        if fate != "never":
            pair.cables[0].cut = False
            pair.settle()
    lose_and_restore(tmp_path)
    with again(tmp_path) as pair:
        comity("status --data IL", tmp_path)
        reconcile(pair.il)
        pair.settle()
        assert [one.progress for one in notifying.given(pair.il, AGREEMENT)] == [Progress.ACCEPTED]
        assert [one.notice.body["kind"] for one in notifying.received(pair.jp, AGREEMENT)] == ["law-changed"]
        verified(pair)
