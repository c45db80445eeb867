"""`comity visits`: asking for a visit, answering one that is asked of us, and the register of both sides'."""

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output, counted, one_line
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal
from comity.core.errors import Malformed

if TYPE_CHECKING:
    from comity.acts.visiting import Listed, Shown
    from comity.release.visit import Visitor
    from comity.release.visit_case import Paper

SHORT = 12
MAX_BYTES = 64 * 1024
WORDS = {"approve": "approved", "refuse": "refused", "more": "more", "withdraw": "withdrawn"}


def add(commands: "Commands[Parser]", common: Parser) -> None:
    visits = group(commands, "visits", "Visits: asked for, approved by the host's authority, listed on both sides.")
    ask = command(
        visits,
        common,
        "request",
        _request,
        "Ask the other party for a visit: who comes, where, why and when, from a file.",
        "comity visits request IL-JP-FICTION --data il --file visit.yaml",
    )
    ask.add_argument("agreement", metavar="AGREEMENT", help="under which it is asked for")
    ask.add_argument("--file", type=Path, required=True, metavar="FILE", help="the request, in YAML")
    ask.add_argument("--amends", metavar="ID", help="it replaces this request of ours")
    ask.add_argument("--renews", metavar="ID", help="it continues these approved recurring visits")
    _add_answer(visits, common)
    listed = command(
        visits,
        common,
        "list",
        _list,
        "List the visits asked for by us and of us: what stands, what is to come, what is past.",
        "comity visits list --data jp --upcoming",
    )
    listed.add_argument("--agreement", metavar="ID", help="only under this agreement")
    which = listed.add_mutually_exclusive_group()
    which.add_argument("--waiting", action="store_true", help="only what nobody has decided yet")
    which.add_argument("--upcoming", action="store_true", help="only approved ones that begin later")
    which.add_argument("--past", action="store_true", help="only approved ones that are over")
    which.add_argument("--expired", action="store_true", help="only those that were over before anybody approved them")
    show = command(
        visits,
        common,
        "show",
        _show,
        "Show one visit: its visitors, every answer, and the articles with their words.",
        "comity visits show --data jp 8d02c4",
    )
    show.add_argument("id", metavar="ID", help="the visit's id, or its beginning")


def _add_answer(visits: "Commands[Parser]", common: Parser) -> None:
    answer = command(
        visits,
        common,
        "answer",
        _answer,
        "Answer what is asked of us, or take our own back; the answer cites the article on visits.",
        "comity visits answer --data jp 8d02c4 approve --as JP-releasing-office",
    )
    answer.add_argument("id", metavar="ID", help="the visit's id, or its beginning")
    answer.add_argument("word", choices=sorted(WORDS), metavar="WORD", help="approve, refuse, more or withdraw")
    answer.add_argument("--as", dest="office", metavar="OFFICE", help="which office decides (default: the only one)")
    answer.add_argument("--words", metavar="TEXT", help="what the other side is told besides; needed with `more`")
    answer.add_argument(
        "--days", nargs=2, metavar=("FIRST", "LAST"), help="with `approve`: for these days, fewer than were asked for"
    )


