"""A visit is asked for by the visitors' side and answered by the host's authority in time, by the article on visits."""

from dataclasses import replace
from datetime import date

import pytest

from comity.acts import agreements, evidence, notifying, visiting, visits
from comity.acts.node import Node
from comity.acts.noticed import Learnt
from comity.core.errors import Absent, Refused
from comity.exchange import notice
from comity.exchange.notice import Notice
from comity.records import Principal
from comity.release import visit_case
from comity.release.visit import Answer, Clearance, Request, Visitor, Word
from comity.release.visit_case import State, When
from tests.acts.test_events import tell
from tests.acts.test_returning import changed, term
from tests.joined import DANA, KEN, Pair, sign

pytestmark = pytest.mark.slow
NOA = Visitor("Noa Fiction", "Fictional research office", ("IL",), Clearance("סודי", date(2028, 1, 1)))
KEN_FICTION = Visitor("Ken Fiction", "Fictional agency", ("JP",))
OFFICE = "JP-releasing-office"
ASKED = Request(
    sites=("Fictional laboratory",),
    hosts=("Ken Fiction",),
    purpose="a meeting on early warning",
    visitors=(NOA,),
    first=date(2027, 3, 30),
    last=date(2027, 4, 1),
)
YUVAL = Principal("person:yuval")


def ask(pair: Pair, request: Request = ASKED) -> str:
    """Israel asks; the request's id."""
    made = visiting.request(pair.il, pair.agreement, request, DANA)
    pair.settle()
    return made


def answer(pair: Pair, visit: str, word: Word = Word.APPROVED, **more: object) -> None:
    visiting.answer(pair.jp, visit, word, KEN, **more)  # type: ignore[arg-type]  # a row of any argument
    pair.settle()


def states(pair: Pair, visit: str) -> tuple[State, State]:
    """As Israel and as Japan see it."""
    return visiting.one_case(pair.il, visit).case.state, visiting.one_case(pair.jp, visit).case.state


def test_asked_for_in_time_and_approved_by_the_hosts_office_it_stands_on_both_sides(pair: Pair) -> None:
    visit = ask(pair)
    assert states(pair, visit) == (State.ASKED, State.ASKED)
    waiting = visiting.one_case(pair.jp, visit).decision
    assert waiting is not None
    assert (waiting.outcome.text, waiting.articles[0]) == ("needs-consent", "agreement:9(1)@1")
    answer(pair, visit)
    assert states(pair, visit) == (State.APPROVED, State.APPROVED)
    [said] = visiting.one_case(pair.il, visit).case.answers
    assert isinstance(said.body, Answer)
    assert (said.signer, said.body.office) == ("JP", OFFICE)
    assert {"9(1)", "9(2)"} <= set(said.body.cites)
    decided = visiting.one_case(pair.il, visit).decision
    assert decided is not None
    assert decided.outcome.text == "allow"


def test_every_answer_names_an_article_on_visits(pair: Pair) -> None:
    for word, words in ((Word.MORE, "Which laboratory?"), (Word.REFUSED, None), (Word.WITHDRAWN, None)):
        visit = ask(pair)
        if word is Word.WITHDRAWN:
            answer(pair, visit)
        answer(pair, visit, word, words=words)
        shown = visiting.show(pair.il, visit)
        last = shown.listed.case.answers[-1].body
        assert isinstance(last, Answer)
        assert last.word is word
        assert "9(1)" in last.cites
        assert "9(1)" in {one.article for one in shown.articles}


def test_a_request_that_comes_too_late_does_not_go_and_says_by_which_article(pair: Pair) -> None:
    with pytest.raises(Refused, match=r"^9\(2\).* bars this visit: visit-too-late"):
        visiting.request(pair.il, pair.agreement, replace(ASKED, first=date(2027, 3, 20)), DANA)
    assert visiting.register(pair.il) == []


