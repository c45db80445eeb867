"""`comity duties`: what is owed, by us and to us, until when, and what settled it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files, tongue
from comity.cli.output import Output, one_line
from comity.cli.parser import Commands, Parser, command
from comity.cli.principal import principal

if TYPE_CHECKING:
    from comity.acts.duties import Owed
    from comity.release.language import Sentences

SHORT = 12
MAX_BYTES = 16 * 1024 * 1024
KINDS = ("receipt", "certificate", "notice", "report", "release")


def add(commands: "Commands[Parser]", common: Parser) -> None:
    duties = command(
        commands,
        common,
        "duties",
        _list,
        "List what is owed under the agreements, by us and by the others, overdue first.",
        "comity duties --data il --mine",
    )
    whose = duties.add_mutually_exclusive_group()
    whose.add_argument("--mine", action="store_true", help="only what this party owes")
    whose.add_argument("--theirs", action="store_true", help="only what the other party owes")
    when = duties.add_mutually_exclusive_group()
    when.add_argument("--due", action="store_true", help="only what is due soon or overdue")
    when.add_argument("--overdue", action="store_true", help="only what is overdue")
    when.add_argument("--settled", action="store_true", help="only what is settled or let go of")
    when.add_argument("--all", action="store_true", help="what is settled or released as well")
    duties.add_argument("--agreement", metavar="ID", help="only under this agreement")
    tongue.add(duties)
    inner = duties.add_subparsers(title="commands", metavar="COMMAND")
    show = command(
        inner,
        common,
        "show",
        _show,
        "Show one duty: its article, what set it off, its clock step by step, what would settle it.",
        "comity duties show --data il 3f2a81c09b7d",
    )
    show.add_argument("id", metavar="ID", help="the duty's id in `comity duties`, or its beginning")
    tongue.add(show)
    settle = command(
        inner,
        common,
        "settle",
        _settle,
        "Settle a duty by its evidence: a document of ours, or what the other side signed.",
        "comity duties settle --data il 3f2a81c09b7d --evidence report.pdf -o discharge.json",
    )
    settle.add_argument("id", metavar="ID", help="the duty's id in `comity duties`, or its beginning")
    settle.add_argument("--evidence", type=Path, required=True, metavar="FILE", help="the document, or a discharge")
    settle.add_argument("--as", dest="kind", choices=KINDS, help="what it is, where the duty takes more than one kind")
    settle.add_argument("-o", "--output", type=Path, metavar="FILE", help="write our signed discharge here, to send")


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.duties import register
    from comity.wiring import open_node

    table = _table(args)
    with open_node(args.data) as node:
        found = [owed for owed in register(node, args.agreement) if _wanted(owed, args)]
    lines = [line(owed, table) for owed in found] or [table.owing("none")]
    out.result({"duties": [as_json(owed) for owed in found]}, [*lines, *_noted(args)])
    return 0


def _wanted(owed: "Owed", args: argparse.Namespace) -> bool:
    states = {"open", "due-soon", "overdue"}
    if args.overdue:
        states = {"overdue"}
    elif args.due:
        states = {"due-soon", "overdue"}
    elif args.settled:
        states = {"settled", "released"}
    elif args.all:
        states |= {"settled", "released"}
    whose = not (args.mine or args.theirs) or owed.ours is args.mine
    return whose and owed.state.value in states


def _table(args: argparse.Namespace) -> "Sentences":
    from comity.release.language import sentences

    return sentences(tongue.asked(args))


def _noted(args: argparse.Namespace) -> list[str]:
    """That the words are not in the language asked for, where they are not."""
    said = tongue.note(tongue.asked(args))
    return [] if said is None else [said]


def line(owed: "Owed", table: "Sentences") -> str:
    """One duty: its id, how it stands, whose it is and what, since what, who is next."""
    row = owed.row
    what = table.owing("line", actor=row.actor, what=table.duty(row.duty), article=row.article)
    about = table.owing("about", about=one_line(row.about)[:SHORT])
    if (items := dict(row.params).get("items", "1")) != "1":
        about = f"{about} ({table.owing('things', count=items)})"
    after = f"; {table.owing('next', office=owed.next_office)}" if owed.state == "overdue" else ""
    return f"{row.id[:SHORT]}  {_stands(owed, table)}, {what}, {about}{after}"


def _stands(owed: "Owed", table: "Sentences") -> str:
    from comity.core import instants

    row, state = owed.row, table.owing(owed.state.value)
    if row.settled is not None:
        return f"{state} {instants.text(row.settled)}"
    if row.due is not None:
        return f"{state}, {table.owing('due', at=instants.text(row.due))}"
    return (
        f"{state}, {table.owing('no-clock') if row.time is None else table.owing('no-figure', time=one_line(row.time))}"
    )


def as_json(owed: "Owed") -> dict[str, Any]:
    from comity.core import instants
    from comity.release.register import SETTLED_BY

    row = owed.row
    return {
        "id": row.id,
        "agreement": owed.agreement.id,
        "duty": row.duty,
        "article": row.article,
        "actor": row.actor,
        "ours": owed.ours,
        "about": row.about,
        "params": dict(row.params),
        "state": owed.state.value,
        "trigger": instants.text(row.trigger),
        "due": None if row.due is None else instants.text(row.due),
        "time": row.time,
        "office": owed.office,
        "next_office": owed.next_office,
        "settled_by": sorted(SETTLED_BY[row.duty]),
        "kind": row.kind,
        "evidence": row.evidence,
        "settled": None if row.settled is None else instants.text(row.settled),
    }


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import things
    from comity.acts.duties import told
    from comity.release.language import sentences
    from comity.wiring import open_node

    with open_node(args.data) as node:
        found = told(node, args.id)
        with node.agreements(found.owed.agreement.id).reader() as reader:
            each = things.each(reader, found.owed.row.id)
    owed, term, language = found.owed, found.term, tongue.asked(args)
    text = None if term is None else term.text.get(language) or term.text.get(owed.asks.prevailing)
    table = sentences(language)
    steps = [table.step(step) for step in found.clock.steps]
    row, shown = owed.row, as_json(owed)
    under = {"actor": row.actor, "agreement": str(owed.agreement.ref), "article": row.article}
    kinds = f" {table.owing('or')} ".join(table.owing(kind) for kind in shown["settled_by"])
    evidence = {"kind": table.owing(row.kind or "notice"), "evidence": str(row.evidence)}
    lines = [
        table.owing("head", **under, what=table.duty(row.duty), state=_stands(owed, table)),
        f"  {table.owing('duty', id=row.id, about=one_line(row.about))}",
        *(f"  {table.params.get(name, name)}: {one_line(value)}" for name, value in row.params),
        *([f"  “{one_line(text)}”"] if text else []),
        *(f"  - {one_line(sentence)}" for sentence in steps),
        f"  {table.owing('acts', office=owed.office, next=owed.next_office)}",
        f"  {table.owing('settled-by', kinds=kinds)}",
        *([f"  {table.owing('evidence', state=table.owing(owed.state.value), **evidence)}"] if row.evidence else []),
        *(f"  {_shown(*one, table)}" for one in each),
        *_noted(args),
    ]
    listed = [{"handle": handle, "kind": kind, "evidence": evidence} for handle, kind, evidence in each]
    out.result({**shown, "text": text, "clock": steps, "things": listed}, lines)
    return 0


def _shown(handle: str, kind: str | None, evidence: str | None, table: "Sentences") -> str:
    if kind is None:
        return table.owing("thing-owed", handle=handle)
    return table.owing("thing-shown", handle=handle, kind=table.owing(kind), evidence=str(evidence))


def _settle(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.discharging import settle
    from comity.wiring import open_node

    raw = files.read(args.evidence, MAX_BYTES)
    if args.output is not None:
        files.check_free(args.output)
    with open_node(args.data) as node:
        done = settle(node, args.id, raw, principal(args), args.kind)
    if args.output is not None:
        files.write_new(args.output, done.discharge)
    row = done.row
    value = {"id": row.id, "agreement": done.agreement, "duty": row.duty, "state": row.state, "kind": row.kind}
    written = None if args.output is None else str(args.output)
    lines = [f"{row.duty} ({row.article}) is {row.state} by a {row.kind}, duty {row.id[:SHORT]}"]
    if written is not None:
        lines.append(f"The signed discharge for the other side is in {written}.")
    out.result({**value, "evidence": row.evidence, "output": written}, lines)
    return 0
