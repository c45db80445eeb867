"""The end of a round: both nodes come to rest, and everything is looked for from their files."""

import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.wiring import check_node, open_node
from soak import books
from soak.traffic import Side, Traffic, typed

REST_SECONDS = 150.0
LOST = "neither side holds them any more"
"""How a fork after a restore says that a machine died with leaves it had signed and told to nobody."""
PEOPLE = ("dana", "ken")
AGREEMENT = "IL-JP-FICTION"


@dataclass
class Found:
    """What the checks found, ever. All but the counts must be empty. `let_go`: forks that two people resolved, because
    a machine had died with leaves that it had told to nobody."""

    checks: int = 0
    let_go: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ledgers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return self.checks > 0 and not (self.lost or self.twice or self.wrong)


def rest(traffic: Traffic, found: Found) -> str | None:
    """Waits until both have decided and delivered everything; what hangs, if something does."""
    end = time.monotonic() + REST_SECONDS
    seen: dict[str, Any] = {}
    while time.monotonic() < end:
        for side in (traffic.il, traffic.jp):
            side.serving.ensure()
            traffic.again(side)
            typed(side.directory, "fetch")
            told = typed(side.directory, "status")
            seen[side.party] = told.value or told.words
            found.let_go += _let_go(side, told.value)
        if all(map(_quiet, seen.values())) and not (traffic.il.unsure or traffic.jp.unsure):
            return None
        time.sleep(0.3)
    return f"the nodes did not come to rest in {REST_SECONDS:.0f} seconds: {str(seen)[:2000]}"


def _let_go(side: Side, status: Any) -> bool:
    """Two people decide about leaves that were lost with a machine; no other fork may be there at all."""
    alarms = status["alarms"] if isinstance(status, dict) else []
    if not any(alarm["code"] == "fork" and LOST in alarm["sentence"] for alarm in alarms):
        return False
    words = ("fork", "resolve", AGREEMENT, "--why", "lost with the machine", "--by")
    return all(typed(side.directory, *words, person).code == 0 for person in PEOPLE)


def _quiet(status: Any) -> bool:
    return (
        isinstance(status, dict)
        and all((one["behind"], one["queued"]) == (0, 0) for one in status["agreements"])
        and not any(alarm["code"] in ("not-reconciled", "agreement-unreadable", "fork") for alarm in status["alarms"])
    )


def check(traffic: Traffic, found: Found) -> None:
    """Both nodes are stopped, and their files say what they hold."""
    hangs = rest(traffic, found)
    if hangs is not None:
        found.wrong.append(hangs)
    for side in (traffic.il, traffic.jp):
        if (code := side.serving.stop()) != 0:
            found.wrong.append(f"serve of {side.party} ended with {code} when it was told to stop")
    found.ledgers = []
    for side in (traffic.il, traffic.jp):
        found.wrong += [f"{side.party}: {fault.where}: {fault.what}" for fault in check_node(side.directory)]
        _prove(traffic, side, found)
    with open_node(traffic.il.directory) as il, open_node(traffic.jp.directory) as jp:
        for fault in books.faults(il, jp, AGREEMENT):
            (found.twice if fault.endswith(" times") else found.wrong).append(fault)
        for side, node, partner in ((traffic.il, il, jp), (traffic.jp, jp, il)):
            own, there = (
                Counter(one.ext_id for one in books.records(at) if one.source in sources)
                for at, sources in ((node, ("own-cyber", "own-intelligence")), (partner, (side.party,)))
            )
            found.lost += [f"{name}: {side.party} does not hold it" for name in side.taken if not own[name]]
            found.lost += [f"{name}: {partner.party} does not hold it" for name in side.taken if not there[name]]
            found.twice += [
                f"{name}: {partner.party} has it {there[name]} times" for name in side.taken if there[name] > 1
            ]
            found.wrong += [f"{name} may not go, and went" for name in side.barred if there[name]]
    _questions(traffic, found)
    found.acknowledged = sum(len(side.taken) + len(side.barred) + len(side.asked) for side in (traffic.il, traffic.jp))
    found.acknowledged += len(traffic.settled)
    found.checks += 1


def _prove(traffic: Traffic, side: Side, found: Found) -> None:
    """The evidence as files, checked without a database."""
    folder: Path = traffic.folder / f"evidence-{side.party}"
    shutil.rmtree(folder, ignore_errors=True)
    for words in (("ledger", "fsck"), ("ledger", "export", folder), ("verify", folder)):
        told = typed(side.directory, *words)
        if told.code != 0:
            found.wrong.append(
                f"{side.party}: {words[0]} {words[1]} ended with {told.code}: {told.words} {told.value}"[:1500]
            )
        elif words[0] == "verify":
            found.ledgers += [dict(log) | {"held_by": side.party} for log in told.value["logs"]]


def _questions(traffic: Traffic, found: Found) -> None:
    """Each question stands once on both sides, and is answered or declined as its reader did."""
    asked = [*traffic.il.asked, *traffic.jp.asked]
    for side in (traffic.il, traffic.jp):
        rows = typed(side.directory, "requests").value.get("requests", [])
        count = Counter(row["title"] for row in rows)
        found.lost += [f"{title}: {side.party} does not hold it" for title in asked if not count[title]]
        found.twice += [f"{title}: {side.party} has it {count[title]} times" for title in count if count[title] > 1]
        states = {row["title"]: row["state"] for row in rows}
        found.lost += [
            f"{title} was {state}, and {side.party} says {states.get(title)}"
            for title, state in traffic.settled.items()
            if states.get(title) != state
        ]
