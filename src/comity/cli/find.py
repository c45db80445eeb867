"""`comity find`: whether we or our partners have seen something."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command
from comity.cli.principal import principal
from comity.cli.records import SHORT

if TYPE_CHECKING:
    from comity.acts.searching import Found

SHOWN = 50
"""Lines on a screen; `--json` has all of them."""


def add(commands: "Commands[Parser]", common: Parser) -> None:
    find = command(
        commands,
        common,
        "find",
        _find,
        "Say whether we or our partners have seen a value, in the collections that are open to whoever asks.",
        "comity find --data il 'hxxps://login.example[.]net/' --by dana",
    )
    find.add_argument(
        "value",
        metavar="VALUE",
        help="an address, network, domain (and all below it), URL, mail address, digest or name; defanged or not",
    )
    find.add_argument("--collection", metavar="NAME", help="only in this one: its alias, id or title")


def _find(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import searching
    from comity.wiring import open_node

    with open_node(args.data) as node:
        found = searching.find(node, args.value, principal(args), args.collection)
    if out.as_json:
        out.result({"value": args.value, "found": [_row(one) for one in found]}, "")
        return 0
    rows = [{**_row(one), "in": ", ".join(one.collections), "record": one.record[:SHORT]} for one in found[:SHOWN]]
    columns = {"record": "record", "type": "type", "title": "title", "source": "from", "added": "added", "in": "in"}
    out.table(rows, columns, "Nothing that is open to you shows it.", "found")
    return 0


def _row(one: "Found") -> dict[str, Any]:
    from comity.core import instants

    return {
        "record": one.record,
        "id": one.ext_id,
        "version": one.version,
        "type": one.type,
        "title": one.title,
        "source": one.source,
        "added": instants.text(one.added),
        "collections": list(one.collections),
    }
