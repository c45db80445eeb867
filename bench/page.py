"""The page that keeps the latest figures: each benchmark writes its own part and leaves the others'."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
LIMITS = Path(__file__).with_name("limits.md")
HEAD = """# Performance

Ratios in one run; absolute figures move with the machine and its neighbours. Printed by `make bench` and
`make bench-taxii`; this page keeps the latest. Targets are those of the design.

"""
TAXII = "## TAXII beside other servers\n"
MEASURED = "Measured on "
LIMIT = "## What limits the targets that are not met\n"


def machine() -> str:
    today = datetime.now(UTC).date().isoformat()  # noqa: TID251  # the page says when it was measured
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {today}"


def write(*, own: str | None = None, taxii: str | None = None, page: Path = PAGE) -> None:
    """Puts in what was measured, and keeps the other part as it stands."""
    kept = page.read_text(encoding="utf-8") if page.exists() else ""
    parts = re.split(f"({re.escape(TAXII)}|{re.escape(LIMIT)})", kept)
    before = parts[0][parts[0].find(MEASURED) :].strip() if MEASURED in parts[0] else ""
    beside = parts[parts.index(TAXII) + 1].strip() if TAXII in parts else ""
    own = before if own is None else f"{MEASURED}{machine()}.\n\n{own.strip()}"
    taxii = beside if taxii is None else f"{MEASURED}{machine()}.\n\n{taxii.strip()}"
    middle = f"{TAXII}\n{taxii}\n\n" if taxii else ""
    page.write_text(f"{HEAD}{own}\n\n{middle}{LIMITS.read_text(encoding='utf-8')}", encoding="utf-8")
