"""A body is one of six kinds, whole and without anything besides; a table of labels stands for its items exactly."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from comity.core.errors import Malformed
from comity.exchange import body as bodies
from comity.exchange.body import Items
from tests.exchange.scene import a_batch, a_handle

WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "an unknown kind": (lambda body: body | {"kind": "advert"}, "kind we do not know"),
    "no kind": (lambda _: {}, "kind we do not know"),
    "no object": (lambda _: [], "kind we do not know"),
    "an unknown member": (lambda body: body | {"note": "x"}, "member we do not know: 'note'"),
    "no labels": (lambda body: {k: v for k, v in body.items() if k != "labels"}, "lacks the member 'labels'"),
    "a label twice": (lambda body: body | {"labels": [body["labels"][0]] * 2}, "each label once"),
    "a label of no item": (lambda body: body | {"labels": body["labels"] + [[{"origin": "CC"}]]}, "each label once"),
    "a label beyond the table": (lambda body: body | {"labels": body["labels"][:1]}, "the table ends before it"),
    "an empty label": (lambda body: body | {"labels": [[], *body["labels"][1:]]}, "at least one origin"),
    "no items": (lambda body: body | {"items": [], "labels": [], "statements": []}, "at least one"),
    "an item twice": (lambda body: body | {"items": [*body["items"], body["items"][0]]}, "same handle"),
    "a statement of no item": (lambda body: body | {"statements": body["statements"] * 2}, "every statement have"),
    "an item of no statement": (lambda body: body | {"statements": []}, "must stand in a statement"),
    "statements that are no texts": (lambda body: body | {"statements": [1]}, "must be texts"),
}


@pytest.mark.parametrize(("change", "says"), WRONG.values(), ids=WRONG)
def test_a_body_of_items_in_any_other_shape_is_malformed(change: Callable[[Any], Any], says: str) -> None:
    good = bodies.as_json(a_batch())
    assert bodies.from_json(good) == a_batch_as(good)
    with pytest.raises(Malformed, match=says):
        bodies.from_json(change(good))


ITEM_WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown member": ({"note": "x"}, "member we do not know"),
    "a handle that is none": ({"handle": "17"}, "not a handle"),
    "a kind that is none": ({"kind": "a b"}, "not a name"),
    "a text that is none": ({"text": 1}, "must be a text"),
    "a label by name": ({"label": "SECRET"}, "whole number"),
    "a label that is true": ({"label": True}, "whole number"),
    "about something nameless": ({"about": ""}, "not a handle"),
    "a place with too little": ({"place": {"salt": "00" * 16}}, "lacks the member 'index'"),
    "a short salt": ({"place": {"salt": "00", "index": 0, "path": ""}}, "16 bytes in lower-case hex"),
    "a path of half hashes": ({"place": {"salt": "00" * 16, "index": 0, "path": "00"}}, "hashes of 32 bytes"),
    "a path without end": ({"place": {"salt": "00" * 16, "index": 0, "path": "00" * 32 * 65}}, "up to 64 hashes"),
    "hex in capitals": ({"place": {"salt": "AA" * 16, "index": 0, "path": ""}}, "lower-case hex"),
    "hex with spaces": ({"place": {"salt": " 0" * 16, "index": 0, "path": ""}}, "lower-case hex"),
}


@pytest.mark.parametrize(("change", "says"), ITEM_WRONG.values(), ids=ITEM_WRONG)
def test_an_item_in_any_other_shape_is_malformed(change: dict[str, Any], says: str) -> None:
    good = bodies.as_json(a_batch(1))
    with pytest.raises(Malformed, match=says):
        bodies.from_json(good | {"items": [good["items"][0] | change]})


def test_an_item_may_be_about_another() -> None:
    batch = a_batch(1)
    about = Items(batch.statements, (replace(batch.items[0], about=a_handle(7)),))
    assert bodies.from_json(bodies.as_json(about)) == about
    assert about.kinds == {"cyber.stix/1"}


def a_batch_as(value: Any) -> Items:
    batch = a_batch()
    return Items((value["statements"][0].encode(),), batch.items)
