"""An item is the origin's exactly as long as every byte of it is what the origin stated, also alone and far away."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from comity.core import dsse, strictjson
from comity.core.errors import Malformed, Refused
from comity.exchange import statement
from comity.exchange.statement import Draft, Item
from tests.exchange.scene import KEYS, NOW, OPEN, SECRET, a_batch, a_handle, forwarded, some_bytes, some_salts
from tests.keys import signer

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=9)

CHANGES: dict[str, dict[str, Any]] = {
    "text": {"text": "another text"},
    "kind": {"kind": "crisis.minutes/1"},
    "handle": {"handle": a_handle(99)},
    "label": {"label": OPEN},
    "origin": {"origin": "BB"},
    "about, added": {"about": a_handle(98)},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_item_changed_in_any_part_is_refused(change: dict[str, Any]) -> None:
    batch = a_batch()
    item = statement.placed(batch.items)[0]
    statement_ = statement.verify_statement(batch.statements[0], KEYS)
    statement.verify_item(item, statement_)
    with pytest.raises(Refused, match="changed on the way"):
        statement.verify_item(replace(item, **change), statement_)


def test_a_place_has_one_canonical_form() -> None:
    items = a_batch(3).items
    for item in (*items, *statement.placed(items)):
        assert item.place.canonical() == strictjson.canonical(item.place.as_json())


def test_what_an_item_is_about_is_stated_too() -> None:
    draft = Draft(a_handle(1), "recall/1", SECRET, "{}", about=a_handle(2))
    raw, (item,) = statement.state("AA", [draft], signer("AA"), NOW, some_salts(1))
    statement_ = statement.verify_statement(raw, KEYS)
    statement.verify_item(item, statement_)
    for about in (None, a_handle(3)):
        with pytest.raises(Refused):
            statement.verify_item(replace(item, about=about), statement_)


@given(TEXTS)
@settings(max_examples=25, deadline=None)
def test_every_item_of_a_batch_of_any_size_is_proven_alone(texts: list[str]) -> None:
    drafts = [Draft(a_handle(n), "k/1", SECRET, text) for n, text in enumerate(texts)]
    raw, items = statement.state("AA", drafts, signer("AA"), NOW, some_salts(len(texts)))
    for item in statement.placed(items):
        assert statement.verify_items([raw], forwarded([item]), KEYS) == (None,)
        assert Item.from_json(item.as_json(0), [SECRET]) == item


@given(TEXTS, st.data())
@settings(max_examples=25, deadline=None)
def test_without_paths_items_are_proven_together_and_in_order_or_not_at_all(
    texts: list[str], data: st.DataObject
) -> None:
    drafts = [Draft(a_handle(n), "k/1", SECRET, text) for n, text in enumerate(texts)]
    raw, items = statement.state("AA", drafts, signer("AA"), NOW, some_salts(len(texts)))
    whole = statement.placed(items)
    assert all(item.place.path is None for item in items)
    assert statement.proven([raw], items, KEYS) == tuple(item.place for item in whole)
    some = data.draw(st.lists(st.sampled_from(items), unique_by=lambda item: item.handle, min_size=1))
    if tuple(some) != items:
        assert statement.verify_items([raw], some, KEYS) == ("item-unproven",) * len(some)
    n = data.draw(st.integers(0, len(items) - 1))
    changed = [*items[:n], replace(items[n], text=items[n].text + " "), *items[n + 1 :]]
    assert statement.verify_items([raw], changed, KEYS) == ("item-unproven",) * len(items)
    mixed = [*items[:n], whole[n], *items[n + 1 :]]
    assert statement.verify_items([raw], mixed, KEYS) == (None,) * len(items)


def test_a_bad_statement_condemns_its_own_items_only() -> None:
    good, other = a_batch(2), a_batch(1, origin="BB")
    items = (*good.items, replace(other.items[0], statement=1))
    no_key_of_b = {"AA": KEYS["AA"]}
    assert statement.verify_items([*good.statements, *other.statements], items, KEYS) == (None, None, None)
    codes = statement.verify_items([*good.statements, *other.statements], items, no_key_of_b)
    assert codes == (None, None, "statement-unverified")


def test_an_item_moved_to_another_statement_is_unproven() -> None:
    first, second = a_batch(2), a_batch(3)
    assert statement.verify_items(second.statements, first.items[:1], KEYS) == ("item-unproven",)
    assert statement.verify_items([], first.items[:1], KEYS) == ("statement-unverified",)


@given(st.lists(st.booleans(), min_size=1, max_size=8).filter(any), st.data())
@settings(max_examples=25, deadline=None)
def test_withheld_drafts_cannot_show_in_what_is_stated(released: list[bool], data: st.DataObject) -> None:
    """Two houses that differ only in what they withhold state the same payload, places and lengths (law 4)."""
    first = [Draft(a_handle(n), "k/1", SECRET, f"text {n}") for n in range(len(released))]
    second = [
        draft if out else structs.replace(draft, text=data.draw(st.text(max_size=30)), label=OPEN)
        for draft, out in zip(first, released, strict=True)
    ]
    stated = []
    for house in (first, second):
        going = [draft for draft, out in zip(house, released, strict=True) if out]
        raw, items = statement.state("AA", going, signer("AA"), NOW, some_salts(len(going)))
        stated.append((dsse.parse(raw).payload, items, len(raw)))
    assert stated[0] == stated[1]


def test_a_statement_names_no_recipient_lane_or_sequence() -> None:
    payload = dsse.parse(a_batch().statements[0]).payload
    assert b"BB" not in payload
    assert not any(word in payload for word in (b'"to"', b"lane", b"sequence", b"agreement"))


def test_the_salted_digest_says_nothing_without_its_salt() -> None:
    draft = Draft(a_handle(1), "k/1", SECRET, "the same text")
    (one,) = statement.state("AA", [draft], signer("AA"), NOW, [some_bytes("x", 16)])[1]
    (two,) = statement.state("AA", [draft], signer("AA"), NOW, [some_bytes("y", 16)])[1]
    assert statement.salted_digest(one) != statement.salted_digest(two)


@pytest.mark.parametrize(("drafts", "salts"), [(0, 0), (2, 1)])
def test_a_statement_without_drafts_or_salts_is_our_mistake(drafts: int, salts: int) -> None:
    some = [Draft(a_handle(n), "k/1", SECRET, "t") for n in range(drafts)]
    with pytest.raises(ValueError, match="at least one draft"):
        statement.state("AA", some, signer("AA"), NOW, some_salts(salts))


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_a_byte_changed_anywhere_is_refused(where: int, flip: int) -> None:
    raw = bytearray(RAW)
    raw[where % len(raw)] ^= flip
    with pytest.raises((Malformed, Refused)):
        statement.verify_statement(bytes(raw), KEYS)


RAW = a_batch().statements[0]
