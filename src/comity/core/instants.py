"""Instants as they stand in every format of ours: RFC 3339, UTC, `Z`, at most microseconds. Always aware."""

import re
from datetime import UTC, datetime

from comity.core.errors import Malformed

_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z", re.ASCII)


def parse(text: object, what: str = "the time") -> datetime:
    """The instant written in `text`. Raises `Malformed`: a local time, an offset or a mere date has two meanings."""
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Malformed(f"{what} is not a UTC time like 2027-03-02T09:00:00Z: {str(text)[:40]!r}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    microsecond = int((match[7] or "0").ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=UTC)
    except ValueError:
        raise Malformed(f"{what} is not a time that exists: {text!r}") from None


def text(instant: datetime) -> str:
    """`instant` as RFC 3339, microseconds only where there are any. A naive one is a mistake of ours."""
    if instant.tzinfo is None:
        raise ValueError("an instant must carry its zone")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
