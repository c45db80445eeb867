"""`comity collection`: what one's own people and partners may read and write over TAXII, and by which credentials."""

import argparse
from typing import TYPE_CHECKING, Any

from comity.cli.output import Output
from comity.cli.parser import Commands, Parser, command, group
from comity.cli.principal import principal
from comity.core.errors import Malformed

if TYPE_CHECKING:
    from comity.release.offered import Audience, Definition, Issued

SHORT = 8


def add(commands: "Commands[Parser]", common: Parser) -> None:
    collection = group(commands, "collection", "Collections: views that are served over TAXII, and their credentials.")
    make = command(
        collection,
        common,
        "add",
        _add,
        "Offer a collection to an organisation or people of your own, or to a partner under an agreement.",
        "comity collection add 'Indicators' --data il --organisation cert --alias indicators --source mitre-attack",
    )
    make.add_argument("title", metavar="TITLE")
    make.add_argument("--description", metavar="TEXT", help="what a client shows beside the title")
    make.add_argument("--alias", metavar="NAME", help="a readable name beside the random id")
    make.add_argument("--organisation", metavar="ORG", help="one of your own, whose people and tools may read it")
    make.add_argument("--kind", default="government", metavar="KIND", help="of organisation (default: government)")
    make.add_argument("--person", action="append", metavar="WHO", help="only these of its people; repeat it")
    make.add_argument("--level", metavar="LEVEL", help="how far all of them are cleared, as your own levels are called")
    make.add_argument("--cleared-until", metavar="TIME", help="when that ends, as 2030-01-01T00:00:00Z")
    make.add_argument("--briefed", action="store_true", help="all of them were briefed, as agreements ask")
    make.add_argument("--nationality", action="append", metavar="XX", help="theirs (default: your own); repeat it")
    make.add_argument("--source", action="append", metavar="PROFILE", help="only what came from it; repeat it")
    make.add_argument("--write", metavar="PROFILE", help="they may write: taken in as from this source profile")
    make.add_argument("--agreement", metavar="ID", help="for the partner under this agreement: what it was released")
    make.add_argument("--inbox", action="store_true", help="with --agreement: what the partner writes to us")
    _rest(collection, common)
    _about_credentials(collection, common)


def _rest(collection: "Commands[Parser]", common: Parser) -> None:
    command(
        collection,
        common,
        "list",
        _list,
        "List the collections that are offered, to whom, and what each may do.",
        "comity collection list --data il",
    )
    remove = command(
        collection,
        common,
        "remove",
        _remove,
        "Take a collection away; what was written to it stays in the house.",
        "comity collection remove --data il 3f2a81c0",
    )
    remove.add_argument("id", metavar="ID", help="the collection, or the beginning of its id")


def _about_credentials(collection: "Commands[Parser]", common: Parser) -> None:
    credential = group(
        collection, "credential", "Credentials: secrets drawn here and told once, or client certificates."
    )
    issue = command(
        credential,
        common,
        "add",
        _issue,
        "Issue a credential to a party, an organisation or a person; its secret is shown this once.",
        "comity collection credential add --data il --organisation cert --user siem --until 2090-01-01T00:00:00Z",
    )
    whom = issue.add_mutually_exclusive_group(required=True)
    for holder in ("party", "organisation", "person"):
        whom.add_argument(f"--{holder}", metavar="NAME", help=f"the {holder} that will show it")
    issue.add_argument("--user", metavar="NAME", help="the name beside the secret, for HTTP Basic")
    issue.add_argument("--certificate", metavar="SHA256", help="no secret: a client certificate with this fingerprint")
    issue.add_argument("--until", metavar="TIME", help="when it ends, as 2030-01-01T00:00:00Z")
    command(
        credential,
        common,
        "list",
        _credentials,
        "List the credentials that were issued and not withdrawn; never a secret.",
        "comity collection credential list --data il",
    )
    revoke = command(
        credential,
        common,
        "revoke",
        _revoke,
        "Withdraw a credential now: whoever shows it is nobody from the next request on.",
        "comity collection credential revoke --data il 3f2a81c0",
    )
    revoke.add_argument("id", metavar="ID", help="the credential, or the beginning of its id")


