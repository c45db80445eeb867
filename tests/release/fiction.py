"""An invented instrument between two invented states, in the published form, and cases asked of it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from comity.agreement.instrument import Agreement, AgreementRef, Authority, Life, Party, Term
from comity.core import instants, strictjson
from comity.labels.equivalence import Equivalence
from comity.labels.label import Label, OriginLabel, Tlp
from comity.release.cases import answer
from comity.release.question import Act, Facts, PartyReader, Question, Subject

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
    plain: dict[str, Any] = {
        "type": "document",
        "classification": mark,
        "caveats": [],
        "origin": origin,
        "sources": [],
        "annex": None,
    }
    return {**plain, "purpose": "study", "created": "2026-01-01", "language": "en", "personal_data": False, **more}


def person(party: str = "BO", **more: Any) -> dict[str, Any]:
    own = {"AR": "PEAK", "BO": "VISOKO"}.get(party)
    clearance = None if own is None else {"party": party, "level": own, "valid_until": "2030-01-01"}
    plain: dict[str, Any] = {"party": party, "organisation": "ministry", "kind": "government", "nationality": [party]}
    return {**plain, "clearance": clearance, "need_to_know": True, "briefed": True, "contractor": None, **more}


def case(
    action: str,
    *terms: dict[str, Any],
    about: dict[str, Any] | None = None,
    reader: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    now: str = NOW,
    **status: Any,
) -> dict[str, Any]:
    """One case in its published form."""
    given = {
        "agreement": instrument(*terms, **status),
        "object": about if about is not None else thing(),
        "recipient": reader if reader is not None else person(),
        "action": action,
        "now": now,
        "context": context or {},
    }
    return {"id": "x", "given": given}


def ask(action: str, *terms: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The answer to one case."""
    return answer(strictjson.canonical(case(action, *terms, **more)))


def owed(got: dict[str, Any]) -> set[tuple[str, str]]:
    return {(duty["duty"], duty["actor"]) for duty in got["obligations"]}


def memorandum(*terms: Term, **changes: Any) -> Agreement:
    """The memorandum of two nodes (fictional): one annex, TLP up to AMBER, one receiving authority a side."""
    own = (
        clause(
            "2(1)", "comity-annex", annex="A", field="cyber", purposes=["defence"], kinds=["cyber.*"], up_to_en="SECRET"
        ),
        clause("3(1)", "comity-tlp", up_to="AMBER", onward_up_to="GREEN"),
        clause("3(2)", "comity-releasability", unstated="permit"),
        clause("3(3)", "comity-public-information"),
        clause("4(1)", "mark-origin-and-equivalent"),
        clause("5(1)", "access", need_to_know=True, clearance_from_level="ANY"),
        clause("6(1)", "third-party", requires="prior-written-consent", consent_from="originator"),
    )
    plain = Agreement(
        id="AR-BO-MOC",
        version=1,
        title={"en": "FICTIONAL memorandum"},
        source="fictional",
        fictional=True,
        parties=(Party("AR", {"en": "Arland"}), Party("BO", {"en": "Borland"})),
        levels={party: tuple(names) for party, names in LEVELS.items()},
        equivalence=Equivalence.of(LEVELS, ROWS),
        life=Life(signed="2026-01-01", in_force_from="2026-01-01", duration="indefinite"),
        terms=(*own, *terms),
        authorities=tuple(
            Authority(f"{party}-CERT", party, {"en": "CERT"}, frozenset({"receive"}), "SECRET")
            for party in ("AR", "BO")
        ),
    )
    return replace(plain, **changes)


def clause(article: str, rule: str, **params: Any) -> Term:
    return Term(article, rule, params, {"en": f"words of {article}", "xx": f"zumzum {article}"})


def question(subject: Subject, **changes: Any) -> Question:
    """Arland's node asks whether `subject` may go to Borland's CERT; decided by its officer."""
    facts = changes.pop("facts", Facts(holder="AR", disclosure="officer:dana", sanitisable=True))
    plain = Question(AgreementRef("AR-BO-MOC", 1), "s1", Act.RELEASE, subject, PartyReader("BO", "BO-CERT"), facts)
    return replace(plain, **changes)


def subject(label: Label | None = None, **changes: Any) -> Subject:
    mine = label or Label.of(OriginLabel("AR", tlp=Tlp.GREEN))
    return replace(Subject.of("cyber.stix/1", mine, "A", "defence"), **changes)


def at(text: str = NOW) -> datetime:
    return instants.parse(text)
