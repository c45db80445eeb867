"""An envelope is verified and then parsed on the very bytes received; whatever was touched is refused."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.core import dsse, strictjson
from comity.core.errors import Malformed, Refused
from comity.exchange import envelope
from comity.exchange.body import Body, Checkpoint, Epoch, Items, Notices, Void
from comity.exchange.lane import Lane, Mode
from comity.exchange.statement import verify_items
from tests.exchange.scene import (
    KEYS,
    NOTE,
    NOW,
    a_batch,
    a_handle,
    a_header,
    an_envelope,
    payload_of,
    received,
    some_drafts,
    some_salts,
)
from tests.keys import signer

RAW = an_envelope(a_batch(2), NOTE)

BODIES: dict[str, Body] = {
    "items": a_batch(),
    "notices": Notices((b"one", b"two")),
    "void": Void("no-longer-releasable"),
    "void, closing what a restored node had logged": Void("restored-backup", 4, (b'{"n":4}', b'{"n":5}')),
    "checkpoint": Checkpoint(NOTE),
    "epoch": Epoch("restored-backup", 1, 41, "ab" * 32),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_sealed_is_what_is_unsealed(body: Body) -> None:
    raw = an_envelope(body, NOTE, lane=Lane.FLASH, mode=Mode.EXERCISE, epoch=3, sequence=9, leaf_from=7)
    opened = envelope.unseal(raw, "BB", KEYS)
    assert opened.header == a_header(lane=Lane.FLASH, mode=Mode.EXERCISE, epoch=3, sequence=9, leaf_from=7)
    assert (opened.body, opened.checkpoint, opened.digest) == (body, NOTE, envelope.digest(raw))
    assert opened.kid == signer("AA").public.kid
    assert opened.cosigned is None
    assert envelope.body_of(raw) == body


def test_a_countersigned_checkpoint_comes_back_beside_the_senders_own() -> None:
    theirs = NOTE.replace("AA", "BB")
    raw = envelope.seal(envelope.draft(a_header(), Checkpoint(NOTE), NOTE, theirs), signer("AA"))
    opened = envelope.unseal(raw, "BB", KEYS)
    assert (opened.checkpoint, opened.cosigned) == (NOTE, theirs)


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_a_byte_changed_anywhere_is_refused(where: int, flip: int) -> None:
    raw = bytearray(RAW)
    raw[where % len(raw)] ^= flip
    with pytest.raises((Malformed, Refused)):
        envelope.unseal(bytes(raw), "BB", KEYS)


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_an_envelope_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(Malformed):
        envelope.unseal(RAW[: cut % len(RAW)], "BB", KEYS)


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_random_bytes_are_malformed_and_nothing_worse(raw: bytes) -> None:
    with pytest.raises(Malformed):
        envelope.unseal(raw, "BB", KEYS)


def test_a_carrier_cannot_respell_an_envelope() -> None:
    """Else it could change the digest by which the next one names it, and make the sender look like a liar."""
    for respelt in (
        RAW + b"\n",
        b" " + RAW,
        RAW.replace(b'":"', b'": "', 1),
        RAW.replace(b"payload", b"p\\u0061yload", 1),
    ):
        with pytest.raises(Malformed, match="not spelt in the one way"):
            envelope.unseal(respelt, "BB", KEYS)


NOT_UTF8 = dsse.write(envelope.PAYLOAD_TYPE, dsse.parse(RAW).payload.replace(b'"from":"AA"', b'"from":"\xcc"'), {})


def test_the_header_of_our_own_envelope_is_read_without_its_body() -> None:
    assert envelope.header_of(RAW) == envelope.unseal(RAW, "BB", KEYS).header
    for broken in (b"", b"{}", RAW[:-1], dsse.write(envelope.PAYLOAD_TYPE, b"{}", {}), b'{"\xe5"', NOT_UTF8):
        with pytest.raises(Malformed):
            envelope.header_of(broken)


def test_one_signer_no_more_no_other() -> None:
    payload = envelope.draft(a_header(), Void("x"))
    for signers in ([signer("AA"), signer("BB")], [signer("AA"), signer("stranger")]):
        with pytest.raises(Refused, match="exactly one key"):
            envelope.unseal(dsse.seal(envelope.PAYLOAD_TYPE, payload, signers), "BB", KEYS)
    with pytest.raises(Refused, match="not one known party's"):
        envelope.unseal(envelope.seal(payload, signer("stranger")), "BB", KEYS)
    with pytest.raises(Refused, match="says it is from AA, but BB signed"):
        envelope.unseal(envelope.seal(payload, signer("BB")), "BB", KEYS)
    half = {"ed25519": signer("AA").sign(dsse.to_sign(envelope.PAYLOAD_TYPE, payload))["ed25519"]}
    stripped = dsse.write(envelope.PAYLOAD_TYPE, payload, {signer("AA").public.kid: half})
    with pytest.raises(Refused, match="stripped of its ml-dsa-65 half"):
        envelope.unseal(stripped, "BB", KEYS)


def test_a_key_of_two_parties_is_nobodys() -> None:
    with pytest.raises(Refused, match="not one known party's"):
        envelope.unseal(RAW, "BB", {"AA": KEYS["AA"], "CC": KEYS["AA"]})


def test_during_a_rollover_either_key_signs() -> None:
    keys = {"AA": (signer("AA").public, signer("AA second").public)}
    payload = envelope.draft(a_header(), Void("x"))
    for name in ("AA", "AA second"):
        assert envelope.unseal(envelope.seal(payload, signer(name)), "BB", keys).kid == signer(name).public.kid


def test_for_another_recipient_it_is_refused() -> None:
    with pytest.raises(Refused, match="is for BB, not for CC"):
        envelope.unseal(RAW, "CC", KEYS)


def test_the_items_of_an_envelope_prove_themselves() -> None:
    opened = envelope.unseal(RAW, "BB", KEYS)
    assert isinstance(opened.body, Items)
    assert verify_items(opened.body.statements, opened.body.items, KEYS) == (None, None)


def test_too_many_items_and_too_many_bytes_are_refused() -> None:
    batch = a_batch(1)
    item = batch.items[0]
    many = Items(batch.statements, (item,) * 1001)
    with pytest.raises(Malformed, match="at most 1,000 items"):
        envelope.draft(a_header(), many)
    with pytest.raises(Malformed, match="too large"):
        envelope.unseal(b"x" * (envelope.MAX_RAW + 1), "BB", KEYS)


def test_the_header_is_checked_before_it_is_signed() -> None:
    for wrong in ({"sequence": 0}, {"epoch": 0}, {"previous": "AB" * 32}, {"to": "B B"}, {"leaf_from": -1}):
        with pytest.raises(Malformed):
            envelope.draft(a_header(**wrong), Void("x"))


def test_every_member_of_the_header_binds_a_sealed_body() -> None:
    infos = {
        a_header(**change).info()
        for change in (
            {},
            {"to": "CC"},
            {"lane": Lane.FLASH},
            {"mode": Mode.TEST},
            {"epoch": 2},
            {"sequence": 2},
            {"previous": "ab" * 32},
            {"leaf_from": 1},
            {"at": NOW + timedelta(seconds=1)},
        )
    }
    assert len(infos) == 9


@given(st.sets(st.integers(0, 5), min_size=1))
@settings(max_examples=20, deadline=None)
def test_an_envelope_is_a_function_of_what_was_released(chosen: set[int]) -> None:
    """Header, drafts and salts given, nothing else enters: signatures aside, two runs draft the same (law 4)."""
    from comity.exchange import statement

    drafts = [draft for n, draft in enumerate(some_drafts(6)) if n in chosen]
    payloads = []
    for _ in range(2):
        raw, items = statement.state("AA", drafts, signer("AA"), NOW, some_salts(len(drafts)))
        value = strictjson.parse(envelope.draft(a_header(), Items((raw,), items)))
        value["body"]["statements"] = [payload_of(text.encode()) for text in value["body"]["statements"]]
        payloads.append(value)
    assert payloads[0] == payloads[1]
    absent = [a_handle(n) for n in range(6) if n not in chosen]
    assert not any(handle in str(payloads[0]) for handle in absent)


def test_received_names_its_digest() -> None:
    assert len({received(Void("x"), sequence=n).digest for n in (1, 2)}) == 2
