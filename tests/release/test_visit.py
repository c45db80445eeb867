"""What is said of a visit is read to the letter, and both sides find the same state in any order of the papers."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.agreement.instrument import Agreement, Term
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.release import visit_case
from comity.release.question import Outcome
from comity.release.visit import Answer, Request, Visitor, Word
from comity.release.visit_case import Paper, State, VisitCase
from tests.joined import example

VECTORS = Path(__file__).parents[1] / "vectors" / "visit"
READERS: dict[str, type[Request | Answer]] = {"visit-request": Request, "visit-answer": Answer}
NOW = datetime(2027, 3, 2, 9, tzinfo=UTC)
H1, H2 = "11" * 16, "22" * 16


def vectors(name: str) -> list[object]:
    rows = [json.loads(line) for line in (VECTORS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return [pytest.param(row["kind"], row["body"], id=f"{row['kind']}: {row['name']}") for row in rows]


@pytest.mark.parametrize(("kind", "body"), vectors("good"))
def test_a_good_body_is_read_and_written_as_it_was(kind: str, body: dict[str, object]) -> None:
    assert strictjson.canonical(READERS[kind].from_json(body).as_json()) == strictjson.canonical(body)


@pytest.mark.parametrize(("kind", "body"), vectors("bad"))
def test_a_bad_body_is_refused(kind: str, body: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        READERS[kind].from_json(body)


# -- where a visit stands ---------------------------------------------------------------------------------------------

TEXT = example()
REQUEST = Request(
    ("Lab",), (), "talks", (Visitor("Noa Fiction", "Office", ("IL",)),), date(2027, 3, 30), date(2027, 4, 1)
)
YES = Answer(H1, Word.APPROVED, "JP-releasing-office", ("9(1)",))


def paper(ident: str, signer: str, body: Request | Answer, hours: int = 0) -> Paper:
    made = NOW + timedelta(hours=hours)
    return Paper(ident, signer, TEXT.ref, made, made, body)


ASKED = paper(H1, "IL", REQUEST)
APPROVED = paper("a1" * 16, "JP", YES, 1)
WITHDRAWN = paper("a2" * 16, "IL", replace(YES, word=Word.WITHDRAWN, office="IL"), 2)
REFUSED = paper("a3" * 16, "JP", replace(YES, word=Word.REFUSED), 1)
MORE = paper("a4" * 16, "JP", replace(YES, word=Word.MORE, words="Why?"), 1)
INSTEAD = paper(H2, "IL", replace(REQUEST, amends=H1), 3)
STATES: dict[str, tuple[list[Paper], int, State]] = {
    "asked": ([ASKED], 0, State.ASKED),
    "more wanted": ([ASKED, MORE], 0, State.MORE),
    "approved": ([ASKED, APPROVED], 0, State.APPROVED),
    "approved once more was said": ([ASKED, MORE, APPROVED], 0, State.APPROVED),
    "refused": ([ASKED, REFUSED], 0, State.REFUSED),
    "withdrawn": ([ASKED, WITHDRAWN], 0, State.WITHDRAWN),
    "withdrawn while it was approved": ([ASKED, APPROVED, WITHDRAWN], 0, State.WITHDRAWN),
    "withdrawn by the host": ([ASKED, APPROVED, replace(WITHDRAWN, signer="JP")], 0, State.WITHDRAWN),
    "replaced": ([ASKED, APPROVED, INSTEAD], 0, State.AMENDED),
    "not replaced by another's": ([ASKED, APPROVED, replace(INSTEAD, signer="JP")], 0, State.APPROVED),
    "unanswered until it was over": ([ASKED], 31, State.EXPIRED),
    "approved and over": ([ASKED, APPROVED], 60, State.APPROVED),
    "approved by who asked": ([ASKED, replace(APPROVED, signer="IL")], 0, State.ASKED),
    "refused by who asked": ([ASKED, replace(REFUSED, signer="IL")], 0, State.ASKED),
    "approved under another agreement": (
        [ASKED, replace(APPROVED, agreement=replace(TEXT.ref, id="X"))],
        0,
        State.ASKED,
    ),
}


def cases(papers: list[Paper], days: int = 0, text: Agreement = TEXT) -> dict[str, VisitCase]:
    return {one.id: one for one in visit_case.cases(papers, {text.ref: text}, NOW + timedelta(days=days))}


@pytest.mark.parametrize("name", STATES)
def test_where_a_visit_stands_in_any_order_of_its_papers(name: str) -> None:
    papers, days, state = STATES[name]
    for order in itertools.permutations(papers):
        assert cases(list(order), days)[H1].state is state


@given(st.lists(st.sampled_from([APPROVED, WITHDRAWN, REFUSED, MORE, INSTEAD]), unique=True), st.integers(0, 400))
@settings(deadline=None)
def test_no_paper_but_the_hosts_approval_makes_a_visit_approved(papers: list[Paper], days: int) -> None:
    state = cases([ASKED, *papers], days)[H1].state
    assert state is not State.APPROVED or APPROVED in papers


@given(st.lists(st.sampled_from([APPROVED, WITHDRAWN, REFUSED, MORE]), unique=True, min_size=1))
@settings(deadline=None)
def test_taking_an_approval_away_approves_nothing(papers: list[Paper]) -> None:
    less = [one for one in papers if one is not APPROVED]
    assert cases([ASKED, *less])[H1].state is not State.APPROVED


def test_a_visits_day_is_the_hosts() -> None:
    """At 20:00 in London the next day has begun in Tokyo."""
    tokyo = Term("17(8)", "comity-calendar", {"party": "JP", "zone": "Asia/Tokyo"}, {"en": "FICTIONAL."})
    kept = tuple(one for one in TEXT.terms if one.rule != "comity-calendar")
    text = replace(TEXT, terms=(*kept, tokyo))
    evening = datetime(2027, 3, 29, 20, tzinfo=UTC)
    [case] = visit_case.cases([ASKED], {text.ref: text}, evening)
    assert case.when is visit_case.When.CURRENT


def test_the_strictest_visitor_decides() -> None:
    seen = replace(REQUEST, level="秘")
    case = cases([replace(ASKED, body=seen)])[H1]
    found = visit_case.decisions(TEXT, case, (("JP", NOW),), NOW)
    assert found[0].outcome is Outcome.DENY
    assert found[0].articles[0] == "agreement:9(1)@1"
    assert {one.code for one in found[0].findings if one.outcome is Outcome.DENY} == {"visitor-not-cleared"}
