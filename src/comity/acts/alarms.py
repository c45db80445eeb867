"""What a watch officer must know now, and what to do about it: a pure rule over the figures and the time."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from comity.acts import events
from comity.acts.alarm import CODES, Alarm, span
from comity.acts.figures import AgreementFigures, Figures, LaneFigures
from comity.acts.machine import of_machine
from comity.acts.reasons import reason, remedy
from comity.core import instants
from comity.records import Readings, Trouble
from comity.release.register import REVIEWING

SILENCE = timedelta(minutes=15)
"""A partner that answered nothing for so long, though something was sent to it."""
UNDECIDED = timedelta(minutes=5)
"""What was taken in should be decided by then."""
LINKS = {
    "name-not-found": ("ask whoever runs the name service; carry files meanwhile", "comity outbox export DIR"),
    "partner-unproven": ("nothing was sent; call the partner, carry files meanwhile", "comity tls show"),
}
"""What an error of the line is called and the alarm it rings: what to do, and what to type first."""
_HELD = "what is refused for that stays queued and goes when the clocks agree"


def alarms(state: Figures, now: datetime) -> tuple[Alarm, ...]:
    """What is wrong at `now`, the gravest first. Nothing is an alarm that asks for nothing."""
    found = [*_of_node(state), *_of_emergencies(state, now), *of_machine(state, now)]
    readings = state.surroundings.readings
    for one in state.agreements:
        found += [*_of_agreement(one, readings, now), *_of_clocks(one, readings, state.skew)]
    return tuple(sorted(found, key=lambda alarm: (CODES.index(alarm.code), alarm.agreement or "")))


def _of_node(state: Figures) -> Iterator[Alarm]:
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


def _of_emergencies(state: Figures, now: datetime) -> Iterator[Alarm]:
    for one in state.emergencies:
        others = "one other" if one.lacking == 1 else f"{one.lacking} others"
        sentence = f"an emergency release by {one.by} awaits review by {others} until {instants.text(one.due)}"
        code = "review-overdue" if now >= one.due else "review-owed"
        yield Alarm(code, sentence, f"comity review {one.id}", one.agreement)


def _of_agreement(one: AgreementFigures, readings: Readings, now: datetime) -> Iterator[Alarm]:
    if one.fork is not None:
        yield Alarm("fork", f"{one.fork}: nothing moves until two people resolve it", "comity fork show", one.id)
    if one.unreconciled is not None:
        yield Alarm("not-reconciled", one.unreconciled, "comity serve", one.id)
    yield from _of_link(one, _in_the_way(one, readings), now)
    yield from _of_duties(one, now)
    late = [lane for lane in one.lanes if lane.oldest is not None and now - lane.oldest > lane.objective]
    for lane in late:
        yield Alarm("queue-late", _late(one, lane, now), _way_out(one), one.id)
    if one.untold:
        backdated = events.BACKDATED in one.untold
        why = "it was signed too long before it came" if backdated else f"its receipt says {one.untold[0]}"
        sentence = f"{one.partner} refused what we told it of the agreement ({why}), so there it never happened: "
        yield Alarm("notice-refused", f"{sentence}tell it again under today's date", "comity agreement status", one.id)
    if one.refused:
        yield Alarm("refused", _refused(one), "comity outbox refused", one.id)
    if one.undecided_since is not None and now - one.undecided_since > UNDECIDED:
        waits = f"{one.behind:,} of the house log not decided, the oldest for {span(now - one.undecided_since)}"
        yield Alarm("undecided", f"{waits}: is the node running?", "comity serve", one.id)


def _refused(one: AgreementFigures) -> str:
    """How much, why, and what may change it: for the commonest reason, and how many others there are."""
    records = sum(count for (notice, _), count in one.refused.items() if not notice)
    notices = sum(count for (notice, _), count in one.refused.items() if notice)
    counted = [
        f"{count:,} {what}{'' if count == 1 else 's'}"
        for count, what in ((records, "record"), (notices, "notice"))
        if count
    ]
    by_code: Counter[str] = Counter()
    for (_, code), count in one.refused.items():
        by_code[code] += count
    code = min(by_code, key=lambda each: (-by_code[each], each))
    others = len(by_code) - 1
    more = f", and for {others} more reason{'' if others == 1 else 's'}" if others else ""
    why = f"{reason(code)}{more}; {remedy(code)}, then `comity outbox retry`"
    return f"{one.partner} refused {' and '.join(counted)}: {why}"


def _in_the_way(one: AgreementFigures, readings: Readings) -> Trouble | None:
    """What stands between us and the partner, where anything is to go."""
    if one.unreconciled is None and not any(lane.count.queued for lane in one.lanes):
        return None
    asking = readings.work.get(one.id)
    return asking if asking is not None and asking.code in LINKS else readings.links.get(one.id)


def _of_link(one: AgreementFigures, trouble: Trouble | None, now: datetime) -> Iterator[Alarm]:
    """The line to the partner: what stands in its way, and how long it has been silent."""
    code = "" if trouble is None else trouble.code
    if trouble is not None and code in LINKS:
        yield Alarm(code, f"{one.partner}: {trouble.sentence}; {LINKS[code][0]}", LINKS[code][1], one.id)
    silent = _silent_since(one)
    if silent is not None and now - silent >= SILENCE:
        why = f" ({trouble.sentence})" if trouble is not None and code not in LINKS else ""
        waits = f"{_envelopes(sum(lane.count.queued for lane in one.lanes))} wait and will go by precedence"
        sentence = f"{one.partner} has answered nothing for {span(now - silent)}{why}: ask it over another channel"
        yield Alarm("partner-silent", f"{sentence}; {waits}", "comity outbox list", one.id)


def _of_duties(one: AgreementFigures, now: datetime) -> Iterator[Alarm]:
    """What is past its time: ours goes to the next office, the partner's is asked for. A review has its own alarm."""
    for ours, code in ((True, "duty-overdue"), (False, "duty-awaited")):
        late = [owed for owed in one.overdue if owed.ours is ours and owed.row.duty != REVIEWING]
        if not late:
            continue
        first = late[0]
        age = span(now - first.row.due) if first.row.due is not None else ""
        what = f"{first.row.duty} ({first.row.article}), {age} past its time"
        more = f", and {len(late) - 1:,} more" if len(late) > 1 else ""
        step = f"tell {first.next_office}" if ours else f"ask {one.partner} for its evidence"
        command = f"comity duties show {first.row.id[:12]}"
        yield Alarm(code, f"{'we owe' if ours else f'{one.partner} owes'} {what}{more}: {step}", command, one.id)


