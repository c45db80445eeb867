"""Every command teaches itself: one sentence and an example that can be typed; the page of commands has both."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from comity.cli.commands import build
from comity.cli.parser import Parser
from tests.cli.terminal import STARTERS, commands, typed

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
COMMANDS = commands()


def name(path: tuple[str, ...]) -> str:
    return " ".join(path)


@pytest.mark.parametrize("path", COMMANDS, ids=name)
def test_help_has_one_sentence_and_an_example(path: tuple[str, ...]) -> None:
    parser = COMMANDS[path]
    sentence = parser.description or ""
    assert sentence.endswith(".")
    assert 20 < len(sentence) < 120
    assert sentence in parser.format_help()
    assert "Example:\n  comity " in parser.format_help()


@pytest.mark.parametrize("path", COMMANDS, ids=name)
def test_the_example_can_be_typed(path: tuple[str, ...]) -> None:
    line = (COMMANDS[path].epilog or "").split("\n  ")[1]
    args = build(STARTERS).parse_args(shlex.split(line)[1:])
    assert args.run is COMMANDS[path].get_default("run")


@pytest.mark.parametrize("path", COMMANDS, ids=name)
def test_the_page_of_commands_has_it(path: tuple[str, ...]) -> None:
    section = PAGE.partition(f"### `comity {name(path)}`\n")[2].partition("\n### ")[0]
    assert (COMMANDS[path].description or "-") in section
    assert f"\n$ comity {name(path)} " in section


def test_nothing_typed_is_wrong_usage(tmp_path: Path) -> None:
    said = typed("comity", tmp_path)
    assert said.code == 64
    assert "COMMAND" in said.text


@pytest.mark.parametrize("line", ["comity nonsense", "comity quarantine", "comity take x", "comity init --party"])
def test_wrong_usage_is_64_and_tells_the_way_out(line: str, tmp_path: Path) -> None:
    said = typed(line, tmp_path)
    assert (said.code, said.out) == (64, "")
    assert "comity: hint: comity" in said.text


def test_help_itself_is_no_error(tmp_path: Path) -> None:
    assert typed("comity take --help", tmp_path).code == 0


QUICK = """
import sys
from comity.__main__ import main
sys.argv = ["comity", *{argv!r}]
try:
    main()
except SystemExit:
    pass
heavy = {{"sqlalchemy", "alembic", "uvicorn", "starlette", "urllib3", "cryptography", "rich", "comity.wiring"}}
assert not heavy & set(sys.modules), sorted(heavy & set(sys.modules))
"""


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["decide", "--help"], ["take", "--help"]])
def test_what_needs_no_node_loads_none(argv: list[str]) -> None:
    code = QUICK.format(argv=argv)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_version_loads_no_command_line() -> None:
    code = QUICK.format(argv=["--version"]) + "\nassert 'comity.cli.commands' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("comity "), done.stderr
    assert done.returncode == 0, done.stderr


def test_a_parser_is_ours_all_the_way_down() -> None:
    assert all(type(parser) is Parser for parser in COMMANDS.values())
