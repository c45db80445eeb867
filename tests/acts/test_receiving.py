"""Each item of an envelope has a verdict of its own: kept, held in quarantine, or refused with a code."""

import json
from dataclasses import replace

from comity.acts import quarantine
from comity.exchange import statement
from comity.exchange.body import Items
from comity.exchange.receipt import Answer, ItemAnswer
from comity.labels.label import Label, OriginLabel, Tlp
from tests.acts.crossing import Forge, let_in, records
from tests.acts.things import holds, raw, stix, take
from tests.joined import NOW, Pair
from tests.keys import signer


def test_each_item_has_a_verdict_of_its_own(pair: Pair) -> None:
    forge = Forge(pair)
    unknown = stix("malware", "marked", None)
    unknown["object_marking_refs"] = ["marking-definition--11111111-2222-4333-8444-555555555555"]
    things = [
        ("cyber.stix/1", raw(stix("malware", "one"))),
        ("cyber.stix/1", raw(unknown)),
        ("cyber.stix/1", b"not even JSON"),
        ("transfer.licence/1", b"{}"),
        ("cyber.stix/1", raw(stix("malware", "two"))),
    ]
    body = forge.items(*things)
    answer = let_in(pair, forge.send(body))
    assert [(item.verdict.value, item.code) for item in answer.items] == [
        ("accepted", None),
        ("quarantined", "marking-unclear"),
        ("quarantined", "malformed"),
        ("refused", "kind-not-covered"),
        ("accepted", None),
    ]
    assert [item.handle for item in answer.items] == [item.handle for item in body.items]
    with pair.il.house.reader() as house:
        assert house.counts() == {"live": 2, "quarantined": 2}
    assert {one.why for one in quarantine.waiting(pair.il)} == {"marking-unclear", "malformed"}


def test_an_item_that_its_origin_did_not_state_is_refused(pair: Pair) -> None:
    forge = Forge(pair)
    body = forge.stix(stix("malware", "one"), stix("malware", "two"))
    one, two = statement.placed(body.items)
    changed = {"text": one.text.replace("one", "won")}, {"label": Label.of(OriginLabel("JP", tlp=Tlp.CLEAR))}
    for change in changed:
        without_paths = (replace(body.items[0], **change), body.items[1])
        answers = let_in(pair, forge.send(Items(body.statements, without_paths))).items
        assert [(each.verdict.value, each.code) for each in answers] == [("refused", "item-unproven")] * 2
    assert not holds(pair.il, "JP")
    for change in changed:
        first, _ = let_in(pair, forge.send(Items(body.statements, (replace(one, **change), two)))).items
        assert (first.verdict.value, first.code) == ("refused", "item-unproven")
    assert set(holds(pair.il, "JP")) == {stix("malware", "two")["id"]}


def test_a_statement_that_somebody_else_signed_condemns_its_items(pair: Pair) -> None:
    forge = Forge(pair)
    body = forge.stix(stix("malware", "one"))
    strange, items = statement.state(
        "JP",
        [statement.Draft(body.items[0].handle, "cyber.stix/1", body.items[0].label, body.items[0].text)],
        signer("stranger"),
        NOW,
        [b"s" * 16],
    )
    [item] = let_in(pair, forge.send(Items((strange,), items))).items
    assert (item.verdict, item.code) == (ItemAnswer.REFUSED, "statement-unverified")
    assert records(pair.il, "JP") == []


def test_other_bytes_under_one_version_are_quarantined_across_envelopes(pair: Pair) -> None:
    forge = Forge(pair)
    let_in(pair, forge.send(forge.stix(stix("malware", "one"))))
    [item] = let_in(pair, forge.send(forge.stix(stix("malware", "one", is_family=False)))).items
    assert (item.verdict, item.code) == (ItemAnswer.QUARANTINED, "version-clash")
    assert json.loads(holds(pair.il, "JP")[stix("malware", "one")["id"]])["is_family"] in (True, False)
    with pair.il.house.reader() as house:
        assert house.counts() == {"live": 1, "quarantined": 1}


def test_the_same_thing_under_a_new_handle_is_kept_once(pair: Pair) -> None:
    forge = Forge(pair)
    for _ in range(2):
        [item] = let_in(pair, forge.send(forge.stix(stix("malware", "one")))).items
        assert item.verdict is ItemAnswer.ACCEPTED
    assert len(records(pair.il, "JP")) == 1


def test_our_own_thing_of_the_same_id_is_no_clash(pair: Pair) -> None:
    """Uniqueness is per source (DECISIONS 2): a partner cannot block our ids, nor we its."""
    take(pair.il, stix("malware", "one"))
    forge = Forge(pair)
    [item] = let_in(pair, forge.send(forge.stix(stix("malware", "one", is_family=False)))).items
    assert item.verdict is ItemAnswer.ACCEPTED


def test_a_handle_that_is_taken_already_does_not_break_the_node(pair: Pair) -> None:
    """A partner chooses its handles. One that stands here already is refused for that item; the lane goes on."""
    forge = Forge(pair)
    body = forge.stix(stix("malware", "one"))
    handle = body.items[0].handle
    let_in(pair, forge.send(body))
    text = raw(stix("malware", "two")).decode()
    again = forge.stated([statement.Draft(handle, "cyber.stix/1", Label.of(OriginLabel("JP", tlp=Tlp.GREEN)), text)])
    [item] = let_in(pair, forge.send(again)).items
    assert item.verdict is not ItemAnswer.ACCEPTED
    assert let_in(pair, forge.send(forge.stix(stix("malware", "three")))).verdict is Answer.ACCEPTED


def test_a_marking_is_read_with_the_definition_that_came_before(pair: Pair) -> None:
    definition = stix("marking-definition", "theirs", None)
    del definition["modified"]
    marked = stix("malware", "one", None, object_marking_refs=[definition["id"]])
    forge = Forge(pair)
    let_in(pair, forge.send(forge.stix(definition)))
    [item] = let_in(pair, forge.send(forge.stix(marked))).items
    assert item.verdict is ItemAnswer.ACCEPTED


def test_both_directions_at_once(pair: Pair) -> None:
    """The receipt to one is what the other has; nothing goes back and forth."""
    take(pair.il, stix("malware", "ours"))
    take(pair.jp, stix("malware", "theirs"))
    pair.settle()
    assert set(holds(pair.jp, "IL")) == {stix("malware", "ours")["id"]}
    assert set(holds(pair.il, "JP")) == {stix("malware", "theirs")["id"]}
