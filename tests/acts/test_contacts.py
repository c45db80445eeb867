"""A card changes nothing by arriving: only words that two people compared make its key one to be trusted."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comity.acts import contacts
from comity.core.errors import Absent, Malformed, Refused
from comity.vault import Vault
from tests.joined import DANA, KEN, Pair, make, opened


def card_of(pair: Pair) -> bytes:
    return contacts.export(pair.jp, {"en": "Japan"}, ("https://comity.example",))


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Pair]:
    """Two nodes that never met."""
    for party in ("IL", "JP"):
        make(tmp_path / party, party)
    with opened(tmp_path) as pair:
        yield pair


def test_a_card_that_arrived_trusts_nobody(apart: Pair) -> None:
    contacts.add(apart.il, card_of(apart), DANA)
    assert set(contacts.waiting(apart.il)) == {"JP"}
    assert contacts.confirmed(apart.il) == {}
    assert contacts.partner_keys(apart.il) == {}
    with pytest.raises(Refused, match="never confirmed"):
        contacts.confirmed_key(apart.il, "JP")


def test_the_right_words_confirm_it(apart: Pair) -> None:
    contacts.add(apart.il, card_of(apart), DANA)
    words = apart.jp.vault.public.words
    contacts.confirm(apart.il, "JP", words.replace("-", "  ").upper(), KEN)
    assert contacts.partner_keys(apart.il) == {"JP": (apart.jp.vault.public,)}
    assert contacts.confirmed_key(apart.il, "JP").hpke == apart.jp.vault.hpke_public
    assert contacts.waiting(apart.il) == {}


def test_wrong_words_confirm_nothing(apart: Pair) -> None:
    contacts.add(apart.il, card_of(apart), DANA)
    words = apart.jp.vault.public.words.split("-")
    for wrong in ("", "-".join(words[:-1]), "-".join([*words[1:], words[0]]), apart.il.vault.public.words):
        with pytest.raises(Refused, match="do not match"):
            contacts.confirm(apart.il, "JP", wrong, KEN)
    assert contacts.confirmed(apart.il) == {}


def test_there_must_be_a_card(apart: Pair) -> None:
    with pytest.raises(Absent, match="no card of JP"):
        contacts.confirm(apart.il, "JP", apart.jp.vault.public.words, KEN)


def test_our_own_card_is_refused(apart: Pair) -> None:
    with pytest.raises(Refused, match="so are we"):
        contacts.add(apart.il, contacts.export(apart.il, {"en": "Israel"}, ()), DANA)


def test_an_altered_card_is_refused(apart: Pair) -> None:
    raw = bytearray(card_of(apart))
    raw[len(raw) // 2] ^= 1
    with pytest.raises((Refused, Malformed)):
        contacts.add(apart.il, bytes(raw), DANA)
    assert contacts.waiting(apart.il) == {}


def test_another_key_of_a_confirmed_party_is_refused(strangers: Pair) -> None:
    """Someone between the two shows a card of its own: even its right words do not replace the confirmed key."""
    thief = replace(strangers.jp, vault=Vault.create(strangers.folder / "thief", os.urandom))
    contacts.add(strangers.il, contacts.export(thief, {"en": "Japan"}, ()), DANA)
    with pytest.raises(Refused, match="already confirmed with another key"):
        contacts.confirm(strangers.il, "JP", thief.vault.public.words, DANA)
    assert contacts.partner_keys(strangers.il) == {"JP": (strangers.jp.vault.public,)}


def test_the_same_card_again_changes_nothing(strangers: Pair) -> None:
    raw = contacts.export(strangers.jp, {"en": "JP"}, ())
    contacts.add(strangers.il, raw, DANA)
    contacts.confirm(strangers.il, "JP", strangers.jp.vault.public.words, DANA)
    with strangers.il.house.reader() as house:
        before = house.log_size()
    contacts.add(strangers.il, raw, DANA)
    contacts.confirm(strangers.il, "JP", strangers.jp.vault.public.words, DANA)
    with strangers.il.house.reader() as house:
        assert house.log_size() == before
