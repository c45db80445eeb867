"""Settings in, `Node` out: the one place where ports meet their hands, and the tuple of annexes."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from comity import settings
from comity.acts.checking import Signatures, log_faults
from comity.acts.node import Node
from comity.annexes import cyber, intelligence
from comity.annexes.cyber.markings import STANDARD
from comity.core.errors import Refused
from comity.exchange.sealing import seal_body
from comity.labels import profile
from comity.ledger.fsck import Fault
from comity.release.cache import DecisionCache
from comity.release.kind import Annex
from comity.settings import Settings
from comity.store import agreement_fsck, house_fsck
from comity.store.agreement import AgreementStore, names
from comity.store.house import House
from comity.vault import Vault
from comity.wire import Wire

ANNEXES: tuple[Annex, ...] = (cyber.ANNEX, intelligence.ANNEX)
VAULT = "vault"
PROFILES = "profiles"


def create_node(directory: Path, chosen: Settings) -> None:
    """A new node: its directory, vault, house and settings. Raises `Refused` where there is one already."""
    if (directory / settings.FILE).exists():
        raise Refused(f"there is a node in {directory} already")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = Vault.create(directory / VAULT, os.urandom)
    House.create(directory, vault).close()
    (directory / PROFILES).mkdir(mode=0o700, exist_ok=True)
    settings.write(directory, chosen)


@contextmanager
def open_node(directory: Path) -> Iterator[Node]:
    """The node in `directory`, closed at the end. Nothing is created: a missing part is `Absent` with the way out."""
    chosen = settings.read(directory)
    vault = Vault.open(directory / VAULT)
    house = House.open(directory, vault)
    stores = _Stores(directory, house, vault)
    wire = Wire(Path(chosen.trusted_authorities) if chosen.trusted_authorities else None)
    try:
        yield Node(
            party=chosen.party,
            mode=chosen.mode,
            house=house,
            agreements=stores.open,
            create_agreement=stores.create,
            vault=vault,
            wire=wire,
            clock=_now,
            entropy=os.urandom,
            seal=seal_body,
            held_by_all=frozenset(STANDARD),
            annexes=ANNEXES,
            profiles=_profiles(directory, chosen.party),
            partners={party: at.url for party, at in chosen.partners.items() if at.url is not None},
            cache=DecisionCache(),
            skew_seconds=chosen.skew_seconds,
        )
    finally:
        wire.close()
        stores.close()
        house.close()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the one clock; everything below takes `now` from here


def _profiles(directory: Path, party: str) -> dict[str, profile.Profile]:
    """Those that come with Comity, and the operator's own, which may replace them by name."""
    own = [profile.parse(path.read_bytes(), party) for path in sorted((directory / PROFILES).glob("*.yaml"))]
    return {**profile.builtins(party), **{one.name: one for one in own}}


class _Stores:
    """Each agreement's database, opened once."""

    def __init__(self, directory: Path, house: House, vault: Vault) -> None:
        self._directory = directory
        self._keys = house.safe.keys
        self._vault = vault
        self._open: dict[str, AgreementStore] = {}
        self._lock = Lock()

    def open(self, agreement_id: str) -> AgreementStore:
        return self._held(agreement_id, AgreementStore.open)

    def create(self, agreement_id: str) -> None:
        """Makes the database of a newly imported agreement; one that is there already stays."""
        if agreement_id not in names(self._directory):
            self._held(agreement_id, AgreementStore.create)

    def close(self) -> None:
        for store in self._open.values():
            store.close()

    def _held(self, agreement_id: str, how: Callable[..., AgreementStore]) -> AgreementStore:
        with self._lock:
            store = self._open.get(agreement_id)
            if store is None:
                store = how(self._directory, agreement_id, self._keys, self._vault)
                self._open[agreement_id] = store
            return store


def check_node(directory: Path) -> list[Fault]:
    """Everything kept here, checked from the first leaf: every fault found, each naming table and row (law 7)."""
    with open_node(directory) as node:
        assert isinstance(node.house, House)
        found = list(house_fsck.faults(node.house))
        logs: list[Fault] = []
        for agreement_id in names(directory):
            store = node.agreements(agreement_id)
            assert isinstance(store, AgreementStore)
            signed = Signatures(node, agreement_id)
            callables = agreement_fsck.Signatures(signed.outgoing, signed.incoming, signed.checkpoint)
            found += agreement_fsck.faults(store, callables)
            logs += log_faults(node, agreement_id)
    return [*(Fault(one.table, f"{one.row}: {one.what}") for one in found), *logs]
