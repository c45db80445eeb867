"""An intelligence document is read strictly: the unknown, missing or overlong is refused, never skipped."""

import json

import pytest

from comity.annexes import intelligence
from comity.annexes.intelligence import ANNEX, ANSWER, REPORT, REQUEST
from comity.core.errors import Malformed
from comity.release.kind import Identity
from tests.annexes.intelligence.samples import REPORTS, bad, good, raw

KINDS = {kind.name: kind for kind in intelligence.KINDS}


@pytest.mark.parametrize("name", good())
def test_a_good_document_is_one_piece_of_its_kind(name: str) -> None:
    document = raw(good()[name])
    (piece,) = ANNEX.read(document) or ()
    assert (piece.kind.name, piece.raw, piece.fault) == (good()[name]["format"], document, None)
    assert json.loads(piece.kind.render(piece.record)) == good()[name]


@pytest.mark.parametrize("name", bad())
def test_a_bad_document_is_refused_with_its_sentence(name: str) -> None:
    value, says = bad()[name]
    with pytest.raises(Malformed) as refusal:
        KINDS[value["format"]].parse(raw(value))
    assert says in refusal.value.message
    (piece,) = ANNEX.read(raw(value)) or ()
    assert piece.fault == refusal.value.message


@pytest.mark.parametrize(
    "bytes_", [b"", b"x", b"[]", b'{"format":1}', b'{"format":"intelligence.rumour/1"}', b'{"type":"bundle"}']
)
def test_what_is_not_of_this_field_is_left_to_others(bytes_: bytes) -> None:
    assert ANNEX.read(bytes_) is None


def test_a_document_of_another_kind_is_refused() -> None:
    with pytest.raises(Malformed, match=r"not a document of the format intelligence.request/1"):
        REQUEST.parse(raw(good()["report"]))


def test_versions_sort_as_texts() -> None:
    later = REPORT.parse(raw({**good()["report"], "version": 10}))
    assert REPORT.identity(later) == Identity("R-1", "000010")
    assert REPORT.identity(later).ext_ver > REPORT.identity(REPORT.parse(raw(good()["report"]))).ext_ver


def test_a_document_released_whole_carries_one_label() -> None:
    said = REQUEST.marked(REQUEST.parse(raw(good()["request"])), "YY")
    assert said.label is not None
    assert said.label.parties == {"XX"}
    unmarked = {name: part for name, part in good()["request"].items() if name != "label"}
    assert REQUEST.marked(REQUEST.parse(raw(unmarked)), "YY").label is None


def test_an_answer_is_marked_like_a_report() -> None:
    said = ANSWER.marked(ANSWER.parse(raw(good()["answer"])), "YY")
    assert [part for part, _ in said.portions] == ["general", "names"]


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_reports_are_read_and_say_that_they_are_fictional(path: object) -> None:
    text = (REPORTS / str(path)).read_bytes()
    (piece,) = ANNEX.read(text) or ()
    assert piece.fault is None
    assert piece.record.body.title.startswith("[Fictional]")
    assert all(portion.text.startswith("FICTIONAL.") for portion in piece.record.body.portions)
