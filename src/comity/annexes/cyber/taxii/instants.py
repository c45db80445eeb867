"""Times as TAXII and STIX write them. TAXII's own have microseconds, always (section 2, `timestamp`)."""

import re
from datetime import UTC, datetime

from comity.core.errors import Malformed

_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?Z", re.ASCII)


def text(instant: datetime) -> str:
    """`instant` as every TAXII resource and header has it."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds")[:-6] + "Z"


def parse(written: str, what: str) -> datetime:
    """The instant; digits beyond microseconds are cut, which moves no row of ours across it. Raises `Malformed`."""
    match = _FORM.fullmatch(written)
    if match is None:
        raise Malformed(f"{what} is not a time in UTC like 2027-03-02T09:00:00.000000Z")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    microsecond = int((match[7] or "0")[:6].ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=UTC)
    except ValueError:
        raise Malformed(f"{what} is not a time that exists") from None


def canonical(written: str, what: str) -> str:
    """The one spelling of the instant in `written`: its fraction without trailing zeros. Raises `Malformed`."""
    parse(written, what)
    whole, _, fraction = written[:-1].partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"
