"""`comity take`, `show`, `explain`, `preview`: things in, and why each of them goes or stays."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files, tongue
from comity.cli.output import Output, one_line, progress
from comity.cli.parser import Commands, Parser, command
from comity.cli.principal import principal
from comity.core.errors import Malformed, Refused

if TYPE_CHECKING:
    from comity.acts.explaining import Explained
    from comity.acts.intake import Taken
    from comity.acts.node import Node
    from comity.records import Record
    from comity.release.kind import Summary

MAX_BYTES = 64 * 1024 * 1024
PACKED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}
SHORT = 16
"""Digits of an id that a person reads. Any command takes the whole, or its beginning."""


def add(commands: "Commands[Parser]", common: Parser) -> None:
    take = command(
        commands,
        common,
        "take",
        _take,
        "Take a file in: parse it strictly, label every thing in it, keep it; what is unclear goes to quarantine.",
        "comity take --data il bundle.json --source mitre-attack",
    )
    take.add_argument("file", type=Path, metavar="FILE", help="STIX 2.1, MISP events, or an intelligence record")
    take.add_argument("--source", required=True, metavar="PROFILE", help="the source profile that speaks for it")
    take.add_argument(
        "--from",
        dest="made_from",
        action="append",
        default=[],
        metavar="RECORD",
        help="what it was made from: it inherits from that, and from all that that was made from; may be repeated",
    )
    take.add_argument(
        "--owner", action="append", default=[], metavar="PARTY", help="who owns it jointly; may be repeated"
    )
    take.add_argument("--purpose", metavar="P", help="what it is taken for (default: what it says, else the profile)")
    show = command(
        commands,
        common,
        "show",
        _show,
        "Show one record of this house: its text, its label, where it came from.",
        "comity show --data il 3f2a81c09d5e",
    )
    show.add_argument("id", metavar="ID", help="an id, the beginning of one, a handle, or an external id")
    explain = command(
        commands,
        common,
        "explain",
        _explain,
        "Say why a record went to a party, waits or stays: every reason, with its article's words.",
        "comity explain --data il 3f2a81c09d5e --to JP --lang ja",
    )
    explain.add_argument("id", metavar="ID")
    explain.add_argument("--to", required=True, metavar="PARTY")
    tongue.add(explain)
    explain.add_argument("--html", type=Path, metavar="FILE", help="write it as one page, too; a new file")
    preview = command(
        commands,
        common,
        "preview",
        _preview,
        "Print exactly the bytes that would go, or went, to a party.",
        "comity preview --data il 3f2a81c09d5e --to JP -o copy.json",
    )
    preview.add_argument("id", metavar="ID")
    preview.add_argument("--to", required=True, metavar="PARTY")
    preview.add_argument("-o", dest="file", type=Path, metavar="FILE", help="a new file (default: standard output)")


def _take(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import intake
    from comity.wiring import collect_rarely, open_node

    raw = files.read(args.file, MAX_BYTES)
    _check_form(args.file, raw)
    with open_node(args.data) as node, progress(f"taking in {args.file.name}", None) as told:
        owners = frozenset(args.owner)
        collect_rarely()
        result = intake.take(node, raw, args.source, principal(args), told, args.purpose, args.made_from, owners)
    value = {
        "taken": result.taken,
        "already": result.already,
        "quarantined": [{"record": rid, "why": why} for rid, why in result.quarantined],
        "records": result.rids,
    }
    out.result(value, _taken(result))
    return 0


def _check_form(path: Path, raw: bytes) -> None:
    """What is packed, or says `.json` and is something else, is told so in those words. Raises `Malformed`."""
    for magic, name in PACKED.items():
        if raw.startswith(magic):
            raise Malformed(f"{path} is packed ({name})", "unpack it first: what is kept are the bytes you see")
    if path.suffix == ".json" and raw.lstrip(b" \t\r\n")[:1] not in (b"{", b"["):
        raise Malformed(f"{path} is not what its name says: JSON begins with a brace", f"file {path}")


def _taken(result: "Taken") -> list[str]:
    lines = [f"taken {result.taken}, here already {result.already}, quarantined {len(result.quarantined)}"]
    if result.taken and len(result.rids) <= 10:
        held = {rid for rid, _ in result.quarantined}
        lines += [f"  record {rid[:SHORT]}" for rid in result.rids if rid not in held]
    first = {why: rid for rid, why in reversed(result.quarantined)}
    for why, count in Counter(why for _, why in result.quarantined).most_common():
        lines.append(f"  quarantined {count}: {why} ({first[why][:SHORT]}{', …' if count > 1 else ''})")
    return lines


def described(node: "Node", record: "Record") -> "Summary | None":
    """What the record's own kind says of it; `None` where it cannot be read, or was destroyed."""
    from comity.acts.node import kind_named
    from comity.records import RecordState

    if record.state is RecordState.DESTROYED:
        return None
    with node.house.reader() as house:
        raw = house.body(record.bid)
    try:
        kind = kind_named(node.annexes, record.kind)
        return kind.describe(kind.parse(raw))
    except Malformed:
        return None


def row(record: "Record") -> dict[str, Any]:
    """Where a record stands, without its content."""
    return {
        "record": record.rid,
        "handle": record.handle,
        "kind": record.kind,
        "source": record.source,
        "id": record.ext_id,
        "version": record.ext_ver,
        "state": record.state.value,
        "why": record.why,
    }


