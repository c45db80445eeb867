"""`comity outbox`, `inbox`, `fetch`: envelopes and receipts as files, or pulled from the partner (DECISIONS 19)."""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files, refused
from comity.cli.output import Output, counted
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal
from comity.core.errors import Absent, Broken, ComityError, Malformed, Refused, Unreachable

if TYPE_CHECKING:
    from comity.acts.node import Node
    from comity.records import InboxRow, OutboxRow

MAX_BYTES = 96 * 1024 * 1024
WORST_FIRST = (Broken, Refused, Malformed, Absent, Unreachable)
_NUMBERED = re.compile(r"([A-Z]+)-(\d{1,18})-(\d{1,18})\.dsse\.json")


def add(commands: "Commands[Parser]", common: Parser) -> None:
    outbox = group(commands, "outbox", "Envelopes to partners.")
    command(
        outbox,
        common,
        "list",
        _outbox,
        "List the envelopes that have no receipt yet, and those that were refused.",
        "comity outbox list --data il",
    )
    refused.add(outbox, common)
    export = command(
        outbox,
        common,
        "export",
        _export,
        "Decide what is new, then write every envelope without a receipt as a file to be carried.",
        "comity outbox export --data il to-jp",
    )
    export.add_argument("directory", type=Path, metavar="DIR")
    export.add_argument("--agreement", metavar="ID", help="only under this agreement")
    inbox = group(commands, "inbox", "Envelopes and receipts from partners.")
    command(inbox, common, "list", _inbox, "List the envelopes that came in.", "comity inbox list --data jp")
    bring = command(
        inbox,
        common,
        "import",
        _import,
        "Take in carried envelopes and receipts; the receipts to carry back are written beside.",
        "comity inbox import --data jp to-jp --receipts to-il",
    )
    bring.add_argument("directory", type=Path, metavar="DIR")
    bring.add_argument("--receipts", type=Path, metavar="DIR", help="where receipts go (default: DIR-receipts)")
    command(
        commands,
        common,
        "fetch",
        _fetch,
        "Pull what each partner has for us, and bring its receipts back.",
        "comity fetch --data jp",
    )


