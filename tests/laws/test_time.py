"""Law 9: time is an argument. One module reads the clock, rules read none, and the partner's clock orders nothing."""

import ast
import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from comity.acts import accept
from comity.exchange.receipt import Answer
from tests.acts.crossing import Forge, read_receipt
from tests.acts.things import stix
from tests.joined import Pair

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "comity"
READS = re.compile(r"\b(datetime|date|time|calendar)\.(now|utcnow|today|time|time_ns|localtime|gmtime)$")
HOME = {"wiring.py": "the node's clock", "cli/agreement.py": "the day of signing that a draft proposes"}
ELAPSED = ("app/", "api/", "cli/", "store/lock.py")
"""Doors and processes, and the lock that waits for one, may measure how long something took: no rule, no act may."""


@cache
def calls(path: Path) -> tuple[tuple[int, str], ...]:
    found = (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))
    return tuple((node.lineno, ast.unparse(node.func)) for node in found)


def test_the_wall_clock_is_read_in_named_places() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for _, name in calls(path)
        if READS.search(name)
    }
    assert found <= set(HOME)
    assert "wiring.py" in found


def test_no_rule_and_no_act_measures_time() -> None:
    found = [
        f"{name}:{line}: {called}"
        for path in SOURCE.rglob("*.py")
        if not (name := path.relative_to(SOURCE).as_posix()).startswith(ELAPSED)
        for line, called in calls(path)
        if re.search(r"\b(monotonic|perf_counter|sleep)(_ns)?$", called)
    ]
    assert found == []


@pytest.mark.parametrize("room", ["release", "acts", "store"])
@pytest.mark.parametrize("call", ["datetime.datetime.now(None)", "datetime.datetime.utcnow()", "datetime.date.today()"])
def test_the_linter_refuses_a_clock(room: str, call: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "--stdin-filename", f"src/comity/{room}/x.py", "-"],
        input=f'"""X."""\n\nimport datetime\n\nX = {call}\n',
        text=True,
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert "TID251" in done.stdout


def test_the_contract_keeps_clocks_from_rules() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [world] = [one for one in contracts if "clock" in one["name"]]
    assert {"time", "random", "secrets"} <= set(world["forbidden_modules"])


def test_the_partners_clock_orders_nothing(pair: Pair) -> None:
    """Numbers and digests order a chain: an envelope dated before the last is next all the same."""
    forge = Forge(pair)
    for hours in (0, -5, -1, -9):
        at = pair.clock.now + timedelta(hours=hours)
        sent = forge.send(forge.stix(stix("malware", f"m{hours}")), at=at)
        assert read_receipt(pair, accept.accept(pair.il, sent)).verdict is Answer.ACCEPTED
