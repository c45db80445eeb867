"""A key is a pair, its name covers both halves, and a signature of one is good for nothing else."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import keys
from comity.core.errors import Malformed
from comity.core.keys import ED25519, HALVES, ML_DSA_65, SIGNATURE_BYTES, PublicKey
from tests.keys import signer

DANA, KEN = signer("dana"), signer("ken")
HALF_MIXED = PublicKey(DANA.public.ed25519, KEN.public.ml_dsa_65)


def test_a_name_covers_both_halves() -> None:
    other_half = PublicKey(KEN.public.ed25519, DANA.public.ml_dsa_65)
    names = {key.kid for key in (DANA.public, KEN.public, HALF_MIXED, other_half)}
    assert len(names) == 4
    assert all(len(bytes.fromhex(name)) == 16 for name in names)


def test_the_words_are_for_reading_aloud() -> None:
    words = DANA.public.words.split("-")
    assert len(words) == 8
    assert all(
        len(word) == 5 and set(word[::2]) <= set("bdfghjklmnprstvz") and set(word[1::2]) <= set("aiou")
        for word in words
    )
    assert DANA.public.words != HALF_MIXED.words


@pytest.mark.parametrize("half", HALVES)
def test_a_signature_is_good_for_its_message_key_and_half(half: str) -> None:
    message = b"to be signed"
    signature = DANA.sign(message)[half]
    (other,) = set(HALVES) - {half}
    assert DANA.public.check(half, message, signature)
    assert not DANA.public.check(half, b"to be Signed", signature)
    assert not KEN.public.check(half, message, signature)
    assert not DANA.public.check(half, message, bytes([signature[0] ^ 1]) + signature[1:])
    assert not DANA.public.check(half, message, signature[:-1])
    assert not DANA.public.check(half, message, b"")
    assert not DANA.public.check(other, message, signature)


def test_an_ml_dsa_signature_made_for_another_use_is_not_ours() -> None:
    without_context = DANA.ml_dsa_65.sign(b"x")
    other_context = DANA.ml_dsa_65.sign(b"x", b"another/1")
    assert not DANA.public.check(ML_DSA_65, b"x", without_context)
    assert not DANA.public.check(ML_DSA_65, b"x", other_context)


@given(st.sampled_from(HALVES), st.binary(max_size=80), st.binary(max_size=80))
def test_a_check_never_raises(half: str, message: bytes, signature: bytes) -> None:
    assert not PublicKey(b"", b"").check(half, message, signature)
    assert not PublicKey(b"\xff" * 32, b"\xff" * 1952).check(half, message, signature.ljust(SIGNATURE_BYTES[half]))


def test_a_key_is_read_again() -> None:
    assert PublicKey.from_json(DANA.public.as_json()) == DANA.public


GOOD = DANA.public.as_json()
REFUSED = {
    "no object": (["x"], "exactly the two halves"),
    "one half": ({ED25519: GOOD[ED25519]}, "exactly the two halves"),
    "a third half": (GOOD | {"rsa": ""}, "exactly the two halves"),
    "a number": (GOOD | {ED25519: 5}, "not base64"),
    "no base64": (GOOD | {ED25519: "*" * 44}, "not base64"),
    "too short": (GOOD | {ED25519: base64.b64encode(b"x" * 31).decode()}, "wrong length"),
    "too long": (GOOD | {ML_DSA_65: base64.b64encode(b"x" * 1953).decode()}, "wrong length"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_key(case: str) -> None:
    value, reason = REFUSED[case]
    with pytest.raises(Malformed, match=reason):
        PublicKey.from_json(value, "Dana's key")


@given(st.binary(max_size=40))
def test_base64_is_read_again(raw: bytes) -> None:
    assert keys.from_base64(base64.b64encode(raw).decode(), "x") == raw


@pytest.mark.parametrize(
    "text",
    ["YQ", "YQ=", "YQ===", "YR==", "YQ==\n", " YQ==", "Y Q==", "-_-_", "é===", "=", "YQ==YQ==", None, 5, b"YQ=="],
)
def test_base64_has_one_spelling(text: Any) -> None:
    with pytest.raises(Malformed, match="the seal is not base64"):
        keys.from_base64(text, "the seal")


@given(st.text(max_size=12))
def test_base64_has_one_spelling_of_anything(text: str) -> None:
    try:
        raw = keys.from_base64(text, "x")
    except Malformed:
        return
    assert base64.b64encode(raw).decode() == text


def test_the_words_say_all_of_the_identity() -> None:
    """Two keys with the same words would be the same 128 bits: no bit of the identity is left out (DECISIONS 20)."""
    consonants, vowels = "bdfghjklmnprstvz", "aiou"
    for name in ("one", "two", "three"):
        key = signer(name).public
        bits = ""
        for word in key.words.split("-"):
            for place, letter in enumerate(word):
                bits += f"{vowels.index(letter):02b}" if place % 2 else f"{consonants.index(letter):04b}"
        assert f"{int(bits, 2):032x}" == key.kid
