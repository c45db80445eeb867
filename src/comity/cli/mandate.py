"""`comity mandate`: who may decide as which role: granted, delegated, revoked, listed."""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import person, principal
from comity.core.errors import Malformed

if TYPE_CHECKING:
    from comity.release.mandate import Mandate

SHORT = 12


def add(commands: "Commands[Parser]", common: Parser) -> None:
    mandate = group(commands, "mandate", "Mandates: which person may decide as which role, how far and how long.")
    grant = command(
        mandate,
        common,
        "grant",
        _grant,
        "Give a person a role, up to a level, for named annexes, until a day.",
        "comity mandate grant --data il dana --role data-officer --annex cyber --until 2030-01-01T00:00:00Z --by noa",
    )
    grant.add_argument("person", metavar="WHO")
    grant.add_argument(
        "--role", required=True, metavar="ROLE", help="as a policy's @refer names it, or release-officer"
    )
    delegate = command(
        mandate,
        common,
        "delegate",
        _delegate,
        "Pass on a mandate of your own, or less of it, until no later than yours ends.",
        "comity mandate delegate --data il 3f2a81c09d5e --to ken --annex cyber --until 2027-06-01T00:00:00Z --by dana",
    )
    delegate.add_argument("id", metavar="ID", help="the mandate, or the beginning of its id")
    delegate.add_argument("--to", required=True, metavar="WHO")
    for one in (grant, delegate):
        one.add_argument("--annex", action="append", required=True, metavar="A", help="an annex it is for; repeat it")
        one.add_argument("--level", metavar="EN", help="the highest level, in neutral words (default: unclassified)")
        one.add_argument("--from", dest="start", metavar="TIME", help="when it begins (default: now)")
        one.add_argument("--until", required=True, metavar="TIME", help="when it ends, as 2030-01-01T00:00:00Z")
        one.add_argument("--emergency", action="store_true", help="may release at once, and is reviewed afterwards")
    revoke = command(
        mandate,
        common,
        "revoke",
        _revoke,
        "End a mandate now, or every one of a person whose clearance is revoked; what is queued by it is withdrawn.",
        "comity mandate revoke --data il --person ken --reason 'clearance withdrawn' --by dana",
    )
    named = revoke.add_mutually_exclusive_group(required=True)
    named.add_argument("id", nargs="?", metavar="ID")
    named.add_argument("--person", metavar="WHO")
    revoke.add_argument("--reason", required=True, metavar="TEXT", help="kept in the house ledger")
    command(
        mandate,
        common,
        "list",
        _list,
        "List every mandate ever given, and why one does not hold now.",
        "comity mandate list --data il",
    )


def _grant(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import mandates
    from comity.wiring import open_node

    by = principal(args)
    with open_node(args.data) as node:
        given = _mandate(args, person(args.person), args.role, by.id, node.clock())
        name = mandates.grant(node, given, by)
    _tell(out, name, given)
    return 0


def _delegate(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import mandates
    from comity.wiring import open_node

    by = principal(args)
    with open_node(args.data) as node:
        role = mandates.named(node, args.id).role
        given = _mandate(args, person(args.to), role, by.id, node.clock())
        name = mandates.delegate(node, args.id, given, by)
    _tell(out, name, given)
    return 0


def _revoke(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import mandates
    from comity.wiring import open_node

    with open_node(args.data) as node:
        if args.person is None:
            ended = mandates.revoke(node, args.id, args.reason, principal(args))
        else:
            ended = mandates.revoke_person(node, person(args.person), args.reason, principal(args))
    lines = [f"{name[:SHORT]} is ended, and what was delegated from it." for name in ended]
    out.result({"ended": ended}, lines)
    return 0


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import mandates
    from comity.wiring import open_node

    with open_node(args.data) as node:
        now = node.clock()
        with node.house.reader() as house:
            every = mandates.known(node, house)
    rows: list[dict[str, Any]] = [
        {**_value(name, one), "holds": (why := every.why_not(name, now)) is None, "why_not": why}
        for name, one in every.given.items()
    ]
    if out.as_json:
        out.result({"mandates": rows}, "")
        return 0
    shown = [
        {**row, "id": row["id"][:SHORT], "annexes": ", ".join(row["annexes"]), "holds": row["why_not"] or "yes"}
        for row in rows
    ]
    columns = {"id": "id", "person": "person", "role": "role", "up_to_level": "level", "annexes": "annexes"}
    out.table(shown, {**columns, "valid_until": "until", "holds": "holds"}, "Nobody has a mandate.", "mandates")
    return 0


def _mandate(args: argparse.Namespace, who: str, role: str, by: str, now: datetime) -> "Mandate":
    from comity.core import instants
    from comity.labels.equivalence import NEUTRAL
    from comity.release.mandate import Mandate

    if args.level is not None and args.level not in NEUTRAL:
        raise Malformed(f"there is no neutral level {args.level[:40]!r}", f"one of {', '.join(NEUTRAL)}")
    return Mandate(
        person=who,
        role=role,
        valid_from=now if args.start is None else instants.parse(args.start, "--from"),
        valid_until=instants.parse(args.until, "--until"),
        annexes=frozenset(args.annex),
        by=by,
        up_to_level=args.level,
        emergency=args.emergency,
    )


def _tell(out: Output, name: str, given: "Mandate") -> None:
    value = _value(name, given)
    reach = f"up to {given.up_to_level or 'unclassified'}, for {', '.join(value['annexes'])}"
    more = ", emergencies too" if given.emergency else ""
    out.result(value, f"{name[:SHORT]}: {given.person} as {given.role}, {reach}, until {value['valid_until']}{more}")


def _value(name: str, given: "Mandate") -> dict[str, Any]:
    members = {member: value for member, value in given.as_json().items() if member != "format"}
    return {"id": name, **members}
