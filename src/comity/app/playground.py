"""The node of `comity sandbox taxii`, made by a process of its own, so that whoever watches over it stays small."""

import json
import lzma
import sys
from pathlib import Path

from comity.acts import intake, offering, showing
from comity.acts.offering import NATIONAL
from comity.app.capital import examples
from comity.core.errors import ComityError
from comity.exchange.lane import Mode
from comity.records import Principal
from comity.release.collection import Holder
from comity.release.offered import Audience, Definition
from comity.settings import Limits, Listener, Settings
from comity.wiring import PROFILES, create_node, open_node

PARTY = "SANDBOX"
HOST = "127.0.0.1"
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


def make(directory: str, asked: str) -> int:
    """Makes the node that `asked` describes (`port`, `user`, `password` in JSON, from standard input: no argument holds
    a password here) and tells its collections by alias. The exit code."""
    try:
        named = _made(Path(directory), **json.loads(asked))
    except ComityError as error:
        sys.stderr.write(f"comity: error: {error.message}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(named))
    return 0


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
