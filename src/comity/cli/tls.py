"""`comity tls`: the certificate this node shows, the pins of its partners, and the next certificate."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command, group

if TYPE_CHECKING:
    from comity.core.certificate import Certificate


def add(commands: "Commands[Parser]", common: Parser) -> None:
    tls = group(commands, "tls", "Look at certificates and pins, and renew this node's certificate.")
    command(
        tls,
        common,
        "show",
        _show,
        "Show this node's certificate and the pins by which partners' connections are known.",
        "comity tls show --data il",
    )
    renew = command(
        tls,
        common,
        "renew",
        _renew,
        "Issue this node's next certificate for a year, from the test authority that `init --tls` made.",
        "comity tls renew --data il",
    )
    renew.add_argument(
        "--new-key", action="store_true", help="another key, so another pin: partners need a new card and a new text"
    )


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import callers
    from comity.wiring import open_node

    with open_node(args.data) as node:
        party, own, now = node.party, node.certificate, node.clock()
        partners = [
            {"party": other, "pins": sorted(one.pins), "bound_by": list(one.bound_by)}
            for other, one in sorted(callers.pinned(node).items())
        ]
    lines = ["This node shows no certificate."] if own is None else _words(own)
    if own is not None and (fault := _fault(own, now)):
        lines.append(f"! {fault}")
    for one in partners:
        source = ", ".join(one["bound_by"]) or "its card"
        lines += [f"{one['party']}  {pin}  by {source}" for pin in one["pins"]]
    out.result({"party": party, "certificate": _json(own), "partners": partners}, lines)
    return 0


def _renew(args: argparse.Namespace, out: Output) -> int:
    from comity.wiring import renew_certificate

    made = renew_certificate(args.data, new_key=args.new_key)
    lines = _words(made)
    if args.new_key:
        lines.append("The pin is new. Partners refuse it until they confirmed a new card: comity contact export")
        lines.append("Where the agreement names the old pin, its next version must name this one.")
    out.result({"certificate": _json(made), "new_key": args.new_key}, lines)
    return 0


def _words(certificate: "Certificate") -> list[str]:
    from comity.core import instants

    return [
        f"subject  {certificate.subject}",
        f"names    {', '.join(certificate.names)}",
        f"pin      {certificate.pin}",
        f"from     {instants.text(certificate.not_before)}",
        f"until    {instants.text(certificate.not_after)}",
    ]


def _json(certificate: "Certificate | None") -> dict[str, Any] | None:
    from comity.core import instants

    if certificate is None:
        return None
    return {
        "subject": certificate.subject,
        "names": list(certificate.names),
        "pin": certificate.pin,
        "from": instants.text(certificate.not_before),
        "until": instants.text(certificate.not_after),
    }


def _fault(certificate: "Certificate", now: Any) -> str | None:
    from comity.core.certificate import refusal

    return refusal(certificate, "this node", now)
