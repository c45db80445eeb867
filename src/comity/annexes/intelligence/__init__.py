"""Reports, requests for information, answers, declines, and what comes back about them: one JSON document each."""

from collections.abc import Iterable

from comity.annexes.intelligence.answer import AnswerKind
from comity.annexes.intelligence.case import case_of, folded
from comity.annexes.intelligence.decline import DeclineKind
from comity.annexes.intelligence.report import ReportKind
from comity.annexes.intelligence.request import RequestKind
from comity.release import document
from comity.release.correction import CorrectionKind
from comity.release.feedback import FeedbackKind
from comity.release.kind import About, Annex, Piece
from comity.release.ruling import RulingKind

REPORT, REQUEST, ANSWER, DECLINE = ReportKind(), RequestKind(), AnswerKind(), DeclineKind()
FEEDBACK = FeedbackKind("intelligence.feedback/1")
CORRECTION, RULING = CorrectionKind("intelligence.correction/1"), RulingKind("intelligence.ruling/1")
KINDS = (REPORT, REQUEST, ANSWER, DECLINE, FEEDBACK, CORRECTION, RULING)

_BY_NAME = {kind.name: kind for kind in KINDS}
_RETURNED: dict[str, FeedbackKind | CorrectionKind | RulingKind] = {
    kind.name: kind for kind in (FEEDBACK, CORRECTION, RULING)
}


def read(raw: bytes) -> Iterable[Piece] | None:
    """The one document in `raw`, told by its `format`; `None` where that is none of ours."""
    return document.pieces(raw, _BY_NAME)


def about(kind: str, raw: bytes) -> About | None:
    """What feedback, a correction or a ruling says, and of what."""
    returned = _RETURNED.get(kind)
    return None if returned is None else returned.parse(raw).about


ANNEX = Annex("intelligence", KINDS, read, case_of, folded, frozenset({ANSWER.name, DECLINE.name}), about)
