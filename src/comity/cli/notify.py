"""`comity agreement notify` and `object`: events of the agreement's life, told to the other side and contested."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command
from comity.cli.principal import principal

if TYPE_CHECKING:
    from comity.acts.announcing import Foreseen, Listed
    from comity.acts.node import Node


def add(agreement: "Commands[Parser]", common: Parser) -> None:
    notify = command(
        agreement,
        common,
        "notify",
        _notify,
        "Tell the other side an event of the agreement's life: show what it changes, sign it, send it.",
        "comity agreement notify --data il suspension --article 'Annex 2' --effective 2099-03-04 --why \"FICTIONAL\"",
    )
    notify.add_argument("event", metavar="EVENT", help="its kind, for instance suspension or termination-notice")
    notify.add_argument("--agreement", metavar="ID", help="under which agreement (default: the only one)")
    notify.add_argument("--dated", metavar="WHEN", help="a date or an instant in UTC (default: now)")
    notify.add_argument("--effective", metavar="WHEN", help="from when it has effect, if not from then")
    notify.add_argument("--article", action="append", default=[], metavar="ARTICLE", help="a suspension's; may repeat")
    notify.add_argument("--effect", metavar="TEXT", help="what a changed law does")
    notify.add_argument("--new", metavar="NAME", help="the authority from now on")
    notify.add_argument("--scope", metavar="TEXT", help="what a party is released from")
    notify.add_argument("--why", metavar="TEXT", dest="reason", help="the reason, which the other side reads")
    notify.add_argument("--preview", action="store_true", help="only show what it would change")
    contest = command(
        agreement,
        common,
        "object",
        _object,
        "Contest an event that the other side told: both readings are shown, the safer is applied, both consult.",
        'comity agreement object --data jp 4f1c --why "FICTIONAL. Not in the form of Article 15"',
    )
    contest.add_argument("event", metavar="EVENT", help="the id of the event, or how it begins")
    contest.add_argument("--why", required=True, metavar="TEXT", help="the reason, which the other side reads")
    contest.add_argument("--withdraw", action="store_true", help="take an objection back")


def row(one: "Listed") -> dict[str, Any]:
    """An event as `agreement status` lists it."""
    from comity.agreement.events import event_json
    from comity.core import instants

    return {
        "id": one.id,
        "by": one.by,
        "event": event_json(one.event),
        "signed": instants.text(one.made),
        "learnt": instants.text(one.learnt),
        "state": one.state,
        "acknowledged": None if one.acknowledged is None else instants.text(one.acknowledged),
        "code": one.code,
        "contested": one.contested,
    }


def words(one: "Listed") -> str:
    """The same in one line."""
    value = row(one)
    said = ", ".join(f"{name} {_plain(member)}" for name, member in value["event"].items() if name != "kind")
    heard = f"acknowledged {value['acknowledged']}" if value["acknowledged"] else one.state
    contested = "; CONTESTED, the safer reading is applied" if one.contested else ""
    code = f" ({one.code})" if one.code else ""
    told = f"{one.by}: {value['event']['kind']}, {said}; signed {value['signed']}"
    return f"  {one.id[:8]}  {told}, {heard}{code}{contested}"


def _plain(member: Any) -> str:
    return " ".join(member) if isinstance(member, list) else str(member)


def _notify(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import announcing
    from comity.cli.agreement import only
    from comity.core import instants
    from comity.wiring import open_node

    with open_node(args.data) as node:
        agreement = only(node, args.agreement)
        event = _event(args, instants.text(node.clock()))
        seen = announcing.foresee(node, agreement, event)
        sent = None if args.preview else announcing.announce(node, agreement, event, principal(args))
        value = _value(node, agreement, event, seen, sent)
    out.result(value, _lines(value))
    return 0


def _event(args: argparse.Namespace, now: str) -> dict[str, Any]:
    event: dict[str, Any] = {"kind": args.event}
    event["on" if args.event in ("authority-changed", "law-changed", "released-from-duty") else "dated"] = (
        args.dated or now
    )
    for name in ("effective", "effect", "new", "scope", "reason"):
        if getattr(args, name) is not None:
            event[name] = getattr(args, name)
    return event | ({"articles": args.article} if args.article else {})


def _value(node: "Node", agreement: str, event: dict[str, Any], seen: "Foreseen", sent: str | None) -> dict[str, Any]:
    from comity.cli import instrument
    from comity.core import instants

    return {
        "agreement": agreement,
        "by": node.party,
        "event": event,
        "before": instrument.force(seen.before),
        "after": instrument.force(seen.after),
        "from": None if seen.at is None else instants.text(seen.at),
        "barred": list(seen.barred),
        "owed": [{"article": term.article, "rule": term.rule} for term in seen.owed],
        "notice": sent,
    }


def _lines(value: dict[str, Any]) -> list[str]:
    lines = [f"{value['agreement']}: {value['by']} tells {value['event']['kind']}", f"now       {value['before']}"]
    if value["from"] is None:
        lines.append("then      it changes nothing in the agreement's force")
    else:
        lines.append(f"then      {value['after']}, from {value['from']}")
    if value["barred"]:
        lines.append(f"barred    nothing new under: {', '.join(value['barred'])}")
    if value["owed"]:
        owed = [f"{one['article']} ({one['rule']})" for one in value["owed"]]
        lines.append(f"goes on   {', '.join(owed)}")
    lines.append("not sent: a preview" if value["notice"] is None else f"signed as {value['notice']}; it goes next")
    return lines


def _object(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import announcing
    from comity.wiring import open_node

    with open_node(args.data) as node:
        sent = announcing.contest(node, args.event, args.why, principal(args), stands=not args.withdraw)
    said = "the objection is taken back" if args.withdraw else "objected; both parties consult"
    out.result({"notice": sent, "stands": not args.withdraw}, f"{said}: signed as {sent}; it goes next")
    return 0
