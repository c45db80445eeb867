"""`comity compromise`: a loss or a disclosure, told to every originator concerned within the agreed hours."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output, one_line
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal

if TYPE_CHECKING:
    from comity.acts.compromise import Case

SHORT = 12
EVENTS = (
    "loss",
    "possible-loss",
    "disclosure",
    "suspected-disclosure",
    "reasonable-grounds",
    "presumed-breach",
    "breach-in-third-country",
)


def add(commands: "Commands[Parser]", common: Parser) -> None:
    compromise = group(commands, "compromise", "A loss or disclosure: who is told, of what, and what is owed then.")
    report = command(
        compromise,
        common,
        "report",
        _report,
        "Report a loss or disclosure: every originator concerned is told of what it gave and got.",
        "comity compromise report --data jp 3f2a81c09b7d --event loss --discovered 2027-03-02T09:00:00Z",
    )
    report.add_argument("records", nargs="+", metavar="RECORD", help="what was lost or disclosed, by id or handle")
    report.add_argument("--event", required=True, choices=EVENTS, help="what happened")
    report.add_argument("--discovered", metavar="T", help="when it was discovered, in UTC (default: now)")
    report.add_argument("--words", default="", metavar="TEXT", help="what the originators are told besides")
    command(
        compromise,
        common,
        "list",
        _list,
        "List every compromise reported by us and to us, the newest first.",
        "comity compromise list --data il",
    )
    show = command(
        compromise,
        common,
        "show",
        _show,
        "Show one compromise: what is affected, and what is owed because of it.",
        "comity compromise show --data il 3f2a81c09b7d",
    )
    show.add_argument("case", metavar="CASE", help="its id in `comity compromise list`, or its beginning")


def _report(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import compromise
    from comity.core import instants
    from comity.wiring import open_node

    with open_node(args.data) as node:
        now = node.clock().replace(microsecond=0)
        discovered = now if args.discovered is None else instants.parse(args.discovered, "--discovered")
        cases = compromise.report(node, args.records, args.event, discovered, args.words, principal(args))
    lines = [line for case in cases for line in _lines(case)]
    lines.append("The notices go with the node's next round. Next: comity duties --mine")
    out.result({"cases": [_json(case) for case in cases]}, lines)
    return 0


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import compromise
    from comity.wiring import open_node

    with open_node(args.data) as node:
        cases = compromise.cases(node)
    lines = [line for case in cases for line in _lines(case)] or ["No compromise was reported."]
    out.result({"cases": [_json(case) for case in cases]}, lines)
    return 0


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import compromise
    from comity.acts.duties import register
    from comity.cli import duties
    from comity.release.language import sentences
    from comity.wiring import open_node

    with open_node(args.data) as node:
        cases = compromise.case(node, args.case)
        about = cases[0].report.case
        owed = [one for one in register(node) if one.row.about == about]
    lines: list[str] = []
    for case in cases:
        lines += _lines(case)
        lines += [f"  given by {case.to}: {handle}" for handle in case.report.given]
        lines += [f"  got by {case.to}: {handle}" for handle in case.report.got]
    lines += [duties.line(one, sentences()) for one in owed]
    value = {"cases": [_json(case) for case in cases], "duties": [duties.as_json(one) for one in owed]}
    out.result(value, lines)
    return 0


def _lines(case: "Case") -> list[str]:
    from comity.core import instants

    report = case.report
    counted = f"{len(report.given)} given, {len(report.got)} got, {report.derived} derived"
    head = f"{report.case[:SHORT]}  {report.event}, discovered {instants.text(report.discovered)}"
    lines = [f"{head}: {case.by} told {case.to} under {case.agreement} ({counted})"]
    return [*lines, f"  {one_line(report.words)}"] if report.words else lines


def _json(case: "Case") -> dict[str, Any]:
    from comity.core import instants

    return {
        "agreement": case.agreement,
        "by": case.by,
        "to": case.to,
        "told": instants.text(case.told),
        **case.report.as_json(),
    }
