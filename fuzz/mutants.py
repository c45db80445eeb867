"""`python -m fuzz.mutants [GROUP …]`: mutation testing, group by group, each with the tests that are its own.

A mutant is the product with one small change. A test that fails kills it; one that survives is a hole in the tests, or
changes nothing that anybody could notice: docs/mutants.md argues each. Sentences of errors are not changed.
`ONLY='*[05]'` runs a sample: here those whose numbers end in 0 or 5.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "mutants"
COPIED = ("src", "tests", "docs", "examples", "README.md", "fuzz")
SURVIVED, TIMEOUTS = 0, {36, -24, 24, 152, 255}
NO_TESTS = {5, 33}
SETTINGS = """
[tool.mutmut]
source_paths = ["src/"]
only_mutate = {modules}
also_copy = ["docs/", "examples/", "fuzz/", "README.md"]
pytest_add_cli_args = ["-m", "not slow"]
pytest_add_cli_args_test_selection = {tests}
timeout_multiplier = 3.0
timeout_constant = 3.0
do_not_mutate_patterns = ['raise \\w+', '^\\s*what = ', 'Fault\\(', '(Refusal|Verdict|Malformed)\\(']
"""


@dataclass(frozen=True)
class Group:
    """Modules below `src/comity/`, and the tests below `tests/` that should kill every mutant of theirs."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


def _room(room: str, *names: str) -> Group:
    return Group(tuple(f"{room}/{name}" for name in names), tuple(f"{room}/test_{name}" for name in names))


def _rules(*modules: str, also: tuple[str, ...] = ()) -> Group:
    """What decides is held by the tables of its readings, which `reasons` reads, and by the cases of practice."""
    names = ("rules", "reasons", "decide", "question", "practice", "consent")
    return Group(modules, (*(f"release/test_{name}" for name in names), *also))


GROUPS = {
    "merkle": _room("core", "merkle"),
    "dsse": _room("core", "dsse", "keys"),
    "note": _room("ledger", "note"),
    "leaf": _room("ledger", "leaf", "fsck", "recovery", "tiles", "log"),
    "evidence": Group(("ledger/evidence", "ledger/logcopy"), ("ledger/test_evidence",)),
    "chain": _room("exchange", "chain", "acceptance", "delivery", "limits"),
    "envelope": Group(
        ("exchange/envelope", "exchange/signature", "exchange/sealing", "exchange/body"),
        ("exchange/test_envelope", "exchange/test_body", "exchange/test_sealing", "exchange/test_vectors"),
    ),
    "receipt": Group(("exchange/receipt",), ("exchange/test_receipt", "exchange/test_vectors")),
    "statement": Group(("exchange/statement",), ("exchange/test_statement", "exchange/test_vectors")),
    "pull": Group(
        ("exchange/pull", "exchange/reconcile", "exchange/contact", "exchange/rollover", "exchange/shape"),
        ("exchange/test_pull", "exchange/test_reconcile", "exchange/test_contact", "exchange/test_vectors"),
    ),
    "closure": _room("release", "closure"),
    "decide": _rules("release/decide", "release/decision"),
    "question": _rules("release/question", "release/subject", "release/facts", also=("release/test_recorded",)),
    "third-party": _rules("release/rules/third_party"),
    "levels": _rules("release/rules/levels"),
    "access": _rules("release/rules/access"),
    "purpose": _rules("release/rules/purpose", "release/rules/scope", "release/rules/publication"),
    "comity": _rules(
        "release/rules/comity",
        "release/rules/aggregation",
        "release/rules/national",
        also=("release/test_aggregation",),
    ),
    "firms": _rules("release/rules/contracts", "release/rules/visits"),
    "holding": _rules("release/rules/custody", "release/rules/handling", "release/rules/transmission"),
    "life": _rules("release/rules/life", "release/rules/compromise", "release/rules/rule"),
    "cache": _room("release", "cache"),
    "standing": _room("release", "standing"),
}


def run(name: str, group: Group) -> Path:
    """Runs mutmut in a copy of the tree; where it was run before, it goes on from there."""
    folder = WORK / name
    if not folder.exists():
        folder.mkdir(parents=True)
        for part in COPIED:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, folder / part)
        modules = [f"src/comity/{module}.py" for module in group.modules]
        tests = [f"tests/{test}.py" for test in group.tests]
        text = (ROOT / "pyproject.toml").read_text("utf-8") + SETTINGS.format(modules=modules, tests=tests)
        (folder / "pyproject.toml").write_text(text, "utf-8")
    (folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)  # a list of tests kept from before is refused
    mutmut(folder, "run", "--max-children", "1", *([os.environ["ONLY"]] if os.environ.get("ONLY") else []))
    return folder


def mutmut(folder: Path, *words: str) -> str:
    """With Hypothesis as on a build machine: no deadlines, and the same examples each time."""
    command = [str(Path(sys.executable).with_name("mutmut")), *words]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"CI": "1"}, check=False, capture_output=True, text=True
    )
    (folder / f"{words[0]}.log").write_text(done.stdout + done.stderr, "utf-8")
    return done.stdout


def codes(folder: Path) -> dict[str, int | None]:
    """Each mutant and how its tests ended; `None` where they were not run."""
    found: dict[str, int | None] = {}
    for path in sorted((folder / "mutants").rglob("*.meta")):
        found |= json.loads(path.read_bytes())["exit_code_by_key"]
    return found


def told(name: str, folder: Path) -> str:
    """The line of the table, and the change of every survivor."""
    ended = codes(folder)
    run = {mutant: code for mutant, code in ended.items() if code is not None}
    alive = [mutant for mutant, code in run.items() if code == SURVIVED or code in NO_TESTS]
    late = sum(code in TIMEOUTS for code in run.values())
    score = 100 * (len(run) - len(alive)) / len(run) if run else 0.0
    lines = [f"| {name} | {len(ended):,} | {len(run):,} | {late} | {len(alive)} | {score:.1f} % |"]
    with (folder / "survivors.diff").open("w", encoding="utf-8") as file:
        for mutant in alive:
            file.write(f"# {mutant}\n{mutmut(folder, 'show', mutant)}\n")
    return "\n".join(lines)


def main() -> None:
    names = sys.argv[1:] or list(GROUPS)
    print("| group | mutants | run | of them too slow | alive | killed |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in names:
        print(told(name, run(name, GROUPS[name])), flush=True)
    print(f"\nThe survivors: {WORK.relative_to(ROOT)}/GROUP/survivors.diff")


if __name__ == "__main__":
    main()
