"""`comity decide`: answers to a file of cases, without a node (agreements/README of the vocabulary)."""

import argparse
import json
import sys
from pathlib import Path

from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command
from comity.core.errors import Absent, Malformed, Refused


def add(commands: "Commands[Parser]", common: Parser) -> None:
    decide = command(
        commands,
        common,
        "decide",
        _decide,
        "Answer a file of cases, one JSON line each: the decision and its articles; it needs no node.",
        "comity decide --cases practice.jsonl",
    )
    decide.add_argument("--cases", required=True, metavar="FILE", help="one case a line, in JSON")


def _decide(args: argparse.Namespace, _out: Output) -> int:
    from comity.release.cases import answer

    try:
        with Path(args.cases).open("rb") as cases:
            for case in cases:
                if case.strip():
                    sys.stdout.write(json.dumps(answer(case), ensure_ascii=False) + "\n")
    except FileNotFoundError:
        raise Absent(f"there is no file {args.cases}") from None
    except IsADirectoryError:
        raise Malformed(f"{args.cases} is a folder, and a file is wanted") from None
    except PermissionError:
        raise Refused(f"{args.cases} may not be read by this account") from None
    return 0
