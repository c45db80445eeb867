"""Small instruments for the tests, all invented except the dates and periods of the published ones named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comity.agreement.draft import with_keys
from comity.agreement.instrument import Agreement
from comity.agreement.published import from_published
from comity.agreement.text import from_json
from comity.core import strictjson
from tests.keys import signer

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "israel-japan" / "agreement.yaml"
VECTORS = ROOT / "tests" / "vectors" / "agreement"

Terms = list[dict[str, Any]]


def at(text: str) -> datetime:
    """`2028-02-02` or `2028-02-02T09:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def term(article: str, rule: str, **params: Any) -> dict[str, Any]:
    return {"article": article, "rule": rule, "text": {"en": f"{rule}."}, **params}


def event(kind: str, by: str, received: str, **more: str) -> dict[str, str]:
    return {"kind": kind, "by": by, "received": received, **more}


def small_json() -> dict[str, Any]:
    """A complete fictional agreement, without keys, as parsed JSON; made afresh each time so that tests may edit it."""
    return {
        "format": "comity-agreement/1",
        "id": "AA-BB-FICTION",
        "version": 1,
        "title": {"en": "Fictional agreement"},
        "source": "invented for tests",
        "fictional": True,
        "languages": ["en"],
        "prevailing": "en",
        "parties": [{"id": "AA", "name": {"en": "Aland"}}, {"id": "BB", "name": {"en": "Beland"}}],
        "levels": {"AA": ["LOW", "HIGH"], "BB": ["DOWN", "UP"]},
        "equivalence": [
            {"en": "SECRET", "AA": "HIGH", "BB": "UP"},
            {"en": "CONFIDENTIAL", "AA": "LOW", "BB": "DOWN"},
        ],
        "life": {"signed": "2026-01-15", "duration": "indefinite"},
        "time_words": {"promptly": 24},
        "authorities": [
            {
                "id": f"{party}-registry",
                "party": party,
                "name": {"en": "Registry"},
                "may": ["consent", "receive", "sign"],
            }
            for party in ("AA", "BB")
        ],
        "terms": [
            term("1", "access", need_to_know=True),
            term("2", "third-party", requires="written-consent", consent_from="originator"),
            term("3", "purpose", exception=None),
            term("4", "compromise", deadline="promptly"),
            term("5", "comity-tlp", up_to="GREEN"),
            term("6", "comity-releasability", unstated="permit"),
            term("7", "comity-recall-time", hours=4),
            term("8(1)", "entry-into-force", rule_text="on-signature"),
            term("8(2)", "termination", notice_months=6),
            term("8(3)", "survival", survives=["2", "3", "4"]),
            term("Annex 1", "comity-annex", annex="cyber", field="cyber", purposes=["cyber-defence"]),
        ],
    }


def read(value: Any) -> Agreement:
    return from_json(strictjson.canonical(value))


def small() -> Agreement:
    """The same, read, with the test keys of both parties."""
    return with_keys(read(small_json()), {party: signer(party).public for party in ("AA", "BB")})


def published(status: dict[str, Any], terms: Terms | None = None, parties: tuple[str, ...] = ("CH", "KR")) -> Agreement:
    """A published instrument's skeleton: its life, and the terms that speak of it."""
    return from_published(
        {
            "id": "TEST",
            "title": "test",
            "parties": list(parties),
            "source": "test",
            "levels": {party: ["LOW"] for party in parties},
            "equivalence": [{"en": "CONFIDENTIAL", **dict.fromkeys(parties, "LOW")}],
            "status": status,
            "terms": [{**entry, "text": entry["text"]["en"]} for entry in terms or [term("1", "access")]],
        }
    )
