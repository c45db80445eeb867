"""A text without keys is checked as if signing had bound them; a text with some keys is checked as it is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from comity.agreement import signed, text
from comity.agreement.draft import with_keys
from comity.cli import instrument
from comity.core.errors import Absent, Malformed
from tests.keys import signer

AGREEMENT = text.from_yaml((Path(__file__).parents[2] / "examples" / "israel-japan" / "agreement.yaml").read_bytes())
COMPLETE = with_keys(AGREEMENT, {party: signer(party).public for party in AGREEMENT.party_ids})


def test_missing_keys_are_no_problem_of_a_draft() -> None:
    assert instrument.problems(AGREEMENT) == ()


def test_one_missing_key_is_told() -> None:
    half = replace(COMPLETE, keys=COMPLETE.keys[:1])
    assert [str(problem) for problem in instrument.problems(half)] == ["JP has no key; it needs one"]


def test_a_text_is_read_in_each_of_its_three_forms(tmp_path: Path) -> None:
    forms = {
        "mou.yaml": (Path(__file__).parents[2] / "examples" / "israel-japan" / "agreement.yaml").read_bytes(),
        "mou.json": json.dumps(text.to_json(AGREEMENT)).encode(),
        "mou.signed": signed.seal(COMPLETE, signer("IL")),
    }
    for name, raw in forms.items():
        (tmp_path / name).write_bytes(raw)
        agreement, sealed = instrument.read(tmp_path / name)
        assert agreement.ref == AGREEMENT.ref
        assert sealed == (raw if name == "mou.signed" else None)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"payloadType": 1}', b"\xff\xfe", b"format: comity-agreement/2"])
def test_what_is_no_agreement_is_malformed(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(raw)
    with pytest.raises(Malformed):
        instrument.read(tmp_path / "text")


def test_a_text_that_is_not_there_is_absent(tmp_path: Path) -> None:
    with pytest.raises(Absent):
        instrument.read(tmp_path / "text")


def test_words_fall_back_to_the_prevailing_language() -> None:
    texts = {"en": "yes", "ja": "はい"}
    assert [instrument.in_language(texts, tag, "en") for tag in ("ja", "he")] == ["はい", "yes"]
    assert instrument.in_language({"ja": "はい"}, "he", "en") == "はい"
