"""`comity contact`: cards out and in, the words two people compare, and the confirmation (DECISIONS 20)."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal
from comity.core.errors import Absent

if TYPE_CHECKING:
    from comity.exchange.contact import Card

CARD = "card.json"
"""This node's own card, in its directory: it keeps the party's name."""
MAX_CARD = 64 * 1024


def add(commands: "Commands[Parser]", common: Parser) -> None:
    contact = group(commands, "contact", "Exchange keys with a partner, by cards and by words read aloud.")
    export = command(
        contact,
        common,
        "export",
        _export,
        "Write this node's card, to be handed to a partner by any way.",
        "comity contact export --data il --address https://comity.il.example:7410 -o il.contact",
    )
    export.add_argument("--address", action="append", default=[], metavar="URL", help="where this node listens")
    export.add_argument("-o", dest="file", type=Path, metavar="FILE", help="a new file (default: standard output)")
    added = command(
        contact,
        common,
        "add",
        _add,
        "Keep a partner's card; it changes nothing until its words are confirmed.",
        "comity contact add --data il jp.contact",
    )
    added.add_argument("file", type=Path, metavar="FILE", help="the partner's card")
    show = command(
        contact,
        common,
        "show",
        _show,
        "Show the words of this node's key and of its partners' keys.",
        "comity contact show --data il JP",
    )
    show.add_argument("party", nargs="?", metavar="PARTY", help="only this one")
    confirm = command(
        contact,
        common,
        "confirm",
        _confirm,
        "Trust a partner's key, once both sides read the same eight words aloud.",
        'comity contact confirm --data il JP --words "bakat-dofir-…"',
    )
    confirm.add_argument("party", metavar="PARTY")
    confirm.add_argument("--words", required=True, metavar="WORDS", help="the eight words as the partner read them out")


def _export(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import contacts
    from comity.exchange.contact import unseal
    from comity.wiring import open_node

    with open_node(args.data) as node:
        own = args.data / CARD
        name = unseal(files.read(own, MAX_CARD)).name if own.exists() else {"en": node.party}
        raw = contacts.export(node, name, tuple(args.address))
        party, words = node.party, node.vault.public.words
    if args.file is None:
        out.result({"party": party, "words": words, "file": None, "card": raw.decode()}, raw.decode())
        return 0
    files.write_new(args.file, raw)
    lines = [f"The card of {party} is in {args.file}.", f"Its words: {words}"]
    out.result({"party": party, "words": words, "file": str(args.file), "card": raw.decode()}, lines)
    return 0


def _add(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import contacts
    from comity.wiring import open_node

    with open_node(args.data) as node:
        card = contacts.add(node, files.read(args.file, MAX_CARD), principal(args))
        known = contacts.confirmed(node).get(card.party)
    standing = "confirmed" if known is not None and known.key == card.key else "waiting"
    lines = [
        f"The card of {card.party} is kept. Its words: {card.words}",
        f"Hear them from {card.party} over another channel, then: comity contact confirm {card.party} --words …",
    ]
    out.result(_json(card, standing), lines)
    return 0


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import contacts
    from comity.wiring import open_node

    with open_node(args.data) as node:
        own: dict[str, Any] = {
            "party": node.party,
            "standing": "own",
            "words": node.vault.public.words,
            "name": None,
            "addresses": [],
        }
        sure, waiting = contacts.confirmed(node), contacts.waiting(node)
    rows = [
        own,
        *(_json(card, "confirmed") for _, card in sorted(sure.items())),
        *(_json(card, "waiting") for _, card in sorted(waiting.items())),
    ]
    if args.party is not None:
        rows = [row for row in rows if row["party"] == args.party]
        if not rows:
            raise Absent(f"there is no card of {args.party}", "comity contact add FILE")
    if out.as_json:
        out.result({"party": own["party"], "words": own["words"], "contacts": rows}, "")
    else:
        out.table(rows, {"party": "party", "standing": "standing", "words": "words"}, "", "contacts")
    return 0


def _confirm(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import contacts
    from comity.wiring import open_node

    with open_node(args.data) as node:
        card = contacts.confirm(node, args.party, args.words, principal(args))
    out.result(_json(card, "confirmed"), f"The key of {card.party} is confirmed: an agreement may name it.")
    return 0


def _json(card: "Card", standing: str) -> dict[str, Any]:
    return {
        "party": card.party,
        "standing": standing,
        "words": card.words,
        "name": dict(card.name),
        "addresses": list(card.addresses),
    }
