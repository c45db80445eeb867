"""A request's case is the same whatever the order and repetition of its records."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.annexes import intelligence
from comity.annexes.intelligence import ANNEX
from comity.annexes.intelligence.case import CaseRecord, CaseState, RequestCase, fold
from comity.annexes.intelligence.report import Report
from comity.core.errors import Malformed
from comity.release.correction import Correction
from comity.release.ruling import Ruling
from tests.annexes.intelligence.samples import good, raw

KINDS = {kind.name: kind for kind in intelligence.KINDS}
HANDLE = good()["answer"]["re"]
EARLY, LATE = datetime(2027, 3, 2, tzinfo=UTC), datetime(2027, 3, 9, tzinfo=UTC)


def record(name: str, **changed: object) -> CaseRecord:
    value = {**good()[name], **changed}
    parsed = KINDS[value["format"]].parse(raw(value))
    assert not isinstance(parsed, Report | Correction | Ruling)
    return parsed


def case(*records: CaseRecord) -> RequestCase:
    found = RequestCase(HANDLE)
    for one in records:
        found = fold(found, one)
    return found


@pytest.mark.parametrize(
    ("names", "early", "late"),
    [
        ([], CaseState.OPEN, CaseState.OPEN),
        (["request"], CaseState.OPEN, CaseState.OVERDUE),
        (["request", "answer"], CaseState.ANSWERED, CaseState.ANSWERED),
        (["request", "decline"], CaseState.DECLINED, CaseState.DECLINED),
        (["request", "decline", "answer"], CaseState.ANSWERED, CaseState.ANSWERED),
        (["request", "answer", "feedback"], CaseState.ANSWERED, CaseState.ANSWERED),
        (["answer"], CaseState.ANSWERED, CaseState.ANSWERED),
    ],
)
def test_a_case_stands_as_its_records_make_it(names: list[str], early: CaseState, late: CaseState) -> None:
    for order in permutations(names):
        stands = case(*(record(name) for name in order))
        assert (stands.state(EARLY), stands.state(LATE)) == (early, late)


def test_the_day_itself_is_in_time() -> None:
    assert case(record("request")).state(datetime(2027, 3, 8, 8, tzinfo=UTC)) is CaseState.OPEN


POOL = [
    record("request"),
    record("request", version=2, needed_by="2027-04-01T00:00:00Z"),
    record("answer"),
    record("answer", version=3, title="Corrected"),
    record("answer", version=3, title="Corrected otherwise"),
    record("answer", id="A-2"),
    record("decline"),
    record("feedback"),
]


@settings(deadline=None)
@given(st.permutations(POOL), st.lists(st.sampled_from(POOL)))
def test_order_and_repetition_do_not_matter(order: list[CaseRecord], again: list[CaseRecord]) -> None:
    assert case(*order, *again) == case(*POOL)


def test_the_highest_version_counts() -> None:
    stands = case(*POOL)
    assert stands.request is not None
    assert stands.request.head.version == 2
    assert stands.answers["A-1"].head.version == 3
    assert set(stands.answers) == {"A-1", "A-2"}


@pytest.mark.parametrize(
    "stranger",
    [record("answer", re="f" * 32), record("feedback on a report"), record("feedback", request="f" * 32)],
)
def test_a_record_of_another_request_is_refused(stranger: CaseRecord) -> None:
    with pytest.raises(Malformed, match="another request"):
        fold(case(record("request")), stranger)


def test_another_request_does_not_replace_this_one() -> None:
    with pytest.raises(Malformed, match="another one"):
        fold(case(record("request")), record("request", id="Q-2"))


def test_the_case_in_words_says_what_became_of_it() -> None:
    """What the annex folds for people: the question, the state at an instant, and each record in a line."""
    assert ANNEX.fold is not None
    told = ANNEX.fold(HANDLE, [record("answer"), record("request")], LATE)
    assert (told.id, told.state) == (HANDLE, "answered")
    assert told.due is not None
    assert [line.split(":")[0] for line in told.lines] == ["answered"]


def test_a_record_belongs_to_the_case_of_its_request() -> None:
    request, answer = record("request"), record("answer")
    assert ANNEX.case_of("intelligence.request/1", request, "a" * 32) == "a" * 32
    assert ANNEX.case_of("intelligence.answer/1", answer, "b" * 32) == HANDLE
