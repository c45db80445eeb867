"""The evidence folder: a whole journey as files, rechecked by anybody with no database and no node.

    agreement.dsse.json                                 signed by both: whose keys count
    logs/<party>/checkpoint                             signed by both
    logs/<party>/entries.ndjson                         every leaf of the party's log, a line each
    logs/<party>/tile/…                                 the same as C2SP tiles
    envelopes/<from>/<lane>-<epoch>-<sequence>.dsse.json
    receipts/<from>/<lane>-<epoch>-<sequence>.dsse.json     the other side's answer to the envelope of that name
    destroyed/<duty>.dsse.json                              a discharge that names what was destroyed or given back
    house-only/<kind>/<sha256>.json                         a party's own decisions, where it asked; no partner's

One folder is of one agreement and one store, in one mode. Format: docs/formats/ledger.md.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from comity.agreement.instrument import Agreement
from comity.core import dsse
from comity.core.errors import ComityError, Malformed
from comity.ledger import leaf as leaves_of
from comity.ledger.fsck import Fault
from comity.ledger.logcopy import LogCopy, read_log, write_log
from comity.ledger.note import part

AGREEMENT = "agreement.dsse.json"
DESTROYED = "destroyed/"
HOUSE = "house-only/"
"""What only the party that exported it may have: each file is named by the SHA-256 of its bytes."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sent:
    """A verified envelope: who sent it under which number, its digest, and the leaves its content amounts to.

    `leaves` stand in the sender's log from position `leaf_from`; `None` where the content is sealed to another reader.
    A void also tells the leaves of what was withdrawn, `closed`, from position `closed_from`.
    """

    sender: str
    lane: str
    epoch: int
    seq: int
    digest: str
    leaf_from: int
    leaves: tuple[bytes, ...] | None
    closed_from: int = 0
    closed: tuple[bytes, ...] = ()

    @property
    def places(self) -> dict[int, bytes]:
        """Every leaf it speaks of, by position in the sender's log."""
        return dict(enumerate(self.closed, self.closed_from)) | dict(enumerate(self.leaves or (), self.leaf_from))

    def speaks_of(self, position: int) -> bool:
        return 0 <= position - self.leaf_from < len(self.leaves or ()) or 0 <= position - self.closed_from < len(
            self.closed
        )


@dataclass(frozen=True, slots=True)
class Received:
    """A verified receipt: who signed it, which envelope it answers and how, and its leaf's position in their log.

    `leaf` is `None` for a refusal that entered no log.
    """

    receiver: str
    envelope_digest: str
    verdict: str
    leaf: int | None


