"""Settings in, `Node` out: the one place where ports meet their hands, and the lists of annexes and kinds of notice."""

import gc
import os
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from comity import cedar, settings
from comity.acts import (
    callers,
    compromise,
    consents,
    discharging,
    events,
    returning,
    rollover,
    viewing,
    visits,
    writing,
)
from comity.acts.checking import Signatures, log_faults
from comity.acts.node import Node
from comity.acts.offering import NATIONAL
from comity.annexes import cyber, intelligence
from comity.annexes.cyber.markings import STANDARD
from comity.core.certificate import Certificate
from comity.core.errors import Absent, Refused
from comity.exchange.notice import NoticeKind
from comity.exchange.rollover import Reign
from comity.exchange.sealing import seal_body
from comity.labels import profile
from comity.ledger.fsck import Fault
from comity.records import Surroundings
from comity.release.cache import DecisionCache
from comity.release.kind import Annex
from comity.release.subscription import Subscription
from comity.settings import Settings, Subscribed
from comity.store import agreement_fsck, house_fsck, view_fsck, views
from comity.store.agreement import AgreementStore
from comity.store.house import House
from comity.store.meter import Meter
from comity.store.room import room
from comity.store.stores import Stores, names
from comity.vault import Vault, certificates
from comity.wire import Source, Wire, certificate_end

ANNEXES: tuple[Annex, ...] = (cyber.ANNEX, intelligence.ANNEX)
NOTICES: tuple[NoticeKind, ...] = (
    *events.KINDS,
    *compromise.KINDS,
    *discharging.KINDS,
    *consents.KINDS,
    *returning.KINDS,
    *visits.KINDS,
)
"""Every kind of notice there is; each act module declares its own."""
VAULT = "vault"
PROFILES = "profiles"


