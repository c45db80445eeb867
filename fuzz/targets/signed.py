"""The same from the outside, signatures and all: what a *stranger* could send. Nothing forged is ever let in."""

from collections.abc import Callable
from functools import cache

from tests.exchange.scene import KEYS, NOW, SKEW, an_hpke_seed
from tests.keys import signer

from comity.core import dsse, strictjson
from comity.core.keys import PublicKey
from comity.exchange import contact, envelope, pull, receipt, reconcile, rollover, sealing, statement
from comity.exchange.body import Sealed
from comity.release import standing
from fuzz.genuine import VECTORS, payload, payloads

AA = signer("AA").public


@cache
def _dsse_keys() -> dict[str, PublicKey]:
    found = strictjson.parse((VECTORS / "dsse" / "keys.json").read_bytes())
    return {name: PublicKey.from_json(key) for name, key in found.items()}


def any_signed(raw: bytes) -> None:
    sealed = dsse.parse(raw)
    again = dsse.write(sealed.payload_type, sealed.payload, sealed.signatures)
    assert dsse.parse(again) == sealed
    found = dsse.verify(sealed, sealed.payload_type, {"A": _dsse_keys()["A"]})
    assert found in payloads("dsse"), "a forged text"


def _genuine(read: Callable[[bytes], object], *formats: str) -> Callable[[bytes], None]:
    def check(raw: bytes) -> None:
        read(raw)
        assert payload(raw) in payloads(*formats), "a forged text"

    return check


def sealed_body(raw: bytes) -> None:
    """A ciphertext that the fuzzer made opens for nobody."""
    sealing.open_body(Sealed("00" * 16, raw), sealing.opener(an_hpke_seed("BB")), b"")
    raise AssertionError("a sealed body was made without its key")


def standing_release(raw: bytes) -> None:
    """Signed here, as its originator would."""
    found = standing.verify(dsse.seal(standing.PAYLOAD_TYPE, raw, [signer("AA")]), [AA], "IL")
    assert standing.from_json(found.canonical()) == found


CHECKS = {
    "dsse": any_signed,
    "signed-statement": _genuine(lambda raw: statement.verify_statement(raw, KEYS), "statement"),
    "signed-envelope": _genuine(lambda raw: envelope.unseal(raw, "BB", KEYS), "envelope"),
    "signed-receipt": _genuine(lambda raw: receipt.unseal(raw, "AA", KEYS), "receipt"),
    "signed-contact": _genuine(contact.unseal, "contact"),
    "signed-key": _genuine(lambda raw: rollover.unseal(raw, "AA", AA), "contact"),
    "signed-pull": _genuine(lambda raw: pull.unseal(raw, "AA", KEYS, NOW, SKEW), "pull"),
    "signed-reconcile": _genuine(lambda raw: reconcile.unseal(raw, "AA", KEYS, NOW, SKEW), "reconcile"),
    "sealed-body": sealed_body,
    "standing-release": standing_release,
}
