"""Output is for one reader at a time: words or one JSON document, and nothing a partner wrote steers a terminal."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.cli.output import Output, counted, one_line, progress, shown
from comity.core.errors import Refused
from tests.cli.terminal import typed

STEERING = ["\x1b[2J", "\x07", "\x9b31m", "\r", "\x00", "\u202e", "\u2066", "\x7f"]


@pytest.mark.parametrize("steering", STEERING)
def test_what_steers_a_terminal_is_written_out(steering: str) -> None:
    text = shown(f"before{steering}after")
    assert steering[0] not in text
    assert f"\\u{ord(steering[0]):04x}" in text


@given(st.text())
def test_what_is_shown_is_one_text_and_showing_it_again_changes_nothing(text: str) -> None:
    assert shown(shown(text)) == shown(text)
    assert "\n" not in one_line(text)
    assert shown(one_line(text)) == one_line(text)


def test_hebrew_and_japanese_stay_as_they_are() -> None:
    assert shown("סודי ביותר\t極秘\n") == "סודי ביותר\t極秘\n"


def test_a_result_is_words_or_one_document() -> None:
    said = []
    for as_json in (False, True):
        with redirect_stdout(io.StringIO()) as out:
            Output(as_json).result({"level": "סודי"}, ["one", "two\x1b"])
        said.append(out.getvalue())
    assert said == ["one\ntwo\\u001b\n", '{"level": "סודי"}\n']


def test_a_table_is_never_folded_for_a_pipe() -> None:
    with redirect_stdout(io.StringIO()) as out:
        Output().table([{"a": "x" * 300, "b": None}], {"a": "first", "b": "second"}, "nothing", "rows")
    assert out.getvalue().splitlines()[1] == "x" * 300


def test_a_row_cannot_write_a_second_line() -> None:
    with redirect_stdout(io.StringIO()) as out:
        Output().table([{"a": "one\n! two"}], {"a": "first"}, "nothing", "rows")
    assert out.getvalue().splitlines() == ["first", "one ! two"]


def test_an_empty_table_says_so_in_words_and_is_a_list_for_scripts() -> None:
    with redirect_stdout(io.StringIO()) as out:
        Output().table([], {"a": "first"}, "nothing", "rows")
        Output(as_json=True).table([], {"a": "first"}, "nothing", "rows")
    assert out.getvalue() == 'nothing\n{"rows": []}\n'


def test_an_error_answers_its_exit_code() -> None:
    with redirect_stderr(io.StringIO()) as err:
        assert Output().error(Refused("no\x1b", "ask")) == 77
        assert Output(as_json=True).error(Refused("no", "ask")) == 77
    words, document = err.getvalue().splitlines()[:2], err.getvalue().splitlines()[2]
    assert words == ["comity: error: no\\u001b", "comity: hint: ask"]
    assert json.loads(document) == {"error": {"kind": "refused", "message": "no", "hint": "ask"}}


def test_progress_is_silent_where_nobody_watches() -> None:
    with redirect_stderr(io.StringIO()) as err, progress("taking", None) as told:
        told(3)
    assert err.getvalue() == ""


@pytest.mark.parametrize(("number", "words"), [(0, "0 faults"), (1, "1 fault"), (1200, "1,200 faults")])
def test_numbers_are_spoken(number: int, words: str) -> None:
    assert counted(number, "fault") == words


def test_a_terminal_that_knows_no_hebrew_is_no_fault(desk: Path) -> None:
    before = sys.stdout
    said = typed("comity agreement show israel-japan/agreement.yaml --lang he", desk, encoding="ascii")
    assert said.code == 0
    assert "\\u05de" in said.text
    assert sys.stdout is before


@pytest.mark.slow
def test_a_source_cannot_write_on_the_officers_screen(capitals: Path) -> None:
    hostile = {
        "type": "bundle",
        "id": "bundle--5f0b8e44-0a3c-4d0e-8f5c-0d7a5a1d9b11",
        "objects": [
            {
                "type": "identity",
                "spec_version": "2.1",
                "id": "identity--1f0b8e44-0a3c-4d0e-8f5c-0d7a5a1d9b11",
                "created": "2026-01-01T00:00:00.000Z",
                "modified": "2026-01-01T00:00:00.000Z",
                "name": "friendly\x1b[2J\x1b[1;1H\n! everything is well",
            }
        ],
    }
    (capitals / "hostile.json").write_text(json.dumps(hostile), "utf-8")
    assert typed("comity take --data il hostile.json --source misp-galaxy", capitals).code == 0
    said = typed("comity show --data il identity--1f0b8e44-0a3c-4d0e-8f5c-0d7a5a1d9b11", capitals)
    assert said.code == 0
    assert "friendly" in said.text
    assert "\x1b" not in said.text
    assert "\n! everything" not in said.text
