"""How a command is declared: one sentence of help, one example that works, one handler."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from comity.cli.output import Output

Handler = Callable[[argparse.Namespace, Output], int]
USAGE = 64


class Parser(argparse.ArgumentParser):
    """argparse with the exit code for wrong usage that every door of ours documents."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"comity: error: {message}\ncomity: hint: {self.prog} --help\n")


Commands = argparse._SubParsersAction  # argparse gives this type no public name


def command(
    commands: "Commands[Parser]",
    common: Parser,
    name: str,
    run: Handler,
    sentence: str,
    example: str,
) -> Parser:
    """A command that `run` carries out; the documentation test finds `sentence` and `example` in docs/cli.md."""
    parser = commands.add_parser(
        name,
        parents=[common],
        help=sentence,
        description=sentence,
        epilog=f"Example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def group(commands: "Commands[Parser]", name: str, sentence: str) -> "Commands[Parser]":
    """A word that stands before several commands."""
    parser = commands.add_parser(name, help=sentence, description=sentence)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
