"""What would change an answer was really asked: each change that is told gives just the answer that is told."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.labels.label import ALL, Label, OriginLabel, Pap, Tlp
from comity.release.decide import decide
from comity.release.language import sentences
from comity.release.question import Facts, Outcome
from comity.release.whatif import sentence, what_if
from tests.release.fiction import LEVELS, at, memorandum, question, subject

TEXT = memorandum()
TEXTS = {TEXT.ref: TEXT}


def told(label: Label, facts: Facts | None = None) -> dict[str, Outcome]:
    asked = question(subject(label), **({} if facts is None else {"facts": facts}))
    return {sentence(one): one.outcome for one in what_if(asked, decide(asked, TEXTS, at()), TEXTS, at())}


def test_a_level_too_high_goes_once_its_originator_lowers_it() -> None:
    assert told(Label.of(OriginLabel("AR", "PEAK")))["if AR lowered it from PEAK to HIGH"] is Outcome.ALLOW


def test_a_marking_too_narrow_goes_once_it_is_wider() -> None:
    assert told(Label.of(OriginLabel("AR", tlp=Tlp.RED)))["if AR marked it TLP:AMBER"] is Outcome.ALLOW


def test_a_third_partys_part_goes_with_its_consent() -> None:
    changes = told(Label.of(OriginLabel("acme"), OriginLabel("AR")))
    assert changes["if acme consented in writing"] is Outcome.ALLOW


def test_an_undecided_release_goes_once_it_is_decided() -> None:
    assert (
        told(Label.of(OriginLabel("AR")), Facts(holder="AR"))["if its originator decided to release it"]
        is Outcome.ALLOW
    )


def test_what_helps_by_itself_only_is_told() -> None:
    """Two bars: neither change alone lets it go, so neither is promised."""
    two = Label.of(OriginLabel("AR", "PEAK", tlp=Tlp.RED))
    assert told(two) == {}


def test_what_is_allowed_needs_no_change() -> None:
    assert told(Label.of(OriginLabel("AR"))) == {}


labels = st.builds(
    OriginLabel,
    origin=st.sampled_from(["AR", "BO", "XX"]),
    level=st.sampled_from([None, *LEVELS["AR"]]),
    tlp=st.sampled_from([None, *Tlp]),
    pap=st.sampled_from([None, *Pap]),
    rel_to=st.sampled_from([None, ALL, frozenset({"AR"})]),
    personal=st.booleans(),
)


@given(labels)
@settings(deadline=None, max_examples=60)
def test_every_change_told_is_freer_and_has_words(label: OriginLabel) -> None:
    asked = question(subject(Label.of(label)))
    decision = decide(asked, TEXTS, at())
    for one in what_if(asked, decision, TEXTS, at()):
        assert one.outcome < decision.outcome
        assert one.articles
        assert "{" not in sentence(one)
        assert one.code in sentences().what_if


def test_other_offices_are_tried() -> None:
    closed = replace(TEXT.authorities[1], id="BO-REGISTRY", up_to_en="SECRET")
    low = replace(TEXT.authorities[1], up_to_en="RESTRICTED")
    text = replace(TEXT, authorities=(TEXT.authorities[0], low, closed))
    asked = question(subject(Label.of(OriginLabel("AR", "HIGH"))))
    changes = what_if(asked, decide(asked, {text.ref: text}, at()), {text.ref: text}, at())
    assert "if it went to BO-REGISTRY instead" in {sentence(one) for one in changes}