def _request(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import visiting
    from comity.core import strictjson, yamltext
    from comity.release.visit import Request
    from comity.wiring import open_node

    written = yamltext.parse(files.read(args.file, MAX_BYTES), "the request")
    with open_node(args.data) as node:
        if isinstance(written, dict):
            named = {"amends": args.amends, "renews": args.renews}
            before = {what: visiting.one_case(node, of).case.id for what, of in named.items() if of is not None}
            written = {**_DEFAULTS, **written, **before}
        asked = Request.from_json(strictjson.parse(strictjson.canonical(written), "the request"))
        made = visiting.request(node, args.agreement, asked, principal(args))
        value = row(visiting.one_case(node, made))
    lines = [f"asked {value['host']} under {value['agreement']}: {_said(value)}, visit {value['id'][:SHORT]}"]
    out.result(value, [*lines, "It goes with the node's next round. Next: comity visits list"])
    return 0


_DEFAULTS = {"hosts": [], "recurring": False, "urgent": False}
"""What a file need not say."""


def _answer(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import visiting
    from comity.release.visit import Word
    from comity.wiring import open_node

    days = None if args.days is None else (_day(args.days[0]), _day(args.days[1]))
    with open_node(args.data) as node:
        word = Word(WORDS[args.word])
        made = visiting.answer(node, args.id, word, principal(args), args.office, args.words, days)
        value = _shown_json(visiting.show(node, made))
    said = value["answers"][-1]
    by = ", ".join(said["cites"])
    lines = [f"{said['answer']} by {said['office']}: {_said(value)} ({by})"]
    if value["state"] not in (said["answer"], "more-wanted"):
        lines.append(f"It is {value['state']}: the other authority approves it too.")
    out.result(value, lines)
    return 0


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import visiting
    from comity.cli.agreement import only
    from comity.wiring import open_node

    with open_node(args.data) as node:
        chosen = None if args.agreement is None else only(node, args.agreement)
        rows = [row(one) for one in visiting.register(node, chosen)]
    rows = [one for one in rows if _wanted(args, one)]
    if out.as_json:
        out.result({"visits": rows}, "")
        return 0
    shown = [{**one, "id": one["id"][:SHORT], "days": _span(one), "says": _outcome(one)} for one in rows]
    columns = {
        "id": "id",
        "state": "state",
        "when": "when",
        "by": "visitors of",
        "host": "host",
        "visitors": "visitors",
        "days": "days",
        "says": "the text says now",
    }
    out.table(shown, columns, "No visit was asked for.", "visits")
    return 0


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import visiting
    from comity.wiring import open_node

    with open_node(args.data) as node:
        found = visiting.show(node, args.id)
    out.result(_shown_json(found), _shown_words(found))
    return 0


def row(listed: "Listed") -> dict[str, Any]:
    """A visit as scripts read it, without anything of its visitors but how many they are."""
    from comity.core import instants
    from comity.release.decision import bare

    case, request, decision = listed.case, listed.case.request, listed.decision
    return {
        "id": case.id,
        "state": case.state.value,
        "when": case.when.value,
        "agreement": case.agreement.id,
        "by": case.by,
        "host": case.host,
        "sites": list(request.sites),
        "purpose": request.purpose,
        "visitors": len(request.visitors),
        "first": request.first.isoformat(),
        "last": request.last.isoformat(),
        "recurring": request.recurring,
        "urgent": request.urgent,
        "level": request.level,
        "amends": request.amends,
        "renews": request.renews,
        "succeeded_by": case.succeeded_by,
        "approved_by": [party for party, _ in case.approved],
        "outcome": None if decision is None else decision.outcome.text,
        "articles": [] if decision is None else [bare(one) for one in decision.articles],
        "made": instants.text(case.made),
        "came": instants.text(case.came),
    }


def _shown_json(found: "Shown") -> dict[str, Any]:
    case = found.listed.case
    return row(found.listed) | {
        "hosts": list(case.request.hosts),
        "people": [one.as_json() for one in case.request.visitors],
        "answers": [_told(one) for one in case.answers],
        "terms": [{"article": term.article, "text": dict(term.text)} for term in found.articles],
        "offices": list(found.offices),
    }


def _told(paper: "Paper") -> dict[str, Any]:
    from comity.core import instants

    said = paper.body.as_json()
    return {
        "by": paper.signer,
        "answer": said["answer"],
        "office": said["office"],
        "cites": said["cites"],
        "words": said.get("words"),
        "made": instants.text(paper.made),
    }


def _shown_words(found: "Shown") -> list[str]:
    value = _shown_json(found)
    lines = [
        f"{value['state']}, {value['when']}: {_said(value)}",
        f"  asked by {value['by']} of {value['host']} under {value['agreement']}, {value['made']}",
        f"  for: {one_line(value['purpose'])}",
    ]
    if value["level"] is not None:
        lines.append(f"  sees up to {one_line(value['level'])}")
    if value["hosts"]:
        lines.append(f"  met by {one_line(', '.join(value['hosts']))}")
    lines += [f"  {_person(one)}" for one in found.listed.case.request.visitors]
    for one in value["answers"]:
        words = "" if one["words"] is None else f": {one_line(one['words'])}"
        lines.append(f"  {one['answer']} by {one_line(one['office'])}, {one['made']}, {', '.join(one['cites'])}{words}")
    if value["outcome"] is not None:
        lines.append(f"  the text says now: {_outcome(value)}")
    if value["succeeded_by"] is not None:
        lines.append(f"  followed by {value['succeeded_by'][:SHORT]}")
    return lines + [f"  {term.article}: {one_line(term.text.get('en', ''))}" for term in found.articles]


def _person(visitor: "Visitor") -> str:
    held = visitor.clearance
    clear = "no clearance" if held is None else f"cleared {held.level}"
    if held is not None and held.until is not None:
        clear += f" until {held.until.isoformat()}"
    more = "".join(f", {name} {text}" for name, text in visitor.particulars)
    return one_line(f"{visitor.name}, {visitor.entity}, {'/'.join(visitor.nationality)}, {clear}{more}")


def _said(value: dict[str, Any]) -> str:
    often = "recurring, " if value["recurring"] else ""
    people = counted(value["visitors"], "visitor")
    return f"{people} to {one_line(', '.join(value['sites']))}, {often}{_span(value)}"


def _span(value: dict[str, Any]) -> str:
    return value["first"] if value["first"] == value["last"] else f"{value['first']} to {value['last']}"


def _outcome(value: dict[str, Any]) -> str:
    return "" if value["outcome"] is None else f"{value['outcome']} ({', '.join(value['articles'])})"


def _wanted(args: argparse.Namespace, value: dict[str, Any]) -> bool:
    state, when = value["state"], value["when"]
    if args.waiting:
        return state in ("asked", "more-wanted")
    if args.upcoming or args.past:
        return (state, when) == ("approved", "upcoming" if args.upcoming else "past")
    return state == "expired" or not args.expired


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(f"{text[:40]!r} is no day", "--days 2027-04-01 2027-04-03") from None
