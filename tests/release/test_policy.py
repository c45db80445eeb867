"""A policy only ever makes a decision stricter, names itself in it, and reads everything that the model says."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.labels.label import Label, OriginLabel, Pap, Tlp
from comity.release.cache import DecisionCache
from comity.release.facts import Facts
from comity.release.policy import Matched, Policy, Rule, asks, findings, under
from comity.release.policyview import CONTEXT, NOT_SHOWN, RECORD, Seen, seen
from comity.release.question import Outcome, Question
from comity.release.subject import Subject
from tests.release.fiction import at, memorandum, question, subject

TEXT = memorandum()
TEXTS = {TEXT.ref: TEXT}
RULES = {
    "bars": Rule("bars", "it bars", "Act 1"),
    "refers": Rule("refers", "it refers", None, "chief", 2),
    "asks": Rule("asks", "it asks", None, "desk"),
}


def says(*ids: str, failed: bool = False) -> Policy:
    return Policy("d", "e", RULES, lambda _seen: Matched(frozenset(ids), failed))


def broken(_seen: Seen) -> Matched:
    raise RuntimeError("no engine")


def asked(policy: Policy | None, disclosure: str | bool | None = "d", origin: str = "AR") -> Question:
    plain = question(subject(Label.of(OriginLabel(origin))), facts=Facts(holder="AR", disclosure=disclosure))
    return replace(plain, policy=None if policy is None else policy.key)


@pytest.mark.parametrize(("disclosure", "origin"), [("d", "AR"), (None, "AR"), (False, "AR"), ("d", "acme")])
@given(st.sets(st.sampled_from(sorted(RULES))), st.booleans())
def test_nothing_is_more_open_than_without_it(
    disclosure: str | bool | None, origin: str, ids: set[str], failed: bool
) -> None:
    policy = says(*ids, failed=failed)
    before = DecisionCache().decide(asked(None, disclosure, origin), TEXTS, at())
    after = DecisionCache().decide(asked(policy, disclosure, origin), TEXTS, at(), policy)
    assert after.outcome >= before.outcome
    assert set(before.findings) <= set(after.findings)
    assert after.articles


@pytest.mark.parametrize(
    ("ids", "outcome", "cites"),
    [
        ((), Outcome.ALLOW, ()),
        (("bars",), Outcome.DENY, ("policy:bars",)),
        (("refers",), Outcome.REFER, ("policy:refers",)),
        (("bars", "refers"), Outcome.DENY, ("policy:bars", "policy:refers")),
    ],
)
def test_what_speaks_is_cited(ids: tuple[str, ...], outcome: Outcome, cites: tuple[str, ...]) -> None:
    policy = says(*ids)
    found = DecisionCache().decide(asked(policy), TEXTS, at(), policy)
    assert found.outcome is outcome
    assert found.articles[: len(cites)] == cites


@pytest.mark.parametrize(
    "policy",
    [
        Policy("d", "e", faults=("a.cedar: it does not parse",)),
        Policy("d", "e", RULES, broken),
        says(failed=True),
        says("bars", failed=True),
        says("nobody-wrote-this"),
    ],
    ids=["does not load", "raises", "errs", "errs beside a bar", "names a rule that is not there"],
)
def test_a_policy_that_cannot_be_relied_on_bars_everything(policy: Policy) -> None:
    found = DecisionCache().decide(asked(policy), TEXTS, at(), policy)
    assert (found.outcome, found.articles[0]) == (Outcome.DENY, "house:1")


def test_the_policy_is_part_of_the_key_and_of_the_record() -> None:
    one, other = asked(says()), asked(replace(says(), engine="another version"))
    assert one != other
    assert one.canonical() != other.canonical()
    assert b'"policy":"d@e"' in one.canonical()
    assert b"policy" not in asked(None).canonical()


def test_no_answer_is_given_under_another_policy_than_the_question_names() -> None:
    with pytest.raises(ValueError, match="under one policy"):
        DecisionCache().decide(asked(says()), TEXTS, at(), None)


def test_where_no_policy_is_nothing_is_asked() -> None:
    assert DecisionCache().decide(asked(None), TEXTS, at()).outcome is Outcome.ALLOW


def test_what_is_barred_already_is_not_asked_again() -> None:
    barred = DecisionCache().decide(asked(None, disclosure=False), TEXTS, at())
    assert not asks(barred)
    assert under(barred, ()) is barred


def test_what_a_barring_policy_leaves_asks_nobody_for_consent() -> None:
    from comity.release.decide import decide

    plain = replace(asked(None), subject=subject(Label.of(OriginLabel("acme"))))
    needs = decide(plain, TEXTS, at())
    assert needs.outcome is Outcome.NEEDS_CONSENT
    assert needs.consent_from
    barred = under(needs, findings(says("bars"), plain, TEXT))
    assert (barred.outcome, barred.consent_from) == (Outcome.DENY, ())


def test_every_member_of_the_model_is_shown_or_left_out_on_purpose() -> None:
    """A new axis of the label must not be one that no policy can speak of."""
    model = {one.name for kind in (Subject, OriginLabel) for one in fields(kind) if one.name != "_hash"}
    shown = {name for one in RECORD for name in one.shows}
    assert model - shown == NOT_SHOWN
    assert shown <= model


def test_what_is_seen_is_what_the_schema_names() -> None:
    full = OriginLabel(
        "AR",
        "HIGH",
        frozenset({"EYES ONLY"}),
        frozenset({"BO"}),
        Tlp.AMBER,
        Pap.RED,
        frozenset({"study"}),
        personal=True,
    )
    thing = replace(subject(Label.of(full)), annex="a", sources=(("s", Label.of(OriginLabel("BO", "NIZKO"))),))
    found = seen(replace(asked(None), subject=thing), TEXT)
    names = {one.name for one in RECORD}
    assert {one.name for one in RECORD if not one.optional} <= set(found.record) <= names
    assert set(found.context) == set(CONTEXT)
    assert {name: found.record[name] for name in ("level", "tlp", "pap", "personal", "origins", "rel_to")} == {
        "level": 3,
        "tlp": 2,
        "pap": 3,
        "personal": True,
        "origins": ["AR", "BO"],
        "rel_to": ["BO"],
    }


@pytest.mark.parametrize(("level", "height"), [(None, 0), ("LOW", 1), ("HIGH", 3), ("PEAK", 5), ("NOBODY'S", 5)])
def test_a_level_without_a_place_stands_above_all(level: str | None, height: int) -> None:
    thing = subject(Label.of(OriginLabel("AR", level)))
    assert seen(replace(asked(None), subject=thing), TEXT).record["level"] == height
