"""`comity decide --cases`: one case in, one answer out. A case that cannot be read is denied, with the reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comity.agreement.instrument import Agreement, AgreementRef
from comity.agreement.published import from_published
from comity.core import instants, strictjson
from comity.core.errors import ComityError, Malformed
from comity.release import casefile
from comity.release.caseshape import known, mapping
from comity.release.codes import STANDING, TRIGGERS
from comity.release.decide import decide
from comity.release.decision import Decision, bare, cited
from comity.release.question import Act, Outcome, Question

MAX_CASE_BYTES = 4 * 1024 * 1024
PASSIVE = frozenset({Act.USE, Act.RETAIN, Act.REPORT_COMPROMISE, Act.DECLASSIFY})
"""Acts under which a case asks what an event brings with it."""

GIVEN = frozenset({"agreement", "object", "recipient", "action", "now", "context"})


def answer(case_line: bytes, text: Agreement | None = None) -> dict[str, Any]:
    """`{"id","decision","articles","consent_from","obligations","effective_level"}`; it raises nothing.

    `text` is the agreement of a case that brings none.
    """
    identity: Any = None
    try:
        case = strictjson.parse(case_line, "the case", max_bytes=MAX_CASE_BYTES)
        identity = case.get("id") if isinstance(case, dict) else None
        question, agreement, now = read_question(case, text)
        decision = decide(question, {agreement.ref: agreement}, now)
    except ComityError as error:
        return _refusal(identity, "malformed", error.message)
    except Exception as error:  # law 1: an error of ours is a denial, and no case stops the loop
        return _refusal(identity, "error", type(error).__name__)
    return {"id": identity, **_rendered(decision, question)}


def _refusal(identity: Any, reason: str, detail: str) -> dict[str, Any]:
    return {
        "id": identity,
        "decision": "deny",
        "articles": [],
        "consent_from": [],
        "obligations": [],
        "effective_level": {},
        "reason": reason,
        "detail": detail,
    }


def read_question(case: Any, text: Agreement | None = None) -> tuple[Question, Agreement, Any]:
    """The question in a case, its agreement and its instant. Raises `Malformed`."""
    given = known(mapping(case, "the case").get("given"), GIVEN, "what is given")
    agreement = text if text is not None and "agreement" not in given else from_published(given.get("agreement"))
    now = instants.parse(given.get("now"), "now")
    try:
        act = Act(str(given.get("action")))
    except ValueError:
        raise Malformed(f"there is no act {given.get('action')!r}") from None
    context = given.get("context") or {}
    subject = casefile.read_subject(
        given.get("object"), context if isinstance(context, dict) else {}, agreement.equivalence
    )
    reader, unknown = casefile.read_reader(given.get("recipient"))
    facts = casefile.read_facts(context, act, subject, reader, agreement.party_ids, given["object"].get("holder"))
    released = _released(agreement, given["object"].get("id"), now.date().isoformat())
    facts = replace(facts, unknown=facts.unknown | unknown, released_by=released)
    ref = AgreementRef(agreement.id, agreement.version)
    return Question(ref, "published", act, subject, reader, facts), agreement, now


def _released(agreement: Agreement, identity: object, today: str) -> frozenset[str]:
    """Who released the holder of this very object from its duties."""
    return frozenset(
        str(event.get("by"))
        for event in agreement.life.events
        if event.get("kind") == "released-from-duty"
        and event.get("scope") in (identity, None, "all")
        and str(event.get("on", ""))[:10] <= today
    )


def _rendered(decision: Decision, question: Question) -> dict[str, Any]:
    word, cites = decision.outcome.text, decision.articles
    event = question.facts.event
    if decision.outcome is Outcome.REFER:
        word = Outcome.DENY.text
    unasked = question.act is Act.VISIT and question.facts.visit is None
    asks_event = event is not None and (question.act in PASSIVE or unasked)
    happened = any(one.code in TRIGGERS and one.code not in STANDING for one in decision.findings)
    allowed = decision.outcome is Outcome.ALLOW
    if (asks_event and happened) or (allowed and decision.triggered and (asks_event or question.act in PASSIVE)):
        word = "duty"
        cites = cited([one for one in decision.findings if one.code in TRIGGERS], Outcome.ALLOW) + cites
    articles = list(dict.fromkeys(bare(cite) for cite in cites))[:3]
    owed = [
        {"duty": duty.duty, "actor": duty.actor, "due": duty.due, **dict(duty.params)} for duty in decision.obligations
    ]
    if asks := word == Outcome.NEEDS_CONSENT.text:
        owed.append({"duty": "request-consent", "actor": question.facts.holder or question.reader.party, "due": None})
    return {
        "decision": word,
        "articles": articles,
        "consent_from": list(decision.consent_from) if asks else [],
        "obligations": owed,
        "effective_level": dict(decision.effective_level),
    }


def score(got: Mapping[str, Any], expect: Mapping[str, Any]) -> dict[str, bool]:
    """How an answer is scored (agreements/README): decision, citation, consents, obligations, levels."""
    owed = {(duty["duty"], duty["actor"]) for duty in got["obligations"]}
    wanted = {(duty["duty"], duty["actor"]) for duty in expect.get("obligations", [])}
    levels = expect.get("effective_level", {})
    return {
        "decision": got["decision"] in expect["decision_any_of"],
        "citation": bool(set(got["articles"][:3]) & set(expect["article_any_of"])),
        "consent_from": set(expect.get("consent_from", [])) <= set(got["consent_from"]),
        "obligations": wanted <= owed,
        "effective_level": all(got["effective_level"].get(party) == level for party, level in levels.items()),
    }
