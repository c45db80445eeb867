"""A remembered decision is used only from when it was made until something in it could change."""

from dataclasses import replace
from datetime import timedelta

from comity.agreement.instrument import Agreement, AgreementRef
from comity.labels.label import Label, OriginLabel
from comity.release.cache import DecisionCache
from comity.release.decide import decide
from comity.release.facts import Consent, Facts
from comity.release.question import Outcome
from tests.release.fiction import at, clause, memorandum, question, subject

TEXT = memorandum()
TEXTS: dict[AgreementRef, Agreement] = {TEXT.ref: TEXT}
UNTIL = at("2026-06-01T00:00:00Z")
YES = Consent("acme", "release", at("2026-01-01T00:00:00Z"), written=True, until=UNTIL)
QUESTION = question(
    subject(Label.of(OriginLabel("acme"))), facts=Facts(holder="AR", disclosure="d", consents=frozenset({YES}))
)
TICK = timedelta(microseconds=1)


def test_a_decision_is_not_used_at_or_after_its_end_nor_before_it_was_made() -> None:
    cache = DecisionCache()
    made = cache.decide(QUESTION, TEXTS, at())
    assert made.good_until == UNTIL
    assert cache.get(QUESTION, at()) is made
    assert cache.get(QUESTION, UNTIL - TICK) is made
    assert cache.get(QUESTION, UNTIL) is None
    assert cache.get(QUESTION, at() - TICK) is None
    assert cache.decide(QUESTION, TEXTS, UNTIL).outcome is Outcome.NEEDS_CONSENT


def test_what_is_remembered_is_what_would_be_decided() -> None:
    cache = DecisionCache()
    cache.decide(QUESTION, TEXTS, at())
    later = UNTIL - TICK
    kept, fresh = cache.decide(QUESTION, TEXTS, later), decide(QUESTION, TEXTS, later)
    assert (kept.outcome, kept.findings, kept.good_until) == (fresh.outcome, fresh.findings, fresh.good_until)


def test_an_event_beside_a_text_forgets_what_was_decided_before_it() -> None:
    """Version and question are the same: only the text that is held now says that it is suspended."""
    cache = DecisionCache()
    assert cache.decide(QUESTION, TEXTS, at()).outcome is Outcome.ALLOW
    suspended = memorandum(
        life=replace(TEXT.life, events=({"kind": "suspension", "by": "BO", "dated": "2026-05-01"},)),
        terms=(*TEXT.terms, clause("20", "suspension")),
    )
    assert cache.decide(QUESTION, {TEXT.ref: suspended}, at()).outcome is Outcome.DENY
    assert cache.decide(QUESTION, TEXTS, at()).outcome is Outcome.ALLOW


def test_a_full_cache_forgets_everything() -> None:
    cache = DecisionCache(size=2)
    for purpose in ("defence", "sport", "study"):
        cache.decide(question(subject(purpose=purpose)), TEXTS, at())
    assert len(cache) == 1
