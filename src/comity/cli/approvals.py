"""`comity approvals`, `approve`, `refuse`, `review`: what rules leave to a person, and what that person decides."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output, one_line
from comity.cli.parser import Commands, Parser, command
from comity.cli.principal import principal
from comity.core.errors import Absent

if TYPE_CHECKING:
    from comity.acts.approvals import Pending
    from comity.acts.emergencies import Emergency
    from comity.release.approval import Verdict

SHORT = 12
RECORD = 16
"""Digits of a record's id, which begins with its place."""


def add(commands: "Commands[Parser]", common: Parser) -> None:
    listed = command(
        commands,
        common,
        "approvals",
        _list,
        "List what waits for a person: what, to whom, why, who decides; and emergency releases to review.",
        "comity approvals --data il",
    )
    listed.add_argument("--copy", metavar="ID", help="only this case, and the very copy that would go")
    approve = command(
        commands,
        common,
        "approve",
        _approve,
        "Approve one release that waits for your role; look at the copy first with `comity approvals --copy`.",
        "comity approve --data il 3f2a81c09d5e --by dana",
    )
    approve.add_argument("id", metavar="ID", help="the case, as `comity approvals` names it")
    approve.add_argument("--role", metavar="ROLE", help="as which of your roles, if several are asked for")
    approve.add_argument("--reason", default="", metavar="TEXT", help="kept with it; an emergency needs one")
    approve.add_argument(
        "--emergency", action="store_true", help="release at once by a mandate for emergencies; two others review it"
    )
    refuse = command(
        commands,
        common,
        "refuse",
        _refuse,
        "Refuse one release that waits for your role; only a changed thing can be asked about again.",
        "comity refuse --data il 3f2a81c09d5e --reason 'names a source' --by dana",
    )
    refuse.add_argument("id", metavar="ID")
    refuse.add_argument("--role", metavar="ROLE", help="as which of your roles")
    refuse.add_argument("--reason", required=True, metavar="TEXT", help="kept in the house, never told to the partner")
    review = command(
        commands,
        common,
        "review",
        _review,
        "Review an emergency release that another person made; two others must.",
        "comity review --data il 3f2a81c09d5e --finding 'within the mandate, no damage' --by ken",
    )
    review.add_argument("id", metavar="ID", help="the release, as `comity approvals` names it")
    review.add_argument("--finding", required=True, metavar="TEXT")


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import approvals, emergencies
    from comity.wiring import open_node

    with open_node(args.data) as node:
        waiting = [one for one in approvals.pending(node) if one.case.id.startswith(args.copy or "")]
        with node.house.reader() as house:
            made = [one for one in emergencies.listed(node, house) if one.owed]
    lines = [line for one in waiting for line in _words(one)] or ["Nothing waits for a person."]
    lines += [line for one in made for line in _review_words(one)]
    if args.copy is not None:
        if len(waiting) != 1:
            raise Absent(f"{args.copy!r} names no case that waits, or more than one", "comity approvals")
        text = waiting[0].raw.decode()
        out.result({"waiting": [_value(waiting[0])], "reviews": [], "text": text}, [*_words(waiting[0]), "", text])
        return 0
    out.result({"waiting": [_value(one) for one in waiting], "reviews": [_review_value(one) for one in made]}, lines)
    return 0


def _approve(args: argparse.Namespace, out: Output) -> int:
    from comity.release.approval import Verdict

    return _say(args, out, Verdict.EMERGENCY if args.emergency else Verdict.APPROVE)


def _refuse(args: argparse.Namespace, out: Output) -> int:
    from comity.release.approval import Verdict

    return _say(args, out, Verdict.REFUSE)


def _say(args: argparse.Namespace, out: Output, verdict: "Verdict") -> int:
    from comity.acts import approvals
    from comity.acts.emergencies import DUE
    from comity.wiring import open_node

    by = principal(args)
    with open_node(args.data) as node:
        one = approvals.say(node, args.id, verdict, by, args.role, args.reason)
        still = next((each for each in approvals.pending(node) if each.case.id == one.case.id), None)
    missing = [] if still is None else [{"role": role, "people": count} for role, count in still.missing]
    said = {"approve": "approved", "refuse": "refused", "emergency": "released in an emergency"}[verdict.value]
    name = one.record.rid[:RECORD]
    lines = [f"{one.case.id[:SHORT]} is {said} by {by.id}: record {name} to {one.party}."]
    lines += [f"  still needed: {each['people']} of {each['role']}" for each in missing]
    if verdict.value == "emergency":
        lines.append(f"  Two others must review it within {int(DUE.total_seconds()) // 3600} hours: comity approvals")
    elif verdict.value == "approve" and not missing:
        lines.append("  It goes with the follower's next round.")
    value = {"case": one.case.id, "record": one.record.rid, "to": one.party, "verdict": verdict.value, "by": by.id}
    out.result({**value, "missing": missing}, lines)
    return 0


def _review(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import emergencies
    from comity.wiring import open_node

    with open_node(args.data) as node:
        one = emergencies.review(node, args.id, args.finding, principal(args))
    rest = "another person must review it too" if one.owed else "its review is done"
    out.result(_review_value(one), f"{one.id[:SHORT]} is reviewed by {one.reviews[-1].by}; {rest}.")
    return 0


def _words(one: "Pending") -> list[str]:
    from comity.release.decision import bare

    title = one.summary.title if one.summary is not None else one.record.kind
    lines = [f"{one.case.id[:SHORT]}  {one_line(title)} ({one.record.rid[:RECORD]}) to {one.party}"]
    lines += [f"  {each.people} of {each.role}: {one_line(each.reason)} [{bare(each.cite)}]" for each in one.referrals]
    lines += [f"  approved by {each.by} as {each.role}" for each in one.approvals]
    return [*lines, f"  decision {one.case.decision[:SHORT]}, copy {one.case.copy[:SHORT]}"]


def _value(one: "Pending") -> dict[str, Any]:
    return {
        "case": one.case.id,
        "record": one.record.rid,
        "title": one.summary.title if one.summary is not None else None,
        "kind": one.record.kind,
        "agreement": one.case.agreement,
        "to": one.party,
        "decision": one.case.decision,
        "copy": one.case.copy,
        "referrals": [
            {"cite": each.cite, "role": each.role, "people": each.people, "reason": each.reason}
            for each in one.referrals
        ],
        "approvals": [{"by": each.by, "role": each.role} for each in one.approvals],
        "missing": [{"role": role, "people": count} for role, count in one.missing],
    }


def _review_words(one: "Emergency") -> list[str]:
    value = _review_value(one)
    told = [f"  reviewed by {each['by']}: {one_line(each['finding'])}" for each in value["reviews"]]
    head = f"{one.id[:SHORT]}  released in an emergency by {one.word.by} {value['at']}: {one_line(one.word.reason)}"
    return [head, *told, f"  two others must review it by {value['due']}"]


def _review_value(one: "Emergency") -> dict[str, Any]:
    from comity.core import instants

    return {
        "release": one.id,
        "record": one.word.record,
        "agreement": one.word.agreement,
        "by": one.word.by,
        "reason": one.word.reason,
        "at": instants.text(one.word.at),
        "due": instants.text(one.due),
        "owed": one.owed,
        "reviews": [{"by": each.by, "finding": each.finding, "at": instants.text(each.at)} for each in one.reviews],
    }