def _of_clocks(one: AgreementFigures, readings: Readings, skew: timedelta) -> Iterator[Alarm]:
    """An answer dated before the question, or a message from the future: one of the two clocks is wrong."""
    told, early = readings.links.get(one.id), readings.early.get(one.id)
    if told is not None and told.code == "clock-ahead":
        yield Alarm("clock-ahead", f"{one.partner} says: {told.sentence}; {_HELD}", "timedatectl", one.id)
    elif one.answered is not None and one.answered.written - one.answered.received > skew:
        by = span(one.answered.written - one.answered.received)
        yield Alarm("clock-ahead", f"our clock is at least {by} ahead of {one.partner}'s", "timedatectl", one.id)
    if early is not None:
        yield Alarm("clock-behind", f"{one.partner}: {early.sentence}; {_HELD}", "timedatectl", one.id)
    elif one.came is not None and one.came.written - one.came.received > skew:
        by = span(one.came.written - one.came.received)
        yield Alarm("clock-behind", f"our clock is at least {by} behind {one.partner}'s", "timedatectl", one.id)


def _silent_since(one: AgreementFigures) -> datetime | None:
    """Since when something that was sent has had no answer, and nothing came from there either."""
    sent = [lane.oldest for lane in one.lanes if lane.tried and lane.oldest is not None]
    if not sent or one.by_file:
        return None
    return min(sent) if one.heard is None else max(min(sent), one.heard)


def _late(one: AgreementFigures, lane: LaneFigures, now: datetime) -> str:
    assert lane.oldest is not None
    age = span(now - lane.oldest)
    waits = f"{lane.lane}: {_envelopes(lane.count.queued)} to {one.partner} without a receipt, the oldest for {age}"
    return f"{waits}; it should have taken {span(lane.objective)}"


def _way_out(one: AgreementFigures) -> str:
    return "comity outbox export DIR" if one.by_file else "comity outbox list"


def _envelopes(count: int) -> str:
    return f"{count:,} envelope" + ("" if count == 1 else "s")


def _records(count: int) -> str:
    return f"{count:,} record is" if count == 1 else f"{count:,} records are"
