"""`comity sandbox taxii`: a throw-away node with two collections of public data, for trying clients against."""

import argparse
import json
import lzma
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType

from comity import settings
from comity.acts import intake, offering, showing
from comity.acts.offering import NATIONAL
from comity.app.capital import examples
from comity.cli.output import Output
from comity.core.errors import Broken, Malformed
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


def sandbox(args: argparse.Namespace, out: Output) -> int:  # noqa: ARG001  # it says one line, whatever was asked for
    """Serves until stopped; everything is gone then. One JSON line says where, once it answers."""
    if not args.user or ":" in args.user or len(args.password) < SHORTEST:
        raise Malformed("a user has a name without a colon, and a password")
    with tempfile.TemporaryDirectory(prefix="comity-sandbox-") as folder:
        directory = Path(folder) / "node"
        named = _made(directory, args.port, args.user, args.password)
        return _served(directory, named)


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


def _served(directory: Path, named: dict[str, str]) -> int:
    """Runs `comity serve` there and hands on what stops us."""
    child = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        [sys.executable, "-m", "comity", "serve", "--data", str(directory)], stdout=subprocess.PIPE, text=True
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        child.terminate()

    previous = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        if not line:
            raise Broken("the sandbox did not start", f"is the port free? {settings.FILE} names it")
        place = json.loads(line)["partners"]
        where = {"discovery": f"{place}/taxii2/", "api_root": f"{place}/taxii2/api/", "collections": named}
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        return child.wait()
    finally:
        child.terminate()
        child.wait()
        for number, handler in previous.items():
            signal.signal(number, handler)
