"""The visits that a house keeps, its own and its partners': kinds of notice, read, and judged as they come."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from comity.acts import events
from comity.acts.node import Node
from comity.acts.noticed import read_notices
from comity.acts.ports import HouseReader
from comity.agreement.instrument import Agreement, AgreementRef
from comity.exchange.notice import Notice, NoticeKind, Situation
from comity.release import visit_case
from comity.release.question import Outcome
from comity.release.visit import Answer, Request, Word
from comity.release.visit_case import ANSWER, REQUEST, Paper, State, VisitCase

NO_ARTICLE = "visit-without-article"
BACKDATED = "visit-backdated"
BEYOND_TEXT = "visit-beyond-text"
UNKNOWN_LEVEL = "visit-unknown-level"
OVER = "visit-over"
UNKNOWN = "visit-unknown"
NOT_RENEWABLE = "visit-not-renewable"
WRONG_AUTHORITY = "visit-wrong-authority"
NOT_YOURS = "visit-not-yours"
SETTLED = "visit-settled"
TWICE = "visit-approved-already"
BEYOND_REQUEST = "visit-beyond-request"
BARRED = "visit-barred"
UNKNOWN_ARTICLE = "visit-unknown-article"

Texts = Mapping[AgreementRef, Agreement]


def papers_under(node: Node, house: HouseReader, texts: Texts) -> list[Paper]:
    """Every paper on visits kept under one agreement; not ours that the partner refused, for there it never was."""
    if not texts:
        return []
    taken = events.answers(house, texts)
    told = read_notices(house, node.notices, texts)
    return [
        paper_of(one.notice, one.at)
        for one in told
        if one.notice.kind in _NAMES and (one.notice.sender != node.party or taken.get(one.notice.digest, True))
    ]


def paper_of(notice: Notice, came: datetime) -> Paper:
    return Paper(notice.id, notice.sender, notice.agreement, notice.made, came, notice.body)


def _request(notice: Notice, situation: Situation) -> str | None:
    """By an article, of a time to come, saying of its visitors what the text asks and no more."""
    text, request = situation.texts[notice.agreement], notice.body
    assert isinstance(request, Request)
    (host,) = (party for party in text.party_ids if party != notice.sender)
    if not visit_case.articles(text):
        return NO_ARTICLE
    if _backdated(notice, situation):
        return BACKDATED
    allowed = visit_case.particulars(text)
    if any(name not in allowed for one in request.visitors for name, _ in one.particulars):
        return BEYOND_TEXT
    held = [one.clearance.level for one in request.visitors if one.clearance is not None]
    table = text.equivalence
    if any(table.native(notice.sender, level) is None for level in held):
        return UNKNOWN_LEVEL
    if request.level is not None and table.native(host, request.level) is None:
        return UNKNOWN_LEVEL
    if request.first < visit_case.today(text, host, notice.made):
        return OVER
    return _succession(notice, request, situation)


def _succession(notice: Notice, request: Request, situation: Situation) -> str | None:
    """An own request that can still be replaced, or approved recurring visits that are not over."""
    for of in (request.amends, request.renews):
        if of is None:
            continue
        before = _case(of, notice, situation)
        if before is None or before.by != notice.sender:
            return UNKNOWN
        if before.succeeded_by is not None or not before.live:
            return SETTLED
        renewable = before.state is State.APPROVED and before.request.recurring
        if of == request.renews and not (renewable and before.when is not visit_case.When.PAST):
            return NOT_RENEWABLE
    return None


def _answer(notice: Notice, situation: Situation) -> str | None:
    """By an office that the text lets, in time, of a request that is open, citing an article, for days asked for."""
    text, answer = situation.texts[notice.agreement], notice.body
    assert isinstance(answer, Answer)
    if _backdated(notice, situation):
        return BACKDATED
    case = _case(answer.of, notice, situation)
    if case is None:
        return UNKNOWN
    if not {term.article for term in text.terms} >= set(answer.cites):
        return UNKNOWN_ARTICLE
    own = notice.sender == case.by
    offices = visit_case.offices(text, notice.sender)
    if answer.office not in offices and not (own and answer.word is Word.WITHDRAWN and answer.office == case.by):
        return WRONG_AUTHORITY
    both = case.by in visit_case.approving(text, case.request, case.host)
    if own and answer.word is not Word.WITHDRAWN and not (both and answer.word is Word.APPROVED):
        return NOT_YOURS
    if case.state is State.EXPIRED or case.when is visit_case.When.PAST:
        return OVER
    if not case.live or (case.state is State.APPROVED and answer.word is not Word.WITHDRAWN):
        return TWICE if case.state is State.APPROVED and answer.word is Word.APPROVED else SETTLED
    return _approval(notice, answer, case, text) if answer.word is Word.APPROVED else None


def _approval(notice: Notice, answer: Answer, case: VisitCase, text: Agreement) -> str | None:
    """Once by each authority, for no more days than were asked, and only where nothing bars it."""
    if notice.sender in dict(case.approved):
        return TWICE
    less = visit_case.as_approved(case.request, answer)
    if not case.request.first <= less.first <= less.last <= case.request.last:
        return BEYOND_REQUEST
    return BARRED if barred(case, answer, text, notice.sender, notice.made) else None


def barred(case: VisitCase, answer: Answer, text: Agreement, by: str, at: datetime) -> tuple[str, ...]:
    """The citations of what stands against an approval by `by` whoever approves; none where it may be given."""
    given = (*case.approved, (by, at))
    worst, *_ = visit_case.decisions(text, _as_answered(case, answer), given, at)
    return worst.articles if worst.outcome is Outcome.DENY else ()


def _as_answered(case: VisitCase, answer: Answer) -> VisitCase:
    return replace(case, request=visit_case.as_approved(case.request, answer))


def _case(of: str, notice: Notice, situation: Situation) -> VisitCase | None:
    """The visit that a notice speaks of, as it stood when the notice was made."""
    before = [one for one in situation.held if one.id != notice.id and one.digest not in situation.untaken]
    found = visit_case.cases(list(_papers(before)), situation.texts, notice.made)
    return next((one for one in found if one.id == of and one.agreement.id == notice.agreement.id), None)


def _papers(notices: list[Notice]) -> Iterator[Paper]:
    return (paper_of(one, one.made) for one in notices if one.kind in _NAMES)


def _backdated(notice: Notice, situation: Situation) -> bool:
    return notice.made < situation.now - events.tolerance(situation.texts[notice.agreement])


KINDS = (
    NoticeKind(REQUEST, Request.from_json, refusal=_request),
    NoticeKind(ANSWER, Answer.from_json, refusal=_answer),
)
_NAMES = frozenset(kind.name for kind in KINDS)
