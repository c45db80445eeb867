"""What a person types is answered as the transcripts say, which read as a manual; docs/cli.md is one of them."""

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import blocks, play

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TRANSCRIPTS = sorted(path for path in (HERE / "transcripts").glob("*.txt") if path.name != "first-contact.txt")
PAGE = ROOT / "docs" / "cli.md"
FENCE = re.compile(r"^```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_first_contact_and_signature(signed: Path) -> None:
    assert (signed / "il" / "agreements").is_dir()
    assert (signed / "jp" / "agreements").is_dir()


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(transcript: Path, capitals: Path) -> None:
    assert play(transcript.read_text("utf-8"), capitals)


@pytest.mark.slow
def test_the_page_of_commands_is_true(desk: Path) -> None:
    shutil.copy(ROOT / "tests" / "data" / "agreements" / "practice.jsonl", desk)
    fences = "".join(FENCE.findall(PAGE.read_text("utf-8")))
    assert play(fences, desk) > 50


def test_a_transcript_of_another_answer_fails(desk: Path) -> None:
    wrong = (
        "$ comity agreement check israel-japan/agreement.yaml\nIL-JP-FICTION@1: 1 error, 0 warnings; it can be signed\n"
    )
    assert len(list(blocks(wrong))) == 1
    with pytest.raises(AssertionError, match="1 error"):
        play(wrong, desk)


def test_a_transcript_with_another_exit_code_fails(desk: Path) -> None:
    wrong = "$ comity contact show --data il\ncomity: error: there is no node in il: comity.toml is missing\n"
    with pytest.raises(AssertionError, match="exit 66"):
        play(wrong, desk)
