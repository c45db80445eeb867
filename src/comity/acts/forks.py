"""Two histories of one log: found, named as a fact, and standing until two people have looked (law 7, law 11).

A fork stops every lane of its agreement here. It is never mended by this node alone, and nothing of it is deleted.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.acts.node import Node
from comity.acts.ports import AgreementReader, HouseReader
from comity.acts.sending import IN, OUT, STORE
from comity.agreement.instrument import Agreement
from comity.core import instants, strictjson
from comity.core.errors import Absent, Malformed, Refused
from comity.core.merkle import Tree
from comity.exchange import shape
from comity.exchange.chain import Link
from comity.ledger import note, recovery
from comity.ledger.note import Checkpoint
from comity.ledger.recovery import Fork, History, Side
from comity.records import Fact, Principal

FACT = "fork"
RESOLUTION = "fork-resolution"
NEEDED = 2
TWO_STORIES = (Link.FORK, Link.BROKEN)
"""What an arriving envelope shows of its sender: it told something else before."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one person has decided, and why."""

    by: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """A fork as it was found. `id` is that of its fact; traffic stops until two people have resolved it."""

    id: str
    agreement: str
    fork: Fork
    at: datetime
    resolutions: tuple[Resolution, ...]

    @property
    def resolved(self) -> bool:
        return len(self.resolutions) >= NEEDED

    @property
    def sentence(self) -> str:
        one = self.fork
        sides = f"ours has {_told(one.ours)}, theirs {_told(one.theirs)}"
        return f"{one.log} has two histories: {one.what}; {sides}"


def listed(house: HouseReader, agreement_id: str) -> list[Named]:
    """Every fork ever named under an agreement, oldest first, resolved or not."""
    found = house.facts(FACT, agreement_id)
    if not found:
        return []
    by_fork: dict[str, list[Resolution]] = {}
    for one in house.facts(RESOLUTION, agreement_id):
        entry = strictjson.parse(one.body)
        by_fork.setdefault(entry["fork"], []).append(Resolution(entry["by"], entry["why"], one.valid_from))
    return [_named(one, tuple(by_fork.get(one.fid, ()))) for one in found]


def open_fork(house: HouseReader, agreement_id: str) -> Named | None:
    """The fork that stops this agreement, if one does."""
    return next((one for one in listed(house, agreement_id) if not one.resolved), None)


def name(node: Node, agreement_id: str, fork: Fork) -> None:
    """Keeps the fork as a fact, in the node's name, and so stops the agreement. One that stands already stays."""
    now = node.clock()
    body = strictjson.canonical(
        {
            "agreement": agreement_id,
            "log": fork.log,
            "what": fork.what,
            "ours": _side(fork.ours),
            "theirs": _side(fork.theirs),
            "at": instants.text(now),
        }
    )
    fact = Fact(hashlib.sha256(body).hexdigest(), FACT, agreement_id, now, None, body)
    with node.house.begin() as tx:
        if open_fork(tx, agreement_id) is None:
            tx.put_fact(fact, Principal(f"node:{node.party}"), now)


def resolve(node: Node, agreement_id: str, why: str, by: Principal) -> Named:
    """One person's decision that traffic may resume under a new epoch. It does once a second person decides the same.

    Raises `Absent` where nothing is to be resolved, `Refused` for the same person twice.
    """
    reason, now = shape.text(why, "the reason", 500), node.clock()
    with node.house.begin() as tx:
        fork = open_fork(tx, agreement_id)
        if fork is None:
            raise Absent(f"no fork stops {agreement_id}", "`comity fork show` lists them")
        if any(one.by == by.id for one in fork.resolutions):
            raise Refused(f"{by.id} has decided this already; it takes a second person", "--by WHO names that person")
        entry = {"fork": fork.id, "by": by.id, "why": reason, "at": instants.text(now)}
        body = strictjson.canonical(entry)
        tx.put_fact(Fact(hashlib.sha256(body).hexdigest(), RESOLUTION, agreement_id, now, None, body), by, now)
        return next(one for one in listed(tx, agreement_id) if one.id == fork.id)


