"""The house is as drawn: contracts cover every room, bytes leave by named rooms, files stay small and clean."""

import ast
import hashlib
import io
import re
import statistics
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "comity"
RULES = ("core", "labels", "agreement", "release", "exchange", "ledger", "annexes")
MODULES = sorted(SOURCE.rglob("*.py"))
PYTHON = sorted(
    path for room in ("src", "tests", "bench", "supply", "fuzz", "soak") for path in (ROOT / room).rglob("*.py")
)

TEXTS = (".py", ".md", ".toml", ".yaml", ".yml", ".json", ".svg", ".txt", ".in", ".lock", ".cfg", "", ".sh")
VENDORED = ("src/comity/annexes/cyber/schemas", "examples/data")
NOT_OURS = (*VENDORED, "tests/vectors", "tests/corpus")

WRITERS = {
    "wire": "envelopes to a partner's listener",
    "api": "answers on the two listeners; the log lines of the node process",
    "cli": "what a person or a script reads; files a person asked for",
    "app": "the ready line, the demo's table, and the refusals on the partners' listener",
    "__main__": "the version",
    "store": "the databases",
    "vault": "the key files",
    "settings": "the settings, once, at `init`",
    "wiring": "the node's empty directories, once, at `init`",
}
"""The rooms that may write bytes anywhere. Everything that leaves the node leaves by one of the first four (law 3)."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), str(path))


@cache
def contracts() -> list[dict[str, Any]]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: list[dict[str, Any]] = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    return found


def of_type(kind: str) -> list[dict[str, Any]]:
    return [contract for contract in contracts() if contract["type"] == kind]


# -- the import contracts -------------------------------------------------------------------------------------------


def test_the_layers_stand_in_the_order_of_the_drawing() -> None:
    (layers,) = of_type("layers")
    assert layers["containers"] == ["comity"]
    assert layers["exhaustive"] is True
    assert [re.split(r" *[|:] *", line) for line in layers["layers"]] == [
        ["__main__"],
        ["app"],
        ["cli", "api"],
        ["wiring"],
        ["acts", "store", "wire", "vault", "cedar", "settings"],
        ["records"],
        ["annexes"],
        ["release", "exchange", "ledger"],
        ["agreement"],
        ["labels"],
        ["core"],
    ]
    assert not any(":" in line for line in layers["layers"]), "rooms on one line do not import each other"


def test_every_room_has_a_place() -> None:
    (layers,) = of_type("layers")
    placed = {name for line in layers["layers"] for name in re.split(r" *\| *", line)}
    rooms = {entry.stem for entry in SOURCE.glob("*.py")} | {
        entry.parent.name for entry in SOURCE.glob("*/__init__.py")
    }
    assert rooms - {"__init__"} == placed


def test_fields_do_not_know_each_other() -> None:
    assert [contract["modules"] for contract in of_type("independence")] == [["comity.annexes.*"]]


def forbids(sources: set[str], modules: set[str]) -> bool:
    return any(
        sources <= set(contract["source_modules"]) and modules <= set(contract["forbidden_modules"])
        for contract in of_type("forbidden")
    )


def test_acts_know_no_field() -> None:
    assert forbids({"comity.acts"}, {"comity.annexes"})


def test_rules_see_nothing_of_the_world() -> None:
    world = "sqlite3 pysqlite3 sqlalchemy psycopg urllib3 httpx starlette uvicorn socket time random secrets os pathlib"
    assert forbids({f"comity.{name}" for name in RULES}, set(world.split()))


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("sqlalchemy", {"store"}),
        ("pysqlite3", {"store"}),
        ("alembic", {"store"}),
        ("urllib3", {"wire"}),
        ("starlette", {"api", "app"}),
        ("uvicorn", {"app"}),
        ("structlog", {"api"}),
        ("prometheus_client", {"api"}),
        ("logging", {"api", "cli"}),  # the command line only takes away the words of a library
        ("urllib.request", set()),
        ("http.client", set()),
        ("smtplib", set()),
        ("socket", {"app", "store"}),
        ("subprocess", {"app"}),
        ("pickle", set()),
        ("marshal", set()),
    ],
)
def test_a_library_that_reaches_out_has_one_home(library: str, allowed: set[str]) -> None:
    users = {room(path) for path in MODULES if library in imported(path)}
    assert users <= allowed


@cache
def imported(path: Path) -> set[str]:
    """Everything a module imports, wherever in it, and the packages that stand above."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names | {name.partition(".")[0] for name in names}


# -- one way out ----------------------------------------------------------------------------------------------------

WRITING = {"print", "write_bytes", "write_text", "writelines", "sendall", "sendto", "urlopen", "mkdir", "touch"}
WRITE_MODE = re.compile(r"[rbt]*[wax+][wabxt+]*")


