"""`comity agreement`: drafted, checked, shown, signed by both, imported, and in force or not."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files, notify
from comity.cli.output import Output, counted
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal
from comity.core.errors import Absent, Malformed, Refused

if TYPE_CHECKING:
    from comity.acts.node import Node
    from comity.agreement.instrument import Agreement
    from comity.agreement.life import Status


def add(commands: "Commands[Parser]", common: Parser) -> None:
    agreement = group(commands, "agreement", "The memorandum itself: draft, check, show, sign, import.")
    draft = command(
        agreement,
        common,
        "draft",
        _draft,
        "Write a first text for an officer to edit; it needs no node.",
        'comity agreement draft --id XX-YY --party "XX=Country X" --party "YY=Country Y" -o mou.yaml',
    )
    draft.add_argument("--id", required=True, metavar="ID", help="the agreement's short name")
    draft.add_argument("--party", action="append", required=True, metavar="ID=NAME", help="a party; give it twice")
    draft.add_argument("--title", metavar="TEXT", help="the title (default: made from the parties' names)")
    draft.add_argument("--signed", metavar="DATE", help="the day of signature (default: today)")
    draft.add_argument("-o", dest="file", type=Path, metavar="FILE", help="a new file (default: standard output)")
    _about_files(agreement, common)
    _about_signing(agreement, common)
    notify.add(agreement, common)


def _about_files(agreement: "Commands[Parser]", common: Parser) -> None:
    check = command(
        agreement,
        common,
        "check",
        _check,
        "List what a text lacks or contradicts, article by article; it needs no node.",
        "comity agreement check mou.yaml",
    )
    check.add_argument("file", type=Path, metavar="FILE", help="YAML, JSON or signed")
    check.add_argument(
        "--published",
        action="store_true",
        help="an instrument of others, to be decided on and never signed: ask it for no keys, offices or annexes",
    )
    diff = command(
        agreement,
        common,
        "diff",
        _diff,
        "Show what a new text changes: in words, and what it would newly allow, bar and owe.",
        "comity agreement diff old.yaml new.yaml",
    )
    diff.add_argument("old", metavar="OLD", help="a file, or ID@VERSION that this node holds")
    diff.add_argument("new", metavar="NEW", help="a file, or ID@VERSION that this node holds")
    show = command(
        agreement,
        common,
        "show",
        _show,
        "Show a text as people read it: a file's, or one that binds this node.",
        "comity agreement show mou.yaml --lang ja",
    )
    show.add_argument("what", nargs="?", metavar="ID|FILE", help="default: the one that this node holds")
    show.add_argument("--lang", default="en", metavar="TAG", help="the language (default: en)")
    status = command(
        agreement,
        common,
        "status",
        _status,
        "Show which agreements are in force, by which article, and until when.",
        "comity agreement status --data il",
    )
    status.add_argument("id", nargs="?", metavar="ID", help="only this one")


def _about_signing(agreement: "Commands[Parser]", common: Parser) -> None:
    sign = command(
        agreement,
        common,
        "sign",
        _sign,
        "Bind both parties' confirmed keys into a text and sign it for this party.",
        "comity agreement sign --data il mou.yaml -o mou.signed",
    )
    sign.add_argument("file", type=Path, metavar="FILE", help="the text, in YAML or JSON")
    sign.add_argument("-o", dest="to", type=Path, required=True, metavar="SIGNED", help="a new file")
    countersign = command(
        agreement,
        common,
        "countersign",
        _countersign,
        "Show what the other side signed, and add this party's signature to the same bytes.",
        "comity agreement countersign --data jp mou.signed -o mou.both",
    )
    countersign.add_argument("file", type=Path, metavar="SIGNED", help="the text as the other side signed it")
    countersign.add_argument("-o", dest="to", type=Path, required=True, metavar="BOTH", help="a new file")
    bring_in = command(
        agreement,
        common,
        "import",
        _import,
        "Make a text that both parties signed the law of this node.",
        "comity agreement import --data il mou.both",
    )
    bring_in.add_argument("file", type=Path, metavar="BOTH", help="the text with both signatures")


def only(node: "Node", given: str | None) -> str:
    """The agreement meant: the one given, else the only one. Raises `Absent` or `Refused`."""
    from comity.acts.agreements import agreement_ids

    held = agreement_ids(node)
    if given is None and len(held) > 1:
        raise Refused(f"this node holds {len(held)} agreements: say which one", f"it holds: {', '.join(held)}")
    if not held or (given is not None and given not in held):
        raise Absent(
            f"this node holds no signed agreement {given or ''}".rstrip(),
            f"it holds: {', '.join(held)}" if held else "comity agreement import FILE",
        )
    return given or held[0]


def _draft(args: argparse.Namespace, out: Output) -> int:
    from comity.agreement import draft, text

    parties = dict(_party(one) for one in args.party)
    if len(parties) < 2:
        raise Malformed("an agreement has at least two parties", '--party "XX=Country X" --party "YY=Country Y"')
    title = args.title or f"Memorandum of cooperation between {' and '.join(parties.values())}"
    signed = args.signed or time.strftime("%Y-%m-%d", time.gmtime())
    written = draft.draft(args.id, parties, {}, title, signed=signed)
    text.from_yaml(written.encode())
    if args.file is not None:
        files.write_new(args.file, written.encode())
        words = f"The draft is in {args.file}. Edit it, then: comity agreement check {args.file}"
    else:
        words = written.rstrip("\n")
    out.result({"id": args.id, "file": None if args.file is None else str(args.file), "text": written}, words)
    return 0


def _party(text: str) -> tuple[str, str]:
    party, _, name = text.partition("=")
    if not party or not name:
        raise Malformed(f"a party is written ID=NAME, not {text[:80]!r}")
    return party, name


def _check(args: argparse.Namespace, out: Output) -> int:
    from comity.agreement.problem import ERROR
    from comity.cli import instrument

    agreement, _ = instrument.read(args.file)
    found = instrument.problems(agreement, published=args.published)
    errors = sum(problem.severity == ERROR for problem in found)
    value = {
        "agreement": str(agreement.ref),
        "problems": [{"article": one.article, "severity": one.severity, "text": one.text} for one in found],
        "errors": errors,
        "warnings": len(found) - errors,
    }
    lines = [f"{problem.severity}: {problem}" for problem in found]
    verdict = "it cannot be signed yet" if errors else "it can be signed"
    if args.published:
        verdict = "it contradicts itself" if errors else "it can be decided on, and is not to be signed"
    out.result(
        value,
        [*lines, f"{agreement.ref}: {counted(errors, 'error')}, {counted(len(found) - errors, 'warning')}; {verdict}"],
    )
    return Malformed.exit_code if errors else 0


def _diff(args: argparse.Namespace, out: Output) -> int:
    from comity.cli import difference

    old, new = _named(args, args.old), _named(args, args.new)
    found = difference.both(old, new)
    out.result(difference.as_json(old, new, found), [f"{old.ref} and {new.ref}", *difference.words(found)])
    return 0


def _named(args: argparse.Namespace, name: str) -> "Agreement":
    """The text in a file; else the version held under this name."""
    from comity.acts.comparing import version_of
    from comity.cli import instrument
    from comity.wiring import open_node

    if Path(name).is_file():
        return instrument.read(Path(name))[0]
    if not (args.data / "comity.toml").is_file():
        raise Absent(f"there is no file {name}, and no node in {args.data} that could hold it")
    with open_node(args.data) as node:
        return version_of(node, name)


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.agreement import signed
    from comity.cli import instrument

    if args.what is not None and Path(args.what).is_file():
        agreement, raw = instrument.read(Path(args.what))
        signers = sorted(signed.signers_of(raw)) if raw is not None else []
        status = None
    else:
        agreement, status = _held(args)
        signers = sorted(agreement.party_ids)
    out.result(_text_json(agreement, status, signers, args.lang), _text_words(agreement, status, signers, args.lang))
    return 0


def _held(args: argparse.Namespace) -> "tuple[Agreement, Status]":
    from comity.acts import agreements
    from comity.wiring import open_node

    with open_node(args.data) as node:
        return agreements.status(node, only(node, args.what))


def _text_json(agreement: "Agreement", status: "Status | None", signers: list[str], language: str) -> dict[str, Any]:
    from comity.agreement import text
    from comity.cli.instrument import in_language

    def words(texts: Any) -> str:
        return in_language(texts, language, agreement.prevailing)

    return {
        "agreement": str(agreement.ref),
        "title": words(agreement.title),
        "fictional": agreement.fictional,
        "parties": {party.id: words(party.name) for party in agreement.parties},
        "state": None if status is None else status.state.value,
        "digest": text.digest(agreement),
        "signed_by": signers,
        "articles": [{"article": one.article, "rule": one.rule, "text": words(one.text)} for one in agreement.terms],
    }


def _text_words(agreement: "Agreement", status: "Status | None", signers: list[str], language: str) -> list[str]:
    from comity.cli import instrument

    lines = instrument.heading(agreement, language)
    lines += [f"source    {agreement.source}", f"signed    {', '.join(signers) or 'by nobody yet'}"]
    if status is not None:
        lines.append(f"state     {instrument.force(status)}")
    for term in agreement.terms:
        lines += ["", f"{term.article}  ({term.rule})"]
        lines.append(f"  {instrument.in_language(term.text, language, agreement.prevailing)}")
    return lines


def _sign(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import agreements
    from comity.cli import instrument
    from comity.wiring import open_node

    agreement, raw = instrument.read(args.file)
    if raw is not None:
        raise Refused(f"{args.file} is signed already", "the second party runs `comity agreement countersign`")
    files.check_free(args.to)
    with open_node(args.data) as node:
        out.result(*_signed(agreements.sign(node, agreement, principal(args)), args.to))
    return 0


def _countersign(args: argparse.Namespace, out: Output) -> int:
    """A new version is shown beside the one that binds before anything is signed."""
    from comity.acts import agreements
    from comity.acts.comparing import before_signing
    from comity.cli import difference, instrument
    from comity.wiring import open_node

    raw = files.read(args.file, instrument.LIMIT)
    files.check_free(args.to)
    with open_node(args.data) as node:
        two = before_signing(node, raw)
        found = None if two is None else difference.both(*two)
        both = agreements.countersign(node, raw, principal(args))
        value, lines = _signed(both, args.to)
    if two is None or found is None:
        out.result({**value, "difference": None}, lines)
    else:
        told = difference.words(found)
        out.result({**value, "difference": difference.as_json(*two, found)}, [*told, "", *lines])
    return 0


def _signed(raw: bytes, to: Path) -> tuple[dict[str, Any], list[str]]:
    from comity.agreement import signed, text
    from comity.cli import instrument

    agreement = signed.read(raw)
    signers = sorted(signed.signers_of(raw))
    files.write_new(to, raw)
    value = {
        "agreement": str(agreement.ref),
        "digest": text.digest(agreement),
        "signed_by": signers,
        "file": str(to),
    }
    return value, [*instrument.heading(agreement, "en"), f"signed    {', '.join(signers)}, in {to}"]


def _import(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import agreements
    from comity.cli import instrument
    from comity.wiring import open_node

    with open_node(args.data) as node:
        agreement = agreements.bring_in(node, files.read(args.file, instrument.LIMIT), principal(args))
        row = _row(node, agreement.id)
    out.result(row, f"{row['agreement']} with {row['partner']} binds this node: {row['force']}")
    return 0


def _status(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.agreements import agreement_ids
    from comity.wiring import open_node

    with open_node(args.data) as node:
        chosen = agreement_ids(node) if args.id is None else [only(node, args.id)]
        rows = [_row(node, one) for one in chosen]
        told = [line for one in chosen for line in _events(node, one)]
    columns = {"agreement": "agreement", "partner": "with", "force": "state", "until": "until"}
    out.table(rows, columns, "This node holds no signed agreement.", "agreements")
    if told and not args.json:
        out.result({}, told)
    return 0


def _events(node: "Node", agreement_id: str) -> list[str]:
    """What was told under an agreement, one line an event."""
    from comity.acts import announcing

    found = announcing.listed(node, agreement_id)
    return [f"{agreement_id}: {counted(len(found), 'event')}", *map(notify.words, found)] if found else []


def _row(node: "Node", agreement_id: str) -> dict[str, Any]:
    from comity.acts import agreements, announcing
    from comity.cli import instrument
    from comity.core import instants

    agreement, status = agreements.status(node, agreement_id)
    return {
        "agreement": str(agreement.ref),
        "partner": agreements.partner_of(node, agreement),
        "state": status.state.value,
        "articles": list(status.cites),
        "flags": list(status.flags),
        "force": instrument.force(status),
        "until": None if status.until is None else instants.text(status.until),
        "suspended_articles": sorted(status.suspended_articles),
        "events": [notify.row(one) for one in announcing.listed(node, agreement_id)],
    }
