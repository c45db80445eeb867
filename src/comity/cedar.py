"""The hand that holds the policy engine: reads a party's private Cedar files, loads them whole, evaluates them.

A set is used only if every file parses, fits the generated schema, and every rule is a `forbid` that says what it is.
What the engine cannot evaluate is told as a failure: Cedar itself skips such a rule and would let the thing go.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.release.gist import gist, reads
from comity.release.policy import MOST_PEOPLE, Matched, Policy, Rule
from comity.release.policyview import Seen, fits, schema

if TYPE_CHECKING:
    import cedarpy

FOLDER = "policy"
MAX_FILES = 64
MAX_BYTES = 256 * 1024
"""Of all files together."""
MAX_DEPTH = 64
"""Of nested brackets in a file: a rule that a person can read has few."""
MAX_RULE = 4000
"""Characters of one rule without its texts. The engine descends once for each operator: some ten thousand in one rule
end the process, where no error could be told."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_ROLE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*', re.DOTALL)
_MARKS = frozenset({"id", "reason", "article", "refer", "people"})
_OPEN = "permit(principal, action, resource);"
"""What makes a silent policy no bar; the agreement has decided before."""


class Folder:
    """The policy files of one node. Read at every call; loaded again only when their bytes have changed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._loaded: Policy | None = None

    def current(self) -> Policy | None:
        """The policy as the files stand; `None` where there is no folder. Files that cannot be read are its fault."""
        if not self.directory.is_dir():
            return None
        try:
            files = read(self.directory)
        except OSError as error:
            return Policy("0" * 64, engine(), faults=(f"{self.directory} cannot be read: {type(error).__name__}",))
        if self._loaded is None or self._loaded.digest != digest(files):
            self._loaded = load(files)
        return self._loaded


def engine() -> str:
    """What evaluates, and its version: it follows Cedar's own."""
    return f"cedarpy/{version('cedarpy')}"


def read(directory: Path) -> list[tuple[str, bytes]]:
    """Every `*.cedar` file by name; no more bytes than are loaded. Raises `OSError`."""
    found = []
    for path in sorted(directory.glob("*.cedar"))[: MAX_FILES + 1]:
        with path.open("rb") as file:
            found.append((path.name, file.read(MAX_BYTES + 1)))
    return found


def digest(files: Sequence[tuple[str, bytes]]) -> str:
    """SHA-256, in hex, over names and bytes, each with its length."""
    parts = [piece for name, raw in files for part in (name.encode(), raw) for piece in (len(part).to_bytes(8), part)]
    return hashlib.sha256(b"comity/policy/1" + b"".join(parts)).hexdigest()


def load(files: Sequence[tuple[str, bytes]]) -> Policy:
    """The policy in these files, or one whose faults say why it cannot be used."""
    named, faults = digest(files), list(_too_much(files))
    texts: dict[str, str] = {}
    for name, raw in files if not faults else ():
        try:
            texts[name] = raw.decode()
        except UnicodeDecodeError:
            faults.append(f"{name}: it is not UTF-8")
    rules: dict[str, Rule] = {}
    for name, text in texts.items():
        faults += [f"{name}: {fault}" for fault in _read_file(text, rules)]
    if faults:
        return Policy(named, engine(), faults=tuple(faults), files=texts)
    if not rules:
        return Policy(named, engine(), files=texts)
    return Policy(named, engine(), rules, _first_asked("\n".join(texts.values())), files=texts)


def load_kept(texts: Mapping[str, str]) -> Policy:
    """As `load`, from the texts that a house keeps of a policy."""
    return load([(name, text.encode()) for name, text in sorted(texts.items())])


def _too_much(files: Sequence[tuple[str, bytes]]) -> Iterator[str]:
    if len(files) > MAX_FILES:
        yield f"there are more than {MAX_FILES} files"
    if sum(len(raw) for _, raw in files) > MAX_BYTES:
        yield f"the files have more than {MAX_BYTES:,} bytes together"


