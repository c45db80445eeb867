"""`comity feedback`: what things that were given are worth, told to whoever gave them, and what they tell us."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.records import SHORT
from comity.cli.writing import LEVELS, add_marks, head, new_name, purpose_of, send, source, told
from comity.core.errors import Malformed, Refused

if TYPE_CHECKING:
    from comity.acts.node import Node
    from comity.release.correction import CorrectionKind
    from comity.release.feedback import FeedbackKind
    from comity.release.ruling import RulingKind

VERDICTS = ("useful", "not-useful", "false", "acted-on", "blocked")
MAX_BYTES = 256 * 1024


def add(commands: "Commands[Parser]", common: Parser) -> None:
    feedback = group(commands, "feedback", "What things given were worth: told to their giver, and told to us.")
    give = command(
        feedback,
        common,
        "give",
        _give,
        "Tell a partner what a thing it gave was worth. Said again, it takes the place of what was said before.",
        "comity feedback give --data jp 3f2a81c0… --verdict blocked --count 12",
    )
    give.add_argument("id", metavar="ID", help="what was received: its handle, its id, or the beginning of one")
    give.add_argument("--verdict", required=True, choices=VERDICTS)
    give.add_argument("--count", type=int, metavar="N", help="how many times it was blocked so far")
    give.add_argument("--note", metavar="TEXT")
    add_marks(give)
    sighted = command(
        feedback,
        common,
        "sighted",
        _sighted,
        "Tell a partner that a thing it gave was seen: a STIX sighting, decided on like any other threat data.",
        "comity feedback sighted --data jp indicator--8e2e… --count 3 --tlp GREEN",
    )
    sighted.add_argument("id", metavar="ID", help="the threat data that was received")
    sighted.add_argument("--count", type=int, default=1, metavar="N", help="how many times (default: once)")
    sighted.add_argument("--first", metavar="T", help="when first, in UTC (default: now)")
    sighted.add_argument("--last", metavar="T", help="when last (default: as --first)")
    sighted.add_argument("--note", metavar="TEXT")
    sighted.add_argument("--tlp", choices=LEVELS, required=True, help="the sighting's own TLP")
    _add_corrections(feedback, common)


def _add_corrections(feedback: "Commands[Parser]", common: Parser) -> None:
    propose = command(
        feedback,
        common,
        "propose",
        _propose,
        "Propose to a partner that a thing it gave be corrected. Only its originator decides.",
        'comity feedback propose --data jp 3f2a81c0… --text "The year is 2026." --tlp AMBER',
    )
    propose.add_argument("id", metavar="ID", help="what was received")
    propose.add_argument("--text", required=True, metavar="TEXT", help="what is wrong, and how it should read")
    propose.add_argument("--file", type=Path, metavar="FILE", help="how the whole should read")
    add_marks(propose)
    for name, act, what in (
        ("accept", _accept, "Accept a proposed correction of our own; a new version of the thing then carries it out."),
        ("decline", _decline, "Decline a proposed correction of our own."),
    ):
        one = command(feedback, common, name, act, what, f'comity feedback {name} --data il 7d0f13… --words "Thanks."')
        one.add_argument("id", metavar="ID", help="the correction, as `comity feedback list` names it")
        one.add_argument("--words", metavar="TEXT", help="what the proposer is told beside")
        add_marks(one)
    command(
        feedback,
        common,
        "list",
        _list,
        "List what was said of what was given, by us and by partners, and what became of proposed corrections.",
        "comity feedback list --data il",
    )


def _kinds(field: str) -> "tuple[FeedbackKind, CorrectionKind, RulingKind]":
    from comity.annexes import cyber, intelligence

    found = {annex.ANNEX.field: (annex.FEEDBACK, annex.CORRECTION, annex.RULING) for annex in (cyber, intelligence)}
    return found[field]


def _give(args: argparse.Namespace, out: Output) -> int:
    from dataclasses import replace

    from comity.acts import agreements, remarks
    from comity.annexes.intelligence import ANSWER
    from comity.release.feedback import Feedback
    from comity.wiring import open_node

    with open_node(args.data) as node:
        thing = remarks.received(node, args.id)
        text = agreements.held(node, thing.agreement).newest
        field = thing.record.kind.partition(".")[0]
        kind = _kinds(field)[0]
        request = None
        if thing.record.kind == ANSWER.name:
            with node.house.reader() as house:
                request = ANSWER.parse(house.body(thing.record.bid)).re
        name = f"FBK-{thing.handle}"
        rid, before = _before(node, kind, source(field), name)
        version = 1 if before is None else before.head.version + 1
        written = head(node, text, name, args, version)
        feedback = Feedback(written, thing.handle, args.verdict, args.note, request, args.count)
        same = before is not None and replace(feedback, head=replace(written, version=1, at=before.head.at)) == replace(
            before, head=replace(before.head, version=1)
        )
        if not same:
            rid = send(node, kind, feedback, args, purpose_of(text, field))
    assert rid is not None
    told(out, "Feedback", name, thing.record.source, text, rid)
    return 0


def _before(node: "Node", kind: Any, profile: str, name: str) -> "tuple[str | None, Any]":
    """The newest document of ours of this name: its record and what it says."""
    with node.house.reader() as house:
        found = house.find(profile, name)
        return (found[-1].rid, kind.parse(house.body(found[-1].bid))) if found else (None, None)


def _sighted(args: argparse.Namespace, out: Output) -> int:
    import uuid

    from comity.acts import agreements, intake, remarks
    from comity.annexes.cyber import STIX
    from comity.annexes.cyber.markings import to_markings
    from comity.cli.principal import principal
    from comity.core import ids, instants, strictjson
    from comity.labels.label import Label, OriginLabel, Tlp
    from comity.wiring import open_node

    with open_node(args.data) as node:
        thing = remarks.received(node, args.id)
        if thing.record.kind != STIX.name:
            raise Refused(f"{thing.handle[:SHORT]} is no threat data", "comity feedback give says what it was worth")
        text = agreements.held(node, thing.agreement).newest
        now = node.clock().replace(microsecond=0)
        first = now if args.first is None else instants.parse(args.first, "--first")
        last = first if args.last is None else instants.parse(args.last, "--last")
        said = {
            "type": "sighting",
            "spec_version": "2.1",
            "sighting_of_ref": thing.record.ext_id,
            "first_seen": instants.text(first),
            "last_seen": instants.text(last),
            "count": args.count,
            "object_marking_refs": list(to_markings(Label.of(OriginLabel(node.party, tlp=Tlp.of(args.tlp))))),
        } | ({} if args.note is None else {"description": args.note})
        digest = ids.identity(node.vault.identity_key, STIX.name, thing.record.source, strictjson.canonical(said))
        name = f"sighting--{uuid.UUID(hex=digest[:32], version=4)}"
        with node.house.reader() as house:
            before = house.by_ext_id(name)
        if before:
            rid = before[0].rid
        else:
            stamp = f"{now:%Y-%m-%dT%H:%M:%S}.000Z"
            raw = strictjson.canonical(said | {"id": name, "created": stamp, "modified": stamp})
            STIX.parse(raw)
            taken = intake.take(node, raw, source("cyber"), principal(args), made_from=[thing.record.rid])
            if taken.quarantined:
                raise Refused(f"it is held in quarantine: {taken.quarantined[0][1]}", "comity quarantine list")
            [rid] = taken.rids
    told(out, "Sighting", name, thing.record.source, text, rid)
    return 0


def _propose(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import agreements, remarks
    from comity.release.correction import Correction
    from comity.wiring import open_node

    copy = None if args.file is None else _text(args.file)
    with open_node(args.data) as node:
        thing = remarks.received(node, args.id)
        text = agreements.held(node, thing.agreement).newest
        field = thing.record.kind.partition(".")[0]
        written = head(node, text, new_name(node, "COR"), args)
        correction = Correction(written, thing.handle, args.text, copy)
        rid = send(node, _kinds(field)[1], correction, args, purpose_of(text, field), [thing.record.rid])
    told(out, "Correction", written.id, thing.record.source, text, rid)
    return 0


def _text(path: Path) -> str:
    try:
        return files.read(path, MAX_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"{path} is not UTF-8 text") from None


def _accept(args: argparse.Namespace, out: Output) -> int:
    return _rule(args, out, "accepted")


def _decline(args: argparse.Namespace, out: Output) -> int:
    return _rule(args, out, "declined")


def _rule(args: argparse.Namespace, out: Output, answer: str) -> int:
    from comity.acts import agreements, remarks
    from comity.release.ruling import Ruling
    from comity.wiring import open_node

    with open_node(args.data) as node:
        proposal = remarks.proposed(node, args.id)
        text = agreements.held(node, proposal.agreement).newest
        field = proposal.record.kind.partition(".")[0]
        kind = _kinds(field)[2]
        name = f"RUL-{proposal.handle}"
        rid, before = _before(node, kind, source(field), name)
        if before is not None and before.ruling != answer:
            raise Refused(f"the correction {proposal.handle[:SHORT]} was {before.ruling} already")
        if rid is None:
            ruling = Ruling(head(node, text, name, args), proposal.handle, answer, args.words)
            rid = send(node, kind, ruling, args, purpose_of(text, field))
    told(out, f"Correction {answer}:", name, proposal.record.source, text, rid)
    return 0


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import remarks
    from comity.core import instants
    from comity.wiring import open_node

    with open_node(args.data) as node:
        rows: list[dict[str, Any]] = [
            {
                "agreement": one.agreement,
                "by": one.said.party,
                "word": one.said.word,
                "about": one.said.about,
                "count": one.said.count,
                "at": instants.text(one.said.at),
                "handle": one.said.handle,
                "record": one.said.rid,
                "thing": one.said.thing,
                "ruling": one.ruling,
            }
            for one in remarks.listed(node)
        ]
    lines = ["Nobody has said anything of what was given."] if not rows else []
    for row in rows:
        count = f" {row['count']}" if row["count"] is not None else ""
        ruling = f", {row['ruling']}" if row["ruling"] else ""
        lines.append(f"{row['record'][:SHORT]}  {row['by']} of {row['thing'][:SHORT]}: {row['word']}{count}{ruling}")
    out.result({"said": rows}, lines)
    return 0
