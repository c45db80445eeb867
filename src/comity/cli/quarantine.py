"""`comity quarantine`: what could not be labelled, and the way out that a named person answers for (DECISIONS 10)."""

import argparse
from typing import TYPE_CHECKING

from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal
from comity.cli.records import SHORT, content, described, quoted, row, title
from comity.core.errors import Refused

if TYPE_CHECKING:
    from comity.labels.label import Label


def add(commands: "Commands[Parser]", common: Parser) -> None:
    quarantine = group(commands, "quarantine", "What could not be labelled or read, and the way out.")
    command(
        quarantine,
        common,
        "list",
        _list,
        "List what is held back, oldest first, and why.",
        "comity quarantine list --data il",
    )
    show = command(
        quarantine,
        common,
        "show",
        _show,
        "Show one thing that is held back, as far as it can be read.",
        "comity quarantine show --data il 3f2a81c09d5e",
    )
    show.add_argument("id", metavar="ID")
    release = command(
        quarantine,
        common,
        "release",
        _release,
        "Let a record out of quarantine under a label you answer for; followers then decide on it.",
        'comity quarantine release --data il 3f2a81c09d5e --profile misp-galaxy --why "published by the project"',
    )
    release.add_argument("id", metavar="ID")
    release.add_argument("--why", required=True, metavar="TEXT", help="the reason, kept in the house ledger")
    release.add_argument("--purpose", metavar="P", help="what it may be used for")
    given = release.add_mutually_exclusive_group(required=True)
    given.add_argument("--profile", metavar="NAME", help="the label this source profile gives it")
    given.add_argument("--label", metavar="JSON", help='for example [{"origin": "IL", "tlp": "TLP:GREEN"}]')


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import quarantine
    from comity.wiring import open_node

    with open_node(args.data) as node:
        rows = [row(record) for record in quarantine.waiting(node)]
    if not out.as_json:
        rows = [{**one, "record": one["record"][:SHORT]} for one in rows]
    columns = {"record": "record", "source": "source", "kind": "kind", "why": "why"}
    out.table(rows, columns, "Nothing is in quarantine.", "records")
    return 0


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.finding import found
    from comity.records import RecordState
    from comity.wiring import open_node

    with open_node(args.data) as node:
        record = found(node, args.id)
        if record.state is not RecordState.QUARANTINED:
            raise Refused(f"record {record.rid[:SHORT]} is not in quarantine", f"comity show {record.rid[:SHORT]}")
        summary = described(node, record)
    lines = [title(record, summary), f"  from {record.source}", f"  held because: {record.why}"]
    out.result({**row(record), **content(summary)}, [*lines, *quoted(summary)])
    return 0


def _release(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import quarantine
    from comity.cli import marking
    from comity.wiring import open_node

    given = None if args.label is None else _label(args.label)
    with open_node(args.data) as node:
        label = given or quarantine.label_by_profile(node, args.id, args.profile)
        record = quarantine.relabel(node, args.id, label, principal(args), args.why, args.purpose)
    line = f"{record.rid[:SHORT]} is out of quarantine, labelled {marking.words(label)}"
    out.result({**row(record), "label": label.as_json()}, line)
    return 0


def _label(text: str) -> "Label":
    from comity.core import strictjson
    from comity.labels.label import Label

    value = strictjson.parse(text.encode(errors="surrogatepass"), "the label", max_bytes=64 * 1024, max_depth=4)
    return Label.from_json(value if isinstance(value, list) else [value])
