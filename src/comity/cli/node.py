"""`comity init` and `comity status`: making a node, and how it stands."""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from comity.cli import files
from comity.cli.output import Output, counted
from comity.cli.parser import Commands, Parser, command
from comity.core.errors import Malformed

if TYPE_CHECKING:
    from comity.acts.reciprocity import Side
    from comity.acts.reporting import AgreementReport, Report

MODES = ("actual", "exercise", "test")


def add(commands: "Commands[Parser]", common: Parser) -> None:
    init = command(
        commands,
        common,
        "init",
        _init,
        "Make a node: its directory, its keys, its settings, and its card.",
        'comity init --data il --party IL --name "Israel (fictional)" --partner JP=https://comity.jp.example:7410',
    )
    init.add_argument("--party", required=True, metavar="IL", help="the party whose node this is")
    init.add_argument("--name", metavar="TEXT", help="the party's name, as its card shows it (default: the party)")
    init.add_argument("--mode", choices=MODES, default="actual", help="the world it lives in (default: actual)")
    init.add_argument("--partners-port", type=int, default=7410, metavar="N", help="where partners reach it")
    init.add_argument("--house-port", type=int, default=7411, metavar="N", help="where its own people reach it")
    init.add_argument(
        "--partner",
        action="append",
        default=[],
        metavar="JP=URL",
        help="where a partner's node is reached; without one everything goes by file",
    )
    init.add_argument(
        "--tls", action="store_true", help="make a test authority and a certificate, and ask partners for theirs"
    )
    init.add_argument(
        "--tls-name",
        action="append",
        default=[],
        metavar="HOST",
        help="a host name or address, beside localhost, that the certificate is for",
    )
    command(
        commands,
        common,
        "status",
        _status,
        "Show how this node and each agreement stand: what went, what waits, what needs a person.",
        "comity status --data il",
    )


def _init(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import contacts
    from comity.cli.contact import CARD
    from comity.exchange import shape
    from comity.exchange.lane import Mode
    from comity.settings import Listener, Partner, Settings
    from comity.wiring import create_node, open_node, with_tls

    name = shape.text(args.party if args.name is None else args.name, "the party's name")
    chosen = Settings(
        party=shape.name(args.party, "the party"),
        mode=Mode(args.mode),
        partners_listener=Listener(port=args.partners_port),
        house_listener=Listener(port=args.house_port),
        partners={party: Partner(url) for party, url in map(_partner, args.partner)},
    )
    if args.tls_name and not args.tls:
        raise Malformed("--tls-name names a certificate that only --tls makes")
    create_node(args.data, with_tls(chosen) if args.tls else chosen, args.tls_name if args.tls else None)
    with open_node(args.data) as node:
        files.write_new(args.data / CARD, contacts.export(node, {"en": name}, ()))
        words, pins = node.vault.public.words, contacts.own_pins(node)
    value = {"party": args.party, "mode": args.mode, "directory": str(args.data), "words": words, "tls": list(pins)}
    lines = [
        f"The node of {args.party} ({args.mode}) is in {args.data}.",
        f"The words of its key: {words}",
        "Keep a copy of its vault offline. Next: comity contact export",
    ]
    lines[2:2] = [f"The pin of its TLS key: {pin} (a test certificate, for a year)" for pin in pins]
    out.result(value, lines)
    return 0


def _partner(text: str) -> tuple[str, str]:
    party, _, url = text.partition("=")
    if not party or not url:
        raise Malformed(f"a partner is written JP=URL, not {text[:80]!r}")
    return party, url


def _status(args: argparse.Namespace, out: Output) -> int:
    from comity.acts.reporting import report
    from comity.wiring import open_node

    with open_node(args.data) as node:
        found = report(node)
    out.result(found.as_json(), list(_words(found)))
    return 0


def _words(found: "Report") -> Iterator[str]:
    live = found.records.get("live", 0)
    yield f"{found.party}, {found.mode}, {found.at}"
    yield f"  records: {live} in use, {found.quarantined} in quarantine"
    if not found.agreements:
        yield "  no agreement: this node releases nothing"
    for one in found.agreements:
        yield from _agreement(one)
    for alarm in found.alarms:
        about = f"{alarm.agreement}: " if alarm.agreement else ""
        yield f"! {alarm.code}: {about}{alarm.sentence}"
        yield f"    {alarm.command}"


def _withheld(counts: Mapping[str, int]) -> str:
    """By the article that decides: the first of those cited together."""
    from comity.release.decision import bare

    first: Counter[str] = Counter()
    for cites, count in counts.items():
        first[bare(cites.partition(" ")[0])] += count
    return ", ".join(f"{count} by {cite}" for cite, count in sorted(first.items()))


def _agreement(one: "AgreementReport") -> Iterator[str]:
    yield f"{one.id}@{one.version} with {one.partner}: {one.state.replace('-', ' ')} [{', '.join(one.cites)}]"
    yield f"  released {one.released}, of these {one.sanitised} sanitised; {one.waiting} waiting for what they refer to"
    if one.not_taken:
        yield f"  refused by {one.partner}: {counted(one.not_taken, 'record')}; comity outbox refused says why"
    yield f"  withheld: {_withheld(one.withheld) or 'nothing'}"
    since = f", the oldest since {one.oldest_queued}" if one.oldest_queued else ""
    yield f"  to {one.partner}: {counted(one.receipts, 'envelope')} answered, of these {one.refused} refused"
    yield f"  to {one.partner}: {counted(one.queued, 'envelope')} without a receipt{since}"
    yield f"  from {one.partner}: {counted(one.received, 'envelope')}"
    yield f"  ours: {_side(one.reciprocity.ours, one.partner)}"
    yield f"  of {one.partner}: {_side(one.reciprocity.theirs, 'us')}"
    if one.behind:
        yield f"  not decided yet: {one.behind} of the house log; comity serve decides, or comity outbox export"
    yield f"  ledger: size {one.logs['ours']} of ours, {one.logs['theirs']} of {one.partner}'s"


def _side(side: "Side", user: str) -> str:
    """What one party gave, and what the other made of it."""
    said = ", ".join(f"{word} {count}" for word, count in side.said.items())
    words = f" ({said})" if said else ""
    took = "" if side.acted is None else f", acted on after {side.acted} at the median"
    return f"{side.given} given, {side.used} of use to {user}{words}{took}"
