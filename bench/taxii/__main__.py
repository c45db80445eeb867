"""Runs every server on the same corpus, one after the other, and prints the table.

`python -m bench.taxii [--medallion 1000] [--opentaxii 1000,100000] [--comity 1000,100000] [--environments FOLDER]
[--write]`. A list of sizes grows one collection. An empty list leaves a server out. The peers' environments are kept.
`--write` puts both tables into docs/performance.md.
"""

import argparse
import sys
import tempfile
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

from bench import page
from bench.row import table as compared
from bench.taxii import floors, ratios, servers
from bench.taxii.measures import Figures, measured
from bench.taxii.servers import Running

ROWS = (
    "ingest 100", "ingest 100, complete", "ingest 1000", "ingest 1000, complete", "read", "manifest", "page of 1000 ms",
    "last page ms", "filtered page ms", "deep added_after ms", "by id ms", "empty poll ms", "page of 100 ms",
    "by id, 8 clients ms", "by id, 8 clients /s", "page of 100, 8 clients ms", "page of 100, 8 clients /s", "memory MB",
)  # fmt: skip


NOTE = """All that was measured, objects a second where a row says nothing else; latencies are medians with one client,
on loopback. Every server had the same STIX 2.1 domain objects of about 850 bytes; medallion keeps them in memory,
OpenTAXII and Comity on a disk. OpenTAXII is asked with a bearer token, its faster way; the others with HTTP Basic.
OpenTAXII 0.9.3 answers 500 to every POST on SQLite: a shim of one line lets its JSON writer spell a UUID."""


class Server(Protocol):
    def __call__(self, folder: Path, environments: Path) -> AbstractContextManager[Running]: ...


SERVERS: dict[str, Server] = {
    "medallion": servers.medallion,
    "opentaxii": servers.opentaxii,
    "comity": servers.comity,
}


def sizes(text: str) -> list[int]:
    return [int(one) for one in text.split(",") if one]


def main() -> None:
    asked = argparse.ArgumentParser(prog="bench.taxii", description=__doc__)
    for name, usual in (("medallion", "1000"), ("opentaxii", "1000,100000"), ("comity", "1000,100000")):
        asked.add_argument(f"--{name}", type=sizes, default=sizes(usual))
    asked.add_argument("--environments", type=Path, default=Path(".venv-taxii"))
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    given.environments.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
        largest = min(100_000, max([*given.medallion, *given.opentaxii, *given.comity]))
        found = floors.figures(Path(folder), largest)
        for name, server in SERVERS.items():
            own = Path(folder) / name
            own.mkdir()
            if wanted := getattr(given, name):
                found += grown(server, own, given.environments.absolute(), wanted)
    text = f"{compared(ratios.rows(found))}\n\n{NOTE}\n\n{table(found)}"
    print(f"{page.machine()}\n\n{text}")
    if given.write:
        page.write(taxii=text)


def grown(server: Server, folder: Path, environments: Path, wanted: list[int]) -> list[Figures]:
    """The figures of one server at each size."""
    found: list[Figures] = []
    with server(folder, environments) as running:
        before = 0
        for count in sorted(wanted):
            found.append(measured(running, before, count, partial(tell, running.name, count)))
            before = count
    return found


def tell(name: str, count: int, line: str) -> None:
    sys.stderr.write(f"{name}, {count:,}: {line}\n")


def table(found: list[Figures]) -> str:
    """Rates in objects a second unless a row says otherwise."""
    heads = [f"{one.server}, {one.count:,}" for one in found]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(found)]
    for name in ROWS:
        cells = [shown(name, one.values.get(name)) for one in found]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shown(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if name.endswith("ms") and value < 100 else f"{value:,.0f}"


if __name__ == "__main__":
    main()