def content(summary: "Summary | None") -> dict[str, Any]:
    """What a person may read of it."""
    if summary is None:
        return {"title": None, "facts": {}, "text": None}
    return {"title": summary.title, "facts": dict(summary.facts), "text": summary.text}


def quoted(summary: "Summary | None") -> list[str]:
    """Facts, and the text with a bar before each line, so that nothing in it passes for words of ours."""
    if summary is None:
        return []
    facts = [f"  {name}: {one_line(fact)}" for name, fact in summary.facts.items()]
    return [*facts, *(f"| {line}".rstrip() for line in summary.text.splitlines())]


def title(record: "Record", summary: "Summary | None") -> str:
    """The first line about a record."""
    name = "unreadable" if summary is None else one_line(summary.title)
    return f"{name}  ({record.kind}, {record.rid[:SHORT]})"


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.finding import found
    from comity.cli import marking
    from comity.core import strictjson
    from comity.labels.label import Label
    from comity.wiring import open_node

    with open_node(args.data) as node:
        record = found(node, args.id)
        summary = described(node, record)
    said = strictjson.parse(record.class_canonical.encode(), "the record's class").get("label")
    handle = "" if record.handle is None else f", handle {record.handle}"
    lines = [title(record, summary), f"  from {record.source}, {record.state.value}{handle}"]
    if said is not None:
        lines.append(f"  {marking.words(Label.from_json(said))}")
    if record.why is not None:
        lines.append(f"  held because: {record.why}")
    out.result({**row(record), "label": said, **content(summary)}, [*lines, *quoted(summary)])
    return 0


def _explain(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.explaining import explain
    from comity.wiring import open_node

    if args.html is not None:
        files.check_free(args.html)
    language = tongue.asked(args)
    with open_node(args.data) as node:
        found = explain(node, args.id, args.to, language)
    told = _explained_json(found, language)
    lines = [*_explained_words(found), *([f"  {told['note']}"] if told["note"] else [])]
    if args.html is not None:
        from comity.cli.page import render

        files.write_new(args.html, render(told, title(found.record, found.summary)).encode())
        lines.append(f"The page is in {args.html}.")
    out.result(told, lines)
    return 0


def _explained_json(found: "Explained", asked: str) -> dict[str, Any]:
    from comity.release.whatif import sentence

    return {
        "language": found.language,
        "note": tongue.note(asked),
        "record": found.record.rid,
        "agreement": found.agreement,
        "to": found.party,
        "outcome": found.outcome,
        "articles": list(found.articles),
        "reasons": list(found.sentences),
        "consent_from": list(found.consent_from),
        "ask": [{"of": one.party, "agreement": one.agreement, "handle": one.handle} for one in found.givers],
        "waiting_for": list(found.waiting_for),
        "handle": None if found.release is None else found.release.handle,
        "decision": None if found.decision is None else found.decision.as_json(),
        "quoted": [{"article": one.cite, "language": one.language, "text": one.text} for one in found.quoted],
        "what_if": [
            {"words": sentence(one, found.language), "outcome": one.outcome.text, "articles": list(one.articles)}
            for one in found.what_if
        ],
        "relied_on": None if found.question is None else dict(found.question),
    }


def _explained_words(found: "Explained") -> list[str]:
    from comity.release import whatif
    from comity.release.decision import bare
    from comity.release.language import sentences

    table = sentences(found.language)
    cites = ", ".join(bare(cite) for cite in found.articles)
    handle = f", {table.say('as', handle=found.release.handle)}" if found.release is not None else ""
    stands = table.say("stands", to=found.party, agreement=found.agreement, state=table.state(found.outcome))
    return [
        title(found.record, found.summary),
        f"{stands}{handle} [{cites}]",
        *(f"  {sentence}" for sentence in found.sentences),
        *(
            f"  {table.say('then', change=whatif.sentence(one, found.language), state=table.state(one.outcome.text))} "
            f"[{', '.join(map(bare, one.articles))}]"
            for one in found.what_if
        ),
        *(
            f"  {table.say('to-ask', party=one.party, handle=one.handle, agreement=one.agreement)}"
            for one in found.givers
        ),
    ]


def _preview(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.explaining import preview
    from comity.release.decision import bare
    from comity.wiring import open_node

    with open_node(args.data) as node:
        found = preview(node, args.id, args.to)
    if found.raw is None and not out.as_json:
        cites = ", ".join(bare(cite) for cite in found.articles)
        raise Refused(f"nothing of it would go to {args.to}: {found.outcome.text} [{cites}]", "comity explain says why")
    if args.file is not None and found.raw is not None:
        files.write_new(args.file, found.raw)
    value = {
        "record": found.record.rid,
        "to": args.to,
        "outcome": found.outcome.text,
        "articles": list(found.articles),
        "label": None if found.label is None else found.label.as_json(),
        "file": None if args.file is None or found.raw is None else str(args.file),
        "text": None if found.raw is None else found.raw.decode(),
    }
    if out.as_json or args.file is not None:
        out.result(value, f"{len(found.raw or b''):,} bytes that go to {args.to} are in {args.file}")
    elif found.raw is not None:
        sys.stdout.buffer.write(found.raw)
    return 0 if found.raw is not None else Refused.exit_code
