"""A sealed body opens for one key, in the one envelope it was made for, and is never sealed twice."""

from dataclasses import replace

import pytest

from comity.core.errors import Malformed, Refused
from comity.exchange import body as bodies
from comity.exchange import envelope, sealing
from comity.exchange.body import Notices, Open, Sealed, Void
from tests.exchange.scene import KEYS, a_batch, a_header, an_envelope, an_hpke_seed

SEED = an_hpke_seed("BB")
PUBLIC = sealing.public_of(SEED)


@pytest.mark.parametrize(
    "body", [a_batch(), Notices((b"one",)), Void("no-longer-releasable")], ids=["items", "notices", "void"]
)
def test_what_is_sealed_opens_for_its_recipient(body: Open) -> None:
    sealed = sealing.seal_body(body, PUBLIC, a_header().info())
    received = envelope.unseal(an_envelope(sealed), "BB", KEYS)
    assert isinstance(received.body, Sealed)
    assert received.body.recipient == sealing.key_id(PUBLIC)
    assert sealing.open_body(received.body, sealing.opener(SEED), received.header.info()) == body


def test_a_carrier_reads_nothing_of_it() -> None:
    batch = a_batch()
    raw = envelope.draft(a_header(), sealing.seal_body(batch, PUBLIC, a_header().info()))
    assert not any(item.handle.encode() in raw or item.kind.encode() in raw for item in batch.items)


def test_it_opens_for_no_other_key_envelope_or_bytes() -> None:
    info = a_header().info()
    sealed = sealing.seal_body(Void("x"), PUBLIC, info)
    cases = [
        (sealed, SEED, a_header(sequence=2).info()),
        (sealed, an_hpke_seed("CC"), info),
        (replace(sealed, ciphertext=sealed.ciphertext[:-1] + bytes([sealed.ciphertext[-1] ^ 1])), SEED, info),
        (replace(sealed, ciphertext=b""), SEED, info),
    ]
    for body, seed, bound in cases:
        with pytest.raises(Refused, match="does not open"):
            sealing.open_body(body, sealing.opener(seed), bound)


def test_a_body_sealed_twice_is_refused() -> None:
    info = a_header().info()
    sealed = sealing.seal_body(Void("x"), PUBLIC, info)
    twice = sealing.seal_body(sealed, PUBLIC, info)  # type: ignore[arg-type]  # what the types forbid a sender may do
    with pytest.raises(Malformed, match="kind we do not know"):
        sealing.open_body(twice, sealing.opener(SEED), info)


def test_keys_of_another_length_are_not_keys() -> None:
    with pytest.raises(Malformed, match="not an HPKE public key"):
        sealing.check_public(PUBLIC[:-1], "the key")
    assert sealing.check_public(PUBLIC, "the key") == PUBLIC
    with pytest.raises(ValueError, match="another length"):
        sealing.public_of(SEED[:-1])


def test_a_sealed_body_survives_its_json() -> None:
    sealed = sealing.seal_body(Void("x"), PUBLIC, b"")
    assert bodies.from_json(bodies.as_json(sealed)) == sealed
