"""One alarm, every code there is, and a length of time in an officer's words."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Alarm:
    """`code` never changes its meaning; `command` is what to type first. `agreement` where it is about one."""

    code: str
    sentence: str
    command: str
    agreement: str | None = None

    def as_json(self) -> dict[str, str | None]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


CODES = (
    "agreement-unreadable", "policy-fault", "review-overdue", "fork", "disk-error", "disk-read-only", "disk-full",
    "not-reconciled",
    "clock-stepped", "clock-before-log", "clock-ahead", "clock-behind", "certificate-ended",
    "duty-overdue", "duty-awaited", "notice-refused", "name-not-found", "partner-unproven", "partner-silent",
    "queue-late", "refused", "undecided", "source-failing", "review-owed",
    "disk-slow", "quarantine", "contact-unconfirmed", "disk-low", "certificate-ends", "partner-certificate",
)  # fmt: skip
"""Every alarm there is, the gravest first; docs/operator.md explains each."""


def span(length: timedelta) -> str:
    """`40 seconds`, `25 minutes`, `3 hours`, `2 days`: the largest unit of which there are two or one whole."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count = seconds // size
        if count >= 2 or (count == 1 and seconds == size) or size == 1:
            return f"{count} {unit}" + ("" if count == 1 else "s")
    raise AssertionError("a span has seconds")
