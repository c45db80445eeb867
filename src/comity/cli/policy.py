"""`comity policy`: this party's own disclosure rules: the schema they are written against, their check, their test."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli import files
from comity.cli.output import Output, counted
from comity.cli.parser import Commands, Parser, command, group
from comity.core.errors import Absent, Malformed

if TYPE_CHECKING:
    from comity.release.policy import Policy, Rule

MAX_BYTES = 256 * 1024
MAX_CASES = 4 * 1024 * 1024


def add(commands: "Commands[Parser]", common: Parser) -> None:
    policy = group(commands, "policy", "National disclosure policy: this party's own private rules, in Cedar.")
    command(
        policy,
        common,
        "schema",
        _schema,
        "Print the Cedar schema: everything that a private rule can read, with its meaning.",
        "comity policy schema",
    )
    check = command(
        policy,
        common,
        "check",
        _check,
        "Check policy files as the node would load them; every fault is told, and nothing is changed.",
        "comity policy check --data il",
    )
    check.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="files (default: those in the node's policy/)"
    )
    command(
        policy,
        common,
        "show",
        _show,
        "Show the private rules in force: what each bars, or to whom it refers, and since when.",
        "comity policy show --data il",
    )
    test = command(
        policy,
        common,
        "test",
        _test,
        "Put cases to the policy: for each, exactly the rules it names must speak.",
        "comity policy test --data il cases.jsonl",
    )
    test.add_argument("cases", type=Path, metavar="CASES", help="JSON lines: name, to, record, says")


def _schema(_args: argparse.Namespace, out: Output) -> int:
    from comity import cedar
    from comity.release.policyview import schema

    text = schema()
    out.result({"engine": cedar.engine(), "schema": text}, text.rstrip("\n"))
    return 0


def _check(args: argparse.Namespace, out: Output) -> int:
    from comity import cedar

    if args.files:
        policy = cedar.load([(path.name, files.read(path, MAX_BYTES)) for path in args.files])
    else:
        policy = _of_node(args.data)
    value = _value(policy)
    good = f"{counted(len(policy.rules), 'rule')}, no fault. Digest {policy.digest}, {policy.engine}."
    out.result(value, [*(f"! {fault}" for fault in policy.faults)] or [*map(_words, policy.rules.values()), good])
    return Malformed.exit_code if policy.faults else 0


def _show(args: argparse.Namespace, out: Output) -> int:
    from comity.acts import policies
    from comity.core import instants
    from comity.wiring import open_node

    with open_node(args.data) as node, node.house.reader() as house:
        policy, noted = policies.in_force(node, house), policies.noted(house, node.party)
    current = noted is not None and policy is not None and noted.key == policy.key
    since = instants.text(noted.since) if noted is not None and current else None
    if policy is None:
        out.result({"in_force": False, "since": None, "policy": None}, "This party has no private rules.")
        return 0
    when = f"In force since {since}" if since else "Not noted yet: in force from the follower's next round"
    lines = [f"! {fault}" for fault in policy.faults] + [*map(_words, policy.rules.values())]
    lines.append(f"{when}. Digest {policy.digest}, {policy.engine}.")
    out.result({"in_force": True, "since": since, "policy": _value(policy)}, lines)
    return 0


def _test(args: argparse.Namespace, out: Output) -> int:
    from comity.core import strictjson
    from comity.release.policycase import case_from_json, tried

    lines = files.read(args.cases, MAX_CASES).splitlines()
    cases = [case_from_json(strictjson.parse(line, "a case")) for line in lines if line.strip()]
    policy = _of_node(args.data)
    if policy.faults:
        raise Malformed(f"the policy does not load: {policy.faults[0]}", "comity policy check")
    results = [tried(policy, case) for case in cases]
    rows = [
        {
            "name": one.case.name,
            "right": one.right,
            "expected": sorted(one.case.says),
            "said": sorted(one.said),
            "failed": one.failed,
        }
        for one in results
    ]
    wrong = [one for one in results if not one.right]
    told = [
        f"! {one.case.name}: expected {_ids(one.case.says)}, said {'a failure' if one.failed else _ids(one.said)}"
        for one in wrong
    ]
    silent = sorted(set(policy.rules) - {rule for one in results for rule in one.said})
    quiet = [f"No case makes these speak: {', '.join(silent)}"] if silent else []
    value = {"cases": rows, "right": len(rows) - len(wrong), "wrong": len(wrong), "never_spoke": silent}
    out.result(value, [*told, *quiet, f"{len(rows) - len(wrong)} of {counted(len(rows), 'case')} right."])
    return Malformed.exit_code if wrong else 0


def _of_node(directory: Path) -> "Policy":
    from comity import cedar

    found = cedar.Folder(directory / cedar.FOLDER).current()
    if found is None:
        raise Absent(
            f"there is no folder {directory / cedar.FOLDER}", "make it, or name files: comity policy check FILE"
        )
    return found


def _value(policy: "Policy") -> dict[str, Any]:
    rules = [
        {
            "id": one.id,
            "does": "bar" if one.refer is None else "refer",
            "reason": one.reason,
            "article": one.article,
            "role": one.refer,
            "people": None if one.refer is None else one.people,
        }
        for one in policy.rules.values()
    ]
    return {"digest": policy.digest, "engine": policy.engine, "rules": rules, "faults": list(policy.faults)}


def _words(rule: "Rule") -> str:
    does = "bars" if rule.refer is None else f"refers to {rule.people} of {rule.refer}"
    return f"{rule.id} {does}: {rule.reason}" + (f" ({rule.article})" if rule.article else "")


def _ids(found: frozenset[str]) -> str:
    return ", ".join(sorted(found)) or "nothing"
