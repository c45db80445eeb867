"""What the demonstration tells: a line for each step, a check for each promise, one table at the end."""

import sys
from dataclasses import dataclass, field
from typing import Any

ROWS = (
    ("taken", "Records Israel took in", "real threat data and its own fictional reports"),
    ("released", "Released to Japan", "the articles allow it and Israel decided it"),
    ("sanitised", "… of these, after removing parts", "what may not be seen was left behind"),
    ("waiting", "Waiting", "they refer to something that may not go"),
    ("quarantined", "In quarantine", "unclear marking: a person must look"),
    ("receipts", "Signed receipts", "each side can prove what the other got"),
    ("asked", "Questions Japan asked", ""),
    ("answered", "… answered in time", ""),
    ("declined", "… declined, with the article", ""),
)


@dataclass
class Story:
    """`verified` once at least one promise was checked and none was broken."""

    quiet: bool = False
    checks: list[tuple[str, bool]] = field(default_factory=list)
    articles: dict[str, str] = field(default_factory=dict)
    """The signed text's own words, by article."""
    _step: int = 0

    @property
    def verified(self) -> bool:
        return bool(self.checks) and all(good for _, good in self.checks)

    def tell(self, line: str) -> None:
        if not self.quiet:
            self._step += 1
            sys.stdout.write(f"{self._step:>2}. {line}\n")
            sys.stdout.flush()

    def check(self, promise: str, good: bool) -> None:
        self.checks.append((promise, good))

    def table(self, result: dict[str, Any]) -> None:
        """In words a minister's aide understands."""
        if self.quiet:
            return
        from rich.console import Console
        from rich.table import Table

        console = Console(file=sys.stdout, highlight=False, markup=False)
        figures = Table(title="What happened", title_justify="left", box=None, pad_edge=False)
        for heading, justify in (("", "left"), ("", "right"), ("why", "left")):
            figures.add_column(heading, justify=justify)  # type: ignore[arg-type]  # rich names these as literals
        for name, words, why in ROWS:
            figures.add_row(words, f"{result[name]:,}", why)
        for cite, count in sorted(result["withheld"].items()):
            article = cite.removeprefix("agreement:").rpartition("@")[0]
            figures.add_row("Stays in Israel", f"{count:,}", f"Article {article}: {self.articles.get(article, '')}")
        console.print(figures)
        promises = Table(title="What was checked", title_justify="left", box=None, pad_edge=False, show_header=False)
        for promise, good in self.checks:
            promises.add_row("yes" if good else "NO", promise)
        console.print(promises)