def test_one_that_came_too_late_is_marked_with_its_article_and_cannot_be_approved(pair: Pair) -> None:
    """It was in time when it was made; the carrier took a day, and the article counts from when it arrives."""
    visit = visiting.request(pair.il, pair.agreement, replace(ASKED, first=date(2027, 3, 23)), DANA)
    pair.clock.forward(days=1)
    pair.settle()
    marked = visiting.one_case(pair.jp, visit).decision
    assert marked is not None
    assert (marked.outcome.text, marked.articles[0]) == ("deny", "agreement:9(2)@1")
    with pytest.raises(Refused, match=r"9\(2\) bars"):
        answer(pair, visit)
    answer(pair, visit, days=(date(2027, 3, 24), date(2027, 3, 24)))
    assert states(pair, visit) == (State.APPROVED, State.APPROVED)


def test_an_emergency_has_the_shorter_time_of_the_text(pair: Pair) -> None:
    urgent = replace(ASKED, first=date(2027, 3, 7), last=date(2027, 3, 7), urgent=True)
    visit = ask(pair, urgent)
    answer(pair, visit)
    assert states(pair, visit)[0] is State.APPROVED
    with pytest.raises(Refused, match=r"9\(2\)"):
        ask(pair, replace(urgent, first=date(2027, 3, 6)))


def test_only_an_office_that_approves_visits_answers_for_the_host(pair: Pair) -> None:
    visit = ask(pair)
    for office in ("JP-registry", "IL-releasing-office", "JP"):
        with pytest.raises(Refused, match=f"does not let {office} decide"):
            answer(pair, visit, office=office)
    assert states(pair, visit) == (State.ASKED, State.ASKED)


def test_who_asked_does_not_answer_and_may_take_it_back(pair: Pair) -> None:
    visit = ask(pair)
    for word, words in ((Word.APPROVED, None), (Word.REFUSED, None), (Word.MORE, "Why?")):
        with pytest.raises(Refused, match=visits.NOT_YOURS):
            visiting.answer(pair.il, visit, word, YUVAL, words=words)
    visiting.answer(pair.il, visit, Word.WITHDRAWN, DANA)
    pair.settle()
    assert states(pair, visit) == (State.WITHDRAWN, State.WITHDRAWN)
    with pytest.raises(Refused, match="is withdrawn already"):
        answer(pair, visit)


def test_one_authority_approves_once_and_what_was_refused_is_not_approved(pair: Pair) -> None:
    visit, other = ask(pair), ask(pair)
    answer(pair, visit)
    with pytest.raises(Refused, match="is approved already"):
        answer(pair, visit)
    answer(pair, other, Word.REFUSED)
    with pytest.raises(Refused, match="is refused already"):
        answer(pair, other)
    assert states(pair, other) == (State.REFUSED, State.REFUSED)


def test_nobody_approves_what_is_over(pair: Pair) -> None:
    visit = ask(pair)
    pair.clock.forward(days=31)
    assert states(pair, visit) == (State.EXPIRED, State.EXPIRED)
    with pytest.raises(Refused, match="is expired already"):
        answer(pair, visit)
    said = Answer(visit, Word.APPROVED, OFFICE, ("9(1)",))
    with pytest.raises(Refused, match=visits.OVER):
        notifying.send(pair.jp, pair.agreement, visit_case.ANSWER, said.as_json(), KEN)


def test_a_visit_that_began_already_is_not_asked_for(pair: Pair) -> None:
    with pytest.raises(Refused, match="9\\(2\\)"):
        ask(pair, replace(ASKED, first=date(2027, 3, 1)))


def test_where_both_authorities_approve_both_must_and_the_maker_of_the_request_cannot(pair: Pair) -> None:
    both = term("9(1)", "visit", requires="approval", consent_from="both-authorities")
    sign(pair, changed(both, without=("visit",)))
    visit = ask(pair)
    answer(pair, visit)
    assert states(pair, visit) == (State.ASKED, State.ASKED)
    with pytest.raises(Refused, match=visits.TWICE):
        answer(pair, visit)
    with pytest.raises(Refused, match="person:dana made this request"):
        visiting.answer(pair.il, visit, Word.APPROVED, DANA)
    visiting.answer(pair.il, visit, Word.APPROVED, YUVAL)
    pair.settle()
    assert states(pair, visit) == (State.APPROVED, State.APPROVED)


