"""`python -m supply.licences`: writes docs/licences.md from the lock and what its packages say of themselves."""

import sys
from pathlib import Path

from supply.packages import ROOT, Package, packages

PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences of what Comity needs

Made by `make licences` from `requirements.lock`. Every package is installed beside Comity, unmodified; none is part of
it. *Runtime* packages are needed by a node; *development* ones by tests, checks and builds only.

| Package | Version | Licence | Use |
|---|---|---|---|
"""


def page(found: list[Package]) -> str:
    """The page, runtime first."""
    rows = sorted(found, key=lambda one: (one.use != "runtime", one.name))
    return HEAD + "".join(f"| {one.name} | {one.version} | {one.licence} | {one.use} |\n" for one in rows)


def main(path: Path = PAGE) -> int:
    path.write_text(page(packages()), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
