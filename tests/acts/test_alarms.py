"""A watch officer is told what is wrong and what to type, and nothing where nothing is to be done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.acts.alarm import CODES, Alarm
from comity.acts.alarms import SILENCE, UNDECIDED, alarms
from comity.acts.duties import Owed
from comity.acts.figures import OBJECTIVES, AgreementFigures, Crossing, Figures, LaneFigures, ReviewOwed
from comity.acts.keeping import RESERVE
from comity.acts.machine import CERTIFICATE, COMMIT, ROOM_BYTES
from comity.exchange.lane import Lane
from comity.records import DutyRow, LaneCount, Readings, Surroundings, Trouble
from comity.release.register import State
from tests.cli.terminal import commands
from tests.joined import example

NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)
SKEW = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
GIB = 1 << 30

QUIET = AgreementFigures(
    id="IL-JP-FICTION",
    partner="JP",
    by_file=False,
    behind=0,
    undecided_since=None,
    decided={},
    released=0,
    waiting=0,
    received=0,
    lanes=(),
    heard=None,
    answered=None,
    came=None,
    logs={},
    checkpoints={},
)


def node(*agreements: AgreementFigures, **changed: object) -> Figures:
    calm = Figures("IL", SKEW, 0, 0, (), agreements)
    return replace(calm, **changed)  # type: ignore[arg-type]  # the table gives members their own types


def lane(which: Lane = Lane.ROUTINE, queued: int = 1, age: timedelta = SECOND, tried: bool = True) -> LaneFigures:
    return LaneFigures(which, LaneCount(queued), OBJECTIVES[which], NOW - age, tried)


def one(**changed: object) -> AgreementFigures:
    return replace(QUIET, **changed)  # type: ignore[arg-type]  # the table gives members their own types


def around(free: int = 100 * GIB, ends: timedelta = timedelta(days=300), *, writable: bool = True) -> Surroundings:
    return Surroundings(free, 200 * GIB, (("partners_listener", NOW + ends),), writable)


def read(**readings: object) -> Surroundings:
    """What a running node has measured, on a machine that is well."""
    return replace(around(), readings=Readings(**readings))  # type: ignore[arg-type]  # as above


def met(code: str) -> dict[str, Trouble]:
    return {"IL-JP-FICTION": Trouble(code, "comity.jp.example did not answer as it should", NOW - SECOND)}


ROUTINE, FLASH = OBJECTIVES[Lane.ROUTINE], OBJECTIVES[Lane.FLASH]
LATE = lane(age=ROUTINE + SECOND)
WAITS = one(lanes=(lane(),))

PAST = DutyRow("ab" * 16, "reply", "agreement:17(2)@1", "IL", NOW, NOW - 3 * HOUR, "72 hours", "case", "open")
OWED = Owed(PAST, example(), example(), State.OVERDUE, True, "IL-registry", "IL-releasing-office")

TABLE: list[tuple[str, Figures, list[str]]] = [
    ("a node without agreements", node(), []),
    ("a quiet agreement", node(one()), []),
    (
        "an emergency to review",
        node(emergencies=(ReviewOwed("1f", "A", "person:avi", NOW + SECOND, 2),)),
        ["review-owed"],
    ),
    ("one not reviewed in time", node(emergencies=(ReviewOwed("1f", "A", "person:avi", NOW, 1),)), ["review-overdue"]),
    ("rules that do not load", node(policy_fault="a.cedar: it does not parse"), ["policy-fault"]),
    ("nothing known of the machine", node(surroundings=Surroundings()), []),
    ("enough room, certificates last", node(surroundings=around()), []),
    ("little room", node(surroundings=around(free=ROOM_BYTES - 1)), ["disk-low"]),
    ("a small share left", node(surroundings=around(free=3 * GIB)), ["disk-low"]),
    ("a certificate ends soon", node(surroundings=around(ends=CERTIFICATE - SECOND)), ["certificate-ends"]),
    ("a certificate has ended", node(surroundings=around(ends=-SECOND)), ["certificate-ended"]),
    (
        "the partner's certificate ends",
        node(surroundings=read(shown={"JP": NOW + timedelta(days=3)})),
        ["partner-certificate"],
    ),
    ("the partner's has ended", node(surroundings=read(shown={"JP": NOW})), ["partner-certificate"]),
    ("the partner's lasts", node(surroundings=read(shown={"JP": NOW + CERTIFICATE})), []),
    ("the last of the room", node(surroundings=around(free=RESERVE - 1)), ["disk-full"]),
    ("before the last of the room", node(surroundings=around(free=RESERVE)), ["disk-low"]),
    ("nothing can be written", node(surroundings=around(writable=False)), ["disk-read-only"]),
    ("the database says it is full", node(surroundings=read(work=met("no-room"))), ["disk-full"]),
    ("the database can only be read", node(surroundings=read(work=met("read-only"))), ["disk-read-only"]),
    ("the disk gives errors", node(surroundings=read(work=met("disk-error"))), ["disk-error"]),
    ("another trouble of a step", node(surroundings=read(work=met("busy"))), []),
    ("a feed that is not read", node(surroundings=read(sources=met("source-failing"))), ["source-failing"]),
    ("slow commits", node(surroundings=read(commit=COMMIT + MILLISECOND)), ["disk-slow"]),
    ("commits at the limit", node(surroundings=read(commit=COMMIT)), []),
    ("set forward by a day", node(surroundings=read(stepped=timedelta(days=1))), ["clock-stepped"]),
    ("set back by a day", node(surroundings=read(stepped=-timedelta(days=1))), ["clock-stepped"]),
    ("set by the skew", node(surroundings=read(stepped=SKEW)), []),
    ("the house log knows later", node(last_line=NOW + SKEW + SECOND), ["clock-before-log"]),
    ("the house log is within the skew", node(last_line=NOW + SKEW), []),
    ("just long enough", node(surroundings=around(ends=CERTIFICATE)), []),
    ("something in quarantine", node(quarantined=1), ["quarantine"]),
    ("a card nobody confirmed", node(unconfirmed=("JP",)), ["contact-unconfirmed"]),
    ("a store that cannot be read", node(broken={"IL-JP-FICTION": "broken"}), ["agreement-unreadable"]),
    ("queued a moment ago", node(one(lanes=(lane(),))), []),
    ("at its objective", node(one(lanes=(lane(Lane.FLASH, age=FLASH),))), []),
    ("past its objective", node(one(lanes=(lane(Lane.FLASH, age=FLASH + SECOND),))), ["queue-late"]),
    ("silent, and only that", node(one(lanes=(lane(age=SILENCE),))), ["partner-silent"]),
    ("not sent yet is no silence", node(one(lanes=(lane(age=SILENCE, tried=False),))), []),
    ("it sends, though it does not answer", node(one(lanes=(lane(age=SILENCE),), heard=NOW - SECOND)), []),
    ("it sent, long ago", node(one(lanes=(lane(age=2 * SILENCE),), heard=NOW - SILENCE)), ["partner-silent"]),
    ("by file nobody is silent", node(one(lanes=(lane(age=SILENCE),), by_file=True)), []),
    ("by file a queue can be late", node(one(lanes=(LATE,), by_file=True)), ["queue-late"]),
    ("silent and late", node(one(lanes=(LATE,))), ["partner-silent", "queue-late"]),
    ("two lanes late", node(one(by_file=True, lanes=(LATE, lane(Lane.FLASH, age=ROUTINE)))), ["queue-late"] * 2),
    ("no name for the partner", node(WAITS, surroundings=read(links=met("name-not-found"))), ["name-not-found"]),
    ("nothing is to go there", node(one(), surroundings=read(links=met("name-not-found"))), []),
    (
        "asked for what crossed, and no name",
        node(
            one(unreconciled="it waits until what crossed is reconciled"), surroundings=read(work=met("name-not-found"))
        ),
        ["not-reconciled", "name-not-found"],
    ),
    ("not who it should be", node(WAITS, surroundings=read(links=met("partner-unproven"))), ["partner-unproven"]),
    ("it said that we are early", node(WAITS, surroundings=read(links=met("clock-ahead"))), ["clock-ahead"]),
    ("it wrote from the future", node(one(), surroundings=read(early=met("clock-behind"))), ["clock-behind"]),
    ("refused", node(one(refused={(False, "kind-not-covered"): 2, (True, "sealed-unreadable"): 1})), ["refused"]),
    ("refused once, and taken since", node(one(lanes=(LaneFigures(Lane.FLASH, LaneCount(refused=2), FLASH),))), []),
    ("being decided", node(one(behind=9, undecided_since=NOW - UNDECIDED)), []),
    ("nobody decides", node(one(behind=9, undecided_since=NOW - UNDECIDED - SECOND)), ["undecided"]),
    ("answered before it was asked", node(one(answered=Crossing(NOW, NOW - SKEW - SECOND))), ["clock-ahead"]),
    ("answered within the skew", node(one(answered=Crossing(NOW, NOW - SKEW))), []),
    ("answered days later", node(one(answered=Crossing(NOW - timedelta(days=9), NOW))), []),
    ("from the future", node(one(came=Crossing(NOW, NOW - SKEW - SECOND))), ["clock-behind"]),
    ("carried for days", node(one(came=Crossing(NOW - timedelta(days=9), NOW))), []),
    ("two histories", node(one(fork="the log has two histories")), ["fork"]),
    ("restored", node(one(unreconciled="it waits until what crossed is reconciled")), ["not-reconciled"]),
    ("we owe something past its time", node(one(overdue=(OWED,))), ["duty-overdue"]),
    ("it owes us something past its time", node(one(overdue=(replace(OWED, ours=False),))), ["duty-awaited"]),
    ("told too late, and not again", node(one(untold=("event-backdated",))), ["notice-refused"]),
    ("told of an article it lacks", node(one(untold=("event-unknown-article",))), ["notice-refused"]),
    (
        "the gravest first",
        node(one(lanes=(LATE,)), quarantined=3, broken={"XX": "broken"}, surroundings=around(free=1)),
        ["agreement-unreadable", "disk-full", "partner-silent", "queue-late", "quarantine"],
    ),
]


@pytest.mark.parametrize(("state", "codes"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_each_state_rings_what_it_should(state: Figures, codes: list[str]) -> None:
    assert [alarm.code for alarm in alarms(state, NOW)] == codes


def every() -> list[Alarm]:
    return [alarm for _, state, _ in TABLE for alarm in alarms(state, NOW)]


def test_every_alarm_is_in_the_table_and_in_the_operators_guide() -> None:
    assert {alarm.code for alarm in every()} == set(CODES)
    guide = (Path(__file__).parents[2] / "docs" / "operator.md").read_text("utf-8")
    assert [code for code in CODES if f"| `{code}` |" not in guide] == []


def test_every_alarm_says_what_to_type() -> None:
    """A command of ours that exists, or one of the two the system has."""
    ours = commands()
    for alarm in every():
        assert len(alarm.sentence.split()) >= 4
        words = alarm.command.split()
        known = words[0] == "comity" and any(tuple(words[1 : 1 + size]) in ours for size in (1, 2))
        assert known or alarm.command in {"df -h", "timedatectl"}, alarm


def test_a_sentence_counts_in_an_officers_units() -> None:
    alarm = alarms(node(one(lanes=(lane(queued=1200, age=timedelta(hours=30)),), by_file=True)), NOW)[0]
    assert alarm.sentence == (
        "ROUTINE: 1,200 envelopes to JP without a receipt, the oldest for 30 hours; it should have taken 4 hours"
    )
    assert (alarm.command, alarm.agreement) == ("comity outbox export DIR", "IL-JP-FICTION")


def test_a_duty_past_its_time_goes_to_the_next_office() -> None:
    ours, theirs = (alarms(node(one(overdue=(owed, owed))), NOW)[0] for owed in (OWED, replace(OWED, ours=False)))
    said = "reply (agreement:17(2)@1), 3 hours past its time, and 1 more"
    assert ours.sentence == f"we owe {said}: tell IL-releasing-office"
    assert theirs.sentence == f"JP owes {said}: ask JP for its evidence"
    assert ours.command == "comity duties show abababababab"