def test_nationals_of_a_third_country_take_both_authorities(pair: Pair) -> None:
    sign(pair, changed(term("9(4)", "visit-third-nationals", requires="approval", consent_from="both-authorities")))
    foreign = replace(NOA, nationality=("XX",))
    visit = ask(pair, replace(ASKED, visitors=(NOA, replace(foreign, name="Ari Fiction"))))
    answer(pair, visit)
    assert states(pair, visit) == (State.ASKED, State.ASKED)
    own = ask(pair)
    answer(pair, own)
    assert states(pair, own) == (State.APPROVED, State.APPROVED)


def test_a_visitor_is_cleared_for_what_is_seen_until_the_last_day(pair: Pair) -> None:
    seeing = replace(ASKED, level="極秘")
    for held in (None, Clearance("שמור"), Clearance("סודי", date(2027, 3, 31))):
        with pytest.raises(Refused, match=r"9\(1\).*visitor-not-cleared"):
            ask(pair, replace(seeing, visitors=(replace(NOA, clearance=held),)))
    visit = ask(pair, replace(seeing, visitors=(replace(NOA, clearance=Clearance("סודי", date(2027, 4, 1))),)))
    answer(pair, visit)
    assert states(pair, visit) == (State.APPROVED, State.APPROVED)


RECURRING = replace(ASKED, recurring=True, last=date(2028, 3, 1))


def test_recurring_visits_last_as_long_as_the_text_lets_them_and_are_renewed_before_they_end(pair: Pair) -> None:
    with pytest.raises(Refused, match=r"9\(3\).*visit-too-long"):
        ask(pair, replace(RECURRING, last=date(2028, 6, 1)))
    visit = ask(pair, RECURRING)
    more = replace(RECURRING, first=date(2028, 3, 2), last=date(2029, 3, 1), renews=visit)
    with pytest.raises(Refused, match=visits.NOT_RENEWABLE):
        ask(pair, more)
    answer(pair, visit)
    next_one = ask(pair, more)
    answer(pair, next_one)
    assert states(pair, next_one) == (State.APPROVED, State.APPROVED)
    assert visiting.one_case(pair.jp, visit).case.succeeded_by == next_one
    assert states(pair, visit) == (State.APPROVED, State.APPROVED)
    with pytest.raises(Refused, match=visits.SETTLED):
        ask(pair, more)


def test_what_is_over_is_asked_for_anew_and_not_renewed(pair: Pair) -> None:
    visit = ask(pair, replace(RECURRING, last=date(2027, 5, 1)))
    answer(pair, visit)
    pair.clock.forward(days=70)
    with pytest.raises(Refused, match=visits.NOT_RENEWABLE):
        ask(pair, replace(RECURRING, first=date(2027, 6, 30), last=date(2027, 8, 1), renews=visit))


def test_a_changed_request_replaces_the_one_it_names(pair: Pair) -> None:
    visit = ask(pair)
    answer(pair, visit, Word.MORE, words="Which laboratory?")
    assert states(pair, visit) == (State.MORE, State.MORE)
    changed_one = ask(pair, replace(ASKED, sites=("Fictional laboratory 2",), amends=visit))
    assert states(pair, visit) == (State.AMENDED, State.AMENDED)
    with pytest.raises(Refused, match="is amended already"):
        answer(pair, visit)
    answer(pair, changed_one)
    assert states(pair, changed_one) == (State.APPROVED, State.APPROVED)


def test_nobody_replaces_or_renews_what_is_not_its_own(pair: Pair) -> None:
    theirs = visiting.request(pair.jp, pair.agreement, replace(ASKED, visitors=(KEN_FICTION,)), KEN)
    pair.settle()
    for of in ("ab" * 16, theirs):
        for changed_one in (replace(ASKED, amends=of), replace(RECURRING, renews=of)):
            with pytest.raises(Refused, match=visits.UNKNOWN):
                ask(pair, changed_one)


def test_an_approval_is_for_the_days_asked_for_or_fewer(pair: Pair) -> None:
    visit = ask(pair)
    with pytest.raises(Refused, match=visits.BEYOND_REQUEST):
        answer(pair, visit, days=(date(2027, 3, 30), date(2027, 4, 2)))
    answer(pair, visit, days=(date(2027, 3, 31), date(2027, 4, 1)))
    assert visiting.one_case(pair.il, visit).case.request.first == date(2027, 3, 31)


