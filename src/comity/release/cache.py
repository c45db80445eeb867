"""Remembered decisions: a million things of forty classes cost forty decisions (DECISIONS 4)."""

from collections.abc import Mapping
from datetime import datetime

from comity.agreement.instrument import Agreement, AgreementRef
from comity.release.decision import Decision
from comity.release.policy import Policy, decide_under
from comity.release.question import Question


class DecisionCache:
    """Decisions by question, each only for the time for which it holds. At most `size`; then all are forgotten."""

    __slots__ = ("_kept", "_size", "_texts")

    def __init__(self, size: int = 100_000) -> None:
        self._kept: dict[Question, Decision] = {}
        self._texts: dict[AgreementRef, Agreement] = {}
        self._size = size

    def get(self, question: Question, now: datetime) -> Decision | None:
        """The decision kept for `question`, if it was made by `now` and nothing in it could have changed since."""
        kept = self._kept.get(question)
        if kept is None or now < kept.made_at:
            return None
        return kept if kept.good_until is None or now < kept.good_until else None

    def put(self, question: Question, decision: Decision) -> None:
        if len(self._kept) >= self._size:
            self._kept.clear()
        self._kept[question] = decision

    def decide(
        self,
        question: Question,
        texts: Mapping[AgreementRef, Agreement],
        now: datetime,
        policy: Policy | None = None,
    ) -> Decision:
        """The kept decision, or a new one that is kept. A question carries its texts' versions, status and policy.

        An event beside a text is no new version of it: with the first question under the text as it now stands, all
        that was decided before is forgotten.
        """
        for ref in (question.agreement, *question.bound_by):
            text = texts.get(ref)
            if text is not None and self._texts.get(ref) is not text:
                self._renew(ref, text)
        kept = self.get(question, now)
        if kept is None:
            kept = decide_under(question, texts, now, policy)
            self.put(question, kept)
        return kept

    def _renew(self, ref: AgreementRef, text: Agreement) -> None:
        if self._texts.get(ref, text) != text:
            self._kept.clear()
        self._texts[ref] = text

    def __len__(self) -> int:
        return len(self._kept)