def of_arrival(
    reader: AgreementReader, text: Agreement, party: str, told: Mapping[int, bytes], notes: Sequence[str | None]
) -> Fork | None:
    """Whether leaves and notes that `party` signed contradict our mirror of its log.

    A note over fewer leaves than are here is left to whoever countersigns: it costs the hashing of all of them.
    """
    here = history(reader, text, party, IN, told)
    heads = [head for head in checkpoints(text, party, notes) if head.size >= here.tree.size]
    return recovery.forked(here, told, heads)


def of_cosigned(reader: AgreementReader, text: Agreement, party: str, partner: str, raw: str | None) -> Fork | None:
    """Whether our own note, back with the partner's line, speaks of another log than the one here."""
    found = [] if raw is None else checkpoints(text, party, [raw])
    here = history(reader, text, party, OUT)
    for head in found:
        if head.size > here.tree.size:
            what = f"{partner} countersigned {head.size} leaves of it, and only {here.tree.size} are here: an old copy"
            return Fork(here.origin, what, here.side, Side(head.size, head.root.hex()))
    return recovery.forked(here, {}, found)


def diagnose(
    node: Node, text: Agreement, partner: str, told: Mapping[int, bytes], notes: tuple[str | None, str | None]
) -> None:
    """After something broke: names the fork if that is what it was. `notes` are the partner's own, and ours back."""
    with node.agreements(text.id).reader() as reader:
        fork = of_arrival(reader, text, partner, told, notes[:1]) or of_cosigned(
            reader, text, node.party, partner, notes[1]
        )
    if fork is not None:
        name(node, text.id, fork)


def checkpoints(text: Agreement, party: str, notes: Sequence[str | None]) -> list[Checkpoint]:
    """Those of `notes` that are the party's own over its log; each once. What is not is nobody's claim."""
    found: dict[Checkpoint, None] = {}
    origin = note.origin_of(text.id, party, STORE)
    for raw in notes:
        if raw is None:
            continue
        try:
            head = note.verify(note.parse(raw.encode()), note.keys_of([text]), required=[party])
        except (Malformed, Refused):
            continue
        if head.origin == origin:
            found[head] = None
    return list(found)


def history(
    reader: AgreementReader, text: Agreement, party: str, log: str, told: Mapping[int, bytes] | None = None
) -> History:
    """A log of this store as the rules of the ledger look at it; leaves only where something is `told`."""
    known = dict(reader.leaves(log, min(told), max(told) + 1)) if told else {}

    def tree_at(size: int) -> Tree:
        whole = reader.tree(log)
        return whole if size == whole.size else Tree().extend(reader.leaf_hashes(log, 0, size))

    return History(note.origin_of(text.id, party, STORE), reader.tree(log), known.get, tree_at)


def of_answer(reader: AgreementReader, text: Agreement, party: str, code: str) -> Fork:
    """The fork that the partner names when it refuses an envelope of ours by its chain: our own log has parted."""
    held = reader.checkpoint(OUT, cosigned=True)
    signed = None if held is None else note.parse(held.note).checkpoint
    here = history(reader, text, party, OUT)
    theirs = Side(0, "") if signed is None else Side(signed.size, signed.root.hex())
    return Fork(here.origin, f"the partner holds another envelope under a number of ours ({code})", here.side, theirs)


def _named(fact: Fact, resolutions: tuple[Resolution, ...]) -> Named:
    entry = strictjson.parse(fact.body)
    sides = (Side(entry[name]["size"], entry[name]["root"]) for name in ("ours", "theirs"))
    return Named(fact.fid, fact.scope, Fork(entry["log"], entry["what"], *sides), fact.valid_from, resolutions)


def _side(side: Side) -> dict[str, Any]:
    return {"size": side.size, "root": side.root}


def _told(side: Side) -> str:
    return f"{side.size} leaves" + (f", root {side.root}" if side.root else "")