@dataclass(frozen=True, slots=True)
class Readers:
    """How the signed files are opened: each verifies, parses, and raises one of the five errors.

    Whether the agreement's keys are truly the parties' is for `agreement` to say: it may compare them with those known.
    """

    agreement: Callable[[bytes], Agreement]
    envelope: Callable[[bytes, Agreement], Sent]
    receipt: Callable[[bytes, Agreement], Received]
    discharge: Callable[[bytes, Agreement], frozenset[str]] = lambda _raw, _text: frozenset()
    """The handles that it says are gone."""


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What both sides signed of one log."""

    party: str
    log: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Report:
    """Every fault found, none hiding another, and what stands. `unread` envelopes are sealed to another reader."""

    faults: tuple[Fault, ...]
    logs: tuple[LogFacts, ...] = ()
    envelopes: int = 0
    receipts: int = 0
    unread: int = 0

    @property
    def verified(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class Crossing:
    """One envelope that crossed, under its number, and the receipt that came back. An envelope that was destroyed has
    no bytes."""

    sender: str
    lane: str
    epoch: int
    seq: int
    envelope: bytes
    receipt: bytes | None


def write_evidence(
    agreement: bytes,
    logs: Mapping[str, tuple[bytes, Sequence[bytes]]],
    crossings: Iterable[Crossing],
    destroyed: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """The folder as path → bytes. `logs` gives each party's newest checkpoint signed by both, and all its leaves;
    `destroyed` the discharges, by duty, that say what is gone."""
    files = {AGREEMENT: agreement}
    files |= {f"{DESTROYED}{duty}.dsse.json": raw for duty, raw in (destroyed or {}).items()}
    for party, (checkpoint, leaves) in logs.items():
        files |= write_log(party, checkpoint, leaves)
    for crossing in crossings:
        name = file_name(crossing.sender, crossing.lane, crossing.epoch, crossing.seq)
        if crossing.envelope:
            files["envelopes/" + name] = crossing.envelope
        if crossing.receipt is not None:
            files["receipts/" + name] = crossing.receipt
    return files


def file_name(sender: str, lane: str, epoch: int, seq: int) -> str:
    """Where an envelope stands below `envelopes/`, and its receipt below `receipts/`."""
    return f"{part(sender)}/{part(lane)}-{epoch}-{seq}.dsse.json"


def verify_evidence(files: Mapping[str, bytes], readers: Readers) -> Report:
    """The whole journey rechecked: signatures, trees from the first leaf, each leaf's envelope, each receipt.

    Never raises for what the files say: a fault names the file, and the line where it has lines.
    """
    faults: list[Fault] = []
    agreement = _open(AGREEMENT, files.get(AGREEMENT), readers.agreement, faults)
    if agreement is None:
        return Report((*faults, Fault(AGREEMENT, "without it nothing else can be checked")))
    if len(agreement.party_ids) < 2:
        faults.append(Fault(AGREEMENT, "it does not have two parties: nobody could check anybody"))
    logs: dict[str, LogCopy] = {}
    for party in agreement.party_ids:
        logs[party], found = read_log(files, agreement, party)
        faults += found
    gone = _gone(files, agreement, readers, logs.values(), faults)
    journey = _Journey(files, logs, *_open_all(files, agreement, readers, faults), gone)
    faults += journey.check_stores()
    faults += journey.check_envelopes()
    faults += journey.check_receipts()
    for log in logs.values():
        faults += journey.check_leaves(log)
    faults += [*_altered(files), *_strangers(files, agreement)]
    facts = [
        LogFacts(log.party, log.checkpoint.origin, log.checkpoint.size, log.checkpoint.root.hex())
        for log in logs.values()
        if log.checkpoint is not None
    ]
    unread = sum(sent.leaves is None for sent in journey.sent.values())
    return Report(tuple(faults), tuple(facts), len(journey.sent), len(journey.received), unread)


@dataclass(frozen=True, slots=True)
class _Journey:
    """What could be opened, by the name an envelope and its receipt share, and what each file must be to the others."""

    files: Mapping[str, bytes]
    logs: Mapping[str, LogCopy]
    sent: Mapping[str, Sent]
    received: Mapping[str, Received]
    gone: frozenset[str]

    def _missing(self, name: str) -> bool:
        """Whether the envelope should be here and is not: it is not, once a party has signed that it is destroyed."""
        return "envelopes/" + name not in self.files and name not in self.gone

    def check_stores(self) -> Iterator[Fault]:
        origins = [log.checkpoint.origin for log in self.logs.values() if log.checkpoint is not None]
        if len({origin.rsplit("/", 1)[1] for origin in origins}) > 1:
            yield Fault("logs", f"the logs are of different stores: {', '.join(origins)}")

    def check_envelopes(self) -> Iterator[Fault]:
        for name, sent in self.sent.items():
            where = "envelopes/" + name
            if sent.digest != hashlib.sha256(self.files[where]).hexdigest():
                yield Fault(where, "its digest is not that of its bytes")
            if name != file_name(sent.sender, sent.lane, sent.epoch, sent.seq):
                yield Fault(where, f"it is number {sent.epoch}-{sent.seq} of {sent.sender}'s lane {sent.lane}")
            if "receipts/" + name not in self.files:
                yield Fault(where, "no receipt answers it")
            for n, leaf in sent.places.items():
                yield from self._check_leaf(where, sent.sender, n, leaf)

    def check_receipts(self) -> Iterator[Fault]:
        for name, received in self.received.items():
            where, sent = "receipts/" + name, self.sent.get(name)
            if sent is None:
                if self._missing(name):
                    yield Fault(where, "the envelope it answers is not here")
                continue
            if received.envelope_digest != sent.digest:
                yield Fault(where, "it answers another envelope than the one of its name")
            if received.receiver == sent.sender:
                yield Fault(where, f"{sent.sender} cannot give itself a receipt")
            if received.leaf is not None:
                leaf = leaves_of.Received(sent.digest, sent.lane, sent.epoch, sent.seq, received.verdict)
                yield from self._check_leaf(where, received.receiver, received.leaf, leaves_of.write(leaf))

    def check_leaves(self, log: LogCopy) -> Iterator[Fault]:
        """Each leaf's envelope is here and amounts to it; what is newer than the checkpoint stands in a signed file."""
        vouched, closed = self._vouched(log.party), self._closed(log.party)
        for n, leaf in enumerate(log.parsed):
            if isinstance(leaf, leaves_of.Lost) and leaf.position != n:
                yield Fault(log.where(n), f"it says that leaf {leaf.position} is lost, and stands at {n}")
            elif closed.get(n) == log.leaves[n]:
                continue
            if isinstance(leaf, leaves_of.Received):
                yield from self._check_received(log, n, leaf)
            elif isinstance(leaf, leaves_of.Released | leaves_of.Noticed | leaves_of.Void):
                name = file_name(log.party, leaf.lane, leaf.epoch, leaf.sequence)
                sent = self.sent.get(name)
                if self._missing(name):
                    yield Fault(log.where(n), f"its envelope is not here: envelopes/{name}")
                elif sent is not None and sent.leaves is not None and not sent.speaks_of(n):
                    yield Fault(log.where(n), f"its envelope does not carry it: envelopes/{name}")
            elif isinstance(leaf, leaves_of.Lost):
                yield Fault(log.where(n), "it says that a leaf is lost, and no void here tells so")
        newer = range(log.checkpoint.size if log.checkpoint else 0, len(log.leaves))
        if log.sound and vouched is not None:
            yield from (
                Fault(log.where(n), "it is newer than the checkpoint, and no envelope or receipt here speaks of it")
                for n in newer
                if n not in vouched and not self._sealed(log, n)
            )

    def _sealed(self, log: LogCopy, n: int) -> bool:
        """Whether the leaf names an envelope that is here and sealed to another reader: only that one can say more."""
        leaf = log.parsed[n]
        if not isinstance(leaf, leaves_of.Released | leaves_of.Noticed):
            return False
        sent = self.sent.get(file_name(log.party, leaf.lane, leaf.epoch, leaf.sequence))
        return sent is not None and sent.leaves is None

    def _check_received(self, log: LogCopy, n: int, leaf: leaves_of.Received) -> Iterator[Fault]:
        senders = [party for party in self.logs if party != log.party]
        names = [file_name(party, leaf.lane, leaf.epoch, leaf.sequence) for party in senders]
        if all(self._missing(name) for name in names):
            yield Fault(log.where(n), "the envelope it speaks of is not here")
        elif all(name in self.sent and self.sent[name].digest != leaf.envelope for name in names):
            yield Fault(log.where(n), "the envelope of that number has another digest")

    def _check_leaf(self, where: str, party: str, position: int, leaf: bytes) -> Iterator[Fault]:
        log = self.logs.get(party)
        if log is None:
            yield Fault(where, f"{party} is not a party of the agreement")
        elif log.sound and not log.has(position, leaf):
            assert log.checkpoint is not None
            signed = position < log.checkpoint.size
            yield Fault(where if signed else log.where(position), "this is not what the other file says of one leaf")

    def _closed(self, party: str) -> dict[int, bytes]:
        """The leaves that a void of the party tells, by position: their own envelope went nowhere, and after a new
        epoch the void has another number than they have."""
        ours = [sent for sent in self.sent.values() if sent.sender == party]
        return {n: raw for sent in ours for n, raw in enumerate(sent.closed, sent.closed_from)}

    def _vouched(self, party: str) -> set[int] | None:
        """The positions of the party's log of which a signed file here speaks; `None` when some could not be opened."""
        opened = len(self.sent) + len(self.received)
        if opened < sum(path.startswith(("envelopes/", "receipts/")) for path in self.files):
            return None
        positions = {
            entry.leaf for entry in self.received.values() if entry.receiver == party and entry.leaf is not None
        }
        for sent in self.sent.values():
            if sent.sender == party:
                positions.update(sent.places)
        return positions


