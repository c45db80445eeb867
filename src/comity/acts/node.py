"""`Node`: the ports of one party's house, held together. No methods: acts are functions."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from comity.acts.ports import AgreementStore, House, Meter, Vault, ViewStore, Wire
from comity.core.certificate import Certificate
from comity.core.errors import Absent, Malformed
from comity.exchange.body import Open, Sealed
from comity.exchange.lane import Mode
from comity.exchange.notice import Kinds
from comity.exchange.rollover import Reign
from comity.labels.profile import Profile
from comity.records import Room, Surroundings
from comity.release.cache import DecisionCache
from comity.release.kind import Annex, Kind
from comity.release.policy import Policy
from comity.release.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Node:
    """`clock` and `entropy` are ports too: tests pass their own, and no rule ever sees them."""

    party: str
    mode: Mode
    house: House
    agreements: Callable[[str], AgreementStore]
    create_agreement: Callable[[str], None]
    views: Callable[[str], ViewStore]
    """What the views of an agreement, or of our own people, serve."""
    vault: Vault
    wire: Wire
    clock: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    seal: Callable[[Open, bytes, bytes], Sealed]
    """HPKE: (body, recipient's public key, info) → sealed body; a port because encapsulation is random."""
    held_by_all: frozenset[str]
    """External ids that everyone is taken to hold: the standard TLP and PAP definitions (DECISIONS 14)."""
    annexes: tuple[Annex, ...]
    notices: Kinds
    """The kinds of notice that this node reads and sends, by name."""
    profiles: Mapping[str, Profile]
    partners: Mapping[str, str]
    """Where each partner's listener is; one without an address is reached by file."""
    cache: DecisionCache
    meter: Meter
    reigns: tuple[Reign, ...] = ()
    """This house's keys and when each signs, the newest first; none where it has never had another."""
    skew_seconds: int = 300
    certificate: Certificate | None = None
    """What this node's connections show; none on a node without TLS."""
    authorities: tuple[bytes, ...] = ()
    """Who issued it, for the card (DER)."""
    leads: Callable[[str], bool] = lambda _agreement: True
    """Whether this process follows and delivers for an agreement: one of all that share its store does."""
    watch: Callable[[Callable[[], None]], AbstractContextManager[None]] = lambda _wake: nullcontext()
    """While it is open, calls back when another process has written to the house; a hint that may be lost."""
    policy: Callable[[], Policy | None] = lambda: None
    """This party's own rules as its files stand now; `None` where it has no folder for them."""
    policy_from: Callable[[Mapping[str, str]], Policy | None] = lambda _files: None
    """A policy from the texts of its files, by name, as it was kept."""
    room: Callable[[], Room | None] = lambda: None
    """The file system under the node's directory, as it stands."""
    subscriptions: Mapping[str, Subscription] = field(default_factory=dict)
    """Collections that others serve and this node reads, by name."""
    surroundings: Callable[[], Surroundings] = Surroundings
    """What can be seen of the machine; nothing where nobody looks."""


def kind_named(annexes: tuple[Annex, ...], name: str) -> Kind[Any]:
    """The kind of that name. Raises `Malformed`: a kind nobody here knows is not guessed at."""
    for annex in annexes:
        for kind in annex.kinds:
            if kind.name == name:
                return kind
    raise Malformed(f"this node knows no kind of record named {name!r}")


def annex_of(annexes: tuple[Annex, ...], kind: str) -> Annex | None:
    """The field that a kind of record belongs to; `None` for a kind that nobody here knows."""
    for annex in annexes:
        for one in annex.kinds:
            if one.name == kind:
                return annex
    return None


def profile_named(node: Node, name: str) -> Profile:
    """Raises `Absent` naming the profiles there are."""
    try:
        return node.profiles[name]
    except KeyError:
        known = ", ".join(sorted(node.profiles))
        raise Absent(f"there is no source profile {name!r}", f"known profiles: {known}") from None
