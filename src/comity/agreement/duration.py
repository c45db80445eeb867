"""How long a text lasts: the few sentences in which instruments say it, as months."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from whenever import Date

from comity.agreement.dates import months_after
from comity.core.errors import Malformed

MAX_YEARS = 200
_OPEN = ("indefinite", "until terminated")
_FIXED = (r"max (\d{1,3})y", r"(\d{1,3})y", r"(\d{1,3})y ?\+ ?extensions")
_RENEWED = (
    r"(\d{1,3})y,? then automatic extensions? by (\d{1,3})y unless notice",
    r"(\d{1,3})y,? then automatic (\d{1,3})y extensions? unless notice",
    r"(\d{1,3})y(?:,| then) automatically extended by (\d{1,3})y unless notice",
)
_YEARLY = r"(\d{1,3})y(?:,| then) automatically extended yearly unless notice"


@dataclass(frozen=True, slots=True)
class Duration:
    """`initial` months, or `None` for no end; `extension` months each time nobody gives notice, or `None`."""

    initial: int | None = None
    extension: int | None = None

    def first_end(self, start: Date) -> Date | None:
        return None if self.initial is None else months_after(start, self.initial)

    def ends_after(self, start: Date, day: Date) -> Iterator[Date]:
        """The ends of the terms still running after `day`, soonest first, counted from `start` so that none drifts."""
        first = self.first_end(start)
        if self.initial is None or first is None:
            return
        if self.extension is None:
            yield first
            return
        passed = (day.year - first.year) * 12 + day.month - first.month
        k = max(0, passed // self.extension - 1)
        while (end := months_after(start, self.initial + k * self.extension)) < Date.MAX:
            if end > day:
                yield end
            k += 1


def parse(text: str, what: str = "the duration") -> Duration:
    """The duration written in `text`. Raises `Malformed`.

    "extension" and "extensions" are read alike: the text renews itself each time. `Ny+extensions` names no automatic
    one, so it ends after the first term unless the text was amended.
    """
    if text in _OPEN:
        return Duration()
    for form in _FIXED:
        if found := re.fullmatch(form, text):
            return Duration(_months(found[1], what))
    for form in _RENEWED:
        if found := re.fullmatch(form, text):
            return Duration(_months(found[1], what), _months(found[2], what))
    if found := re.fullmatch(_YEARLY, text):
        return Duration(_months(found[1], what), 12)
    raise Malformed(
        f"{what} is written as no duration we read: {text[:80]!r}",
        "write for example `indefinite`, `max 3y` or `5y then automatic extensions by 1y unless notice`",
    )


def _months(years: str, what: str) -> int:
    if not 1 <= int(years) <= MAX_YEARS:
        raise Malformed(f"{what} must be 1 to {MAX_YEARS} years, not {years}")
    return int(years) * 12
