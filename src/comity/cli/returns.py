"""`comity return`: what we gave is asked back; what we hold is destroyed or returned, and shown to be."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output, counted
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal

if TYPE_CHECKING:
    from comity.acts.returning import Item

SHORT = 12
MAX_BYTES = 16 * 1024 * 1024


def add(commands: "Commands[Parser]", common: Parser) -> None:
    returns = group(commands, "return", "What originators ask back: held, destroyed with a certificate, or returned.")
    ask = command(
        returns,
        common,
        "request",
        _request,
        "Ask the other party to return or destroy what we gave it: these things, or all of it.",
        "comity return request IL-JP-FICTION --data il --words 'The exercise is over.'",
    )
    ask.add_argument("agreement", metavar="AGREEMENT", help="under which it was given")
    ask.add_argument("handles", nargs="*", metavar="HANDLE", help="which things (default: all not asked for before)")
    ask.add_argument("--words", default="", metavar="TEXT", help="what the other party is told besides")
    ask.add_argument("--purpose-ended", dest="ended", metavar="PURPOSE", help="because this purpose is fulfilled")
    listed = command(
        returns,
        common,
        "list",
        _list,
        "List what is held here of the other parties': received, by the ledger, and made from it.",
        "comity return list --data jp --agreement IL-JP-FICTION",
    )
    listed.add_argument("--agreement", metavar="ID", help="only under this agreement")
    destroy = command(
        returns,
        common,
        "destroy",
        _destroy,
        "Destroy what a duty speaks of, for ever and in backups too, and certify it to its originator.",
        "comity return destroy --data jp 3f2a81c09b7d -o destroyed.json",
    )
    destroy.add_argument("duty", metavar="DUTY", help="the duty's id in `comity duties --mine`, or its beginning")
    destroy.add_argument(
        "--keep", nargs=2, action="append", default=[], metavar=("HANDLE", "ARTICLE"), help="stays, by this article"
    )
    destroy.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the list that was certified here")
    receipt = command(
        returns,
        common,
        "receipt",
        _receipt,
        "Sign for what came back to us: our receipt settles the other party's duty on both sides.",
        "comity return receipt --data il 3f2a81c09b7d --evidence delivery-note.pdf",
    )
    receipt.add_argument("duty", metavar="DUTY", help="the duty's id in `comity duties --theirs`, or its beginning")
    receipt.add_argument("--evidence", type=Path, required=True, metavar="FILE", help="what shows that it came back")


def _request(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import returning
    from comity.wiring import open_node

    with open_node(args.data) as node:
        notices = returning.request(node, args.agreement, args.handles, args.words, principal(args), args.ended)
    lines = [f"Asked back under {args.agreement}, in {counted(len(notices), 'notice')}: {', '.join(notices)}"]
    lines.append("They go with the node's next round. Next: comity duties --theirs")
    out.result({"agreement": args.agreement, "notices": notices}, lines)
    return 0


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import returning
    from comity.acts.agreements import agreement_ids
    from comity.wiring import open_node

    with open_node(args.data) as node:
        chosen = agreement_ids(node) if args.agreement is None else [args.agreement]
        rows = [_row(one) for agreement in chosen for one in returning.items(node, agreement)]
    columns = {"agreement": "agreement", "originator": "of", "handle": "handle", "kind": "kind", "state": "state"}
    out.table(rows, columns, "Nothing of anybody else's is held here.", "items")
    return 0


def _row(one: "Item") -> dict[str, Any]:
    return {
        "agreement": one.agreement,
        "originator": one.originator,
        "handle": one.handle,
        "record": one.record.rid,
        "kind": one.record.kind,
        "state": one.record.state.value,
    }


def _destroy(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import returning
    from comity.wiring import open_node

    if args.output is not None:
        files.check_free(args.output)
    with open_node(args.data) as node:
        done = returning.destroy(node, args.duty, principal(args), dict(args.keep))
    if args.output is not None:
        files.write_new(args.output, returning.document(done))
    lines = [
        f"Destroyed for duty {done.duty[:SHORT]}: {counted(len(done.handles), 'thing')}, {done.derived} made of them.",
        *(f"  kept: {one.handle} ({one.article})" for one in done.kept),
    ]
    if done.certificate is not None:
        lines.append("The signed certificate goes to the originator with the node's next round.")
    value = {
        "agreement": done.agreement,
        "duty": done.duty,
        "destroyed": list(done.handles),
        "derived": done.derived,
        "kept": [{"handle": one.handle, "article": one.article} for one in done.kept],
        "certified": done.certificate is not None,
        "output": None if args.output is None else str(args.output),
    }
    out.result(value, lines)
    return 0


def _receipt(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import returning
    from comity.wiring import open_node

    raw = files.read(args.evidence, MAX_BYTES)
    with open_node(args.data) as node:
        row = returning.receive(node, args.duty, raw, principal(args)).row
    lines = [f"{row.duty} ({row.article}) is {row.state} by our receipt, duty {row.id[:SHORT]}"]
    out.result({"duty": row.id, "state": row.state, "evidence": row.evidence}, lines)
    return 0
