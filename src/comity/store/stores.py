"""Every agreement's store of one node, opened once, wherever the settings say it is: the map `agreement → address`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

from comity.store import agreement
from comity.store.agreement import AgreementStore
from comity.store.house import House
from comity.store.keys import Cipher
from comity.store.views import ViewStore


class Stores:
    """An agreement without an address is kept in a file of this node's."""

    def __init__(
        self,
        directory: Path,
        house: House,
        cipher: Cipher,
        addresses: Mapping[str, str],
        took: Callable[[float], None] = lambda _: None,
        house_dsn: str | None = None,
    ) -> None:
        self._directory = directory
        self._keys = house.safe.keys
        self._cipher = cipher
        self._addresses = addresses
        self._took = took
        self._house_dsn = house_dsn
        self._open: dict[str, AgreementStore] = {}
        self._views: dict[str, ViewStore] = {}
        self._lock = Lock()

    def open(self, agreement_id: str) -> AgreementStore:
        return self._held(agreement_id, AgreementStore.open)

    def create(self, agreement_id: str) -> None:
        """Makes the store of a newly imported agreement; one that is there already stays."""
        if not agreement.is_there(self._directory, agreement_id, self._addresses.get(agreement_id)):
            self._held(agreement_id, AgreementStore.create)

    def views(self, name: str) -> ViewStore:
        """What the views of an agreement serve, where it is kept; those of our own people are kept with the house."""
        with self._lock:
            store = self._views.get(name)
            if store is None:
                store = ViewStore.open(self._directory, name, self._addresses.get(name, self._house_dsn))
                self._views[name] = store
            return store

    def leads(self, agreement_id: str) -> bool:
        """Whether this process is the one that follows and delivers for this agreement now."""
        return self.open(agreement_id).database.leads()

    def close(self) -> None:
        for store in self._open.values():
            store.close()
        for views in self._views.values():
            views.close()

    def _held(self, agreement_id: str, how: Callable[..., AgreementStore]) -> AgreementStore:
        with self._lock:
            store = self._open.get(agreement_id)
            if store is None:
                dsn = self._addresses.get(agreement_id)
                store = how(self._directory, agreement_id, self._keys, self._cipher, dsn)
                store.database.took = self._took
                self._open[agreement_id] = store
            return store


def names(directory: Path, addresses: Mapping[str, str]) -> list[str]:
    """The agreements that have a store. A file that an address has taken the place of does not count."""
    there = {one for one, dsn in addresses.items() if agreement.is_there(directory, one, dsn)}
    return sorted(there | (set(agreement.names(directory)) - set(addresses)))
