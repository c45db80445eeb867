"""Reports, requests for information, answers, declines and feedback: one JSON document each."""

from collections.abc import Iterable

from comity.annexes.intelligence.answer import AnswerKind
from comity.annexes.intelligence.case import case_of, folded
from comity.annexes.intelligence.decline import DeclineKind
from comity.annexes.intelligence.document import MAX_BYTES
from comity.annexes.intelligence.feedback import FeedbackKind
from comity.annexes.intelligence.report import ReportKind
from comity.annexes.intelligence.request import RequestKind
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.release.kind import Annex, Piece

REPORT, REQUEST, ANSWER = ReportKind(), RequestKind(), AnswerKind()
DECLINE, FEEDBACK = DeclineKind(), FeedbackKind()
KINDS = (REPORT, REQUEST, ANSWER, DECLINE, FEEDBACK)

_BY_NAME = {kind.name: kind for kind in KINDS}


def read(raw: bytes) -> Iterable[Piece] | None:
    """The one document in `raw`, told by its `format`; `None` where that is none of ours."""
    if len(raw) > MAX_BYTES or b'"format"' not in raw:
        return None
    try:
        value = strictjson.parse(raw, max_bytes=MAX_BYTES)
    except Malformed:
        return None
    named = value.get("format") if isinstance(value, dict) else None
    kind = _BY_NAME.get(named) if isinstance(named, str) else None
    if kind is None:
        return None
    try:
        return (Piece(kind, raw, kind.parse(raw)),)
    except Malformed as error:
        return (Piece(kind, raw, None, error.message),)


ANNEX = Annex("intelligence", KINDS, read, case_of, folded, frozenset({ANSWER.name, DECLINE.name}))
