"""Inside a lane nothing is skipped, repeated, replaced or reordered; each arrival has one defined answer."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.exchange import chain
from comity.exchange.body import Body, Epoch, Void
from comity.exchange.chain import START, ChainState, Link
from comity.exchange.envelope import NOTHING, Envelope
from tests.exchange.scene import a_header

PLAIN = Void("x")
ANNOUNCED = Epoch("restored-backup", 1, 2, "ab" * 32)


def link(sequence: int, previous: str, epoch: int = 1, body: Body = PLAIN, digest: str = "") -> Envelope:
    """An envelope as it stands after unsealing; its digest is any name that differs."""
    header = a_header(sequence=sequence, previous=previous, epoch=epoch)
    return Envelope(header, body, None, "kid", digest or f"digest-{epoch}-{sequence}")


AT_2 = ChainState(1, 2, "digest-1-2")


@dataclass(frozen=True)
class Case:
    arrives: Envelope
    then: Link
    state: ChainState = AT_2
    stored: str | None = None
    says: str = ""


CASES = {
    "the first": Case(link(1, NOTHING), Link.NEXT, START),
    "the next": Case(link(3, "digest-1-2"), Link.NEXT),
    "the same again": Case(link(2, "digest-1-1"), Link.DUPLICATE, stored="digest-1-2"),
    "an older one again": Case(link(1, NOTHING), Link.DUPLICATE, stored="digest-1-1"),
    "one of an older epoch again": Case(link(1, NOTHING), Link.DUPLICATE, ChainState(5, 3, "x"), stored="digest-1-1"),
    "the same number with other bytes": Case(
        link(2, "digest-1-1", digest="other"), Link.FORK, stored="digest-1-2", says="two stories"
    ),
    "one too early": Case(link(4, "digest-1-3"), Link.GAP, says=r"missing 3\.\.3"),
    "many too early": Case(link(9, "digest-1-8"), Link.GAP, says=r"missing 3\.\.8"),
    "early at the start": Case(link(2, "digest-1-1"), Link.GAP, START, says=r"missing 1\.\.1"),
    "the wrong one before it": Case(link(3, "digest-1-1"), Link.BROKEN, says="does not follow"),
    "nothing before it": Case(link(3, NOTHING), Link.BROKEN),
    "closed, and its bytes forgotten": Case(link(1, NOTHING), Link.BROKEN, says="no longer kept"),
    "an older epoch": Case(link(3, "digest-1-2"), Link.OLD_EPOCH, ChainState(5, 1, "x"), says="epoch 5"),
    "a new epoch, announced": Case(link(1, NOTHING, 2, ANNOUNCED), Link.NEXT),
    "a new epoch, far ahead": Case(link(1, NOTHING, 1_800_000_000, ANNOUNCED), Link.NEXT),
    "a new epoch, unannounced": Case(link(1, NOTHING, 2), Link.UNANNOUNCED),
    "a new epoch that goes on": Case(link(1, "digest-1-2", 2, ANNOUNCED), Link.UNANNOUNCED),
    "the second of a new epoch first": Case(link(2, "digest-2-1", 2), Link.GAP, says=r"missing 1\.\.1"),
    "an epoch announced twice": Case(link(3, "digest-1-2", 1, ANNOUNCED), Link.BROKEN, says="not new"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_arrival_has_one_answer(case: Case) -> None:
    verdict = chain.accept(case.state, case.arrives, case.stored)
    assert verdict.link is case.then
    assert case.says.replace("\\", "") in verdict.text
    if verdict.link is Link.NEXT:
        assert verdict.state == ChainState(case.arrives.header.epoch, case.arrives.header.sequence, case.arrives.digest)
    else:
        assert verdict.state == case.state


def test_both_ends_count_alike() -> None:
    ours, theirs = START, START
    for _ in range(3):
        out = chain.next_out(ours)
        arriving = link(out.sequence, out.previous, out.epoch)
        ours = chain.sent(ours, arriving.digest)
        theirs = chain.accept(theirs, arriving, None).state
        assert ours == theirs
    ours = chain.restarted(2)
    out = chain.next_out(ours)
    assert out == ChainState(2, 1, NOTHING)
    assert chain.accept(theirs, link(1, out.previous, 2, ANNOUNCED), None).link is Link.NEXT


def test_a_new_epoch_is_greater_than_the_first() -> None:
    with pytest.raises(ValueError, match="greater"):
        chain.restarted(1)


def sent_chain(length: int) -> list[Envelope]:
    state, envelopes = START, []
    for _ in range(length):
        out = chain.next_out(state)
        envelopes.append(link(out.sequence, out.previous))
        state = chain.sent(state, envelopes[-1].digest)
    return envelopes


@given(st.lists(st.integers(0, 5), max_size=40))
@settings(max_examples=200, deadline=None)
def test_whatever_order_they_come_in_they_are_let_in_once_and_in_order(arrivals: list[int]) -> None:
    """Duplicated, reordered, replayed, truncated: what was let in is a beginning of what was sent (law 6)."""
    envelopes, state = sent_chain(6), START
    stored: dict[int, str] = {}
    for index in arrivals:
        envelope = envelopes[index]
        verdict = chain.accept(state, envelope, stored.get(envelope.header.sequence))
        assert verdict.link in (Link.NEXT, Link.DUPLICATE, Link.GAP)
        if verdict.link is Link.NEXT:
            stored[envelope.header.sequence] = envelope.digest
            state = verdict.state
    assert list(stored) == list(range(1, len(stored) + 1))
    assert list(stored.values()) == [envelope.digest for envelope in envelopes[: len(stored)]]
