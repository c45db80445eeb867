"""`comity consent`: asking an originator whether what it gave may go further, and answering a partner who asks."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files, marking
from comity.cli.output import Output, counted, one_line
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal
from comity.core.errors import Malformed

if TYPE_CHECKING:
    from comity.acts.consenting import Shown
    from comity.acts.node import Node
    from comity.release.consent_case import ConsentCase

SHORT = 16
MAX_BYTES = 64 * 1024


def add(commands: "Commands[Parser]", common: Parser) -> None:
    consent = group(commands, "consent", "Consents: asked of an originator, granted, refused, taken back.")
    _add_asking(consent, common)
    _add_answering(consent, common)


def _add_asking(consent: "Commands[Parser]", common: Parser) -> None:
    ask = command(
        consent,
        common,
        "ask",
        _ask,
        "Ask everyone whose information a record holds whether it may go further; each at its own node.",
        "comity consent ask --data jp 3f2a81c09d5e --to US --for defence --act onward-release",
    )
    ask.add_argument("record", metavar="RECORD", help="an id, the beginning of one, a handle, or an external id")
    ask.add_argument("--to", required=True, metavar="PARTY", help="which state would have it")
    ask.add_argument("--org", metavar="NAME", help="only this body of it")
    ask.add_argument("--for", required=True, dest="purpose", metavar="PURPOSE", help="what for")
    ask.add_argument("--act", default="onward-release", metavar="ACT", help="what would be done (default: %(default)s)")
    ask.add_argument("--use", metavar="TEXT", help="in which form it would be used")
    ask.add_argument("--level", metavar="LEVEL", help="for a downgrade: down to which level")
    ask.add_argument("--derived", action="store_true", help="also for what is made from it")
    ask.add_argument("--until", metavar="TIME", help="until when: a day, or a time in UTC")
    ask.add_argument("--why", metavar="TEXT", help="what the giver is told of the reason")
    listed = command(
        consent, common, "list", _list, "List requests and consents, ours and our partners'.", "comity consent list"
    )
    listed.add_argument("--agreement", metavar="ID", help="only under this agreement")
    show = command(
        consent,
        common,
        "show",
        _show,
        "Show one: the thing by its handle, its label, the articles that ask, what was released by it.",
        "comity consent show --data il 8d02c4",
    )
    show.add_argument("id", metavar="ID", help="a request or consent, or the beginning of one's id")


def _add_answering(consent: "Commands[Parser]", common: Parser) -> None:
    grant = command(
        consent,
        common,
        "grant",
        _grant,
        "Grant what a partner asked, or sign a standing consent; followers there ask again when it comes.",
        "comity consent grant --data il 8d02c4 --until 2027-06-30 --condition 'no copy leaves the ministry'",
    )
    grant.add_argument("id", nargs="?", metavar="ID", help="the request")
    grant.add_argument("--until", metavar="TIME", help="until when it holds (default: as asked, else 30 days)")
    grant.add_argument("--as", dest="giver", metavar="OFFICE", help="for which office or committee (default: we)")
    grant.add_argument("--form", default="written", choices=("written", "oral-confirmed"), help="how it was given")
    grant.add_argument("--condition", action="append", default=[], metavar="TEXT", help="what the other side must do")
    grant.add_argument("--file", type=Path, metavar="FILE", help="a standing consent, in YAML, instead of a request")
    grant.add_argument("--agreement", metavar="ID", help="under which agreement a standing consent is given")
    refuse = command(
        consent,
        common,
        "refuse",
        _refuse,
        "Refuse what a partner asked. Only the asker learns it.",
        "comity consent refuse --data il 8d02c4 --why 'the source could be known by it'",
    )
    revoke = command(
        consent,
        common,
        "revoke",
        _revoke,
        "Take a consent back: nothing more goes by it once the other side has the notice.",
        "comity consent revoke --data il 8d02c4",
    )
    for one in (refuse, revoke):
        one.add_argument("id", metavar="ID", help="a request or consent, or the beginning of one's id")
        one.add_argument("--why", metavar="TEXT", help="a reason, which nobody is owed")


def _ask(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import consenting
    from comity.release.consent import Derived, Scope
    from comity.wiring import open_node

    said = {
        "act": args.act,
        "to": args.to,
        "purpose": args.purpose,
        "about": {"handle": "0" * 32},
        "derived": (Derived.ALSO if args.derived else Derived.NEVER).value,
    }
    more = {"organisation": args.org, "use": args.use, "level": args.level}
    scope = Scope.from_json(said | {name: value for name, value in more.items() if value is not None})
    with open_node(args.data) as node:
        made = consenting.ask(node, args.record, scope, principal(args), instant(args.until), args.why)
        cases = [consenting.one_case(node, one) for one in made]
        rows = [row(case) | {"of": partner(node, case)} for case in cases]
    lines = [f"asked {one['of']} under {one['agreement']}: request {one['id'][:SHORT]}" for one in rows]
    out.result({"requests": rows}, lines)
    return 0


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import consenting
    from comity.cli.agreement import only
    from comity.wiring import open_node

    with open_node(args.data) as node:
        chosen = None if args.agreement is None else only(node, args.agreement)
        rows = [row(case) for case in consenting.cases(node, chosen)]
    if out.as_json:
        out.result({"consents": rows}, "")
        return 0
    shown = [{**one, "id": one["id"][:SHORT], "asked_by": one["asked_by"] or "standing"} for one in rows]
    columns = {
        "id": "id",
        "state": "state",
        "asked_by": "asked by",
        "act": "act",
        "to": "to",
        "purpose": "for",
        "until": "until",
    }
    out.table(shown, columns, "Nobody has asked for a consent, and none was given.", "consents")
    return 0


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import consenting
    from comity.wiring import open_node

    with open_node(args.data) as node:
        found = consenting.show(node, args.id)
    out.result(_shown_json(found), _shown_words(found))
    return 0


def _grant(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import consenting
    from comity.cli.agreement import only
    from comity.core import strictjson, yamltext
    from comity.release.consent import Form, Grant
    from comity.wiring import open_node

    if (args.id is None) == (args.file is None):
        raise Malformed("a consent answers a request, or is a standing one in a file", "give an ID or --file")
    with open_node(args.data) as node:
        if args.file is not None:
            written = yamltext.parse(files.read(args.file, MAX_BYTES), "the consent")
            terms = Grant.from_json(strictjson.parse(strictjson.canonical(written)))
            made = consenting.give(node, only(node, args.agreement), terms, principal(args))
        else:
            until = instant(args.until) or consenting.one_case(node, args.id).until
            terms = consenting.terms_of(node, until, args.giver, Form(args.form), tuple(args.condition))
            made = consenting.grant(node, args.id, principal(args), terms)
        value = row(consenting.one_case(node, made))
    lines = [f"{value['giver']} consents until {value['until']}: {_scope(value)}"]
    out.result(value, [*lines, *(f"  on condition: {one}" for one in value["conditions"])])
    return 0


def _refuse(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import consenting
    from comity.wiring import open_node

    with open_node(args.data) as node:
        consenting.refuse(node, args.id, principal(args), args.why)
        value = row(consenting.one_case(node, args.id))
    out.result(value, f"refused: {_scope(value)}")
    return 0


def _revoke(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import consenting
    from comity.wiring import open_node

    with open_node(args.data) as node:
        consenting.revoke(node, args.id, principal(args), args.why)
        value = row(consenting.one_case(node, args.id))
    out.result(value, f"revoked: {_scope(value)}")
    return 0


def row(case: "ConsentCase") -> dict[str, Any]:
    """A case as scripts read it."""
    from comity.core import instants

    scope = case.scope.as_json()
    about = scope.pop("about")
    return {
        "id": case.id,
        "state": case.state,
        "agreement": case.agreement,
        "act": case.scope.act,
        "to": case.scope.to,
        "organisation": case.scope.organisation,
        "purpose": case.scope.purpose,
        "use": case.scope.use,
        "level": case.scope.level,
        "derived": case.scope.derived.value,
        "handle": about.get("handle"),
        "class": about.get("class"),
        "asked_by": case.asked_by,
        "giver": case.giver,
        "consent": case.consent,
        "until": None if case.until is None else instants.text(case.until),
        "conditions": list(case.conditions),
        "reason": case.reason,
        "made": instants.text(case.made),
    }


def partner(node: "Node", case: "ConsentCase") -> str:
    """The other party of the agreement a case stands under."""
    from comity.acts import agreements

    return agreements.partner_of(node, agreements.held(node, case.agreement).newest)


def instant(text: str | None) -> datetime | None:
    """A day means its first instant, in UTC. Raises `Malformed`."""
    from comity.core import instants

    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return instants.parse(text, "--until")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _scope(value: dict[str, Any]) -> str:
    about = f"handle {value['handle'][:SHORT]}" if value["handle"] else f"class {', '.join(value['class']['kinds'])}"
    whom = value["to"] if value["organisation"] is None else f"{value['organisation']} of {value['to']}"
    return f"{value['act']} of {about} to {one_line(whom)} for {one_line(value['purpose'])}"


def _shown_json(found: "Shown") -> dict[str, Any]:
    return row(found.case) | {
        "record": None if found.record is None else found.record.rid,
        "title": None if found.summary is None else found.summary.title,
        "label": None if found.label is None else found.label.as_json(),
        "articles": [{"article": term.article, "text": dict(term.text)} for term in found.articles],
        "releases": [{"agreement": agreement, "handle": one.handle} for agreement, one in found.releases],
    }


def _shown_words(found: "Shown") -> list[str]:
    value = row(found.case)
    who = "standing" if value["asked_by"] is None else f"asked by {value['asked_by']}"
    lines = [f"{value['state']}: {_scope(value)}  ({who}, under {value['agreement']})"]
    if found.summary is not None:
        lines.append(f"  {one_line(found.summary.title)}")
    if found.label is not None:
        lines.append(f"  {marking.words(found.label)}")
    if value["use"] is not None:
        lines.append(f"  form of use: {one_line(value['use'])}")
    if value["until"] is not None:
        lines.append(f"  until {value['until']}")
    lines += [f"  on condition: {one_line(one)}" for one in value["conditions"]]
    if value["reason"] is not None:
        lines.append(f"  because: {one_line(value['reason'])}")
    lines += [f"  {term.article}: {one_line(term.text.get('en', ''))}" for term in found.articles]
    if found.releases:
        lines.append(f"  {counted(len(found.releases), 'release')} rest on it:")
        lines += [f"    {agreement} {one.handle[:SHORT]}" for agreement, one in found.releases]
    return lines
