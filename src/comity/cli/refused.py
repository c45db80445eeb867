"""`comity outbox refused`, `retry`, `leave`: what a partner's receipts refused, and what an officer says of it."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output, counted
from comity.cli.parser import Commands, Parser, command
from comity.cli.principal import principal

if TYPE_CHECKING:
    from comity.acts.refusals import Word


def add(outbox: "Commands[Parser]", common: Parser) -> None:
    listed = command(
        outbox,
        common,
        "refused",
        _list,
        "List the records and notices that a partner refused and has not taken since, with its reason.",
        "comity outbox refused --data il",
    )
    retry = command(
        outbox,
        common,
        "retry",
        _retry,
        "Decide again what the partner refused, and send what may go under new numbers.",
        "comity outbox retry --data il --agreement IL-JP-FICTION",
    )
    leave = command(
        outbox,
        common,
        "leave",
        _leave,
        "Let lie what the partner refused: the alarm ends, and only a retry sends it again.",
        "comity outbox leave --data il --agreement IL-JP-FICTION",
    )
    for one in (listed, retry, leave):
        one.add_argument("--agreement", metavar="ID", help="only under this agreement")


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.agreements import agreement_ids
    from comity.acts.reasons import reason
    from comity.cli.agreement import only
    from comity.core import instants
    from comity.wiring import open_node

    rows: list[dict[str, Any]] = []
    with open_node(args.data) as node:
        for agreement in agreement_ids(node) if args.agreement is None else [only(node, args.agreement)]:
            with node.agreements(agreement).reader() as reader:
                rows += [
                    {
                        "agreement": agreement,
                        "id": row.id,
                        "kind": row.kind,
                        "handle": row.handle,
                        "code": row.code,
                        "reason": reason(row.code),
                        "lane": row.lane.value,
                        "epoch": row.epoch,
                        "sequence": row.seq,
                        "at": instants.text(row.at),
                        "state": row.state.value,
                    }
                    for row in reader.refused()
                ]
    if out.as_json:
        out.result({"refused": rows}, "")
        return 0
    shown = [{**row, "id": row["id"][:16]} for row in rows]
    columns = {"agreement": "agreement", "id": "id", "kind": "kind", "state": "state", "reason": "reason"}
    out.table(shown, columns, "Partners refused nothing.", "refused")
    return 0


def _retry(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.refusals import Word

    return _say(args, out, Word.RETRY, "are asked again: comity serve decides them, or comity outbox export")


def _leave(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.refusals import Word

    return _say(
        args, out, Word.LEAVE, "lie from the next time that the node decides; comity outbox retry takes them up"
    )


def _say(args: argparse.Namespace, out: Output, word: "Word", told: str) -> int:
    from comity.acts import refusals
    from comity.cli.agreement import only
    from comity.wiring import open_node

    with open_node(args.data) as node:
        said = refusals.say(node, only(node, args.agreement), word, principal(args))
    value = {"agreement": said.agreement, "records": said.records, "notices": said.notices}
    counts = f"{counted(said.records, 'record')} and {counted(said.notices, 'notice')}"
    out.result(value, f"{said.agreement}: {counts} {told}.")
    return 0
