"""A terminal in memory: command lines typed into real nodes, and transcripts compared with what was answered.

A transcript is what a person would see: `$ comity …`, the answer below it, `[exit N]` where it is not 0, `...` for
lines left out, or for the end of one. Keys, ids, times and digests differ from run to run: each is compared by its
shape, and where the transcript uses one again, the one that stands in its place is typed.
"""

import argparse
import contextlib
import io
import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from comity.cli.commands import build, run
from comity.cli.parser import Handler, Parser

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

SHAPES = {
    "uuid": r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "words": r"\b[a-z]{5}(?:-[a-z]{5}){7}\b",
    "digest": r"\b[0-9a-f]{64}\b",
    "handle": r"\b[0-9a-f]{32}\b",
    "id": r"\b[0-9a-f]{16}\b",
    "short": r"\b[0-9a-f]{12}\b",
    "document": r"\b(?:RFI|ANS|DEC|COR)-\d{8}-[0-9a-f]{8}\b",
    "stamp": r"\b\d{8}T\d{6}Z\b",
    "time": r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z\b",
}
TOKEN = re.compile("|".join(f"(?P<{name}>{shape})" for name, shape in SHAPES.items()))
STARTERS: defaultdict[str, Handler] = defaultdict(lambda: lambda _args, _out: 0)
LEFT_OUT = "..."


@dataclass(frozen=True)
class Said:
    """What one command answered. `text` is both streams as a terminal shows them."""

    code: int
    text: str
    out: str


@dataclass(frozen=True)
class Block:
    command: str
    answer: tuple[str, ...]


def commands() -> dict[tuple[str, ...], Parser]:
    """Every command that can be run, by its words."""
    found: dict[tuple[str, ...], Parser] = {}
    groups: list[tuple[tuple[str, ...], Parser]] = [((), build(STARTERS))]
    while groups:
        path, parser = groups.pop()
        inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        groups += [((*path, name), one) for action in inner for name, one in action.choices.items()]
        if not inner or parser.get_default("run") is not None:
            found[path] = parser
    return found


def typed(line: str, folder: Path, encoding: str = "utf-8") -> Said:
    """Types `line` in `folder`."""
    words = shlex.split(line)
    assert words[0] in {"comity", *TOOLS}, f"nothing else is typed here: {line}"
    both = io.BytesIO()
    out = _Tee(both)
    stdout = io.TextIOWrapper(out, encoding=encoding, write_through=True)
    stderr = io.TextIOWrapper(both, encoding="utf-8", write_through=True)
    with contextlib.chdir(folder), contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        code = run(words[1:], STARTERS) if words[0] == "comity" else TOOLS[words[0]](*words[1:])
    return Said(code, both.getvalue().decode(), out.getvalue().decode())


def play(transcript: str, folder: Path) -> int:
    """Types every command of a transcript and compares every answer; how many they were."""
    known: dict[str, str] = {}
    count = 0
    for block in blocks(transcript):
        line = TOKEN.sub(lambda match: known.get(match.group(), match.group()), block.command)
        said = typed(line, folder)
        shown = [text.rstrip() for text in said.text.rstrip("\n").split("\n")] if said.text else []
        shown += [f"[exit {said.code}]"] if said.code else []
        _compare(block, shown, known)
        count += 1
    return count


def blocks(transcript: str) -> Iterator[Block]:
    """The commands of a transcript; lines that begin with `# ` between them are for the reader."""
    command: str | None = None
    answer: list[str] = []
    for line in [*transcript.splitlines(), "$ "]:
        if line.startswith(("$ ", "# ")):
            if command is not None:
                yield Block(command, tuple(_without_blank_end(answer)))
            command, answer = (line[2:] if line.startswith("$ ") else None), []
        else:
            answer.append(line.rstrip())


def _without_blank_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _compare(block: Block, shown: list[str], known: dict[str, str]) -> None:
    """Raises `AssertionError` with both texts where they differ by more than what differs from run to run."""
    expected = list(block.answer)
    if LEFT_OUT in expected:
        cut = expected.index(LEFT_OUT)
        rest = len(expected) - cut - 1
        assert len(shown) >= cut + rest, f"$ {block.command}\n" + "\n".join(shown)
        expected = expected[:cut] + expected[cut + 1 :]
        shown = shown[:cut] + (shown[-rest:] if rest else [])
    shown = [_cut(line, like) for line, like in zip(shown, expected, strict=False)] + shown[len(expected) :]
    assert [_shape(line) for line in shown] == [_shape(line) for line in expected], (
        f"$ {block.command}\n-- answered\n" + "\n".join(shown) + "\n-- written\n" + "\n".join(expected)
    )
    for theirs, ours in zip(_tokens(expected), _tokens(shown), strict=True):
        if re.fullmatch(SHAPES["time"], theirs) is None:
            assert known.setdefault(theirs, ours) == ours, f"$ {block.command}: {theirs} stands for two things"


def _cut(line: str, like: str) -> str:
    """`line` as far as `like` is written out."""
    start = like.removesuffix(f" {LEFT_OUT}")
    return like if start != like and _shape(line).startswith(_shape(start)) else line


def _shape(line: str) -> str:
    return TOKEN.sub(lambda match: f"<{match.lastgroup}>", line)


def _tokens(lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield from (match.group() for match in TOKEN.finditer(line))


class _Tee(io.BytesIO):
    """What is written here is written there, too."""

    def __init__(self, there: io.BytesIO) -> None:
        super().__init__()
        self._there = there

    def write(self, data: "ReadableBuffer", /) -> int:
        self._there.write(data)
        return super().write(data)


def _write(name: str, text: str) -> int:
    """`write FILE TEXT`"""
    Path(name).write_text(text, "utf-8")
    return 0


def _flip(name: str) -> int:
    """`flip FILE` changes one bit in the middle."""
    raw = bytearray(Path(name).read_bytes())
    raw[len(raw) // 2] ^= 1
    Path(name).write_bytes(raw)
    return 0


def _drop(name: str) -> int:
    """`drop FILE`"""
    Path(name).unlink()
    return 0


TOOLS: dict[str, Callable[..., int]] = {"write": _write, "flip": _flip, "drop": _drop}
