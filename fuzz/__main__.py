"""`python -m fuzz MINUTES [TARGET …]`: shares the minutes over the targets, then prints a table.

Exit code 1 on a finding, 0 otherwise. A finding's input is kept beside the seeds in `tests/corpus/TARGET/`, where
`make test` reads it from then on: mend the product, do not delete the input.
"""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from fuzz.target import CORPUS, Target
from fuzz.targets import TARGETS, named

WORK = CORPUS.parents[1] / "build" / "fuzz"
LIMITS = ("-timeout=10", "-rss_limit_mb=1500", "-malloc_limit_mb=1000", "-print_final_stats=1", "-verbosity=1")
"""No input may take ten seconds or 1,000 MB at once; the whole process stays under 1,500 MB."""
_STAT = re.compile(r"stat::(\w+):\s+(\d+)")
_DONE = re.compile(r"^Done (\d+) runs", re.MULTILINE)
_FOUND = re.compile(r"Test unit written to (\S+)")


@dataclass(frozen=True)
class Result:
    """Of one target: what was run, how many inputs led somewhere new, and what was found."""

    name: str
    runs: int
    new: int
    findings: tuple[str, ...]


def fuzz(target: Target, seconds: int) -> Result:
    folder = WORK / target.name
    folder.mkdir(parents=True, exist_ok=True)
    before = len(list(folder.iterdir()))
    crash = WORK / f"{target.name}-crash-"
    command = [sys.executable, "-m", "fuzz.one", target.name, str(folder), f"-max_total_time={seconds}", *LIMITS]
    done = subprocess.run(
        [*command, f"-artifact_prefix={crash}"],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        env=os.environ | {"PYTHONPATH": f"src{os.pathsep}."},
        cwd=CORPUS.parents[1],
    )
    told = done.stdout + done.stderr
    runs = [int(count) for name, count in _STAT.findall(told) if name == "number_of_executed_units"]
    findings = tuple(_kept(target, Path(path)) for path in _FOUND.findall(told))
    if done.returncode and not findings:
        findings = (f"it ended with code {done.returncode}: {told.strip()[-400:]}",)
    if findings:
        print(told[-3000:], file=sys.stderr)
    total = (runs or [int(count) for count in _DONE.findall(told)] or [0])[0]
    return Result(target.name, total, len(list(folder.iterdir())) - before, findings)


def _kept(target: Target, found: Path) -> str:
    raw = found.read_bytes()
    kept = CORPUS / target.name / f"found-{hashlib.sha256(raw).hexdigest()[:12]}.seed"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(raw)
    return str(kept.relative_to(CORPUS.parents[1]))


def table(results: list[Result]) -> str:
    lines = ["| target | executions | new units | findings |", "| --- | ---: | ---: | --- |"]
    lines += [f"| {one.name} | {one.runs:,} | {one.new:,} | {'; '.join(one.findings) or '-'} |" for one in results]
    total = sum(one.runs for one in results)
    return "\n".join([*lines, f"| all | {total:,} | {sum(one.new for one in results):,} | |"])


def main() -> int:
    minutes, *names = sys.argv[1:]
    targets = tuple(map(named, names)) or TARGETS
    seconds = max(1, int(float(minutes) * 60 / len(targets)))
    results: list[Result] = []
    for n, target in enumerate(targets, 1):
        print(f"{n} of {len(targets)}: {target.name}, {seconds} s", file=sys.stderr, flush=True)
        results.append(fuzz(target, seconds))
    print(table(results))
    return int(any(one.findings for one in results))


if __name__ == "__main__":
    sys.exit(main())
