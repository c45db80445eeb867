"""A receipt answers one envelope, every item of it, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.agreement.instrument import AgreementRef
from comity.core.errors import Malformed, Refused
from comity.exchange import receipt as receipts
from comity.exchange import sealing
from comity.exchange.body import Items, Void
from comity.exchange.envelope import Envelope
from comity.exchange.lane import Lane, Mode
from comity.exchange.receipt import Answer, ItemAnswer, ItemVerdict, Receipt, Sent
from tests.exchange.scene import KEYS, NOTE, NOW, a_batch, a_handle, a_header, an_hpke_seed, received
from tests.keys import signer


def an_answer(envelope: Envelope) -> Receipt:
    assert isinstance(envelope.body, Items)
    items = [ItemVerdict(item.handle, ItemAnswer.ACCEPTED) for item in envelope.body.items]
    items[-1] = ItemVerdict(items[-1].handle, ItemAnswer.QUARANTINED, "unknown-marking")
    return receipts.accepted(envelope, tuple(items), NOW, leaf=12)


ENVELOPE = received(a_batch())
RECEIPT = an_answer(ENVELOPE)
RAW = receipts.seal(RECEIPT, signer("BB"))


@pytest.mark.parametrize(
    "receipt",
    [
        RECEIPT,
        replace(RECEIPT, checkpoint=NOTE, cosigned=NOTE),
        receipts.accepted(received(Void("x")), (), NOW, leaf=0),
        receipts.refused(ENVELOPE, "agreement-suspended", NOW),
        receipts.refused(ENVELOPE, "agreement-suspended", NOW, leaf=3),
    ],
)
def test_what_is_sealed_is_what_is_unsealed(receipt: Receipt) -> None:
    assert receipts.unseal(receipts.seal(receipt, signer("BB")), "AA", KEYS) == receipt


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_a_byte_changed_anywhere_is_refused(where: int, flip: int) -> None:
    raw = bytearray(RAW)
    raw[where % len(raw)] ^= flip
    with pytest.raises((Malformed, Refused)):
        receipts.unseal(bytes(raw), "AA", KEYS)


def test_it_is_from_who_signed_it_and_for_us() -> None:
    with pytest.raises(Refused, match="is for AA, not for CC"):
        receipts.unseal(RAW, "CC", KEYS)
    with pytest.raises(Refused, match="says it is from BB, but AA signed it"):
        receipts.unseal(receipts.seal(RECEIPT, signer("AA")), "AA", KEYS)


def test_it_settles_every_item() -> None:
    settled = receipts.settle(Sent.of(ENVELOPE), RECEIPT)
    assert settled.verdict is Answer.ACCEPTED
    assert [settled.items[a_handle(n)].verdict.value for n in range(3)] == ["accepted", "accepted", "quarantined"]
    assert not settled.again


def test_only_a_gap_is_worth_the_same_bytes_again() -> None:
    for code, again in (("chain-gap", True), ("chain-fork", False), ("wrong-mode", False)):
        settled = receipts.settle(Sent.of(ENVELOPE), receipts.refused(ENVELOPE, code, NOW))
        assert (settled.verdict, settled.code, settled.again) == (Answer.REFUSED, code, again)


OTHERS: dict[str, dict[str, Any]] = {
    "digest": {"envelope": "ab" * 32},
    "receiver": {"sender": "CC"},
    "sender": {"to": "CC"},
    "agreement": {"agreement": AgreementRef("AA-CC", 1)},
    "mode": {"mode": Mode.TEST},
    "lane": {"lane": Lane.FLASH},
    "epoch": {"epoch": 2},
    "sequence": {"sequence": 2},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_a_receipt_for_another_envelope_settles_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="answers another envelope"):
        receipts.settle(Sent.of(ENVELOPE), replace(RECEIPT, **change))


@pytest.mark.parametrize("order", [(), (0, 1), (0, 1, 2, 2), (1, 0, 2)])
def test_a_verdict_too_few_too_many_or_out_of_order_settles_nothing(order: tuple[int, ...]) -> None:
    with pytest.raises(Refused, match="one verdict for each item"):
        receipts.settle(Sent.of(ENVELOPE), replace(RECEIPT, items=tuple(RECEIPT.items[n] for n in order)))


def test_a_sealed_envelope_must_be_opened_first() -> None:
    sealed = sealing.seal_body(a_batch(), sealing.public_of(an_hpke_seed("BB")), a_header().info())
    with pytest.raises(Refused, match="must be opened"):
        Sent.of(received(sealed))


def test_a_receipt_that_says_two_things_cannot_be_made() -> None:
    verdict = ItemVerdict(a_handle(0), ItemAnswer.ACCEPTED)
    change: dict[str, Any]
    for change, says in (
        ({"code": "x"}, "a code exactly where it refuses"),
        ({"verdict": Answer.REFUSED}, "a code exactly where it refuses"),
        ({"verdict": Answer.REFUSED, "code": "x", "items": (verdict,)}, "judges no items"),
        ({"leaf": None}, "names the leaf"),
    ):
        with pytest.raises(Malformed, match=says):
            replace(RECEIPT, **change)
    for item in (ItemVerdict(a_handle(0), ItemAnswer.ACCEPTED, "x"), ItemVerdict(a_handle(0), ItemAnswer.REFUSED)):
        with pytest.raises(Malformed, match="exactly where the item is not simply accepted"):
            receipts.seal(replace(RECEIPT, items=(item,)), signer("BB"))


def test_an_answer_is_from_the_receiver_about_this_very_envelope() -> None:
    header, items = ENVELOPE.header, (ItemVerdict(a_handle(1), ItemAnswer.ACCEPTED),)
    number = (header.agreement, header.mode, header.lane, header.epoch, header.sequence, ENVELOPE.digest)
    assert receipts.accepted(ENVELOPE, items, NOW, leaf=12) == Receipt(
        "BB", "AA", *number, Answer.ACCEPTED, items, NOW, leaf=12
    )
    assert receipts.refused(ENVELOPE, "wrong-mode", NOW, leaf=3) == Receipt(
        "BB", "AA", *number, Answer.REFUSED, (), NOW, code="wrong-mode", leaf=3
    )


def test_the_code_is_read_without_the_keys() -> None:
    refused = receipts.seal(receipts.refused(ENVELOPE, "wrong-mode", NOW), signer("BB"))
    assert receipts.code_of(refused) == "wrong-mode"
    assert receipts.code_of(receipts.seal(RECEIPT, signer("BB"))) == ""


@pytest.mark.parametrize("wrong", [replace(RECEIPT, epoch=0), replace(RECEIPT, sequence=0)])
def test_numbers_count_from_one(wrong: Receipt) -> None:
    with pytest.raises(Malformed, match="at least 1"):
        receipts.seal(wrong, signer("BB"))


def test_a_receipt_is_larger_than_a_statement_may_be_and_not_without_bounds() -> None:
    items = tuple(ItemVerdict(a_handle(n), ItemAnswer.DUPLICATE, "x" * 64) for n in range(1000))
    raw = receipts.seal(receipts.accepted(ENVELOPE, items, NOW, leaf=1), signer("BB"))
    assert len(raw) > 64 * 1024
    assert receipts.unseal(raw, "AA", KEYS).items == items
    with pytest.raises(Malformed, match="the receipt is too large"):
        receipts.unseal(raw + bytes(receipts.MAX_RAW), "AA", KEYS)
