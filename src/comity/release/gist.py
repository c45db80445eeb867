"""A policy's gist: whether any of its rules speaks at all, asked as few rules instead of many.

Most questions concern no private rule, and the engine's time goes by rules. So they are first asked in groups: one
`forbid` whose condition is that some rule of the group would apply. It speaks, or fails, where any of them does, and
then those are asked by themselves; where it is silent, every rule of it was evaluated and was silent. What a rule is,
is read in the form in which Cedar gives its own syntax tree (its JSON policy format).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GROUP = 20
"""Rules in one group. The engine descends once for each operator: a group is a balanced tree, so a few steps deep."""

Tree = Mapping[str, Any]
ANY: Tree = {"op": "All"}


@dataclass(frozen=True, slots=True)
class Gist:
    """`groups` by their `@id`, and the rules `inside` each."""

    groups: Mapping[str, Tree]
    inside: Mapping[str, Mapping[str, Tree]]


def gist(rules: Mapping[str, Tree]) -> Gist:
    """The groups, in the same JSON format. Raises `ValueError` for a rule in a form that is not known here."""
    named = list(rules.items())
    inside = {f"group-{start}": dict(named[start : start + GROUP]) for start in range(0, len(named), GROUP)}
    groups = {name: _group(name, [condition(one) for one in few.values()]) for name, few in inside.items()}
    return Gist(groups, inside)


def _group(name: str, conditions: Sequence[Tree]) -> Tree:
    return {
        "effect": "forbid",
        "principal": ANY,
        "action": ANY,
        "resource": ANY,
        "conditions": [{"kind": "when", "body": _joined("||", conditions)}],
        "annotations": {"id": name},
    }


def condition(rule: Tree) -> Tree:
    """Everything that must hold for the rule to apply, its scope included, as one expression."""
    parts = [part for name in ("principal", "action", "resource") for part in _scope(name, rule[name])]
    for one in rule["conditions"]:
        if one["kind"] not in ("when", "unless"):
            raise ValueError(f"a condition is of a kind that is not known: {one['kind']}")
        parts.append(one["body"] if one["kind"] == "when" else {"!": {"arg": one["body"]}})
    return _joined("&&", parts) if parts else {"Value": True}


def _scope(name: str, scope: Tree) -> Iterator[Tree]:
    left = {"Var": name}
    match scope:
        case {"op": "All"}:
            return
        case {"op": "==" | "in" as op, "entity": entity}:
            yield {op: {"left": left, "right": _entity(entity)}}
        case {"op": "in", "entities": [*entities]}:
            yield {"in": {"left": left, "right": {"Set": [_entity(one) for one in entities]}}}
        case {"op": "is", "entity_type": kind, **rest}:
            yield {"is": {"left": left, "entity_type": kind}}
            if inside := rest.get("in"):
                yield {"in": {"left": left, "right": _entity(inside["entity"])}}
        case _:
            raise ValueError(f"a rule's {name} is in a form that is not known")


def _entity(entity: Tree) -> Tree:
    return {"Value": {"__entity": dict(entity)}}


def _joined(operator: str, parts: Sequence[Tree]) -> Tree:
    """A balanced tree, in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return {operator: {"left": _joined(operator, parts[:half]), "right": _joined(operator, parts[half:])}}


def reads(tree: Any) -> frozenset[str]:
    """Every attribute that is read or asked for anywhere in it, of whatever."""
    found: set[str] = set()
    left = [tree]
    while left:
        match left.pop():
            case {"attr": str(name), **rest}:
                found.add(name)
                left += rest.values()
            case {"attr": [*names], **rest}:
                found.update(map(str, names))
                left += rest.values()
            case Mapping() as node:
                left += node.values()
            case list() as nodes:
                left += nodes
    return frozenset(found)
