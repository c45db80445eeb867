"""What can be wrong with any signed payload: outside it, and in its shape, whatever the format."""

from collections.abc import Iterator
from typing import Any

from comity.core import dsse
from tests.exchange.scene import payload_of, signed
from tests.keys import TestSigner, signer

A, B = signer("AA"), signer("BB")
Minted = tuple[str, str, bytes, dict[str, Any]]
"""File, what it shows, its bytes, and the index entry's other members."""


def bad(error: str, phrase: str, **more: Any) -> dict[str, Any]:
    return {"error": error, "phrase": phrase, **more}


def outside(good: bytes, kind: str, who: TestSigner, other: TestSigner, time: str = "at") -> Iterator[Minted]:
    """What may be wrong around any payload that one party signs; `time` is the member that has its time."""
    payload = dsse.parse(good).payload
    half = {"ed25519": who.sign(dsse.to_sign(kind, payload))["ed25519"]}
    changed = bytearray(payload)
    changed[-2] ^= 1
    yield (
        "bad-stranger.json",
        "signed by a key nobody knows",
        signed(kind, payload, signer("stranger")),
        bad("Refused", "not one known party's"),
    )
    yield (
        "bad-other-party.json",
        "signed by the other party than it names",
        signed(kind, payload, other),
        bad("Refused", "signed it"),
    )
    yield (
        "bad-two-signers.json",
        "a second signature added",
        signed(kind, payload, who, other),
        bad("Refused", "exactly one key"),
    )
    yield (
        "bad-stripped.json",
        "the ML-DSA half taken away",
        dsse.write(kind, payload, {who.public.kid: half}),
        bad("Refused", "both are required"),
    )
    yield (
        "bad-changed.json",
        "one payload bit changed",
        dsse.write(kind, bytes(changed), dsse.parse(good).signatures),
        bad("Refused", "does not fit"),
    )
    yield "bad-respelt.json", "a space added around the signed part", good + b" ", bad("Malformed", "in the one way")
    yield (
        "bad-type.json",
        "another payload type, well signed",
        signed("application/json", payload, who),
        bad("Malformed", "of another type"),
    )
    yield "bad-cut.json", "cut short", good[:-40], bad("Malformed", "not JSON")
    twice = payload[:-1] + b',"format":"x"}'
    yield "bad-member-twice.json", "a member of the payload twice", signed(kind, twice, who), bad("Malformed", "twice")
    for name, says in (("format", "not of the format"), ("note", "member we do not know")):
        value = payload_of(good) | {name: "comity-x/9"}
        yield (
            f"bad-{name}.json",
            f"the member {name} of the payload is not ours",
            signed(kind, value, who),
            bad("Malformed", says),
        )
    value = {key: entry for key, entry in payload_of(good).items() if key != time}
    yield "bad-no-time.json", "no time in the payload", signed(kind, value, who), bad("Malformed", "lacks the member")
    value = payload_of(good) | {time: "2027-03-02T09:00:00+09:00"}
    yield "bad-local-time.json", "a local time", signed(kind, value, who), bad("Malformed", "not a UTC time")


def payloads(
    good: bytes, kind: str, who: TestSigner, changes: dict[str, tuple[dict[str, Any], str]]
) -> Iterator[Minted]:
    """Payloads of the wrong shape, well signed."""
    for name, (change, says) in changes.items():
        about = f"the payload with {name.replace('-', ' ')}"
        yield f"bad-{name}.json", about, signed(kind, payload_of(good) | change, who), bad("Malformed", says)
