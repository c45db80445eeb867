"""`comity backup` and `comity restore`: a copy made while the node runs, and a node made from one."""

import argparse
import hashlib
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from comity.cli import files
from comity.cli.output import Output, counted, progress
from comity.cli.parser import Commands, Parser, command
from comity.cli.principal import principal
from comity.core.errors import Absent, Broken, Refused

if TYPE_CHECKING:
    from comity.acts.backing import Entry, Manifest
    from comity.acts.node import Node

MANIFEST = "manifest.dsse.json"
KEYS = "keys"
MAX_SMALL = 1024 * 1024
PIECE = 1024 * 1024
_NAME = re.compile(r"\d{8}T\d{6}(?:\d{6})?Z")


def add(commands: "Commands[Parser]", common: Parser) -> None:
    backup = command(
        commands,
        common,
        "backup",
        _backup,
        "Copy this node while it runs into a new folder below DIR; keep only the newest copy of its keys.",
        "comity backup --data il backups",
    )
    backup.add_argument("directory", type=Path, metavar="DIR", help="where backups are kept; on another disk")
    backup.add_argument(
        "--with-vault", action="store_true", help="copy the signing keys too: whoever has them speaks for this party"
    )
    restore = command(
        commands,
        common,
        "restore",
        _restore,
        "Make a node of a backup, checked from the first leaf; it stays silent until it has reconciled.",
        "comity restore backups --into il2 --vault il/vault --keys il/keys.db",
    )
    restore.add_argument("backup", type=Path, metavar="DIR", help="where backups are kept, or one of them")
    restore.add_argument("--into", type=Path, required=True, metavar="DIR", help="a new folder for the node")
    restore.add_argument("--keys", type=Path, metavar="FILE", help="today's keys.db (default: the copy in DIR/keys)")
    restore.add_argument("--vault", type=Path, metavar="DIR", help="this node's vault (default: the copy in DIR/vault)")


def _backup(args: argparse.Namespace, out: Output) -> int:
    from comity import settings
    from comity.acts import backing
    from comity.store import copies, sqlite
    from comity.wiring import open_node

    directory: Path = args.directory
    chosen = settings.read(args.data)
    at = chosen.store.house, chosen.store.agreements
    sqlite.make_directory(directory)
    with open_node(args.data) as node:
        name = node.clock().strftime("%Y%m%dT%H%M%SZ")
        target = directory / name
        files.check_free(target)
        with _made(target) as part:
            with progress("copying", copies.size_of(args.data, at)) as watch:
                heads = copies.copy_stores(args.data, at, part, watch)
            for path in _plain(args.data):
                files.write_over(part / path, files.read(args.data / path, MAX_SMALL))
            if chosen.store == settings.Store():
                files.write_over(part / settings.FILE, files.read(args.data / settings.FILE, MAX_SMALL))
            else:
                settings.write(part, settings.in_files(chosen))
            entries = {str(path.relative_to(part)): _entry(path) for path in files.below(part)}
            files.write_new(part / MANIFEST, backing.seal(node, entries, heads))
    copies.replace_keys(args.data / copies.KEYS, directory / KEYS)
    if args.with_vault:
        _copy_secrets(args.data, directory)
    lines = [f"In {target}: {counted(len(entries), 'file')}, signed.", f"The newest keys are in {directory / KEYS}."]
    lines += [f"The vault is in {directory / 'vault'}."] if args.with_vault else []
    value = {"directory": str(target), "files": len(entries), "bytes": sum(one.size for one in entries.values())}
    out.result({**value, "keys": str(directory / KEYS / copies.KEYS), "vault": bool(args.with_vault)}, lines)
    return 0


def _plain(directory: Path) -> Iterator[str]:
    """What an operator wrote beside the settings, and the card: no key and no database."""
    yield from (name for name in ("card.json",) if (directory / name).is_file())
    yield from (f"profiles/{path.name}" for path in sorted((directory / "profiles").glob("*.yaml")))
    yield from (f"policy/{path.name}" for path in sorted((directory / "policy").glob("*.cedar")))


def _copy_secrets(directory: Path, into: Path) -> None:
    from comity.vault import certificates

    print("comity: warning: the vault is copied: whoever reads this copy can sign for this party", file=sys.stderr)
    for folder in ("vault", certificates.FOLDER):
        if (directory / folder).is_dir():
            _copy_folder(directory / folder, into / folder)


def _copy_folder(source: Path, target: Path) -> None:
    for path in files.below(source):
        files.write_over(target / path.relative_to(source), files.read(path, MAX_SMALL))


