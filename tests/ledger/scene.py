"""Two invented parties, Aland and Borland, a journey between them, and the smallest formats that carry one."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from comity.agreement.instrument import Agreement, Life, Party, PartyKey
from comity.core import dsse
from comity.core.errors import Refused
from comity.core.merkle import Tree
from comity.labels.equivalence import Equivalence
from comity.ledger import leaf, note
from comity.ledger.evidence import Crossing, Readers, Received, Sent, write_evidence
from comity.ledger.note import Checkpoint, Keys
from tests.keys import TestSigner, signer

SIGNERS = {"AL": signer("AL"), "BO": signer("BO")}
KEYS: Keys = {party: (held.public,) for party, held in SIGNERS.items()}
OTHER = {"AL": "BO", "BO": "AL"}
AGREEMENT_TYPE, ENVELOPE_TYPE, RECEIPT_TYPE = "test/agreement", "test/envelope", "test/receipt"


def origin(party: str, store: str = "main") -> str:
    return note.origin_of("AL-BO", party, store)


def agreement_of(signers: dict[str, TestSigner]) -> Agreement:
    return Agreement(
        id="AL-BO",
        version=1,
        title={"en": "Memorandum of Aland and Borland"},
        source="invented",
        fictional=True,
        parties=tuple(Party(party, {"en": party}) for party in signers),
        levels={},
        equivalence=Equivalence({}, ()),
        life=Life(signed="2027-01-01"),
        terms=(),
        keys=tuple(PartyKey(party, held.public) for party, held in signers.items()),
    )


AGREEMENT = agreement_of(SIGNERS)


def checkpoint(party: str, leaves: Sequence[bytes], *, cosigned: bool = True, store: str = "main") -> bytes:
    """The note over these leaves, by the owner and then by the other."""
    tree = Tree.of(leaves)
    raw = note.write(Checkpoint(origin(party, store), tree.size, tree.root), SIGNERS[party])
    return note.cosign(raw, OTHER[party], SIGNERS[OTHER[party]]) if cosigned else raw


def released(sequence: int, position: int, lane: str = "ROUTINE") -> leaf.Released:
    name = f"{lane} {sequence} {position}".encode()
    return leaf.Released(
        hashlib.md5(name, usedforsecurity=False).hexdigest(),
        hashlib.sha256(name).hexdigest(),
        lane,
        1,
        sequence,
        position,
    )


def seal(kind: str, signers: Sequence[TestSigner], **members: Any) -> bytes:
    return dsse.seal(kind, json.dumps(members).encode(), signers)


def open_agreement(raw: bytes) -> Agreement:
    dsse.verify(dsse.parse(raw), AGREEMENT_TYPE, AGREEMENT.signers(), "the agreement")
    return AGREEMENT


def _opened(raw: bytes, kind: str, agreement: Agreement) -> Any:
    sealed = dsse.parse(raw)
    owners = {party: key for party, key in agreement.signers().items() if key.kid in sealed.signatures}
    if not owners:
        raise Refused("no party signed this")
    value = json.loads(dsse.verify(sealed, kind, owners))
    if [value["from"]] != list(owners):
        raise Refused("another party signed this")
    return value


def open_envelope(raw: bytes, agreement: Agreement) -> Sent:
    value = _opened(raw, ENVELOPE_TYPE, agreement)
    leaves = None if value["leaves"] is None else tuple(text.encode() for text in value["leaves"])
    digest = hashlib.sha256(raw).hexdigest()
    first, closed = value["leaf_from"], tuple(text.encode() for text in value["closed"])
    number = (value["from"], value["lane"], value["epoch"], value["seq"])
    return Sent(*number, digest, first, leaves, first - len(closed), closed)


def open_receipt(raw: bytes, agreement: Agreement) -> Received:
    value = _opened(raw, RECEIPT_TYPE, agreement)
    return Received(value["from"], value["envelope"], value["verdict"], value["leaf"])


READERS = Readers(open_agreement, open_envelope, open_receipt)


@dataclass
class Journey:
    """Writes both logs as nodes would: leaves first, then what crosses, then the answer."""

    logs: dict[str, list[bytes]] = field(default_factory=lambda: {"AL": [], "BO": []})
    crossings: list[Crossing] = field(default_factory=list)

    def send(
        self, sender: str, lane: str, seq: int, count: int, *, sealed: bool = False, verdict: str = "accepted"
    ) -> None:
        self.cross(sender, lane, seq, [leaf.write(released(seq, n, lane)) for n in range(count)], sealed, verdict)

    def cross(
        self,
        sender: str,
        lane: str,
        seq: int,
        leaves: Sequence[bytes],
        sealed: bool = False,
        verdict: str = "accepted",
        closed: Sequence[bytes] = (),
    ) -> None:
        first, receiver = len(self.logs[sender]), OTHER[sender]
        self.logs[sender] += leaves
        texts = None if sealed else [raw.decode() for raw in leaves]
        number: dict[str, Any] = {"lane": lane, "epoch": 1, "seq": seq, "closed": [leaf.decode() for leaf in closed]}
        raw = seal(ENVELOPE_TYPE, [SIGNERS[sender]], **{"from": sender}, **number, leaf_from=first, leaves=texts)
        digest = hashlib.sha256(raw).hexdigest()
        position = len(self.logs[receiver])
        self.logs[receiver].append(leaf.write(leaf.Received(digest, lane, 1, seq, verdict)))
        answer = seal(
            RECEIPT_TYPE, [SIGNERS[receiver]], **{"from": receiver}, envelope=digest, verdict=verdict, leaf=position
        )
        self.crossings.append(Crossing(sender, lane, 1, seq, raw, answer))

    def void(self, sender: str, lane: str, seq: int, count: int) -> None:
        """What was queued under the number is in the log already; the void crosses in its place."""
        closed = [leaf.write(released(seq, n, lane)) for n in range(count)]
        self.logs[sender] += closed
        self.cross(sender, lane, seq, [leaf.write(leaf.Void(lane, 1, seq, "recalled"))], closed=closed)

    def files(self, *, newer: int = 0) -> dict[str, bytes]:
        """The folder, with checkpoints that leave out the `newer` last leaves of each log."""
        logs = {
            party: (checkpoint(party, leaves[: len(leaves) - newer]), leaves) for party, leaves in self.logs.items()
        }
        return write_evidence(seal(AGREEMENT_TYPE, list(SIGNERS.values())), logs, self.crossings)


def journey() -> Journey:
    """Two envelopes one way and one back, a void among them."""
    made = Journey()
    made.send("AL", "ROUTINE", 1, 2)
    made.send("BO", "FLASH", 1, 1)
    made.void("AL", "ROUTINE", 2, 1)
    return made
