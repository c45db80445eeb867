"""A checkpoint is read in one spelling only, and counts when its owner, and whoever else must, signed its text."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core import strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import PublicKey
from comity.core.merkle import EMPTY
from comity.ledger import note
from comity.ledger.note import Checkpoint
from tests.keys import signer
from tests.ledger.scene import AGREEMENT, KEYS, SIGNERS, agreement_of, origin

VECTORS = Path(__file__).parents[1] / "vectors" / "checkpoint"
ROOT = bytes(range(32))
POINT = Checkpoint(origin("AL"), 7, ROOT)
OWN = note.write(POINT, SIGNERS["AL"])
BOTH = note.cosign(OWN, "BO", SIGNERS["BO"])
LINES = BOTH.decode().split("\n")

IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(lambda name: name not in (".", ".."))


@given(IDS, IDS, IDS)
def test_an_origin_is_read_again(agreement: str, party: str, store: str) -> None:
    written = note.origin_of(agreement, party, store)
    assert note.parse_origin(written) == (agreement, party, store)
    assert written.isascii()
    assert (
        not set(written)
        - set("%/-._")
        - set(map(chr, range(48, 58)))
        - set(map(chr, [*range(65, 91), *range(97, 123)]))
    )


@pytest.mark.parametrize("name", ["", ".", "..", "x" * 301, "機" * 40, "\ud800"])
def test_what_names_nothing(name: str) -> None:
    with pytest.raises(Malformed, match="cannot name"):
        note.part(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "comity/AL-BO/AL",
        "comity/AL-BO/AL/main/x",
        "Comity/AL-BO/AL/main",
        "comity/AL-BO//main",
        "comity/AL-BO/AL/main ",
        "comity/AL BO/AL/main",
        "comity/AL+BO/AL/main",
        "comity/%41L-BO/AL/main",
        "comity/%e6%a9%9f/AL/main",
        "comity/%FF/AL/main",
        "comity/%/AL/main",
        "comity/AL~BO/AL/main",
        "comity/AL-BO/../main",
        "comity/AL-BO/%2E%2E/main",
        "comity/機/AL/main",
    ],
)
def test_an_origin_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed):
        note.parse_origin(text)


@given(st.integers(1, note.MAX_SIZE), st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_read(size: int, root: bytes) -> None:
    point = Checkpoint(origin("BO", "flash"), size, root)
    raw = note.cosign(note.write(point, SIGNERS["BO"]), "AL", SIGNERS["AL"])
    assert note.verify(note.parse(raw), KEYS, required=("BO", "AL")) == point


def test_the_text_is_that_of_c2sp() -> None:
    assert POINT.text == b"comity/AL-BO/AL/main\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert OWN.startswith(POINT.text + "\n— AL ".encode())
    assert BOTH.startswith(OWN + "— BO ".encode())
    assert BOTH.endswith(b"\n")


def test_both_must_sign_where_both_must() -> None:
    assert note.verify(note.parse(OWN), KEYS) == POINT
    assert note.verify(note.parse(BOTH), KEYS, required=("AL", "BO")) == POINT
    with pytest.raises(Refused, match="lacks the signature of BO"):
        note.verify(note.parse(OWN), KEYS, required=("AL", "BO"))


def test_an_older_key_still_counts() -> None:
    """A log outlives a key: what was signed before a rollover stays signed."""
    keys = {"AL": (signer("AL after a rollover").public, SIGNERS["AL"].public), "BO": KEYS["BO"]}
    assert note.verify(note.parse(BOTH), keys, required=("AL", "BO")) == POINT


REFUSED = {
    "another's key under the owner's name": (note.write(POINT, signer("eve")), KEYS, "by a key that is not AL's"),
    "no key known": (OWN, {"BO": KEYS["BO"]}, "by a key that is not AL's"),
    "another's key under the other's name": (note.cosign(OWN, "BO", signer("eve")), KEYS, "a key that is not BO's"),
    "a stranger's line": (note.cosign(OWN, "EVE", signer("eve")), KEYS, "a key that is not EVE's"),
    "another size": (BOTH.replace(b"\n7\n", b"\n8\n"), KEYS, "AL's signature does not fit"),
    "another log": (BOTH.replace(b"/main\n", b"/flash\n"), KEYS, "AL's signature does not fit"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_was_not_signed_is_refused(case: str) -> None:
    raw, keys, reason = REFUSED[case]
    with pytest.raises(Refused, match=reason):
        note.verify(note.parse(raw), keys)


def rewritten(**lines: str) -> bytes:
    """The note of both with other lines, by number."""
    return "\n".join(lines.get(f"l{n}", line) for n, line in enumerate(LINES)).encode()


KEY_AND_SIGNATURE = LINES[4].rsplit(" ", 1)[1]
MALFORMED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not three lines"),
    "no last newline": (BOTH[:-1], "not three lines"),
    "a line more": (BOTH + b"\n", "not three lines"),
    "Windows newlines": (BOTH.replace(b"\n", b"\r\n"), "not three lines"),
    "an extension line": (rewritten(l3="more\n"), "not three lines"),
    "no empty line": (BOTH.replace(b"\n\n", b"\n"), "not three lines"),
    "no signature": (POINT.text + b"\n", "not three lines"),
    "three signatures": (BOTH + LINES[5].encode() + b"\n", "not three lines"),
    "not UTF-8": (b"\xff" + BOTH, "not valid UTF-8"),
    "too large": (BOTH + b"x" * 5000, "too large"),
    "another kind of log": (rewritten(l0="example.com/log"), "not the origin"),
    "a size with a zero before": (rewritten(l1="07"), "not a plain number"),
    "a size with a plus": (rewritten(l1="+7"), "not a plain number"),
    "a size below zero": (rewritten(l1="-7"), "not a plain number"),
    "a size with a space": (rewritten(l1="7 "), "not a plain number"),
    "a size in other digits": (rewritten(l1="٧"), "not a plain number"),
    "a size of none": (rewritten(l1=""), "not a plain number"),
    "a size beyond 2^53": (rewritten(l1=str(2**53)), "not a plain number"),
    "a root cut short": (rewritten(l2=base64.b64encode(ROOT[:-1]).decode()), "not 32 bytes"),
    "a root in hex": (rewritten(l2=ROOT.hex() + "+"), "not base64"),
    "a root without padding": (rewritten(l2=LINES[2].rstrip("=")), "not base64"),
    "an empty log with a root": (rewritten(l1="0"), "empty tree"),
    "a hyphen for the dash": (rewritten(l4=LINES[4].replace("—", "-")), "em dash"),
    "an en dash for the dash": (rewritten(l4=LINES[4].replace("—", "–")), "em dash"),
    "two spaces": (rewritten(l4=LINES[4].replace(" ", "  ")), "em dash"),
    "a tab": (rewritten(l4=LINES[4].replace(" ", "\t")), "em dash"),
    "a space at the end": (rewritten(l4=LINES[4] + " "), "em dash"),
    "a name with a plus": (rewritten(l5=LINES[5].replace("BO", "B+O")), "not the name"),
    "a name in a second spelling": (rewritten(l5=LINES[5].replace("BO", "%42O")), "not the name"),
    "a name that is not UTF-8": (rewritten(l5=LINES[5].replace("BO", "%FF")), "not the name"),
    "a signature that is no base64": (rewritten(l4=LINES[4] + "="), "not base64"),
    "a signature cut short": (rewritten(l4="— AL " + base64.b64encode(b"x" * 67).decode()), "wrong length"),
    "a witness's timestamped signature": (rewritten(l4="— AL " + base64.b64encode(b"x" * 76).decode()), "wrong length"),
    "the other's line first": (rewritten(l4=LINES[5], l5=LINES[4]), "first signature is not of AL"),
    "the owner's line twice": (rewritten(l5=LINES[4]), "two signatures of its owner"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_checkpoint_has_one_spelling(case: str) -> None:
    raw, reason = MALFORMED[case]
    with pytest.raises(Malformed, match=reason):
        note.parse(raw)


def test_no_byte_can_be_changed() -> None:
    for position in range(len(BOTH)):
        for bit in range(8):
            altered = bytearray(BOTH)
            altered[position] ^= 1 << bit
            with pytest.raises((Malformed, Refused)):
                note.verify(note.parse(bytes(altered)), KEYS, required=("AL", "BO"))


@pytest.mark.parametrize(("raw", "party"), [(OWN, "AL"), (BOTH, "BO"), (BOTH, "CE")])
def test_a_line_is_added_once_and_by_another(raw: bytes, party: str) -> None:
    with pytest.raises(Refused, match="cannot countersign"):
        note.cosign(raw, party, signer(party))


@pytest.mark.parametrize("point", [Checkpoint(origin("AL"), -1, ROOT), Checkpoint(origin("AL"), 1, b"")])
def test_signing_what_is_no_checkpoint_is_our_mistake(point: Checkpoint) -> None:
    with pytest.raises(ValueError, match="a size and a root"):
        note.write(point, SIGNERS["AL"])


def test_the_keys_of_all_versions_are_gathered_each_once() -> None:
    """A key that stood twice would be a key of two parties to whoever looks for its one owner."""
    assert note.keys_of([AGREEMENT]) == KEYS
    assert note.keys_of([AGREEMENT, AGREEMENT]) == KEYS
    assert note.keys_of([]) == {}


def test_an_empty_log_has_a_checkpoint() -> None:
    point = Checkpoint(origin("AL"), 0, EMPTY)
    assert note.verify(note.parse(note.write(point, SIGNERS["AL"])), KEYS) == point


def vector_cases() -> list[Any]:
    cases: list[dict[str, Any]] = strictjson.parse((VECTORS / "cases.json").read_bytes())
    return [pytest.param(case, id=case["file"]) for case in cases]


@pytest.mark.parametrize("case", vector_cases())
def test_the_golden_vectors(case: dict[str, Any]) -> None:
    """Each file is read exactly as `cases.json` says."""
    pairs = strictjson.parse((VECTORS / "keys.json").read_bytes())
    keys = {party: (PublicKey.from_json(key),) for party, key in pairs.items()}
    raw = (VECTORS / case["file"]).read_bytes()
    if case["error"] is None:
        point = note.verify(note.parse(raw), keys, required=case["required"])
        assert (point.origin, point.size, point.root.hex()) == (case["origin"], case["size"], case["root"])
        return
    with pytest.raises({"malformed": Malformed, "refused": Refused}[case["error"]]) as refusal:
        note.verify(note.parse(raw), keys, required=case["required"])
    assert case["says"] in str(refusal.value)


def test_every_vector_is_walked_through() -> None:
    listed = {case.values[0]["file"] for case in vector_cases()}
    assert listed | {"cases.json", "keys.json"} == {path.name for path in VECTORS.iterdir()}


def test_the_keys_of_several_versions_are_all_kept() -> None:
    """A log outlives a key: what the old one signed stays verifiable."""
    renewed = agreement_of({"AL": signer("AL renewed"), "BO": SIGNERS["BO"]})
    assert note.keys_of([AGREEMENT, renewed]) == {**KEYS, "AL": (*KEYS["AL"], signer("AL renewed").public)}


def test_a_name_may_be_as_long_as_it_says_and_no_longer() -> None:
    longest = "a" * note.MAX_PART
    assert note.name_of(note.part(longest)) == longest
    with pytest.raises(Malformed, match="cannot name a log"):
        note.part(longest + "a")


def test_a_key_for_public_tools_is_name_hint_and_type() -> None:
    """https://c2sp.org/signed-note: the name, four bytes of a digest over name, type and key, and the typed key."""
    name, hint, typed = note.verifier_key("AL", SIGNERS["AL"].public).split("+", 2)
    key = b"\x01" + SIGNERS["AL"].public.ed25519
    assert name == "AL"
    assert bytes.fromhex(hint) == hashlib.sha256(b"AL\n" + key).digest()[:4]
    assert base64.b64decode(typed, validate=True) == key
