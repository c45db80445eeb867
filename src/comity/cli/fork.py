"""`comity fork`: two histories of one log, shown, and resolved by two different people (law 11)."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal

if TYPE_CHECKING:
    from comity.acts.forks import Named


def add(commands: "Commands[Parser]", common: Parser) -> None:
    fork = group(commands, "fork", "Two histories of one log, and the way out.")
    command(
        fork,
        common,
        "show",
        _show,
        "Show every fork that was ever named here: both sizes and roots, and who has resolved it.",
        "comity fork show --data il",
    )
    resolve = command(
        fork,
        common,
        "resolve",
        _resolve,
        "Decide, as one of two people, that traffic resumes under a new epoch on the partner's history.",
        'comity fork resolve --data il IL-JP-FICTION --why "restored by hand; compared by telephone" --by dana',
    )
    resolve.add_argument("agreement", metavar="AGREEMENT", help="the id of the agreement that is stopped")
    resolve.add_argument("--why", required=True, metavar="TEXT", help="what was found, as the house ledger will say it")


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import forks
    from comity.acts.agreements import agreement_ids
    from comity.wiring import open_node

    with open_node(args.data) as node:
        agreements = agreement_ids(node)
        with node.house.reader() as house:
            found = [one for agreement in agreements for one in forks.listed(house, agreement)]
    lines = [line for one in found for line in _words(one)]
    out.result({"forks": [_json(one) for one in found]}, lines or "No fork was ever named here.")
    return 0


def _resolve(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import forks
    from comity.wiring import open_node

    with open_node(args.data) as node:
        one = forks.resolve(node, args.agreement, args.why, principal(args))
    told = (
        f"Two people have resolved it. {one.agreement} resumes under a new epoch once the partner has answered."
        if one.resolved
        else f"{one.resolutions[0].by} has decided. A second person must decide the same before anything moves."
    )
    out.result(_json(one), told)
    return 0


def _json(one: "Named") -> dict[str, Any]:
    from comity.core import instants

    sides = {"ours": one.fork.ours, "theirs": one.fork.theirs}
    return {
        "id": one.id,
        "agreement": one.agreement,
        "log": one.fork.log,
        "what": one.fork.what,
        **{name: {"size": side.size, "root": side.root or None} for name, side in sides.items()},
        "at": instants.text(one.at),
        "resolved": one.resolved,
        "resolutions": [{"by": each.by, "why": each.why, "at": instants.text(each.at)} for each in one.resolutions],
    }


def _words(one: "Named") -> list[str]:
    from comity.core import instants

    state = "resolved" if one.resolved else "OPEN, nothing moves"
    lines = [f"{one.agreement}: {state}, since {instants.text(one.at)}", f"  {one.sentence}"]
    return [*lines, *(f"  {each.by}: {each.why}" for each in one.resolutions)]
