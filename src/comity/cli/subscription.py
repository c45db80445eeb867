"""`comity subscription`: collections that others serve and this node reads."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output, progress
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal

if TYPE_CHECKING:
    from comity.acts.subscribing import Polled


def add(commands: "Commands[Parser]", common: Parser) -> None:
    chosen = group(commands, "subscription", "Collections that others serve and this node reads.")
    command(
        chosen,
        common,
        "list",
        _list,
        "List the collections that are read, and until when everything in each is here.",
        "comity subscription list --data il",
    )
    poll = command(
        chosen,
        common,
        "poll",
        _poll,
        "Read one now: what was added since the last reading is taken in. A serving node does so by itself.",
        "comity subscription poll --data il open-feed",
    )
    compare = command(
        chosen,
        common,
        "compare",
        _compare,
        "Compare with what the server lists, and fetch by name what never came: some servers let things through late.",
        "comity subscription compare --data il open-feed",
    )
    for one in (poll, compare):
        one.add_argument("name", metavar="NAME", help="as the settings name it: [subscriptions.NAME]")


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import subscribing
    from comity.wiring import open_node

    with open_node(args.data) as node:
        rows = [
            {
                "name": name,
                "url": one.url,
                "source": one.source,
                "every_seconds": int(one.every.total_seconds()),
                "since": subscribing.since(node, name),
            }
            for name, one in sorted(node.subscriptions.items())
        ]
    if out.as_json:
        out.result({"subscriptions": rows}, "")
        return 0
    shown = [{**row, "since": row["since"] or "never read whole"} for row in rows]
    columns = {"name": "name", "url": "collection", "source": "source", "since": "all until"}
    out.table(shown, columns, "Nothing is read: see [subscriptions] in the operator's guide.", "subscriptions")
    return 0


def _poll(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import subscribing
    from comity.wiring import open_node

    with open_node(args.data) as node, progress(f"reading {args.name}", None) as told:
        polled = subscribing.poll(node, args.name, principal(args), told)
    value = {"subscription": args.name, **_figures(polled), "since": polled.since}
    out.result(value, [*_words(polled), f"all until {polled.since or 'now: nothing was ever added'}"])
    return 0


def _compare(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import subscribing
    from comity.wiring import open_node

    with open_node(args.data) as node, progress(f"comparing {args.name}", None) as told:
        found = subscribing.compare(node, args.name, principal(args), told)
    withheld = [{"id": ext_id, "version": version} for ext_id, version in found.withheld]
    value = {
        "subscription": args.name,
        "listed": found.listed,
        "missing": found.missing,
        **_figures(found.polled),
        "not_given": withheld,
    }
    lines = [f"listed {found.listed}, of them not here {found.missing}"]
    lines += _words(found.polled) if found.missing else []
    lines += [f"  listed, and not given: {one['id']} {one['version']}" for one in withheld[:20]]
    out.result(value, lines)
    return 0


def _figures(polled: "Polled") -> dict[str, Any]:
    return {"taken": polled.taken, "already": polled.already, "quarantined": polled.quarantined, "pages": polled.pages}


def _words(polled: "Polled") -> list[str]:
    found = f"taken {polled.taken}, here already {polled.already}, quarantined {polled.quarantined}"
    return [f"{found}, in {polled.pages} page{'' if polled.pages == 1 else 's'}"]