def _add(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import agreements, offering
    from comity.release.offered import Definition
    from comity.wiring import open_node

    if (args.agreement is None) == (args.organisation is None):
        raise Malformed(
            "a collection is for one of your own, or for a partner", "--organisation ORG, or --agreement ID"
        )
    with open_node(args.data) as node:
        party = None
        if args.agreement is not None:
            party = agreements.partner_of(node, agreements.held(node, args.agreement).newest)
        wanted = Definition(
            "",
            args.title,
            args.description,
            args.alias,
            args.agreement,
            party,
            args.inbox,
            None if args.organisation is None else _audience(args),
            frozenset(args.source or ()),
            args.write,
        )
        made = offering.define(node, wanted, principal(args))
    out.result(_value(made), f"{made.id}  {made.title}: {_for(made)}, {_may(made)}.")
    return 0


def _list(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import offering
    from comity.wiring import open_node

    with open_node(args.data) as node, node.house.reader() as house:
        found = offering.offered_in(node, house).definitions
    rows = [_value(one) for one in found]
    if out.as_json:
        out.result({"collections": rows}, "")
        return 0
    shown = [row | {"for": _for(one), "may": _may(one)} for row, one in zip(rows, found, strict=True)]
    columns = {"id": "id", "alias": "alias", "title": "title", "for": "for", "may": "may"}
    out.table(shown, columns, "No collection is offered.", "collections")
    return 0


def _remove(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import offering
    from comity.wiring import open_node

    with open_node(args.data) as node:
        gone = offering.end(node, args.id, principal(args))
    out.result({"id": gone.id, "removed": True}, f"{gone.title} is not offered any more.")
    return 0


def _issue(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import offering
    from comity.core import instants
    from comity.release.collection import Holder
    from comity.wiring import open_node

    holder = next(one for one in Holder if getattr(args, one.value) is not None)
    with open_node(args.data) as node:
        made, secret = offering.issue(
            node,
            holder,
            getattr(args, holder.value),
            principal(args),
            user=args.user,
            fingerprint=args.certificate,
            until=None if args.until is None else instants.parse(args.until, "--until"),
        )
    lines = [f"{made.id}  {made.holder}:{made.name}"]
    if secret is not None:
        lines += [f"secret: {secret}", "It is shown this once and kept nowhere. Hand it over on a channel you trust."]
    out.result({**_issued(made), "secret": secret}, lines)
    return 0


def _credentials(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import offering
    from comity.wiring import open_node

    with open_node(args.data) as node, node.house.reader() as house:
        rows = [_issued(one) for one in offering.offered_in(node, house).credentials]
    columns = {"id": "id", "holder": "for a", "name": "name", "user": "user", "shown_by": "shown by", "until": "until"}
    out.table(rows, columns, "Nobody has a credential.", "credentials")
    return 0


def _revoke(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import offering
    from comity.wiring import open_node

    with open_node(args.data) as node:
        gone = offering.revoke(node, args.id, principal(args))
    out.result({"id": gone.id, "revoked": True}, f"{gone.holder}:{gone.name} cannot show it any more.")
    return 0


def _audience(args: argparse.Namespace) -> "Audience":
    from comity.core import instants
    from comity.release.offered import Audience

    return Audience(
        organisation=args.organisation,
        kind=args.kind,
        people=frozenset(args.person or ()),
        level=args.level,
        until=None if args.cleared_until is None else instants.parse(args.cleared_until, "--cleared-until"),
        briefed=args.briefed,
        nationality=frozenset(args.nationality or ()),
    )


def _value(one: "Definition") -> dict[str, Any]:
    """Every member, whether or not it says something."""
    said = one.as_json()
    names = ("id", "title", "description", "alias", "agreement", "party", "audience", "profile")
    return {**{name: said.get(name) for name in names}, "inbox": one.inbox, "sources": sorted(one.sources)}


def _issued(one: "Issued") -> dict[str, Any]:
    said = one.as_json()
    how = "a secret" if one.digest is not None else f"certificate {str(one.fingerprint)[:SHORT]}"
    return {**{name: said.get(name) for name in ("id", "holder", "name", "user", "until")}, "shown_by": how}


def _for(one: "Definition") -> str:
    if one.audience is None:
        return f"{one.party} under {one.agreement}"
    people = f": {', '.join(sorted(one.audience.people))}" if one.audience.people else ""
    return one.audience.organisation + people


def _may(one: "Definition") -> str:
    if one.inbox:
        return "write"
    return "read" if one.profile is None else "read and write"