def _read_file(text: str, rules: dict[str, Rule]) -> Iterator[str]:
    """Adds the file's rules; tells every fault, each naming the rule it is in."""
    import cedarpy

    if (fault := _unreadable(text)) is not None:
        yield fault
        return
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(text))
    except (ValueError, RecursionError) as error:
        yield f"it does not parse: {_first_line(error)}"
        return
    if parsed["templates"] or parsed.get("templateLinks"):
        yield "it has a template; write the rule out"
    statics: Mapping[str, Any] = parsed["staticPolicies"]
    marks = {place: one.get("annotations", {}) for place, one in statics.items()}
    for place, one in statics.items():
        if (fault := _add(marks[place], one["effect"], rules)) is not None:
            yield f"{_named(marks[place], place)}{fault}"
    result = cedarpy.validate_policies(text, schema())
    for wrong in result.errors:
        said = wrong.error.removeprefix(f"for policy `{wrong.policy_id}`, ")
        yield f"{_named(marks.get(wrong.policy_id, {}), wrong.policy_id)}: {said}"
    if not result.validation_passed and not result.errors:
        yield "it does not fit the schema"


def _unreadable(text: str) -> str | None:
    """What must not reach the engine, whose own stack is not endless."""
    bare = _TEXTS.sub('""', text)
    if _depth(bare) > MAX_DEPTH:
        return f"its brackets are nested deeper than {MAX_DEPTH}"
    if max(map(len, bare.split(";"))) > MAX_RULE:
        return f"a rule in it has more than {MAX_RULE:,} characters, without its texts"
    return None


def _add(marks: Mapping[str, str | None], effect: str, rules: dict[str, Rule]) -> str | None:
    """Adds one rule, or tells what is wrong with it."""
    if effect != "forbid":
        return " permits: the agreement permits, a policy only forbids"
    rule = _rule(marks)
    if isinstance(rule, str):
        return f": {rule}"
    if rule.id in rules:
        return ": two rules have this @id"
    rules[rule.id] = rule
    return None


def _rule(marks: Mapping[str, str | None]) -> Rule | str:
    """The rule that its annotations describe, or what is wrong with them."""
    if unknown := sorted(set(marks) - _MARKS):
        return f"the annotation @{unknown[0]} is not one we know ({', '.join('@' + one for one in sorted(_MARKS))})"
    if not _ID.fullmatch(marks.get("id") or ""):
        return 'it needs @id("…") of letters, digits, dots, hyphens and underscores'
    reason, article, role = marks.get("reason"), marks.get("article"), marks.get("refer")
    if not reason or not reason.strip() or len(reason) > 500:
        return 'it needs @reason("…"), in at most 500 characters: an officer will read it'
    if "article" in marks and (not article or len(article) > 200):
        return '@article("…") names the article of national law, in at most 200 characters'
    if "refer" in marks and not _ROLE.fullmatch(role or ""):
        return '@refer("…") names a role in lower-case letters, digits and hyphens'
    if "people" not in marks:
        return Rule(str(marks["id"]), reason, article, role)
    if role is None:
        return '@people("…") says how many must approve, so it needs @refer("…")'
    if marks["people"] not in [str(one) for one in range(1, MOST_PEOPLE + 1)]:
        return '@people("…") is "1" or "2"'
    return Rule(str(marks["id"]), reason, article, role, int(str(marks["people"])))


