"""What an officer writes: its head and label, taken in like anything else, so that followers decide on it."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output
from comity.cli.principal import principal
from comity.cli.records import SHORT
from comity.core.errors import Malformed, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comity.acts.node import Node
    from comity.agreement.instrument import Agreement
    from comity.labels.label import Label
    from comity.release.document import Head
    from comity.release.kind import Kind

LEVELS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")


def source(field: str) -> str:
    """The source profile of what the house itself writes in a field."""
    return f"own-{field}"


def add_marks(parser: argparse.ArgumentParser) -> None:
    """The options by which an officer marks what it writes."""
    parser.add_argument("--level", metavar="L", help="a level of this party (default: none, unclassified)")
    parser.add_argument("--tlp", choices=LEVELS, help="its TLP (default: none said)")
    parser.add_argument("--lang", default="en", metavar="TAG", help="the language it is written in (default: en)")


def purpose_of(text: "Agreement", field: str) -> str:
    """The first purpose of the annex that opens the field. Raises `Refused` for a text without one."""
    for term in text.of("comity-annex"):
        if term.params["field"] == field and term.params["purposes"]:
            return str(term.params["purposes"][0])
    raise Refused(f"{text.ref} has no annex on {field}: nothing of it can be told under it")


def head(node: "Node", text: "Agreement", name: str, args: argparse.Namespace, version: int = 1) -> "Head":
    """A document of ours, for the other party of this agreement and nobody else."""
    from comity.release.document import Head

    return Head(name, version, node.clock().replace(microsecond=0), args.lang, _own_label(node, text, args))


def new_name(node: "Node", prefix: str) -> str:
    """An id that nobody has seen: of the day and of chance."""
    return f"{prefix}-{node.clock():%Y%m%d}-{node.entropy(4).hex()}"


def _own_label(node: "Node", text: "Agreement", args: argparse.Namespace) -> "Label":
    from comity.labels.label import Label, OriginLabel, Tlp

    if args.level is not None and args.level not in text.levels.get(node.party, ()):
        names = ", ".join(text.levels.get(node.party, ()))
        raise Malformed(f"{args.level!r} is not a level of {node.party}", f"its levels: {names}")
    tlp = None if args.tlp is None else Tlp.of(args.tlp)
    return Label.of(OriginLabel(node.party, args.level, rel_to=frozenset(text.party_ids), tlp=tlp))


def send(
    node: "Node",
    kind: "Kind[Any]",
    record: object,
    args: argparse.Namespace,
    purpose: str,
    made_from: "Sequence[str]" = (),
) -> str:
    """Takes our own document in; followers decide on it. Answers its record id. Raises `Malformed` for a faulty one."""
    from comity.acts import intake

    raw = kind.render(record)
    kind.parse(raw)
    field = kind.name.partition(".")[0]
    result = intake.take(node, raw, source(field), principal(args), purpose=purpose, made_from=made_from)
    if result.quarantined:
        raise Refused(f"it is held in quarantine: {result.quarantined[0][1]}", "comity quarantine list")
    return result.rids[0]


def told(out: Output, what: str, name: str, to: str, text: "Agreement", rid: str) -> None:
    """What was written, to whom, and under which agreement."""
    value: dict[str, Any] = {"record": rid, "agreement": str(text.ref), "to": to, "id": name}
    out.result(value, f"{what} {name} to {to} under {text.ref}: record {rid[:SHORT]}")
