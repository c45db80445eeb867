"""A question is frozen, equal by value, and its bytes are the same for equal questions: it can be a key."""

from dataclasses import FrozenInstanceError, fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.agreement.instrument import AgreementRef
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release.facts import Consent, Facts
from comity.release.question import Act, PartyReader, PersonReader, Subject
from comity.release.reader import Clearance
from tests.labels.test_label import labels
from tests.release.fiction import at, question, subject

texts = st.one_of(st.none(), st.sampled_from(["A", "defence", "oral"]))
DAY = date(2026, 5, 2)
TEXTS = (
    "form", "language", "marking", "english_term", "indicated", "furnished_by", "producer", "topic", "item",
    "recipient_mark",
)  # fmt: skip
subjects = st.builds(
    Subject,
    kind=st.sampled_from(["cyber.stix/1", "document"]),
    label=labels,
    annex=texts,
    purpose=texts,
    sources=st.lists(st.tuples(st.sampled_from("st"), labels), max_size=2).map(tuple),
    portions=st.lists(st.tuples(st.sampled_from("pq"), labels), max_size=2).map(tuple),
    owners=st.frozensets(st.sampled_from(["AR", "BO"])),
    unmarked=st.booleans(),
    marks=st.one_of(st.none(), st.frozensets(st.sampled_from(["X"]))),
    rest=st.one_of(st.none(), labels),
    handling=st.frozensets(st.sampled_from(["NO COPY"])),
    **dict.fromkeys(("created", "passed_on", "public_since"), st.one_of(st.none(), st.dates())),
    **dict.fromkeys(TEXTS, texts),
)


@pytest.mark.slow
@given(subjects)
def test_a_subject_survives_its_json(about: Subject) -> None:
    assert Subject.from_json(strictjson.parse(about.canonical().encode())) == about
    assert hash(Subject.from_json(about.as_json())) == hash(about)


def test_no_member_of_a_subject_is_lost_between_taking_in_and_deciding() -> None:
    """The house keeps the class as text: a member that were not read back would be decided without."""
    part = (("a", Label.of(OriginLabel("FR"))),)
    values: dict[str, Any] = {
        "kind": "x", "label": Label.of(OriginLabel("AR")), "rest": Label.of(OriginLabel("BO")), "sources": part,
        "portions": part, "owners": frozenset({"AR"}), "unmarked": True, "marks": frozenset({"X"}),
        "handling": frozenset({"NO COPY"}), "created": DAY, "passed_on": DAY, "public_since": DAY,
    }  # fmt: skip
    values |= dict.fromkeys(("annex", "purpose", *TEXTS), "x")
    whole = Subject(**values)
    assert set(whole.as_json()) == {one.name for one in fields(Subject) if one.init}
    assert Subject.from_json(strictjson.parse(whole.canonical().encode())) == whole


@pytest.mark.slow
@given(subjects, subjects)
def test_equal_subjects_are_equal_bytes(one: Subject, two: Subject) -> None:
    assert (one == two) == (one.canonical() == two.canonical())


LABEL = [{"origin": "A"}]
REFUSED: list[object] = [
    None,
    {},
    {"kind": "x"},
    {"kind": "x", "label": []},
    {"kind": "x", "label": LABEL, "id": "obj-1"},
    {"kind": "x", "label": LABEL, "unmarked": False},
    {"kind": "x", "label": LABEL, "annex": 1},
    {"kind": "x", "label": LABEL, "portions": [["p"]]},
    {"kind": "x", "label": LABEL, "_hash": 1},
    {"kind": "x", "label": LABEL, "created": "yesterday"},
]


@pytest.mark.parametrize("value", REFUSED)
def test_an_unknown_subject_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        Subject.from_json(value)


PERSON = PersonReader("BO", "ministry", "government", frozenset({"BO"}), Clearance("BO", "MID", at()))
CHANGES: dict[str, Any] = {
    "agreement": AgreementRef("AR-BO-MOC", 2),
    "status_key": "s2",
    "act": Act.USE,
    "subject": subject(kind="cyber.misp/1"),
    "reader": PartyReader("BO", "BO-ZOO"),
    "facts": Facts(holder="AR", consents=frozenset({Consent("AR", "release", at(), written=True)})),
    "bound_by": frozenset({AgreementRef("X", 1)}),
}


@pytest.mark.parametrize("member", CHANGES)
def test_every_member_is_part_of_the_key(member: str) -> None:
    plain, other = question(subject()), replace(question(subject()), **{member: CHANGES[member]})
    assert plain != other
    assert plain.canonical() != other.canonical()
    assert len({plain, other, question(subject())}) == 2


def test_readers_of_different_kinds_are_different_bytes() -> None:
    assert question(subject(), reader=PERSON).canonical() != question(subject()).canonical()


def test_nothing_can_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        question(subject()).act = Act.USE  # type: ignore[misc]  # the point of the test


def test_the_class_names_no_object() -> None:
    about = subject()
    assert "id" not in about.as_json()
    assert about.originators == {"AR"}
    assert not about.personal
    assert replace(
        about, label=about.label.join(about.label.of(OriginLabel("FR", tlp=Tlp.CLEAR, personal=True)))
    ).personal
