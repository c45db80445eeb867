"""The kind `cyber.stix/1`: one STIX 2.1 object, as it stands in a bundle, a TAXII envelope or a file of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comity.annexes.cyber import markings, outgoing, schema, semantics
from comity.annexes.cyber.markings import STANDARD, Meaning
from comity.annexes.cyber.references import Walk
from comity.core import strictjson
from comity.core.errors import Malformed
from comity.core.strictjson import Json
from comity.release.kind import Identity, Lookup, Marked, Reference, Removals, Summary, nothing

MAX_BYTES = 16 * 1024 * 1024
_TITLES = ("name", "value", "path", "key", "subject", "user_id", "product", "opinion", "abstract")
_FACTS = ("id", "created", "modified", "confidence", "revoked", "valid_from", "valid_until", "lang")
_MAX_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class StixObject:
    """An accepted object. `edges` and `known` follow from its bytes and its bundle, so they are not compared.

    `known` are the marking definitions its markings are read with: the standard ones and those it came with.
    """

    value: Mapping[str, Any]
    edges: tuple[Reference, ...] = field(compare=False)
    known: Mapping[str, Meaning] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Stix:
    """Parse, check, read markings and references, sanitise. Stateless."""

    name: str = "cyber.stix/1"
    precedence: str = "ROUTINE"

    def parse(self, raw: bytes) -> StixObject:
        """Raises `Malformed` naming every property that is wrong (at most a handful)."""
        return self.parse_value(strictjson.parse(raw, "the STIX object", max_bytes=MAX_BYTES), raw)

    def parse_value(self, value: Json, raw: bytes, known: Mapping[str, Meaning] = STANDARD) -> StixObject:
        """The same for a value already accepted as strict JSON, whose own bytes are `raw` (`bundle.read`)."""
        if len(raw) > MAX_BYTES:
            raise Malformed(f"the STIX object is too large: {len(raw):,} bytes, at most {MAX_BYTES:,} are read")
        return _accepted(value, known)

    def render(self, record: StixObject) -> bytes:
        """Canonical JSON (RFC 8785)."""
        return strictjson.canonical(record.value)

    def identity(self, record: StixObject) -> Identity:
        """The id, and `modified` as its version; `created` where nothing can be modified, else nothing."""
        value = record.value
        return Identity(str(value["id"]), str(value.get("modified") or value.get("created") or ""))

    def marked(self, record: StixObject, source: str, lookup: Lookup = nothing) -> Marked:
        """See `markings.marked`. Definitions come from the bundle, else from `lookup`."""
        known = markings.completed(record.value, record.known, lookup)
        return markings.marked(record.value, source, known)

    def references(self, record: StixObject) -> tuple[Reference, ...]:
        return record.edges

    def sanitise(self, record: StixObject, removals: Removals) -> StixObject:
        """Without the named portions (granular selectors) and references. Raises `Refused` (see `outgoing`)."""
        value = outgoing.without(record.value, record.edges, removals)
        if value is None:
            return record
        try:
            copy = _accepted(value, record.known)
        except Malformed as error:
            raise outgoing.inseparable(record.value, error.message) from None
        outgoing.check_silence(strictjson.canonical(value), record.edges, copy.edges, removals)
        return copy

    def describe(self, record: StixObject) -> Summary:
        value = record.value
        kind = str(value["type"])
        title = next((str(value[name]) for name in _TITLES if isinstance(value.get(name), str)), str(value["id"]))
        if kind == "relationship":
            title = f"{value['source_ref']} {value['relationship_type']} {value['target_ref']}"
        facts = {"type": kind} | {name: _word(value[name]) for name in _FACTS if name in value}
        texts = [str(value[name]) for name in ("description", "content", "pattern") if isinstance(value.get(name), str)]
        return Summary(title[:300], facts, "\n\n".join(texts)[:_MAX_TEXT])


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _accepted(value: Json, known: Mapping[str, Meaning]) -> StixObject:
    if not isinstance(value, dict):
        raise Malformed("a STIX object must be a JSON object")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise Malformed("this is not a STIX object: it lacks the property `type`")
    if kind == "bundle":
        raise Malformed("this is a bundle, not one object", "take it as a bundle, so that it is split")
    faults = schema.faults(value, kind, observable=_is_observable(value))
    if not faults:
        walk = Walk(value)
        faults = walk.faults + semantics.faults(value, kind)
        if not faults:
            return StixObject(value, walk.found, known)
    subject = value["id"] if isinstance(value.get("id"), str) else f"an object of type {kind[:80]}"
    raise Malformed(f"{subject[:120]}: " + "; ".join(dict.fromkeys(faults[: schema.MAX_FAULTS])))


def _is_observable(value: dict[str, Any]) -> bool:
    """Whether an extension says that a type the standard does not define is a cyber-observable one (7.3.2)."""
    extensions = value.get("extensions")
    members = extensions.values() if isinstance(extensions, dict) else ()
    return any(isinstance(member, dict) and member.get("extension_type") == "new-sco" for member in members)
