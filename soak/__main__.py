"""`python -m soak MINUTES [--database postgresql] [--seed N] [--json] [--keep DIR]`.

Exit code 0 only if nothing was lost, twice or wrong.
"""

import argparse
import json
import random
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from comity.cli.output import progress
from soak.checking import Found, check
from soak.hurting import Hurting
from soak.scene import set_up
from soak.server import Server
from soak.serving import Reaper
from soak.traffic import Traffic

DATABASES = ("embedded", "postgresql")
ROUND_SECONDS = 75.0
OFTEN = 0.75
"""How often something is hurt after something was done."""
SPARE_SECONDS = 900.0
"""So much longer than asked a soak may take before it is taken to hang."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("minutes", type=float, nargs="?", default=20.0)
    parser.add_argument("--seed", type=int, default=None, help="what comes when; the instants are the machine's")
    parser.add_argument("--database", choices=DATABASES, default=DATABASES[0], help="where both nodes stand")
    parser.add_argument("--keep", type=Path, default=None, metavar="DIR", help="leave the nodes here")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    seed = secrets.randbits(32) if args.seed is None else args.seed
    print(f"SEED={seed}", flush=True)
    folder = args.keep or Path(tempfile.mkdtemp(prefix="comity-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    reaper = Reaper(args.minutes * 60 + SPARE_SECONDS)
    found = Found()
    server: Server | None = None
    try:
        traffic, links = set_up(folder, random.Random(seed), reaper)
        if args.database == "postgresql":
            server = Server(folder, reaper)
            for side in (traffic.il, traffic.jp):
                server.take_in(side.party, side.directory)
        hurting = Hurting(traffic, links, server)
        _rounds(traffic, hurting, found, args.minutes * 60)
    finally:
        if server is not None:
            server.close()
        reaper.close()
    found.wrong += traffic.complaints
    found.wrong += [
        f"serve of {s.party} ended by itself {s.serving.refused} times"
        for s in (traffic.il, traffic.jp)
        if s.serving.refused
    ]
    result = {"database": args.database, **_result(seed, hurting, found)}
    _tell(result, folder)
    if found.clean and args.keep is None:
        shutil.rmtree(folder)
    if args.json:
        print(json.dumps(result, ensure_ascii=False))
    return 0 if found.clean else 1


def _rounds(traffic: Traffic, hurting: Hurting, found: Found, seconds: float) -> None:
    began = time.monotonic()
    number = 0
    with progress("soaking", int(seconds)) as watch:
        while time.monotonic() - began < seconds and (found.clean or number == 0):
            number += 1
            sides = (traffic.il, traffic.jp)
            for side in sides:
                side.serving.ensure()
            _hurt(traffic, hurting, min(ROUND_SECONDS, seconds), watch, began)
            if number % 2:
                for side in sides:
                    hurting.carry(side, number)
            else:
                hurting.restore(sides[number // 2 % 2], number, lambda: _takes(traffic))
            hurting.undo()
            check(traffic, found)
            print(
                f"round {number}: {sum(hurting.counts.values())} faults, {found.acknowledged:,} acknowledged, "
                f"{len(found.lost)} lost, {len(found.twice)} twice, {len(found.wrong)} wrong",
                file=sys.stderr,
                flush=True,
            )


def _hurt(traffic: Traffic, hurting: Hurting, seconds: float, watch: Any, began: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        traffic.step()
        if traffic.chance.random() < OFTEN:
            hurting.step()
        for side in (traffic.il, traffic.jp):
            side.serving.ensure()
        watch(int(time.monotonic() - began))


def _takes(traffic: Traffic) -> None:
    for _ in range(6):
        for side in (traffic.il, traffic.jp):
            side.serving.ensure()
            traffic.take(side)
        time.sleep(traffic.chance.random())


def _result(seed: int, hurting: Hurting, found: Found) -> dict[str, Any]:
    return {
        "seed": seed,
        "clean": found.clean,
        "checks": found.checks,
        "faults": dict(sorted(hurting.counts.items())),
        "kills": sum(count for name, count in hurting.counts.items() if "killed" in name),
        "let_go": found.let_go,
        "acknowledged": found.acknowledged,
        "lost": found.lost,
        "twice": found.twice,
        "wrong": found.wrong,
        "ledgers": found.ledgers,
    }


def _tell(result: dict[str, Any], folder: Path) -> None:
    print("Faults injected:")
    for name, count in result["faults"].items():
        print(f"  {count:>6,}  {name}")
    print(f"Forks of leaves that a lost machine had told to nobody, resolved by two people: {result['let_go']}.")
    print(f"Acknowledged: {result['acknowledged']:,}; looked for {result['checks']} times, all of it each time.")
    for name in ("lost", "twice", "wrong"):
        print(f"{name.capitalize()}: {len(result[name])}")
        for line in result[name][:20]:
            print(f"  {line}")
    for log in result["ledgers"]:
        print(f"Ledger of {log['party']}, held by {log['held_by']}: {log['size']:,} leaves, root {log['root'][:16]}…")
    print("Clean." if result["clean"] else f"NOT clean. Everything is kept in {folder}")


sys.exit(main())
