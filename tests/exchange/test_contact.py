"""A card proves only who holds its key; two people comparing words make it a contact; both keys make a rollover."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.core import dsse, strictjson
from comity.core.errors import Malformed, Refused
from comity.exchange import contact, rollover
from tests.exchange.scene import NOW, a_card, a_key_statement, payload_of, signed
from tests.keys import signer

RAW = contact.seal(a_card(), signer("AA"))
ROLLED = rollover.seal(a_key_statement(), signer("AA"), signer("AA second"))


def test_a_card_is_read_as_it_was_written() -> None:
    assert contact.unseal(RAW) == a_card()


def test_a_card_signed_by_another_key_than_it_shows_is_refused() -> None:
    with pytest.raises(Refused, match="not one known party's"):
        contact.unseal(signed(contact.PAYLOAD_TYPE, payload_of(RAW), signer("mallory")))
    with pytest.raises(ValueError, match="the key it shows"):
        contact.seal(a_card(), signer("mallory"))


def test_a_card_is_confirmed_by_its_words_only() -> None:
    card = a_card()
    for heard in (card.words, card.words.upper(), f"  {card.words.replace('-', ' ')}\n"):
        assert contact.confirm(card, heard) == card
    first, _, rest = card.words.partition("-")
    for wrong in ("", rest, first, f"{rest}-{first}", card.words + "-babab", signer("mallory").public.words):
        with pytest.raises(Refused, match="words do not match"):
            contact.confirm(card, wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"party": "A A"},
        {"name": {}},
        {"name": {"english language": "A"}},
        {"name": {"en": "A\nB"}},
        {"name": {"en": ""}},
        {"hpke": b"short"},
        {"addresses": ("ftp://a.example",)},
        {"addresses": ("https://a.example/ x",)},
        {"addresses": ("https://a.example/",) * 9},
    ],
)
def test_a_card_that_would_not_be_read_is_not_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        contact.seal(a_card(**wrong), signer("AA"))


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(max_examples=40, deadline=None)
def test_a_byte_changed_anywhere_in_a_card_or_key_statement_is_refused(where: int, flip: int) -> None:
    for good in (RAW, ROLLED):
        raw = bytearray(good)
        raw[where % len(raw)] ^= flip
        with pytest.raises((Malformed, Refused)):
            contact.unseal(bytes(raw))
        with pytest.raises((Malformed, Refused)):
            rollover.unseal(bytes(raw), "AA", signer("AA").public)


def test_a_rollover_is_signed_by_the_old_key_and_the_new() -> None:
    statement = rollover.unseal(ROLLED, "AA", signer("AA").public)
    assert statement == a_key_statement()
    payload = strictjson.canonical(payload_of(ROLLED))
    for names, says in (
        (["AA"], "new key"),
        (["AA second"], "old key"),
        (["AA", "AA second", "mallory"], "by no other"),
    ):
        raw = dsse.seal(rollover.PAYLOAD_TYPE, payload, [signer(name) for name in names])
        with pytest.raises(Refused, match=says):
            rollover.unseal(raw, "AA", signer("AA").public)
    with pytest.raises(Refused, match="another party"):
        rollover.unseal(ROLLED, "BB", signer("AA").public)
    with pytest.raises(ValueError, match="two keys it names"):
        rollover.seal(a_key_statement(), signer("AA second"), signer("AA"))


@pytest.mark.parametrize(
    ("wrong", "new"), [({"overlap_until": NOW}, "AA second"), ({"new": signer("AA").public}, "AA")]
)
def test_a_rollover_brings_another_key_for_some_time(wrong: dict[str, Any], new: str) -> None:
    with pytest.raises(Malformed, match="another key"):
        rollover.seal(a_key_statement(**wrong), signer("AA"), signer(new))


def test_both_keys_hold_while_they_overlap() -> None:
    statement = a_key_statement()
    old, new = signer("AA").public.kid, signer("AA second").public.kid
    assert statement.valid(NOW - timedelta(seconds=1)) == (old,)
    assert statement.valid(NOW) == (old, new)
    assert statement.valid(statement.overlap_until) == (new,)
