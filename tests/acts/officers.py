"""Fictional officers of Israel's house, their mandates, and what they say."""

from datetime import datetime, timedelta

from comity.acts import approvals, follow, mandates
from comity.acts.approvals import Pending
from comity.records import Principal
from comity.release.approval import Verdict
from comity.release.mandate import Mandate
from tests.joined import NOW, Pair

NOA, AVI, TAL, GIL = (Principal(f"person:{name}") for name in ("noa", "avi", "tal", "gil"))
"""Noa gives mandates; the others hold them."""
YEAR = timedelta(days=365)


def mandate(
    who: Principal,
    role: str = "chief",
    *,
    level: str | None = "SECRET",
    annexes: tuple[str, ...] = ("cyber", "intelligence"),
    until: datetime = NOW + YEAR,
    emergency: bool = False,
) -> Mandate:
    return Mandate(who.id, role, NOW, until, frozenset(annexes), NOA.id, level, emergency)


def grant(pair: Pair, who: Principal, role: str = "chief", **more: object) -> str:
    return mandates.grant(pair.il, mandate(who, role, **more), NOA)  # type: ignore[arg-type]  # the members' own types


def waiting(pair: Pair) -> list[Pending]:
    """What waits for a person, once the follower has decided."""
    follow.follow(pair.il, pair.agreement)
    return approvals.pending(pair.il)


def the_case(pair: Pair) -> Pending:
    [one] = waiting(pair)
    return one


def say(pair: Pair, case: Pending, who: Principal, verdict: Verdict = Verdict.APPROVE, **more: str) -> Pending:
    reason = {} if verdict is Verdict.APPROVE else {"reason": "a fictional reason"}
    return approvals.say(pair.il, case.case.id, verdict, who, **{**reason, **more})
