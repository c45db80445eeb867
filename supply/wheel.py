"""`python -m supply.wheel DIR`: builds the wheel twice, compares the bytes, keeps one. Needs no network."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from supply.packages import ROOT


def epoch() -> int:
    """When the last commit was made: what the files of a wheel are dated. `SOURCE_DATE_EPOCH` goes before it."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return int(told.stdout)


def build(folder: Path) -> Path:
    """One wheel in `folder`, by the build backend that is installed here."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch())},
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = build(Path(one)), build(Path(other))
        raw = first.read_bytes()
        if raw != second.read_bytes():
            print("the two wheels differ: this build does not repeat", file=sys.stderr)
            return 1
        (folder / first.name).write_bytes(raw)
    print(f"{hashlib.sha256(raw).hexdigest()}  {first.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
