"""The consents a house keeps, its own and its partners': kinds of notice, read, and judged as they come."""

from collections.abc import Mapping

from comity.acts.node import Node
from comity.acts.noticed import read_notices
from comity.acts.ports import HouseReader
from comity.agreement.instrument import Agreement, AgreementRef
from comity.exchange.notice import Notice, NoticeKind, Situation
from comity.release.consent import Ending, Grant, Request
from comity.release.consent_case import GRANT, REFUSAL, REQUEST, REVOCATION, Paper
from comity.release.permission import speaker

WRONG_GIVER = "consent-wrong-giver"
UNKNOWN_REQUEST = "consent-unknown-request"
OTHER_SCOPE = "consent-other-scope"
UNKNOWN = "consent-unknown"


def papers_under(
    node: Node, house: HouseReader, texts: Mapping[AgreementRef, Agreement]
) -> tuple[list[Paper], frozenset[str]]:
    """Every consent paper kept under one agreement, and the fact ids by which the house log names them."""
    found = [one.notice for one in read_notices(house, node.notices, texts) if one.notice.kind in _NAMES]
    return [paper_of(one) for one in found], frozenset(one.digest for one in found)


def paper_of(notice: Notice) -> Paper:
    return Paper(notice.kind, notice.id, notice.sender, notice.agreement.id, notice.made, notice.body)


def _grant(notice: Notice, situation: Situation) -> str | None:
    """Only by the party that the text lets speak for the giver; and of a request's own thing, act and recipient."""
    grant: Grant = notice.body
    if speaker(situation.texts[notice.agreement], grant.giver) != notice.sender:
        return WRONG_GIVER
    if grant.request is None:
        return None
    asked = _asked(notice, grant.request, situation)
    if asked is None:
        return UNKNOWN_REQUEST
    given, wanted = grant.scope, asked.body.scope
    same = all(getattr(given, name) == getattr(wanted, name) for name in ("act", "to", "handle", "things"))
    return None if same else OTHER_SCOPE


def _refusal(notice: Notice, situation: Situation) -> str | None:
    return None if _asked(notice, notice.body.of, situation) is not None else UNKNOWN_REQUEST


def _revocation(notice: Notice, situation: Situation) -> str | None:
    """Only of a consent of one's own."""
    own = (one for one in situation.held if one.kind == GRANT and one.sender == notice.sender)
    return None if any(one.id == notice.body.of for one in own) else UNKNOWN


def _asked(notice: Notice, request: str, situation: Situation) -> Notice | None:
    """The other side's request of this id."""
    others = (one for one in situation.held if one.kind == REQUEST and one.sender != notice.sender)
    return next((one for one in others if one.id == request), None)


KINDS = (
    NoticeKind(REQUEST, Request.from_json),
    NoticeKind(GRANT, Grant.from_json, refusal=_grant),
    NoticeKind(REFUSAL, Ending.from_json, refusal=_refusal),
    NoticeKind(REVOCATION, Ending.from_json, refusal=_revocation),
)
_NAMES = frozenset(kind.name for kind in KINDS)
