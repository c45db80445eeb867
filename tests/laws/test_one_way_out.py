"""Law 3: what reaches a partner left by one of three doors, in a signed envelope, and stands in a release.

Which rooms may write bytes at all is in `tests/test_house.py`; here, which modules may speak to a partner.
"""

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from comity.core import dsse, strictjson
from comity.exchange import body as bodies
from comity.exchange import envelope
from tests.joined import Pair, pair_in
from tests.laws.test_non_interference import HIDDEN, VISIBLE, each, play
from tests.laws.worlds import SEALED, World, world

SOURCE = Path(__file__).parents[2] / "src" / "comity"
MODULES = sorted(SOURCE.rglob("*.py"))

CALLERS = {
    "acts/deliver.py": "envelopes",
    "acts/pull.py": "requests for a page, receipts of what was pulled",
    "acts/reconciling.py": "a restored node's question of what the partner holds",
}
"""Who hands bytes to the wire."""
SIGNERS = {
    "acts/accept.py": "receipts",
    "acts/agreements.py": "agreements, which both sides must sign",
    "acts/backing.py": "the list of what a backup holds, for ourselves",
    "acts/contacts.py": "our card",
    "acts/discharging.py": "that a duty was done, by the digest of its evidence",
    "acts/housefact.py": "what people of the house decided, for ourselves",
    "acts/mirroring.py": "our line under the partner's checkpoint",
    "acts/notifying.py": "notices, each of a kind whose body is typed",
    "acts/pull.py": "requests for a page",
    "acts/reconciling.py": "a restored node's question of what the partner holds",
    "acts/rollover.py": "the announcement of our next key, under the present one",
    "acts/sending.py": "statements, checkpoints, envelopes",
    "acts/standing.py": "the originator's own decisions, for itself",
}
"""Who signs in the party's name: nothing is believed by a partner that none of these made."""
EXPORTERS = {"cli/export.py": "what was released already, as the files of a MISP feed"}
"""Who writes releases in another format than an envelope: into files that a person asked for."""
QUEUERS = {"acts/sending.py"}
"""Who puts an envelope into the outbox."""


def named(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@cache
def values(path: Path) -> frozenset[str]:
    """Every dotted name in a module that is used as a whole: `node.wire.post`, but `node.vault` only where the vault
    itself is handed on, not its public key."""
    tree = ast.parse(path.read_bytes())
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    outer = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and id(node) not in inner)
    return frozenset(map(ast.unparse, outer))


def users(name: str) -> set[str]:
    return {named(path) for path in MODULES if any(one.endswith(name) for one in values(path))}


def test_these_modules_call_a_partner_and_no_other() -> None:
    assert users("wire.post") | users("wire.begin") <= set(CALLERS)
    assert {"acts/pull.py"} <= users("wire.post")
    assert {"acts/deliver.py"} <= users("wire.begin")


def test_what_is_signed_is_signed_by_these() -> None:
    assert users("node.vault") <= set(SIGNERS)
    assert {"acts/accept.py", "acts/sending.py"} <= users("node.vault")


def test_one_module_writes_releases_in_another_format() -> None:
    assert users("exporting.released") | users("exporting.shown") == set(EXPORTERS)


def test_one_module_queues_envelopes() -> None:
    assert {name for name in users(".put_outgoing") if name.startswith("acts/")} == QUEUERS


def sent(made: World) -> Iterator[tuple[str, bytes]]:
    """The kind and handle of every item in every envelope that reached Japan, and its bytes."""
    for raw in made.seen:
        if not raw.startswith(b'{"payload"') or b"\n" in raw:
            continue
        sealed = dsse.parse(raw)
        if sealed.payload_type != envelope.PAYLOAD_TYPE:
            continue
        body = bodies.from_json(strictjson.parse(sealed.payload)["body"])
        if isinstance(body, bodies.Sealed):
            body = bodies.open_from_json(json.loads(body.ciphertext[len(SEALED) + 32 :]))
        if isinstance(body, bodies.Items):
            for item in body.items:
                yield item.handle, item.text.encode()


def test_every_byte_of_content_that_went_is_a_release_with_a_decision_that_allows_it(tmp_path: Path) -> None:
    """Of everything there is, visible and hidden: what reached Japan is what was released, to the byte."""
    with pair_in(tmp_path):
        pass
    with world(tmp_path, {}) as made:
        play(made, [*each(sorted(HIDDEN)), *each(sorted(VISIBLE))])
        pair: Pair = made.pair
        went = dict(sent(made))
        with pair.il.agreements(pair.agreement).reader() as reader:
            released = {row.handle: row for row in reader.releases("JP", 0, 1000)}
            assert went.keys() == released.keys()
            for handle, row in released.items():
                decision = reader.decision(row.did)
                assert decision is not None
                assert (decision.outcome, reader.body(row.copy)) == ("allow", went[handle])
    assert len(went) >= 15