def _open(where: str, raw: bytes | None, reader: Callable[[bytes], T], faults: list[Fault]) -> T | None:
    if raw is None:
        faults.append(Fault(where, "the file is missing"))
        return None
    try:
        _check_spelling(raw)
        return reader(raw)
    except ComityError as error:
        faults.append(Fault(where, error.message))
        return None


def _check_spelling(raw: bytes) -> None:
    """What stands around the signed part is in no signature: with one way to write it there is none to alter it."""
    sealed = dsse.parse(raw, "the file")
    if raw != dsse.write(sealed.payload_type, sealed.payload, sealed.signatures):
        raise Malformed("the file is not spelt in the one way we write: something was added around the signed part")


def _open_all(
    files: Mapping[str, bytes], agreement: Agreement, readers: Readers, faults: list[Fault]
) -> tuple[dict[str, Sent], dict[str, Received]]:
    sent: dict[str, Sent] = {}
    received: dict[str, Received] = {}
    for path in sorted(files):
        room, _, name = path.partition("/")
        if room == "envelopes":
            envelope = _open(path, files[path], lambda raw: readers.envelope(raw, agreement), faults)
            if envelope is not None:
                sent[name] = envelope
        elif room == "receipts":
            receipt = _open(path, files[path], lambda raw: readers.receipt(raw, agreement), faults)
            if receipt is not None:
                received[name] = receipt
    return sent, received


