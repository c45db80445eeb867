"""Rules asked in groups say what they say one by one: no more, no less, and nothing where one of them fails."""

import json
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import cedar
from comity.release import gist
from comity.release.policy import Matched
from comity.release.policycase import case_from_json
from comity.release.policyview import Seen
from tests.acts.policied import rule

CONDITIONS = (
    "resource.personal",
    "resource.level >= 3",
    "resource has tlp && resource.tlp > 2",
    'resource.caveats.contains("EYES ONLY")',
    'resource.origins.containsAny(["IL", "JP"]) && !resource.public',
    'resource has purpose && resource.purpose like "war*"',
    'context.agreement == "A" || context.version > 3',
    "resource.level * 9223372036854775807 > 3",
    'if resource.derived then resource.kind == "a/1" else resource.portioned',
    "true",
)
SCOPES = (
    "principal, action, resource",
    'principal in Party::"JP", action, resource',
    'principal == Authority::"JP-CERT", action, resource',
    'principal is Authority in Party::"JP", action == Action::"release", resource is Record',
    'principal, action in [Action::"release"], resource',
)


def written(place: int, scope: str, condition: str, word: str) -> str:
    return f'@id("r{place}") @reason("FICTIONAL") forbid({scope}) {word} {{ {condition} }};'


RULES = st.lists(
    st.tuples(st.sampled_from(SCOPES), st.sampled_from(CONDITIONS), st.sampled_from(("when", "unless"))),
    min_size=1,
    max_size=50,
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "level": st.integers(0, 5),
        "tlp": st.integers(0, 4),
        "personal": st.booleans(),
        "derived": st.booleans(),
        "origins": st.lists(st.sampled_from(["IL", "JP", "DE"]), unique=True),
        "caveats": st.lists(st.sampled_from(["EYES ONLY", "x"]), unique=True),
        "purpose": st.sampled_from(["war", "warning", "peace"]),
    },
)


def seen(to: str, authority: str, record: dict[str, Any]) -> Seen:
    return case_from_json({"name": "x", "to": to, "authority": authority, "record": record, "says": []}).seen


def one_by_one(texts: list[str], asked: Seen) -> Matched:
    """Each rule loaded alone: what speaks, and whether one fails."""
    said = [cedar._matcher(text)(asked) for text in texts]
    if any(one.failed for one in said):
        return Matched(failed=True)
    return Matched(frozenset().union(*(one.ids for one in said)))


@pytest.mark.slow
@settings(max_examples=60)
@given(RULES, RECORDS, st.sampled_from(["JP", "DE"]), st.sampled_from(["JP-CERT", "DE-CERT"]))
def test_groups_say_what_rules_say(
    rules: list[tuple[str, str, str]], record: dict[str, Any], to: str, authority: str
) -> None:
    texts = [written(place, *one) for place, one in enumerate(rules)]
    policy = cedar.load([("a.cedar", "\n".join(texts).encode())])
    assert policy.faults == ()
    asked = seen(to, authority, record)
    assert policy.match(asked) == one_by_one(texts, asked)


def test_a_rule_that_fails_behind_one_that_speaks_is_still_a_failure() -> None:
    """In a group the engine stops at the first that speaks; what comes after is asked all the same."""
    policy = cedar.load([("a.cedar", (rule("a") + rule("b", "resource.level * 9223372036854775807 > 3")).encode())])
    assert policy.match(seen("JP", "JP", {"level": 3})) == Matched(failed=True)


@pytest.mark.parametrize(
    ("change", "why"),
    [({"level": "3"}, "of another type"), ({"nosuch": 1}, "unknown"), ({"personal": None}, "null")],
)
def test_a_record_that_does_not_fit_is_a_failure_and_not_a_silence(change: dict[str, Any], why: str) -> None:
    """A comparison of a text with a number is no error to the engine: it is merely untrue."""
    whole = seen("JP", "JP", {})
    policy = cedar.load([("a.cedar", rule("a", "resource.level == 3").encode())])
    assert policy.match(whole) == Matched()
    assert policy.match(Seen("JP", "JP", {**whole.record, **change}, whole.context)).failed, why


def test_a_record_that_lacks_something_is_a_failure() -> None:
    whole = seen("JP", "JP", {})
    policy = cedar.load([("a.cedar", rule("a", "resource.personal").encode())])
    for name in whole.record:
        less = {other: value for other, value in whole.record.items() if other != name}
        assert policy.match(Seen("JP", "JP", less, whole.context)).failed, name


@pytest.mark.parametrize(
    "changed",
    [
        {"principal": {"op": "==", "slot": "?principal"}},
        {"action": {"op": "unheard"}},
        {"conditions": [{"kind": "perhaps", "body": {"Value": True}}]},
    ],
    ids=["a slot", "an operator", "a kind of condition"],
)
def test_a_form_that_is_not_known_is_refused_and_never_left_out(changed: dict[str, Any]) -> None:
    [plain] = json.loads(cedarpy.policies_to_json_str(rule("a")))["staticPolicies"].values()
    assert gist.condition(plain)
    with pytest.raises(ValueError, match="not known"):
        gist.condition({**plain, **changed})


def test_only_what_a_rule_can_read_need_be_shown() -> None:
    [tree] = json.loads(
        cedarpy.policies_to_json_str(rule("a", 'resource has topic && resource.topic like "x*" || resource.level > 1'))
    )["staticPolicies"].values()
    assert gist.reads(tree) == {"topic", "level"}
