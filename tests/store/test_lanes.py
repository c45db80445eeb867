"""Envelopes leave in precedence and order, the same bytes on every try, and come in once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from comity.core.errors import Absent
from comity.exchange.lane import Lane, Mode
from comity.records import InboxState, OutboxState
from comity.store.agreement_tables import outbox
from comity.store.key_tables import key
from tests.store.scene import AT, Small, digest, incoming, outgoing

NOTHING = "0" * 64


def test_a_chain_is_known_by_its_last_link(small: Small) -> None:
    """Epoch, sequence and digest; (1, 0, zeros) before the first. Modes and lanes share no chain."""
    with small.store.begin() as tx:
        assert tx.chain_out(Mode.ACTUAL, Lane.ROUTINE) == tx.chain_in(Mode.ACTUAL, Lane.ROUTINE) == (1, 0, NOTHING)
        tx.put_outgoing([outgoing(1), outgoing(2)])
        tx.put_incoming(incoming(1))
        assert tx.chain_out(Mode.ACTUAL, Lane.ROUTINE) == (1, 2, outgoing(2).digest)
        assert tx.chain_in(Mode.ACTUAL, Lane.ROUTINE) == (1, 1, incoming(1).digest)
        assert tx.chain_out(Mode.EXERCISE, Lane.ROUTINE) == tx.chain_out(Mode.ACTUAL, Lane.FLASH) == (1, 0, NOTHING)
        tx.put_outgoing([replace(outgoing(1, text="anew"), epoch=5)])
        assert tx.chain_out(Mode.ACTUAL, Lane.ROUTINE)[:2] == (5, 1)


def test_due_goes_by_precedence_and_nothing_overtakes_in_its_chain(small: Small) -> None:
    """FLASH first; behind an envelope that must wait, its chain waits."""
    later = AT + timedelta(seconds=1)
    with small.store.begin() as tx:
        tx.put_outgoing([outgoing(1), outgoing(2, due=later), outgoing(3)])
        tx.put_outgoing([outgoing(1, Lane.PRIORITY, later), outgoing(1, Lane.FLASH), outgoing(2, Lane.FLASH)])
        flash = [("FLASH", 1), ("FLASH", 2)]
        assert [(row.lane, row.seq) for row in tx.due(AT, 10)] == [*flash, ("ROUTINE", 1)]
        routine = [("PRIORITY", 1), ("ROUTINE", 1), ("ROUTINE", 2), ("ROUTINE", 3)]
        assert [(row.lane, row.seq) for row in tx.due(later, 10)] == flash + routine
        assert [(row.lane, row.seq) for row in tx.due(later, 2)] == flash


def test_every_try_sends_the_same_bytes(small: Small) -> None:
    """A failed try changes when, never what; a settled one is not sent again."""
    row = outgoing(1)
    with small.store.begin() as tx:
        tx.put_outgoing([row])
        assert tx.retry_at(row.digest, AT + timedelta(seconds=5))
        assert not tx.retry_at("0" * 64, AT)
        assert tx.due(AT, 10) == []
        again = tx.due(AT + timedelta(seconds=5), 10)
        assert [(one.raw, one.attempts) for one in again] == [(row.raw, 1)]
        tx.settle(row.digest, b"receipt", OutboxState.SETTLED)
        assert tx.due(AT + timedelta(days=1), 10) == []
        settled = tx.outgoing_by_digest(row.digest)
        assert settled is not None
        assert (settled.state, settled.receipt, settled.raw) == (OutboxState.SETTLED, b"receipt", row.raw)
        assert tx.outgoing(row.mode, row.lane, 1, 1) == settled
        assert tx.outgoing(row.mode, row.lane, 1, 2) is None
        with pytest.raises(Absent):
            tx.settle("0" * 64, b"receipt", OutboxState.SETTLED)


def test_a_void_takes_the_number_and_the_old_bytes_are_destroyed(small: Small) -> None:
    """The chain stays whole; what may no longer go is nowhere any more (DECISIONS 17)."""
    old = outgoing(1)
    void = replace(outgoing(1, text="void"), state=OutboxState.VOID)
    with small.store.begin() as tx:
        tx.put_outgoing([old, outgoing(2)])
    with small.store.begin() as tx:
        with pytest.raises(ValueError, match="has the place"):
            tx.void(old.digest, replace(void, seq=2))
        tx.void(old.digest, void)
    with small.store.reader() as reader:
        assert reader.outgoing_by_digest(old.digest) is None
        assert [(row.seq, row.raw) for row in reader.due(AT, 10)] == [(1, void.raw), (2, outgoing(2).raw)]
    with small.store.begin() as tx:
        tx.settle(void.digest, b"receipt", OutboxState.VOID)
        assert [row.seq for row in tx.due(AT, 10)] == [2]


def test_a_chain_is_read_from_any_place(small: Small) -> None:
    """For a partner that lost some: what stands after a place, oldest first, over epochs too."""
    with small.store.begin() as tx:
        tx.put_outgoing([outgoing(seq) for seq in range(1, 6)])
        tx.put_outgoing([replace(outgoing(1, text="anew"), epoch=2)])
        after = tx.outgoing_after(Mode.ACTUAL, Lane.ROUTINE, 1, 3, 10)
        assert [(row.epoch, row.seq) for row in after] == [(1, 4), (1, 5), (2, 1)]
        assert len(list(tx.all_outgoing())) == 6


def test_few_envelopes_stand_in_memory_however_many_are_read(small: Small) -> None:
    """Eight at a time: the first are given before the ninth is opened, whose key is gone here."""
    with small.store.begin() as tx:
        tx.put_outgoing([outgoing(seq) for seq in range(1, 10)])
        last = tx.unanswered(9)
    sealed = small.house.safe.keys.database
    with small.store.reader() as reader:
        bid = reader.connection.execute(select(outbox.c.bid).where(outbox.c.digest == list(last)[-1])).scalar_one()
        with sealed.writing() as connection:
            connection.execute(delete(key).where(key.c.bid == bid))
        given = iter(reader.all_outgoing())
        assert [next(given).seq for _ in range(8)] == list(range(1, 9))
        with pytest.raises(Absent):
            next(given)


def test_what_came_in_is_settled_by_one_stored_receipt(small: Small) -> None:
    """The same bytes find the same row and receipt."""
    first, second = incoming(1), incoming(2)
    with small.store.begin() as tx:
        tx.put_incoming(first)
        tx.put_incoming(second)
        assert tx.unsettled() == list(tx.all_incoming()) == [first, second]
        tx.store_receipt(first.digest, b"receipt")
        settled = replace(first, state=InboxState.SETTLED, receipt=b"receipt")
        assert tx.incoming(digest(first.raw)) == settled
        assert tx.unsettled() == [second]
        assert tx.incoming_at(Mode.ACTUAL, Lane.ROUTINE, 1, 2) == second.digest
        assert (tx.incoming_at(Mode.ACTUAL, Lane.ROUTINE, 1, 3), tx.incoming("0" * 64)) == (None, None)