def _restore(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import backing, restoring
    from comity.store import copies, lock
    from comity.vault import Vault
    from comity.wiring import open_node

    archive = _archive(args.backup)
    vault = args.vault or archive.parent / "vault"
    raw = files.read(archive / MANIFEST, backing.MAX_BYTES)
    manifest = backing.unseal(raw, Vault.open(vault).public)
    _check_free(args.into)
    still = lock.held(args.data) if (args.data / "comity.toml").is_file() else nullcontext()
    with still, _made(args.into) as part:
        with progress("copying", sum(one.size for one in manifest.files.values())) as watch:
            _copy(archive, part, manifest, watch)
        copies.copy_keys(args.keys or archive.parent / KEYS / copies.KEYS, part)
        _copy_folder(vault, part / "vault")
        _copy_tls(vault.parent, part)
        forgotten = copies.forget(part)
        with open_node(part) as node:
            _check(node, part, manifest)
            restoring.mark(node, backing.digest(raw), principal(args))
            agreements = _agreements(node)
        _check_books(part)
    at = _instant(manifest)
    lines = [
        f"The node of {manifest.party} as it was at {at} is in {args.into}; every log and file is checked.",
        f"Bodies without a key, destroyed since: {forgotten}.",
        "It says nothing in an agreement until it has reconciled with the partner: comity serve",
    ]
    value = {"directory": str(args.into), "party": manifest.party, "at": at, "forgotten": forgotten}
    out.result({**value, "agreements": agreements}, lines)
    return 0


def _instant(manifest: "Manifest") -> str:
    from comity.core import instants

    return instants.text(manifest.at)


def _archive(place: Path) -> Path:
    """The backup named, or the newest of those kept in a folder."""
    if (place / MANIFEST).is_file():
        return place
    found = [path for path in place.glob("*") if _NAME.fullmatch(path.name) and (path / MANIFEST).is_file()]
    if not found:
        raise Absent(f"there is no backup in {place}", "name the folder that `comity backup` was given")
    return max(found, key=lambda path: path.name)


def _check_free(into: Path) -> None:
    """Raises `Refused` for a folder in which something is, above all a running node."""
    from comity.store import lock

    if into.exists() and any(into.iterdir()):
        if (into / lock.FILE).is_file():
            with lock.held(into):
                pass
        raise Refused(f"the folder {into} is not empty", "name a new one: a restore overwrites nothing")


@contextmanager
def _made(target: Path) -> Iterator[Path]:
    """A folder beside `target` that becomes it when all is done, and goes when it is not."""
    from comity.store import sqlite

    part = target.with_name(target.name + ".part")
    if part.exists():
        raise Refused(f"{part} is in the way: an earlier run did not end", "look whether it still runs, then remove it")
    sqlite.make_directory(part)
    try:
        yield part
        for path in [*part.rglob("*"), part]:
            sqlite.sync(path)
        part.replace(target)
        sqlite.sync(target.parent)
    except BaseException:
        shutil.rmtree(part)
        raise


def _copy(archive: Path, into: Path, manifest: "Manifest", watch: Callable[[int], None]) -> None:
    done = 0
    for name, said in manifest.files.items():
        digest = hashlib.sha256()
        target = into / name
        if not (archive / name).is_file():
            raise Absent(f"there is no file {archive / name}, which the manifest names", "take an older backup")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write_new(target, b"")
        with (archive / name).open("rb") as source, target.open("wb") as copy:
            while piece := source.read(PIECE):
                digest.update(piece)
                copy.write(piece)
                done += len(piece)
                watch(done)
        if (target.stat().st_size, digest.hexdigest()) != (said.size, said.sha256):
            raise Broken(
                f"{archive / name} is not what the manifest says: it was changed or damaged", "take an older backup"
            )


def _copy_tls(beside: Path, into: Path) -> None:
    """The certificate and its key, where they stand beside the vault."""
    from comity.vault import certificates

    if (beside / certificates.FOLDER).is_dir():
        _copy_folder(beside / certificates.FOLDER, into / certificates.FOLDER)


def _check(node: "Node", directory: Path, manifest: "Manifest") -> None:
    """That the databases are those of the manifest, and fit each other."""
    from comity.acts import backing
    from comity.store import copies
    from comity.store.agreement import FOLDER, AgreementStore, names
    from comity.store.house import House

    assert isinstance(node.house, House)
    if (node.party, node.mode) != (manifest.party, manifest.mode):
        raise Refused(f"the settings are of another node than {manifest.party}, {manifest.mode.value}")
    with node.house.reader() as house:
        size = house.log_size()
        backing.check_log(manifest, copies.HOUSE, "house", house.tree().size, house.tree().root)
    for agreement in names(directory):
        store = node.agreements(agreement)
        assert isinstance(store, AgreementStore)
        with store.reader() as reader:
            for log in manifest.logs[f"{FOLDER}/{agreement}.db"]:
                backing.check_log(manifest, f"{FOLDER}/{agreement}.db", log, reader.log_size(log), reader.root(log))
            if reader.cursor() > size:
                raise Broken(f"{agreement} has decided more of the house log than the house has", "take another backup")


def _agreements(node: "Node") -> list[str]:
    from comity.acts.agreements import agreement_ids

    return agreement_ids(node)


def _check_books(directory: Path) -> None:
    from comity.wiring import check_node

    faults = check_node(directory)
    if faults:
        first = f"{faults[0].where}: {faults[0].what}"
        raise Broken(f"the backup has {counted(len(faults), 'fault')}; the first: {first}", "take an older backup")


def _entry(path: Path) -> "Entry":
    from comity.acts.backing import Entry

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return Entry(path.stat().st_size, digest.hexdigest())
