"""A decision is a record: its bytes and the texts it names give the same answer again, or the first difference."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.agreement.instrument import AgreementRef
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release.decide import decide
from comity.release.facts import Approval, Consent, Event, Project, Transmission, Visit
from comity.release.question import Act, Facts, OrgReader, PersonReader, Question
from comity.release.reader import Clearance, Contractor
from comity.release.recorded import ask_again, question_from, record
from tests.release.fiction import at, memorandum, question, subject

TEXT = memorandum()
TEXTS = {TEXT.ref: TEXT}
RED = subject(Label.of(OriginLabel("AR", tlp=Tlp.RED)))
FACTS = Facts(
    holder="AR",
    disclosure=True,
    consents=frozenset({Consent("BO", "release:XX", at(), written=True), Consent("AR", "use", None)}),
    approvals=frozenset({Approval("BO", at())}),
    transmission=Transmission("courier", courier_certificate=False),
    event=Event("received", on=at()),
    project=Project("p", personal_data=False),
    visit=Visit("BO", frozenset({"name"}), date(2026, 4, 1), period=(date(2026, 5, 1), date(2026, 6, 1))),
)
READERS = [
    OrgReader("BO", "grid", "utility", Contractor(Clearance("BO", "VISOKO", at()), security_annex=frozenset({"x"}))),
    PersonReader("BO", "ministry", "government", frozenset({"BO"}), Clearance("BO", "NIZKO"), need_to_know=True),
]


def kept(asked: Question, now: str = "2026-05-02T09:00:00Z") -> bytes:
    return record(asked, decide(asked, TEXTS, at(now)), TEXTS)


@given(st.sampled_from(list(Act)), st.sampled_from([*READERS, question(RED).reader]), st.sampled_from([FACTS, Facts()]))
def test_a_question_comes_out_of_its_bytes_as_it_went_in(act: Act, reader: object, facts: Facts) -> None:
    asked = question(RED, act=act, reader=reader, facts=facts, bound_by=frozenset({AgreementRef("XX-YY", 3)}))
    assert question_from(strictjson.parse(asked.canonical())) == asked


def test_the_same_question_texts_and_instant_give_the_same_bytes() -> None:
    for about in (RED, subject()):
        again = ask_again(kept(question(about)), [TEXT])
        assert (again.same, again.made_at) == (True, "2026-05-02T09:00:00Z")


def test_a_changed_rule_is_found_and_named_by_its_first_difference() -> None:
    raw = strictjson.parse(kept(question(RED)))
    raw["decision"]["outcome"] = "allow"
    raw["decision"]["findings"][0]["code"] = "was-called-otherwise"
    again = ask_again(strictjson.canonical(raw), [TEXT])
    assert again.differences[0] == "it was allow and would be deny"
    assert "was-called-otherwise" in again.differences[1]


def test_older_rules_are_named_where_they_answered_otherwise() -> None:
    raw = strictjson.parse(kept(question(RED)))
    raw["decision"]["outcome"], raw["engine"] = "allow", "0"
    assert "by the rules of version 0" in ask_again(strictjson.canonical(raw), [TEXT]).differences[-1]
    raw["decision"]["outcome"] = "deny"
    assert ask_again(strictjson.canonical(raw), [TEXT]).same


def test_another_text_of_the_same_version_is_not_taken_for_the_one_that_decided() -> None:
    other = replace(TEXT, terms=TEXT.terms[1:])
    assert "is not at hand" in ask_again(kept(question(RED)), [other]).differences[0]
    assert ask_again(kept(question(RED)), [other, TEXT]).same


@pytest.mark.parametrize("raw", [b"{}", b"[]", b'{"question":1}', b"not json"])
def test_what_is_no_decision_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        ask_again(raw, [TEXT])


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        ("texts", "one"),
        ("texts", {"AR-BO-MOC@1": {}}),
        ("decision", 5),
        ("decision", {}),
        ("decision", {"outcome": "allow", "articles": [], "made_at": "", "findings": [1], "obligations": []}),
        ("question", []),
        ("engine", 1),
    ],
)
def test_what_is_no_decision_inside_is_refused_too(member: str, wrong: object) -> None:
    value = strictjson.parse(kept(question(RED)))
    with pytest.raises(Malformed):
        ask_again(strictjson.canonical({**value, member: wrong}), [TEXT])


def test_a_member_nobody_would_ask_is_refused() -> None:
    value = strictjson.parse(question(RED).canonical())
    for name, wrong in (("facts", {"holdr": "AR"}), ("reader", {"as": "King", "party": "BO"}), ("act", "sing")):
        with pytest.raises(Malformed):
            question_from({**value, name: wrong})
