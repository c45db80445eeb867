"""`comity sandbox taxii`: a throw-away node with two collections of public data, for trying clients against."""

import argparse
import json
import lzma
import os
import tempfile
import threading
from pathlib import Path

from comity.acts import intake, offering, showing
from comity.acts.offering import NATIONAL
from comity.app.capital import examples
from comity.app.serve import serve
from comity.cli.output import Output
from comity.core.errors import Malformed
from comity.exchange.lane import Mode
from comity.records import Principal
from comity.release.collection import Holder
from comity.release.offered import Audience, Definition
from comity.settings import Limits, Listener, Settings
from comity.wiring import PROFILES, create_node, open_node

PARTY = "SANDBOX"
HOST = "127.0.0.1"
SHORTEST = 1
DATA = "ics-attack-18.1.json.xz"
SOURCE = "public-test"
PROFILE = """
name: public-test
licence: none
licence_text: Whoever posts it here declares that it is public test data.
kinds: [cyber.stix/1]
annex: cyber
purpose: network-defence
reading: bundle
public: true
unmarked: {tlp: "TLP:CLEAR"}
asserted_by: SANDBOX
"""
LIMITS = Limits(connections=2_000, requests_at_once=64, requests_a_second=100_000, requests_in_a_burst=400_000)
"""Nobody shares the sandbox: it is there to be measured, too."""


def sandbox(args: argparse.Namespace, out: Output) -> int:
    """Serves until stopped; everything is gone then. One JSON line says where, once it answers."""
    if not args.user or ":" in args.user or len(args.password) < SHORTEST:
        raise Malformed("a user has a name without a colon, and a password")
    with tempfile.TemporaryDirectory(prefix="comity-sandbox-") as folder:
        directory = Path(folder) / "node"
        named = _made(directory, args.port, args.user, args.password)
        return _served(directory, named, out)


def _made(directory: Path, port: int, user: str, password: str) -> dict[str, str]:
    """The node, its collections by alias, and the public bundle in one of them."""
    chosen = Settings(
        party=PARTY,
        mode=Mode.TEST,
        partners_listener=Listener(HOST, port),
        house_listener=Listener(HOST, 0),
        limits=LIMITS,
    )
    create_node(directory, chosen)
    (directory / PROFILES / f"{SOURCE}.yaml").write_text(PROFILE)
    by, audience = Principal("person:sandbox"), Audience("sandbox", "company")
    with open_node(directory) as node:
        wanted = (
            Definition("", "Working", "Empty at first; read and write.", "rw", None, None, False, audience,
                       frozenset({SOURCE}), SOURCE),
            Definition("", "ATT&CK for ICS", "MITRE ATT&CK for ICS; read only.", "ro", None, None, False, audience,
                       frozenset({"mitre-attack"})),
        )  # fmt: skip
        made = [offering.define(node, one, by) for one in wanted]
        offering.issue(node, Holder.ORGANISATION, audience.organisation, by, user=user, secret=password)
        intake.take(node, lzma.decompress((examples() / "data" / DATA).read_bytes()), "mitre-attack", by)
        showing.follow(node, NATIONAL)
    return {str(one.alias): one.id for one in made}


def _served(directory: Path, named: dict[str, str], out: Output) -> int:
    """Runs `serve` there, which ends with us however we end. What its node says on standard output is read here."""
    reading, writing = os.pipe()
    shown = os.dup(1)
    os.dup2(writing, 1)
    os.close(writing)
    said = threading.Thread(target=_tell, args=(reading, shown, named), daemon=True)
    said.start()
    try:
        return serve(argparse.Namespace(data=directory, partners_port=None, house_port=None), out)
    finally:
        os.dup2(shown, 1)


def _tell(reading: int, shown: int, named: dict[str, str]) -> None:
    """The node's first line says that it answers, and where; ours says it in a client's words."""
    with os.fdopen(reading, encoding="utf-8") as lines:
        line = lines.readline()
        if line:
            place = json.loads(line)["partners"]
            where = {"discovery": f"{place}/taxii2/", "api_root": f"{place}/taxii2/api/", "collections": named}
            os.write(shown, (json.dumps(where) + "\n").encode())
        for _ in lines:
            pass
