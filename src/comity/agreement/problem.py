"""One thing wrong with a text."""

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """`article` is empty where the fault lies in no single article."""

    article: str
    severity: str
    text: str

    def __str__(self) -> str:
        return f"article {self.article}: {self.text}" if self.article else self.text
