"""A consent opens what it names, to whom it names, for what it names, while it holds; and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.agreement.instrument import AgreementRef, Authority
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release import consent_case
from comity.release.consent import Derived, Ending, Form, Grant, Request, Scope, Things
from comity.release.consent_case import Paper
from comity.release.decide import decide
from comity.release.decision import Decision
from comity.release.facts import Facts
from comity.release.permission import counted, permissions_for, speaker
from comity.release.question import Act, OrgReader, Outcome, PartyReader, Question, Subject
from tests.release.fiction import at, clause, memorandum, subject

NOW = at()
H1, H2, H3 = "11" * 16, "22" * 16, "33" * 16
BOUND = memorandum(id="AR-BO-MOC")
"""The text under which Borland gave it to Arland."""
OUT = memorandum(
    id="AR-CO-MOC",
    parties=tuple(replace(party, id=party.id.replace("BO", "CO")) for party in BOUND.parties),
    authorities=(Authority("CO-CERT", "CO", {"en": "CERT"}, frozenset({"receive"}), "SECRET"),),
)
"""The text under which Arland would pass it on to Costa (fictional)."""
THEIRS = Label.of(OriginLabel("BO", tlp=Tlp.GREEN))
OURS = Label.of(OriginLabel("AR", tlp=Tlp.GREEN))
SCOPE = Scope("onward-release", "CO", "defence", handle=H1)
GRANT = Grant("BO", SCOPE, NOW - timedelta(days=1), NOW + timedelta(days=1))


def paper(body: Any, name: str = "a1" * 16, signer: str = "BO", agreement: str = "AR-BO-MOC") -> Paper:
    kinds = {Grant: consent_case.GRANT, Request: consent_case.REQUEST}
    return Paper(kinds.get(type(body), consent_case.REVOCATION), name, signer, agreement, NOW, body)


def passing(*papers: Paper, about: Subject | None = None, handle: str | None = H1, **changes: Any) -> Decision:
    """Whether Arland may give Costa what Borland released to it under `handle`."""
    thing = about or subject(THEIRS)
    known = consent_case.permissions(papers, BOUND)
    facts = Facts(holder="AR", disclosure="officer:dana", consents=counted(known, thing, handle, BOUND.equivalence))
    plain = Question(OUT.ref, "s1", Act.RELEASE, thing, PartyReader("CO", "CO-CERT"), facts, frozenset({BOUND.ref}))
    asked = replace(plain, **changes)
    return decide(asked, {OUT.ref: OUT, BOUND.ref: BOUND}, NOW)


def test_without_a_consent_its_giver_is_named() -> None:
    got = passing()
    assert (got.outcome, got.consent_from) == (Outcome.NEEDS_CONSENT, ("BO",))


def test_what_was_consented_to_goes_and_the_consent_is_named() -> None:
    got = passing(paper(GRANT))
    assert got.outcome is Outcome.ALLOW
    assert ("consents", "a1" * 16) in {param for one in got.findings for param in one.params}
    assert got.good_until == GRANT.valid_until


def changed(**members: Any) -> Callable[[], Paper]:
    return lambda: paper(replace(GRANT, **members))


def scoped(**members: Any) -> Callable[[], Paper]:
    return lambda: paper(replace(GRANT, scope=replace(SCOPE, **members)))


REFUSED: dict[str, Callable[[], Paper]] = {
    "signed by another party": lambda: paper(GRANT, signer="AR"),
    "given by a party of no text": changed(giver="DE"),
    "given by an office that may not consent": changed(giver="BO-CERT"),
    "under another agreement": lambda: paper(GRANT, agreement="AR-BO-OTHER"),
    "for another thing": scoped(handle=H2),
    "for another class": scoped(handle=None, things=Things(frozenset({"intelligence.*"}), up_to_tlp=Tlp.RED)),
    "for less than its TLP": scoped(handle=None, things=Things(frozenset({"cyber.*"}))),
    "for another act": scoped(act="copy"),
    "for another recipient": scoped(to="DE"),
    "for one body of the recipient": scoped(organisation="CO-NAVY"),
    "for another purpose": scoped(purpose="sport"),
    "over": changed(valid_until=NOW),
    "not begun": changed(valid_from=NOW + timedelta(minutes=1)),
    "by word of mouth, where it must be written": changed(form=Form.ORAL_CONFIRMED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_any_other_consent_opens_nothing(name: str) -> None:
    got = passing(REFUSED[name]())
    assert (got.outcome, got.consent_from) == (Outcome.NEEDS_CONSENT, ("BO",))


def test_replayed_under_another_text_it_opens_nothing() -> None:
    """The fact itself names the text: it is read in no other, whoever put it into the question."""
    known = consent_case.permissions([paper(GRANT)], BOUND)
    [fact] = counted(known, subject(THEIRS), H1, BOUND.equivalence)
    here, elsewhere = (
        passing(facts=Facts(holder="AR", disclosure="officer:dana", consents=frozenset({one})))
        for one in (fact, replace(fact, agreement="AR-CO-MOC"))
    )
    assert (here.outcome, elsewhere.outcome) == (Outcome.ALLOW, Outcome.NEEDS_CONSENT)


def test_one_that_has_not_begun_says_when_to_ask_again() -> None:
    assert passing(REFUSED["not begun"]()).good_until == NOW + timedelta(minutes=1)


def test_revoked_by_who_gave_it_it_opens_nothing() -> None:
    revoked = paper(Ending("a1" * 16), "b1" * 16)
    assert passing(paper(GRANT), revoked).outcome is Outcome.NEEDS_CONSENT
    assert passing(paper(GRANT), replace(revoked, signer="AR")).outcome is Outcome.ALLOW
    assert passing(paper(GRANT), replace(revoked, agreement="AR-BO-OTHER")).outcome is Outcome.ALLOW


def test_a_class_covers_what_lies_under_its_ceilings() -> None:
    standing = paper(
        replace(GRANT, scope=replace(SCOPE, handle=None, things=Things(frozenset({"cyber.*"}), "VISOKO", Tlp.AMBER)))
    )
    assert passing(standing).outcome is Outcome.ALLOW
    above = Label.of(OriginLabel("BO", level="VISOKO", tlp=Tlp.AMBER_STRICT))
    assert passing(standing, about=subject(above)).outcome is not Outcome.ALLOW


def test_a_consent_for_a_state_is_none_for_a_firm_of_it() -> None:
    firm = OrgReader("CO", "Acme", "company", nationality=frozenset({"CO"}))
    assert passing(paper(GRANT), reader=firm).outcome > Outcome.REFER
    assert passing(paper(GRANT), reader=firm).consent_from != ()


def test_conditions_and_the_form_of_use_are_owed() -> None:
    bound = replace(GRANT, conditions=("keep a list",), scope=replace(SCOPE, use="read only"))
    owed = {dict(one.params).get("text") for one in passing(paper(bound)).obligations if one.duty == "meet-condition"}
    assert owed == {"keep a list", "form of use: read only"}


# -- derived things ---------------------------------------------------------------------------------------------------


def made(*sources: tuple[str, Label], **changes: Any) -> Subject:
    return subject(OURS, sources=sources, **changes)


def test_a_derived_thing_inherits_no_consent_unless_it_says_so() -> None:
    product = made((H1, THEIRS))
    assert passing(paper(GRANT), about=product, handle=None).consent_from == ("BO",)
    told = paper(replace(GRANT, scope=replace(SCOPE, derived=Derived.ALSO)))
    assert passing(told, about=product, handle=None).outcome is Outcome.ALLOW


def test_a_consent_for_what_is_made_from_a_thing_alone_opens_not_the_thing() -> None:
    only = paper(replace(GRANT, scope=replace(SCOPE, derived=Derived.ONLY)))
    assert passing(only).outcome is Outcome.NEEDS_CONSENT
    assert passing(only, about=made((H1, THEIRS)), handle=None).outcome is Outcome.ALLOW


def test_every_source_of_one_giver_needs_its_consent() -> None:
    product = made((H1, THEIRS), (H2, THEIRS))
    one = paper(replace(GRANT, scope=replace(SCOPE, derived=Derived.ALSO)))
    two = paper(replace(GRANT, scope=replace(SCOPE, derived=Derived.ALSO, handle=H2)), "a2" * 16)
    assert passing(one, about=product, handle=None).consent_from == ("BO",)
    assert passing(one, two, about=product, handle=None).outcome is Outcome.ALLOW


def test_what_a_giver_marked_itself_in_a_derived_thing_needs_a_consent_to_the_whole() -> None:
    mixed = replace(made((H1, THEIRS)), label=OURS.join(THEIRS))
    told = paper(replace(GRANT, scope=replace(SCOPE, derived=Derived.ALSO)))
    assert passing(told, about=mixed, handle=None).consent_from == ("BO",)


def test_a_class_says_nothing_of_what_is_made_from_it_unless_it_says_so() -> None:
    things = Things(frozenset({"cyber.*"}), up_to_tlp=Tlp.RED)
    product = made((H1, THEIRS))
    plain = replace(SCOPE, handle=None, things=things)
    assert passing(paper(replace(GRANT, scope=plain)), about=product, handle=None).consent_from == ("BO",)
    derived = replace(plain, derived=Derived.ALSO)
    assert passing(paper(replace(GRANT, scope=derived)), about=product, handle=None).outcome is Outcome.ALLOW


def test_joint_owners_are_all_asked() -> None:
    joint = subject(THEIRS, owners=frozenset({"AR", "BO", "DE"}))
    assert passing(about=joint).consent_from == ("BO", "DE")
    assert passing(paper(GRANT), about=joint).consent_from == ("DE",)


# -- who speaks -------------------------------------------------------------------------------------------------------


def test_an_authority_or_a_committee_is_spoken_for_by_the_party_the_text_names() -> None:
    text = memorandum(
        clause("9", "competent-authorities", authorities={"BO": "NSA"}),
        authorities=(
            Authority("BO-MOD", "BO", {"en": "ministry"}, frozenset({"consent"})),
            Authority("BO-CERT", "BO", {"en": "CERT"}, frozenset({"receive"})),
            Authority("steering-committee", "AR", {"en": "committee"}, frozenset({"consent"})),
        ),
    )
    said = {name: speaker(text, name) for name in ("BO", "BO-MOD", "BO-CERT", "BO-NSA", "steering-committee", "DE")}
    assert said == {
        "BO": "BO", "BO-MOD": "BO", "BO-CERT": None, "BO-NSA": "BO", "steering-committee": "AR", "DE": None
    }  # fmt: skip


# -- the papers -------------------------------------------------------------------------------------------------------

scopes = st.builds(
    Scope,
    act=st.sampled_from(["release", "onward-release", "use", "publication"]),
    to=st.sampled_from(["CO", "DE"]),
    purpose=st.sampled_from(["defence", "sport"]),
    handle=st.sampled_from([H1, H2, H3]),
    organisation=st.sampled_from([None, "CO-CERT"]),
    use=st.sampled_from([None, "read only"]),
    derived=st.sampled_from(Derived),
) | st.builds(
    Scope,
    act=st.just("onward-release"),
    to=st.sampled_from(["CO", "DE"]),
    purpose=st.just("defence"),
    things=st.builds(
        Things, st.sampled_from([frozenset({"cyber.*"}), frozenset({"x/1"})]), st.none(), st.sampled_from(Tlp)
    ),
    derived=st.sampled_from(Derived),
)
hours = st.integers(-48, 48).map(lambda count: NOW + timedelta(hours=count))
grants = st.builds(
    lambda giver, scope, start, length, form, conditions: Grant(
        giver, scope, start, start + timedelta(hours=length), form, conditions
    ),
    st.sampled_from(["BO", "AR", "DE"]),
    scopes,
    hours,
    st.integers(1, 72),
    st.sampled_from(Form),
    st.sampled_from([(), ("keep a list",)]),
)
signed = st.builds(
    paper,
    grants,
    st.sampled_from([f"{n:032x}" for n in range(8)]),
    st.sampled_from(["BO", "AR"]),
)
several = st.lists(signed, max_size=6, unique_by=lambda one: one.id)
labels = st.builds(lambda origin, tlp: Label.of(OriginLabel(origin, tlp=tlp)), st.sampled_from(["BO", "AR", "DE"]),
                   st.sampled_from([Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER]))  # fmt: skip
subjects = st.builds(
    lambda label, sources, owners: subject(label, sources=tuple(sources), owners=owners),
    labels,
    st.lists(st.tuples(st.sampled_from([H1, H2, H3]), labels), max_size=3, unique_by=lambda one: one[0]),
    st.sampled_from([frozenset[str](), frozenset({"BO"}), frozenset({"BO", "DE"})]),
)


@given(grants)
@settings(deadline=None)
def test_a_consent_reads_back_as_it_was_written(grant: Grant) -> None:
    raw = strictjson.canonical(grant.as_json())
    assert Grant.from_json(strictjson.parse(raw)) == grant


BAD: dict[str, dict[str, Any]] = {
    "no purpose": {"scope": {**SCOPE.as_json(), "purpose": ""}},
    "nobody to have it": {"scope": {**SCOPE.as_json(), "to": " "}},
    "an act nobody knows": {"scope": {**SCOPE.as_json(), "act": "admire"}},
    "about nothing": {"scope": {**SCOPE.as_json(), "about": {}}},
    "about a thing and a class": {
        "scope": {**SCOPE.as_json(), "about": {"handle": H1, "class": Things(frozenset({"x"})).as_json()}}
    },
    "about a class of nothing": {"scope": {**SCOPE.as_json(), "about": {"class": {"kinds": [], "up_to_tlp": "CLEAR"}}}},
    "a downgrade to no level": {"scope": {**SCOPE.as_json(), "act": "downgrade"}},
    "derived, perhaps": {"scope": {**SCOPE.as_json(), "derived": "perhaps"}},
    "a member beyond the format": {"forever": True},
    "an end before its beginning": {"valid_until": "2020-01-01T00:00:00Z"},
    "a form nobody knows": {"form": "hinted"},
    "two lines of condition": {"conditions": ["a\nb"]},
    "a request that is no handle": {"request": "the last one"},
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_consent_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        Grant.from_json({**GRANT.as_json(), **BAD[name]})


# -- properties -------------------------------------------------------------------------------------------------------


@given(several, subjects, st.integers(0, 5))
@settings(deadline=None)
def test_taking_a_consent_away_opens_nothing(papers: list[Paper], about: Subject, which: int) -> None:
    fewer = [one for place, one in enumerate(papers) if place != which]
    assert passing(*fewer, about=about).outcome >= passing(*papers, about=about).outcome


@given(several, subjects, st.sampled_from(["44" * 16, "55" * 16]), labels)
@settings(deadline=None)
def test_a_further_source_opens_nothing_and_drops_no_giver(
    papers: list[Paper], about: Subject, name: str, label: Label
) -> None:
    before = passing(*papers, about=about)
    after = passing(*papers, about=replace(about, sources=(*about.sources, (name, label))))
    assert after.outcome >= before.outcome
    assert set(before.consent_from) <= set(after.consent_from) or after.outcome is Outcome.DENY
    assert about.originators <= replace(about, sources=(*about.sources, (name, label))).originators


@given(several)
@settings(deadline=None)
def test_a_partys_own_unmixed_information_needs_nobodys_consent(papers: list[Paper]) -> None:
    assert passing(*papers, about=subject(OURS), handle=None).outcome is Outcome.ALLOW


@given(several, hours)
@settings(deadline=None)
def test_every_case_is_in_one_state_and_only_a_granted_one_can_open(papers: list[Paper], when: Any) -> None:
    for case in consent_case.cases(papers, when):
        assert case.state in {"asked", "granted", "refused", "expired", "revoked"}
        if case.state == "granted":
            assert case.until is not None
            assert case.until > when


# -- cases ------------------------------------------------------------------------------------------------------------

ASK = Paper(consent_case.REQUEST, H3, "AR", "AR-BO-MOC", NOW, Request(SCOPE, NOW + timedelta(days=2)))
YES = paper(replace(GRANT, request=H3))
NO = Paper(consent_case.REFUSAL, "c1" * 16, "BO", "AR-BO-MOC", NOW, Ending(H3, "not now"))
GONE = Paper(consent_case.REVOCATION, "d1" * 16, "BO", "AR-BO-MOC", NOW, Ending("a1" * 16))
STATES: dict[str, tuple[list[Paper], timedelta, str]] = {
    "asked": ([ASK], timedelta(), "asked"),
    "unanswered until it was over": ([ASK], timedelta(days=2), "expired"),
    "refused": ([ASK, NO], timedelta(), "refused"),
    "refused by who asked": ([ASK, replace(NO, signer="AR")], timedelta(), "asked"),
    "granted": ([ASK, YES], timedelta(), "granted"),
    "granted after a refusal": ([NO, YES, ASK], timedelta(), "granted"),
    "granted by who asked": ([ASK, replace(YES, signer="AR")], timedelta(), "asked"),
    "over": ([ASK, YES], timedelta(days=1), "expired"),
    "revoked": ([GONE, ASK, YES], timedelta(), "revoked"),
    "revoked under another text": ([replace(GONE, agreement="X"), ASK, YES], timedelta(), "granted"),
}


@pytest.mark.parametrize("name", STATES)
def test_where_a_request_stands(name: str) -> None:
    papers, later, state = STATES[name]
    [case] = [one for one in consent_case.cases(papers, NOW + later) if one.asked_by is not None][-1:]
    assert (case.id, case.state) == (H3, state)


def test_only_what_may_concern_a_thing_is_looked_at() -> None:
    known = consent_case.permissions([paper(GRANT)], BOUND)
    assert permissions_for(known, {H1}) == known
    assert permissions_for(known, {H2}) == ()
    assert AgreementRef("AR-BO-MOC", 1) == BOUND.ref
