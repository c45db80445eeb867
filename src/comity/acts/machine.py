"""What is wrong with the machine a node stands on: its disk, its clock, its certificates. A pure rule, as `alarms`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from comity.acts.alarm import Alarm, span
from comity.acts.figures import Figures
from comity.acts.keeping import RESERVE
from comity.core import instants
from comity.records import Surroundings

ROOM_BYTES = 512 * 1024 * 1024
ROOM_SHARE = 0.02
"""Less room than this, in bytes or as a share, is low."""
COMMIT = timedelta(milliseconds=250)
"""A disk whose commits take longer, at the median, is slow: an urgent warning should be at the partner by then."""
CERTIFICATE = timedelta(days=30)
"""A certificate that ends sooner is to be replaced."""

MIB = 1024 * 1024
_DISK = {
    "disk-read-only": (
        "nothing is taken in, decided, sent or acknowledged; what is here can be read: mount it for writing"
    ),
    "disk-full": "nothing is taken in, decided or let in; what is queued still goes: free some room",
    "disk-error": "what it was asked to keep was not kept and not acknowledged: read the system's log, keep the disk",
}
_CODES = {"read-only": "disk-read-only", "no-room": "disk-full", "disk-error": "disk-error"}
"""What an error of a store is called, and the alarm it rings."""


def of_machine(state: Figures, now: datetime) -> Iterator[Alarm]:
    around = state.surroundings
    rung = set()
    for alarm in _space(around):
        rung.add(alarm.code)
        yield alarm
    for agreement, trouble in around.readings.work.items():
        code = _CODES.get(trouble.code)
        if code is not None and code not in rung:
            yield Alarm(code, f"{trouble.sentence}; {_DISK[code]}", "df -h", agreement)
    for name, trouble in sorted(around.readings.sources.items()):
        sentence = f"{name} has not been read since {instants.text(trouble.since)}: {trouble.sentence}"
        yield Alarm("source-failing", sentence, f"comity subscription poll {name}")
    commit = around.readings.commit
    if commit is not None and commit > COMMIT:
        took = f"the disk takes {commit.total_seconds():.1f} seconds to keep one thing"
        yield Alarm("disk-slow", f"{took}; nothing is lost, everything waits for it: find what else uses it", "df -h")
    yield from _clock(state, now)
    yield from _certificates(around, now)


def _space(around: Surroundings) -> Iterator[Alarm]:
    if not around.writable:
        yield Alarm("disk-read-only", f"the disk is read-only: {_DISK['disk-read-only']}", "df -h")
    if around.free_bytes is None:
        return
    left = f"{around.free_bytes / MIB:,.0f} MiB left under the data directory"
    if around.free_bytes < RESERVE:
        yield Alarm("disk-full", f"{left}: {_DISK['disk-full']}", "df -h")
    elif around.free_bytes < max(ROOM_BYTES, ROOM_SHARE * (around.total_bytes or 0)):
        yield Alarm("disk-low", f"{left}; below {RESERVE // MIB} nothing more is taken in", "df -h")


def _clock(state: Figures, now: datetime) -> Iterator[Alarm]:
    stepped = state.surroundings.readings.stepped
    if abs(stepped) > state.skew:
        way = "forward" if stepped > timedelta(0) else "back"
        held = "nothing lapses by it and nothing new is decided until it is set right, or a partner's clock agrees"
        yield Alarm("clock-stepped", f"our clock was set {way} by {span(abs(stepped))}: {held}", "timedatectl")
    if state.last_line is not None and state.last_line - now > state.skew:
        ahead = span(state.last_line - now)
        sentence = f"our clock is {ahead} before the newest line of the house log: it is wrong now, or was wrong then"
        yield Alarm("clock-before-log", sentence, "timedatectl")


def _certificates(around: Surroundings, now: datetime) -> Iterator[Alarm]:
    for listener, until in around.certificates:
        when = instants.text(until)
        if until <= now:
            sentence = f"the certificate of {listener} ended {when}: partners refuse it; carry files meanwhile"
            yield Alarm("certificate-ended", sentence, "comity tls renew")
        elif until - now < CERTIFICATE:
            sentence = f"the certificate of {listener} ends {when}: renew or replace it, partners refuse it then"
            yield Alarm("certificate-ends", sentence, "comity tls renew")
    for party, until in sorted(around.readings.shown.items()):
        if until - now < CERTIFICATE:
            verb = "ended" if until <= now else "ends"
            sentence = f"the certificate that {party} showed {verb} {instants.text(until)}: ask it to renew"
            yield Alarm("partner-certificate", f"{sentence}; files still go where it has ended", "comity tls show")