def _outbox(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.agreements import agreement_ids
    from comity.core import instants
    from comity.wiring import open_node

    rows: list[dict[str, Any]] = []
    with open_node(args.data) as node:
        for agreement in agreement_ids(node):
            with node.agreements(agreement).reader() as reader:
                rows += [
                    {
                        **_number(agreement, row),
                        "attempts": row.attempts,
                        "next_at": None if row.receipt is not None else instants.text(row.next_at),
                    }
                    for row in reader.all_outgoing()
                    if row.receipt is None or row.state.value == "refused"
                ]
    columns = {"agreement": "agreement", "lane": "lane", "epoch": "epoch", "sequence": "number", "state": "state"}
    out.table(rows, columns | {"next_at": "next try"}, "Every envelope has its receipt.", "envelopes")
    return 0


def _inbox(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.agreements import agreement_ids
    from comity.core import instants
    from comity.wiring import open_node

    rows: list[dict[str, Any]] = []
    with open_node(args.data) as node:
        for agreement in agreement_ids(node):
            with node.agreements(agreement).reader() as reader:
                rows += [{**_number(agreement, row), "at": instants.text(row.at)} for row in reader.all_incoming()]
    columns = {"agreement": "agreement", "lane": "lane", "epoch": "epoch", "sequence": "number", "state": "state"}
    out.table(rows, columns | {"at": "came in"}, "Nothing came in yet.", "envelopes")
    return 0


def _number(agreement: str, row: "OutboxRow | InboxRow") -> dict[str, Any]:
    return {
        "agreement": agreement,
        "lane": row.lane.value,
        "epoch": row.epoch,
        "sequence": row.seq,
        "state": row.state.value,
        "digest": row.digest,
    }


def _export(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import carrying
    from comity.acts.agreements import agreement_ids
    from comity.cli.agreement import only
    from comity.wiring import open_node

    written: list[str] = []
    with open_node(args.data) as node:
        chosen = agreement_ids(node) if args.agreement is None else [only(node, args.agreement)]
        for agreement in chosen:
            _decide(node, agreement, args)
            for name, raw in carrying.to_carry(node, agreement):
                files.write_over(args.directory / agreement / name, raw)
                written.append(f"{agreement}/{name}")
    told = (
        f"In {args.directory}: {counted(len(written), 'envelope')}." if written else "Every envelope has its receipt."
    )
    out.result({"directory": str(args.directory), "files": written}, [told, *(f"  {name}" for name in written)])
    return 0


def _decide(node: "Node", agreement: str, args: argparse.Namespace) -> None:
    """What `serve` does between calls: where everything goes by file, nobody serves."""
    from comity.acts import follow, standing

    standing.lapse(node, agreement, principal(args))
    follow.follow(node, agreement)


def _import(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import carrying
    from comity.wiring import open_node

    directory: Path = args.directory
    receipts: Path = args.receipts or directory.with_name(directory.name + "-receipts")
    rows: list[dict[str, Any]] = []
    faults: list[ComityError] = []
    with open_node(args.data) as node:
        for path in sorted(files.below(directory, ".json"), key=_order):
            row: dict[str, Any] = {"file": str(path.relative_to(directory)), "receipt": None}
            try:
                carried = carrying.bring(node, files.read(path, MAX_BYTES))
                if carried.receipt is not None:
                    files.write_over(receipts / row["file"], carried.receipt)
                    row["receipt"] = str(receipts / row["file"])
                rows.append({**row, "kind": carried.kind, "told": carried.text})
            except ComityError as error:
                faults.append(error)
                rows.append({**row, "kind": "error", "told": error.message})
    lines = [f"{row['file']}: {row['told']}" for row in rows] or [f"There is nothing to take in below {directory}."]
    if any(row["receipt"] for row in rows):
        lines.append(f"The receipts to carry back are in {receipts}.")
    out.result({"files": rows}, lines)
    return worst(faults)


def _order(path: Path) -> tuple[str, int, str, int, int]:
    """Each chain in its own order; what has no number comes last."""
    match = _NUMBERED.fullmatch(path.name)
    if match is None:
        return str(path.parent), 1, path.name, 0, 0
    return str(path.parent), 0, match[1], int(match[2]), int(match[3])


def worst(faults: Iterable[ComityError]) -> int:
    """The exit code of the gravest, 0 for none."""
    kinds = {type(fault) for fault in faults}
    return next((kind.exit_code for kind in WORST_FIRST if kind in kinds), 0)


def _fetch(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.agreements import agreement_ids
    from comity.exchange.lane import Lane
    from comity.wiring import open_node

    rows: list[dict[str, Any]] = []
    faults: list[ComityError] = []
    with open_node(args.data) as node:
        for agreement in agreement_ids(node):
            row: dict[str, Any] = {"agreement": agreement, "fetched": 0, "error": None}
            try:
                row["fetched"] = sum(_pull(node, agreement, lane) for lane in Lane)
            except ComityError as error:
                faults.append(error)
                row["error"] = error.message
            rows.append(row)
    lines = [f"{row['agreement']}: {row['error'] or counted(row['fetched'], 'envelope') + ' fetched'}" for row in rows]
    out.result({"agreements": rows}, lines or "This node holds no signed agreement.")
    return worst(faults)


def _pull(node: "Node", agreement: str, lane: Any) -> int:
    """Page after page, each envelope accepted and its receipt brought back, until nothing new comes."""
    from comity.acts import pull
    from comity.acts.accept import accept

    count = 0
    before: tuple[bytes, ...] = ()
    while (page := pull.ask_for_page(node, agreement, lane)) and page != before:
        for raw in page:
            pull.send_receipt(node, agreement, accept(node, raw))
            count += 1
        before = page
    return count
