"""`comity ask`, `requests`, `answer`, `decline`, `feedback`: questions between the parties, with a clock."""

import argparse
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output, one_line
from comity.cli.parser import Commands, Parser, command
from comity.cli.principal import principal
from comity.cli.records import SHORT
from comity.core.errors import Absent, Malformed, Refused

if TYPE_CHECKING:
    from comity.acts.cases import View
    from comity.acts.node import Node
    from comity.agreement.instrument import Agreement
    from comity.annexes.intelligence.document import Head
    from comity.annexes.intelligence.portion import Body
    from comity.labels.label import Label
    from comity.release.kind import Kind

FIELD, SOURCE = "intelligence", "own-intelligence"
MAX_BYTES = 1024 * 1024
VERDICTS = ("useful", "not-useful", "false", "acted-on")
LEVELS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
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
    _marked(ask)
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
    _marked(answer)
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
    _marked(decline)
    feedback = command(
        commands,
        common,
        "feedback",
        _feedback,
        "Tell a partner what its report or answer was worth.",
        "comity feedback --data jp 3f2a81c0… --verdict useful",
    )
    feedback.add_argument("handle", metavar="HANDLE", help="the handle or the id of what was read")
    feedback.add_argument("--verdict", required=True, choices=VERDICTS)
    feedback.add_argument("--note", metavar="TEXT")
    _marked(feedback)


def _marked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--level", metavar="L", help="a level of this party (default: none, unclassified)")
    parser.add_argument("--tlp", choices=LEVELS, help="its TLP (default: none said)")
    parser.add_argument("--lang", default="en", metavar="TAG", help="the language it is written in (default: en)")


def _ask(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import agreements
    from comity.acts.explaining import agreement_with
    from comity.annexes.intelligence import REQUEST
    from comity.annexes.intelligence.request import Request
    from comity.core import instants
    from comity.wiring import open_node

    with open_node(args.data) as node:
        text = agreements.held(node, agreement_with(node, args.of)).newest
        head = _head(node, text, "RFI", args)
        if args.needed_by is not None:
            needed_by = instants.parse(args.needed_by, "--needed-by")
        else:
            needed_by = _needed_by(text, head.at, args.of)
        purpose = args.purpose or _purpose(text)
        request = Request(head, args.text, needed_by, purpose, args.priority)
        rid = _send(node, REQUEST, request, args, purpose)
    due = instants.text(needed_by)
    value = {"record": rid, "agreement": str(text.ref), "to": args.of, "id": head.id, "due": due}
    out.result(value, f"Question {head.id} to {args.of} under {text.ref}, needed by {due}: record {rid[:SHORT]}")
    return 0


def _needed_by(text: "Agreement", asked: datetime, of: str) -> datetime:
    from comity.acts.cases import reply_due

    due = reply_due(text, FIELD, asked, of)
    if due is None or due.at is None:
        raise Refused(f"{text.ref} does not say in what time a question is answered", "say it: --needed-by")
    return due.at


def _purpose(text: "Agreement") -> str:
    """The first purpose of the annex that opens the field. Raises `Refused` for a text without one."""
    for term in text.of("comity-annex"):
        if term.params["field"] == FIELD and term.params["purposes"]:
            return str(term.params["purposes"][0])
    raise Refused(f"{text.ref} has no annex on intelligence: no question can be asked under it")


def _head(node: "Node", text: "Agreement", prefix: str, args: argparse.Namespace) -> "Head":
    """A new document of ours, for the other party of this agreement and nobody else."""
    from comity.annexes.intelligence.document import Head

    now = node.clock().replace(microsecond=0)
    identity = f"{prefix}-{now:%Y%m%d}-{node.entropy(4).hex()}"
    return Head(identity, 1, now, args.lang, _own_label(node, text, args))


def _own_label(node: "Node", text: "Agreement", args: argparse.Namespace) -> "Label":
    from comity.labels.label import Label, OriginLabel, Tlp

    if args.level is not None and args.level not in text.levels.get(node.party, ()):
        names = ", ".join(text.levels.get(node.party, ()))
        raise Malformed(f"{args.level!r} is not a level of {node.party}", f"its levels: {names}")
    tlp = None if args.tlp is None else Tlp.of(args.tlp)
    return Label.of(OriginLabel(node.party, args.level, rel_to=frozenset(text.party_ids), tlp=tlp))


def _send(node: "Node", kind: "Kind[Any]", record: object, args: argparse.Namespace, purpose: str) -> str:
    """Takes our own document in; followers decide on it. Answers its record id. Raises `Malformed` for a faulty one."""
    from comity.acts import intake

    raw = kind.render(record)
    kind.parse(raw)
    result = intake.take(node, raw, SOURCE, principal(args), purpose=purpose)
    if result.quarantined:
        raise Refused(f"it is held in quarantine: {result.quarantined[0][1]}", "comity quarantine list")
    return result.rids[0]


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
        head = _head(node, text, "ANS", args)
        if args.file is not None:
            body, label = _report(args.file)
            head = replace(head, label=label)
        else:
            body = Body((Portion("answer", head.label, args.text),))
        rid = _send(node, ANSWER, Answer(head, view.case.id, body), args, _purpose(text))
    _told(out, "Answer", head, str(view.opened_by), text, rid)
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
        head = _head(node, text, "DEC", args)
        cite = f"agreement:{args.article}@{text.version}"
        rid = _send(node, DECLINE, Decline(head, view.case.id, cite, args.words), args, _purpose(text))
    _told(out, "Decline", head, str(view.opened_by), text, rid)
    return 0


def _feedback(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import agreements
    from comity.acts.explaining import agreement_with
    from comity.acts.finding import found
    from comity.annexes.intelligence import ANSWER, FEEDBACK
    from comity.annexes.intelligence.feedback import Feedback
    from comity.wiring import open_node

    with open_node(args.data) as node:
        record = found(node, args.handle)
        text = agreements.held(node, agreement_with(node, record.source)).newest
        if record.handle is None:
            raise Refused(f"record {record.rid[:SHORT]} came from nobody who could be told what it was worth")
        request = None
        if record.kind == ANSWER.name:
            with node.house.reader() as house:
                request = ANSWER.parse(house.body(record.bid)).re
        head = _head(node, text, "FBK", args)
        feedback = Feedback(head, record.handle, args.verdict, args.note, request)
        rid = _send(node, FEEDBACK, feedback, args, _purpose(text))
    _told(out, "Feedback", head, record.source, text, rid)
    return 0


def _told(out: Output, what: str, head: "Head", to: str, text: "Agreement", rid: str) -> None:
    value: dict[str, Any] = {"record": rid, "agreement": str(text.ref), "to": to, "id": head.id}
    out.result(value, f"{what} {head.id} to {to} under {text.ref}: record {rid[:SHORT]}")
