"""What goes stands in envelopes of its lane, sealed unless everybody may read it, each leaf in the sender's log."""

import json

from comity.acts import agreements, follow, standing
from comity.agreement import signed
from comity.exchange import body as bodies
from comity.exchange import envelope
from comity.exchange.lane import Lane
from comity.labels.label import Tlp
from comity.ledger import leaf, note
from tests.acts.crossing import outbox, payload
from tests.acts.things import holds, question, stix, take, write
from tests.joined import DANA, Pair


def test_protected_things_travel_sealed_and_public_ones_open(pair: Pair) -> None:
    take(pair.il, stix("malware", "protected", Tlp.AMBER), stix("malware", "public", Tlp.CLEAR))
    follow.follow(pair.il, pair.agreement)
    rows = outbox(pair.il, pair.agreement)
    assert [payload(row.raw)["body"]["kind"] for row in rows] == ["items", "sealed"]
    assert b"public" in json.dumps(payload(rows[0].raw)["body"]).encode()
    assert all(b"protected" not in json.dumps(payload(row.raw)).encode() for row in rows)
    pair.settle()
    assert len(holds(pair.jp, "IL")) == 2


def test_each_lane_has_its_own_numbers(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    write(pair.il, question(party="IL"))
    follow.follow(pair.il, pair.agreement)
    for lane in (Lane.ROUTINE, Lane.PRIORITY):
        [row] = outbox(pair.il, pair.agreement, lane)
        header = payload(row.raw)
        assert (header["lane"], header["sequence"], header["previous"]) == (lane.value, 1, envelope.NOTHING)


def test_each_envelope_names_the_one_before(pair: Pair) -> None:
    for name in ("one", "two", "three"):
        take(pair.il, stix("malware", name))
        follow.follow(pair.il, pair.agreement)
    rows = outbox(pair.il, pair.agreement)
    assert [payload(row.raw)["previous"] for row in rows] == [envelope.NOTHING, rows[0].digest, rows[1].digest]
    assert [payload(row.raw)["sequence"] for row in rows] == [1, 2, 3]


def test_every_item_has_its_leaf_and_the_checkpoint_covers_it(pair: Pair) -> None:
    """From the envelope alone the leaves are rebuilt, at the very positions it names, under the note it brings."""
    public = [stix("malware", f"m{n}", Tlp.CLEAR) for n in range(3)]
    take(pair.il, *public)
    follow.follow(pair.il, pair.agreement)
    [row] = outbox(pair.il, pair.agreement)
    sent = payload(row.raw)
    body = bodies.open_from_json(sent["body"])
    assert isinstance(body, bodies.Items)
    with pair.il.agreements(pair.agreement).reader() as reader:
        written = [leaf.parse(raw) for _, raw in reader.leaves("out", sent["leaf_from"], sent["leaf_from"] + 3)]
        size, root = reader.log_size("out"), reader.root("out")
    assert [one.handle for one in written if isinstance(one, leaf.Released)] == [item.handle for item in body.items]
    text = agreements.held(pair.il, pair.agreement).newest
    head = note.verify(note.parse(sent["checkpoint"].encode()), note.keys_of([text]), required=["IL"])
    assert (head.size, head.root) == (size, root)


def test_the_statement_names_no_recipient_and_no_number(pair: Pair) -> None:
    take(pair.il, stix("malware", "one", Tlp.CLEAR))
    follow.follow(pair.il, pair.agreement)
    [row] = outbox(pair.il, pair.agreement)
    [statement] = payload(row.raw)["body"]["statements"]
    assert set(payload(statement.encode())) == {"format", "origin", "root", "size", "at"}


def test_both_sides_end_with_the_same_two_logs(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"), stix("malware", "two", Tlp.CLEAR))
    take(pair.jp, stix("malware", "three"))
    pair.settle()
    with pair.il.agreements(pair.agreement).reader() as ours, pair.jp.agreements(pair.agreement).reader() as theirs:
        for here, there in (("out", "in"), ("in", "out")):
            assert ours.log_size(here) == theirs.log_size(there) > 0
            assert ours.root(here) == theirs.root(there)


def test_each_side_holds_a_checkpoint_that_both_signed(pair: Pair) -> None:
    take(pair.il, stix("malware", "one"))
    pair.settle()
    take(pair.jp, stix("malware", "two"))
    pair.settle()
    text = signed.verify(agreements.signed_bytes(pair.il, pair.agreement))
    for node in (pair.il, pair.jp):
        with node.agreements(pair.agreement).reader() as reader:
            for log in ("out", "in"):
                held = reader.checkpoint(log, cosigned=True)
                assert held is not None
                note.verify(note.parse(held.note), note.keys_of([text]), required=["IL", "JP"])


def test_a_void_says_nothing_of_what_it_replaced(pair: Pair) -> None:
    """A reason code, a number, and the salted leaves that stood in the log already; no kind, label or byte of it."""
    take(pair.il, stix("malware", "withdrawn-name"))
    follow.follow(pair.il, pair.agreement)
    standing.withdraw(pair.il, pair.agreement, "standing-il", DANA)
    pair.settle()
    [row] = outbox(pair.il, pair.agreement)
    body = payload(row.raw)["body"]
    assert body["kind"] == "void"
    assert b"withdrawn-name" not in json.dumps(payload(row.raw)).encode()
    assert b"cyber.stix" not in json.dumps(body).encode()
    with pair.jp.agreements(pair.agreement).reader() as reader:
        assert reader.log_size("in") == 2