def _gone(
    files: Mapping[str, bytes], agreement: Agreement, readers: Readers, logs: Iterable[LogCopy], faults: list[Fault]
) -> frozenset[str]:
    """The names of envelopes that carried something of which a party has signed that it is destroyed or given back."""
    paths = [path for path in sorted(files) if path.startswith(DESTROYED)]
    said = [_open(path, files[path], lambda raw: readers.discharge(raw, agreement), faults) for path in paths]
    handles = {handle for one in said for handle in one or ()}
    return frozenset(
        file_name(log.party, leaf.lane, leaf.epoch, leaf.sequence)
        for log in logs
        for leaf in log.parsed
        if isinstance(leaf, leaves_of.Released) and leaf.handle in handles
    )


def _altered(files: Mapping[str, bytes]) -> list[Fault]:
    """Decisions of the house whose bytes are not those that their name says."""
    return [
        Fault(path, "its bytes are not those that its name says: it was altered")
        for path in sorted(files)
        if path.startswith(HOUSE) and not path.endswith(f"/{hashlib.sha256(files[path]).hexdigest()}.json")
    ]


def _strangers(files: Mapping[str, bytes], agreement: Agreement) -> list[Fault]:
    """Files that nothing above has looked at: they prove nothing, and must not look as if they did."""
    known = ("envelopes/", "receipts/", DESTROYED, HOUSE, *(f"logs/{part(party)}/" for party in agreement.party_ids))
    return [
        Fault(path, "no file of this name belongs here")
        for path in sorted(files)
        if path != AGREEMENT and not path.startswith(known)
    ]
