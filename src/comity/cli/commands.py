"""The command line as a whole: global options, the groups, one place where an error becomes an exit code."""

import io
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from comity import __version__
from comity.cli import (
    agreement,
    approvals,
    backup,
    collection,
    compromise,
    consent,
    contact,
    decide,
    duties,
    exchange,
    export,
    feedback,
    find,
    fork,
    ledger,
    mandate,
    node,
    policy,
    quarantine,
    records,
    request,
    returns,
    standing,
    store,
    subscription,
    tls,
    visits,
)
from comity.cli.output import Output
from comity.cli.parser import USAGE, Commands, Handler, Parser, command, group
from comity.core.errors import Broken, ComityError, place

GROUPS = (
    node,
    tls,
    contact,
    agreement,
    standing,
    consent,
    policy,
    records,
    find,
    quarantine,
    subscription,
    mandate,
    approvals,
    request,
    feedback,
    duties,
    compromise,
    returns,
    visits,
    exchange,
    export,
    collection,
    ledger,
    backup,
    store,
    fork,
    decide,
)

STARTERS = ("serve", "demo", "sandbox")
"""The commands that start processes."""


def run(argv: Sequence[str], starters: Mapping[str, Handler]) -> int:
    """Carries out one command line. `starters` are the commands that start processes; they stand above this room."""
    parser = build(starters)
    logging.getLogger("pymisp").addHandler(logging.NullHandler())  # it would tell the terminal what stands in an event
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        args = parser.parse_args(argv)
    except SystemExit as stopped:
        return int(stopped.code or 0)
    if not hasattr(args, "run"):
        parser.print_help()
        return USAGE
    out = Output(as_json=args.json)
    try:
        code: int = args.run(args, out)
        sys.stdout.flush()
        return code
    except ComityError as error:
        return out.error(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        where = f"{type(error).__name__} at {place(error)}"
        return out.error(Broken(f"something went wrong that nobody foresaw: {where}", "please report this line"))


def build(starters: Mapping[str, Handler]) -> Parser:
    """The parser, with every command: the documentation test walks it."""
    parser = Parser(
        prog="comity",
        description="Carry out a memorandum of cooperation: every release decision names the article that allowed "
        "or barred it.",
        epilog="Start with `comity demo`, or with `comity init --help`. Exit codes: 0 done, 64 usage, 65 malformed, "
        "66 absent, 69 unreachable, 70 broken, 77 refused.",
    )
    parser.add_argument("--version", action="version", version=f"comity {__version__}")
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="answer with one JSON document, for scripts")
    common.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("COMITY_DATA", ".")),
        metavar="DIR",
        help="the node's directory (default: $COMITY_DATA, else the current directory)",
    )
    common.add_argument(
        "--by",
        metavar="WHO",
        help="in whose name, as the house ledger will say it (default: the account running this command)",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for one in GROUPS:
        one.add(commands, common)
    _starters(commands, common, starters)
    return parser


def _starters(commands: "Commands[Parser]", common: Parser, starters: Mapping[str, Handler]) -> None:
    serve = command(
        commands,
        common,
        "serve",
        starters["serve"],
        "Run this node until SIGTERM or Ctrl-C: decide, deliver, accept, and answer on two listeners.",
        "comity serve --data il",
    )
    serve.add_argument(
        "--partners-port", type=int, metavar="N", help="another port than the settings' (a second one on PostgreSQL)"
    )
    serve.add_argument("--house-port", type=int, metavar="N", help="as --partners-port, for its own people")
    demo = command(
        commands,
        common,
        "demo",
        starters["demo"],
        "The main job end to end: two fictional nodes, one memorandum, real data, both ledgers verified from files.",
        "comity demo --once",
    )
    demo.add_argument("--once", action="store_true", help="stop when done; exit 0 only if everything was verified")
    demo.add_argument("--keep", type=Path, metavar="DIR", help="keep both nodes' directories here")
    sandbox = group(commands, "sandbox", "Throw-away nodes for trying clients against.")
    taxii = command(
        sandbox,
        common,
        "taxii",
        starters["sandbox"],
        "Serve a throw-away node over TAXII 2.1, with one empty collection and one of public data, until stopped.",
        "comity sandbox taxii --port 7510 --user try --password me",
    )
    taxii.add_argument("--port", type=int, default=0, metavar="P", help="on this machine only (default: any free one)")
    taxii.add_argument("--user", required=True, metavar="U")
    taxii.add_argument("--password", required=True, metavar="W", help="a throw-away one: others see your arguments")
