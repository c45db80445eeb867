"""An envelope is what all who had to sign it signed, both halves, over these bytes of this type, or it is refused."""

import base64
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.core import dsse, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import ED25519, HALVES, ML_DSA_65, PublicKey
from tests.keys import signer

VECTORS = Path(__file__).parents[1] / "vectors" / "dsse"
TYPE = "application/vnd.comity.test+json"
DANA, KEN, EVE = signer("dana"), signer("ken"), signer("eve")
BOTH = {"Dana": DANA.public, "Ken": KEN.public}
PAYLOAD = b'{"a":1}'
RAW = dsse.seal(TYPE, PAYLOAD, [DANA, KEN])
SEALED = dsse.parse(RAW)


def signed(**changes: Mapping[str, Mapping[str, bytes]]) -> dsse.Sealed:
    """The envelope of both with other signatures."""
    return dsse.Sealed(TYPE, PAYLOAD, changes.get("signatures", SEALED.signatures))


def with_half(kid: str, half: str, signature: bytes | None) -> dsse.Sealed:
    halves = {name: value for name, value in SEALED.signatures[kid].items() if name != half}
    return signed(signatures={**SEALED.signatures, kid: halves | ({half: signature} if signature is not None else {})})


def test_the_encoding_that_is_signed() -> None:
    """The example of the DSSE specification, and lengths that count bytes."""
    assert dsse.to_sign("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert dsse.to_sign("é", "機密".encode()) == "DSSEv1 2 é 6 機密".encode()


@given(st.text(max_size=6), st.binary(max_size=8), st.text(max_size=6), st.binary(max_size=8))
def test_no_two_envelopes_are_signed_as_one(kind: str, payload: bytes, kind2: str, payload2: bytes) -> None:
    same = dsse.to_sign(kind, payload) == dsse.to_sign(kind2, payload2)
    assert same == ((kind, payload) == (kind2, payload2))


def test_what_both_signed_is_read() -> None:
    assert dsse.verify(SEALED, TYPE, BOTH) == PAYLOAD


def test_further_signatures_do_no_harm() -> None:
    """Relays add, never replace."""
    raw = dsse.seal(TYPE, PAYLOAD, [DANA, KEN, EVE])
    assert dsse.verify(dsse.parse(raw), TYPE, {"Ken": KEN.public}) == PAYLOAD


@given(st.text(st.characters(codec="utf-8"), max_size=10), st.binary(max_size=40))
@settings(max_examples=25)
def test_what_was_sealed_is_read(kind: str, payload: bytes) -> None:
    sealed = dsse.parse(dsse.seal(kind, payload, [DANA]))
    assert dsse.verify(sealed, kind, {"Dana": DANA.public}) == payload
    assert dsse.write(kind, payload, sealed.signatures) == dsse.seal(kind, payload, [Again(sealed)])


class Again:
    """Signs as it signed before, because ML-DSA signatures are randomised."""

    def __init__(self, sealed: dsse.Sealed) -> None:
        self.sealed = sealed
        self.public = DANA.public

    def sign(self, message: bytes, halves: Collection[str] = HALVES) -> dict[str, bytes]:
        assert halves == HALVES
        assert message == dsse.to_sign(self.sealed.payload_type, self.sealed.payload)
        return dict(self.sealed.signatures[DANA.public.kid])


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kid", [DANA.public.kid, KEN.public.kid], ids=["Dana", "Ken"])
def test_neither_half_can_be_stripped_exchanged_or_broken(kid: str, half: str) -> None:
    good = SEALED.signatures[kid][half]
    name = next(name for name, key in BOTH.items() if key.kid == kid)
    other = EVE.sign(dsse.to_sign(TYPE, PAYLOAD))[half]
    for sealed, reason in [
        (with_half(kid, half, None), f"{name}'s signature was stripped of its {half} half"),
        (with_half(kid, half, b""), f"stripped of its {half} half"),
        (with_half(kid, half, good[:-1]), f"stripped of its {half} half"),
        (with_half(kid, half, good[:-1] + bytes([good[-1] ^ 1])), f"{name}'s {half} signature does not fit"),
        (with_half(kid, half, other), f"{name}'s {half} signature does not fit"),
    ]:
        with pytest.raises(Refused, match=reason):
            dsse.verify(sealed, TYPE, BOTH)


REFUSED: dict[str, tuple[dsse.Sealed, dict[str, PublicKey], str]] = {
    "one did not sign": (dsse.parse(dsse.seal(TYPE, PAYLOAD, [DANA])), BOTH, "lacks the signature of Ken"),
    "nobody signed": (signed(signatures={}), BOTH, "lacks the signature of Dana"),
    "a stranger signed": (dsse.parse(dsse.seal(TYPE, PAYLOAD, [EVE])), BOTH, "a key that is not Dana's"),
    "another text": (dsse.Sealed(TYPE, PAYLOAD + b" ", SEALED.signatures), BOTH, "does not fit"),
    "a key of mixed halves": (
        SEALED,
        {"Dana": PublicKey(DANA.public.ed25519, KEN.public.ml_dsa_65)},
        "not Dana's",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_who_did_not_sign(case: str) -> None:
    sealed, required, reason = REFUSED[case]
    with pytest.raises(Refused, match=reason):
        dsse.verify(sealed, TYPE, required)


def test_another_type_is_refused() -> None:
    with pytest.raises(Malformed, match="of another type"):
        dsse.verify(SEALED, TYPE + ";v=2", BOTH)
    relabelled = dsse.Sealed(TYPE + ";v=2", PAYLOAD, SEALED.signatures)
    with pytest.raises(Refused, match="does not fit"):
        dsse.verify(relabelled, TYPE + ";v=2", BOTH)


def test_nobody_required_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        dsse.verify(SEALED, TYPE, {})


def test_one_key_cannot_sign_for_two() -> None:
    with pytest.raises(Refused, match="one and the same key"):
        dsse.verify(SEALED, TYPE, {"Dana": DANA.public, "Ken": DANA.public})


SHAPE: dict[str, Any] = json.loads(RAW)
ENTRY: dict[str, str] = SHAPE["signatures"][0]
MALFORMED: dict[str, tuple[object, str]] = {
    "a list": ([], "not a DSSE envelope"),
    "a member too many": (SHAPE | {"note": ""}, "not a DSSE envelope"),
    "a member too few": ({"payload": "", "signatures": []}, "not a DSSE envelope"),
    "a type that is no text": (SHAPE | {"payloadType": 5}, "wrong shape"),
    "signatures that are no list": (SHAPE | {"signatures": {}}, "wrong shape"),
    "too many signatures": (SHAPE | {"signatures": [ENTRY] * 65}, "wrong shape"),
    "a payload that is no base64": (SHAPE | {"payload": "a"}, "its payload is not base64"),
    "a payload in a second spelling": (SHAPE | {"payload": "YR=="}, "its payload is not base64"),
    "a payload in the URL's alphabet": (SHAPE | {"payload": "_-8="}, "its payload is not base64"),
    "a signature that is no object": (SHAPE | {"signatures": ["x"]}, "not a keyid and a sig"),
    "a signature with more": (SHAPE | {"signatures": [ENTRY | {"cert": ""}]}, "not a keyid and a sig"),
    "a signature without a key": (SHAPE | {"signatures": [{"sig": ""}]}, "not a keyid and a sig"),
    "a key that is no text": (SHAPE | {"signatures": [ENTRY | {"keyid": 1}]}, "not a keyid and a sig"),
    "an unknown half": (SHAPE | {"signatures": [ENTRY | {"keyid": "a#rsa"}]}, "algorithm we do not know"),
    "no half": (SHAPE | {"signatures": [ENTRY | {"keyid": "a"}]}, "algorithm we do not know"),
    "one half twice": (SHAPE | {"signatures": [ENTRY, ENTRY]}, "two signatures of one key"),
    "a signature that is no base64": (SHAPE | {"signatures": [ENTRY | {"sig": "*"}]}, "a signature is not base64"),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_no_envelope(case: str) -> None:
    value, reason = MALFORMED[case]
    with pytest.raises(Malformed, match=reason):
        dsse.parse(json.dumps(value).encode())


def test_a_member_twice_is_no_envelope() -> None:
    with pytest.raises(Malformed, match="stands twice"):
        dsse.parse(RAW[:-1] + b',"payload":""}')


def test_size_is_limited() -> None:
    with pytest.raises(Malformed, match="too large"):
        dsse.parse(RAW, max_bytes=len(RAW) - 1)


@given(st.data())
@settings(max_examples=150)
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    """Other bytes are refused, or they are another spelling of the very same signed thing."""
    position = data.draw(st.integers(0, len(RAW) - 1))
    changed = bytearray(RAW)
    changed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises((Malformed, Refused)):
        dsse.verify(dsse.parse(bytes(changed)), TYPE, BOTH)


def vector_cases() -> list[Any]:
    cases: list[dict[str, Any]] = strictjson.parse((VECTORS / "cases.json").read_bytes())
    return [pytest.param(case, id=case["file"]) for case in cases]


@pytest.mark.parametrize("case", vector_cases())
def test_the_golden_vectors(case: dict[str, Any]) -> None:
    """Each file is read exactly as `cases.json` says."""
    keys = {n: PublicKey.from_json(k) for n, k in strictjson.parse((VECTORS / "keys.json").read_bytes()).items()}
    required = {name: keys[name] for name in case["required"]}
    raw = (VECTORS / case["file"]).read_bytes()
    if case["error"] is None:
        payload = dsse.verify(dsse.parse(raw), case["type"], required)
        assert payload == base64.b64decode(case["payload"])
        return
    error = {"malformed": Malformed, "refused": Refused}[case["error"]]
    with pytest.raises(error) as refusal:
        dsse.verify(dsse.parse(raw), case["type"], required)
    assert case["says"] in str(refusal.value)


def test_every_vector_is_walked_through() -> None:
    listed = {case.values[0]["file"] for case in vector_cases()}
    assert listed | {"cases.json", "keys.json"} == {path.name for path in VECTORS.iterdir()}
    assert {ED25519, ML_DSA_65} == set(HALVES)


def test_a_key_id_has_one_half_behind_it_and_nothing_between() -> None:
    with pytest.raises(Malformed, match="an algorithm we do not know"):
        dsse.parse(dsse.write("x", b"", {"kid#more": {"ed25519": b""}}))


def test_so_many_signatures_and_no_more() -> None:
    most = {f"{n:032x}": {"ed25519": b"", "ml-dsa-65": b""} for n in range(dsse.MAX_SIGNATURES // 2)}
    assert dsse.parse(dsse.write("x", b"", most)).signatures == most
    with pytest.raises(Malformed, match="wrong shape"):
        dsse.parse(dsse.write("x", b"", most | {"f" * 32: {"ed25519": b""}}))
