"""`comity ledger` and `comity verify`: the books of this node, and anybody's books from files and public keys."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output, counted
from comity.cli.parser import Commands, Parser, command, group
from comity.core.errors import Broken, ComityError, Malformed, Refused

if TYPE_CHECKING:
    from comity.agreement.instrument import Agreement
    from comity.core.keys import PublicKey
    from comity.ledger.evidence import Report

MAX_BYTES = 96 * 1024 * 1024


def add(commands: "Commands[Parser]", common: Parser) -> None:
    ledger = group(commands, "ledger", "The ledgers of this node.")
    command(
        ledger,
        common,
        "fsck",
        _fsck,
        "Check every table, body, log and view of this node from the first leaf, and name what is damaged.",
        "comity ledger fsck --data il",
    )
    export = command(
        ledger,
        common,
        "export",
        _export,
        "Write the files from which anybody can check one agreement: text, logs, envelopes, receipts.",
        "comity ledger export --data il evidence",
    )
    export.add_argument("directory", type=Path, metavar="DIR", help="a new folder")
    export.add_argument(
        "--agreement", metavar="ID", help="which agreement (default: the only one); `national`: our own people"
    )
    export.add_argument(
        "--decisions",
        action="store_true",
        help="this party's own decisions too, for `comity decide --replay`: never to be given to a partner",
    )
    verify = command(
        commands,
        common,
        "verify",
        _verify,
        "Check an exported folder, a signed agreement or a receipt, from files and public keys; it needs no node.",
        "comity verify evidence --contact il.contact",
    )
    verify.add_argument("what", type=Path, metavar="DIR|FILE")
    verify.add_argument(
        "--contact", type=Path, action="append", default=[], metavar="FILE", help="a party's card that you trust"
    )
    verify.add_argument("--agreement", type=Path, metavar="FILE", help="the signed agreement that a receipt is under")


def _fsck(args: argparse.Namespace, out: Output) -> int:
    from comity.wiring import check_node

    faults = [{"where": fault.where, "what": fault.what} for fault in check_node(args.data)]
    lines = [f"{fault['where']}: {fault['what']}" for fault in faults]
    verdict = (
        f"{counted(len(faults), 'fault')}: stop this node, keep the disk, call the partner." if faults else "Sound."
    )
    out.result({"sound": not faults, "faults": faults}, [*lines, verdict])
    return Broken.exit_code if faults else 0


def _export(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import foldered
    from comity.acts.evidence import gather
    from comity.acts.offering import NATIONAL
    from comity.cli.agreement import only
    from comity.wiring import open_node

    with open_node(args.data) as node:
        if args.agreement == NATIONAL:
            if not args.decisions:
                raise Refused("what our own people see is in no log that a partner has", "add --decisions")
            agreement, shared = NATIONAL, dict[str, bytes]()
        else:
            agreement = only(node, args.agreement)
            shared = dict(gather(node, agreement))
        evidence = {**shared, **(foldered.gather(node, agreement) if args.decisions else {})}
    files.folder(args.directory)
    for name, raw in evidence.items():
        files.write_over(args.directory / name, raw)
    value = {"agreement": agreement, "directory": str(args.directory), "files": len(evidence)}
    told = f"In {args.directory}: {counted(len(evidence), 'file')} about {agreement}."
    kept = ["house-only/ in it is for this house alone: no partner gets it."] if args.decisions else []
    step = f"decide --replay ALL --from {args.directory}" if agreement == NATIONAL else f"verify {args.directory}"
    out.result(value, [f"{told} Next: comity {step}", *kept])
    return 0


def _verify(args: argparse.Namespace, out: Output) -> int:
    known = _cards(args.contact)
    if args.what.is_file():
        return _verify_file(args.what, args.agreement, known, out)
    if args.agreement is not None:
        raise Malformed("a folder has its agreement in it", "--agreement is for a receipt alone")
    from comity.acts.evidence import check

    found = {str(path.relative_to(args.what)): path for path in files.below(args.what)}
    report = check({name: files.read(path, MAX_BYTES) for name, path in found.items()}, known)
    out.result(_report_json(report), _report_words(report))
    return 0 if report.verified else Broken.exit_code


def _cards(paths: list[Path]) -> "dict[str, PublicKey]":
    from comity.cli.contact import MAX_CARD
    from comity.exchange.contact import unseal

    cards = [unseal(files.read(path, MAX_CARD)) for path in paths]
    return {card.party: card.key for card in cards}


def _report_json(report: "Report") -> dict[str, Any]:
    return {
        "verified": report.verified,
        "faults": [{"where": fault.where, "what": fault.what} for fault in report.faults],
        "logs": [{"party": one.party, "log": one.log, "size": one.size, "root": one.root} for one in report.logs],
        "envelopes": report.envelopes,
        "receipts": report.receipts,
        "unread": report.unread,
    }


def _report_words(report: "Report") -> list[str]:
    lines = [f"{fault.where}: {fault.what}" for fault in report.faults]
    lines += [f"log of {one.party}: size {one.size}, root {one.root}" for one in report.logs]
    sealed = f" ({report.unread} sealed to their reader)" if report.unread else ""
    lines.append(f"{counted(report.envelopes, 'envelope')}{sealed}, {counted(report.receipts, 'receipt')}")
    return [*lines, "Verified." if report.verified else f"NOT verified: {counted(len(report.faults), 'fault')}."]


def _verify_file(path: Path, under: Path | None, known: "dict[str, PublicKey]", out: Output) -> int:
    from comity.agreement import signed, text
    from comity.core import dsse
    from comity.exchange import receipt

    raw = files.read(path, MAX_BYTES)
    kind = dsse.parse(raw, str(path)).payload_type
    if kind == signed.PAYLOAD_TYPE:
        agreement = _agreement(raw, known)
        value: dict[str, Any] = {"agreement": str(agreement.ref), "digest": text.digest(agreement)}
        lines = [f"{agreement.ref}: signed by {' and '.join(agreement.party_ids)}, digest {value['digest']}"]
        lines += [f"  key of {entry.party}: {entry.key.words}" for entry in agreement.keys]
    elif kind == receipt.PAYLOAD_TYPE:
        if under is None:
            raise Malformed("a receipt is checked against the agreement it is under", "--agreement FILE")
        agreement = _agreement(files.read(under, MAX_BYTES), known)
        value, lines = _receipt(raw, agreement)
    else:
        raise Malformed(f"{path} is neither a signed agreement nor a receipt, but {kind[:80]!r}")
    out.result({"verified": True, **value}, [*lines, "Verified."])
    return 0


def _agreement(raw: bytes, known: "dict[str, PublicKey]") -> "Agreement":
    from comity.agreement import signed

    agreement = signed.verify(raw)
    for party, key in agreement.signers().items():
        if party in known and known[party] != key:
            raise Refused(f"{agreement.ref} names another key for {party} than the card given")
    return agreement


def _receipt(raw: bytes, agreement: "Agreement") -> tuple[dict[str, Any], list[str]]:
    """The receipt, for whichever party it is."""
    from comity.core import instants
    from comity.exchange import receipt

    keys = {party: (key,) for party, key in agreement.signers().items()}
    fault: ComityError = Refused("the receipt is for no party of the agreement")
    for party in agreement.party_ids:
        try:
            answer = receipt.unseal(raw, party, keys)
        except Refused as error:
            fault = error
            continue
        if answer.agreement.id != agreement.id:
            raise Refused(f"the receipt is under {answer.agreement}, not under {agreement.ref}")
        value = {
            "agreement": str(answer.agreement),
            "from": answer.sender,
            "to": answer.to,
            "lane": answer.lane.value,
            "epoch": answer.epoch,
            "sequence": answer.sequence,
            "verdict": answer.verdict.value,
            "envelope": answer.envelope,
            "at": instants.text(answer.at),
        }
        number = f"{answer.lane.value} {answer.epoch}-{answer.sequence}"
        line = f"{answer.sender} {answer.verdict.value} envelope {number} of {answer.to} at {value['at']}"
        return value, [line, f"  envelope {answer.envelope}"]
    raise fault
