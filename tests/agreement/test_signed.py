"""An agreement is signed when every party, and nobody else, signed its canonical bytes with both halves of its key."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from comity.agreement import signed
from comity.agreement.text import canonical
from comity.core import dsse, errors
from comity.core.errors import Malformed, Refused
from tests.agreement.texts import VECTORS, read, small, small_json
from tests.keys import signer

INDEX: list[dict[str, Any]] = json.loads((VECTORS / "index.json").read_text(encoding="utf-8"))
GOOD = (VECTORS / "good.json").read_bytes()
AA, BB, CC = signer("AA"), signer("BB"), signer("CC")


@pytest.mark.parametrize("vector", INDEX, ids=lambda vector: str(vector["file"]))
def test_each_vector_is_accepted_or_refused_in_its_own_words(vector: dict[str, Any]) -> None:
    raw = (VECTORS / vector["file"]).read_bytes()
    if "error" not in vector:
        assert canonical(signed.verify(raw)) == dsse.parse(raw).payload
        return
    with pytest.raises(getattr(errors, vector["error"])) as caught:
        signed.verify(raw)
    assert type(caught.value).__name__ == vector["error"]
    assert vector["says"] in caught.value.message


def test_no_vector_is_forgotten() -> None:
    assert {vector["file"] for vector in INDEX} == {path.name for path in VECTORS.iterdir()} - {"index.json"}


@pytest.mark.parametrize(
    "vector", [vector for vector in INDEX if "signers" in vector], ids=lambda vector: vector["file"]
)
def test_who_has_signed_so_far(vector: dict[str, Any]) -> None:
    assert signed.signers_of((VECTORS / vector["file"]).read_bytes()) == set(vector["signers"])


@pytest.mark.parametrize(
    "name", ["bad-stripped-ed25519", "bad-stranger-instead", "bad-stranger-besides", "bad-changed"]
)
def test_a_doubtful_signature_is_nobodys(name: str) -> None:
    with pytest.raises(Refused):
        signed.signers_of((VECTORS / f"{name}.json").read_bytes())


def test_both_sign_the_same_bytes_one_after_the_other() -> None:
    first = signed.seal(small(), BB)
    assert signed.signers_of(first) == {"BB"}
    both = signed.countersign(first, AA, "AA")
    assert dsse.parse(both).payload == dsse.parse(first).payload == canonical(small())
    assert signed.verify(both) == small()


def test_only_a_partys_own_key_signs_and_only_once() -> None:
    with pytest.raises(Refused, match="not one of the keys"):
        signed.seal(small(), CC)
    first = signed.seal(small(), AA)
    with pytest.raises(Refused, match="not the one this agreement binds to BB"):
        signed.countersign(first, CC, "BB")
    with pytest.raises(Refused, match="not the one this agreement binds to BB"):
        signed.countersign(first, AA, "BB")
    with pytest.raises(Refused, match="not the one this agreement binds to CC"):
        signed.countersign(first, CC, "CC")
    with pytest.raises(Refused, match="AA has already signed"):
        signed.countersign(first, AA, "AA")


def test_a_first_signature_that_does_not_fit_is_not_countersigned() -> None:
    changed = dsse.parse((VECTORS / "bad-changed.json").read_bytes())
    alone = {kid: halves for kid, halves in changed.signatures.items() if kid == AA.public.kid}
    with pytest.raises(Refused, match="does not fit"):
        signed.countersign(dsse.write(changed.payload_type, changed.payload, alone), BB, "BB")


def test_a_draft_is_not_signed_by_either_hand() -> None:
    with pytest.raises(Refused, match="binds no key to AA: it is a draft"):
        signed.seal(read(small_json()), AA)
    bare = replace(small(), terms=tuple(small().of("access", "entry-into-force")))
    with pytest.raises(Refused, match="there is no annex"):
        signed.seal(bare, AA)
    forced = dsse.seal(signed.PAYLOAD_TYPE, canonical(bare), [AA])
    with pytest.raises(Refused, match="there is no annex"):
        signed.countersign(forced, BB, "BB")


@pytest.mark.parametrize("cut", [0, 1, 100, len(GOOD) // 2, len(GOOD) - 1])
def test_a_cut_envelope_is_malformed(cut: int) -> None:
    with pytest.raises(Malformed):
        signed.verify(GOOD[:cut])


def test_every_byte_of_the_text_is_covered() -> None:
    sealed = dsse.parse(GOOD)
    for n in range(0, len(sealed.payload), 97):
        payload = bytearray(sealed.payload)
        payload[n] ^= 1
        value = {**json.loads(GOOD), "payload": base64.b64encode(payload).decode()}
        with pytest.raises((Malformed, Refused)):
            signed.verify(json.dumps(value).encode())


def test_a_version_follows_its_predecessor() -> None:
    old = small()
    signed.succeeds(replace(old, version=2), old)
    for new, says in (
        (replace(old, version=3), "version 3 does not follow version 1"),
        (old, "version 1 does not follow version 1"),
        (replace(old, version=2, id="OTHER"), "another agreement"),
        (replace(old, version=2, parties=(old.parties[0], replace(old.parties[1], id="CC"))), "between other parties"),
    ):
        with pytest.raises(Refused, match=says):
            signed.succeeds(new, old)
