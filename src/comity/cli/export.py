"""`comity export misp`: what was released, as the files of a MISP feed; the one module that writes them."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from comity.cli import files
from comity.cli.output import Output, counted, one_line
from comity.cli.parser import Commands, Parser, command, group
from comity.core import strictjson
from comity.core.errors import Malformed

if TYPE_CHECKING:
    from comity.annexes.cyber.misp.feed import Feed

MAX_BYTES = 64 * 1024 * 1024
SHOWN = 20
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def add(commands: "Commands[Parser]", common: Parser) -> None:
    export = group(commands, "export", "What was released, in other formats.")
    misp = command(
        export,
        common,
        "misp",
        _misp,
        "Write what was released as a MISP feed that any MISP can pull; again, only what changed is written.",
        "comity export misp --data il --to JP feed",
    )
    misp.add_argument("folder", type=Path, metavar="DIR", help="the feed's folder; made where there is none")
    whose = misp.add_mutually_exclusive_group(required=True)
    whose.add_argument("--to", metavar="PARTY", help="what was released to this partner")
    whose.add_argument("--collection", metavar="NAME", help="what a national collection shows, by its id or alias")


def _misp(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import exporting
    from comity.annexes.cyber import STIX
    from comity.annexes.cyber.misp.composing import Thing
    from comity.annexes.cyber.misp.feed import feed
    from comity.wiring import open_node

    with open_node(args.data) as node:
        if args.to is not None:
            view, copies = args.to, exporting.released(node, args.to, STIX.name)
        else:
            view, copies = args.collection, exporting.shown(node, args.collection, STIX.name)
    made = feed((Thing(one.raw, one.label, one.added, one.batch) for one in copies), view)
    written, removed = write(args.folder, made)
    value = {
        "events": made.events,
        "written": written,
        "removed": removed,
        "blocked": [{"id": one.ext_id, "why": one.why} for one in made.blocked],
    }
    blocked = counted(len(made.blocked), "object")
    lines = [
        f"{counted(made.events, 'event')} in {args.folder}: {written} written, {removed} removed; {blocked} blocked"
    ]
    lines += [f"  {one.ext_id}: {one_line(one.why)}" for one in made.blocked[:SHOWN]]
    out.result(value, [*lines, *(["  …"] if len(made.blocked) > SHOWN else [])])
    return 0


def write(folder: Path, made: "Feed") -> tuple[int, int]:
    """Brings the folder to the feed: events first, then what tells of them; how many events changed, how many left."""
    from comity.annexes.cyber.misp.feed import HASHES, MANIFEST

    before = _named(folder / MANIFEST)
    events = {name: raw for name, raw in made.files.items() if name not in (MANIFEST, HASHES)}
    written = sum(_write(folder / name, raw) for name, raw in events.items())
    for name in (HASHES, MANIFEST):
        _write(folder / name, made.files[name])
    gone = [name for name in before if f"{name}.json" not in events]
    for name in gone:
        (folder / f"{name}.json").unlink(missing_ok=True)
    return written, len(gone)


def _named(manifest: Path) -> list[str]:
    """The events of the feed that stands there. Raises `Malformed` for a manifest that nobody here wrote."""
    if not manifest.exists():
        return []
    value = strictjson.parse(files.read(manifest, MAX_BYTES), str(manifest), max_bytes=MAX_BYTES)
    if not isinstance(value, dict) or not all(UUID.fullmatch(name) for name in value):
        raise Malformed(f"{manifest} is not the manifest of a MISP feed", "name another folder")
    return sorted(value)


def _write(path: Path, raw: bytes) -> bool:
    if path.exists() and files.read(path, MAX_BYTES) == raw:
        return False
    files.write_over(path, raw)
    return True