def test_what_the_text_asks_of_a_visitor_is_said_and_nothing_more(pair: Pair) -> None:
    with pytest.raises(Refused, match=visits.BEYOND_TEXT):
        ask(pair, replace(ASKED, visitors=(replace(NOA, particulars=(("passport_no", "X1"),)),)))
    wanted = ("name", "nationality", "date_of_birth", "clearance", "date", "purpose", "sites", "hosts")
    sign(pair, changed(term("9(5)", "visit-contents", required_fields=wanted)))
    with pytest.raises(Refused, match=r"9\(5\).*visit-incomplete"):
        ask(pair)
    told = replace(NOA, particulars=(("date_of_birth", "1980-01-01"),))
    visit = ask(pair, replace(ASKED, visitors=(told,)))
    answer(pair, visit)
    assert states(pair, visit) == (State.APPROVED, State.APPROVED)


def test_a_text_that_says_nothing_of_visits_lets_nobody_ask(pair: Pair) -> None:
    sign(pair, changed(without=("visit", "visit-lead-time", "visit-duration")))
    with pytest.raises(Refused, match=visits.NO_ARTICLE):
        ask(pair)


def test_a_suspension_bars_what_was_approved_until_it_is_lifted(pair: Pair) -> None:
    visit = ask(pair)
    answer(pair, visit)
    tell(pair, pair.jp, "suspension", dated="2027-03-02", effective="2027-03-02")
    pair.settle()
    for node in (pair.il, pair.jp):
        barred = visiting.one_case(node, visit).decision
        assert barred is not None
        assert {one.code for one in barred.findings} >= {"suspended"}
    with pytest.raises(Refused, match="suspended"):
        ask(pair)


def test_the_register_says_what_is_to_come_and_what_is_past(pair: Pair) -> None:
    first, second = ask(pair), ask(pair, replace(ASKED, first=date(2027, 4, 20), last=date(2027, 4, 21)))
    answer(pair, first)
    answer(pair, second)
    pair.clock.forward(days=28)
    assert [one.case.when for one in visiting.register(pair.jp)] == [When.CURRENT, When.UPCOMING]
    pair.clock.forward(days=10)
    assert [one.case.when for one in visiting.register(pair.jp)] == [When.PAST, When.UPCOMING]
    with pytest.raises(Refused, match=visits.OVER):
        answer(pair, first, Word.WITHDRAWN)


def test_nothing_is_said_of_a_visit_that_nobody_asked_for(pair: Pair) -> None:
    with pytest.raises(Absent):
        answer(pair, "ab" * 16)
    said = Answer("ab" * 16, Word.APPROVED, OFFICE, ("9(1)",))
    with pytest.raises(Refused, match=visits.UNKNOWN):
        notifying.send(pair.jp, pair.agreement, visit_case.ANSWER, said.as_json(), KEN)


def test_the_evidence_stands_in_the_ledgers_of_both_sides_and_names_nobody(pair: Pair) -> None:
    visit = ask(pair)
    answer(pair, visit)
    assert evidence.check(evidence.gather(pair.il, pair.agreement)).faults == ()
    for node in (pair.il, pair.jp):
        told = {one.notice.digest for one in _told(node, pair)}
        assert len(told) == 2
        files = evidence.gather(node, pair.agreement)
        assert all(any(digest.encode() in raw for raw in files.values()) for digest in told)
        assert not any(b"Noa" in raw for path, raw in files.items() if path.startswith("log"))


def _told(node: Node, pair: Pair) -> list[Learnt]:
    with node.house.reader() as house:
        kinds = (visit_case.REQUEST, visit_case.ANSWER)
        return [one for kind in kinds for one in notifying.notices(node, house, pair.agreement, kind)]


# -- what a partner's node would do that has no rules: the receiver refuses it itself --------------------------------


def lawless(node: Node) -> Node:
    """The node as it would be if it judged nothing that it sends."""
    blind = {name: replace(kind, refusal=lambda _notice, _situation: None) for name, kind in node.notices.items()}
    return replace(node, notices=blind)


