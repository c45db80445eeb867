"""`comity ask`, `requests`, `answer`, `decline`: questions between the parties, with a clock."""

import argparse
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output, one_line
from comity.cli.parser import Commands, Parser, command
from comity.cli.records import SHORT
from comity.cli.writing import add_marks, head, new_name, purpose_of, send, told
from comity.core.errors import Absent, Refused

if TYPE_CHECKING:
    from comity.acts.cases import View
    from comity.acts.node import Node
    from comity.agreement.instrument import Agreement
    from comity.annexes.intelligence.portion import Body
    from comity.labels.label import Label

FIELD = "intelligence"
MAX_BYTES = 1024 * 1024
PRIORITIES = ("FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE")


def add(commands: "Commands[Parser]", common: Parser) -> None:
    ask = command(
        commands,
        common,
        "ask",
        _ask,
        "Ask a partner a question; it is answered or declined within the agreement's own time.",
        'comity ask --data jp "Who is behind Paper Lantern?" --of IL --tlp AMBER',
    )
    ask.add_argument("text", metavar="TEXT", help="the question")
    ask.add_argument("--of", required=True, metavar="PARTY", help="whom to ask")
    ask.add_argument("--needed-by", metavar="T", help="in UTC, like 2027-03-02T09:00:00Z (default: by the agreement)")
    ask.add_argument("--purpose", metavar="P", help="what the answer is for (default: the annex's first purpose)")
    ask.add_argument("--priority", choices=PRIORITIES, default="PRIORITY")
    add_marks(ask)
    command(
        commands,
        common,
        "requests",
        _requests,
        "List the questions asked by us and of us, with their state and when they are due.",
        "comity requests --data il",
    )
    answer = command(
        commands,
        common,
        "answer",
        _answer,
        "Answer a partner's question; the answer is decided like any other release.",
        'comity answer --data il 3f2a81c0… --text "We do not know yet." --tlp GREEN',
    )
    answer.add_argument("handle", metavar="HANDLE", help="the question's id in `comity requests`, or its beginning")
    given = answer.add_mutually_exclusive_group(required=True)
    given.add_argument("--file", type=Path, metavar="FILE", help="an intelligence report, whose portions answer")
    given.add_argument("--text", metavar="TEXT", help="the answer in one portion")
    add_marks(answer)
    _add_rest(commands, common)


def _add_rest(commands: "Commands[Parser]", common: Parser) -> None:
    decline = command(
        commands,
        common,
        "decline",
        _decline,
        "Decline a partner's question, citing the article; it says nothing of what there would be.",
        'comity decline --data il 3f2a81c0… --article "1(2)"',
    )
    decline.add_argument("handle", metavar="HANDLE", help="the question's id in `comity requests`, or its beginning")
    decline.add_argument("--article", required=True, metavar="ART", help="the article of the agreement")
    decline.add_argument("--words", default="No answer is given.", metavar="TEXT", help="a courtesy")
    add_marks(decline)


def _ask(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import agreements
    from comity.acts.explaining import agreement_with
    from comity.annexes.intelligence import REQUEST
    from comity.annexes.intelligence.request import Request
    from comity.core import instants
    from comity.wiring import open_node

    with open_node(args.data) as node:
        text = agreements.held(node, agreement_with(node, args.of)).newest
        written = head(node, text, new_name(node, "RFI"), args)
        if args.needed_by is not None:
            needed_by = instants.parse(args.needed_by, "--needed-by")
        else:
            needed_by = _needed_by(text, written.at, args.of)
        purpose = args.purpose or purpose_of(text, FIELD)
        request = Request(written, args.text, needed_by, purpose, args.priority)
        rid = send(node, REQUEST, request, args, purpose)
    due = instants.text(needed_by)
    value = {"record": rid, "agreement": str(text.ref), "to": args.of, "id": written.id, "due": due}
    out.result(value, f"Question {written.id} to {args.of} under {text.ref}, needed by {due}: record {rid[:SHORT]}")
    return 0


def _needed_by(text: "Agreement", asked: datetime, of: str) -> datetime:
    from comity.acts.cases import reply_due

    due = reply_due(text, FIELD, asked, of)
    if due is None or due.at is None:
        raise Refused(f"{text.ref} does not say in what time a question is answered", "say it: --needed-by")
    return due.at


def _requests(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.agreements import agreement_ids
    from comity.acts.cases import cases
    from comity.core import instants
    from comity.wiring import open_node

    with open_node(args.data) as node:
        views = [view for agreement in agreement_ids(node) for view in cases(node, agreement)]
    rows: list[dict[str, Any]] = [
        {
            "id": view.case.id,
            "title": view.case.title,
            "state": view.case.state,
            "due": None if view.case.due is None else instants.text(view.case.due),
            "agreement": view.agreement,
            "field": view.field,
            "opened_by": view.opened_by,
            "lines": list(view.case.lines),
        }
        for view in views
    ]
    lines = ["Nobody has asked anything."] if not rows else []
    for row in rows:
        due = f", due {row['due']}" if row["due"] else ""
        lines.append(f"{row['id'][:SHORT]}  {row['state']}{due}, asked by {row['opened_by']}: {one_line(row['title'])}")
        lines += [f"  {one_line(line)}" for line in row["lines"]]
    out.result({"requests": rows}, lines)
    return 0


def _case(node: "Node", prefix: str) -> "tuple[View, Agreement]":
    """The partner's question meant, and the newest text of its agreement. Raises `Refused` for our own."""
    from comity.acts import agreements
    from comity.acts.cases import case

    view = case(node, prefix)
    if view.opened_by in (None, node.party):
        raise Refused(f"{view.case.id[:SHORT]} was not asked of us", "the other side answers it")
    return view, agreements.held(node, view.agreement).newest


def _answer(args: argparse.Namespace, out: Output) -> int:
    from comity.annexes.intelligence import ANSWER
    from comity.annexes.intelligence.answer import Answer
    from comity.annexes.intelligence.portion import Body, Portion
    from comity.wiring import open_node

    with open_node(args.data) as node:
        view, text = _case(node, args.handle)
        written = head(node, text, new_name(node, "ANS"), args)
        if args.file is not None:
            body, label = _report(args.file)
            written = replace(written, label=label)
        else:
            body = Body((Portion("answer", written.label, args.text),))
        rid = send(node, ANSWER, Answer(written, view.case.id, body), args, purpose_of(text, FIELD))
    told(out, "Answer", written.id, str(view.opened_by), text, rid)
    return 0


def _report(path: Path) -> "tuple[Body, Label | None]":
    from comity.annexes.intelligence import REPORT

    report = REPORT.parse(files.read(path, MAX_BYTES))
    return report.body, report.head.label


def _decline(args: argparse.Namespace, out: Output) -> int:
    from comity.annexes.intelligence import DECLINE
    from comity.annexes.intelligence.decline import Decline
    from comity.wiring import open_node

    with open_node(args.data) as node:
        view, text = _case(node, args.handle)
        if all(term.article != args.article for term in text.terms):
            raise Absent(f"{text.ref} has no article {args.article!r}", "comity agreement show")
        written = head(node, text, new_name(node, "DEC"), args)
        cite = f"agreement:{args.article}@{text.version}"
        rid = send(node, DECLINE, Decline(written, view.case.id, cite, args.words), args, purpose_of(text, FIELD))
    told(out, "Decline", written.id, str(view.opened_by), text, rid)
    return 0
