"""Cases for a party's private rules: one question each, and the rules that must speak, so that a policy is tested."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comity.core.errors import Malformed
from comity.release.policy import Policy
from comity.release.policyview import ACTIONS, CONTEXT, RECORD, RELEASE, TEXT, TEXTS, TRUTH, WHOLE, Seen, is_of

_EMPTY: Mapping[str, Any] = {TEXT: "", WHOLE: 0, TRUTH: False, TEXTS: []}
_MEMBERS = frozenset({"name", "to", "authority", "action", "record", "context", "says"})


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """`says`: the ids of the rules that must speak, no more and no fewer; none where the policy must be silent."""

    name: str
    seen: Seen
    says: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one case."""

    case: PolicyCase
    said: frozenset[str]
    failed: bool

    @property
    def right(self) -> bool:
        return not self.failed and self.said == self.case.says


def case_from_json(value: object) -> PolicyCase:
    """Attributes that a case leaves out are empty, 0 or false. Raises `Malformed`; an unknown one is refused."""
    if not isinstance(value, dict) or not {"name", "to", "says"} <= set(value) <= _MEMBERS:
        raise Malformed(
            "a case has name, to and says, and may have authority, action, record and context",
            '{"name": "…", "to": "JP", "record": {"kind": "intelligence.report/1", "level": 3}, "says": ["rule"]}',
        )
    name, to, says = value["name"], value["to"], value["says"]
    authority = value.get("authority", to)
    if not (isinstance(name, str) and isinstance(to, str) and isinstance(authority, str) and name and to and authority):
        raise Malformed("a case's name, to and authority are texts")
    if not isinstance(says, list) or not all(isinstance(one, str) for one in says):
        raise Malformed(f"{name}: says is a list of the ids of rules")
    if (action := value.get("action", RELEASE)) not in ACTIONS:
        raise Malformed(f"{name}: an action is one of: {', '.join(ACTIONS)}")
    types = {one.name: one.type for one in RECORD}
    plain = {one.name: _EMPTY[one.type] for one in RECORD if not one.optional}
    record = plain | _members(value.get("record", {}), types, f"{name}: record")
    asked = {part: type_ for part, (type_, _) in CONTEXT.items()}
    given = _members(value.get("context", {}), asked, f"{name}: context")
    context = {part: _EMPTY[type_] for part, type_ in asked.items()} | given
    return PolicyCase(name, Seen(to, authority, record, context, action), frozenset(says))


def tried(policy: Policy, case: PolicyCase) -> Tried:
    """The case, put to a policy without faults."""
    matched = policy.match(case.seen)
    return Tried(case, matched.ids, matched.failed)


def _members(value: Any, types: Mapping[str, str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{what} must be an object")
    for name, one in value.items():
        if name not in types:
            raise Malformed(f"{what} has no attribute {name[:60]!r}", "comity policy schema")
        if not is_of(one, types[name]):
            raise Malformed(f"{what}: {name} must be a {types[name]}", "comity policy schema")
    return value
