"""What a watch officer must know now, and what to do about it: a pure rule over the figures and the time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from comity.acts.figures import AgreementFigures, Figures, LaneFigures
from comity.core import instants

SILENCE = timedelta(minutes=15)
"""A partner that answered nothing for so long, though something was sent to it."""
UNDECIDED = timedelta(minutes=5)
"""What was taken in should be decided by then."""
ROOM_BYTES = 512 * 1024 * 1024
ROOM_SHARE = 0.02
"""Less room than this, in bytes or as a share, is low."""
CERTIFICATE = timedelta(days=30)
"""A certificate that ends sooner is to be replaced."""


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
    "agreement-unreadable", "policy-fault", "fork", "not-reconciled", "partner-silent", "queue-late", "refused",
    "undecided", "clock-ahead", "clock-behind", "quarantine", "contact-unconfirmed", "disk-low", "certificate-ends",
)  # fmt: skip
"""Every alarm there is, the gravest first; docs/operator.md explains each."""


def alarms(state: Figures, now: datetime) -> tuple[Alarm, ...]:
    """What is wrong at `now`, the gravest first. Nothing is an alarm that asks for nothing."""
    found = [*_of_node(state, now)]
    for one in state.agreements:
        found += [*_of_agreement(one, now), *_of_clocks(one, state.skew)]
    return tuple(sorted(found, key=lambda alarm: (CODES.index(alarm.code), alarm.agreement or "")))


def _of_node(state: Figures, now: datetime) -> Iterator[Alarm]:
    for agreement, error in state.broken.items():
        yield Alarm("agreement-unreadable", f"its store cannot be read ({error})", "comity ledger fsck", agreement)
    if state.policy_fault is not None:
        sentence = f"our own policy does not load, so nothing goes: {state.policy_fault}"
        yield Alarm("policy-fault", sentence, "comity policy check")
    if state.quarantined:
        yield Alarm("quarantine", f"{_records(state.quarantined)} in quarantine", "comity quarantine list")
    for party in state.unconfirmed:
        sentence = f"nobody has confirmed the key of {party}: compare its words by another channel"
        yield Alarm("contact-unconfirmed", sentence, f'comity contact confirm {party} --words "…"')
    around = state.surroundings
    if around.free_bytes is not None and around.free_bytes < _least(around.total_bytes):
        left = f"{around.free_bytes / 1024 / 1024:,.0f} MiB left under the data directory"
        yield Alarm("disk-low", f"{left}; when it is full nothing more is taken in", "df -h")
    for listener, until in around.certificates:
        if until - now < CERTIFICATE:
            verb = "ended" if until <= now else "ends"
            when = f"the certificate of {listener} {verb} {instants.text(until)}"
            sentence = f"{when}: renew or replace it, partners refuse it then"
            yield Alarm("certificate-ends", sentence, "comity tls renew")


def _of_agreement(one: AgreementFigures, now: datetime) -> Iterator[Alarm]:
    if one.fork is not None:
        yield Alarm("fork", f"{one.fork}: nothing moves until two people resolve it", "comity fork show", one.id)
    if one.unreconciled is not None:
        yield Alarm("not-reconciled", one.unreconciled, "comity serve", one.id)
    silent = _silent_since(one)
    if silent is not None and now - silent >= SILENCE:
        sentence = f"{one.partner} has answered nothing for {_span(now - silent)}: ask it over another channel"
        yield Alarm("partner-silent", sentence, "comity outbox list", one.id)
    late = [lane for lane in one.lanes if lane.oldest is not None and now - lane.oldest > lane.objective]
    for lane in late:
        yield Alarm("queue-late", _late(one, lane, now), _way_out(one), one.id)
    refused = sum(lane.count.refused for lane in one.lanes)
    if refused:
        sentence = f"{one.partner} refused {_envelopes(refused)}: its receipts say why"
        yield Alarm("refused", sentence, "comity outbox list", one.id)
    if one.undecided_since is not None and now - one.undecided_since > UNDECIDED:
        waits = f"{one.behind:,} of the house log not decided, the oldest for {_span(now - one.undecided_since)}"
        yield Alarm("undecided", f"{waits}: is the node running?", "comity serve", one.id)


def _of_clocks(one: AgreementFigures, skew: timedelta) -> Iterator[Alarm]:
    """An answer dated before the question, or a message from the future: one of the two clocks is wrong."""
    if one.answered is not None and one.answered.written - one.answered.received > skew:
        by = _span(one.answered.written - one.answered.received)
        yield Alarm("clock-ahead", f"our clock is at least {by} ahead of {one.partner}'s", "timedatectl", one.id)
    if one.came is not None and one.came.written - one.came.received > skew:
        by = _span(one.came.written - one.came.received)
        yield Alarm("clock-behind", f"our clock is at least {by} behind {one.partner}'s", "timedatectl", one.id)


def _silent_since(one: AgreementFigures) -> datetime | None:
    """Since when something that was sent has had no answer, and nothing came from there either."""
    sent = [lane.oldest for lane in one.lanes if lane.tried and lane.oldest is not None]
    if not sent or one.by_file:
        return None
    return min(sent) if one.heard is None else max(min(sent), one.heard)


def _late(one: AgreementFigures, lane: LaneFigures, now: datetime) -> str:
    assert lane.oldest is not None
    age = _span(now - lane.oldest)
    waits = f"{lane.lane}: {_envelopes(lane.count.queued)} to {one.partner} without a receipt, the oldest for {age}"
    return f"{waits}; it should have taken {_span(lane.objective)}"


def _way_out(one: AgreementFigures) -> str:
    return "comity outbox export DIR" if one.by_file else "comity outbox list"


def _least(total: int | None) -> float:
    return max(ROOM_BYTES, ROOM_SHARE * (total or 0))


def _envelopes(count: int) -> str:
    return f"{count:,} envelope" + ("" if count == 1 else "s")


def _records(count: int) -> str:
    return f"{count:,} record is" if count == 1 else f"{count:,} records are"


def _span(span: timedelta) -> str:
    """`40 seconds`, `25 minutes`, `3 hours`, `2 days`: the largest unit of which there are two or one whole."""
    seconds = int(span.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count = seconds // size
        if count >= 2 or (count == 1 and seconds == size) or size == 1:
            return f"{count} {unit}" + ("" if count == 1 else "s")
    raise AssertionError("a span has seconds")
