"""A set of private rules is used whole or not at all, and what the engine cannot evaluate bars."""

from typing import Any

import pytest

from comity import cedar
from comity.release.policy import Matched, Policy
from comity.release.policycase import case_from_json, tried
from comity.release.policyview import Seen
from tests.acts.policied import rule

BAD = {
    "no rule at all, but a word": ("forbid", "does not parse"),
    "nameless": ("forbid(principal, action, resource);", 'needs @id("…")'),
    "with an empty name": ('@id @reason("r") forbid(principal, action, resource);', 'needs @id("…")'),
    "without a reason": ('@id("a") forbid(principal, action, resource);', 'needs @reason("…")'),
    "that permits": ('@id("a") @reason("r") permit(principal, action, resource);', "a policy only forbids"),
    "with an annotation nobody knows": (rule("a", until="2030"), "@until is not one we know"),
    "for two people and no role": (rule("a", people="2"), "needs @refer"),
    "for three people": (rule("a", refer="chief", people="3"), '"1" or "2"'),
    "with a role in capitals": (rule("a", refer="The Chief"), "names a role"),
    "on an attribute that is not there": (rule("a", "resource.nosuch"), "`nosuch` on entity type `Record` not found"),
    "on what may be absent, unguarded": (rule("a", "resource.tlp > 2"), "tlp"),
    "of the wrong type": (rule("a", 'resource.level > "3"'), "type"),
    "on an act nobody asks about": (
        '@id("a") @reason("r") forbid(principal, action == Action::"visit", resource);',
        "unrecognized action",
    ),
    "as a template": ('@id("a") @reason("r") forbid(principal == ?principal, action, resource);', "template"),
}


def load(*texts: str) -> Policy:
    return cedar.load([(f"{n}.cedar", text.encode()) for n, text in enumerate(texts)])


def seen(to: str = "JP", **record: Any) -> Seen:
    return case_from_json({"name": "x", "to": to, "record": record, "says": []}).seen


def said(policy: Policy, **record: Any) -> Matched:
    return policy.match(seen(**record))


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_rule_that_is_not_whole_makes_the_set_unusable(name: str) -> None:
    text, fault = BAD[name]
    policy = load(rule("good"), text)
    assert any(fault in one and one.startswith("1.cedar: ") for one in policy.faults), policy.faults


def test_two_rules_of_one_name_are_refused_wherever_they_stand() -> None:
    """The engine takes both, and would tell one name for two reasons."""
    assert load(rule("a"), rule("a", "resource.personal")).faults == ("1.cedar: a: two rules have this @id",)


def test_a_file_that_is_not_text_is_refused() -> None:
    assert cedar.load([("a.cedar", b"\xff\xfe")]).faults == ("a.cedar: it is not UTF-8",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (rule("a", "true || " * 20_000 + "true"), "more than 4,000 characters"),
        (rule("a", '";" == ";" || ' * 10_000 + "true"), "more than 4,000 characters"),
        (rule("a", "1" + "+1" * 20_000 + " == 1"), "more than 4,000 characters"),
        (rule("a", "1" + "+1" * 1_900 + " == 1"), "does not parse"),
        (rule("a", "(" * 65 + "true" + ")" * 65), "nested deeper"),
    ],
)
def test_what_would_end_the_process_never_reaches_the_engine(text: str, fault: str) -> None:
    """The engine descends once for each operator, on the machine's own stack: it has no error for too many."""
    assert any(fault in one for one in load(text).faults)


def test_more_than_a_person_reads_is_refused() -> None:
    assert "more than 262,144 bytes" in load("// " + "x" * cedar.MAX_BYTES).faults[0]
    assert "more than 64 files" in load(*["//"] * 65).faults[0]


def test_the_longest_rule_that_loads_is_evaluated() -> None:
    words = "true && " * 200 + "resource.personal"
    assert said(load(rule("long", words)), personal=True).ids == {"long"}


def test_every_rule_that_speaks_is_named_and_no_other() -> None:
    policy = load(rule("people", "resource.personal"), rule("high", "resource.level >= 3"), rule("jp", "true"))
    assert said(policy, personal=True, level=2) == Matched(frozenset({"people", "jp"}))


def test_a_rule_may_name_a_party_or_an_authority() -> None:
    policy = load(
        '@id("p") @reason("r") forbid(principal in Party::"JP", action, resource);'
        '@id("a") @reason("r") forbid(principal == Authority::"KR", action, resource);'
    )
    assert [sorted(policy.match(seen(party)).ids) for party in ("JP", "KR")] == [["p"], ["a"]]


def test_names_with_quotes_and_line_breaks_are_only_names() -> None:
    """What a partner calls its authority is data for the engine, never text of a policy."""
    policy = load('@id("p") @reason("r") forbid(principal in Party::"JP", action, resource);')
    for name in ('JP"', "JP\nx", 'x" || true', "日本"):
        assert policy.match(seen(name)) == Matched()


def test_a_rule_that_errs_is_a_failure_and_not_a_silence() -> None:
    """Cedar skips a `forbid` that errs and answers Allow: a sum that overflows passes every check before."""
    policy = load(rule("overflow", "resource.level * 9223372036854775807 > 3"))
    assert policy.faults == ()
    assert said(policy, level=3) == Matched(failed=True)


def test_a_question_that_does_not_fit_the_schema_is_a_failure() -> None:
    """Cedar answers neither yes nor no to it."""
    policy = load(rule("a", "resource.personal"))
    wrong = Seen("JP", "JP", seen().record, {"agreement": 3, "version": 1, "status": "in-force"})
    assert policy.match(wrong).failed


def test_annotations_say_what_a_rule_does() -> None:
    policy = load(rule("a", reason="why", article="National Act 3(1)", refer="chief", people="2"))
    one = policy.rules["a"]
    assert (one.reason, one.article, one.refer, one.people) == ("why", "National Act 3(1)", "chief", 2)


def test_the_digest_is_that_of_names_and_bytes() -> None:
    one = cedar.load([("a.cedar", b"//"), ("b.cedar", b"")])
    assert one.digest != cedar.load([("a.cedar", b""), ("b.cedar", b"//")]).digest
    assert one.digest == cedar.load([("a.cedar", b"//"), ("b.cedar", b"")]).digest
    assert one.key.endswith("@cedarpy/4.12.2"), "replay the corpus of policy decisions before another engine is used"


def test_a_case_is_right_when_exactly_its_rules_speak() -> None:
    policy = load(rule("people", "resource.personal"), rule("high", "resource.level >= 3"))
    case = {"name": "n", "to": "JP", "record": {"personal": True}, "says": ["people"]}
    assert tried(policy, case_from_json(case)).right
    assert not tried(policy, case_from_json({**case, "record": {"personal": True, "level": 3}})).right
    assert not tried(policy, case_from_json({**case, "says": []})).right
