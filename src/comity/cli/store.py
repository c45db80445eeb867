"""`comity store`: where the databases of this node stand."""

import argparse
from typing import TYPE_CHECKING

from comity.cli.output import Output, counted, progress
from comity.cli.parser import Commands, Parser, command, group
from comity.core.errors import Refused

if TYPE_CHECKING:
    from comity.store.moving import Copied

EMBEDDED = "embedded"


def add(commands: "Commands[Parser]", common: Parser) -> None:
    store = group(commands, "store", "Where the databases of this node stand.")
    copy = command(
        store,
        common,
        "copy",
        _copy,
        "Copy house and agreements into PostgreSQL or back into files; every row and ledger root is compared.",
        "comity store copy --data il --to postgresql:///comity",
    )
    copy.add_argument(
        "--to",
        required=True,
        metavar="ADDRESS",
        help="postgresql://[user@][host[:port]]/database, or `embedded` for files; nothing of this node may be there",
    )


def _copy(args: argparse.Namespace, out: Output) -> int:
    from comity import settings
    from comity.store import lock, moving

    to = None if args.to == EMBEDDED else args.to
    if to is not None:
        settings.check_address(to, "--to")
        if settings.has_password(to):
            raise Refused("a password on the command line is seen by everybody", "use PGPASSWORD or a pgpass file")
    chosen = settings.read(args.data).store
    with lock.held(args.data):
        places = moving.places(args.data, chosen.house, chosen.agreements, to)
        moving.refuse_old(places)
        copied: list[Copied] = []
        done = 0
        with progress("rows", sum(map(moving.count, places))) as watch:
            for place in places:
                copied.append(moving.copy(place, lambda more, before=done: watch(before + more)))  # type: ignore[misc]  # bound now
                done += copied[-1].rows
    stores = [{"store": one.store, "rows": one.rows, "logs": [root._asdict() for root in one.logs]} for one in copied]
    out.result({"to": args.to, "stores": stores}, list(_told(copied, args.to)))
    return 0


def _told(copied: "list[Copied]", to: str) -> list[str]:
    lines = []
    for one in copied:
        lines.append(f"{one.store}: {counted(one.rows, 'row')} copied, each compared")
        lines += [f"  log {root.log}: {counted(root.size, 'leaf')}, root {root.root}" for root in one.logs]
    lines.append(
        "Every row and every root is the same. What was copied is still where it was: nothing uses the copy yet."
    )
    if to == EMBEDDED:
        return [*lines, "Now take the addresses under [store] out of comity.toml, then: comity ledger fsck"]
    lines += ["Now write this into comity.toml, and keep the old files away from this directory:", "", "[store]"]
    lines += [f'house = "{to}"', "", "[store.agreements]"]
    lines += [f'"{one.store}" = "{to}"' for one in copied[1:]]
    return [*lines, "", "Then: comity ledger fsck"]
