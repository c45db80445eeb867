"""The agreement's JSON Schema (2020-12), made from the vocabulary, for editors and other programs.

The reader in `text.py` is stricter where a schema cannot be: dates that exist, articles that amendments name.
"""

from collections.abc import Mapping
from typing import Any

from comity.agreement.events import EVENTS
from comity.agreement.kind import Param, TermKind, Type
from comity.agreement.kinds.params import ROUTES
from comity.agreement.text import FORMAT, MAY
from comity.agreement.vocabulary import KINDS
from comity.core.certificate import MAX_PINS
from comity.core.keys import HALVES

Schema = dict[str, Any]
TEXT: Schema = {"$ref": "#/$defs/text"}
TEXTS: Schema = {"$ref": "#/$defs/texts"}
ROUTE: Schema = {"$ref": "#/$defs/route"}
DEFS: Schema = {
    "text": {"type": "string", "minLength": 1},
    "texts": {"type": "object", "additionalProperties": TEXT, "minProperties": 1},
    "route": {"enum": sorted(ROUTES)},
}
DATE: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
SPAN: Schema = {"type": "string", "pattern": r"^P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$"}
WORDED = r"^[1-9]\d{0,3} (hour|day|working day|month)s?$"
PIN: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,6})?Z)?$"}


def schema() -> Schema:
    """The whole schema, members in the order of the format's page."""
    members: dict[str, Schema] = {
        "format": {"const": FORMAT},
        "id": {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
        "version": {"type": "integer", "minimum": 0},
        "title": TEXTS,
        "source": TEXT,
        "fictional": {"type": "boolean"},
        "parties": {"type": "array", "minItems": 2, "items": _object({"id": TEXT, "name": TEXTS})},
        "levels": {"type": "object", "additionalProperties": _list(TEXT)},
        "equivalence": _list(
            {"type": "object", "required": ["en"], "additionalProperties": {"type": ["string", "null"]}}
        ),
        "life": _life(),
        "terms": {"type": "array", "minItems": 1, "items": {"oneOf": [_term(kind) for kind in KINDS.values()]}},
    }
    optional: dict[str, Schema] = {
        "authorities": _list(_authority()),
        "keys": _list(_key()),
        "time_words": {
            "type": "object",
            "additionalProperties": {
                "oneOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": WORDED}]
            },
        },
        "languages": _list(TEXT),
        "prevailing": TEXT,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        **_object(members, optional),
        "$defs": DEFS,
    }


def _object(needed: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**needed, **(optional or {})},
        "required": list(needed),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _authority() -> Schema:
    needed = {"id": TEXT, "party": TEXT, "name": TEXTS, "may": _list({"enum": sorted(MAY)})}
    return _object(needed, {"up_to_en": TEXT, "annexes": _list(TEXT)})


def _key() -> Schema:
    pins = {"type": "array", "minItems": 1, "maxItems": MAX_PINS, "uniqueItems": True, "items": PIN}
    return _object({"party": TEXT, "key": _object(dict.fromkeys(HALVES, TEXT))}, {"hpke": TEXT, "tls": pins})


def _life() -> Schema:
    optional = {
        "in_force_from": DATE,
        "provisional_from": DATE,
        "duration": TEXT,
        "non_renewal_notice": SPAN,
        "termination_notice": SPAN,
        "events": _list({"oneOf": [_event(name) for name in EVENTS]}),
    }
    return _object({"signed": DATE}, optional)


def _event(name: str) -> Schema:
    kind = EVENTS[name]
    others: dict[str, Schema] = dict.fromkeys(sorted(kind.others), TEXT)
    if "notified" in others:
        others["notified"] = {"type": "boolean"}
    if "changes" in others:
        others["changes"] = _list({"type": "object", "required": ["article"], "properties": {"article": TEXT}})
    if "articles" in others:
        others["articles"] = _list(TEXT)
    moments = dict.fromkeys(kind.moments, MOMENT)
    if kind.by:
        others["reason"] = TEXT
        return _object({"kind": {"const": name}, "by": TEXT}, {**moments, **others})
    return _object({"kind": {"const": name}, **others}, {"by": TEXT, **moments})


def _term(kind: TermKind) -> Schema:
    needed = {name: _param(param) for name, param in kind.params.items() if param.needed}
    optional = {name: _param(param) for name, param in kind.params.items() if not param.needed}
    own = {"article": TEXT, "rule": {"const": kind.name}, "text": TEXTS}
    return {"description": kind.meaning, **_object({**own, **needed}, optional)}


def _param(param: Param) -> Schema:
    closed: Schema = {"enum": sorted(param.choices)} if param.choices is not None else TEXT
    if param.choices == ROUTES:
        closed = ROUTE
    number: Schema = {"type": "integer", "minimum": 0}
    forms: Mapping[Type, Schema] = {
        Type.TEXT: closed,
        Type.INTEGER: number,
        Type.BOOLEAN: {"type": "boolean"},
        Type.DATE: DATE,
        Type.TEXTS: {"type": "array", "uniqueItems": True, "items": closed},
        Type.TEXT_MAP: {"type": "object", "additionalProperties": TEXT},
        Type.INTEGER_MAP: {"type": "object", "propertyNames": closed, "additionalProperties": number},
    }
    return {"anyOf": [forms[param.type], {"type": "null"}]} if param.nullable else forms[param.type]
