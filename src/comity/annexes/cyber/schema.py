"""The OASIS JSON schemas of STIX 2.1, compiled once and never fetched; what a schema refuses, said in words.

The files under `schemas/` are unchanged (their README has provenance and digests). Two corrections are made in memory:
a granular marking may have a mere `lang` instead of `marking_ref` (STIX 2.1, section 7.2.3), and an identifier's UUID
may be of versions 6 to 8 (RFC 9562 replaced the RFC 4122 that STIX names; real producers write version 7).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

from comity.core.strictjson import Json

MAX_FAULTS = 5
_FOLDERS = ("common", "observables", "sdos", "sros")
_NOT_OBJECTS = frozenset({"bundle", "core", "cyber-observable-core"})
_PATTERNS = {
    "^[0-9]{4}-(0": "is not a UTC timestamp like 2027-03-02T09:00:00.000Z",
    "T\\d{2}:\\d{2}": "must be written to the millisecond",
    "^[a-z][a-z0-9-]+[a-z0-9]--": "is not a STIX identifier (type--UUID)",
    "^CVE-": "is not a CVE number",
    "^CAPEC-": "is not a CAPEC number",
}
_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a structure",
    "null": "null",
}
_COMPLAINTS = {
    "minItems": "is an empty list, which STIX does not allow: leave the property out",
    "minProperties": "is an empty structure, which STIX does not allow: leave the property out",
    "not": "has a value or a property that STIX 2.1 rules out here",
    "oneOf": "has none of the forms that STIX 2.1 allows here",
    "anyOf": "has none of the forms that STIX 2.1 allows here",
}


@cache
def _documents() -> Mapping[str, dict[str, Any]]:
    """Every schema by its file's stem, corrected as said above."""
    root = files(__package__).joinpath("schemas")
    found = {
        entry.name.removesuffix(".json"): json.loads(entry.read_bytes())
        for folder in _FOLDERS
        for entry in root.joinpath(folder).iterdir()
        if entry.name.endswith(".json")
    }
    found["granular-marking"]["required"] = ["selectors"]
    found["identifier"]["pattern"] = found["identifier"]["pattern"].replace("[1-5]", "[1-8]")
    found["granular-marking"]["anyOf"] = [{"required": ["marking_ref"]}, {"required": ["lang"]}]
    return found


@cache
def _registry() -> jsonschema_rs.Registry:
    resources = [(document["$id"], document) for document in _documents().values()]
    return jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)


@cache
def types() -> frozenset[str]:
    """The object types that STIX 2.1 defines."""
    return frozenset(
        stem
        for stem, document in _documents().items()
        if stem not in _NOT_OBJECTS and "id" in _properties(document, frozenset())
    )


@cache
def observables() -> frozenset[str]:
    """The cyber-observable types: they carry no `created` and no version (STIX 2.1, section 3.1)."""
    core = _documents()["cyber-observable-core"]["$id"].rsplit("/", 1)[1]
    return frozenset(
        name
        for name in types()
        if any(part.get("$ref", "").endswith(core) for part in _documents()[name].get("allOf", ()))
    )


@cache
def properties(name: str) -> frozenset[str]:
    """Every property that the standard gives an object of type `name`; of a type it does not know, the common ones."""
    return _properties(_documents()[_stem(name, observable=False)], frozenset())


@cache
def timestamps() -> frozenset[str]:
    """Names of the properties that hold an instant, at any depth of any type."""
    return frozenset(name for document in _documents().values() for name in _instants(document))


def faults(value: Json, kind: str, *, observable: bool = False) -> list[str]:
    """What the schema of type `kind` refuses in `value`, at most `MAX_FAULTS` sentences. Raises nothing.

    A type the standard does not define is measured against the common core, never skipped: as a cyber-observable one
    where its extension says so (`observable`).
    """
    validator = _validator(_stem(kind, observable=observable))
    if validator.is_valid(value):
        return []
    said: dict[str, None] = {}
    for error in validator.iter_errors(value):
        said.setdefault(_sentence(error), None)
        if len(said) == MAX_FAULTS:
            break
    return list(said)


def _stem(kind: str, *, observable: bool) -> str:
    if kind in types():
        return kind
    return "cyber-observable-core" if observable else "core"


@cache
def _validator(stem: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": _documents()[stem]["$id"]}, registry=_registry(), validate_formats=False, offline=True
    )


def _properties(schema: Mapping[str, Any], seen: frozenset[str]) -> frozenset[str]:
    names = set(schema.get("properties", ()))
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, ()):
            names |= _properties(part, seen)
    stem = schema.get("$ref", "").rsplit("/", 1)[-1].removesuffix(".json")
    if stem in _documents() and stem not in seen:
        names |= _properties(_documents()[stem], seen | {stem})
    return frozenset(names)


def _instants(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for name, part in schema.get("properties", {}).items():
            choices = [part, *part.get("allOf", ())] if isinstance(part, dict) else []
            if any(str(choice.get("$ref", "")).endswith("/timestamp.json") for choice in choices):
                yield name
        for part in schema.values():
            yield from _instants(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _instants(part)


def path(steps: Iterable[str | int]) -> str:
    """A place inside an object, written like a granular selector: `external_references.[1].url`."""
    return ".".join(f"[{step}]" if isinstance(step, int) else step for step in steps)


def _sentence(error: jsonschema_rs.ValidationError) -> str:
    error = _nearest(error)
    where = path(error.instance_path)
    subject = f"`{where}`" if where else "the object"
    return f"{subject} {_complaint(error)}"


def _nearest(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Of several forms that were all missed, the one missed by least, and not by being another form."""
    context: list[list[jsonschema_rs.ValidationError]] = getattr(error.kind, "context", None) or []
    branches = [branch for branch in context if branch]
    if not branches or _only_types(error, branches):
        return error
    return _nearest(min(branches, key=lambda branch: (branch[0].kind.name == "enum", len(branch)))[0])


def _only_types(error: jsonschema_rs.ValidationError, branches: list[list[jsonschema_rs.ValidationError]]) -> bool:
    """Whether no form even has the right type: then naming one of them would mislead."""
    return all(
        one.kind.name == "type" and one.instance_path == error.instance_path for branch in branches for one in branch
    )


def _complaint(error: jsonschema_rs.ValidationError) -> str:
    name, details = error.kind.name, error.kind.as_dict()
    match name:
        case "required":
            return f"lacks the property `{details['property']}`"
        case "type":
            return f"must be {' or '.join(_NAMES.get(one, one) for one in details['types'])}"
        case "pattern":
            return _form(str(details["pattern"]))
        case "enum":
            return "must be one of: " + ", ".join(str(option) for option in details["options"])[:200]
        case "additionalProperties":
            return f"has a property with a name STIX does not allow: {str(details['unexpected'][0])[:80]!r}"
        case "minItems" if details["limit"] > 1:
            return f"has fewer than {details['limit']} elements"
        case "minimum" | "maximum" | "minLength" | "maxLength":
            return f"is outside its bounds ({name} {details['limit']})"
    return _COMPLAINTS.get(name, f"breaks the rule `{name}` of the STIX 2.1 schema")


def _form(pattern: str) -> str:
    for start, words in _PATTERNS.items():
        if pattern.startswith(start):
            return words
    if pattern.startswith("^") and pattern.endswith("--"):
        return f"is not an identifier of the type {pattern[1:-2]}"
    return f"does not have the form that STIX 2.1 gives it ({pattern[:80]})"
