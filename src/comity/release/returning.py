"""What an originator's request for its information sets off: one duty of whoever holds it, by the article that says so.

Texts speak of return, of destruction and of a certificate in one breath. Here these are one duty: it is settled by the
originator's receipt or by the holder's certificate, and its time is the certificate's where the text gives one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from comity.agreement.instrument import Agreement, AgreementRef, Term
from comity.agreement.life import status_at
from comity.core import ids
from comity.core.errors import Malformed
from comity.labels.label import Label, OriginLabel
from comity.release.decide import decide
from comity.release.decision import Decision
from comity.release.facts import Event, Facts
from comity.release.members import line
from comity.release.question import Act, Duty, PartyReader, Question, Subject

MAX_HANDLES = 400
MAX_WORDS = 2000
EITHER, RETURN, DESTROY = "return-or-destroy", "return", "destroy"
CERTIFICATE = "destruction-certificate"
KEEPING = {"archive": "national_rule", "contract-end": "still_needed_for"}
"""Kinds of term by which a thing may stay after all, and the fact that each reads."""


@dataclass(frozen=True, slots=True)
class Request:
    """`handles` are what the sender gave and wants back or destroyed; `ended` the purpose that is fulfilled, where that
    is why."""

    handles: tuple[str, ...]
    words: str = ""
    ended: str | None = None

    def as_json(self) -> dict[str, Any]:
        why = {} if self.ended is None else {"ended": self.ended}
        return {"handles": list(self.handles), "words": self.words} | why


def read(body: Mapping[str, Any]) -> Request:
    """The request in a notice's body. Raises `Malformed`: none, too many, or one thing twice."""
    if set(body) - {"ended"} != {"handles", "words"}:
        raise Malformed("a request for return has exactly handles, words, and perhaps ended")
    words, named = body["words"], body["handles"]
    if not isinstance(words, str) or len(words) > MAX_WORDS:
        raise Malformed(f"the words of a request are at most {MAX_WORDS:,} characters")
    if not isinstance(named, list) or not 1 <= len(named) <= MAX_HANDLES:
        raise Malformed(f"a request for return names 1 to {MAX_HANDLES} things")
    handles = tuple(ids.parse_handle(handle) for handle in named)
    if len(set(handles)) != len(handles):
        raise Malformed("a request for return names one thing twice")
    return Request(handles, words, line(body["ended"], "the purpose that ended") if "ended" in body else None)


Texts = Mapping[AgreementRef, Agreement]


def duty(text: Agreement, originator: str, at: datetime, asked: Request, beside: Texts) -> Duty | None:
    """What the holder owes once `originator` has asked, by the text as it stood then and by those `beside` it that
    protect by reference; `None` without an article."""
    (holder,) = (party for party in text.party_ids if party != originator)
    event = Event("return-requested" if asked.ended is None else "purpose-ended", by=originator, on=at)
    subject = Subject("return", Label.of(OriginLabel(originator)))
    owed = _asked(text, Act.RETAIN, subject, Facts(holder=holder, event=event), at, beside).obligations
    found = next((one for name in (EITHER, RETURN) for one in owed if one.duty == name), None)
    if found is None:
        return None
    due = next((one.due for one in owed if one.duty == CERTIFICATE), None) or found.due
    return Duty(found.duty, holder, found.cite, due, (("items", str(len(asked.handles))), ("to", originator)))


def at_end(text: Agreement, holder: str, ended: datetime) -> tuple[Duty, ...]:
    """What the holder owes of the other's since the text ended, by the articles that say so."""
    (originator,) = (party for party in text.party_ids if party != holder)
    subject = Subject("return", Label.of(OriginLabel(originator)))
    owed = _asked(text, Act.RETAIN, subject, Facts(holder=holder), ended, {}).obligations
    cites = {f"agreement:{term.article}@{text.version}" for term in text.of("comity-return-at-end")}
    return tuple(replace(one, params=(*one.params, ("to", originator))) for one in owed if one.cite in cites)


def destruction(text: Agreement, holder: str, subject: Subject, at: datetime, beside: Texts) -> Decision:
    """Whether `holder` may destroy it, and by which article."""
    return _asked(text, Act.DESTROY, subject, Facts(holder=holder), at, beside)


def keeping(text: Agreement, holder: str, subject: Subject, term: Term, at: datetime, beside: Texts) -> Decision:
    """Whether it may stay with `holder` by this term. Raises `Malformed` for a term that lets nothing stay."""
    if term.rule not in KEEPING:
        raise Malformed(f"article {term.article} ({term.rule}) lets nothing be kept", " or ".join(KEEPING))
    facts = Facts(holder=holder, **{KEEPING[term.rule]: term.article})  # type: ignore[arg-type]  # both facts are texts
    return _asked(text, Act.RETAIN, subject, facts, at, beside)


def _asked(text: Agreement, act: Act, subject: Subject, facts: Facts, at: datetime, beside: Texts) -> Decision:
    holder = str(facts.holder)
    key = status_at(text, at).state.value
    question = Question(text.ref, key, act, subject, PartyReader(holder, holder), facts, frozenset(beside))
    return decide(question, {text.ref: text, **beside}, at)
