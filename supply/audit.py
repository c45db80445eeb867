"""`python -m supply.audit`: known weaknesses in the packages of the lock; says plainly when nobody could tell."""

import json
import subprocess
import sys

from supply.packages import LOCK

UNREACHABLE = 69
OPTIONS = ("--require-hashes", "--disable-pip", "--progress-spinner=off", "--format=json")
NOT = "NOT audited"
AWAY = ("ConnectionError", "MaxRetryError", "ServiceError", "Timeout", "Failed to establish", "Connection refused")
"""What pip-audit writes where its data cannot be reached."""


def verdict(code: int, report: str, said: str) -> tuple[int, str]:
    """The exit code and the sentence for what pip-audit answered: its JSON, and its words.

    A package that it skipped was not audited, whatever exit code it gives.
    """
    try:
        found = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        away = any(word in said for word in AWAY)
        return (UNREACHABLE, f"{NOT}: the data on known weaknesses cannot be reached") if away else (1, said.strip())
    skipped = [one["name"] for one in found if "skip_reason" in one]
    weak = [f"{one['name']} {one['version']}: {hit['id']}" for one in found for hit in one.get("vulns", ())]
    if weak:
        return 1, "\n".join(weak)
    if skipped or code:
        return UNREACHABLE, f"{NOT}: nothing could be learnt about {len(skipped)} of {len(found)} packages"
    return 0, f"audited: no known weakness in {len(found)} packages"


def main() -> int:
    told = subprocess.run(
        [sys.executable, "-m", "pip_audit", "-r", str(LOCK), *OPTIONS],
        check=False,
        capture_output=True,
        text=True,
    )
    code, sentence = verdict(told.returncode, told.stdout, told.stderr)
    print(sentence, file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
