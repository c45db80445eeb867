"""An invented instrument between two invented states, in the published form, and cases asked of it."""

import json
from typing import Any

from comity.core import strictjson
from comity.release.cases import answer

LEVELS = {"AR": ["LOW", "MID", "HIGH", "PEAK"], "BO": ["NIZKO", "SREDNE", "VISOKO"]}
ROWS = [
    {"en": "SECRET", "AR": "HIGH", "BO": "VISOKO"},
    {"en": "CONFIDENTIAL", "AR": "MID", "BO": "SREDNE"},
    {"en": "RESTRICTED", "AR": "LOW", "BO": "NIZKO"},
]
ACCESS = {"article": "5", "rule": "access", "need_to_know": True, "clearance_from_level": "ANY", "text": "cleared"}
NOW = "2026-05-02T09:00:00Z"


def term(rule: str, article: str = "9", text: str = "a clause", **params: Any) -> dict[str, Any]:
    return {"article": article, "rule": rule, "text": text, **params}


def instrument(*terms: dict[str, Any], **status: Any) -> dict[str, Any]:
    """Arland and Borland (fictional)."""
    return {
        "id": "AR-BO-FICTION",
        "title": "FICTIONAL Arland-Borland",
        "parties": ["AR", "BO"],
        "source": "fictional",
        "levels": LEVELS,
        "equivalence": ROWS,
        "status": {
            "signed": "2020-01-01",
            "in_force_from": "2020-01-01",
            "duration": "indefinite",
            "events": [],
            **status,
        },
        "terms": list(terms),
    }


def thing(level: str | None = "HIGH", origin: str = "AR", **more: Any) -> dict[str, Any]:
    mark = None if level is None else {"party": origin, "level": level}
    plain = {"type": "document", "classification": mark, "caveats": [], "origin": origin, "sources": [], "annex": None}
    return {**plain, "purpose": "study", "created": "2026-01-01", "language": "en", "personal_data": False, **more}


def person(party: str = "BO", **more: Any) -> dict[str, Any]:
    own = {"AR": "PEAK", "BO": "VISOKO"}.get(party)
    clearance = None if own is None else {"party": party, "level": own, "valid_until": "2030-01-01"}
    plain = {"party": party, "organisation": "ministry", "kind": "government", "nationality": [party]}
    return {**plain, "clearance": clearance, "need_to_know": True, "briefed": True, "contractor": None, **more}


def ask(
    action: str,
    *terms: dict[str, Any],
    thing: dict[str, Any] | None = None,
    reader: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    now: str = NOW,
    **status: Any,
) -> dict[str, Any]:
    """The answer to one case."""
    given = {
        "agreement": instrument(*terms, **status),
        "object": thing if thing is not None else globals()["thing"](),
        "recipient": reader if reader is not None else person(),
        "action": action,
        "now": now,
        "context": context or {},
    }
    return answer(json.dumps(strictjson_safe({"id": "x", "given": given})).encode())


def strictjson_safe(value: Any) -> Any:
    strictjson.canonical(value)
    return value


def owed(got: dict[str, Any]) -> set[tuple[str, str]]:
    return {(duty["duty"], duty["actor"]) for duty in got["obligations"]}
