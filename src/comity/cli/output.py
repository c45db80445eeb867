"""The rules of output, in one place.

Results go to standard output: words for people, or with `--json` one JSON document. Everything else (progress,
`comity: error:`, `comity: hint:`) goes to standard error. Exit codes are those of the five errors.

What partners and sources wrote is shown, never obeyed: characters that would steer a terminal, or turn the direction of
what follows, are written out.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from comity.core.errors import ComityError

UNBOUNDED = 4000
"""Columns of a table that is piped: no line is folded that a script may want to read."""

_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Output:
    """How this run answers."""

    as_json: bool = False

    def result(self, value: Mapping[str, Any], words: str | Sequence[str]) -> None:
        """`value` for scripts, or `words` for people."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False))
        else:
            print(shown(words if isinstance(words, str) else "\n".join(words)))

    def table(self, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], empty: str, name: str) -> None:
        """`rows` as a table with `columns` (member → heading), or as `{name: rows}` for scripts."""
        if self.as_json:
            print(json.dumps({name: [dict(row) for row in rows]}, ensure_ascii=False))
            return
        if not rows:
            print(empty)
            return
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in columns.values():
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*("" if row.get(member) is None else one_line(str(row[member])) for member in columns))
        width = None if sys.stdout.isatty() else UNBOUNDED
        console = Console(width=width, soft_wrap=False, highlight=False, markup=False)
        with console.capture() as capture:
            console.print(table)
        print("\n".join(line.rstrip() for line in capture.get().splitlines()))

    def error(self, error: ComityError) -> int:
        """Tells what was wrong with what and what to do; answers the exit code."""
        if self.as_json:
            kind = type(error).__name__.lower()
            body = {"error": {"kind": kind, "message": error.message, "hint": error.hint}}
            print(json.dumps(body, ensure_ascii=False), file=sys.stderr)
        else:
            print(f"comity: error: {shown(error.message)}", file=sys.stderr)
            if error.hint:
                print(f"comity: hint: {shown(error.hint)}", file=sys.stderr)
        return error.exit_code


def shown(text: str) -> str:
    """`text` as a terminal may have it; lines and tabs stay."""
    return _STEERING.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def one_line(text: str) -> str:
    """`text` where a second line could pass for one of ours."""
    return " ".join(shown(text).split())


def counted(number: int, noun: str) -> str:
    """`1 envelope`, `2 envelopes`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _unseen(_done: int) -> None:
    """Nobody watches."""


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while a person watches; nothing at all when nobody does. Call it with what was done.

    `total` is `None` where nobody knows how much there is.
    """
    if not sys.stderr.isatty():
        yield _unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
