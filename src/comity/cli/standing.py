"""`comity standing`: what this party has decided beforehand to release (DECISIONS 6)."""

import argparse
from pathlib import Path

from comity.cli import files
from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal
from comity.core.errors import Absent

MAX_BYTES = 256 * 1024


def add(commands: "Commands[Parser]", common: Parser) -> None:
    standing = group(commands, "standing", "Standing releases: the originator's own decision, taken beforehand.")
    sign = command(
        standing,
        common,
        "sign",
        _sign,
        "Sign a standing release; what it covers goes from then on without a person.",
        "comity standing sign --data il examples/israel-japan/standing-il.yaml",
    )
    sign.add_argument("file", type=Path, metavar="FILE", help="the standing release, in YAML")
    listed = command(
        standing,
        common,
        "list",
        _list,
        "List the standing releases of this party that were not withdrawn.",
        "comity standing list --data il",
    )
    listed.add_argument("--agreement", metavar="ID", help="only under this agreement")
    withdraw = command(
        standing,
        common,
        "withdraw",
        _withdraw,
        "End a standing release now; what was released under it stays released.",
        "comity standing withdraw --data il standing-il",
    )
    withdraw.add_argument("id", metavar="ID", help="the standing release")
    withdraw.add_argument("--agreement", metavar="ID", help="under which agreement, if two have one of this name")


def _sign(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import standing as acts
    from comity.core import strictjson, yamltext
    from comity.release.standing import from_json
    from comity.wiring import open_node

    written = yamltext.parse(files.read(args.file, MAX_BYTES), "the standing release")
    release = from_json(strictjson.canonical(written))
    with open_node(args.data) as node:
        acts.sign(node, release, principal(args))
    value = release.as_json()
    lines = [
        f"{release.id}: {release.origin} releases {', '.join(value['kinds'])} to {', '.join(value['to'])}",
        f"  up to {release.up_to_level or 'unclassified'} and {value['up_to_tlp']}, for {', '.join(value['purposes'])}",
        f"  from {value['valid_from']} until {value['valid_until']}, under {release.agreement}",
    ]
    out.result(value, lines)
    return 0


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import standing as acts
    from comity.acts.agreements import agreement_ids
    from comity.cli.agreement import only
    from comity.wiring import open_node

    with open_node(args.data) as node:
        chosen = agreement_ids(node) if args.agreement is None else [only(node, args.agreement)]
        rows = [release.as_json() for one in chosen for release in acts.listed(node, one)]
    if out.as_json:
        out.result({"releases": rows}, "")
        return 0
    shown = [{**row, "kinds": ", ".join(row["kinds"]), "to": ", ".join(row["to"])} for row in rows]
    columns = {
        "id": "id",
        "agreement": "agreement",
        "kinds": "kinds",
        "to": "to",
        "up_to_level": "level",
        "up_to_tlp": "TLP",
        "valid_until": "until",
    }
    out.table(shown, columns, "Nothing is decided beforehand: every release waits for a decision.", "releases")
    return 0


def _withdraw(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import standing as acts
    from comity.acts.agreements import agreement_ids
    from comity.cli.agreement import only
    from comity.wiring import open_node

    with open_node(args.data) as node:
        chosen = agreement_ids(node) if args.agreement is None else [only(node, args.agreement)]
        under = [one for one in chosen if any(release.id == args.id for release in acts.listed(node, one))]
        if not under:
            raise Absent(f"there is no standing release {args.id!r}", "comity standing list")
        agreement = only(node, args.agreement) if len(under) > 1 else under[0]
        acts.withdraw(node, agreement, args.id, principal(args))
    out.result({"id": args.id, "agreement": agreement}, f"{args.id} under {agreement} is withdrawn.")
    return 0
