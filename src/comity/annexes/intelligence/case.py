"""The case of a request for information: what its records, in any order and however often, make of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from comity.annexes.intelligence.answer import Answer
from comity.annexes.intelligence.decline import Decline
from comity.annexes.intelligence.request import Request
from comity.core.errors import Malformed
from comity.release.feedback import Feedback
from comity.release.kind import Case

CaseRecord = Request | Answer | Decline | Feedback
_R = TypeVar("_R", Answer, Decline, Feedback)


class CaseState(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class RequestCase:
    """`handle` is the request's. Of each document the highest version counts; ids are its producer's.

    `request` is `None` while only later records have arrived.
    """

    handle: str
    request: Request | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    declines: Mapping[str, Decline] = field(default_factory=dict)
    feedback: Mapping[str, Feedback] = field(default_factory=dict)

    def state(self, now: datetime) -> CaseState:
        """An answer settles a request, even after a decline; what nobody has settled is overdue past its day."""
        if self.answers:
            return CaseState.ANSWERED
        if self.declines:
            return CaseState.DECLINED
        if self.request is not None and now > self.request.needed_by:
            return CaseState.OVERDUE
        return CaseState.OPEN


def handle_of(record: CaseRecord) -> str | None:
    """The request's handle, where `record` names one: a request does not know its own."""
    match record:
        case Answer() | Decline():
            return record.re
        case Feedback():
            return record.request
        case Request():
            return None


def fold(case: RequestCase, record: CaseRecord) -> RequestCase:
    """The case with `record` in it. The order of records and their repetition do not matter.

    Raises `Malformed` for a record that speaks of another request, or of none.
    """
    if isinstance(record, Request):
        newest = case.request
        if newest is not None and newest.head.id != record.head.id:
            raise Malformed("this request is another one than the case's")
        return case if newest is not None and _rank(newest) >= _rank(record) else replace(case, request=record)
    if handle_of(record) != case.handle:
        raise Malformed("this record belongs to another request")
    match record:
        case Answer():
            return replace(case, answers=_with(case.answers, record))
        case Decline():
            return replace(case, declines=_with(case.declines, record))
        case Feedback():
            return replace(case, feedback=_with(case.feedback, record))


def case_of(kind: str, record: object, handle: str) -> str | None:
    """The handle of the request that `record` belongs to: its own, where it is the request itself."""
    if not isinstance(record, Request | Answer | Decline | Feedback):
        return None
    return handle if kind == "intelligence.request/1" else handle_of(record)


def folded(case_id: str, records: Sequence[CaseRecord], now: datetime) -> Case:
    """The request's case in words, as it stands at `now`."""
    case = RequestCase(case_id)
    for record in records:
        case = fold(case, record)
    request = case.request
    lines = [f"answered: {one.body.title or one.head.id}" for one in case.answers.values()]
    lines += [f"declined under {one.cite}: {one.words}" for one in case.declines.values()]
    lines += [f"feedback: {one.verdict}" + (f" ({one.note})" if one.note else "") for one in case.feedback.values()]
    return Case(
        id=case_id,
        title="a request not seen yet" if request is None else request.question,
        state=case.state(now).value,
        due=None if request is None else request.needed_by,
        lines=tuple(lines),
        opened=None if request is None else request.head.at,
    )


def _with(held: Mapping[str, _R], record: _R) -> Mapping[str, _R]:
    newest = held.get(record.head.id)
    if newest is not None and _rank(newest) >= _rank(record):
        return held
    return {**held, record.head.id: record}


def _rank(record: CaseRecord) -> tuple[int, datetime, str]:
    """Versions first; the rest only so that two that claim one version are told apart in the same way everywhere."""
    return record.head.version, record.head.at, repr(record)
