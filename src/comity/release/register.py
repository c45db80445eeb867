"""The duty register's rules: which duties are settled by what, how one stands at an instant, which office acts next.

A duty stands in the register if somebody can be asked to show that it was done. What goes on for as long as a thing is
held (carry its marking, keep protecting it) has no end to show, and a receipt of an envelope is its own evidence.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from comity.agreement.clock import Due, Times, due_at
from comity.agreement.instrument import Agreement, Authority
from comity.agreement.span import Span
from comity.agreement.span import parse as parse_span
from comity.core import instants, strictjson
from comity.core.errors import Malformed
from comity.release.question import Duty


class Evidence(StrEnum):
    """What can settle a duty. A receipt is signed by whom it is owed, everything else by whom it is owed by."""

    RECEIPT = "receipt"
    CERTIFICATE = "certificate"
    NOTICE = "notice"
    REPORT = "report"
    RELEASE = "release"
    """Whom it is owed lets go of it: nothing was done, and nothing need be."""
    REVIEW = "review"
    """Reviews by as many people of the house as it takes, none of them whoever acted. No document counts."""


class State(StrEnum):
    OPEN = "open"
    DUE_SOON = "due-soon"
    OVERDUE = "overdue"
    SETTLED = "settled"
    RELEASED = "released"


REVIEWING = "review-emergency"
"""What an emergency release owes: to the house itself, so that no partner hears of it and none can let go of it."""

_NOTICE, _REPORT = frozenset({Evidence.NOTICE}), frozenset({Evidence.REPORT})
_CERTIFICATE, _RECEIPT = frozenset({Evidence.CERTIFICATE}), frozenset({Evidence.RECEIPT})

SETTLED_BY: Mapping[str, frozenset[Evidence]] = {
    "acknowledge-funding": _NOTICE,
    "confirm-in-writing": _NOTICE,
    "consult": _NOTICE,
    "copy-to-nsa": _NOTICE,
    "corrective-measures": _REPORT,
    "destroy": _CERTIFICATE,
    "destroy-irreversibly": _CERTIFICATE,
    "destruction-certificate": _CERTIFICATE,
    "disclose-invention": _NOTICE,
    "examine-amendment": _NOTICE,
    "feedback": _NOTICE,
    "inspect": _REPORT,
    "investigate": _REPORT,
    "notify-authority-change": _NOTICE,
    "notify-classification-change": _NOTICE,
    "notify-clearance-change": _NOTICE,
    "notify-depositary": _NOTICE,
    "notify-funding": _NOTICE,
    "notify-intention": _NOTICE,
    "notify-law-change": _NOTICE,
    "notify-law-conflict": _NOTICE,
    "notify-originator": _NOTICE,
    "pay-share": _RECEIPT,
    "query-originator": _NOTICE,
    "re-mark": _NOTICE,
    "register": _NOTICE,
    "reply": _NOTICE,
    "report-findings": _REPORT,
    "request-consent": _NOTICE,
    "return": _RECEIPT,
    "return-or-destroy": _CERTIFICATE | _RECEIPT,
    "review": _REPORT,
    REVIEWING: frozenset({Evidence.REVIEW}),
    "state-classification": _NOTICE,
    "tell-public": _NOTICE,
}
"""The duties that stand in the register. Any other is a way of handling, shown with the decision that asks it."""

OFFICE = {
    Evidence.NOTICE: "notify",
    Evidence.REPORT: "notify",
    Evidence.CERTIFICATE: "certify",
    Evidence.RECEIPT: "receive",
}
SOON = 4
"""A duty is due soon in the last quarter of its time."""


def identity(agreement_id: str, duty: Duty, trigger: datetime, about: str) -> str:
    """A duty's name: the same on both sides that know the same of it, and the same however often it is opened."""
    said = [
        agreement_id,
        duty.duty,
        duty.actor,
        duty.cite,
        instants.text(trigger),
        about,
        [list(one) for one in duty.params],
    ]
    return hashlib.sha256(b"comity/duty/1" + strictjson.canonical(said)).hexdigest()[:32]


def clock(time: str | None, trigger: datetime, actor: str, text: Agreement, whose: str | None = None) -> Due:
    """When it is due, by the words, figures and calendars that stood at its trigger (the in-flight rule)."""
    return due_at(written(time), trigger, actor, Times.of(text, trigger), whose)


def written(time: str | None) -> Span | str | None:
    """A time as the register keeps it: a span in words, or what the text says."""
    try:
        return None if time is None else parse_span(time)
    except Malformed:
        return time


def standing(state: str, trigger: datetime, due: datetime | None, now: datetime) -> State:
    """How a duty stands at `now`: what was settled stays so; else by its clock, and open where it has none."""
    if state != State.OPEN:
        return State(state)
    if due is None:
        return State.OPEN
    if now >= due:
        return State.OVERDUE
    return State.DUE_SOON if due - now <= (due - trigger) / SOON else State.OPEN


def signer(kind: Evidence, actor: str, text: Agreement) -> str:
    """Whose signature makes evidence of this kind. Raises `Malformed` where nobody is on the other side."""
    if kind not in (Evidence.RECEIPT, Evidence.RELEASE):
        return actor
    others = [party for party in text.party_ids if party != actor]
    if len(others) != 1:
        raise Malformed(f"{text.ref} has no one party to which {actor} owes this")
    return others[0]


def offices(duty: str, actor: str, text: Agreement) -> tuple[str, str]:
    """Who is to act for `actor`, and who is told when it does not: offices in the text's order, then its head."""
    wanted = {OFFICE[kind] for kind in SETTLED_BY.get(duty, frozenset()) if kind in OFFICE}
    ours = [one for one in text.authorities if one.party == actor]
    able = [one for one in ours if one.may & wanted] or ours
    head = f"the head of the desk of {actor}"
    if not able:
        return head, head
    return able[0].id, next((one.id for one in _after(ours, able[0])), head)


def reviewers(params: Iterable[tuple[str, str]], actor: str) -> tuple[str, str]:
    """Who reviews an emergency release, and who is told when they do not."""
    said = dict(params)
    return f"{said['people']} others than {said['by']} ({said['roles']})", f"the head of the desk of {actor}"


def _after(offices: list[Authority], first: Authority) -> list[Authority]:
    return [*offices[offices.index(first) + 1 :], *offices[: offices.index(first)]]
