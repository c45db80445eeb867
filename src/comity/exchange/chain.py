"""One chain per agreement, direction, mode and lane: what comes next, and what an arriving number means.

Gaps and reordering are refused inside a lane only; lanes overtake each other freely (DECISIONS 17).
"""

from dataclasses import dataclass
from enum import StrEnum

from comity.exchange.body import Epoch
from comity.exchange.envelope import NOTHING, Envelope


@dataclass(frozen=True, slots=True)
class ChainState:
    """The last link: its epoch, its number, its digest. `START` stands before the first."""

    epoch: int = 1
    sequence: int = 0
    previous: str = NOTHING


START = ChainState()


class Link(StrEnum):
    """What an arriving envelope is to its chain."""

    NEXT = "next"
    DUPLICATE = "duplicate"
    GAP = "chain-gap"
    FORK = "chain-fork"
    BROKEN = "chain-broken"
    OLD_EPOCH = "chain-old-epoch"
    UNANNOUNCED = "chain-epoch-unannounced"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is the chain afterwards: it moves for `NEXT` alone. `missing` is the first and last number of a gap."""

    link: Link
    state: ChainState
    text: str
    missing: tuple[int, int] | None = None


def next_out(state: ChainState) -> ChainState:
    """What the next envelope out carries as epoch, sequence and previous."""
    return ChainState(state.epoch, state.sequence + 1, state.previous)


def sent(state: ChainState, digest: str) -> ChainState:
    """The chain once the envelope drafted from `next_out(state)` is signed and has this digest."""
    return ChainState(state.epoch, state.sequence + 1, digest)


def restarted(epoch: int) -> ChainState:
    """The chain after a restored backup, before its announcement. `epoch` must exceed every one ever used, also those
    the backup forgot: seconds since 1970 do."""
    if epoch <= START.epoch:
        raise ValueError("a new epoch is greater than the first")
    return ChainState(epoch)


def accept(state: ChainState, envelope: Envelope, stored: str | None) -> Verdict:
    """What `envelope` is to the chain at `state`. `stored` is the digest kept under its (epoch, sequence), if any.

    A duplicate is answered with the stored receipt. Nothing else but `NEXT` may be let in; `GAP` alone is worth
    another try with the same bytes, once the missing ones have come. Epochs travel open, never sealed.
    """
    header, digest = envelope.header, envelope.digest
    where = f"{header.lane} number {header.sequence} of epoch {header.epoch}"
    if stored == digest:
        return Verdict(Link.DUPLICATE, state, f"{where} is here already")
    if stored is not None:
        return Verdict(Link.FORK, state, f"{where} is here already with other bytes: the sender tells two stories")
    if header.epoch < state.epoch:
        return Verdict(Link.OLD_EPOCH, state, f"{where} comes after epoch {state.epoch} was begun")
    if header.epoch > state.epoch:
        return _begin(state, envelope, where)
    if isinstance(envelope.body, Epoch):
        return Verdict(Link.BROKEN, state, f"{where} announces an epoch that is not new")
    return _follow(state, envelope, where)


def _begin(state: ChainState, envelope: Envelope, where: str) -> Verdict:
    header = envelope.header
    if header.sequence > 1:
        gap = (1, header.sequence - 1)
        return Verdict(Link.GAP, state, f"{where} came early: missing {gap[0]}..{gap[1]}", gap)
    if header.previous != NOTHING or not isinstance(envelope.body, Epoch):
        return Verdict(Link.UNANNOUNCED, state, f"{where}: a new epoch begins with its announcement as number 1")
    return Verdict(Link.NEXT, ChainState(header.epoch, 1, envelope.digest), f"{where} begins a new epoch")


def _follow(state: ChainState, envelope: Envelope, where: str) -> Verdict:
    header, awaited = envelope.header, state.sequence + 1
    if header.sequence > awaited:
        gap = (awaited, header.sequence - 1)
        return Verdict(Link.GAP, state, f"{where} came early: missing {gap[0]}..{gap[1]}", gap)
    if header.sequence < awaited:
        return Verdict(Link.BROKEN, state, f"{where} was closed before, by bytes that are no longer kept here")
    if header.previous != state.previous:
        return Verdict(Link.BROKEN, state, f"{where} does not follow the envelope that we hold before it")
    return Verdict(Link.NEXT, ChainState(header.epoch, header.sequence, envelope.digest), f"{where} is next")