def writes(path: Path) -> Iterator[str]:
    """What puts bytes somewhere: calls by name, `open` with a mode that writes, the standard streams."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in {"stdout", "stderr"}:
            yield f"{named(path)}:{node.lineno}: {node.attr}"
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            words = [value.value for value in ast.walk(node) if isinstance(value, ast.Constant)]
            opens = name == "open" and any(isinstance(word, str) and WRITE_MODE.fullmatch(word) for word in words)
            if name in WRITING or opens:
                yield f"{named(path)}:{node.lineno}: {name}"


def test_bytes_leave_by_named_rooms_only() -> None:
    assert [line for path in MODULES if room(path) not in WRITERS for line in writes(path)] == []


def test_signing_keys_are_handled_in_the_vault_only() -> None:
    signing = re.compile(r"\b(Ed25519|Ed448|MLDSA\d+|RSA|EllipticCurve)PrivateKey\b")
    users = {room(path) for path in MODULES if signing.search(path.read_text("utf-8"))}
    assert users <= {"vault"}


def test_only_the_command_line_prints() -> None:
    prints = [
        f"{named(path)}:{node.lineno}"
        for path in MODULES
        if room(path) not in {"cli", "__main__"}
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert prints == []


# -- size and names -------------------------------------------------------------------------------------------------


def lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())


@pytest.mark.parametrize("place", ["src", "tests"])
def test_files_are_small(place: str) -> None:
    sizes = {named(path): lines(path) for path in PYTHON if path.is_relative_to(ROOT / place)}
    assert {name: size for name, size in sizes.items() if size > 400} == {}
    assert statistics.median(size for size in sizes.values() if size > 5) < 200


def test_functions_fit_on_a_screen() -> None:
    sizes = {
        f"{named(path)}:{node.lineno}: {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in MODULES
        if "migrations" not in path.parts  # a migration lists tables from top to bottom
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: size for name, size in sizes.items() if size > 60} == {}
    assert sum(size <= 45 for size in sizes.values()) >= 0.95 * len(sizes)


def test_a_file_is_named_by_a_noun_of_its_own() -> None:
    empty_words = re.compile(r"(^|_)(utils?|helpers?|managers?|common|base|misc|tools?|lib|stuff)(_|$)")
    assert [
        named(path)
        for path in PYTHON
        if any(empty_words.search(part.removesuffix(".py")) for part in path.relative_to(ROOT).parts)
    ] == []


def test_every_module_says_what_it_is() -> None:
    assert [named(path) for path in MODULES if len(ast.get_docstring(tree(path)) or "") < 10] == []


# -- what stands in no file -----------------------------------------------------------------------------------------


def texts() -> Iterator[Path]:
    """Every text of ours: no builds, no environment, nothing vendored, and not this list of what is banned."""
    for place in ("src", "tests", "docs", "bench", "supply", "fuzz", "soak", "examples", ".ci"):
        for path in sorted((ROOT / place).rglob("*")):
            generated = "__pycache__" in path.parts or named(path).startswith(NOT_OURS)
            if path.is_file() and path.suffix in TEXTS and not generated and path != Path(__file__):
                yield path
    ours = (path for path in ROOT.glob("*") if path.name != ".git")  # a file, in a second working tree
    yield from sorted(path for path in ours if path.is_file() and path.suffix in TEXTS)


BANNED = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|tmp|home|root|farm|Users|mnt)/(?=\w)"),
    "a registry's address": re.compile(
        r"pypi\.org|pythonhosted|registry\.npmjs|index-url\s*[= ]\s*http|deb\.debian\.org"
    ),
    "work left undone": re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b"),
    "a test that does not test": re.compile(r"pytest\.(mark\.)?(skip\b|xfail)|unittest\.mock|\bmonkeypatch\b"),
    "a mark of an unfinished merge": re.compile(r"^(<<<<<<<|>>>>>>>) ", re.MULTILINE),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}


@pytest.mark.parametrize("what", BANNED)
def test_it_stands_in_no_file(what: str) -> None:
    found = []
    for path in texts():
        for match in BANNED[what].finditer(path.read_text("utf-8")):
            found.append(f"{named(path)}: {match.group()}")
    assert found == []


EXEMPTION = re.compile(
    r"#\s*(?:noqa|type:\s*ignore)(?P<codes>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w,\- ]+\])?(?P<why>.*)$"
)
EXEMPTING = re.compile(r"#\s*(?:noqa|type:\s*ignore)")


def comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_every_exemption_names_its_rule_and_says_why() -> None:
    bare = [
        f"{named(path)}:{number}: {text}"
        for path in PYTHON
        if EXEMPTING.search(path.read_text("utf-8"))  # a tokeniser reads slowly
        for number, text in comments(path)
        if (match := EXEMPTION.search(text)) and (not match["codes"] or len(match["why"].strip("# -:")) < 8)
    ]
    assert bare == []


# -- what others made -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", VENDORED)
def test_what_is_vendored_is_what_its_sums_say(place: str) -> None:
    folder = ROOT / place
    sums = (line.split(maxsplit=1) for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines())
    listed = {name.removeprefix("*").removeprefix("./"): digest for digest, name in sums}
    there = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert listed == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items() if name != "SHA256SUMS"
    }


@pytest.mark.parametrize("place", VENDORED)
def test_what_is_vendored_has_its_licence_beside_it_and_stands_in_the_notice(place: str) -> None:
    folder = ROOT / place
    assert any("LICEN" in path.name.upper() for path in folder.rglob("*")), f"{place} has no licence text"
    assert place in (ROOT / "NOTICE").read_text("utf-8")


def test_the_notice_reproduces_mitres_sentence() -> None:
    notice = " ".join((ROOT / "NOTICE").read_text("utf-8").split())
    sentence = (
        "The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation."
    )
    assert sentence in notice
