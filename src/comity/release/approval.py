"""What a person must decide: the referrals in a decision, the case they make, and whether approvals settle it.

An approval speaks of one record, one decision and one release copy, by their digests: whatever changes one of them
makes another case, for which nobody has approved. It lifts referrals and nothing else: a bar is never lifted.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from comity.core import instants, strictjson
from comity.core.errors import Malformed
from comity.labels.equivalence import Equivalence
from comity.release.decision import Decision
from comity.release.explain import sentence
from comity.release.mandate import Mandates
from comity.release.question import Outcome, Question
from comity.release.rules import two_persons
from comity.release.subject import Subject

FORMAT = "comity-approval/1"
PAYLOAD_TYPE = "application/vnd.comity.approval+json"
OFFICER = "release-officer"
"""Who decides what a standing release leaves to a person."""
_TEXTS = ("case", "agreement", "record", "decision", "copy", "by", "role", "mandate", "reason")


class Verdict(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Referral:
    """One reason why a person must decide: who, how many different people, and what says so.

    `lasting`: an article of the agreement asks for these people, and no emergency replaces them.
    """

    cite: str
    role: str
    people: int
    reason: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One release that waits for people. `decision` and `copy` are digests; `id` is the digest of all of it."""

    agreement: str
    record: str
    decision: str
    copy: str

    @property
    def id(self) -> str:
        members = {"agreement": self.agreement, "record": self.record, "decision": self.decision, "copy": self.copy}
        return hashlib.sha256(b"comity/case/1" + strictjson.canonical(members)).hexdigest()


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's word on a case, as signed by the house. `roles`: all that the case asked for."""

    case: str
    agreement: str
    record: str
    decision: str
    copy: str
    by: str
    role: str
    mandate: str
    verdict: Verdict
    reason: str
    roles: tuple[str, ...]
    at: datetime

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _TEXTS} | {
            "format": FORMAT,
            "verdict": self.verdict.value,
            "roles": list(self.roles),
            "at": instants.text(self.at),
        }


def from_json(value: object) -> Approval:
    """Raises `Malformed`."""
    if not isinstance(value, dict) or set(value) != {*_TEXTS, "format", "verdict", "roles", "at"}:
        raise Malformed("this is not an approval: a member is missing or unknown")
    if value["format"] != FORMAT or not all(isinstance(value[name], str) for name in _TEXTS):
        raise Malformed(f"this is not an approval of format {FORMAT}")
    if value["verdict"] not in list(Verdict) or not isinstance(value["roles"], list):
        raise Malformed("an approval has a verdict and the roles that were asked for")
    texts = {name: value[name] for name in _TEXTS}
    at = instants.parse(value["at"], "an approval's time")
    return Approval(**texts, verdict=Verdict(value["verdict"]), roles=tuple(map(str, value["roles"])), at=at)


def digest(question: Question, decision: Decision) -> str:
    """SHA-256, in hex, of what was asked and answered, without the instants: the same answer is the same later."""
    answer = decision.as_json()
    kept = {name: member for name, member in answer.items() if name not in ("made_at", "good_until")}
    value = {"question": strictjson.parse(question.canonical()), "decision": kept}
    return hashlib.sha256(strictjson.canonical(value)).hexdigest()


def referrals(decision: Decision) -> tuple[Referral, ...]:
    """Everything in a decision that a person must decide."""
    found = []
    for one in decision.findings:
        if one.outcome is Outcome.REFER:
            params = dict(one.params)
            role, people = params.get("role", OFFICER), int(params.get("people", "1"))
            reason = params.get("reason") or sentence(one)
            found.append(Referral(one.cite, role, people, reason, lasting=one.code == two_persons.CODE))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a case stands. `counted` are the approvals that hold now; `missing`: how many of each role still."""

    outcome: Outcome
    counted: tuple[Approval, ...]
    missing: tuple[tuple[str, int], ...]


def settle(
    decision: Decision,
    words: Iterable[Approval],
    mandates: Mandates,
    editors: Collection[str],
    subject: Subject,
    table: Equivalence,
    now: datetime,
) -> Settled:
    """Whether a referred decision is settled by what was said about its case.

    A refusal stands. An approval counts while its mandate holds and covers the thing, and never by whoever edited it.
    Pure: `now` is when it would go. Anything but a referral stays as it was.
    """
    asked = referrals(decision)
    spoken = tuple(words)
    if decision.outcome is not Outcome.REFER or not asked:
        return Settled(decision.outcome, (), ())
    if any(one.verdict is Verdict.REFUSE for one in spoken):
        return Settled(Outcome.DENY, (), ())
    counted = tuple(one for one in spoken if _counts(one, mandates, editors, subject, table, now))
    missing: dict[str, int] = {}
    emergency = any(one.verdict is Verdict.EMERGENCY for one in counted)
    for referral in asked:
        people = {one.by for one in counted if one.role == referral.role}
        lack = referral.people - len(people)
        if lack > 0 and (referral.lasting or not emergency):
            missing[referral.role] = max(lack, missing.get(referral.role, 0))
    outcome = Outcome.REFER if missing else Outcome.ALLOW
    return Settled(outcome, counted, tuple(sorted(missing.items())))


def _counts(
    one: Approval, mandates: Mandates, editors: Collection[str], subject: Subject, table: Equivalence, now: datetime
) -> bool:
    mandate = mandates.given.get(one.mandate)
    if mandate is None or one.by in editors or mandates.why_not(one.mandate, now) is not None:
        return False
    if one.verdict is Verdict.EMERGENCY and not mandate.emergency:
        return False
    return (mandate.person, mandate.role) == (one.by, one.role) and mandate.covers(subject, table)