def collect_rarely() -> None:
    """For a process that reads or writes very many things: they make no cycles, and looking for those took a tenth."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def create_node(directory: Path, chosen: Settings, tls_names: Sequence[str] | None = None) -> None:
    """A new node: its directory, vault, house and settings. Raises `Refused` where there is one already.

    With `tls_names` it gets a test authority and a certificate for these names, which the settings then name.
    """
    if (directory / settings.FILE).exists():
        raise Refused(f"there is a node in {directory} already")
    settings.check(chosen)
    certificates.check_names(tls_names or ())
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = Vault.create(directory / VAULT, os.urandom)
    House.create(directory, vault, chosen.store.house).close()
    for folder in (PROFILES, cedar.FOLDER):
        (directory / folder).mkdir(mode=0o700, exist_ok=True)
    if tls_names is not None:
        certificates.make(directory / certificates.FOLDER, chosen.party, tls_names, _now())
    settings.write(directory, chosen)


def with_tls(chosen: Settings) -> Settings:
    """The settings that name the certificate which `create_node` makes."""
    names = (certificates.NODE, certificates.NODE_KEY, certificates.AUTHORITY)
    certificate, key, authority = (f"{certificates.FOLDER}/{name}" for name in names)
    listener = msgspec.structs.replace(chosen.partners_listener, tls_certificate=certificate, tls_key=key)
    return msgspec.structs.replace(chosen, partners_listener=listener, tls_authority=authority)


def renew_certificate(directory: Path, *, new_key: bool) -> Certificate:
    """The next certificate of a node whose authority is its own. Raises `Refused` for any other."""
    chosen = settings.read(directory)
    if chosen.partners_listener.tls_certificate is None:
        raise Absent(
            "this node has no certificate", "`comity init --tls` makes a node with one, or set tls_certificate"
        )
    return certificates.renew(directory / certificates.FOLDER, chosen.party, _now(), new_key=new_key)


def _reigns(house: House, party: str, vault: Vault) -> tuple[Reign, ...]:
    """The keys of a house that has had more than one."""
    with house.reader() as reader:
        found = rollover.known(reader, party, vault.public)
    return found if len(found) > 1 or found[0].end is not None else ()


@contextmanager
def open_node(directory: Path) -> Iterator[Node]:
    """The node in `directory`, closed at the end. Nothing is created: a missing part is `Absent` with the way out."""
    chosen = settings.read(directory)
    vault = Vault.open(directory / VAULT)
    house = House.open(directory, vault, chosen.store.house)
    meter = Meter(directory)
    house.database.took = meter.committed
    stores = Stores(directory, house, vault, chosen.store.agreements, meter.committed, chosen.store.house)
    wire = Wire(
        _now,
        directory / chosen.trusted_authorities if chosen.trusted_authorities else None,
        tls_files(directory, chosen),
    )
    try:
        node = Node(
            party=chosen.party,
            mode=chosen.mode,
            house=house,
            agreements=stores.open,
            create_agreement=stores.create,
            views=stores.views,
            vault=vault,
            wire=wire,
            clock=_now,
            entropy=os.urandom,
            seal=seal_body,
            held_by_all=frozenset(STANDARD),
            annexes=ANNEXES,
            notices={kind.name: kind for kind in NOTICES},
            profiles=_profiles(directory, chosen.party),
            partners={party: at.url for party, at in chosen.partners.items() if at.url is not None},
            cache=DecisionCache(),
            meter=meter,
            reigns=_reigns(house, chosen.party, vault),
            skew_seconds=chosen.skew_seconds,
            leads=stores.leads,
            watch=house.database.watch,
            policy=cedar.Folder(directory / cedar.FOLDER).current,
            policy_from=cedar.load_kept,
            room=partial(room, directory),
            surroundings=partial(_surroundings, directory, chosen, meter),
            certificate=_certificate(directory, chosen),
            authorities=certificates.authorities(directory / chosen.tls_authority) if chosen.tls_authority else (),
            subscriptions={name: _subscription(directory, chosen, name) for name in chosen.subscriptions},
        )
        wire.pins = partial(callers.pins_at, node)
        wire.saw = partial(callers.saw, node)
        yield node
    finally:
        wire.close()
        stores.close()
        house.close()


def tls_files(directory: Path, chosen: Settings) -> tuple[Path, Path] | None:
    """The certificate and the key that this node shows to partners, whichever side it calls from."""
    at = chosen.partners_listener
    if at.tls_certificate is None or at.tls_key is None:
        return None
    return directory / at.tls_certificate, directory / at.tls_key


def _subscription(directory: Path, chosen: Settings, name: str) -> Subscription:
    """What is read of others, each with credentials of its own: ours as a node are shown to partners alone."""
    given = chosen.subscriptions[name]
    shown = None
    if given.tls_certificate is not None and given.tls_key is not None:
        shown = directory / given.tls_certificate, directory / given.tls_key
    authorities = directory / chosen.trusted_authorities if chosen.trusted_authorities else None
    source = Source(authorities, shown, partial(_authorization, directory, name, given))
    return Subscription(name, given.url, given.source, timedelta(seconds=given.every_seconds), source.fetch)


def _authorization(directory: Path, name: str, given: Subscribed) -> str | None:
    if given.secret_file is None:
        return None
    secret = settings.secret(directory / given.secret_file, f"[subscriptions.{name}]")
    if given.user is None:
        return f"Bearer {secret}"
    return "Basic " + b64encode(f"{given.user}:{secret}".encode()).decode()


def _certificate(directory: Path, chosen: Settings) -> Certificate | None:
    files = tls_files(directory, chosen)
    return None if files is None else certificates.read(files[0])


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the one clock; everything below takes `now` from here


def _surroundings(directory: Path, chosen: Settings, meter: Meter) -> Surroundings:
    """What alarms look at outside the stores: room for them, how long certificates last, what was measured."""
    listeners = {"partners_listener": chosen.partners_listener, "house_listener": chosen.house_listener}
    files = {name: directory / at.tls_certificate for name, at in listeners.items() if at.tls_certificate is not None}
    ends = tuple((name, end) for name, path in files.items() if (end := certificate_end(path)) is not None)
    found = room(directory)
    if found is None:
        return Surroundings(certificates=ends, readings=meter.readings())
    return Surroundings(found.free_bytes, found.total_bytes, ends, found.writable, meter.readings())


def _profiles(directory: Path, party: str) -> dict[str, profile.Profile]:
    """Those that come with Comity, and the operator's own, which may replace them by name."""
    own = [profile.parse(path.read_bytes(), party) for path in sorted((directory / PROFILES).glob("*.yaml"))]
    return {**profile.builtins(party), **{one.name: one for one in own}}


def check_node(directory: Path) -> list[Fault]:
    """Everything kept here, checked from the first leaf: every fault found, each naming table and row (law 7)."""
    with open_node(directory) as node:
        assert isinstance(node.house, House)
        found = list(house_fsck.faults(node.house))
        logs: list[Fault] = []
        at = settings.read(directory).store
        for agreement_id in names(directory, at.agreements):
            store = node.agreements(agreement_id)
            assert isinstance(store, AgreementStore)
            signed = Signatures(node, agreement_id)
            callables = agreement_fsck.Signatures(signed.outgoing, signed.incoming, signed.checkpoint)
            found += agreement_fsck.faults(store, callables)
            logs += log_faults(node, agreement_id)
        for name in (NATIONAL, *names(directory, at.agreements)):
            if views.is_there(directory, name, at.agreements.get(name, at.house)):
                made = node.views(name)
                assert isinstance(made, views.ViewStore)
                found += view_fsck.faults(made, partial(viewing.judging, node, name), writing.fault_of)
    return [*(Fault(one.table, f"{one.row}: {one.what}") for one in found), *logs]
