"""`comity decide`: answers to a file of cases, without a node; and this node's old decisions asked again."""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output, counted, progress
from comity.cli.parser import Commands, Parser, command
from comity.core.errors import Absent, Broken, Malformed, Refused

if TYPE_CHECKING:
    from comity.acts.replaying import Replayed

MAX_BYTES = 4 * 1024 * 1024
"""Of one file of a folder."""
SHOWN = 20
"""Decisions whose differences a terminal shows; with `--json` all are told."""


def add(commands: "Commands[Parser]", common: Parser) -> None:
    decide = command(
        commands,
        common,
        "decide",
        _decide,
        "Answer a file of cases, one JSON line each; or ask old decisions of this node again.",
        "comity decide --cases practice.jsonl",
    )
    source = decide.add_mutually_exclusive_group(required=True)
    source.add_argument("--cases", metavar="FILE", help="one case a line, in JSON; it needs no node")
    source.add_argument(
        "--replay", metavar="DID|ALL", help="a decision's digest, or its beginning: is the answer still the same?"
    )
    decide.add_argument(
        "--from",
        dest="folder",
        type=Path,
        metavar="DIR",
        help="with --replay: a folder of `comity ledger export --decisions`; it needs no node",
    )
    decide.add_argument(
        "--agreement",
        metavar="FILE|ID",
        help="with --cases: the text of the cases that bring none; with --replay: only decisions under this one",
    )


def _decide(args: argparse.Namespace, out: Output) -> int:
    return _cases(args.cases, args.agreement) if args.replay is None else _replay(args, out)


def _cases(path: str, under: str | None) -> int:
    from comity.cli import instrument
    from comity.release.cases import answer

    text = None if under is None else instrument.read(Path(under))[0]

    try:
        with Path(path).open("rb") as cases:
            for case in cases:
                if case.strip():
                    sys.stdout.write(json.dumps(answer(case, text), ensure_ascii=False) + "\n")
    except FileNotFoundError:
        raise Absent(f"there is no file {path}") from None
    except IsADirectoryError:
        raise Malformed(f"{path} is a folder, and a file is wanted") from None
    except PermissionError:
        raise Refused(f"{path} may not be read by this account") from None
    return 0


def _replay(args: argparse.Namespace, out: Output) -> int:
    from comity import cedar
    from comity.acts import foldered
    from comity.acts.replaying import replay
    from comity.release.recorded import ENGINE
    from comity.wiring import open_node

    asked, different = 0, list["Replayed"]()
    with ExitStack() as stack:
        tell = stack.enter_context(progress("asked again", None))
        if args.folder is not None:
            found = foldered.replay(_files(args.folder), args.replay, cedar.load_kept, tell)
        else:
            found = replay(stack.enter_context(open_node(args.data)), args.replay, args.agreement, tell)
        for one in found:
            asked += 1
            if one.differences:
                different.append(one)
    value = {"asked": asked, "same": asked - len(different), "engine": ENGINE, "different": [*map(_json, different)]}
    lines = [line for one in different[:SHOWN] for line in _words(one)]
    if len(different) > SHOWN:
        lines.append(f"and {len(different) - SHOWN:,} more: --json tells all")
    verdict = f"{len(different):,} are answered otherwise now" if different else "every answer is the same"
    out.result(value, [*lines, f"{counted(asked, 'decision')} asked again: {verdict}"])
    return Broken.exit_code if different else 0


def _files(folder: Path) -> dict[str, bytes]:
    from comity.ledger.evidence import HOUSE

    paths = {str(path.relative_to(folder)): path for path in files.below(folder)}
    return {name: files.read(path, MAX_BYTES) for name, path in paths.items() if name.startswith(HOUSE)}


def _json(one: "Replayed") -> dict[str, Any]:
    again = one.again
    return {
        "decision": one.did,
        "agreement": one.agreement,
        "made_at": None if again is None else again.made_at,
        "outcome": None if again is None else again.outcome,
        "articles": [] if again is None else list(again.articles),
        "engine": None if again is None else again.engine,
        "differences": list(one.differences),
    }


def _words(one: "Replayed") -> list[str]:
    from comity.release.decision import bare

    again = one.again
    cites = "" if again is None else f": {again.outcome} [{', '.join(map(bare, again.articles))}] at {again.made_at}"
    return [f"{one.did[:16]} under {one.agreement}{cites}", *(f"  {text}" for text in one.differences)]