def refused(pair: Pair, kind: str, body: dict[str, object], *, by: str = "jp", late: bool = False) -> str | None:
    """What the other side's receipt says of this notice."""
    node = pair.jp if by == "jp" else pair.il
    notifying.send(lawless(node), pair.agreement, kind, body, KEN)
    if late:
        pair.clock.forward(days=4)
    pair.settle()
    return notifying.given(lawless(node), pair.agreement, kind)[-1].code


def test_the_receiver_refuses_what_its_sender_should_not_have_said(pair: Pair) -> None:
    visit = ask(pair)
    said = Answer(visit, Word.APPROVED, OFFICE, ("9(1)",))
    rows: list[tuple[Answer, str]] = [
        (replace(said, office="JP-registry"), visits.WRONG_AUTHORITY),
        (replace(said, of="ab" * 16), visits.UNKNOWN),
        (replace(said, cites=("99",)), visits.UNKNOWN_ARTICLE),
        (replace(said, first=date(2027, 1, 1), last=date(2027, 4, 1)), visits.BEYOND_REQUEST),
    ]
    for one, code in rows:
        assert refused(pair, visit_case.ANSWER, one.as_json()) == code
    twice = ask(pair)
    answer(pair, twice)
    assert refused(pair, visit_case.ANSWER, replace(said, of=twice).as_json()) == visits.TWICE
    assert refused(pair, visit_case.ANSWER, replace(said, of=twice, word=Word.REFUSED).as_json()) == visits.SETTLED
    own = replace(said, office="IL-releasing-office")
    assert refused(pair, visit_case.ANSWER, own.as_json(), by="il") == visits.NOT_YOURS
    assert states(pair, visit) == (State.ASKED, State.ASKED)
    asked = replace(ASKED, visitors=(replace(NOA, particulars=(("shoe_size", "44"),)),))
    assert refused(pair, visit_case.REQUEST, asked.as_json(), by="il") == visits.BEYOND_TEXT
    asked = replace(ASKED, visitors=(replace(NOA, clearance=Clearance("COSMIC")),))
    assert refused(pair, visit_case.REQUEST, asked.as_json(), by="il") == visits.UNKNOWN_LEVEL


def test_an_approval_of_what_the_text_bars_is_refused_by_the_other_side_too(pair: Pair) -> None:
    late = replace(ASKED, first=date(2027, 3, 10))
    notifying.send(lawless(pair.il), pair.agreement, visit_case.REQUEST, late.as_json(), DANA)
    pair.settle()
    [listed] = visiting.register(pair.jp)
    said = Answer(listed.case.id, Word.APPROVED, OFFICE, ("9(1)",))
    assert refused(pair, visit_case.ANSWER, said.as_json()) == visits.BARRED
    assert states(pair, listed.case.id) == (State.ASKED, State.ASKED)


@pytest.mark.parametrize("kind", [visit_case.REQUEST, visit_case.ANSWER])
def test_what_is_dated_back_is_refused_and_counts_for_nobody(pair: Pair, kind: str) -> None:
    """A request made long before it came would be in time when it is not."""
    if kind == visit_case.REQUEST:
        assert refused(pair, kind, ASKED.as_json(), by="il", late=True) == visits.BACKDATED
        assert visiting.register(pair.jp) == visiting.register(pair.il) == []
        return
    visit = ask(pair)
    said = Answer(visit, Word.APPROVED, OFFICE, ("9(1)",))
    assert refused(pair, kind, said.as_json(), late=True) == visits.BACKDATED
    assert states(pair, visit) == (State.ASKED, State.ASKED)
    answer(pair, visit)
    assert states(pair, visit) == (State.APPROVED, State.APPROVED)


def test_a_request_that_its_party_did_not_sign_is_none(pair: Pair) -> None:
    """Japan cannot ask in Israel's name, nor anybody with a key that the agreement does not bind."""
    ref = agreements.held(pair.il, pair.agreement).newest.ref
    made = Notice(visit_case.REQUEST, "ab" * 16, "IL", ref, pair.il.mode, pair.clock(), ASKED.as_json(), "")
    raw = notice.seal(made, pair.jp.vault)
    with pytest.raises(Refused, match="signed"):
        notice.unseal(raw, {"IL": (pair.il.vault.public,), "JP": (pair.jp.vault.public,)})
