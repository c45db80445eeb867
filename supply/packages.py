"""The packages of requirements.lock: which, by which hashes, under which licence, and what each is needed for."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"

ELSEWHERE = {"colorama": "BSD-3-Clause", "tzdata": "Apache-2.0", "tzlocal": "MIT"}
"""Licences of packages that other systems need and that are not installed here."""

PLACES = [
    {
        "sys_platform": system,
        "platform_system": name,
        "os_name": os,
        "python_version": python,
        "implementation_name": made,
    }
    for system, name, os in (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
    for python in ("3.11", "3.12", "3.13", "3.14")
    for made in ("cpython", "pypy")
]
"""Where Comity may be installed: what is needed in any of them is needed."""

SILENT = {"cedarpy": "Apache-2.0", "pysqlite3": "Zlib"}
"""Licences of packages whose metadata says nothing, from the text they bring with them."""

SPELT = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.1-only",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib License": "Zlib",
}
"""SPDX names for what older packages write."""


@dataclass(frozen=True)
class Package:
    """One line of the lock. `use`: what it is here for: `runtime`, or `development` and building."""

    name: str
    version: str
    licence: str
    use: str
    hashes: tuple[str, ...]
    needs: tuple[str, ...]


def packages(lock: Path = LOCK) -> list[Package]:
    """Every package of the lock, by name. Raises `KeyError` for one whose licence nobody knows."""
    locked = list(_locked(lock.read_text("utf-8")))
    names = {name for name, _, _ in locked}
    runtime = closure(ours())
    return [
        Package(
            name, version, licence(name), "runtime" if name in runtime else "development", hashes, needs(name, names)
        )
        for name, version, hashes in sorted(locked)
    ]


def ours() -> list[Requirement]:
    """What Comity itself needs at run time."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return [Requirement(line) for line in tomllib.load(file)["project"]["dependencies"]]


def closure(roots: Iterable[Requirement]) -> set[str]:
    """`roots` and all that they need at run time, on any system."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        name = str(canonicalize_name(one.name))
        if name not in found:
            waiting += _required(name, one.extras)
        found.add(name)
    return found


def needs(name: str, among: set[str]) -> tuple[str, ...]:
    """What a package needs of `among`."""
    return tuple(sorted({str(canonicalize_name(one.name)) for one in _required(name, set())} & among))


def licence(name: str) -> str:
    """Its licence as SPDX names it. Raises `KeyError`."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return ELSEWHERE[name]
    if expression := told.get_all("License-Expression"):
        return str(expression[0])
    lines = (line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or [] if line.startswith("License"))
    words = [SPELT.get(word, word) for word in lines if word != "OSI Approved"]
    words = words or _spelt(str((told.get_all("License") or [""])[0]))
    return " OR ".join(sorted(set(words))) or SILENT[name]


def _spelt(text: str) -> list[str]:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return [SPELT.get(line, line)] if line and line != "None" else []


def _required(name: str, extras: set[str]) -> Iterator[Requirement]:
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        return
    for one in map(Requirement, lines):
        asked = extras or {""}
        if one.marker is None or any(
            one.marker.evaluate({**place, "extra": extra}) for place in PLACES for extra in asked
        ):
            yield one


def _locked(text: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
        head, *rest = block.splitlines()
        name, _, version = head.split(" ")[0].partition("==")
        yield str(canonicalize_name(name)), version, tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", "\n".join(rest)))
