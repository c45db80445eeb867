"""The manifest of a backup: what is in it, how far each log had come, signed by the node whose backup it is.

Format: docs/formats/backup.md.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.acts.node import Node
from comity.core import dsse, instants, strictjson
from comity.core.errors import Malformed, Refused
from comity.core.keys import PublicKey
from comity.exchange import shape
from comity.exchange.lane import Mode

PAYLOAD_TYPE = "application/vnd.comity.backup+json"
FORMAT = "comity-backup/1"
MAX_BYTES = 4 * 1024 * 1024
MAX_FILES = 10_000

_MEMBERS = frozenset({"format", "party", "mode", "at", "files", "logs"})
_PATH = re.compile(
    r"house\.db|comity\.toml|card\.json|agreements/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.db"
    r"|profiles/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.yaml"
    r"|policy/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.cedar"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the backup: its size, and the SHA-256 of its bytes in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` by path inside the backup; `logs` by database and log: size, and root in hex."""

    party: str
    mode: Mode
    at: datetime
    files: Mapping[str, Entry]
    logs: Mapping[str, Mapping[str, tuple[int, str]]]


def seal(node: Node, files: Mapping[str, Entry], logs: Mapping[str, Mapping[str, tuple[int, bytes]]]) -> bytes:
    """The signed manifest of a backup made now."""
    value = {
        "format": FORMAT,
        "party": node.party,
        "mode": node.mode.value,
        "at": instants.text(node.clock()),
        "files": {path: {"size": one.size, "sha256": one.sha256} for path, one in files.items()},
        "logs": {
            path: {log: {"size": size, "root": root.hex()} for log, (size, root) in found.items()}
            for path, found in logs.items()
        },
    }
    _parse(value)
    return dsse.seal(PAYLOAD_TYPE, strictjson.canonical(value), [node.vault])


def unseal(raw: bytes, key: PublicKey) -> Manifest:
    """The manifest, once the holder of `key`, our own vault's, signed it. Raises `Malformed` or `Refused`."""
    what = "the backup's manifest"
    sealed = dsse.parse(raw, what, max_bytes=MAX_BYTES)
    payload = dsse.verify(sealed, PAYLOAD_TYPE, {"this node": key}, what)
    return _parse(strictjson.parse(payload, what, max_bytes=MAX_BYTES, max_depth=4))


def digest(raw: bytes) -> str:
    """How the house log names a backup."""
    return hashlib.sha256(raw).hexdigest()


def check_log(manifest: Manifest, path: str, log: str, size: int, root: bytes) -> None:
    """Raises `Refused` unless a log of a restored database stands where the manifest says."""
    said = manifest.logs.get(path, {}).get(log, (0, root.hex()))
    if said != (size, root.hex()):
        raise Refused(f"{path}: its log {log!r} does not stand where the backup's manifest says")


def _parse(value: strictjson.Json) -> Manifest:
    what = "the backup's manifest"
    entry = shape.members(value, what, _MEMBERS)
    shape.fixed(entry["format"], what, FORMAT)
    files, logs = entry["files"], entry["logs"]
    if not isinstance(files, dict) or not isinstance(logs, dict) or not 0 < len(files) <= MAX_FILES:
        raise Malformed(f"{what} must name its files and its logs")
    if wrong := [path for path in files if not _PATH.fullmatch(path)]:
        raise Malformed(f"{what} names a file that no backup has: {wrong[0][:80]!r}")
    if not set(logs) <= set(files):
        raise Malformed(f"{what} speaks of logs in a file that it does not have")
    return Manifest(
        party=shape.name(entry["party"], f"{what}: party"),
        mode=shape.chosen(Mode, entry["mode"], f"{what}: mode"),
        at=instants.parse(entry["at"], f"{what}: at"),
        files={path: _entry(one, f"{what}: {path}") for path, one in files.items()},
        logs={path: _logs(one, f"{what}: the logs of {path}") for path, one in logs.items()},
    )


def _entry(value: strictjson.Json, what: str) -> Entry:
    entry = shape.members(value, what, frozenset({"size", "sha256"}))
    return Entry(shape.whole(entry["size"], f"{what}: size"), shape.hexed(entry["sha256"], f"{what}: sha256", 32).hex())


def _logs(value: strictjson.Json, what: str) -> dict[str, tuple[int, str]]:
    if not isinstance(value, dict):
        raise Malformed(f"{what} must be an object")
    found: dict[str, tuple[int, str]] = {}
    for log, one in value.items():
        entry: dict[str, Any] = shape.members(one, what, frozenset({"size", "root"}))
        root = shape.hexed(entry["root"], f"{what}: root", 32).hex()
        found[log] = (shape.whole(entry["size"], f"{what}: size"), root)
    return found