def _first_asked(text: str) -> Callable[[Seen], Matched]:
    """Asks in groups whether any rule speaks; each by itself only in a group that does, or where one fails.

    The groups are given only what any rule reads, and that it fits the schema is looked at here: the engine takes more
    time to read a record than to judge it.
    """
    import cedarpy

    statics = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    every, read = _matcher(text), reads(list(statics.values()))
    try:
        found = gist(statics)
        groups = cedarpy.PolicySet.from_str(f"{_written(found.groups)}\n{_OPEN}")
        inside = {name: _matcher(_written(rules)) for name, rules in found.inside.items()}
    except ValueError:
        return every

    @lru_cache(maxsize=256)
    def around(party: str, authority: str) -> "cedarpy.Entities":
        return cedarpy.Entities.from_json_str(json.dumps(_parties(party, authority), ensure_ascii=False))

    @lru_cache(maxsize=256)
    def context(parts: tuple[tuple[str, Any], ...]) -> str:
        return json.dumps(dict(parts), ensure_ascii=False)

    def match(seen: Seen) -> Matched:
        if not fits(seen):
            return Matched(failed=True)
        record = json.dumps([_record({name: value for name, value in seen.record.items() if name in read})])
        entities = around(seen.party, seen.authority).with_added_json_str(record)
        result = cedarpy.is_authorized(_request(seen, context(tuple(seen.context.items()))), groups, entities)
        told = result.diagnostics
        if told.errors or result.decision is cedarpy.Decision.NoDecision:
            return _sure(every(seen))
        if result.decision is cedarpy.Decision.Allow:
            return Matched()
        spoke = [inside.get(told.id_annotations_by_reason.get(place, "")) for place in told.reasons]
        parts = [every(seen) if one is None else one(seen) for one in spoke or [None]]
        return _sure(*parts)

    return match


def _sure(*parts: Matched) -> Matched:
    """What was said where something must have been: each part of it, or nothing that can be relied on."""
    if any(one.failed or not one.ids for one in parts):
        return Matched(failed=True)
    return Matched(frozenset().union(*(one.ids for one in parts)))


def _written(rules: Mapping[str, Any]) -> str:
    """Rules of Cedar's JSON format as text. Raises `ValueError`."""
    import cedarpy

    value = {"staticPolicies": dict(rules), "templates": {}, "templateLinks": []}
    return cedarpy.policies_from_json_str(json.dumps(value, ensure_ascii=False))


def _matcher(text: str) -> Callable[[Seen], Matched]:
    """Parses once; what it answers with does no parsing but that of the question."""
    import cedarpy

    policies = cedarpy.PolicySet.from_str(f"{text}\n{_OPEN}")
    shape = cedarpy.Schema.from_str(schema())

    def match(seen: Seen) -> Matched:
        entities = cedarpy.Entities.from_json_str(json.dumps(_entities(seen), ensure_ascii=False), shape)
        return _matched(cedarpy.is_authorized(_request(seen, dict(seen.context)), policies, entities, shape))

    return match


def _request(seen: Seen, context: Mapping[str, Any] | str) -> dict[str, Any]:
    return {
        "principal": {"type": "Authority", "id": seen.authority},
        "action": {"type": "Action", "id": seen.action},
        "resource": {"type": "Record", "id": "this"},
        "context": context,
    }


def _matched(result: "cedarpy.AuthzResult") -> Matched:
    """Any error is a failure, for Cedar skips a rule that errs; so is an answer that is neither yes nor no."""
    import cedarpy

    told = result.diagnostics
    if told.errors or result.decision is cedarpy.Decision.NoDecision:
        return Matched(failed=True)
    if result.decision is cedarpy.Decision.Allow:
        return Matched()
    named = [told.id_annotations_by_reason.get(place) for place in told.reasons]
    if not named or None in named:
        return Matched(failed=True)
    return Matched(frozenset(str(one) for one in named))


def _entities(seen: Seen) -> list[dict[str, Any]]:
    return [*_parties(seen.party, seen.authority), _record(seen.record)]


def _parties(party: str, authority: str) -> list[dict[str, Any]]:
    above = {"type": "Party", "id": party}
    return [
        {"uid": above, "attrs": {}, "parents": []},
        {"uid": {"type": "Authority", "id": authority}, "attrs": {"party": party}, "parents": [above]},
    ]


def _record(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {"uid": {"type": "Record", "id": "this"}, "attrs": dict(shown), "parents": []}


def _depth(text: str) -> int:
    """The deepest nesting of brackets."""
    deepest = depth = 0
    for one in text:
        if one in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif one in ")]}":
            depth = max(depth - 1, 0)
    return deepest


def _named(marks: Mapping[str, str | None], place: str) -> str:
    """A rule by its own name, or by its place: the engine counts from 0, a person from 1."""
    number = place.removeprefix("policy")
    return marks.get("id") or (f"rule {int(number) + 1}" if number.isdigit() else "it")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
